"""Three centres whose programs run by their own clock, each listened to at both doors (P2).

`Service.tick` does the parts of a slot one after another; what is installed is `Service.run`, in
which cells are made before the slot, and asking, reading, destroying and going on are tasks beside
each other. This file knows how such a slot passes when the clock is driven, and when everything in
it is over. It refuses to know what a centre does in it.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from client.home import Home
from client.lanes import AHEAD
from client.service import Service
from client.settings import Settings
from keys.address import CellClass
from keys.calendar import Instant
from keys.identity import Identity
from tests import acts
from tests.clock import DrivenClock
from tests.leaking import alike
from tests.listening import Listeners, lasting, listening
from tests.parties import Party, Said, join, leave
from tests.tap import Exchange
from tests.world import PLACES, SLOT, World, world

SATURDAY: Final = Instant(1_794_636_000)
HOME: Final = "innlandet"
CENTRES: Final = ("granlia", "fjordglott", "skjargarden")
TOKENS: Final = MappingProxyType(
    {CellClass.S: 26, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
SECONDS: Final = 6
"""Seconds of a slot that are driven one by one: what waits a little is heard when it leaves."""
_TURN: Final = 0.005
_TURNS: Final = 12_000
"""Looks after which nobody believes any more that a moment will be over: a minute of them."""


class Running(Service):
    """A service that runs by its own clock, and shows when it waits for nothing but that.

    Args:
        home: as of any service.
        settings: likewise.
        machine: the clock, on which nobody else sleeps.
    """

    def __init__(self, home: Home, settings: Settings, machine: DrivenClock) -> None:
        super().__init__(home, settings, machine)
        self._machine = machine
        self._work: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to run."""
        self._work = asyncio.create_task(self.run())

    async def close(self) -> None:
        """Stop running, and close."""
        if self._work is not None:
            self._work.cancel()
            with suppress(asyncio.CancelledError):
                await self._work
        await super().close()

    def at_rest(self) -> bool:
        """Whether all that goes on beside the slots has ended, or sleeps until a later moment.

        What runs sleeps, and so may what goes on at a moment of chance: nothing else ever does.
        """
        assert self._work is not None
        if self._work.done():
            self._work.result()  # it never ends by itself: this is what ended it
        going = [task for task in self._under_way.values() if not task.done()]
        return self._machine.sleepers == 1 + len(going)


@dataclass(frozen=True, slots=True)
class Trio:
    """A centre that sends, one that receives, one that does nothing; who listens at their lines.

    Attributes:
        centres: these three; each has its own clock, and all are set together.
    """

    here: World
    centres: list[Party]
    clocks: list[DrivenClock]
    lines: Listeners

    @property
    def next_slot(self) -> Instant:
        """When the next slot begins."""
        return Instant((self.here.clock.now() // SLOT + 1) * SLOT)

    async def passes(self) -> None:
        """Let the clock go through what is left of this slot, and some seconds into the next.

        The broker closes its slot before the clock of a centre says that it is over: what lies in
        a batch is no matter of chance.
        """
        slot = self.next_slot
        for moment in (slot - SLOT // 2, slot - AHEAD):
            await self._at(moment)
        self.here.clock.set(slot)
        await self.here.close_slot()
        for moment in range(slot, slot + SECONDS):
            await self._at(moment)

    async def _at(self, moment: int) -> None:
        self.here.clock.set(moment)
        for clock in self.clocks:
            clock.set(moment)
        await self.rest()

    async def rest(self) -> None:
        """Wait until the programs of all three have done what they do at this moment."""
        for _ in range(_TURNS):
            await asyncio.sleep(_TURN)
            if all(_running(party).at_rest() for party in self.centres):
                return
        raise AssertionError

    async def during(
        self, happening: Callable[[], Awaitable[object]]
    ) -> tuple[list[Exchange], list[Exchange], list[Exchange]]:
        """Return what is heard at the line of each of the three meanwhile."""
        heard = await self.lines.during(happening)
        first, second, third = (heard[party.place.key] for party in self.centres)
        return first, second, third

    async def silently(self, party: Party, verb: str, **arguments: str) -> Said:
        """Have staff do something at which nothing is heard, at no line; return the answer."""
        await self.lines.mark()
        said = await party.do(verb, dict(arguments))
        assert await self.lines.silent()
        return said

    async def same(self, slots: int) -> None:
        """Let slots pass in which the three lines are the same: all at its beginning, no less."""
        for _ in range(slots):
            slot = self.next_slot
            lines = await self.during(self.passes)
            alike(lines)
            assert {one.moment for line in lines for one in line} == {slot}
            for path in ("cells/note", "uploads/s"):
                posted = [one for one in lines[0] if re.match(rf"POST \S+/{path} ", one.request)]
                assert len(posted) == 2

    async def until(self, there: Callable[[], Awaitable[bool]], most: int = 8) -> None:
        """Let slots pass that all look the same until something is there."""
        await acts.pass_until(self.same, there, most)


def _running(party: Party) -> Running:
    assert isinstance(party.service, Running)
    return party.service


async def _run(here: World, party: Party) -> tuple[Party, DrivenClock]:
    """Let a centre whose service was driven slot by slot run by its own clock from now on."""
    await leave(here, party)
    clock = DrivenClock(here.clock.now())
    service = Running(party.home, party.settings, clock)
    await service.start()
    again = replace(party, service=service, clock=clock)
    await again.unlock()
    service.begin()
    return again, clock


@asynccontextmanager
async def trio() -> AsyncGenerator[Trio, None]:
    """Run three centres that came up together; each posts two notes and two blobs a slot."""
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=SATURDAY, weeks=2, lanes=(SLOT, 0), blobs=TOKENS, step=2 * SLOT)
        )
        stack.enter_context(lasting())
        here.enrol(PLACES[HOME], Identity.generate())
        lines = Listeners()
        found: list[Party] = []
        for key in CENTRES:
            ears = await stack.enter_async_context(listening(here.doors, here.clock.now))
            lines.ears[key] = ears
            found.append(await join(here, key, home=HOME, doors=ears.doors))
            stack.push_async_callback(leave, here, found[-1])
        await here.publish()
        await here.tick(3)
        centres: list[Party] = []
        clocks: list[DrivenClock] = []
        for party in found:
            again, clock = await _run(here, party)
            stack.push_async_callback(again.service.close)
            centres.append(again)
            clocks.append(clock)
        made = Trio(here, centres, clocks, lines)
        await made.rest()
        await made.passes()
        yield made
