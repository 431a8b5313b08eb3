"""The digital review, made together with the user.

This part knows one row for each way of being found. A row that is not checked is a reminder, never
a block. It refuses to know passwords or accounts.

Only a row with a risk found is safety-critical: `open_risks` names those.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias, TypeGuard

from client.case.answer import Answer, Flags, Part, Section
from client.case.declaration import Stage
from client.case.part_id import PartName
from client.case.text import Name, Short
from client.case.words import Skill, YesNo


class CheckState(StrEnum):
    """How one row stands."""

    NOT_CHECKED = "not_checked"
    OK = "ok"
    RISK_FOUND = "risk_found"
    FIXED = "fixed"
    NOT_APPLICABLE = "not_applicable"
    USER_DECLINED = "user_declined"


Check: TypeAlias = Answer[CheckState]
"""One row; its note is the answer's own."""


class Review(Section):
    """Who went through the rows, by role, when, and whether the user took part."""

    done_by: Answer[Name] | None = None
    done_on: Answer[date] | None = None
    with_user: Answer[YesNo] | None = None


class DigitalSafety(Part):
    """Digital sikkerhet."""

    WORD = PartName.DIGITAL_SAFETY
    VERSION = 2

    phone_owner_plan: Annotated[Check | None, Flags("S"), Stage("B")] = None
    phone_new: Annotated[Check | None, Flags("S"), Stage("B")] = None
    location_services: Annotated[Check | None, Flags("S"), Stage("B")] = None
    find_my: Annotated[Check | None, Flags("S"), Stage("B")] = None
    family_sharing: Annotated[Check | None, Flags("S"), Stage("B")] = None
    cloud_account: Annotated[Check | None, Flags("S"), Stage("B")] = None
    email_accounts: Annotated[Check | None, Flags("S"), Stage("B")] = None
    social_media: Annotated[Check | None, Flags("S"), Stage("B")] = None
    messaging_linked: Annotated[Check | None, Flags("S"), Stage("B")] = None
    passwords_changed: Annotated[Check | None, Flags("S"), Stage("B")] = None
    two_factor: Annotated[Check | None, Flags("S"), Stage("B")] = None
    bankid_id: Annotated[Check | None, Flags("S"), Stage("B")] = None
    bank_shared: Annotated[Check | None, Flags("S"), Stage("B")] = None
    nav_mail: Annotated[Check | None, Flags("S"), Stage("B")] = None
    helsenorge: Annotated[Check | None, Flags("S"), Stage("B")] = None
    school_apps: Annotated[Check | None, Flags("S"), Stage("B")] = None
    children_phones: Annotated[Check | None, Flags("S"), Stage("B")] = None
    children_games: Annotated[Check | None, Flags("S"), Stage("B")] = None
    toys_bags_tags: Annotated[Check | None, Flags("S"), Stage("B")] = None
    car_tracker: Annotated[Check | None, Flags("S"), Stage("B")] = None
    smart_home: Annotated[Check | None, Flags("S"), Stage("B")] = None
    wearables: Annotated[Check | None, Flags("S"), Stage("B")] = None
    photos_metadata: Annotated[Check | None, Flags("S"), Stage("B")] = None
    loyalty_delivery: Annotated[Check | None, Flags("S"), Stage("BT")] = None
    transport_accounts: Annotated[Check | None, Flags("S"), Stage("T")] = None
    stalkerware: Annotated[Check | None, Flags("S"), Stage("B")] = None
    shared_sim_calls: Annotated[Check | None, Flags("S"), Stage("B")] = None
    work_school_accounts: Annotated[Check | None, Flags("S"), Stage("B")] = None
    ai_voice: Annotated[Check | None, Flags("S"), Stage("B")] = None
    wifi_autojoin: Annotated[Check | None, Flags("S"), Stage("A")] = None
    first_days: Annotated[Check | None, Flags("S"), Stage("TA")] = None
    hospital_letters: Annotated[Check | None, Flags("S"), Stage("A")] = None
    recheck_date: Annotated[Answer[date] | None, Flags("S"), Stage("A")] = None
    review_before: Review | None = None
    review_at_arrival: Review | None = None
    user_skill: Answer[Skill] | None = None
    perp_skill: Answer[Skill] | None = None
    note: Answer[Short] | None = None


class ChildDigital(Section):
    """The rows that concern a child's own devices and accounts."""

    location_services: Annotated[Check | None, Flags("S"), Stage("B")] = None
    family_sharing: Annotated[Check | None, Flags("S"), Stage("B")] = None
    social_media: Annotated[Check | None, Flags("S"), Stage("B")] = None
    messaging_linked: Annotated[Check | None, Flags("S"), Stage("B")] = None
    school_apps: Annotated[Check | None, Flags("S"), Stage("B")] = None
    children_phones: Annotated[Check | None, Flags("S"), Stage("B")] = None
    children_games: Annotated[Check | None, Flags("S"), Stage("B")] = None
    toys_bags_tags: Annotated[Check | None, Flags("S"), Stage("B")] = None
    wearables: Annotated[Check | None, Flags("S"), Stage("B")] = None
    photos_metadata: Annotated[Check | None, Flags("S"), Stage("B")] = None
    recheck_date: Annotated[Answer[date] | None, Flags("ACS"), Stage("A")] = None
    review_before: Annotated[Review | None, Flags("C")] = None
    review_at_arrival: Annotated[Review | None, Flags("C")] = None
    note: Answer[Short] | None = None


def open_risks(review: DigitalSafety | ChildDigital) -> tuple[tuple[str, Check], ...]:
    """Return the rows with a risk that is found and not fixed, by name, in declared order."""
    found: list[tuple[str, Check]] = []
    for name in type(review).model_fields:
        row: object = getattr(review, name)
        if _is_risk(row):
            found.append((name, row))
    return tuple(found)


def _is_risk(row: object) -> TypeGuard[Check]:
    return getattr(row, "value", None) is CheckState.RISK_FOUND
