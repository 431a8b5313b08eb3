"""Pages on paper: one tagged PDF of real text, black on white, the same bytes each time.

This file knows how a page becomes rows for `page.typ`, which sets them. The text of a case goes in
as data and is never read as markup. A letter that the fonts do not have is spelled by its number
and said to be so: none is dropped. This file refuses to know a language, a file and the day, and
to call what it makes PDF/A or PDF/UA: no validator that the tests can install says so (ADR 17).
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias, cast

import typst

from client.sheet import Item, Phrase, Sheet
from client.sheetwords import SheetWords
from keys.words import Words

_Row: TypeAlias = dict[str, str]

_LATIN: Final = 0x250
"""Below it every letter is in the fonts, the Sámi ones included; a test looks at each."""
_TEMPLATE: Final = files("client").joinpath("page.typ").read_bytes()
_LETTERS: Final = b"""#set document(title: "-")
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))
#sys.inputs.job"""
_INNER: Final = {"answer": "inner", "group": "group", "inner": "inner"}
_STRICT: Final = "ua-1"
"""The rules that refuse a letter without a shape, and an untagged page. No file is made by them."""


def pages(sheets: Sequence[Sheet], words: Words) -> bytes:
    """Return the sheets as one PDF, each beginning on a page of its own.

    A letter that no font has, alone or beside its neighbours, is spelled by its number.
    """
    job = _job(sheets, words, frozenset())
    strange = frozenset(letter for letter in job if ord(letter) >= _LATIN)
    for missing in (frozenset[str](), frozenset(filter(_is_missing, strange))):
        made = _made(_TEMPLATE, _job(sheets, words, missing))
        if made is not None:
            return made
    return _set(_TEMPLATE, _job(sheets, words, strange))


@cache
def _is_missing(letter: str) -> bool:
    return _made(_LETTERS, letter) is None


def _made(source: bytes, job: str) -> bytes | None:
    """Set a page; None when it does not hold to the strict rules, which it does not claim."""
    try:
        _set(source, job, _STRICT)
    except typst.TypstError:
        return None
    return _set(source, job)


def _set(source: bytes, job: str, *rules: Literal["ua-1"]) -> bytes:
    """Set a page from nothing but these bytes and the fonts that come with the program."""
    compiler = typst.Compiler(source, ignore_system_fonts=True, sys_inputs={"job": job})
    return cast("bytes", compiler.compile(format="pdf", pdf_standards=[*rules]))


def _job(sheets: Sequence[Sheet], words: Words, missing: frozenset[str]) -> str:
    """Return what `page.typ` reads; a letter that is missing is spelled by its number."""
    job = {
        "language": words.lang.value,
        "title": words.say("print.title"),
        "shred": words.say("print.shred"),
        "number": words.say("print.number", number="{number}", last="{last}"),
        "letters": words.say("print.letters") if missing else "",
        "columns": [words.say(f"print.column.{name}") for name in ("asked", "said", "origin")],
        "sheets": [_sheet(sheet, SheetWords(words, sheet.compact)) for sheet in sheets],
    }
    spelled = {ord(letter): f"‹U+{ord(letter):04X}›" for letter in missing}
    return json.dumps(job, ensure_ascii=False).translate(spelled)


def _sheet(sheet: Sheet, words: SheetWords) -> dict[str, object]:
    rows = _compact if sheet.compact else _rows
    blocks = [
        {
            "title": words.say(block.title),
            "rows": [row for item in block.items for row in rows(item, words)],
        }
        for block in sheet.blocks
    ]
    return {
        "heading": words.heading(sheet),
        "code": sheet.code_name,
        "compact": sheet.compact,
        "origins": any(_origins(block.items) for block in sheet.blocks),
        "blocks": blocks,
    }


def _origins(items: Sequence[Phrase]) -> bool:
    """Return whether any line says whose answer it is."""
    inner = (item for item in items if isinstance(item, Item))
    return any(item.origin is not None or _origins(item.phrases) for item in inner)


def _compact(item: Item, words: SheetWords) -> list[_Row]:
    """Return a line as a label with its mark, and all that is said behind it."""
    return [_row("line", *words.halves(item))]


def _rows(item: Item, words: SheetWords) -> list[_Row]:
    """Return an answer as one row, and a group as its name and a row for each answer in it."""
    inner = [phrase for phrase in item.phrases if isinstance(phrase, Item)]
    if item.label is None or (inner and not inner[0].phrases):  # a sentence, or labels alone
        return [_row("whole", "", words.line(item))]
    label = words.label(item.label)
    if inner:
        deeper = [row for one in inner for row in _rows(one, words)]
        return [_row("group", label), *({**row, "kind": _INNER[row["kind"]]} for row in deeper)]
    origin = "" if item.origin is None else words.origin(item.origin)
    return [_row("answer", label, words.said(item), origin)]


def _row(kind: str, label: str, said: str = "", origin: str = "") -> _Row:
    return {"kind": kind, "label": label, "said": said, "origin": origin}
