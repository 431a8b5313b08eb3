"""A member whose power fails while its case rides the lanes: it comes once, and nothing is lost."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.transfer import MOST_ASKED
from keys.address import CellClass
from keys.calendar import Instant
from tests import acts
from tests.deaths import TICK, UNLOCK, Act, Desks, mortals
from tests.parties import village
from tests.world import SLOT

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEDNESDAY = Instant(1_794_376_800)
TOKENS = MappingProxyType({CellClass.S: 60, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})

RIDING = [
    ("sealed", 1),
    *[("lane-bound", nth) for nth in range(1, 5)],
    *[("posted", nth) for nth in range(1, 5)],
]
"""Every durable step from the click to the end of its first slot: two boards, notes and blobs."""
IN_HASTE = [("send-intended", 1), ("posted", 1), ("posted", 2)]
"""The same when what waits is sent in haste after all."""
HELD_UP = [
    *[("send-intended", 1), ("sealed", 1)],
    *[("lane-bound", nth) for nth in range(1, 3)],
    *[("posted", nth) for nth in range(1, 4)],
]
"""The same when the lanes can spare no note: two boards' notes, and its blob at once after them."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all deaths of this file."""
    lanes = (SLOT, 0)
    keys = ("granlia", "fjordglott")
    async with (
        mortals() as ready,
        village(*keys, start=WEDNESDAY, blobs=TOKENS, lanes=lanes) as (here, found),
    ):
        sender, centre = found
        yield Desks(here, sender, centre, ready)


def _send(name: str, *, urgent: bool = False) -> Act:
    return "send", {"code_name": name, "agreed_by_phone": "duty", "urgent": urgent}


async def _comes_once(desks: Desks, name: str, before: set[str]) -> None:
    """Let slots pass until the case is there, once, and opens with its one code."""
    here, sender, centre = desks.here, desks.sender, desks.centre

    async def stored() -> bool:
        return await acts.state(sender, "out", name) == "stored"

    await acts.until(here, stored, 8)
    package = await acts.fresh(centre, "in", before)
    code = str((await acts.row(sender, "out", name))["arrival_code"])
    await acts.opened(here, centre, package, code)
    await desks.sound()


def _next_slot(desks: Desks) -> None:
    """Let a slot begin in which nobody has posted yet: a restart uses none twice."""
    desks.here.clock.advance(SLOT)


async def test_riding_has_the_steps_that_are_killed_below(desks: Desks) -> None:
    """A new durable step on the way to a slot must get its own death."""
    name = await desks.written()
    before = await acts.known(desks.centre, "in")
    _next_slot(desks)
    steps = await desks.doomed(desks.sender, [UNLOCK, _send(name), TICK])
    ridden = steps[steps.index("sealed") :]
    assert (ridden.count("lane-bound"), ridden.count("posted")) == (4, 4)
    await _comes_once(desks, name, before)


@pytest.mark.parametrize(("step", "nth"), RIDING)
async def test_killed_on_the_way_to_its_slot_it_comes_once(
    desks: Desks, step: str, nth: int
) -> None:
    """P6: in line, bound, or posted without an acknowledgement: the same cells, and once."""
    name = await desks.written()
    before = await acts.known(desks.centre, "in")
    _next_slot(desks)
    await desks.doomed(desks.sender, [UNLOCK, _send(name), TICK], step, nth)
    await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    await _comes_once(desks, name, before)


@pytest.mark.parametrize(("step", "nth"), IN_HASTE)
async def test_killed_while_it_is_hastened_it_comes_once(desks: Desks, step: str, nth: int) -> None:
    """The click is on disk or it is not; either way one envelope comes."""
    name = await desks.written()
    before = await acts.known(desks.centre, "in")
    await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    await desks.doomed(desks.sender, [UNLOCK, _send(name, urgent=True)], step, nth)
    answer = await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    assert answer["kept"]
    await _comes_once(desks, name, before)


async def _nothing_to_spare(desks: Desks) -> None:
    """Ask urgently until a question must wait for its slot, and let what waits leave."""
    name = await desks.written()
    asked = {"code_name": name, "centres": [desks.centre.name], "urgent": True}
    for _ in range(MOST_ASKED):
        if (await desks.sender.do("inquire", **asked)).get("held_up"):
            break
    else:
        raise AssertionError
    await desks.here.tick(2)


@pytest.mark.parametrize(("step", "nth"), HELD_UP)
async def test_killed_while_some_of_haste_waits_it_comes_once(
    desks: Desks, step: str, nth: int
) -> None:
    """Its note waits for a slot and its blob for the note; whatever the moment, it comes once."""
    await _nothing_to_spare(desks)
    name = await desks.written()
    before = await acts.known(desks.centre, "in")
    await desks.doomed(desks.sender, [UNLOCK, _send(name, urgent=True), TICK], step, nth)
    answer = await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    assert answer["kept"] or answer["held_up"]
    await _comes_once(desks, name, before)
