"""The consent as written down with the person; what it permits is decided elsewhere.

This section knows the answer and how it was given. It refuses to permit anything: client/consent.py
makes a consent from it, or does not.
"""

from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Self

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from client.case.answer import Section
from client.case.numbers import Moment
from client.case.part_id import EVERY_PART, PartId, PartName, PartRef, name_of
from client.case.text import Line, Long, Name, Names, Short
from client.case.words import YesNo


class Decision(StrEnum):
    """Does the user consent? «Ask later» and «not asked» behave like «no»."""

    YES_ALL = "yes_all"
    YES_SOME = "yes_some"
    NO = "no"
    ASK_LATER = "ask_later"
    NOT_ASKED_URGENT = "not_asked_urgent"


class GivenBy(StrEnum):
    """Who consents."""

    USER = "user"
    PARENTAL_RESPONSIBILITY = "parental_responsibility"
    YOUNG_PERSON = "young_person"


class Form(StrEnum):
    """How it was given."""

    WRITTEN = "written"
    ORAL_WITH_WITNESS = "oral_with_witness"


class ConfidentialityBasis(StrEnum):
    """What lifts the duty of confidentiality; the clause of law is in the label."""

    CONSENT = "consent"


class ProcessingBasis(StrEnum):
    """The controller's legal basis; the clause of law is in the label."""

    PUBLIC_TASK = "public_task"
    CONSENT = "consent"


class Release(StrEnum):
    """When the receiving centre may open: at arrival, or ahead when the person agrees."""

    ARRIVAL = "arrival"
    AHEAD = "ahead"


class ChildConsent(Section):
    """What is written down about the consent for one child; it stays at the centre.

    Attributes:
        child: which one. A row without it is from before each child had a row of its own; it
            speaks for a child only where there is but one.
        one_parent_why: why one holder of parental responsibility is enough for this child.
        child_view: what this child says about the sharing.
    """

    child: PartRef | None = None
    one_parent_why: Short | None = None
    child_view: Short | None = None

    @field_validator("child")
    @classmethod
    def _of_a_child(cls, child: PartId | None) -> PartId | None:
        if child is not None and name_of(child) is not PartName.CHILD:
            raise PydanticCustomError("unknown_word", "no child")
        return child


class ConsentInput(Section):
    """Samtykke, as written in a case file. Each child is answered for in a row of its own."""

    WORD = "consent"
    CAP = len(EVERY_PART)

    decision: Decision
    parts: tuple[PartRef, ...] = ()
    recipient_centre: Name | None = None
    given_by: GivenBy | None = None
    children: tuple[ChildConsent, ...] = ()
    given_at: Moment | None = None
    form: Form | None = None
    informed_in_language: Names = ()
    interpreter_used: Line | None = None
    informed_benefits: YesNo | None = None
    informed_rights: YesNo | None = None
    informed_no_consequence: YesNo | None = None
    confidentiality_basis: ConfidentialityBasis | None = None
    processing_basis: ProcessingBasis | None = None
    police_contact_consent: YesNo | None = None
    release: Release = Release.ARRIVAL
    ends_on: date | None = None
    withdrawn_at: Moment | None = None
    withdrawn_parts: tuple[PartRef, ...] = ()
    withdrawn_by: GivenBy | None = None
    not_asked_reason: Short | None = None
    note: Long | None = None

    @model_validator(mode="after")
    def _each_child_once(self) -> Self:
        named = [row.child for row in self.children if row.child is not None]
        if len(named) != len(set(named)):
            raise PydanticCustomError("wrong_answer", "one row for each child")
        return self

    def for_child(self, child: PartId, *, only: bool) -> ChildConsent:
        """Return what is written down for one child; an empty row when nothing is.

        Args:
            child: which one.
            only: whether the case has no other child, so that an older row can mean no other.
        """
        of_it = (row for row in self.children if row.child == child)
        unnamed = (row for row in self.children if only and row.child is None)
        return next(chain(of_it, unnamed), ChildConsent())
