"""The whole case on paper: nothing that was written is left out, and nothing is made up."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from client.card import offered, part_label
from client.case import (
    EVERY_PART,
    HIDDEN,
    NUMBERED,
    PARTS,
    ConsentInput,
    Decision,
    Part,
    PartId,
    PartName,
    Section,
    Source,
    State,
    decode_part,
    encode_part,
    part_id,
)
from client.case.checking import checked
from client.case.consent import GivenBy
from client.case.declaration import Kind, When, choice_msgid, questions, walk
from client.case.digital_safety import CheckState, ChildDigital, DigitalSafety
from client.case.words import YesNo
from client.casefile import read_case
from client.casesheet import Printable, case_sheets, child_sheet, child_sheets, section_block
from client.checklist import blank_checklist, filled_checklist
from client.consent import Consent
from client.sheet import Item, Sheet
from client.sheettext import WIDTH, render, render_block
from keys.words import Language, Words
from tests.cases import DAY, answer, only
from tests.handovers import FJORD, TODAY

SAMPLES = Path(__file__).parent.parent / "client" / "samples"
EVERYTHING = frozenset(EVERY_PART)
LEAVES = {
    path: asked
    for name, part in PARTS.items()
    for path, asked in walk(part)
    if asked.group is None and asked.answered
}
FILE = {"type": "court_decision", "belongs_to": "protection", "file": "kjennelse.pdf"}


def made(name: str, **fields: object) -> Part:
    """Give a part with these answers."""
    return checked(PARTS[PartName(name)], fields, name)


def printable(
    parts: Mapping[str, Part],
    consented: frozenset[PartId] = EVERYTHING,
    asked: frozenset[PartId] = frozenset(),
) -> Printable:
    """Give what there is to print of these parts."""
    given = {PartId(name): part for name, part in parts.items()}
    return Printable("ELV-118", given, consented, asked)


def lines_of(*sheets: Sheet, language: str = "nb") -> list[str]:
    """Give the lines of some pages in a language."""
    return [line for sheet in sheets for line in render(sheet, Words("client", language))]


def text_of(*sheets: Sheet, language: str = "nb") -> str:
    """Give some pages as one line of text."""
    return " ".join(" ".join(lines_of(*sheets, language=language)).split())


def labels(items: tuple[object, ...]) -> set[str]:
    """Give the msgids of all labels, however deep they stand."""
    found: set[str] = set()
    for item in items:
        if isinstance(item, Item):
            found |= {item.label.msgid} if item.label is not None else set()
            found |= labels(item.phrases)
    return found


def labels_on(*sheets: Sheet) -> set[str]:
    """Give the msgids of all labels on some pages."""
    return {one for sheet in sheets for block in sheet.blocks for one in labels(block.items)}


# ── The whole case ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", LEAVES)
def test_every_question_is_printed_with_who_says_so_and_since_when(path: str) -> None:
    """Whatever is answered stands on paper, in every language, with its source and day."""
    name = PartName(path.partition(".")[0])
    which = part_id(name, 1 if name in NUMBERED else 0)
    sheets = case_sheets(printable({which: made(name, **only(path, LEAVES[path]))}))
    assert f"field.{path}" in labels_on(*sheets)
    for language, said in (("nb", "(Ansatt, 9."), ("nn", "(Tilsett, 9."), ("en", "(Staff, 9 N")):
        assert said in text_of(*sheets, language=language)
        assert all(len(line) <= WIDTH for line in lines_of(*sheets, language=language))


def texts_of(value: object) -> Iterator[str]:
    """Give everything that somebody wrote in a part, however deep it stands."""
    match value:
        case str() if type(value) is str and value not in EVERYTHING:
            yield " ".join(value.split())
        case tuple():
            for one in cast("tuple[object, ...]", value):
                yield from texts_of(one)
        case Section():
            for name in type(value).model_fields:
                yield from texts_of(getattr(value, name))
        case _:
            return


@pytest.mark.parametrize("path", LEAVES)
def test_the_words_of_a_part_are_all_of_it(path: str) -> None:
    """What a person is shown before the question leaves no answer of the sealed bytes out."""
    name = PartName(path.partition(".")[0])
    which = part_id(name, 1 if name in NUMBERED else 0)
    octets = encode_part(which, made(name, **only(path, LEAVES[path])))
    words = Words("client")
    block = section_block(decode_part(which, octets), part_label(which))
    said = " ".join(" ".join(render_block(block, words)).split()).partition("Ikke fylt ut")[0]
    asked = LEAVES[path]
    if asked.choices:
        assert words.say(choice_msgid(next(iter(asked.choices)))) in said
    elif path.endswith("birth_year"):
        assert "1991" in said
    else:
        told = {Kind.TEXT: "MERKE", Kind.NUMBER: "7", Kind.DATE: "9. november 2026"}
        assert told.get(asked.kind, "kl. 12.05") in said


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.yaml")))
def test_every_text_of_a_sample_is_in_its_words(name: str) -> None:
    """Notes, lists and answers within answers too."""
    case = read_case((SAMPLES / name).read_bytes(), today=DAY)
    for which, part in case.parts.items():
        block = section_block(part, part_label(which))
        said = "".join("".join(render_block(block, Words("client"))).split())
        for text in texts_of(part):
            assert "".join(text.split()) in said, which


def test_what_is_known_of_a_file_is_printed() -> None:
    """An attachment's kind, what it belongs to and its name stand on the page."""
    text = text_of(*case_sheets(printable({"attachment.1": made("attachment", **FILE)})))
    assert "VEDLEGG 1 Type: Rettsavgjørelse Hører til del: Tiltak Fil: kjennelse.pdf" in text


