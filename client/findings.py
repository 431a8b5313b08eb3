"""What the look before sending finds in a case, in three colours.

This file knows what the guidance asks for before a move and how to tell that it is missing. Red
keeps information from leaving and nothing else; yellow may be missing, and the case may go (CONSENT
C-2.8). Nothing here stops a move or an intake. It refuses to look at residence, trafficking or the
kind of violence: an empty answer there is never remarked on.

Source: Bufdir, «Flytting til annet krisesenter»; the safety regulation § 4.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from client.case import Answer, PartName, name_of
from client.case.declaration import When, questions
from client.case.destination_assessment import (
    Conclusion,
    DestinationAssessment,
    DistrictAnswer,
)
from client.case.digital_safety import CheckState, DigitalSafety, open_risks
from client.case.joint_assessment import Agreement, JointAssessment
from client.case.journey import Journey
from client.case.move_assessment import MoveAssessment
from client.case.threat import Threat
from client.case.words import YesNo
from client.casefile import CaseFile
from client.found import Colour, Finding, part_of, value_of, worth_knowing, yellow
from client.foundpeople import PEOPLE

DESTINATION_POLICE: Final = "destination_police"
"""The one finding in the case itself that may be red."""


def findings(case: CaseFile, heard: DistrictAnswer | None = None) -> tuple[Finding, ...]:
    """Return what is missing or weighs in `case`, the gravest first.

    Args:
        case: as it is written now, or as it was sent.
        heard: what the own district has answered about the new place, if it has.
    """
    found = [*_destination_police(case, heard), *(one for rule in _RULES for one in rule(case))]
    order = list(reversed(Colour))
    return tuple(sorted(found, key=lambda one: order.index(one.colour)))


def agreed_on(case: CaseFile, *, signed: bool) -> list[Finding]:
    """Return what there is to say of the place: without a signed yes one by phone is left (C-4.6).

    Args:
        case: as it is written now.
        signed: whether the receiving centre has said yes in the system.
    """
    if signed:
        return [Finding(Colour.GREEN, "place")]
    found = [Finding(Colour.YELLOW, "no_place")]
    return found if urgent(case) else [*found, Finding(Colour.YELLOW, "phone_not_urgent")]


def urgent(case: CaseFile) -> bool:
    """Tell whether the case says that the move cannot wait."""
    move = part_of(case, MoveAssessment)
    said = None if move is None or move.emergency is None else move.emergency.is_emergency
    return case.header.emergency is YesNo.YES or value_of(said) is YesNo.YES


def police_contacted(case: CaseFile, heard: DistrictAnswer | None = None) -> bool:
    """Tell whether the police at the destination were reached, by phone or the own district."""
    place = part_of(case, DestinationAssessment)
    answers = [heard]
    called = False
    if place is not None:
        answers.append(value_of(place.own_district_answer))
        at = value_of(place.dest_police_contacted_at)
        called = at is not None and not _after_arrival(at, case)
    return called or any(
        answer is not None and answer is not DistrictAnswer.COULD_NOT_CONTACT for answer in answers
    )


def _after_arrival(at: datetime, case: CaseFile) -> bool:
    """Tell whether something is written as done only after the person was to have come."""
    journey = part_of(case, Journey)
    if journey is None:
        return False
    said = [value_of(one) for one in (journey.arrival_from, journey.arrival_until)]
    return any(one is not None for one in said) and all(one is None or at > one for one in said)


def holds_back(case: CaseFile, heard: DistrictAnswer | None = None) -> bool:
    """Tell whether something is red: information about the case does not leave (C-2.8)."""
    return any(one.colour is Colour.RED for one in findings(case, heard))


def _has_reason(case: CaseFile) -> bool:
    """Tell whether one line says what the danger is: at night no more can be asked for."""
    move, threat = part_of(case, MoveAssessment), part_of(case, Threat)
    said: list[str | None] = []
    if move is not None:
        said += [value_of(move.necessary_why), value_of(move.threat_says_not_safe_here)]
        said += [None if move.emergency is None else value_of(move.emergency.why)]
    if threat is not None:
        said += [value_of(threat.worst_fear), *(value_of(row.words) for row in threat.threats_made)]
    return any(one is not None for one in said)


def _destination_police(case: CaseFile, heard: DistrictAnswer | None) -> Iterator[Finding]:
    if police_contacted(case, heard):
        return
    if urgent(case) and _has_reason(case):
        yield yellow(f"{DESTINATION_POLICE}_urgent")
    else:
        yield Finding(Colour.RED, DESTINATION_POLICE, task=True)


def _parts(case: CaseFile) -> Iterator[Finding]:
    names = {name_of(one) for one in case.parts}
    wanted = {
        PartName.THREAT: "no_threat",
        PartName.MOVE_ASSESSMENT: "no_move_assessment",
        PartName.DESTINATION_ASSESSMENT: "no_destination",
        PartName.JOINT_ASSESSMENT: "no_joint_assessment",
        PartName.DIGITAL_SAFETY: "no_digital",
    }
    yield from (yellow(word) for name, word in wanted.items() if name not in names)


def _move(case: CaseFile) -> Iterator[Finding]:
    move = part_of(case, MoveAssessment)
    if move is None:
        return
    if move.necessary is None or move.necessary_why is None:
        yield yellow("no_necessary")
    if move.appropriate is None or move.appropriate_why is None:
        yield yellow("no_appropriate")
    if YesNo.NO in (value_of(move.necessary), value_of(move.appropriate)):
        yield worth_knowing("move_not_advised")
    if move.alternatives_tried is None:
        yield yellow("no_alternatives")
    if move.burden_adult is None:
        yield yellow("no_burden")
    number = value_of(move.move_number) or 1
    if number > 1 and move.why_previous_failed is None:
        yield yellow("no_why_previous_failed")


def _promised(case: CaseFile) -> Iterator[Finding]:
    move = part_of(case, MoveAssessment)
    if move is None or move.emergency is None:
        return
    if value_of(move.emergency.fill_in_within_24h):
        yield yellow("within_24h")


def _joint(case: CaseFile) -> Iterator[Finding]:
    joint = part_of(case, JointAssessment)
    if joint is None:
        return
    views = {
        "no_user_view": joint.user_view,
        "no_centre_view": joint.centre_view,
        "no_police_view": joint.home_police_view,
    }
    yield from (yellow(word) for word, view in views.items() if view is None)
    if joint.agreed is None:
        yield yellow("no_agreement")
    if value_of(joint.agreed) is Agreement.NOT_ALL:
        if joint.disagreement is None:
            yield yellow("no_disagreement")
        yield worth_knowing("not_agreed")


def _destination(case: CaseFile) -> Iterator[Finding]:
    place = part_of(case, DestinationAssessment)
    if place is None:
        return
    if place.conclusion is None:
        yield yellow("no_conclusion")
    if place.perp_links_to_area is None:
        yield yellow("no_links")
    conclusion = value_of(place.conclusion)
    doubted = conclusion is not None and conclusion is not Conclusion.SAFE
    advised = value_of(place.own_district_answer) is DistrictAnswer.CONTACTED_ADVISE_AGAINST
    if doubted or advised:
        yield worth_knowing("destination_doubted")


def _digital(case: CaseFile) -> Iterator[Finding]:
    review = part_of(case, DigitalSafety)
    if review is None:
        return
    before = [one.name for one in questions(DigitalSafety) if When.BEFORE in one.stages]
    rows: dict[str, Answer[object] | None] = {name: getattr(review, name) for name in before}
    if any(value_of(row) in (None, CheckState.NOT_CHECKED) for row in rows.values()):
        yield yellow("digital_incomplete")
    if review.review_before is None or review.review_before.done_by is None:
        yield yellow("digital_no_review")
    if open_risks(review):
        yield worth_knowing("digital_risk")
    if review.recheck_date is None:
        yield yellow("no_recheck_date")


def _conflict(case: CaseFile) -> Iterator[Finding]:
    if case.header.conflict_of_interest is YesNo.YES and case.header.handed_to is None:
        yield yellow("conflict_of_interest")


_RULES: Final[tuple[Callable[[CaseFile], Iterator[Finding]], ...]] = (
    _conflict,
    _parts,
    _move,
    _promised,
    _joint,
    _destination,
    *PEOPLE,
    _digital,
)
