"""A printed page as a value: headings, lines and what is answered, in no language yet.

This file knows the shape that every page for people has: the arrival card, a whole case, a child's
page, a checklist. It refuses to know what a page should hold, and how it is written out:
`client.sheettext` makes lines of it, `client.sheetpdf` pages.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Say:
    """A text of the catalogue, with its facts; a fact may be a text of the catalogue too."""

    msgid: str
    facts: "tuple[tuple[str, int | str | Say], ...]" = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says so, and as of which day."""

    source: Say
    as_of: date


@dataclass(frozen=True, slots=True)
class Item:
    """One line: a label, what is answered, a note, and on a page that tells it, whose answer."""

    label: Say | None
    phrases: "tuple[Phrase, ...]" = field(default=(), repr=False)
    note: str | None = field(default=None, repr=False)
    origin: Origin | None = field(default=None, repr=False)


Phrase: TypeAlias = "str | int | date | datetime | Say | Item"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and its lines."""

    title: Say
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page in its fixed order; `code_name` stands beside its title, and may be empty.

    A `compact` page must fit one sheet of paper: it takes short labels where the catalogue has
    them, and sets lines side by side.
    """

    title: Say
    code_name: str
    blocks: tuple[Block, ...]
    compact: bool = False
