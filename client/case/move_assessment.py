"""Why move at all: necessary for safety, and appropriate.

This part knows the two reasons and what was tried first. It refuses to know where the move goes:
that is `destination_assessment`.

Source: Bufdir, «Flytting til annet krisesenter» («Flytting kun når det er nødvendig»).
"""

from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part, Section
from client.case.numbers import Count
from client.case.part_id import PartName
from client.case.text import Lines, Long, Short
from client.case.words import YesNo


class Alternative(StrEnum):
    """What was weighed before a move."""

    MORE_SECURITY = "more_security"
    RESTRAINING_ORDER = "restraining_order"
    ALARM = "alarm"
    REVERSE_ALARM = "reverse_alarm"
    SEPARATE_UNIT = "separate_unit"
    OTHER = "other"


class Emergency(Section):
    """A move in haste, and what must be filled in within 24 hours."""

    is_emergency: Answer[YesNo] | None = None
    why: Answer[Short] | None = None
    fill_in_within_24h: Answer[Lines] | None = None


class MoveAssessment(Part):
    """Vurdering av flytting."""

    WORD = PartName.MOVE_ASSESSMENT
    VERSION = 2

    threat_says_not_safe_here: Annotated[Answer[Long] | None, Flags("S")] = None
    necessary: Annotated[Answer[YesNo] | None, Flags("S")] = None
    necessary_why: Annotated[Answer[Long] | None, Flags("S")] = None
    appropriate: Answer[YesNo] | None = None
    appropriate_why: Answer[Long] | None = None
    alternatives_tried: Answer[tuple[Alternative, ...]] | None = None
    burden_adult: Answer[Long] | None = None
    burden_helpers: Answer[Long] | None = None
    burden_children: Annotated[Answer[Long] | None, Flags("C")] = None
    cost_of_not_moving: Answer[Long] | None = None
    move_number: Annotated[Answer[Count] | None, Flags("A")] = None
    why_previous_failed: Annotated[Answer[Long] | None, Flags("S")] = None
    emergency: Emergency | None = None
