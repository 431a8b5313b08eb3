"""Six members, each listened to at both doors: three centres and three districts, in one world.

In every slot the lines of the three of a kind are the same, whatever one of them does (P2). This
file knows how that is compared, and that a leak which is planted must make it fail. It refuses to
know what any of them does.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from keys.address import CellClass
from keys.calendar import Instant
from keys.identity import Identity
from tests import acts
from tests.clock import OwnClock
from tests.leaking import alike, leaking
from tests.listening import Listeners, lasting, listening
from tests.parties import Party, join
from tests.tap import Exchange
from tests.world import PLACES, SLOT, World, world

SATURDAY: Final = Instant(1_794_636_000)
TOKENS: Final = MappingProxyType(
    {CellClass.S: 26, CellClass.M: 4, CellClass.XL64: 0, CellClass.XL256: 0}
)
CENTRES: Final = ("granlia", "fjordglott", "skjargarden")
DISTRICTS: Final = ("innlandet", "vest", "agder")


@dataclass(frozen=True, slots=True)
class Sixfold:
    """Three centres and three districts, and somebody who listens at the lines of each."""

    here: World
    centres: list[Party]
    districts: list[Party]
    lines: Listeners

    async def during(
        self, happening: Callable[[], Awaitable[object]]
    ) -> list[list[list[Exchange]]]:
        """Return what is heard at each centre's lines and at each district's meanwhile."""
        heard = await self.lines.during(happening)
        kinds = (self.centres, self.districts)
        return [[heard[one.place.key] for one in kind] for kind in kinds]

    async def slot(self) -> list[list[list[Exchange]]]:
        """Let a slot pass; return what was heard at each centre's lines and at each district's."""
        return await self.during(self.here.tick)

    async def same(self, slots: int) -> None:
        """Let slots pass in which all lines of a kind must look the same."""
        for _ in range(slots):
            for kind in await self.slot():
                alike(kind)
                assert sum("/uploads/s" in one.request for one in kind[0]) in {1, 2}

    async def until(self, there: Callable[[], Awaitable[bool]], most: int = 8) -> None:
        """Let slots pass that all look the same until something is there."""
        await acts.pass_until(self.same, there, most)

    async def use_up(self, party: Party) -> None:
        """Use up every one-time key that a member has of the others: those of the day are left."""
        office = party.service.office
        claimed = 0
        while await office.keyring.offers.claim(office.today) is not None:
            claimed += 1
        assert claimed

    async def silent(self) -> bool:
        """Whether nothing was heard at any door since the mark."""
        return await self.lines.silent()

    async def leaking(self, *parties: Party, dummies: bool = False, most: int = 16) -> None:
        """Let slots pass until each leak has acted at each of these members, and was found.

        Args:
            parties: from which something leaves, but for the last of a kind.
            dummies: whether the leaks act with every cell, where nothing else leaves.
            most: so many slots must be enough.
        """
        kinds = (self.centres, self.districts)
        await leaking(self.lines, self.here.tick, kinds, parties, dummies=dummies, most=most)


@asynccontextmanager
async def sixfold(pictures: int = 0) -> AsyncGenerator[Sixfold, None]:
    """Run six members that came up together; a slot of the S lane is as long as a note's.

    Args:
        pictures: seconds between two cells of the M lane, where there is one.
    """
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(
                path, start=SATURDAY, weeks=2, lanes=(SLOT, pictures), blobs=TOKENS, step=2 * SLOT
            )
        )
        stack.enter_context(lasting())
        lines = Listeners()
        found: dict[str, Party] = {}
        for key in (*DISTRICTS, *CENTRES):
            clock = OwnClock(here.clock)
            ears = await stack.enter_async_context(listening(here.doors, clock.exact))
            lines.ears[key] = ears
            home = "innlandet" if key in CENTRES else ""
            found[key] = await join(here, key, home=home, doors=ears.doors, clock=clock)
            stack.push_async_callback(found[key].service.close)
        here.enrol(replace(PLACES["nordlysgarden"], home="innlandet"), Identity.generate())
        await here.publish()
        await here.tick(3)
        centres = [found[key] for key in CENTRES]
        yield Sixfold(here, centres, [found[key] for key in DISTRICTS], lines)
