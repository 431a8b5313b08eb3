"""How far a form is filled in: not begun, begun, done, or something that can wait.

This file counts answers. An honest «not known» or «not asked» counts as much as a value, and what
is hidden from the place is never counted as lacking. It refuses to know what anybody answered, and
it stops nothing: a part that is not begun can be left out of a move.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from client.case import HIDDEN, Flag, PartName, PlaceInquiryInput, Section
from client.case.declaration import Kind, questions
from client.forms import FORMS


class HowFar(StrEnum):
    """How far a form is filled in."""

    NOT_BEGUN = "not_begun"
    BEGUN = "begun"
    DONE = "done"
    CAN_WAIT = "can_wait"


@dataclass(frozen=True, slots=True)
class Filled:
    """How far, and how many of how many questions are answered; groups are not counted."""

    how: HowFar
    answered: int
    asked: int


_WAITS: Final = frozenset(
    {
        *(PartName.HEALTH_ACCESS, PartName.PRACTICAL, PartName.HISTORY, PartName.FOLLOW_UP),
        *(PartName.ATTACHMENT, PartName.SENDER, PartName.VALIDITY, PlaceInquiryInput.WORD),
        *HIDDEN,
    }
)
"""What the guidance does not ask for before a move."""


def filled(word: str, section: Section | None) -> Filled:
    """Return how far one form is filled in.

    Args:
        word: the schema word of the form, such as `threat` or `child`.
        section: what was answered, or None where nothing was.
    """
    kind = FORMS[word]
    declared = questions(kind)
    counted = [
        one for one in declared if one.kind is not Kind.GROUP and Flag.HIDDEN not in one.flags
    ]
    counted = counted or list(declared)
    if section is None or not _there(section, [one.name for one in declared]):
        how = HowFar.CAN_WAIT if word in _WAITS else HowFar.NOT_BEGUN
        return Filled(how, 0, len(counted))
    answered = _there(section, [one.name for one in counted])
    done = answered == len(counted) and word not in HIDDEN
    return Filled(HowFar.DONE if done else HowFar.BEGUN, answered, len(counted))


def _there(section: Section, names: list[str]) -> int:
    return sum(getattr(section, name) not in (None, ()) for name in names)
