"""Consent is taken back as easily as it is given: before arrival, after it, whole and in part."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.case import parse_part_id
from client.cli import statustext
from client.cli.console import Console
from client.kept import Kept
from client.refusals import PartNotShared, WrongState
from client.shelf import Shelf
from client.verbs import finding
from keys.address import CellClass
from keys.calendar import Instant
from keys.errors import NoKeys, NotHere, WrongCode
from keys.words import Language, Words
from tests import acts, samplefiles
from tests.parties import Party, village
from tests.stage import holds
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
DAY = 86_400
BLOBS = MappingProxyType({CellClass.S: 12, CellClass.M: 3, CellClass.XL64: 0, CellClass.XL256: 0})
SCAN = 200_000


@dataclass(frozen=True, slots=True)
class Desks:
    """The centre that is left, the one that is come to, and two files."""

    here: World
    sender: Party
    centre: Party
    files: Path

    async def open(self, name: str, sample: str = "GRAN-427") -> str:
        """Send a case as `name` and open it at the door; return what the other desk calls it."""
        code, package = await self.send(name, sample)
        await acts.opened(self.here, self.centre, package, code)
        await self.here.tick(2)
        return package

    async def send(self, name: str, sample: str = "GRAN-427") -> tuple[str, str]:
        """Send a case as `name`; return its code and what the other desk calls it."""
        ends = {"of": self.sender.name, "to": self.centre.name}
        await acts.ready(self.here, self.sender, acts.sample(sample, name=name, **ends))
        if sample == "VIDDE-256":
            for part, file in (("attachment.1", "utover.jpg"), ("attachment.2", "skann.pdf")):
                path = str(self.files / file)
                await self.sender.do("part", code_name=name, attachment=part, path=path)
            await self.sender.do("consent", code_name=name)  # she has seen them
        return await acts.send(self.here, self.sender, self.centre, name, by_phone="duty")

    async def kept(self, package: str) -> Kept:
        """Return what the receiving desk's store says of an opened case."""
        async with self.centre.service.office.ledger.reading() as rows:
            came = await finding.incoming(rows, package)
            return Kept.decode(await rows.get(Shelf.CASE, came.package_id) or b"")

    async def parts(self, package: str) -> set[str]:
        """Return the parts that the receiving desk can read."""
        found = (await self.centre.do("read", code_name=package))["parts"]
        assert isinstance(found, list)
        return set(map(str, found))

    def disk(self) -> bytes:
        """Return every byte of the receiving desk's store."""
        return b"".join(one.read_bytes() for one in self.centre.home.path.glob("ledger.db*"))

    def cells(self) -> set[Path]:
        """Return the sealed files on the receiving desk's disk."""
        return set(self.centre.home.cells.iterdir())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Desks, None]:
    """Two centres for all stories of this file, and attachments that nobody ever saw."""
    path = tmp_path_factory.mktemp("files")
    samplefiles.photo(path / "utover.jpg")
    samplefiles.scan(path / "skann.pdf", SCAN)
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        yield Desks(here, sender, centre, path)


async def test_a_part_taken_back_after_opening_is_destroyed_and_no_other(desks: Desks) -> None:
    """She takes the threat back: its bytes are gone there, and the old centre hears «deleted»."""
    package = await desks.open("DEL-200")
    before = await desks.parts(package)
    assert "threat" in before
    assert await holds(desks.centre, [b"Veum"])
    await desks.sender.do("withdraw", code_name="DEL-200", parts=["threat"])
    await desks.here.tick(3)
    assert await desks.parts(package) == before - {"threat"}
    assert not await holds(desks.centre, [b"Veum"])
    with pytest.raises(NotHere):
        await desks.centre.do("read", code_name=package, part="threat")
    shown = "\n".join(await acts.card(desks.centre, package))
    assert "Trusselbilde: ikke delt – brukerens valg" in shown
    assert "Marte" in shown
    await desks.here.tick(3)
    row = await acts.row(desks.sender, "out", "DEL-200")
    assert (row["state"], row["answer"], row["no_answer"]) == ("opened", "deleted", False)