@pytest.mark.parametrize(
    ("language", "unknown", "not_asked", "none_known", "empty"),
    [
        ("nb", "Ukjent", "Ikke spurt", "Ingen kjente", "Ikke fylt ut"),
        ("nn", "Ukjend", "Ikkje spurt", "Ingen kjende", "Ikkje fylt ut"),
        ("en", "Unknown", "Not asked", "None known", "Not filled in"),
    ],
)
def test_the_ways_of_not_knowing_are_told_apart(
    language: str, unknown: str, not_asked: str, none_known: str, empty: str
) -> None:
    """«Unknown», «not asked», «none known» and nothing written are four different things."""
    words = Words("client", language)
    fields = {
        "knows_centre": {"state": State.UNKNOWN, "source": Source.USER, "as_of": DAY},
        "escalation": {"state": State.NOT_ASKED, "source": Source.USER, "as_of": DAY},
        "change_triggers": {"state": State.NONE_KNOWN, "source": Source.POLICE, "as_of": DAY},
    }
    text = text_of(*case_sheets(printable({"threat": made("threat", **fields)})), language=language)
    for said in (unknown, not_asked, none_known):
        assert text.count(f"{said} (") == 1
    assert words.say("field.threat.overall_level") in text.partition(f"{empty}:")[2]


def test_a_hidden_part_stands_under_its_banner_and_is_never_remarked_on() -> None:
    """Residence is printed after opening, with the sentence that it decides nothing."""
    for name in HIDDEN:
        text = text_of(*case_sheets(printable({name: made(name)})))
        assert "Opplysningen skal aldri påvirke plass eller mottak." in text
        assert "Ikke fylt ut" not in text


def test_only_what_is_consented_to_is_printed_and_the_rest_is_her_choice() -> None:
    """A part that she keeps is said to be her choice; not a word of it is there, and no «no»."""
    parts = {"person": made("person"), "history": made("history"), "child.1": made("child")}
    consented = frozenset({PartId("person")})
    case = printable(parts, consented, offered(Decision.YES_SOME, consented))
    text = text_of(*case_sheets(case))
    assert "TIDLIGERE OPPHOLD" not in text
    assert "Tidligere opphold: ikke delt – brukerens valg" in text
    assert "Barn" not in text
    assert not any(word in text for word in ("Opphold ", "Menneskehandel", " Nei", " nei"))


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.yaml")))
@pytest.mark.parametrize("language", Language)
def test_a_draft_is_printed_with_its_inquiry_consent_and_request(
    name: str, language: Language
) -> None:
    """The sender's own paper has every answer of the file, whatever section it stands in."""
    case = read_case((SAMPLES / name).read_bytes(), today=DAY)
    pages = case_sheets(Printable.draft(case))
    titles = {block.title.msgid for block in pages[0].blocks}
    for section in (case.place_inquiry, case.consent, case.police_request):
        assert section is None or f"part.{section.WORD}" in titles
    assert all(len(line) <= WIDTH for line in lines_of(*pages, language=language))


