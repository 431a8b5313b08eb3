"""At the door only what was just read counts, and all of what was read."""

from types import MappingProxyType
from typing import Final

import pytest

from client.refusals import WrongState
from client.verbs.receiving import SYNC_SECONDS, is_fresh
from keys.address import CellClass
from keys.calendar import Instant
from keys.schedule import LONGEST_NOTE_SLOT, Schedule
from tests import acts
from tests.parties import village

NOW: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)


@pytest.mark.parametrize(
    ("ago", "fresh"), [(0, True), (SYNC_SECONDS, True), (SYNC_SECONDS + 1, False), (-1, False)]
)
def test_a_reading_of_the_future_is_no_reading(ago: int, *, fresh: bool) -> None:
    """A clock that was set back does not make the last reading any younger."""
    assert is_fresh(Instant(NOW - ago), NOW) is fresh


def test_one_reading_may_fail_before_the_door_is_shut() -> None:
    """In the longest slot that registrars may choose, the reading before the last one counts."""
    assert is_fresh(Instant(NOW - 2 * LONGEST_NOTE_SLOT), NOW)
    assert Schedule().note_slot_seconds <= LONGEST_NOTE_SLOT


@pytest.mark.asyncio
async def test_what_is_taken_back_and_lies_here_unread_is_not_opened() -> None:
    """The withdrawal was fetched a moment ago, and nobody has looked at it yet."""
    async with village("granlia", "fjordglott", start=NOW, blobs=BLOBS) as (here, found):
        sender, centre = found
        await acts.ready(here, sender, acts.sample("GRAN-427", name="DORA-600"))
        code, package = await acts.send(here, sender, centre, "DORA-600", by_phone="duty")
        await here.tick(2)
        await sender.do("withdraw", code_name="DORA-600")
        here.clock.advance(here.step)
        await sender.service.tick()
        await here.close_slot()
        here.clock.advance(60)
        assert (await centre.service.office.read_boards()).whole
        await centre.service.desk.synced(centre.service.office.now)
        assert await acts.state(centre, "in", package) == "waiting"
        with pytest.raises(WrongState):
            await centre.do("arrive", code_name=package, arrival_code=code)


@pytest.mark.asyncio
async def test_staff_see_when_every_board_was_last_read_and_no_later_try() -> None:
    """A slot in which the broker answers nothing leaves the moment as it was, locked or not."""
    async with village("granlia", start=NOW, blobs=BLOBS) as (here, (party,)):
        await here.tick()
        read = here.clock.now()
        await here.stop()
        here.clock.advance(here.step)
        await party.service.tick()
        seen = await party.do("status")
        assert (seen["read_at"], seen["now"]) == (read, read + here.step)
        await party.do("lock")
        shut = await party.do("status")
        assert not shut["unlocked"]
        assert (shut["read_at"], shut["now"]) == (seen["read_at"], seen["now"])
