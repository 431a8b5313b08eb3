"""A note that names a newer roster makes nobody ask for it: the operator would see who received.

Three centres are listened to at both doors, with their moments and how each connection ends. The
operator shows a new roster to one of them alone, which then sends a case to the second; the third
does nothing. Whoever of the two asked for the roster once more would be the one that was written to
(P2, ENVELOPE E-13.15).
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.doors import Doors
from keys.address import CellClass
from keys.identity import Identity
from tests import acts
from tests.bent import bent_line
from tests.leaking import alike
from tests.listening import Listeners, lasting
from tests.parties import Party
from tests.planted import differences
from tests.tap import Exchange
from tests.watched import HOME, SATURDAY, overheard
from tests.world import PLACES, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKENS = MappingProxyType({CellClass.S: 4, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
MEMBERS = ("granlia", "fjordglott", "skjargarden")
TIMESTAMP = "/v1/roster/timestamp.json"
SLOT = 600
"""Slots in which an hour's fetch would be five apart."""


@dataclass(eq=False)
class Held:
    """What an operator does that shows one roster to some and another to the rest."""

    shown: bytes = b""
    holds: bool = False

    def bend(self, octets: bytes) -> bytes:
        """Answer with the timestamp that was shown before, as long as the new one is held back."""
        if not self.holds:
            self.shown = octets
        return self.shown


@dataclass(frozen=True, slots=True)
class Watched:
    """The sender, the receiver and one that does nothing, and who listens at both doors of each.

    Between the listener and the broker there is a line that can be bent; `held` bends it.
    """

    here: World
    sender: Party
    centre: Party
    idle: Party
    lines: Listeners
    held: list[Held] = field(default_factory=list[Held])

    def hold(self, *, back: bool) -> None:
        """Hold the new roster back from the receiver and the idle one, or show it to them."""
        for one in self.held:
            one.holds = back

    async def slot(self, *, eager: bool = False) -> tuple[list[Exchange], list[Exchange]]:
        """Let a slot pass; return what was heard at the receiver's line and at the idle one's.

        Args:
            eager: with the fault that is planted: who has heard of a newer roster asks for it.
        """
        heard = await self.lines.during(self._eagerly if eager else self.here.tick)
        return heard[self.centre.place.key], heard[self.idle.place.key]

    async def _eagerly(self) -> None:
        for party in (self.centre, self.idle):
            office = party.service.office
            if office.following.behind:
                await office.following.update(office.transport, office.now)
        await self.here.tick()

    async def same(self, slots: int) -> None:
        """Let slots pass in which both lines look the same, with one look at the roster in each."""
        for _ in range(slots):
            centre, idle = await self.slot()
            alike([centre, idle])
            assert sum(TIMESTAMP in one.request for one in idle) == 1

    def behind(self) -> tuple[bool, bool]:
        """Whether the receiver, and the idle one, have heard of a newer roster than theirs."""
        parties = (self.centre, self.idle)
        one, other = (party.service.office.following.behind for party in parties)
        return one, other


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Watched, None]:
    """Three centres that came up together; slots are of ten minutes."""
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=SATURDAY, weeks=2, slot=SLOT, step=SLOT, blobs=TOKENS)
        )
        stack.enter_context(lasting())
        here.enrol(PLACES[HOME], Identity.generate())
        lines, found, held = Listeners(), list[Party](), list[Held]()
        for key in MEMBERS:
            bent = await stack.enter_async_context(bent_line(here.doors.broker))
            doors = Doors(bent.url, here.doors.issuer)
            found.append(await stack.enter_async_context(overheard(here, lines, key, doors)))
            if len(found) > 1:
                held.append(Held())
                bent.bends.append((TIMESTAMP, held[-1].bend))
        await here.publish()
        await here.tick(3)
        sender, centre, idle = found
        yield Watched(here, sender, centre, idle, lines, held)


async def received(watched: Watched, name: str, joins: str) -> None:
    """Put a new roster in that the sender alone sees, and let a case come that names it."""
    here, sender = watched.here, watched.sender
    ready = await acts.ready(here, sender, acts.sample("GRAN-427", name=name))
    watched.hold(back=True)
    before = await acts.known(watched.centre, "in")
    here.enrol(replace(PLACES[joins], home="innlandet"), Identity.generate())
    await here.publish()
    await watched.same(2)
    assert sender.service.office.roster.version > watched.idle.service.office.roster.version
    await sender.do("send", code_name=ready, agreed_by_phone="duty")
    await watched.same(2)
    assert await acts.fresh(watched.centre, "in", before)
    assert watched.behind() == (True, False)


async def test_whoever_hears_of_a_newer_roster_asks_for_nothing_more(watched: Watched) -> None:
    """The receiver's line is that of the idle one, in every slot; its staff are told."""
    await received(watched, "STILLE-600", "nordlysgarden")
    await watched.same(3)
    said = [await party.do("doctor") for party in (watched.centre, watched.idle)]
    assert ["roster_behind" in str(one["warnings"]) for one in said] == [True, False]
    watched.hold(back=False)
    await watched.same(3)
    versions = {one.service.office.roster.version for one in (watched.centre, watched.idle)}
    assert versions == {watched.sender.service.office.roster.version}
    assert watched.behind() == (False, False)


async def test_the_fault_of_before_is_found(watched: Watched) -> None:
    """Asking once more when a note names a newer roster: the lines are no longer the same."""
    await received(watched, "FORT-601", "viddeheim")
    centre, idle = await watched.slot(eager=True)
    assert differences(centre, idle) == {"broker"}
    assert [sum(TIMESTAMP in one.request for one in seen) for seen in (centre, idle)] == [2, 1]


async def test_a_restart_moves_no_look_at_the_roster(watched: Watched) -> None:
    """There is no hour that begins with a process: one look in every slot, before and after."""
    here, centre = watched.here, watched.centre
    await centre.service.close()
    again = await centre.again(here)
    here.services[centre.home.path.name] = again.service
    try:
        seen, idle = await watched.slot()
        looks = [sum(TIMESTAMP in one.request for one in found) for found in (seen, idle)]
        assert looks == [1, 1]
        await watched.same(2)
    finally:
        await again.service.close()
