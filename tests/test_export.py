"""Paper and the journal: what is opened can be taken out, whole and once, and nothing else can."""

import json
import stat
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from client.refusals import (
    ConsentEnded,
    ConsentMissing,
    OtherImport,
    PartChanged,
    UnknownWord,
    WrongState,
)
from client.verbs.exporting import JSON, PDF, SCHEMA
from client.verbs.printing import ACTS
from keys.calendar import Instant
from keys.errors import AlreadyThere, Locked, NotHere, Refusal
from tests import acts, samplefiles
from tests.paper import pages_of, text_of, unpacked
from tests.parties import Party, village
from tests.program import folge
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
SATURDAY = Instant(1_794_636_000)  # 14 November 2026
KEPT = ("Blodtrykksmedisin", "hausten 2026", "elleve dagar")
"""Words of parts that she does not share; they are planted in the draft and found nowhere else."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Two centres after a move of which the person shared some."""

    here: World
    sender: Party
    receiver: Party
    package: str


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def moved() -> AsyncGenerator[Moved, None]:
    """Play a move with partial consent once, up to the opened package."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, receiver)):
        text = acts.sample("ELV-118", of=sender.name, to=receiver.name)
        assert all(word in text for word in KEPT)
        code_name = await acts.ready(here, sender, text, receiver)
        code, package = await acts.send(here, sender, receiver, code_name)
        with pytest.raises(WrongState):
            await receiver.do("print", code_name=package)
        with pytest.raises(WrongState):
            await receiver.do("export", code_name=package, path=str(here.path / "for-tidlig"))
        assert not (here.path / "for-tidlig").exists()
        await acts.opened(here, receiver, package, code)
        yield Moved(here, sender, receiver, package)


def everything(directory: Path) -> dict[str, bytes]:
    """Give every file of a directory."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


async def lines(party: Party, code_name: str, what: str, **more: bool) -> list[str]:
    """Print sheets as text."""
    found = (await party.do("print", code_name=code_name, what=what, **more))["lines"]
    assert isinstance(found, list)
    return [str(line) for line in found]


# ── Printing ─────────────────────────────────────────────────────────────────────────────────
async def test_what_is_printed_is_what_was_shared(moved: Moved) -> None:
    """The receiver's paper has her answers with source and day, and says what she keeps."""
    text = " ".join(" ".join(await lines(moved.receiver, moved.package, "case")).split())
    assert "Sigrid" in text
    assert "Tidligere opphold: ikke delt – brukerens valg" in text
    assert not any(word in text for word in KEPT)
    card = await lines(moved.receiver, moved.package, "card")
    assert card == await acts.card(moved.receiver, moved.package)
    # Whoever holds the sheet can ring: it has the sender's number, and nobody else's.
    number = moved.sender.place.directory.call_back_phone
    assert f"Avsenderens nummer: {number}" in " ".join(" ".join(card).split())
    assert moved.receiver.place.directory.call_back_phone not in " ".join(card)


async def test_a_pdf_is_written_once_for_its_owner_alone(moved: Moved) -> None:
    """The same print again changes nothing; another file of that name is never overwritten."""
    at = moved.here.path / "kort.pdf"
    ask = {"code_name": moved.package, "path": str(at)}
    await moved.receiver.do("print", ask, what="card")
    assert len(pages_of(at.read_bytes())) == 1
    assert stat.S_IMODE(at.stat().st_mode) == 0o600
    before = at.read_bytes()
    await moved.receiver.do("print", ask, what="card")
    with pytest.raises(AlreadyThere):
        await moved.receiver.do("print", ask, what="digital")
    assert at.read_bytes() == before
    assert [path.name for path in moved.here.path.glob("kort*")] == ["kort.pdf"]


async def test_the_blank_list_needs_no_case(moved: Moved) -> None:
    """It can be printed by anybody who may be here, for nobody in particular."""
    assert await lines(moved.sender, "", "checklist") == await lines(
        moved.receiver, moved.package, "checklist"
    )


