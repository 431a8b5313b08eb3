"""The case as the person gets it on paper: by default without a word of where she is or goes.

A slip in a pocket is found. The plain copy leaves out the parts about the place, who sends, how
she can be reached, where she wishes to go, and a child's new school and contact there. A text that
says a centre's name is left out whole, and its question stands.
This file refuses to cut a name out of a text, and to leave anything out without saying so.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from client.case import Part, PartName, name_of
from client.case.declaration import choice_msgid
from client.case.destination_assessment import DestinationAssessment
from client.case.sender import Sender
from client.casesheet import Printable, case_sheets
from client.leftover import ABOUT_THE_PLACE
from client.sheet import Block, Item, Phrase, Say, Sheet

_UNSAID: Final = ABOUT_THE_PLACE | {PartName.SENDER}
_UNREACHABLE: Final = frozenset(
    {
        "field.person.safe_contact",
        "field.joint_assessment.user_wishes_place",
        "field.child.new_school_plan",
        "field.child.contact_person_new",
    }
)
"""Questions whose answers lead to her whatever they say: a number, a wish, a school, a name."""
_LEFT_OUT: Final = Say("copy.left_out")
_PAPER: Final = ("copy.found", "copy.keep", "copy.picture")
_SHORTEST: Final = 5
"""Of a centre's name a word of so many letters tells as much as the whole of it."""


def copy_sheets(case: Printable, names: Collection[str], *, named: bool) -> tuple[Sheet, ...]:
    """Return the case as the person gets it: what paper can lead to stands before all else.

    Args:
        case: what there is to print.
        names: centres that a plain copy names nowhere, besides those that the case names.
        named: name them all the same, after a line that says so.
    """
    if named:
        whole, *children = case_sheets(case)
    else:
        silent = _Silent(_told(case, names), frozenset(_districts(case)))
        whole, *children = (silent.sheet(one) for one in case_sheets(_plain(case)))
    said = ("copy.named" if named else "copy.plain", *_PAPER)
    told = Block(Say("copy.first"), tuple(Item(None, (Say(one),)) for one in said))
    return (replace(whole, title=Say("sheet.copy"), blocks=(told, *whole.blocks)), *children)


def _plain(case: Printable) -> Printable:
    """Return the case without the parts and sections that are about where."""
    kept = {part: one for part, one in case.parts.items() if name_of(part) not in _UNSAID}
    asked = frozenset(part for part in case.offered if name_of(part) not in _UNSAID)
    parts = MappingProxyType(kept)
    return replace(case, code_name="", parts=parts, offered=asked, inquiry=None, request=None)


def _told(case: Printable, names: Collection[str]) -> frozenset[str]:
    """Return what would tell where: every name, and the words of those that the case names."""
    own = [one for part in case.parts.values() for one in _centres(part)]
    own += [case.consent.recipient_centre or ""] if case.consent is not None else []
    words = {word for name in own for word in name.casefold().split()}
    telling = {one for one in words if len(one) >= _SHORTEST and "krisesent" not in one}
    return frozenset({*telling, *(one.casefold() for one in (*names, *own) if one)})


def _centres(part: Part) -> Iterator[str]:
    match part:
        case Sender(centre=said) | DestinationAssessment(centre_id=said) if said is not None:
            yield said.value or ""
        case _:
            return


def _districts(case: Printable) -> Iterator[str]:
    """Give the word for the police district where she goes, if the case says it."""
    for part in case.parts.values():
        match part:
            case DestinationAssessment(police_district_id=said) if said is not None and said.value:
                yield choice_msgid(said.value)
            case _:
                continue


@dataclass(frozen=True, slots=True)
class _Silent:
    """Writes pages anew without certain texts and words."""

    texts: frozenset[str]
    words: frozenset[str]

    def sheet(self, sheet: Sheet) -> Sheet:
        """Return a page without them."""
        blocks = (
            replace(block, items=tuple(map(self._item, block.items))) for block in sheet.blocks
        )
        return replace(sheet, blocks=tuple(blocks))

    def _item(self, item: Item) -> Item:
        reached = item.label is not None and item.label.msgid in _UNREACHABLE and item.phrases
        if reached or (item.note is not None and self._tells(item.note)):
            return replace(item, phrases=(_LEFT_OUT,), note=None)
        return replace(item, phrases=tuple(map(self._phrase, item.phrases)))

    def _phrase(self, phrase: Phrase) -> Phrase:
        match phrase:
            case Item():
                return self._item(phrase)
            case str() if self._tells(phrase):
                return _LEFT_OUT
            case Say(msgid=msgid) if msgid in self.words:
                return _LEFT_OUT
            case _:
                return phrase

    def _tells(self, text: str) -> bool:
        found = text.casefold()
        return any(one in found for one in self.texts)
