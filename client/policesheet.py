"""What the police are told, on one page: for paper, or to be read aloud on the telephone.

This file knows the order of the page. It refuses to hold anything but the closed lines and what
stands beside them; who approved, and everything else of the case, is not on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, cast

from client.case import PoliceLine, Section
from client.case.declaration import choice_msgid
from client.case.police_request import PoliceRequestInput
from client.policelines import NoticeContent, RequestContent
from client.sheet import Block, Item, Phrase, Say, Sheet
from keys.calendar import Day, calendar_date

_REQUEST: Final = "field.police_request"
_BESIDE: Final = ("police_basis", "user_told", "user_told_why_not", "user_objects")


@dataclass(frozen=True, slots=True)
class Head:
    """Who says it, how to ring them, and when it came, or was written where it has not left."""

    sender: str
    phone: str
    day: Day
    came: bool
    kept_until: Day | None = None


def police_sheet(
    content: RequestContent | NoticeContent, code_name: str, head: Head, *, paper: bool = True
) -> Sheet:
    """Return the page of a request, a notice or a question about a place.

    Args:
        content: what is said.
        code_name: what this desk calls it.
        head: who says it, and when.
        paper: with room to write whom it was told, for paper or the telephone.
    """
    if isinstance(content, NoticeContent):
        beside = [Item(Say("police.authority"), (content.authority,))]
        lines = content.lines
    else:
        beside = _beside(content.said)
        lines = content.said.lines
    numbered = tuple(_line(line, number) for number, line in enumerate(lines, start=1))
    outside = (Item(Say("policesheet.told_to")), Item(Say("policesheet.told_at")))
    blocks = (
        Block(Say("police_only"), (*_head(head, lines), *beside)),
        Block(Say(f"{_REQUEST}.lines"), numbered),
        *((Block(Say("policesheet.outside"), outside),) if paper else ()),
    )
    return Sheet(Say(f"kind.{content.kind.word}"), code_name, blocks)


def _head(head: Head, lines: Sequence[PoliceLine]) -> list[Item]:
    day = calendar_date(head.day)
    found = [Item(Say("policesheet.from"), (head.sender,))] if head.sender else []
    found += [Item(Say("policesheet.phone"), (head.phone,))] if head.phone else []
    found.append(Item(Say("policesheet.came" if head.came else "policesheet.written"), (day,)))
    until = next((one.valid_until for one in lines if one.valid_until is not None), None)
    if until is not None:
        found.append(Item(Say(f"{_REQUEST}.lines.valid_until"), (until,)))
    elif head.kept_until is not None:
        found.append(Item(Say("policesheet.kept"), (calendar_date(head.kept_until),)))
    return found


def _beside(said: PoliceRequestInput) -> list[Item]:
    found: list[Item] = []
    for name in _BESIDE:
        value: object = getattr(said, name)
        if value is not None:
            found.append(Item(Say(f"{_REQUEST}.{name}"), (_phrase(value),)))
    asked = said.move_in_consultation_with_police
    if asked is not None:
        path = f"{_REQUEST}.move_in_consultation_with_police"
        phrases = [_phrase(one) for one in (asked.answer, asked.role, asked.at) if one]
        found.append(Item(Say(path), tuple(phrases)))
    return found


def _line(line: PoliceLine, number: int) -> Item:
    path = f"{_REQUEST}.lines.{line.kind}"
    value: object = getattr(line, line.kind)
    label = Say("policesheet.line", (("number", number), ("what", Say(path))))
    return Item(label, _phrases(value, path), note=line.why_needed)


def _phrases(value: object, path: str) -> tuple[Phrase, ...]:
    if isinstance(value, Section):
        return tuple(_fields(value, path))
    if isinstance(value, tuple):
        return tuple(_phrase(one) for one in cast("tuple[object, ...]", value))
    return (_phrase(value),)


def _fields(section: Section, path: str) -> list[Item]:
    found: list[Item] = []
    for name in type(section).model_fields:
        value: object = getattr(section, name)
        if value not in (None, ()):
            deeper = f"{path}.{name}"
            found.append(Item(Say(deeper), _phrases(value, deeper)))
    return found


def _phrase(value: object) -> Phrase:
    if isinstance(value, StrEnum):
        return Say(choice_msgid(value))
    if isinstance(value, date | int):
        return value
    return str(value)