async def test_a_draft_is_printed_before_it_is_sent_but_its_card_only_with_consent() -> None:
    """The sender's own paper is its own; a card that goes along by hand needs her yes."""
    async with village("granlia") as (_, (centre,)):
        await centre.do("new", case=acts.sample("VIDDE-256", of=centre.name))
        assert any("Biret" in line for line in await lines(centre, "VIDDE-256", "child.2"))
        assert len(await lines(centre, "VIDDE-256", "children")) > 40
        for what, leaf in (
            ("card", ConsentMissing),
            ("child.3", NotHere),
            ("attachment.1", UnknownWord),
            ("poem", UnknownWord),
        ):
            with pytest.raises(leaf):
                await lines(centre, "VIDDE-256", what)
        with pytest.raises(NotHere):
            await lines(centre, "ODDE-771", "case")
        await centre.do("lock")
        with pytest.raises(Locked):
            await lines(centre, "VIDDE-256", "case")


async def test_a_card_is_carried_by_hand_only_under_a_consent_that_counts() -> None:
    """The net is down: a card may go in an envelope, in time and about the same children."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (centre, one)):
        text = acts.sample("VIDDE-256", of=centre.name, to=one.name)
        await acts.ready(here, centre, text)
        printed = "\n".join(await lines(centre, "VIDDE-256", "card"))
        assert "Biret" in printed
        assert centre.place.directory.call_back_phone in printed
        changed = text.replace("call_name: Biret", "call_name: Risten")
        assert changed != text
        await centre.do("part", code_name="VIDDE-256", case=changed)
        with pytest.raises(PartChanged):
            await lines(centre, "VIDDE-256", "card")
        await centre.do("consent", code_name="VIDDE-256")
        assert "Risten" in "\n".join(await lines(centre, "VIDDE-256", "card"))
        here.clock.set(Instant(SATURDAY + 29 * 86_400))
        with pytest.raises(ConsentEnded):
            await lines(centre, "VIDDE-256", "card")
        ended = await folge(centre, "print", "VIDDE-256", "--what", "card")
        assert ended.code != 0
        assert "Samtykket" in ended.err
        assert "Risten" not in ended.said


# ── Export ───────────────────────────────────────────────────────────────────────────────────
async def test_an_export_is_whole_and_says_only_what_was_shared(moved: Moved) -> None:
    """PDF, JSON and schema, for the owner alone; what she keeps is in none of their bytes."""
    to = moved.here.path / "journal"
    await moved.receiver.do("export", code_name=moved.package, path=str(to))
    files = everything(to)
    assert set(files) == {PDF, JSON, SCHEMA}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in to.iterdir())
    assert stat.S_IMODE(to.stat().st_mode) == 0o700
    case = json.loads(files[JSON])
    Draft202012Validator(json.loads(files[SCHEMA])).validate(case)
    assert case["parts"]["person"]["answers"]["call_name"]["value"] == "Sigrid"
    assert case["consent"]["decision"] == "yes_some"
    assert "Sigrid" in text_of(files[PDF])
    plain = unpacked(files[PDF], moved.here.path / "flat.pdf")
    for word in KEPT:
        assert word.encode() not in files[JSON]
        assert word not in text_of(files[PDF])
        assert word.encode() not in plain
    assert not {"health_access", "history"} & set(case["parts"])
    assert b"Sigrid" not in files[SCHEMA]


async def test_an_export_can_be_repeated_and_resumed_and_overwrites_nothing(moved: Moved) -> None:
    """Cut off half-way it is done again to the end; a file that is in the way is left alone."""
    to = moved.here.path / "igjen"
    ask = {"code_name": moved.package, "path": str(to)}
    await moved.receiver.do("export", ask)
    before = everything(to)
    (to / PDF).unlink()
    (to / f"{PDF}.part").write_bytes(b"half a page")
    await moved.receiver.do("export", ask)
    assert everything(to) == before
    (to / JSON).write_bytes(b"{}")
    with pytest.raises(AlreadyThere):
        await moved.receiver.do("export", ask)
    assert (to / JSON).read_bytes() == b"{}"


async def test_an_export_confirms_nothing(moved: Moved) -> None:
    """Saying that it is in the journal is an act of its own."""
    await moved.receiver.do(
        "export", code_name=moved.package, path=str(moved.here.path / "ubekreftet")
    )
    assert await acts.state(moved.receiver, "in", moved.package) == "opened"


async def test_the_log_tells_who_printed_which_sheet_and_nothing_of_it(moved: Moved) -> None:
    """Kind of sheet, code name, worker: no word of the case."""
    for what in ACTS:
        if what != "children":
            await lines(moved.receiver, moved.package, what)
    await moved.receiver.do("export", code_name=moved.package, path=str(moved.here.path / "logg"))
    ended = await folge(moved.receiver, "log")
    for said in ("ankomstkort skrevet ut", "digital sjekkliste", "hentet ut til fagsystem"):
        assert any(said in line and moved.package in line for line in ended.out.splitlines())
    assert "Sigrid" not in ended.said


# ── Attachments, children and import ─────────────────────────────────────────────────────────
async def test_an_export_becomes_a_case_of_ones_own_once_and_without_consent(
    tmp_path: Path,
) -> None:
    """The mother moves on: her answers, her children's and the files come along, her yes not."""
    async with village("granlia", "fjordglott", start=SATURDAY) as (here, (sender, receiver)):
        text = acts.sample("VIDDE-256", of=sender.name, to=receiver.name)
        code_name = str((await sender.do("new", case=text))["code_name"])
        for part, path in (
            ("attachment.1", samplefiles.photo(tmp_path / "utover.jpg")),
            ("attachment.2", samplefiles.scan(tmp_path / "kjennelse-skann.pdf", 200_000)),
        ):
            await sender.do("part", code_name=code_name, attachment=part, path=str(path))
        await acts.agreed(here, sender, receiver, code_name)
        await sender.do("consent", code_name=code_name)
        code, package = await acts.send(here, sender, receiver, code_name)
        await acts.opened(here, receiver, package, code)
        to = tmp_path / "ut"
        ended = await folge(receiver, "export", package, "--to", str(to))
        assert ended.code == 0, ended
        assert set(everything(to)) == {PDF, JSON, SCHEMA, "vedlegg-1.jpg", "vedlegg-2.pdf"}
        paper = text_of((to / PDF).read_bytes())
        assert "Máret Elle Čappa" in paper
        assert "BARN 2" in paper
        first = await folge(receiver, "import", str(to))
        second = await folge(receiver, "import", str(to))
        assert (first.code, second.code) == (0, 0), (first, second)
        assert "fra før" in second.out
        drafts = await acts.rows(receiver, "drafts")
        (draft,) = drafts
        assert draft["code_name"] != package  # each can be taken back by its own name
        assert not draft["consent"]
        mine = await lines(receiver, str(draft["code_name"]), "case", draft=True)
        assert any("Čappa" in line for line in mine)
        assert not any(word in " ".join(mine) for word in ("SAMTYKKE", sender.name))
        case = json.loads((to / JSON).read_bytes())
        case["parts"]["person"]["answers"]["call_name"]["value"] = "Marte"
        (to / JSON).write_text(json.dumps(case), "utf-8")
        with pytest.raises(OtherImport):
            await receiver.do("import", path=str(to))
        await _hostile(receiver, tmp_path)


async def _hostile(party: Party, at: Path) -> None:
    """Offer what is no export: a refusal each time, and no case."""
    before = await acts.known(party, "drafts")
    for number, data in enumerate((b"", b"[" * 9_999, b'{"a": 1, "a": 2}', b" " * (9 << 20))):
        bad = at / str(number)
        bad.mkdir()
        (bad / JSON).write_bytes(data)
        with pytest.raises(Refusal):
            await party.do("import", path=str(bad))
    with pytest.raises(NotHere):
        await party.do("import", path=str(at / "nowhere"))
    assert await acts.known(party, "drafts") == before
