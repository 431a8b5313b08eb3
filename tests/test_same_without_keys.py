"""A member whose own keys have run out posts as every other, and nobody sees that a case leaves.

Three centres: two at which nobody has unlocked for a fortnight, though they stand unlocked since,
and one with new keys. One of the two sends; in every slot the three lines must be the same, at both
doors, with their moments and how each connection ends (P2).
"""

import re
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.lanes import Lane
from client.posting import Cell
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from keys.epoch import BATCH_DAYS
from keys.errors import NoKeys
from keys.identity import Identity
from tests import acts
from tests.leaking import alike, leaking
from tests.listening import Listeners, lasting
from tests.parties import Party
from tests.planted import LEAKS, differences
from tests.tap import Exchange
from tests.watched import HOME, SATURDAY, overheard
from tests.world import PLACES, SLOT, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKENS: Final = MappingProxyType(
    {CellClass.S: 26, CellClass.M: 3, CellClass.XL64: 0, CellClass.XL256: 0}
)
CENTRES: Final = ("granlia", "fjordglott", "skjargarden")


@dataclass(frozen=True, slots=True)
class Watched:
    """Three centres, and somebody who listens at both doors of each."""

    here: World
    centres: list[Party]
    lines: Listeners

    async def slot(self) -> list[list[Exchange]]:
        """Let a slot pass; return what was heard at each centre's lines."""
        heard = await self.lines.during(self.here.tick)
        return [heard[party.place.key] for party in self.centres]

    async def same(self, slots: int) -> None:
        """Let slots pass in which all lines look the same: two notes, and blobs on two boards."""
        for _ in range(slots):
            lines = await self.slot()
            alike(lines)
            for path in ("cells/note", "uploads/s"):
                posted = [one for one in lines[0] if re.match(rf"POST \S+/{path} ", one.request)]
                assert len(posted) == 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Watched, None]:
    """Centres that came up together a fortnight ago; only the second was unlocked since."""
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        start = Instant(SATURDAY - BATCH_DAYS * DAY_SECONDS)
        here = await stack.enter_async_context(
            world(path, start=start, weeks=3, lanes=(SLOT, 0), blobs=TOKENS)
        )
        stack.enter_context(lasting())
        here.enrol(PLACES[HOME], Identity.generate())
        lines = Listeners()
        found = [await stack.enter_async_context(overheard(here, lines, key)) for key in CENTRES]
        await here.publish()
        await here.tick(2)
        here.clock.set(SATURDAY - SLOT)
        await here.tick()
        await found[1].unlock()
        await here.tick(2)
        yield Watched(here, found, lines)


async def test_without_own_keys_the_lanes_go_on(watched: Watched) -> None:
    """The baseline: two have no keys of their own for today, and nobody can receive at them."""
    sender, centre, idle = watched.centres
    for party in (sender, idle):
        with pytest.raises(NoKeys):
            await centre.service.office.keys_of(party.member_id)
        with pytest.raises(NoKeys):
            await party.service.office.keys_of(party.member_id)
    await watched.same(2)


async def test_what_waits_without_own_keys_is_seen_by_nobody(watched: Watched) -> None:
    """A case leaves in its slots, note and blob, and no slot of no line is another."""
    sender, centre, _ = watched.centres
    name = await acts.ready(watched.here, sender, acts.sample("GRAN-427"))
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    await watched.same(4)
    assert len(await acts.known(centre, "in")) == 1
    assert await acts.state(sender, "out", name) == "kept"


async def test_a_member_without_dummies_is_found_out(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: who makes none while its keys are out is known by the same comparison."""
    sender, _, _ = watched.centres
    office = sender.service.office
    real = office.dummy

    async def none(lane: Lane) -> Cell:
        await office.keys_of(sender.member_id)
        return await real(lane)

    monkeypatch.setattr(office, "dummy", none)
    first, second, third = await watched.slot()
    alike([second, third])
    assert differences(first, third) == {"broker"}
    monkeypatch.undo()
    await watched.same(1)


async def test_what_the_program_shows_of_a_cell_is_found(watched: Watched) -> None:
    """Each planted leak acts where a case leaves a centre without own keys, and is found."""
    sender = watched.centres[0]
    for number in range(len(LEAKS)):
        text = acts.sample("GRAN-427", name=f"STILLE-{600 + number}")
        name = await acts.ready(watched.here, sender, text)
        await sender.do("send", code_name=name, agreed_by_phone="duty")
    await leaking(watched.lines, watched.here.tick, [watched.centres], [sender])
    await watched.same(1)
