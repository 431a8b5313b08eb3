"""A printed page is real text that anybody and any machine can read, and betrays nothing more."""

import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from client.card import arrival_card
from client.cardlayout import CARD_FIELDS
from client.case import (
    EVERY_PART,
    NUMBERED,
    PARTS,
    Part,
    PartId,
    PartName,
    part_id,
)
from client.case.checking import checked
from client.case.declaration import walk
from client.casefile import CaseFile, read_case
from client.casesheet import Printable, case_sheets
from client.checklist import blank_checklist, filled_checklist
from client.sheet import Block, Item, Say, Sheet
from client.sheetpdf import pages
from client.sheettext import render
from keys.words import Language, Words
from tests.cases import DAY, only
from tests.paper import pages_of, pictures_of, run, tags_of, text_of

SAMPLES = sorted((Path(__file__).parent.parent / "client" / "samples").glob("*.yaml"))
EVERYTHING = frozenset(EVERY_PART)
SAMI = "á č đ ŋ š ŧ ž Á Č Đ Ŋ Š Ŧ Ž"
CASES = pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)


def case_of(path: Path) -> CaseFile:
    """Read a sample case."""
    return read_case(path.read_bytes(), today=DAY)


def whole(path: Path) -> tuple[Sheet, ...]:
    """Give every sheet there is of a sample case."""
    case = Printable.draft(case_of(path))
    card = arrival_card(case.parts, case.consented, offered=case.offered, code_name=case.code_name)
    return (card, *case_sheets(case), filled_checklist(case), blank_checklist())


def holding(text: str) -> Sheet:
    """Give a page that holds a text wherever a text of a case can stand."""
    item = Item(Say("field.person.call_name"), (text,), text)
    return Sheet(Say("sheet.case"), "ELV-118", (Block(Say("part.person"), (item,)),))


def printed(*sheets: Sheet, language: str = "nb") -> bytes:
    """Print some sheets."""
    return pages(sheets, Words("client", language))


# ── Real text ────────────────────────────────────────────────────────────────────────────────
def test_every_letter_of_the_sami_languages_comes_out_as_it_went_in() -> None:
    """Máret Čappa's name can be searched for, copied and read aloud."""
    (vidde,) = (path for path in SAMPLES if path.stem == "vidde-256")
    text = text_of(printed(*whole(vidde)))
    for name in ("Máret Elle Čappa", "davvisámegiella", "Issát", "Ole Ánte D."):
        assert name in text
    assert f"{SAMI} – {SAMI}" in text_of(printed(holding(SAMI)))


def test_every_letter_of_the_latin_alphabets_has_a_shape() -> None:
    """Nobody in Europe finds a gap in their name."""
    latin = "".join(chr(code) for code in range(0xA1, 0x250) if code != 0xAD)
    sheet = holding(" ".join(latin[at : at + 16] for at in range(0, len(latin), 16)))
    text = text_of(printed(sheet)).replace(" ", "")
    assert latin in text


@pytest.mark.parametrize(
    ("path", "language"), [*((path, Language.NB) for path in SAMPLES), (SAMPLES[0], Language.NN)]
)
def test_the_paper_says_what_the_screen_says(path: Path, language: Language) -> None:
    """No word of any page is lost on the way to the printer."""
    sheets = whole(path)
    words = Words("client", language)
    text = text_of(printed(*sheets, language=language)).casefold()
    lines = " ".join(line for sheet in sheets for line in render(sheet, words)).casefold()
    marks = str.maketrans(dict.fromkeys(";:·,()–", " "))
    on_paper = "".join(text.translate(marks).split())
    assert [word for word in set(lines.translate(marks).split()) if word not in on_paper] == []


HOSTILE = {
    "markup": "*fet* _skrå_ `kode` = Tittel",
    "code": '#eval("1+1") #read("/etc/passwd") #include "x.typ"',
    "a way out of the text": '") #panic("x") #("',
    "a way out of the data": '"]}, "sheets": [] {{ }} \\u0041 \\" \\\\',
    "mathematics": "$x^2$ $ sum_(i=1) $",
    "a label and a reference": "<merke> @merke [1] //bort /* bort */",
    "a link": "https://folge.invalid/?q=1 www.folge.invalid",
    "a placeholder": "{number} {last} {name} %s",
    "a PDF operator": "BT (x) Tj ET endstream endobj %%EOF",
    "dashes and quotes": "-- --- ... \"q\" 'e' ~",
    "from right to left": "שלום Máret",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_text_is_never_read_as_anything_but_a_text(text: str) -> None:
    """Whatever somebody writes stands on the paper letter by letter, and does nothing."""
    made = printed(holding(text))
    assert sorted(text) == sorted(text_of(made).partition("bruke ")[2].partition(" – ")[0])
    with pikepdf.open(io.BytesIO(made)) as file:
        assert len(file.pages) == 1
        assert "/Annots" not in file.pages[0]
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(file.Root.keys())


def test_a_word_too_long_for_a_line_is_not_cut() -> None:
    """A text without a single space is broken, and all of it is on the paper."""
    long = "abcdefghij" * 28
    assert text_of(printed(holding(long))).replace(" ", "").count(long) == 2


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("漢字", "‹U+6F22›‹U+5B57›"),
        ("bjørn 🐻 her", "bjørn ‹U+1F43B› her"),
        ("Кириллица ελλ", "Кириллица ελλ"),
    ],
)
def test_a_letter_that_no_font_has_is_spelled_and_never_dropped(text: str, spelled: str) -> None:
    """Where a letter cannot be drawn its number stands, and the page says why."""
    page = text_of(printed(holding(text)))
    assert spelled in page
    assert ("Noen tegn kan ikke skrives ut" in page) is (text != spelled)


