"""Where lines fail or keys are over, whoever has something looks like whoever has nothing.

Three centres run by their own clock as an installed service does, each listened to at both doors.
All their lines fail alike for some slots, while one has a case in line. A fortnight later two have
no keys of their own any more, for nobody has unlocked there since, and something is on its way to
one of them. In every slot the lines must be the same in everything (P2).
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Final

import pytest
import pytest_asyncio

from client.reader import Report
from client.transport import Progress
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from keys.epoch import BATCH_DAYS
from keys.errors import NoKeys
from tests import acts
from tests.bent import (
    BEGIN,
    NOTE,
    PIECE,
    READ,
    ROSTER,
    Failing,
    bad_token,
    broken,
    busy,
)
from tests.leaking import alike
from tests.planted import LEAKS, again, differences, planted
from tests.running import CENTRES, TUESDAY, Together, together
from tests.world import SLOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

OVER: Final = Instant(TUESDAY - TUESDAY % DAY_SECONDS + BATCH_DAYS * DAY_SECONDS)
"""The first moment at which there are no keys of those that all made at first."""
TAKEN: Final = r"/v1/(boards/\w+/cells/note|uploads/[\w-]+)"
"""What takes a cell, and says so in what it answers."""
BUSY: Final = ((NOTE, busy), (BEGIN, busy), (READ, busy))
BAD_TOKENS: Final = ((NOTE, bad_token), (BEGIN, bad_token))
CUT: Final = ((NOTE, None), (PIECE, None))
BROKEN: Final = ((NOTE, broken), (BEGIN, broken), (READ, broken), (ROSTER, broken))
ALL_CUT: Final = ((".*", None),)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Together, None]:
    """Three centres for all tests of this file, whose lines can be bent."""
    async with together(CENTRES, weeks=3, bends=True) as made:
        yield made


@contextmanager
def failing(watched: Together, *fails: tuple[str, Failing], taken: bool = False) -> Generator[None]:
    """Let all lines fail in these ways until the block ends, and see that each met it.

    Args:
        watched: the centres.
        fails: what is answered in the broker's place.
        taken: whether cells are taken, and nothing is answered to that.
    """
    before = [line.bent for line in watched.bent]
    for line in watched.bent:
        line.fails[:] = fails
        line.bends[:] = [(TAKEN, lambda _octets: b"")] if taken else []
    yield
    for line, was in zip(watched.bent, before, strict=True):
        assert line.bent > was
        line.fails.clear()
        line.bends.clear()


async def test_where_all_lines_fail_nobody_sees_what_waits(watched: Together) -> None:
    """A case waits through slots that fail in many ways, its note first and then its blob.

    The leak that is planted: where nothing is answered, what is no dummy is tried once more.
    """
    sender, _, _ = watched.centres
    name = "TUNG-601"
    await watched.in_line(name)
    for fails in (BUSY, BROKEN):
        with failing(watched, *fails):
            await watched.alike()
    with failing(watched, taken=True):
        await watched.alike()
    for fails in (BAD_TOKENS, CUT, BUSY):
        with failing(watched, *fails):
            await watched.alike()
    with failing(watched, *ALL_CUT), planted(sender, again) as plant:
        ((first, *others),) = await watched.during(watched.passes)
    assert plant.cells == [CellClass.S]
    alike(others)
    assert differences(first, others[0]) == LEAKS[again]
    assert await acts.state(sender, "out", name) == "sealed"
    await watched.alike()

    async def stored() -> bool:
        return await acts.state(sender, "out", name) == "stored"

    await watched.until(stored)


async def test_what_comes_where_keys_are_over_is_seen_by_nobody(
    watched: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It left on the last day of the receiver's keys: it is read, fetched and answered after it.

    The fault that is planted: whoever finds something then looks for keys once more.
    """
    sender, centre, idle = watched.centres
    watched.here.clock.set(OVER - 3 * SLOT)
    await watched.passes()
    await sender.unlock()
    names = ("RAST-611", "RAST-612")
    for name in names:
        await watched.in_line(name)
    for _ in range(2):  # the sender has keys to tell, at once and on a new day, for all to see
        ((_, *without),) = await watched.during(watched.passes)
        alike(without)
    for party in (centre, idle):
        with pytest.raises(NoKeys):
            await sender.service.office.keys_of(party.member_id)
    await watched.same(1)
    office = centre.service.office
    real = office.read_boards

    async def looking(progress: Progress) -> Report:
        report = await real(progress)
        if report.notes or report.blobs:
            await office.upkeep.follow_keys(office.transport, office.roster, office.today)
        return report

    with monkeypatch.context() as patch:
        patch.setattr(office, "read_boards", looking)
        ((first, second, third),) = await watched.during(watched.passes)
    alike([first, third])
    assert differences(second, third) == {"broker"}

    async def stored() -> bool:
        return {"stored"} == {await acts.state(sender, "out", name) for name in names}

    await watched.until(stored)
