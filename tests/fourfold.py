"""A mishap from four sides: what is read, what lies on disk, what leaves, and the open door.

Real members stand behind a tap each. Stories type as staff do, and ask here what each person reads
on the screen, what lies on each disk, the broker's too, and what went over each line. This file
knows no mishap, and takes nobody's word for what the disk or the line can show.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

from client.doors import Doors
from keys.address import CellClass
from keys.calendar import Instant
from keys.identity import Identity
from tests import acts
from tests.keyboard import Typist
from tests.listening import tells, without_news
from tests.lookout import Lookout
from tests.parties import join, leave
from tests.side import WORDS, Side
from tests.tap import Exchange, tapped
from tests.world import BLOBS, NO_LANES, PLACES, SLOT, START, World, world

HOME: Final = "innlandet"
SAMPLE: Final = "GRAN-427"
SATURDAY: Final = Instant(1_794_636_000)
"""14 November 2026, 06.00 UTC: the day after the last of the sample cases' consents."""
THREE: Final = ("granlia", "fjordglott", "elvebredden")
"""Who sends, who gets it, and who stands beside."""
FEW: Final = MappingProxyType(
    {CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
"""Tokens for a day of cases without attachments."""
ANOTHER: Final = "Ingunn"
"""Who comes while a mishap is not solved."""
LANE: Final = Counter({f"/v1/boards/{board}/cells/note": 1 for board in ("centre", "police")})
"""What goes up in a slot from a machine at which nothing happens."""
PACKAGE: Final = Counter({"/v1/boards/centre/uploads/s": 1, "/v1/boards/centre/cells/note": 1})
"""What goes up at once with a case of a few pages."""


@dataclass(eq=False)
class Fourfold:
    """Two to four members behind taps. Use `fourfold`."""

    here: World
    sides: tuple[Side, ...]
    stack: AsyncExitStack
    entered: list[Side] = field(default_factory=list[Side])
    """Those that came in later."""

    async def enter(self, key: str, directory: str) -> Side:
        """Let a member that lost its machine come back: another identity, behind a tap too."""
        side = await _side(self.stack, self.here, key, directory)
        self.entered.append(side)
        await self.here.publish()
        await self.here.tick(2)
        return side

    async def slot(self) -> list[list[Exchange]]:
        """Let a slot pass; return what was seen at each line.

        Where somebody told keys, in it or in what went before, who reads a moment later reads
        more; then cursors and pages are left out, and only then.
        """
        told = any(tells(side.tap.exchanges()) for side in self.sides)
        for side in self.sides:
            side.tap.mark()
        await self.here.tick()
        for side in (*self.sides, *self.entered):
            assert not any(word.encode() in side.tap.octets for word in WORDS)
        lines = [side.tap.exchanges() for side in self.sides]
        told = told or any(tells(one) for one in lines)
        return [without_news(one) for one in lines] if told else lines

    async def knocking(self, later: int = 0) -> list[list[Exchange]]:
        """Let every machine tick while the broker is away; return the connections that were tried.

        Nothing can be asked then, and whoever listens counts the knocks at the door.

        Args:
            later: how many seconds after what went before.
        """
        for side in self.sides:
            await side.tap.settle()
            side.tap.mark()
        self.here.clock.advance(later)
        for side in self.sides:
            await side.party.service.tick()
        return [await side.tap.trace() for side in self.sides]

    async def alike(self, slots: int) -> None:
        """Let slots pass in which every line looks the same as every other.

        A side at which nothing happened is among them, so that none differs from an idle one.
        """
        for _ in range(slots):
            first, *others = await self.slot()
            assert len(first) > 8
            for other in others:
                assert other == first, set(other) ^ set(first)
            posts = [side.posts() for side in self.sides]
            assert all(one == LANE for one in posts), posts

    @contextmanager
    def still(self) -> Generator[None]:
        """See that nothing goes up from any machine until the block ends: it waits for its slot."""
        for side in self.sides:
            side.tap.mark()
        yield
        assert not any(side.posts() for side in self.sides)

    def dark(self, words: Iterable[str] = WORDS) -> None:
        """See that none of the words can be read in a file on any disk, the broker's among them."""
        wanted = tuple(words)
        assert not any(side.plain(wanted) for side in (*self.sides, *self.entered))
        assert Lookout(self.here).holding(wanted) == {}

    async def sent(self, name: str, **changes: str) -> tuple[str, str]:
        """Send the sample case from the first desk to the second, agreed by phone.

        Args:
            name: its code name there.
            changes: what stands otherwise in the case file, see `acts.sample`.

        Returns:
            The arrival code, and what the second desk calls the package.
        """
        text = acts.sample(SAMPLE, name=name, **changes)
        await acts.ready(self.here, self.sides[0].party, text)
        return await self.sends(name)

    async def sends(self, name: str, *, of: int = 0, to: int = 1) -> tuple[str, str]:
        """Send a case that is ready; return its code and what the other desk calls it.

        Beside the lane, one note and one sealed file go up from the sender, and nothing from any
        other.
        """
        for side in self.sides:
            side.tap.mark()
        sender, centre = self.sides[of].party, self.sides[to].party
        made = await acts.send(self.here, sender, centre, name, by_phone="duty")
        for number, side in enumerate(self.sides):
            assert side.posts() == (LANE + PACKAGE if number == of else LANE)
        return made

    async def open(self, name: str) -> str:
        """Send the sample case and open it at the door; return what the second desk calls it."""
        code, package = await self.sent(name)
        await self.opens(self.sides[1], package, code)
        await self.here.tick(2)
        return package

    async def opens(self, desk: Side, package: str, code: str, *, whom: str = "Marte") -> str:
        """She is at the door with her code; return the card, on which her name stands."""
        await desk.party.do("arrive", code_name=package, arrival_code=code)
        await self.here.tick()
        card = await desk.card(package)
        assert whom in card
        return card

    async def arrives(self, asker: Side, desk: Side, name: str) -> None:
        """Somebody else whose place was agreed by phone comes to `desk`, and it opens for her.

        Args:
            asker: who sends.
            desk: who takes in.
            name: a code name that is used nowhere else.
        """
        name = await acts.ready(self.here, asker.party, _another(asker, desk, name))
        code, package = await acts.send(self.here, asker.party, desk.party, name, by_phone="duty")
        await self.opens(desk, package, code, whom=ANOTHER)

    async def takes_in(self, asker: Side, desk: Side, name: str) -> None:
        """Somebody else comes to `desk` while the mishap is not solved: nothing stands in the way.

        A place is asked for and given; a package agreed by phone comes, and opens at the door.

        Args:
            asker: who asks and sends.
            desk: who takes in.
            name: a code name that is used nowhere else.
        """
        text = _another(asker, desk, name)
        name = await acts.ready(self.here, asker.party, text, desk.party)
        await asker.says(name, "inquiry.yes")
        await asker.party.do("key same", name=desk.party.name)
        code, package = await acts.send(self.here, asker.party, desk.party, name, by_phone="duty")
        await self.opens(desk, package, code, whom=ANOTHER)


def _another(asker: Side, desk: Side, name: str) -> str:
    """Return the case of somebody else."""
    text = acts.sample(SAMPLE, name=name, of=asker.party.name, to=desk.party.name)
    return text.replace("Marte", ANOTHER).replace("Veum", "Lid")


@asynccontextmanager
async def fourfold(
    *keys: str,
    start: Instant = START,
    blobs: Mapping[CellClass, int] = BLOBS,
    weeks: int = 2,
    lanes: tuple[int, int] = NO_LANES,
) -> AsyncGenerator[Fourfold, None]:
    """Run a world with members that came up together, each behind a tap, until the block ends.

    Args:
        keys: of the centres, in the order of `sides`.
        start: the instant at which the clock begins.
        blobs: tokens a day of every blob class.
        weeks: how many weeks the issuer has keys for, the one that begins counted.
        lanes: seconds between two cells of class S, and of class M; 0 is none.
    """
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=start, step=2 * SLOT, blobs=blobs, weeks=weeks, lanes=lanes)
        )
        here.enrol(PLACES[HOME], Identity.generate())
        made = [await _side(stack, here, key) for key in keys]
        await here.publish()
        await here.tick(3)
        yield Fourfold(here, tuple(made), stack)


async def _side(stack: AsyncExitStack, here: World, key: str, directory: str = "") -> Side:
    tap = await stack.enter_async_context(tapped(here.doors.broker, here.clock.now))
    doors = Doors(tap.url, here.doors.issuer)
    party = await join(here, key, home=HOME, directory=directory, doors=doors, staffed=Typist)
    stack.push_async_callback(leave, here, party)
    assert isinstance(party, Typist)
    return Side(party, tap)