# ── Tagged, neutral, the same each time ──────────────────────────────────────────────────────
@pytest.mark.parametrize("language", Language)
def test_a_screen_reader_finds_its_way(language: Language) -> None:
    """Headings, lists, tables with headed columns, and the language stand in the file."""
    made = printed(*whole(SAMPLES[-1]), language=language)
    tags = tags_of(made)
    assert {"Document", "H1", "H2", "L", "LI", "Table", "TH", "TR", "TD"} <= set(tags)
    assert tags.index("H1") < tags.index("H2")
    with pikepdf.open(io.BytesIO(made)) as file:
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang).partition("-")[0] == language


def test_the_file_says_nothing_about_itself() -> None:
    """Its title is one word for everybody; no author, no day, no code name, no claim."""
    made = printed(*whole(SAMPLES[-1]))
    with pikepdf.open(io.BytesIO(made)) as file:
        assert set(file.docinfo.keys()) == {"/Title", "/Creator"}
        assert str(file.docinfo.Title) == "Utskrift"
        assert str(file.docinfo.Creator).startswith("Typst ")
        about = file.Root.Metadata.read_bytes().decode("utf-8")
        assert not file.attachments
    assert "VIDDE" not in about
    assert not any(claim in about for claim in ("pdfuaid", "pdfaid", "Date>"))


def test_the_same_page_is_the_same_bytes() -> None:
    """Printing twice gives one file, so nothing in it can tell when and where."""
    assert printed(*whole(SAMPLES[0])) == printed(*whole(SAMPLES[0]))


@CASES
def test_pages_are_black_on_white_numbered_and_to_be_shredded(path: Path, tmp_path: Path) -> None:
    """A loose page says its case, its place, and what to do with it; it needs no colour."""
    made = printed(*whole(path))
    texts = pages_of(made)
    code_name = case_of(path).header.code_name
    for number, text in enumerate(texts, 1):
        footer = [line for line in text.splitlines() if line.strip()][-1]
        assert "Makuleres etter bruk." in footer
        assert f"Side {number} av {len(texts)}" in footer
        blank = code_name not in footer
        assert not blank or code_name not in text
    for picture in pictures_of(made, tmp_path):
        assert picture.convert("L").convert("RGB").tobytes() == picture.tobytes()
        assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert b"A4" in run("pdfinfo", "-", data=made)


# ── What must fit ────────────────────────────────────────────────────────────────────────────
def starts(made: bytes, title: str) -> Iterator[int]:
    """Give the numbers of the pages that begin with a heading."""
    for number, text in enumerate(pages_of(made), 1):
        if text.lstrip().startswith(title):
            yield number


@CASES
@pytest.mark.parametrize("language", Language)
def test_the_arrival_card_is_one_sheet_of_paper(path: Path, language: Language) -> None:
    """Whatever the case, staff hold one page in their hand."""
    card, *_ = whole(path)
    assert len(pages_of(printed(card, language=language))) == 1


@pytest.mark.parametrize("language", Language)
def test_a_card_with_every_answer_and_two_children_is_one_sheet_still(language: Language) -> None:
    """Every question of the card answered, in letters that can be read without a glass."""
    full: dict[PartId, Part] = {}
    for name, kind in PARTS.items():
        fields: dict[str, object] = {}
        for path, asked in walk(kind):
            if path in CARD_FIELDS and asked.answered:
                _merge(fields, only(path, asked))
        for number in (1, 2) if name in NUMBERED else (0,):
            if name is not PartName.ATTACHMENT:
                full[part_id(name, number)] = checked(kind, fields, name)
    card = arrival_card(full, EVERYTHING, offered=EVERYTHING, code_name="ELV-118")
    assert len(pages_of(printed(card, language=language))) == 1


def _merge(into: dict[str, object], more: dict[str, object]) -> None:
    for name, value in more.items():
        there = into.get(name)
        if isinstance(value, tuple) and isinstance(there, tuple):
            inner = dict(there[0])
            _merge(inner, value[0])
            into[name] = (inner,)
        elif isinstance(value, dict) and isinstance(there, dict):
            inner = dict(there)
            _merge(inner, value)
            into[name] = inner
        else:
            into[name] = value


def test_a_page_that_is_too_long_goes_on_and_loses_nothing() -> None:
    """A card that cannot fit runs over rather than leave a line out."""
    item = Item(Say("field.person.looks_out_for"), ("Lang setning som gjentas. " * 20,))
    block = Block(Say("card.who"), (item,) * 60)
    made = printed(Sheet(Say("card.title"), "ELV-118", (block,), compact=True))
    assert len(pages_of(made)) > 1
    assert text_of(made).count("gjentas") == 1_200


@CASES
def test_each_child_has_a_sheet_of_its_own_on_paper(path: Path) -> None:
    """A child's page begins a page, and is one."""
    case = Printable.draft(case_of(path))
    made = printed(*case_sheets(case))
    children = [part for part in case.parts if part.startswith("child.")]
    begun = [page for number in range(1, 25) for page in starts(made, f"BARN {number} ")]
    assert len(begun) == len(children)
    assert begun == sorted(begun)[: len(children)]
    assert not children or len(pages_of(made)) == begun[-1]