async def test_the_sealed_bytes_of_a_part_taken_back_are_in_no_file(desks: Desks) -> None:
    """Not only the words: the very row that held the part is cut out of the store and its log."""
    package = await desks.open("RAD-201")
    kept = await desks.kept(package)
    gone, stays = (kept.newest[parse_part_id(part)].row for part in ("threat", "person"))
    assert gone in desks.disk()
    await desks.sender.do("withdraw", code_name="RAD-201", parts=["threat"])
    await desks.here.tick(3)
    assert gone not in desks.disk()
    assert stays in desks.disk()


async def test_an_attachment_goes_with_its_part_and_the_other_stays(desks: Desks) -> None:
    """The court's decision was attached to the protection: both go, and the photo stays."""
    before = desks.cells()
    package = await desks.open("VEDLEGG-202", "VIDDE-256")
    assert len(desks.cells() - before) == 2, "each attachment lies in a file of its own"
    await desks.sender.do("withdraw", code_name="VEDLEGG-202", parts=["protection", "child.2"])
    await desks.here.tick(3)
    assert len(desks.cells() - before) == 1
    left = await desks.parts(package)
    assert {"child.1", "attachment.1"} <= left
    assert not {"child.2", "protection", "attachment.2"} & left
    assert not await holds(desks.centre, [b"Biret"])
    back = desks.files / "tilbake.jpg"
    await desks.centre.do("read", code_name=package, part="attachment.1", path=str(back))
    assert back.read_bytes().startswith(b"\xff\xd8\xff")
    path = str(desks.files / "borte.pdf")
    with pytest.raises(NotHere):
        await desks.centre.do("read", code_name=package, part="attachment.2", path=path)


async def test_before_opening_the_rest_is_sent_anew_in_the_same_step(desks: Desks) -> None:
    """One command takes a part back on the way: the old card is dead, the new package smaller."""
    code, package = await desks.send("VEI-203")
    before = await acts.known(desks.centre, "in")
    answer = await desks.sender.do(
        "withdraw", code_name="VEI-203", parts=["threat"], agreed_by_phone="duty"
    )
    assert answer["anew"]
    await desks.here.tick(3)
    assert await acts.state(desks.centre, "in", package) == "withdrawn"
    anew = await acts.fresh(desks.centre, "in", before)
    with pytest.raises(WrongCode):
        await desks.centre.do("arrive", code_name=anew, arrival_code=code)
    await acts.opened(desks.here, desks.centre, anew, str(answer["arrival_code"]))
    assert "threat" not in await desks.parts(anew)
    assert "person" in await desks.parts(anew)


@pytest.mark.parametrize("phone", ["", "duty"])
async def test_what_is_not_sealed_yet_goes_without_the_part(desks: Desks, phone: str) -> None:
    """The receiver has no keys today; meanwhile she takes a part back, and the rest still goes."""
    name = f"VENTER-21{len(phone)}"
    await acts.ready(desks.here, desks.sender, acts.sample("GRAN-427", name=name))
    before, ledger = await acts.known(desks.centre, "in"), desks.sender.service.office.ledger
    async with ledger.transaction("set-aside") as rows:
        aside = await rows.rows(Shelf.PEER_KEYS)
        for row, _ in aside:
            await rows.delete(Shelf.PEER_KEYS, row)
    with pytest.raises(NoKeys):
        await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    taken = {"code_name": name, "parts": ["threat"]}
    if not phone:
        answer = await desks.sender.do("withdraw", **taken)
        assert (answer["state"], answer["sent"]) == ("intended", "nothing")
        with pytest.raises(PartNotShared):  # the same part twice takes nothing else with it
            await desks.sender.do("withdraw", **taken)
    async with ledger.transaction("put-back") as rows:
        for row, value in aside:
            await rows.put(Shelf.PEER_KEYS, row, value)
    if phone:
        assert (await desks.sender.do("withdraw", **taken, agreed_by_phone=phone))["anew"]
    await desks.here.tick(4)
    package = await acts.fresh(desks.centre, "in", before)
    with pytest.raises(PartNotShared):
        await desks.sender.do("withdraw", **taken)
    code = str((await desks.sender.do("send", code_name=name))["arrival_code"])
    await acts.opened(desks.here, desks.centre, package, code)
    assert {"threat", "person"} & await desks.parts(package) == {"person"}


