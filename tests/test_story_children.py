"""Each child is a part of its own, every letter as written, and files come without a past."""

import datetime as dt
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.case import decode_part, parse_part_id
from client.casefile import read_case
from client.refusals import AttachmentMissing, PartNotThere
from client.verbs import finding, keptcases
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NotHere
from tests import acts, samplefiles
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 6, CellClass.M: 3, CellClass.XL64: 0, CellClass.XL256: 0})
SCAN = 200_000


@dataclass(frozen=True, slots=True)
class Desks:
    """The centre that a mother leaves with her children, the one she comes to, and two files."""

    here: World
    sender: Party
    centre: Party
    photo: Path
    scan: Path

    def text(self, name: str) -> str:
        """Return the case with two children, as `name`."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        return acts.sample("VIDDE-256", name=name, **ends)

    async def attach(self, name: str, part: str, path: Path) -> None:
        """Attach a file to a case."""
        await self.sender.do("part", code_name=name, attachment=part, path=str(path))

    async def ready(self, name: str, text: str) -> None:
        """Write a case with its two files, and then the yes of the one who has seen them."""
        await self.sender.do("new", case=text)
        await self.attach(name, "attachment.1", self.photo)
        await self.attach(name, "attachment.2", self.scan)
        await self.sender.do("consent", code_name=name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file, and attachments that nobody ever saw."""
    path = tmp_path_factory.mktemp("files")
    photo = samplefiles.photo(path / "utover.jpg")
    scan = samplefiles.scan(path / "kjennelse-skann.pdf", SCAN)
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        yield Desks(here, sender, centre, photo, scan)


async def test_two_children_a_photo_and_a_scan_arrive_as_they_were(desks: Desks) -> None:
    """T4: each child its own part, á č đ ŋ š ŧ ž intact, the scan byte for byte."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    text = desks.text("VIDDE-256")
    await desks.ready("VIDDE-256", text)
    code, package = await acts.send(here, sender, centre, "VIDDE-256", by_phone="duty")
    card = "\n".join(await acts.opened(here, centre, package, code))
    for word in ("Máret", "Ánde", "Biret", "Issát", "Nøtteallergi", "Farfar"):
        assert word in card
    written = read_case(text, today=dt.date(2026, 11, 14))
    for part in ("child.1", "child.2", "person"):
        octets = (await centre.do("read", code_name=package, part=part))["octets"]
        assert isinstance(octets, bytes)
        which = parse_part_id(part)
        assert decode_part(which, octets) == written.parts[which]
    back = desks.photo.parent / "tilbake"
    await centre.do("read", code_name=package, part="attachment.2", path=str(back))
    assert back.read_bytes() == desks.scan.read_bytes()
    assert back.stat().st_mode & 0o077 == 0
    # Who is there for a child at the new centre, only that desk knows: it stands on the card.
    filled = "children: [{}, {contact_person_new: Signhild ved natta}]"
    assert (await centre.do("recheck", code_name=package, case=filled))["parts"] == ["child.2"]
    assert "Signhild ved natta" in "\n".join(await acts.card(centre, package))
    await here.tick(2)
    assert not await holds(sender, [b"Signhild"])


async def test_a_photo_does_not_tell_where_it_was_taken(desks: Desks) -> None:
    """What a camera wrote beside the picture is gone before the picture is sealed."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    assert samplefiles.CAMERA.encode() in desks.photo.read_bytes()
    text = desks.text("FOTO-400")
    await desks.ready("FOTO-400", text)
    code, package = await acts.send(here, sender, centre, "FOTO-400", by_phone="duty")
    await acts.opened(here, centre, package, code)
    back = desks.photo.parent / "tilbake.jpg"
    await centre.do("read", code_name=package, part="attachment.1", path=str(back))
    assert samplefiles.CAMERA.encode() not in back.read_bytes()
    assert back.read_bytes().startswith(b"\xff\xd8\xff")


