"""What was attached goes where its case goes, and no longer than its case."""

import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio
from PIL import Image, ImageChops, ImageStat

from client.refusals import PartChanged
from client.shelf import Shelf
from client.transfer import Transfer
from keys.address import CellClass
from keys.calendar import DAY_SECONDS, Instant
from tests import acts, samplefiles
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 20, CellClass.M: 2, CellClass.XL64: 0, CellClass.XL256: 0})
PHOTO = "attachment.1"
A_SHADE = 3
"""Of 255: how far a pixel may lie, in the mean, from what it was a desk earlier."""


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that sends, one that receives and sends on, a third, and a photo."""

    here: World
    sender: Party
    centre: Party
    third: Party
    photo: Path

    def text(self, name: str) -> str:
        """Return the case that names two files, as `name`."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        return acts.sample("VIDDE-256", name=name, **ends)

    async def come(self, name: str) -> str:
        """Have a case with the photo sent and opened; return what the receiving desk calls it."""
        await acts.ready(self.here, self.sender, self.text(name))
        await self.attach(self.sender, name)
        await self.sender.do("consent", code_name=name)  # she has seen the photo too
        code, package = await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")
        await acts.opened(self.here, self.centre, package, code)
        return package

    async def attach(self, party: Party, name: str) -> None:
        """Attach the photo, and a second file that the sample names too."""
        await party.do("part", code_name=name, attachment=PHOTO, path=str(self.photo))
        await party.do("part", code_name=name, attachment="attachment.2", path=str(self.photo))

    async def read(self, party: Party, name: str) -> bytes:
        """Return the photo as a desk that has the case reads it."""
        back = self.photo.parent / f"{party.name} {name}.jpg"
        back.unlink(missing_ok=True)
        await party.do("read", code_name=name, part=PHOTO, path=str(back))
        return back.read_bytes()


async def staged(party: Party, name: str) -> frozenset[str]:
    """Return the names of the sealed files of a case that is being written."""
    async with party.service.office.ledger.reading() as rows:
        found = [Transfer.decode(value) for _, value in await rows.rows(Shelf.DRAFT)]
    (one,) = (case for case in found if case.code_name == name)
    return frozenset(file.file for file in one.staged.values())


def sealed(party: Party) -> frozenset[str]:
    """Return the name of every sealed file on a member's disk."""
    return frozenset(path.name for path in party.home.cells.iterdir())


def on_disk(party: Party, names: frozenset[str]) -> frozenset[str]:
    """Return those of the sealed files that lie on a member's disk."""
    return names & sealed(party)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Desks, None]:
    """Three centres for all stories of this file."""
    photo = samplefiles.photo(tmp_path_factory.mktemp("files") / "utover.jpg")
    keys = ("granlia", "fjordglott", "elvebredden")
    async with village(*keys, start=SATURDAY, blobs=BLOBS) as (here, found):
        yield Desks(here, *found, photo)


async def test_what_was_attached_follows_a_further_move(desks: Desks) -> None:
    """The third centre sees what the second saw, made anew and sealed anew at each desk."""
    package = await desks.come("FILE-600")
    seen = await desks.read(desks.centre, package)
    before = sealed(desks.centre)
    answer = await desks.centre.do("onward", code_name=package)
    name = str(answer["code_name"])
    assert answer["attached"] == [PHOTO, "attachment.2"]
    files = await staged(desks.centre, name)
    assert files == on_disk(desks.centre, files)
    assert not files & before
    asked = "destination_assessment: {dest_police_contacted_at: 2026-11-14T10:00}"
    await desks.centre.do("part", code_name=name, case=asked)
    yes = f"consent: {{decision: ja_alt, given_by: bruker, recipient_centre: {desks.third.name}}}"
    await desks.centre.do("consent", code_name=name, case=yes)
    code, there = await acts.send(desks.here, desks.centre, desks.third, name, by_phone="duty")
    await acts.opened(desks.here, desks.third, there, code)
    first, last = (
        Image.open(io.BytesIO(one)) for one in (seen, await desks.read(desks.third, there))
    )
    assert first.size == last.size
    assert max(ImageStat.Stat(ImageChops.difference(first, last)).mean) < A_SHADE


async def test_another_file_in_the_place_of_the_one_she_saw_is_not_sent(desks: Desks) -> None:
    """Whatever it shows: she said yes to the first, and says yes to the second or not."""
    name = "FILE-604"
    await acts.ready(desks.here, desks.sender, desks.text(name))
    await desks.attach(desks.sender, name)
    await desks.sender.do("consent", code_name=name)
    await desks.attach(desks.sender, name)
    with pytest.raises(PartChanged):
        await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    assert name in await acts.known(desks.sender, "drafts")
    await desks.sender.do("consent", code_name=name)
    _, there = await acts.send(desks.here, desks.sender, desks.centre, name, by_phone="duty")
    assert await acts.state(desks.centre, "in", there) == "waiting"


async def test_a_further_move_that_is_thrown_away_leaves_what_came(desks: Desks) -> None:
    """Its files go; those of the case that came stay, and can be read."""
    package = await desks.come("FILE-601")
    before = sealed(desks.centre)
    name = str((await desks.centre.do("onward", code_name=package))["code_name"])
    files = await staged(desks.centre, name)
    await desks.centre.do("discard", code_name=name)
    assert not on_disk(desks.centre, files)
    assert sealed(desks.centre) == before
    assert (await desks.read(desks.centre, package)).startswith(b"\xff\xd8\xff")


async def test_what_was_attached_goes_on_its_day_though_nobody_unlocks(desks: Desks) -> None:
    """With the lock closed the sealed files of a draft, of what was sent and of what came go."""
    package = await desks.come("FILE-602")
    text = desks.text("FILE-603")
    await acts.ready(desks.here, desks.sender, text)
    await desks.attach(desks.sender, "FILE-603")
    files = await staged(desks.sender, "FILE-603") | await staged(desks.sender, "FILE-602")
    assert len(files) == 4
    assert on_disk(desks.sender, files) == files
    assert await desks.read(desks.centre, package)
    came = sealed(desks.centre)
    assert came
    await acts.until_state(desks.here, desks.sender, "out", "FILE-602", "opened")
    await desks.sender.do("lock")
    await desks.centre.do("lock")
    desks.here.clock.advance(50 * DAY_SECONDS)
    await desks.here.publish()
    await desks.here.tick()
    assert not on_disk(desks.sender, files)
    assert not on_disk(desks.centre, came)
    assert not await cases(desks.sender)
    assert (await desks.sender.unlock())["forgotten"]
    assert "FILE-602" not in await acts.known(desks.sender, "out")
    assert (await desks.sender.do("record", code_name="FILE-602"))["shared"]
    assert not await holds(desks.sender, [b"M\xc3\xa1ret"])


async def cases(party: Party) -> list[bytes]:
    """Return the rows of the cases that a member writes or has sent."""
    async with party.service.office.ledger.reading() as rows:
        return await rows.ids(Shelf.DRAFT)
