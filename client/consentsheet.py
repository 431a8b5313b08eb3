"""The page that is turned towards the person before the question of consent is asked.

It says who gets to know, what a yes and what a no lead to, in as many words, then each part to be
ticked and what nobody gets, and only then asks; «ask me later» stands beside yes and no. It refuses
to tick anything for anybody, to name the product, and to hold a word of the case. It knows no
language: `client.sheettext` writes it out.

Source: GDPR art. 7 and 13; Bufdir's guidance: inform thoroughly of the benefits, and the offer does
not depend on the answer (CONSENT C-13).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from client.case import (
    NUMBERED,
    WITHOUT_CASE,
    PartId,
    PartName,
    Release,
    name_of,
    number_of,
    order_of,
)
from client.sheet import Block, Item, Say, Sheet


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person is asked about.

    Attributes:
        parts: that the case has.
        centre: its name, or empty on a page that says no name.
        ends: the last day on which a yes would count.
        release: when the centre may open it.
        code_name: stands beside the title, or empty.
    """

    parts: tuple[PartId, ...]
    centre: str
    ends: date
    release: Release
    code_name: str = ""


def consent_sheet(asked: Asked) -> Sheet:
    """Return the page: who, a yes, a no, what stays the person's, what, and then the question."""
    parts = sorted((one for one in asked.parts if name_of(one) not in WITHOUT_CASE), key=order_of)
    with_children = any(name_of(one) is PartName.CHILD for one in parts)
    who = Item(Say("consentsheet.who.centre", (("centre", asked.centre),)))
    blocks = (
        Block(
            Say("consentsheet.who"),
            (
                who if asked.centre else _line("who.plain"),
                _line("who.ahead" if asked.release is Release.AHEAD else "who.arrival"),
            ),
        ),
        Block(Say("consentsheet.yes"), _lines("yes", _benefits(with_children=with_children))),
        Block(Say("consentsheet.no"), _lines("no", ("place", "self", "police"))),
        Block(Say("consentsheet.yours"), _yours(asked, with_children=with_children)),
        Block(Say("consentsheet.what"), (_line("what.tick"), *map(_box_for, parts))),
        Block(Say("consentsheet.not"), _lines("not", ("unticked", "journal", "police"))),
        Block(Say("consentsheet.question"), _boxes("question", ("yes", "no", "later"))),
        Block(
            Say("consentsheet.police"),
            (_line("police.duty"), _line("police.what"), *_boxes("police", _POLICE)),
        ),
    )
    named = Block(Say("consentsheet.first"), (_line("named"),))
    first = (named,) if asked.centre or asked.code_name else ()
    return Sheet(Say("consentsheet.title"), asked.code_name, (*first, *blocks))


_POLICE = ("yes", "no", "later")


def spoken(block: Block) -> str:
    """Return which block of the page it is: `who`, `yes`, `no`, `yours`, `what`, `not`, …."""
    return block.title.msgid.rpartition(".")[2]


def unboxed(item: Item) -> tuple[bool, Say]:
    """Return whether a line has a box to tick, and what it says without it."""
    label = item.label or Say("")
    within = dict(label.facts).get("what")
    return (True, within) if isinstance(within, Say) else (False, label)


def _benefits(*, with_children: bool) -> tuple[str, ...]:
    return ("told", "watch", "children" if with_children else "ready")


def _yours(asked: Asked, *, with_children: bool) -> tuple[Item, ...]:
    until = Item(Say("consentsheet.yours.until"), (asked.ends,))
    children = ("children",) if with_children else ()
    return (*_lines("yours", ("back", "part", "journal", *children)), until)


def _box_for(part: PartId) -> Item:
    name = name_of(part)
    facts = (("number", number_of(part)),) if name in NUMBERED else ()
    return _box(Say(f"consentsheet.part.{name}", facts))


def _boxes(group: str, names: Iterable[str]) -> tuple[Item, ...]:
    return tuple(_box(Say(f"consentsheet.{group}.{name}")) for name in names)


def _box(what: Say) -> Item:
    return Item(Say("consentsheet.box", (("what", what),)))


def _lines(group: str, names: Iterable[str]) -> tuple[Item, ...]:
    return tuple(_line(f"{group}.{name}") for name in names)


def _line(name: str) -> Item:
    return Item(Say(f"consentsheet.{name}"))
