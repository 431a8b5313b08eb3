"""Whoever sends, receives or is locked looks like whoever does nothing, as the programs really run.

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

import pytest
import pytest_asyncio

from keys.errors import Refusal
from tests import acts
from tests.leaking import alike, leaking
from tests.parties import PASSPHRASE, STAFF
from tests.planted import LEAKS, differences
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
