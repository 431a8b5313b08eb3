"""Members whose programs run by their own clock, each listened to at both doors (P2).

`Service.tick` does the parts of a slot one after another; what is installed is `Service.run`, in
which cells are made before the slot, and asking, reading, destroying and going on are tasks beside
each other. This file knows how such a slot passes when the clock is driven, and when everything in
it is over. It refuses to know what a member does in it.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final, TypeAlias

from client.home import Home
from client.lanes import AHEAD
from client.service import Service
from client.settings import Settings
from keys.address import CLASSES_ON, CellClass, Role, writable
from keys.calendar import Instant
from keys.identity import Identity
from tests import acts
from tests.bent import Line, bent_line
from tests.clock import DrivenClock
from tests.leaking import alike
from tests.listening import Listeners, lasting, listening
from tests.parties import Party, Said, join, leave
from tests.tap import Exchange
from tests.world import PLACES, SLOT, World, world

TUESDAY: Final = Instant(1_794_895_200)
"""17 November 2026, 06.00 UTC: the week is long enough for all slots of a file."""
HOME: Final = "innlandet"
CENTRES: Final = ("granlia", "fjordglott", "skjargarden")
DISTRICTS: Final = ("innlandet", "vest", "agder")
TOKENS: Final = MappingProxyType(
    {CellClass.S: 26, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
SECONDS: Final = 6
"""Seconds of a slot that are driven one by one: what waits a little is heard when it leaves."""
Kinds: TypeAlias = list[list[list[Exchange]]]
"""Of every kind of member, what was heard at the line of each."""
_PATHS: Final = MappingProxyType(
    {CellClass.NOTE: r"POST \S+/cells/note ", CellClass.S: r"POST \S+/uploads/s "}
)
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
class Together:
    """Members of one kind or two, and who listens at their lines.

    Attributes:
        kinds: those that are compared with each other; the last of each does nothing.
        clocks: each member has its own, and all are set together.
        bent: the line of each behind who listens, where the lines can be bent.
    """

    here: World
    kinds: list[list[Party]]
    clocks: list[DrivenClock]
    lines: Listeners
    bent: list[Line]

    @property
    def centres(self) -> list[Party]:
        """The first kind."""
        return self.kinds[0]

    @property
    def next_slot(self) -> Instant:
        """When the next slot begins."""
        return Instant((self.here.clock.now() // SLOT + 1) * SLOT)

    async def passes(self) -> None:
        """Let the clock go through what is left of this slot, and some seconds into the next."""
        await self.ahead()
        await self.begins()

    async def ahead(self) -> None:
        """Let the clock go on until the cells of the next slot are made."""
        slot = self.next_slot
        for moment in (slot - SLOT // 2, slot - AHEAD):
            await self._at(moment)

    async def begins(self) -> None:
        """Let the clock go on until the next slot, and some seconds into it.

        The broker closes its slot before the clock of a member says that it is over: what lies in
        a batch is no matter of chance.
        """
        slot = self.next_slot
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
        """Wait until the programs of all have done what they do at this moment."""
        for _ in range(_TURNS):
            await asyncio.sleep(_TURN)
            if all(_running(party).at_rest() for kind in self.kinds for party in kind):
                return
        raise AssertionError

    async def during(self, happening: Callable[[], Awaitable[object]]) -> Kinds:
        """Return what is heard at the line of each meanwhile."""
        heard = await self.lines.during(happening)
        return [[heard[party.place.key] for party in kind] for kind in self.kinds]

    async def silently(self, party: Party, verb: str, **arguments: str) -> Said:
        """Have staff do something at which nothing is heard, at no line; return the answer."""
        await self.lines.mark()
        said = await party.do(verb, dict(arguments))
        assert await self.lines.silent()
        return said

    async def in_line(self, name: str) -> str:
        """Put a case in line from the first centre to the second; return the arrival code."""
        sender = self.centres[0]
        ready = await acts.ready(self.here, sender, acts.sample("GRAN-427", name=name))
        said = await self.silently(sender, "send", code_name=ready, agreed_by_phone="duty")
        assert not said["kept"]
        return str(said["arrival_code"])

    async def alike(self) -> Kinds:
        """Let a slot pass in which the lines of a kind are the same, and all at its beginning."""
        slot = self.next_slot
        heard = await self.during(self.passes)
        for lines in heard:
            alike(lines)
            assert {one.moment for line in lines for one in line} == {slot}
        return heard

    async def same(self, slots: int) -> None:
        """Let slots pass likewise, in each a note and a blob for every board that one writes."""
        for _ in range(slots):
            for kind, lines in zip(self.kinds, await self.alike(), strict=True):
                boards = [CLASSES_ON[board] for board in writable(kind[0].place.role)]
                for cls, path in _PATHS.items():
                    posted = [one for one in lines[0] if re.match(path, one.request)]
                    assert len(posted) == sum(cls in classes for classes in boards) > 0

    async def until(self, there: Callable[[], Awaitable[bool]], most: int = 8) -> None:
        """Let slots pass that all look the same until something is there."""
        await acts.pass_until(self.same, there, most)


def _running(party: Party) -> Running:
    assert isinstance(party.service, Running)
    return party.service


async def _run(here: World, party: Party) -> tuple[Party, DrivenClock]:
    """Let a member whose service was driven slot by slot run by its own clock from now on."""
    await leave(here, party)
    clock = DrivenClock(here.clock.now())
    service = Running(party.home, party.settings, clock)
    await service.start()
    again = replace(party, service=service, clock=clock)
    await again.unlock()
    service.begin()
    return again, clock


@asynccontextmanager
async def together(
    *kinds: tuple[str, ...], weeks: int = 2, bends: bool = False
) -> AsyncGenerator[Together, None]:
    """Run members that came up together; each posts a note and a blob a slot on its boards.

    Args:
        kinds: of one kind each, by their places.
        weeks: how long there are tokens.
        bends: whether somebody can bend their lines to the broker.
    """
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=TUESDAY, weeks=weeks, lanes=(SLOT, 0), blobs=TOKENS, step=2 * SLOT)
        )
        stack.enter_context(lasting())
        keys = [key for kind in kinds for key in kind]
        if HOME not in keys:
            here.enrol(PLACES[HOME], Identity.generate())
        lines = Listeners()
        bent: list[Line] = []
        found: dict[str, Party] = {}
        for key in sorted(keys, key=lambda key: PLACES[key].role is Role.CENTRE):
            doors = here.doors
            if bends:
                bent.append(await stack.enter_async_context(bent_line(doors.broker)))
                doors = replace(doors, broker=bent[-1].url)
            ears = await stack.enter_async_context(listening(doors, here.clock.now))
            lines.ears[key] = ears
            home = HOME if PLACES[key].role is Role.CENTRE else ""
            found[key] = await join(here, key, home=home, doors=ears.doors)
            stack.push_async_callback(leave, here, found[key])
        await here.publish()
        await here.tick(3)
        clocks: list[DrivenClock] = []
        for key in keys:
            found[key], clock = await _run(here, found[key])
            stack.push_async_callback(found[key].service.close)
            clocks.append(clock)
        parties = [[found[key] for key in kind] for kind in kinds]
        made = Together(here, parties, clocks, lines, bent)
        await made.rest()
        await made.passes()
        yield made
