"""A mishap from four sides: what is read, what lies on disk, what leaves, and the open door.

Real members stand behind a tap each. Stories act through their staff's verbs and ask here what each
person reads, what lies in each home directory, and what went over each line. This file knows no
mishap, and takes nobody's word for what the disk or the line can show.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from client.cli import lines
from client.cli.console import Console
from client.transport import Doors
from keys.address import CellClass
from keys.calendar import Instant
from keys.identity import Identity
from keys.wire import Value
from keys.words import Language, Words
from tests import acts
from tests.parties import Party, join, leave
from tests.stage import holds
from tests.tap import Exchange, Tap, tapped
from tests.world import BLOBS, PLACES, SLOT, START, World, world

HOME: Final = "innlandet"
SAMPLE: Final = "GRAN-427"
WORDS: Final = ("Marte", "kon Veum")
"""What only the sample case says: a name, and what the threat is about.

Four bytes would now and then stand by chance among those that are sealed.
"""


@dataclass(eq=False)
class Side:
    """One member, and whoever listens at its line."""

    party: Party
    tap: Tap

    def reads(self, answer: Mapping[str, Value], code_name: str, lang: Language) -> list[str]:
        """Return the lines about one case that the command line makes of a status answer."""
        console = Console(self.party.home, Words("client", lang), as_json=False)
        shown: list[str] = []
        meant = False
        for line in lines.status(console, answer):
            meant = line.startswith(f"  {code_name}  ") or (meant and line.startswith(" " * 4))
            shown += [line] if meant else []
        return shown

    async def status(self, code_name: str, lang: Language = Language.NB) -> str:
        """Return what staff read of one case, in a language."""
        return "\n".join(self.reads(await self.party.do("status"), code_name, lang))

    def octets(self) -> bytes:
        """Return every byte of every file in the member's directory."""
        files = (one for one in self.party.home.path.rglob("*") if one.is_file())
        return b"".join(one.read_bytes() for one in sorted(files))

    async def holds(self, words: Iterable[str] = WORDS) -> bool:
        """Return whether the opened store has any of the words."""
        return await holds(self.party, [word.encode() for word in words])

    def plain(self, words: Iterable[str] = WORDS) -> bool:
        """Return whether any of the words can be read in a file as it lies on the disk."""
        found = self.octets()
        return any(word.encode() in found for word in words)

    def posts(self) -> Counter[str]:
        """Return how many cells went up since the mark, by board and class."""
        return Counter(
            one.request.split(" ")[1]
            for one in self.tap.exchanges()
            if one.request.startswith(("POST ", "PUT "))
        )


@dataclass(eq=False)
class Fourfold:
    """Two to four members behind taps. Use `fourfold`."""

    here: World
    sides: tuple[Side, ...]
    stack: AsyncExitStack

    async def enter(self, key: str, directory: str) -> Side:
        """Let a member that lost its machine come back: another identity, behind a tap too."""
        side = await _side(self.stack, self.here, key, directory)
        await self.here.publish()
        await self.here.tick(2)
        return side

    async def slot(self) -> list[list[Exchange]]:
        """Let a slot pass; return what was seen at each line."""
        for side in self.sides:
            side.tap.mark()
        await self.here.tick()
        for side in self.sides:
            assert not any(word.encode() in side.tap.octets for word in WORDS)
        return [side.tap.exchanges() for side in self.sides]

    async def alike(self, slots: int) -> None:
        """Let slots pass in which every line looks the same as every other.

        A side at which nothing happened is among them, so that none differs from an idle one.
        """
        for _ in range(slots):
            first, *others = await self.slot()
            assert len(first) > 8
            assert all(other == first for other in others)

    async def takes_in(self, asker: Side, desk: Side, name: str) -> None:
        """Somebody else comes to `desk` while the mishap is not solved: nothing stands in the way.

        A place is asked for and given; a package agreed by phone comes, and opens at the door.

        Args:
            asker: who asks and sends.
            desk: who takes in.
            name: a code name that is used nowhere else.
        """
        ends = {"of": asker.party.name, "to": desk.party.name}
        text = acts.sample(SAMPLE, name=name, **ends)
        name = await acts.ready(self.here, asker.party, text, desk.party)
        assert (await acts.row(asker.party, "asked", name))["answer"] == "yes"
        code, package = await acts.send(self.here, asker.party, desk.party, name, by_phone="duty")
        card = await acts.opened(self.here, desk.party, package, code)
        assert any("Marte" in line for line in card)


@asynccontextmanager
async def fourfold(
    *keys: str, start: Instant = START, blobs: Mapping[CellClass, int] = BLOBS
) -> AsyncGenerator[Fourfold, None]:
    """Run a world with members that came up together, each behind a tap, until the block ends.

    Args:
        keys: of the centres, in the order of `sides`.
        start: the instant at which the clock begins.
        blobs: tokens a day of every blob class.
    """
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=start, step=2 * SLOT, blobs=blobs, weeks=2)
        )
        here.enrol(PLACES[HOME], Identity.generate())
        made = [await _side(stack, here, key) for key in keys]
        await here.publish()
        await here.tick(3)
        yield Fourfold(here, tuple(made), stack)


async def _side(stack: AsyncExitStack, here: World, key: str, directory: str = "") -> Side:
    tap = await stack.enter_async_context(tapped(here.doors.broker))
    doors = Doors(tap.url, here.doors.issuer)
    party = await join(here, key, home=HOME, directory=directory, doors=doors)
    stack.push_async_callback(leave, here, party)
    return Side(party, tap)