async def test_a_file_that_was_named_must_be_there(desks: Desks) -> None:
    """A case that promises a photo is not sent without it."""
    await acts.ready(desks.here, desks.sender, desks.text("MANGLER-401"))
    with pytest.raises(AttachmentMissing):
        await desks.sender.do("send", code_name="MANGLER-401", agreed_by_phone="duty")


async def test_a_file_that_was_not_named_cannot_be_added(desks: Desks) -> None:
    """Every file is named in the case and covered by a part; no other travels along."""
    await desks.sender.do("new", case=desks.text("EKSTRA-402"))
    with pytest.raises(PartNotThere):
        await desks.attach("EKSTRA-402", "attachment.3", desks.scan)
    with pytest.raises(NotHere):
        await desks.attach("EKSTRA-402", "attachment.1", desks.scan.parent / "finnes-ikke")


async def test_what_is_written_of_a_child_that_is_not_there_is_refused(desks: Desks) -> None:
    """A slip of the number would leave the right child without its row, and nobody would see it."""
    await desks.sender.do("new", case=desks.text("RAD-404"))
    yes = "consent: {decision: ja_alt, given_by: bruker, children: [{child: child.3}]}"
    with pytest.raises(PartNotThere):
        await desks.sender.do("consent", code_name="RAD-404", case=yes)


async def test_a_child_who_was_not_consented_to_stays_behind_with_its_file(desks: Desks) -> None:
    """Yes to one child and no to the other: the other and the photo are not in the bytes."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    text = desks.text("ETT-403").replace(
        "decision: ja_alt", "decision: ja_noe\n  parts: [person, protection, child.1, attachment.2]"
    )
    await desks.ready("ETT-403", text)
    code, package = await acts.send(here, sender, centre, "ETT-403", by_phone="duty")
    card = "\n".join(await acts.opened(here, centre, package, code))
    assert "Ánde" in card
    assert "Biret" not in card
    parts = (await centre.do("read", code_name=package))["parts"]
    assert isinstance(parts, list)
    assert not {"child.2", "attachment.1", "threat"} & set(map(str, parts))


async def test_taken_back_the_children_are_gone_from_the_store(desks: Desks) -> None:
    """After a withdrawal no word about any child is left at the centre."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    for name in await acts.known(sender, "out"):
        await sender.do("withdraw", code_name=name)
    await here.tick(4)
    states = {str(row["state"]) for row in await acts.rows(centre, "in")}
    assert states == {"withdrawn"}
    assert not list(centre.home.cells.iterdir())
    assert not await holds(centre, ["Ánde".encode(), b"Biret", "Máret".encode()])


async def test_a_file_that_is_spoilt_keeps_nothing_else_from_the_journal(desks: Desks) -> None:
    """The disk spoiled the photo: it is named and not written, and all the rest is."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    await sender.do("new", case=desks.text("SKADD-405"))
    await desks.attach("SKADD-405", "attachment.1", desks.photo)
    await desks.attach("SKADD-405", "attachment.2", desks.scan)
    await sender.do("consent", code_name="SKADD-405")
    code, package = await acts.send(here, sender, centre, "SKADD-405", by_phone="duty")
    await acts.opened(here, centre, package, code)
    async with centre.service.office.ledger.reading() as rows:
        came = await finding.incoming(rows, package)
        case = await keptcases.opened_in(rows, came.package_id)
    (photo,) = [one for one in case.kept.files if one.part == "attachment.1"]
    at = centre.home.cells / photo.file
    octets = bytearray(at.read_bytes())
    octets[0] ^= 1
    at.write_bytes(octets)
    to = desks.photo.parent / "journal"
    found = await centre.do("export", code_name=package, path=str(to))
    assert found["distrusted"] == ["vedlegg-1.jpg"]
    assert not (to / "vedlegg-1.jpg").exists()
    assert (to / "vedlegg-2.pdf").read_bytes() == desks.scan.read_bytes()
