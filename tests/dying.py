"""Desks that die: two centres and a district, and what they do before and after."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from client.case import parse_part_id
from client.kept import Kept
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Instant
from tests import acts, samplefiles
from tests.deaths import Act, Desks, mortals
from tests.parties import Party, leave, village

BLOBS = MappingProxyType({CellClass.S: 60, CellClass.M: 8, CellClass.XL64: 0, CellClass.XL256: 0})
SCAN = 200_000
OLD, NEW = "Mørkegrå stasjonsvogn", "Kvit varebil med takstige"


@dataclass(eq=False)
class Mortal(Desks):
    """Two centres and a district that may die, and files to attach."""

    files: Path = Path()
    home: Party | None = None

    async def open(self, sample: str = "GRAN-427") -> tuple[str, str]:
        """Send a case and open it; return what each desk calls it."""
        name, code, package = await self.send(sample)
        await acts.opened(self.here, self.centre, package, code)
        await self.here.tick(2)
        return name, package

    async def send(self, sample: str = "GRAN-427") -> tuple[str, str, str]:
        """Send a case; return its name, its code and what the other desk calls it."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        name = await acts.ready(
            self.here, self.sender, acts.sample(sample, name=self.name(), **ends)
        )
        if sample == "VIDDE-256":
            for part, file in (("attachment.1", "utover.jpg"), ("attachment.2", "skann.pdf")):
                path = str(self.files / file)
                await self.sender.do("part", code_name=name, attachment=part, path=path)
            await self.sender.do("consent", code_name=name)
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        return name, code, package

    async def parts(self, package: str) -> set[str]:
        """Return the parts that the receiving desk can read."""
        found = (await self.centre.do("read", code_name=package))["parts"]
        assert isinstance(found, list)
        return set(map(str, found))

    async def row_of(self, package: str, part: str) -> bytes:
        """Return the id of the row in which a part lies."""
        async with self.centre.service.office.ledger.reading() as rows:
            came = await finding.incoming(rows, package)
            kept = Kept.decode(await rows.get(Shelf.CASE, came.package_id) or b"")
        return kept.newest[parse_part_id(part)].row

    async def hows(self, package: str, part: str) -> list[str]:
        """Return how each version of a part came to stand there, oldest first."""
        said = (await self.centre.do("read", code_name=package, part=part))["versions"]
        assert isinstance(said, list)
        return [str(one[0]) for one in said if isinstance(one, list)]

    def disk(self) -> bytes:
        """Return every byte of the receiving desk's store."""
        return b"".join(one.read_bytes() for one in self.centre.home.path.glob("ledger.db*"))

    def cells(self, party: Party) -> set[str]:
        """Return the names of the sealed files on a member's disk."""
        return {one.name for one in party.home.cells.iterdir()}

    async def away(self, party: Party, slots: int) -> None:
        """Let slots pass while a member's machine is off."""
        await leave(self.here, party)
        await self.here.tick(slots)
        self.here.services[party.home.path.name] = party.service

    async def gone(self, package: str, row: bytes) -> None:
        """Accept when the threat was taken back, and its row is in no byte of the disk."""
        assert "threat" not in await self.parts(package)
        assert "person" in await self.parts(package)
        assert row not in self.disk()


def correction(name: str) -> Act:
    """Return the correction of the car in a case that was sent."""
    text = acts.sample("GRAN-427", name=name).replace(OLD, NEW)
    start = text.index("consent:")
    end = text.find("\n\n", start)
    case = text[:start] + (text[end + 2 :] if end > 0 else "")
    return "add", {"code_name": name, "case": case, "seen": True}


@asynccontextmanager
async def dying(start: Instant, files: Path) -> AsyncGenerator[Mortal, None]:
    """Run two centres and a district that may die, until the block ends."""
    samplefiles.photo(files / "utover.jpg")
    samplefiles.scan(files / "skann.pdf", SCAN)
    async with (
        mortals() as ready,
        village("granlia", "fjordglott", "innlandet", start=start, blobs=BLOBS) as (here, found),
    ):
        sender, centre, home = found
        yield Mortal(here, sender, centre, ready, files=files, home=home)
