"""What may be said to the police: closed lines, each with its reason.

This section knows which lines exist. It refuses, by having no such line, the history of violence,
health, sexuality, religion, therapy, residence, economy, school and the consent's text. A child's
name may stand only where a danger of abduction does.
"""

from datetime import date
from enum import StrEnum
from typing import Final, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from client.case.answer import Section
from client.case.numbers import Count, Moment, Year
from client.case.text import Line, Lines, Name, Names, Short, Why
from client.case.words import AgeBand, Level, Skill, YesNo


class PoliceBasis(StrEnum):
    """Why the police may be told; the clause of law is in the label."""

    CONSENT_POLICE = "consent_police"
    KL5_DANGER = "kl5_danger"
    STRL196 = "strl196"
    ALREADY_KNOWN = "already_known"


class InConsultation(StrEnum):
    """Whether the move is made together with the police."""

    YES = "yes"
    NOT_YET_EMERGENCY = "not_yet_emergency"


class Consultation(Section):
    """With whom at the police, by role, and when."""

    answer: InConsultation
    role: Name | None = None
    at: Moment | None = None


class ChildrenCount(Section):
    """How many children, and how old."""

    count: Count
    age_bands: tuple[AgeBand, ...] = ()
    names: Names = ()


class SoughtPerpetrator(Section):
    """What the police need to know one who may come looking."""

    name: Name | None = None
    birth_year: Year | None = None
    description: Short | None = None
    vehicles: Lines = ()
    whereabouts: Short | None = None
    helpers: Lines = ()
    weapons: Line | None = None
    register_access: Line | None = None
    tech_skill: Skill | None = None


_ABOUT: Final = frozenset({"why_needed", "ask_destination"})

VIEW_LINES: Final = frozenset(
    {
        "destination_centre",
        "destination_area",
        "arrival_window",
        "perpetrator",
        "specific_threats",
        "links_to_area",
        "measures_in_force",
        "do_not",
        "case_ref_police",
        "home_police_contact",
        "risk_level_police",
    }
)
"""The lines that a question about a place may hold: none names whoever moves (C-7.13)."""


class PoliceLine(Section):
    """One line: exactly one of the eligible things, and why the police need it.

    `ask_destination` marks a line that also the police at the destination may be asked with,
    before the move; like every line it is off until somebody writes it down.
    """

    why_needed: Why
    ask_destination: YesNo | None = None
    subject_name: Name | None = None
    birth_year: Year | None = None
    adults_count: Count | None = None
    children_count_and_ages: ChildrenCount | None = None
    destination_centre: Name | None = None
    destination_area: Name | None = None
    arrival_window: Line | None = None
    travel_risk: Short | None = None
    perpetrator: SoughtPerpetrator | None = None
    specific_threats: Lines = ()
    abduction_risk: Short | None = None
    links_to_area: Lines = ()
    measures_in_force: Lines = ()
    alarm_must_move: YesNo | None = None
    do_not: Lines = ()
    safe_contact: Short | None = None
    case_ref_police: Line | None = None
    home_police_contact: Line | None = None
    risk_level_police: Level | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self._said()) != 1:
            raise PydanticCustomError("wrong_answer", "one thing on a line")
        return self

    @property
    def kind(self) -> str:
        """The schema word of what this line says, such as `arrival_window`."""
        return self._said()[0]

    def _said(self) -> tuple[str, ...]:
        unsaid: tuple[object, ...] = (None, ())
        return tuple(
            name
            for name in type(self).model_fields
            if name not in _ABOUT and getattr(self, name) not in unsaid
        )


class PoliceRequestInput(Section):
    """Anmodning om varsling, as written in a case file; client/notice.py judges it."""

    WORD = "police_request"

    police_basis: PoliceBasis | None = None
    user_told: YesNo | None = None
    user_told_why_not: Short | None = None
    user_objects: YesNo | None = None
    move_in_consultation_with_police: Consultation | None = None
    lines: tuple[PoliceLine, ...] = ()

    @model_validator(mode="after")
    def _names_only_at_abduction(self) -> Self:
        named = any(
            line.children_count_and_ages is not None and line.children_count_and_ages.names
            for line in self.lines
        )
        if named and all(line.abduction_risk is None for line in self.lines):
            raise PydanticCustomError("wrong_answer", "children are named only at abduction")
        return self