def test_what_came_is_printed_with_its_consent() -> None:
    """The receiver's paper says what she said yes to, how, and until when; and no hour of it."""
    words = {
        "decision": Decision.YES_SOME,
        "parts": (PartId("person"),),
        "given_by": GivenBy.USER,
        "informed_benefits": YesNo.YES,
        "informed_rights": YesNo.NO,
    }
    said = checked(ConsentInput, words, "consent")
    parts = {PartId("person"): made("person"), PartId("history"): made("history")}
    consent = Consent.given_in(said, parts, FJORD.member, TODAY)
    text = text_of(
        *case_sheets(Printable.opened(parts, consent, frozenset(consent.parts), "ELV-118"))
    )
    day = Words("client").day(TODAY)
    for line in (
        "Samtykker brukeren? Ja, noe Hva samtykket gjelder: Bruker",
        "Informert om nytten: Ja Informert om retten til å trekke tilbake: Nei",
        f"Gitt dato: {day}",
        "Tidligere opphold: ikke delt – brukerens valg",
    ):
        assert line in text
    assert "kl." not in text


# ── A child's page ───────────────────────────────────────────────────────────────────────────
def test_each_child_has_a_page_of_its_own() -> None:
    """Two children are two pages, and neither tells anything of the other or of a parent."""
    parts = {
        "person": made("person", call_name=answer("Máret")),
        "child.1": made("child", call_name=answer("Ánde"), never_pickup=answer(("Far",))),
        "child.2": made("child", call_name=answer("Biret")),
    }
    first, second = child_sheets(printable(parts))
    assert "Ánde" in text_of(first)
    assert not any(name in text_of(first) for name in ("Biret", "Máret"))
    assert not any(name in text_of(second) for name in ("Ánde", "Máret", "Far "))
    whole = case_sheets(printable(parts))
    assert whole[1:] == (first, second)
    assert "Ánde" not in text_of(whole[0])


def test_a_childs_page_asks_everything_about_the_child_in_its_order() -> None:
    """What nobody filled in is named too: who may never pick up is not left to guessing."""
    page = child_sheet(made("child"), 1, "VIDDE-256")
    titles = [block.title.msgid.removeprefix("sheet.child.") for block in page.blocks]
    assert titles[:3] == ["who", "pickup", "health"]
    assert titles[-1] == "more"
    named = [
        item.label.msgid
        for block in page.blocks
        for line in block.items
        for item in line.phrases
        if isinstance(item, Item) and item.label is not None
    ]
    assert sorted(named) == sorted(
        f"field.child.{name}" for name in type(made("child")).model_fields
    )
    for language in Language:
        assert all(len(line) <= WIDTH for line in lines_of(page, language=language))


# ── The digital checklist ────────────────────────────────────────────────────────────────────
def test_the_checklist_has_every_row_under_each_time_it_is_checked() -> None:
    """Before leaving, on the way, at arrival: no row is left out, answered or not."""
    for page in (filled_checklist(printable({})), blank_checklist()):
        stages = {block.title.msgid: labels(block.items) for block in page.blocks}
        for asked in questions(DigitalSafety):
            for when in When:
                found = f"field.digital_safety.{asked.name}" in stages[choice_msgid(when)]
                assert found is (when in asked.stages)


