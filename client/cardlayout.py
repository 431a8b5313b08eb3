"""Where each question stands on the arrival card.

This file is a table: the sections in their order, and the questions of each. It shows the
questions flagged A and the few in `ALSO`; a test compares the two. It refuses to name residence or
trafficking.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.case import HIDDEN, PARTS, WITHOUT_CASE, Flag, PartName
from client.case.declaration import walk

ALSO: Final = frozenset(
    {
        "threat.perpetrators.name",
        "threat.perpetrators.relation",
        "threat.perpetrators.weapons",
        "threat.worst_fear",
        "digital_safety.recheck_date",
        "digital_safety.note",
        *(path for name in WITHOUT_CASE for path, _ in walk(PARTS[name])),
    }
)
"""Questions without the flag A that stand there all the same: the danger, who, weapon, sender."""

CARD_FIELDS: Final = ALSO | {
    path
    for name, part in PARTS.items()
    if name not in HIDDEN
    for path, asked in walk(part)
    if Flag.ARRIVAL in asked.flags
}
"""Every question that may stand on the card. An open digital risk stands there besides."""


class Heading(StrEnum):
    """The card's sections, in order."""

    WHO = "who"
    DANGER = "danger"
    MEASURES = "measures"
    CALL_IF = "call_if"
    DO_NOT = "do_not"
    CHILD = "child"
    HEALTH = "health"
    WISHES = "wishes"
    DIGITAL = "digital"
    NEXT = "next"
    SENDER = "sender"
    REST = "rest"


def _row(name: PartName, fields: str) -> tuple[PartName, tuple[str, ...]]:
    return name, tuple(fields.split())


_P = PartName
LAYOUT: Final[Mapping[Heading, tuple[tuple[PartName, tuple[str, ...]], ...]]] = MappingProxyType(
    {
        Heading.WHO: (
            _row(_P.PERSON, "call_name birth_year gender_self pronoun languages reads"),
            _row(_P.PERSON, "interpreter_need interpreter_avoid safe_contact"),
            _row(_P.PERSON, "population_register_protection"),
            _row(_P.MOVE_ASSESSMENT, "move_number"),
            _row(_P.JOURNEY, "driver arrival_from arrival_until meeting_point route_risk"),
            _row(_P.JOURNEY, "person_is_told phone if_not_arrived"),
        ),
        Heading.DANGER: (
            _row(_P.THREAT, "worst_fear overall_level perpetrators knows_user_left knows_centre"),
        ),
        Heading.MEASURES: (
            _row(_P.PROTECTION, "restraining_order electronic_control contact_ban mobile_alarm"),
            _row(_P.PROTECTION, "address_block custody_status_perp police_contact_role"),
        ),
        Heading.CALL_IF: (
            _row(_P.PROTECTION, "who_to_call_if agreed_emergency_word"),
            _row(_P.SAFETY_PLAN, "if_found"),
        ),
        Heading.DO_NOT: (
            _row(_P.PERSON, "unsafe_contacts"),
            _row(_P.SAFETY_PLAN, "photo_ban rules_phone rules_out no_go_places visits_allowed"),
            _row(_P.SAFETY_PLAN, "money_trail"),
        ),
        Heading.CHILD: (
            _row(_P.CHILD, "call_name age never_pickup must_not_reach told_what belongings"),
            _row(_P.CHILD, "health_needs threat_child comes_along where_now pickup_list"),
            _row(_P.CHILD, "secret_rules languages interpreter own_words heard_by heard_at"),
            _row(_P.CHILD, "told_when prepared farewell friends_kept safety_plan_child digital"),
            _row(_P.CHILD, "contact_person_new"),
        ),
        Heading.HEALTH: (
            _row(_P.HEALTH_ACCESS, "medication_due_72h allergy mobility hearing vision"),
            _row(_P.HEALTH_ACCESS, "cognition pregnancy assistance equipment_to_bring"),
            _row(_P.HEALTH_ACCESS, "support_agreed"),
        ),
        Heading.WISHES: (
            _row(_P.PERSON, "looks_out_for"),
            _row(_P.JOINT_ASSESSMENT, "user_view"),
        ),
        Heading.DIGITAL: (_row(_P.DIGITAL_SAFETY, "note recheck_date"),),
        Heading.NEXT: (
            _row(_P.FOLLOW_UP, "dates"),
            _row(_P.PRACTICAL, "money_for_days documents_held documents_left"),
        ),
        Heading.SENDER: (
            _row(_P.SENDER, "centre unit role call_back"),
            _row(_P.VALIDITY, "situation_as_of expires"),
        ),
    }
)
"""Which questions of which parts stand under each heading, in order."""

HOME: Final[Mapping[PartName, Heading]] = MappingProxyType(
    {name: heading for heading in reversed(Heading) for name, _ in LAYOUT.get(heading, ())}
)
"""The heading under which a part is missed when it is not there: the first that shows it."""

NEVER_SILENT: Final = frozenset({Heading.DANGER, Heading.MEASURES, Heading.HEALTH})
"""Silence here could be read as «no danger», «no measures», «no needs»: so it is said."""