async def test_a_yes_to_what_nobody_wrote_keeps_nothing_on_its_way(desks: Desks) -> None:
    """The only part that was there is taken back: nothing is left to seal, and staff read that."""
    name = "TOM-212"
    await desks.sender.do("new", case=acts.sample("GRAN-427", name=name))
    named = f"recipient_centre: {desks.centre.name}"
    yes = (
        f"consent: {{decision: ja_noe, parts: [threat, health_access], given_by: bruker, {named}}}"
    )
    await desks.sender.do("consent", code_name=name, case=yes)
    ledger = desks.sender.service.office.ledger
    async with ledger.transaction("set-aside") as rows:
        aside = await rows.rows(Shelf.PEER_KEYS)
        for row, _ in aside:
            await rows.delete(Shelf.PEER_KEYS, row)
    with pytest.raises(NoKeys):
        await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    answer = await desks.sender.do("withdraw", code_name=name, parts=["threat"])
    assert (answer["state"], answer["sent"]) == ("withdrawn", "nothing")
    async with ledger.transaction("put-back") as rows:
        for row, value in aside:
            await rows.put(Shelf.PEER_KEYS, row, value)


async def test_a_part_that_was_never_shared_takes_nothing_back(desks: Desks) -> None:
    """A word too many is no withdrawal of all of it: not on the way, and not where it came."""
    code, package = await desks.send("SLURV-210")
    for parts in (["health_access"], ["threat", "health_access"]):
        with pytest.raises(PartNotShared):
            await desks.sender.do("withdraw", code_name="SLURV-210", parts=parts)
    await desks.here.tick(3)
    await acts.opened(desks.here, desks.centre, package, code)
    with pytest.raises(PartNotShared):
        await desks.centre.do("withdraw", code_name=package, parts=["health_access"])
    assert "threat" in await desks.parts(package)
    for _ in range(2):  # what was taken back already may be taken back again
        await desks.centre.do("withdraw", code_name=package, parts=["threat"])
    assert "threat" not in await desks.parts(package)


async def test_what_was_taken_back_does_not_come_again_by_an_old_answer(desks: Desks) -> None:
    """The case remembers it: only a new answer of the person lets the part out again."""
    await desks.send("HUSKER-204")
    await desks.sender.do("withdraw", code_name="HUSKER-204", parts=["threat"])
    await desks.here.tick(2)
    assert await acts.state(desks.sender, "out", "HUSKER-204") == "withdrawn"
    drafts = desks.sender.service.office.ledger
    async with drafts.reading() as rows:
        (text,) = [v for _, v in await rows.rows(Shelf.DRAFT) if b"HUSKER-204" in v]
    assert b"withdrawn_parts" in text


async def test_after_confirmation_it_is_taken_back_where_she_is(desks: Desks) -> None:
    """The old centre has forgotten where; the new desk does it in as many steps."""
    package = await desks.open("HER-205")
    await acts.confirm(desks.here, desks.centre, package)
    assert (await acts.row(desks.sender, "out", "HER-205"))["to"] == ""
    with pytest.raises(WrongState):
        await desks.sender.do("withdraw", code_name="HER-205", parts=["threat"])
    answer = await desks.centre.do("withdraw", code_name=package, parts=["threat"])
    assert (answer["here"], answer["told"]) == (True, False)
    assert "threat" not in await desks.parts(package)
    async with desks.centre.service.office.ledger.reading() as rows:
        assert await rows.rows(Shelf.OWED) == []
    said = (await acts.row(desks.sender, "out", "HER-205"))["answer"]
    whole = await desks.centre.do("withdraw", code_name=package)
    assert (whole["state"], whole["told"], said) == ("withdrawn", False, "")
    with pytest.raises(WrongState):
        await desks.centre.do("card", code_name=package)