def test_a_filled_row_says_what_was_found_by_whom_and_when() -> None:
    """State, who, day and note stand on the row; an open row is «not checked», never «no»."""
    rows = {
        "find_my": answer(CheckState.RISK_FOUND, note="del av familien"),
        "recheck_date": answer(date(2026, 12, 1)),
        "note": answer("Ring før kl. 18"),
    }
    child = made("child", digital={"wearables": answer(CheckState.FIXED)})
    page = filled_checklist(
        printable({"digital_safety": made("digital_safety", **rows), "child.1": child})
    )
    text = text_of(page)
    assert "Risiko funnet – del av familien (Ansatt, 9. november 2026)" in text
    assert "1. desember 2026 (Ansatt" in text
    assert "Ring før kl. 18" in text
    assert text.count("Ikke sjekket") > len(questions(ChildDigital))
    barn = text.partition("BARN 1")[2]
    assert "Smartklokke, treningsapp (Strava): Ordnet" in barn


def test_a_child_whose_things_nobody_has_checked_stands_on_the_list() -> None:
    """Silence would read as «nothing to check»: each of its rows is «not checked»."""
    page = filled_checklist(
        printable({"child.1": made("child", call_name=answer("Biret")), "child.2": made("child")})
    )
    for number in (1, 2):
        (rows,) = [
            block.items for block in page.blocks if dict(block.title.facts) == {"number": number}
        ]
        checks = {
            f"field.child.digital.{one.name}" for one in questions(ChildDigital) if one.stages
        }
        assert labels(rows) == checks
        assert text_of(page).count(f"BARN {number}") == 1
    assert "Biret" not in text_of(page)


def test_a_checklist_that_is_not_shared_is_her_choice() -> None:
    """Nothing of it is there, not even that a row was open; each child's own list stays."""
    consented = frozenset({PartId("person"), PartId("child.1")})
    asked = offered(Decision.YES_SOME, consented)
    child = made("child", digital={"wearables": answer(CheckState.FIXED)})
    rows = made("digital_safety", find_my=answer(CheckState.RISK_FOUND))
    case = printable({"digital_safety": rows, "child.1": child}, consented, asked)
    text = text_of(filled_checklist(case))
    assert "DIGITAL SIKKERHET ikke delt – brukerens valg BARN 1" in text
    assert "Finn iPhone" not in text
    assert "Ordnet" in text


@pytest.mark.parametrize("language", Language)
def test_the_blank_list_says_nothing_about_anybody(language: Language) -> None:
    """It is the same whoever prints it: rows, boxes, a line for a day, and no code name."""
    page = blank_checklist()
    assert page.code_name == ""
    lines = lines_of(page, language=language)
    assert "\N{BALLOT BOX}" in "".join(lines)
    assert all(len(line) <= WIDTH for line in lines)
    assert all(item.note is None and item.origin is None for b in page.blocks for item in b.items)


# ── Who says so, once ────────────────────────────────────────────────────────────────────────
def test_an_origin_that_is_everybodys_is_said_once() -> None:
    """A page of which each answer is of the same day and person is not full of brackets."""
    person = made("person", call_name=answer("Marte"), full_name=answer("Marte Ås"))
    text = text_of(*case_sheets(printable({"person": person})))
    assert text.count("Ansatt, 9. november 2026") == 1
    assert "Alle svar her: Ansatt, 9. november 2026 Navn vi skal bruke: Marte Fullt navn" in text


def test_an_origin_that_differs_stands_with_its_answer() -> None:
    """What the person said is told from what staff say, answer by answer."""
    said = answer("Marte Ås", source=Source.USER)
    person = made("person", call_name=answer("Marte"), full_name=said)
    text = text_of(*case_sheets(printable({"person": person})))
    assert "Alle svar her" not in text
    assert "Marte (Ansatt, 9. november 2026)" in text
    assert "Marte Ås (Bruker, 9. november 2026)" in text


def test_a_childs_page_says_it_once_above_its_first_heading() -> None:
    """The headings of a child's page are one part."""
    child = made("child", call_name=answer("Ánde"), belongings=answer(("bamse",)))
    text = text_of(*child_sheets(printable({"child.1": child})))
    assert text.count("Ansatt, 9. november 2026") == 1
    assert text.index("Alle svar her") < text.index("Ánde")
