"""The names of parts: `person`, `threat`, `child.1`, `attachment.2`.

This file knows which names there are and how the numbered ones are written. It refuses to know
what a part holds, so that a part may name another without a circle of imports.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, NewType, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from client.case.answer import MOST
from keys.errors import WrongShape

PartId = NewType("PartId", str)
"""A part of one case: a name, or a numbered name and a number from 1."""


class PartName(StrEnum):
    """Every kind of part, in the one fixed order."""

    MOVE_ASSESSMENT = "move_assessment"
    JOINT_ASSESSMENT = "joint_assessment"
    DESTINATION_ASSESSMENT = "destination_assessment"
    PERSON = "person"
    THREAT = "threat"
    PROTECTION = "protection"
    SAFETY_PLAN = "safety_plan"
    DIGITAL_SAFETY = "digital_safety"
    CHILD = "child"
    HEALTH_ACCESS = "health_access"
    PRACTICAL = "practical"
    RESIDENCE = "residence"
    TRAFFICKING = "trafficking"
    HISTORY = "history"
    FOLLOW_UP = "follow_up"
    JOURNEY = "journey"
    ATTACHMENT = "attachment"
    SENDER = "sender"
    VALIDITY = "validity"


NUMBERED: Final = frozenset({PartName.CHILD, PartName.ATTACHMENT})
"""One part for each child and each attachment: `child.1`, `child.2` …"""


def part_id(name: PartName, number: int = 0) -> PartId:
    """Return the id of a part; `number` counts from 1 for children and attachments.

    Raises:
        WrongShape: a number where there is none, none where there is one, or out of range.
    """
    if (name in NUMBERED) != (0 < number <= MOST):
        raise WrongShape(field="part_id")
    return PartId(f"{name}.{number}" if number else name.value)


def parse_part_id(text: str) -> PartId:
    """Read a part id in the one form that `part_id` writes.

    Raises:
        WrongShape: no part has that name.
    """
    for known in EVERY_PART:
        if known == text:
            return known
    raise WrongShape(field="part_id")


def name_of(part: PartId) -> PartName:
    """Return the kind of a part: `child.2` is a child."""
    return PartName(part.partition(".")[0])


def number_of(part: PartId) -> int:
    """Return the number of a child or attachment, 0 for any other part."""
    return int(part.partition(".")[2] or 0)


def order_of(part: PartId) -> tuple[int, int]:
    """Return where a part stands in the fixed order, for sorting."""
    return _ORDER[name_of(part)], number_of(part)


_ORDER: Final = {name: place for place, name in enumerate(PartName)}
EVERY_PART: Final = tuple(
    part_id(name, number)
    for name in PartName
    for number in (range(1, MOST + 1) if name in NUMBERED else (0,))
)
"""Every part id there can be, in the fixed order."""


@dataclass(frozen=True, slots=True)
class PartRule:
    """A text that is the id of a part."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def check(self, text: str) -> PartId:
        """Return `text` as a part id; pydantic turns what is raised into a located error."""
        try:
            return parse_part_id(text)
        except WrongShape:
            raise PydanticCustomError("unknown_word", "no such part") from None


PartRef: TypeAlias = Annotated[PartId, PartRule()]
"""A part that something else names."""