async def test_who_takes_all_the_parts_back_has_taken_all_of_it_back(desks: Desks) -> None:
    """Nothing is left open that holds nothing about her."""
    package = await desks.open("ALT-206")
    everything = sorted(await desks.parts(package) - {"sender", "validity"})
    await desks.sender.do("withdraw", code_name="ALT-206", parts=everything)
    await desks.here.tick(3)
    assert await acts.state(desks.centre, "in", package) == "withdrawn"
    assert await acts.state(desks.sender, "out", "ALT-206") == "withdrawn"


async def test_what_is_in_the_journal_is_answered_for_with_a_closed_reason(desks: Desks) -> None:
    """Her word crosses the confirmation: the desk destroys it, owes an answer, and gives one."""
    package = await desks.open("JOURNAL-207")
    await desks.centre.do("confirm", code_name=package)
    await desks.sender.do("withdraw", code_name="JOURNAL-207")
    await desks.here.tick(3)
    row = await acts.row(desks.centre, "in", package)
    assert (row["state"], row["late"]) == ("withdrawn", False)
    assert row["answer_by"]
    await desks.centre.do("journal", code_name=package, word="kept_in_archive")
    await desks.here.tick(3)
    assert (await acts.row(desks.sender, "out", "JOURNAL-207"))["answer"] == "kept_in_archive"
    assert not (await acts.row(desks.centre, "in", package))["answer_by"]
    with pytest.raises(WrongState):
        await desks.centre.do("journal", code_name=package, word="deleted")


async def test_what_was_written_out_is_answered_for_though_nobody_confirmed(
    desks: Desks, tmp_path: Path
) -> None:
    """A copy may stand in the journal: the program does not say «deleted», staff do."""
    package = await desks.open("UTE-209")
    await desks.centre.do("print", code_name=package, path=str(tmp_path / "sak.pdf"))
    for parts, word in ((["threat"], "kept_by_duty"), ([], "deleted")):
        await desks.sender.do("withdraw", code_name="UTE-209", parts=parts)
        await desks.here.tick(3)
        row = await acts.row(desks.centre, "in", package)
        assert row["answer_by"]
        assert row["state"] == ("opened" if parts else "withdrawn")
        # Nothing is answered yet, also when another part was, earlier the same day.
        assert not (await acts.row(desks.sender, "out", "UTE-209"))["answer"]
        await desks.centre.do("journal", code_name=package, word=word)
        await desks.here.tick(3)
        said = await acts.row(desks.sender, "out", "UTE-209")
        assert said["answer"] == word
        assert not (await acts.row(desks.centre, "in", package))["answer_by"]


async def test_an_answer_that_is_due_is_asked_for_on_both_desks(desks: Desks) -> None:
    """Three days without a word: the one desk is told to answer, the other to call."""
    package = await desks.open("FRIST-208")
    await desks.centre.do("confirm", code_name=package)
    await desks.sender.do("withdraw", code_name="FRIST-208")
    await desks.here.tick(3)
    desks.here.clock.advance(4 * DAY)
    assert (await acts.row(desks.centre, "in", package))["late"]
    assert (await acts.row(desks.sender, "out", "FRIST-208"))["no_answer"]
    words = Words("client", Language.NB)
    console = Console(desks.sender.home, words, as_json=False)
    shown = statustext.status(console, await desks.sender.do("status"))
    assert words.say("status.no_answer") not in "\n".join(shown)
    (said,) = (line for line in shown if "FRIST-208" in line and "har ikke svart" in line)
    assert said.startswith("  FRIST-208")
