"""What is agreed for the days at the centre.

This part knows the rules that the person has made with staff. It refuses to know measures that
others impose: those are `protection`.
"""

from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.appointment import Appointment
from client.case.part_id import PartName
from client.case.text import Lines, Short
from client.case.words import YesNo


class Outdoors(StrEnum):
    """Whether the person goes out."""

    ALONE = "alone"
    ACCOMPANIED = "accompanied"
    NOT_OUT = "not_out"


class SafetyPlan(Part):
    """Sikkerhetsplan."""

    WORD = PartName.SAFETY_PLAN

    rules_out: Annotated[Answer[Outdoors] | None, Flags("A")] = None
    rules_phone: Annotated[Answer[Short] | None, Flags("A")] = None
    photo_ban: Annotated[Answer[YesNo] | None, Flags("A")] = None
    no_go_places: Annotated[Answer[Lines] | None, Flags("AS")] = None
    visits_allowed: Annotated[Answer[YesNo] | None, Flags("A")] = None
    work_study: Answer[Short] | None = None
    money_trail: Annotated[Answer[Short] | None, Flags("A")] = None
    court_dates: Annotated[tuple[Appointment, ...], Flags("S")] = ()
    if_found: Annotated[Answer[Short] | None, Flags("AS")] = None
