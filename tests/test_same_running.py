"""Whoever sends, receives or takes back looks like whoever does nothing, as programs really run.

Three centres run by their own clock, as an installed service does: cells are made before their slot
and posted in it, and then asking, reading and destroying are tasks beside each other; what is sent
beside the lanes goes on at a moment of chance. Each is listened to at both doors. In every slot the
three lines must be the same in everything: moments, connections and who closed them, requests in
their order, header names, and lengths both ways (P2).

Nothing is left out for being a matter of chance, for at one line nothing is: cells leave before the
tasks begin, reading waits for asking and destroying for both, and on the lanes nothing goes on at
the moment of chance. What is left out is what `Listeners.during` leaves out, where keys were told.
Which of the three is first at the broker is chance, and no line of its own tells it.
"""

from collections.abc import AsyncGenerator
from functools import partial

import pytest
import pytest_asyncio

from client.lanes import Lane
from client.posting import Cell
from client.spares import Spares
from keys.address import CellClass
from keys.errors import DiskFull, Refusal
from tests import acts
from tests.leaking import alike, leaking
from tests.parties import PASSPHRASE, STAFF
from tests.planted import LEAKS, differences, late, planted
from tests.running import CENTRES, Together, together

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Together, None]:
    """Three centres for all tests of this file."""
    async with together(CENTRES) as made:
        yield made


async def test_centres_that_do_nothing_look_the_same(watched: Together) -> None:
    """The baseline: a note and a blob on both boards, at the slot's beginning, and no more."""
    await watched.same(2)


async def test_a_case_leaves_comes_and_is_opened_and_nobody_sees_it(watched: Together) -> None:
    """The note and the blob, the receipts, her arrival and the last word: every slot alike."""
    sender, centre, _ = watched.centres
    code = await watched.in_line("STILLE-600")

    async def stored() -> bool:
        return await acts.state(sender, "out", "STILLE-600") == "stored"

    async def confirmed() -> bool:
        return await acts.state(sender, "out", "STILLE-600") == "confirmed"

    await watched.until(stored)
    (package,) = await acts.known(centre, "in")
    await watched.silently(centre, "arrive", code_name=package, arrival_code=code)
    await watched.same(1)
    await watched.silently(centre, "confirm", code_name=package)
    await watched.until(confirmed)


async def test_a_case_comes_to_a_locked_desk_and_nobody_sees_it(watched: Together) -> None:
    """Nobody is at the receiver's desk; what comes is fetched and kept, and looks like nothing."""
    sender, centre, _ = watched.centres
    before = await acts.known(centre, "in")
    await watched.silently(centre, "lock")
    await watched.same(1)
    await watched.in_line("STILLE-601")

    async def kept() -> bool:
        return await acts.state(sender, "out", "STILLE-601") == "kept"

    await watched.until(kept)
    await watched.same(1)  # what was kept is read in the slot after
    await watched.silently(centre, "unlock", name=STAFF, passphrase=PASSPHRASE)
    await watched.same(1)
    assert len(await acts.known(centre, "in") - before) == 1


async def test_a_case_that_has_come_is_taken_back_and_nobody_sees_it(watched: Together) -> None:
    """She says no: a note goes to where it lies, it is destroyed there, and that is said back.

    The leak that is planted: what is said back leaves a millisecond later.
    """
    sender, centre, _ = watched.centres
    before = await acts.known(centre, "in")
    await watched.in_line("STILLE-602")

    async def stored() -> bool:
        return await acts.state(sender, "out", "STILLE-602") == "stored"

    async def gone() -> bool:
        return await acts.state(centre, "in", package) == "withdrawn"

    await watched.until(stored)
    package = await acts.fresh(centre, "in", before)
    await watched.silently(sender, "withdraw", code_name="STILLE-602")
    await watched.until(gone)
    with planted(centre, late) as plant:
        ((first, second, third),) = await watched.during(watched.passes)
    assert plant.cells == [CellClass.NOTE]
    alike([first, third])
    assert differences(second, third) == LEAKS[late]


async def test_what_is_taken_back_when_it_is_bound_to_its_slot_never_leaves(
    watched: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cell is made and its slot has not begun: a dummy that was made with it goes in its place.

    In the slot itself none can be made. The fault that is planted: a program that keeps no dummy
    which was not needed. Its slot stays empty.
    """
    sender, centre, _ = watched.centres
    office = sender.service.office
    before = await acts.known(centre, "in")

    async def none(_lane: Lane) -> Cell:
        raise DiskFull

    async def taken_back(name: str, *, spare: bool) -> None:
        await watched.ahead()
        with monkeypatch.context() as patch:
            if not spare:
                patch.setattr(office, "spares", Spares())
            patch.setattr(office, "dummy", none)
            await sender.do("withdraw", code_name=name)
            await watched.begins()

    await watched.in_line("STILLE-603")
    (lines,) = await watched.during(partial(taken_back, "STILLE-603", spare=True))
    alike(lines)
    await watched.same(1)  # what is said of it leaves here, and not before
    await watched.in_line("STILLE-604")
    ((first, *others),) = await watched.during(partial(taken_back, "STILLE-604", spare=False))
    alike(others)
    assert differences(first, others[0]) == {"broker"}
    await watched.same(1)
    assert await acts.known(centre, "in") == before


async def test_what_the_program_shows_of_a_cell_is_found(watched: Together) -> None:
    """Each leak where a case leaves, also the wait of a millisecond: by that the lines differ."""
    sender = watched.centres[0]
    for number in range(len(LEAKS)):
        await watched.in_line(f"FORT-{610 + number}")
    await leaking(watched.lines, watched.passes, watched.kinds, [sender])
    await watched.same(1)


async def test_what_goes_on_at_a_moment_of_chance_is_heard(
    watched: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault that is planted: whoever has received reads once more when it goes on."""
    office = watched.centres[1].service.office
    real = office.post_bound

    async def reading_first() -> tuple[Refusal, ...]:
        await office.read_boards()
        return await real()

    async def two_slots() -> None:
        await watched.passes()
        await watched.passes()

    with monkeypatch.context() as patch:
        patch.setattr(office, "post_bound", reading_first)
        ((sender, centre, idle),) = await watched.during(two_slots)
    alike([sender, idle])
    assert differences(centre, idle) == {"broker"}
    await watched.passes()  # what has begun ends with the fault in it
    await watched.same(1)
