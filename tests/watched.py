"""Two centres of one world, and somebody who listens at both doors of each (P2).

This file knows how they come up together, and that their lines are the same in a slot. It refuses
to know what either of them does.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from client.doors import Doors
from keys.address import CellClass
from keys.calendar import Instant
from keys.identity import Identity
from tests.clock import OwnClock
from tests.leaking import alike
from tests.listening import Listeners, lasting, listening
from tests.parties import Party, join
from tests.tap import Exchange
from tests.world import PLACES, SLOT, World, world

SATURDAY: Final = Instant(1_794_636_000)
HOME: Final = "innlandet"


@dataclass(frozen=True, slots=True)
class Watched:
    """Two centres, and somebody who listens at the line of each."""

    here: World
    sender: Party
    centre: Party
    lines: Listeners

    async def during(
        self, happening: Callable[[], Awaitable[object]]
    ) -> tuple[list[Exchange], list[Exchange]]:
        """Return what is heard at the sender's line and at the centre's meanwhile."""
        heard = await self.lines.during(happening)
        return heard[self.sender.place.key], heard[self.centre.place.key]

    async def slot(self) -> tuple[list[Exchange], list[Exchange]]:
        """Let a slot pass; return what was heard at the sender's line and at the centre's."""
        return await self.during(self.here.tick)

    async def same(self, slots: int) -> None:
        """Let slots pass in which both lines must look the same."""
        for _ in range(slots):
            sender, centre = await self.slot()
            alike([sender, centre])
            assert len(sender) > 8


@asynccontextmanager
async def overheard(
    here: World, lines: Listeners, key: str, doors: Doors | None = None
) -> AsyncGenerator[Party, None]:
    """Let a centre join at whose lines somebody listens, until the block ends.

    Args:
        here: the world it joins.
        lines: those who listen; they have one more from now on.
        key: which of `PLACES`.
        doors: where broker and issuer are behind who listens, when that is not where they are.
    """
    clock = OwnClock(here.clock)
    async with listening(doors or here.doors, clock.exact) as ears:
        lines.ears[key] = ears
        party = await join(here, key, home=HOME, doors=ears.doors, clock=clock)
        try:
            yield party
        finally:
            await party.service.close()


@asynccontextmanager
async def two_centres(
    tokens: Mapping[CellClass, int], *, weeks: int = 2
) -> AsyncGenerator[Watched, None]:
    """Run two centres that came up together; a tick is two slots.

    Args:
        tokens: of every blob class, for a day.
        weeks: how long there are tokens.
    """
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=SATURDAY, step=2 * SLOT, blobs=tokens, weeks=weeks)
        )
        here.enrol(PLACES[HOME], Identity.generate())
        stack.enter_context(lasting())
        lines = Listeners()
        sender, centre = [
            await stack.enter_async_context(overheard(here, lines, key))
            for key in ("granlia", "fjordglott")
        ]
        await here.publish()
        await here.tick(3)
        yield Watched(here, sender, centre, lines)
