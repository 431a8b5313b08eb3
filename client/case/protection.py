"""Measures in force, and whom to call when.

This part knows orders, alarms and contacts. It refuses to know the case file behind them.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part, Section
from client.case.part_id import PartName
from client.case.text import Line, Name, Short
from client.case.words import AddressBlock, District, YesNo


class Custody(StrEnum):
    """Where the perpetrator stands with the police."""

    IN_CUSTODY = "in_custody"
    RELEASED = "released"
    SERVING = "serving"
    NOT_IN_CUSTODY = "not_in_custody"


class Order(Section):
    """A ban, with or without electronic control."""

    in_force: Answer[YesNo] | None = None
    from_day: Answer[date] | None = None
    until: Answer[date] | None = None
    zone: Answer[Short] | None = None
    case_ref: Answer[Line] | None = None
    covers_children: Annotated[Answer[YesNo] | None, Flags("ASC")] = None
    breaches: Answer[Short] | None = None


class Alarm(Section):
    """The person's own alarm, which belongs to a district."""

    has_alarm: Answer[YesNo] | None = None
    issued_by: Answer[Name] | None = None
    must_move_district: Answer[YesNo] | None = None


class CriminalCase(Section):
    """What is reported, and who works on it."""

    reported: Answer[YesNo] | None = None
    case_ref: Answer[Line] | None = None
    investigator: Answer[Line] | None = None
    counsel: Answer[Line] | None = None


class PoliceContact(Section):
    """One contact by role, in one district."""

    role: Answer[Name] | None = None
    district: Answer[District] | None = None
    phone: Answer[Line] | None = None


class CallIf(Section):
    """Whom to call when something happens."""

    call: Answer[Line] | None = None
    happening: Answer[Line] | None = None


class Protection(Part):
    """Tiltak."""

    WORD = PartName.PROTECTION

    restraining_order: Annotated[Order | None, Flags("AS")] = None
    electronic_control: Annotated[Order | None, Flags("AS")] = None
    contact_ban: Annotated[Order | None, Flags("AS")] = None
    mobile_alarm: Annotated[Alarm | None, Flags("AS")] = None
    address_block: Annotated[Answer[AddressBlock] | None, Flags("AS")] = None
    criminal_case: Annotated[CriminalCase | None, Flags("S")] = None
    custody_status_perp: Annotated[Answer[Custody] | None, Flags("AS")] = None
    barnevern_involved: Annotated[Answer[YesNo] | None, Flags("C")] = None
    police_contact_role: Annotated[tuple[PoliceContact, ...], Flags("AS")] = ()
    agreed_emergency_word: Annotated[Answer[Name] | None, Flags("AS")] = None
    who_to_call_if: Annotated[tuple[CallIf, ...], Flags("A")] = ()
