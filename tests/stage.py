"""Where the demo is played: the world, the members in it, and the voice that tells it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from client.cli import statustext
from client.cli.console import Console
from client.shelf import Shelf
from keys.address import CellClass
from keys.calendar import Instant
from tests.narrator import Narrator
from tests.parties import Party, join, leave
from tests.world import World, world

BEGIN: Final = Instant(1_794_549_600)
"""Friday 13 November 2026, 07.00 in Norway: the first sample cases are from the days before."""
NIGHT: Final = Instant(1_794_706_800)
"""Sunday the 15th, 02.40: the night of the third case."""
NOON: Final = Instant(1_794_999_600)
"""Wednesday the 18th, 12.00: three days after."""
AFTER: Final = Instant(1_795_431_600)
"""Monday the 23rd, 12.00: whatever was sent on the 15th has been too late for a day."""
SLOT: Final = 2_400
"""A slot of forty minutes: what is played on a day has room there, and tokens enough."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 5, CellClass.M: 1, CellClass.XL64: 1, CellClass.XL256: 0}
)
"""Tokens are what a day costs most time: as few as the play needs."""
SMALL: Final = MappingProxyType(
    {CellClass.S: 10, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
"""Tokens of a day in which nothing large is sent."""
PUBLIC: Final = frozenset({Shelf.ROSTER, Shelf.PEER_KEYS, Shelf.PREKEY_SHEET, Shelf.PREKEY})
"""Shelves that hold every member's name and keys, the same for each, or keys made for each."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The time at which a world begins, and its pace.

    Attributes:
        start: the instant at which the clock begins.
        blobs: tokens a day of every blob class.
        slot: seconds between two notes of a member.
        step: seconds between two ticks.
    """

    start: Instant
    blobs: Mapping[CellClass, int]
    slot: int
    step: int


DAYS: Final = Scene(BEGIN, BLOBS, SLOT, SLOT)
"""The usual play."""
NIGHTS: Final = Scene(Instant(1_794_787_800), SMALL, SLOT // 2, SLOT)
"""The further chapters, from Monday 16 November 2026, 01.10: urgent notes find a token."""


@dataclass(eq=False)
class Stage:
    """One play.

    Attributes:
        here: the world.
        told: the voice.
        files: where invented attachments are made and read back to.
        cast: the members by the keys of their places.
        expected: code and package of the one who is waited for.
        came: what the receiving desk calls a case, by its sender's name of it.
    """

    here: World
    told: Narrator
    files: Path
    cast: dict[str, Party] = field(default_factory=dict[str, Party])
    expected: tuple[str, str] = ("", "")
    came: dict[str, str] = field(default_factory=dict[str, str])

    def __getitem__(self, key: str) -> Party:
        return self.cast[key]

    async def enter(self, *keys: str, home: str = "", directory: str = "") -> None:
        """Let members join, and wait until everybody knows them."""
        for key in keys:
            lang = self.told.words.lang
            self.cast[key] = await join(self.here, key, home=home, lang=lang, directory=directory)
        await self.here.publish()
        await self.here.tick(2)

    def desk(self, party: Party) -> Console:
        """Return the terminal of a member's staff, in the language of the play."""
        return Console(party.home, self.told.words, as_json=False)

    async def status(self, party: Party, code_name: str, title: str = "") -> None:
        """Show what a member's lists say of one case, as its staff see it."""
        shown: list[str] = []
        meant = False
        for line in statustext.status(self.desk(party), await party.do("status")):
            meant = line.startswith(f"  {code_name}") or (meant and line.startswith(" " * 4))
            shown += [line[2:]] if meant else []
        self.told.paper(title or self.told.say("paper.status", to=party.name), shown)

    def until(self, instant: Instant) -> None:
        """Let the time go by at once until `instant`."""
        assert instant >= self.here.clock.now(), "the play took longer than its days"
        self.here.clock.set(instant)

    async def leave_all(self) -> None:
        """Stop every member's service."""
        for party in tuple(self.cast.values()):
            await leave(self.here, party)


Chapter: TypeAlias = Callable[[Stage], Awaitable[None]]


@asynccontextmanager
async def stage(path: Path, told: Narrator, scene: Scene) -> AsyncGenerator[Stage, None]:
    """Set the stage in an empty directory; everything stops when the block ends.

    Args:
        path: the directory.
        told: the voice, which tells by this world's clock from now on.
        scene: when the world begins, and its pace.
    """
    files = path / "files"
    files.mkdir(mode=0o700)
    pace = {"slot": scene.slot, "step": scene.step}
    async with world(path, start=scene.start, blobs=scene.blobs, **pace) as here:
        told.clock = here.clock
        made = Stage(here, told, files)
        try:
            yield made
        finally:
            await made.leave_all()


async def holds(party: Party, words: Iterable[bytes]) -> bool:
    """Return whether a member's opened store has any of `words`, its public shelves apart."""
    ledger = party.service.office.ledger
    async with ledger.reading() as rows:
        for shelf in frozenset(Shelf) - PUBLIC:
            for row, value in await rows.rows(shelf):
                if any(word in row or word in value for word in words):
                    return True
    return False
