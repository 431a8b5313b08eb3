"""A second move: a new case that begins with what came, and with nothing that was decided then.

This file knows which parts are about the person and which were about the last move (C-15). It
refuses to carry over a consent, a place or an assessment, and to name the centre that the case
came from: a new move is asked, weighed and consented to anew.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, cast

from client.case import AFRESH, Part, PartId, PartName, Section, Source, name_of, order_of, part_id
from client.case.answer import Answer
from client.case.child import Child
from client.case.digital_safety import ChildDigital, DigitalSafety
from client.case.history import History, Stay
from client.case.move_assessment import MoveAssessment
from client.case.numbers import MOST_COUNTED
from client.casefile import CaseFile, CaseHeader
from client.codename import CodeName

OF_THE_MOVE: Final = frozenset(
    {
        *("heard_by", "heard_at", "own_words", "burden", "told_what", "told_when", "prepared"),
        *("farewell", "new_school_plan", "contact_person_new"),
    }
)
"""What is said of a child for one move: it is heard, prepared and says goodbye for each."""

REVIEWED: Final = frozenset({"review_before", "review_at_arrival", "recheck_date"})
"""Who went through the digital check, and when again. The rows stay, each with its day."""


def next_case(
    came: Mapping[PartId, Part], code_name: CodeName, came_on: date, today: date
) -> CaseFile:
    """Return the case of a further move, prefilled from what came and was opened here.

    Every answer keeps its day and says that it is from somebody else. The number of the move is
    one more than the last; why the last place failed is left to be written. So is what a child was
    asked and told for the last move, and who went through the digital check: it is done anew.

    Args:
        came: the parts that came, consented to and not taken back.
        code_name: of the new case.
        came_on: the day on which the person came here.
        today: the current day.
    """
    parts = {part: _heard(content) for part, content in came.items() if name_of(part) not in AFRESH}
    parts[part_id(PartName.MOVE_ASSESSMENT)] = _move(came, today)
    parts[part_id(PartName.HISTORY)] = _stayed(parts, came_on, today)
    in_order = {part: parts[part] for part in sorted(parts, key=order_of)}
    header = CaseHeader(code_name=code_name, source=Source.STAFF, as_of=today)
    return CaseFile(header=header, parts=MappingProxyType(in_order))


def _move(came: Mapping[PartId, Part], today: date) -> MoveAssessment:
    old = came.get(part_id(PartName.MOVE_ASSESSMENT))
    said = old.move_number if isinstance(old, MoveAssessment) else None
    # She came here by a move, also when nobody shared its number.
    last = 1 if said is None or said.value is None else said.value
    number = Answer[int](value=_one_more(last), source=Source.STAFF, as_of=today)
    return MoveAssessment.model_validate({"move_number": number.model_dump()})


def _stayed(parts: Mapping[PartId, Part], came_on: date, today: date) -> History:
    """Add the stay here to what is known of earlier ones, without saying where it was."""
    old = parts.get(part_id(PartName.HISTORY))
    stays = old.stays if isinstance(old, History) else ()
    period = Answer[str](value=f"{came_on} – {today}", source=Source.STAFF, as_of=today)
    here = Stay.model_validate({"period": period.model_dump()})
    return History(stays=(*stays[: History.CAP - 1], here))


def _heard(content: Part) -> Part:
    carried = cast("Part", _from_other(content))
    if isinstance(carried, DigitalSafety):
        return carried.model_copy(update=dict.fromkeys(REVIEWED))
    if isinstance(carried, Child):
        digital = carried.digital
        own = None if digital is None else digital.model_copy(update=dict.fromkeys(REVIEWED))
        made = {"digital": own if own != ChildDigital() else None}
        return carried.model_copy(update=dict.fromkeys(OF_THE_MOVE) | made | _moved(carried))
    return carried


def _moved(child: Child) -> dict[str, object]:
    """Count the last move among the child's, where they were counted."""
    said = child.move_count_child
    if said is None or said.value is None:
        return {}
    return {"move_count_child": said.model_copy(update={"value": _one_more(said.value)})}


def _one_more(count: int) -> int:
    return min(count + 1, MOST_COUNTED)


def _from_other(value: object) -> object:
    """Return the same answers with their days, each said to be from somebody else."""
    if isinstance(value, tuple):
        return tuple(_from_other(one) for one in cast("tuple[object, ...]", value))
    if not isinstance(value, Section):
        return value
    section = value
    names = type(section).model_fields
    changed: dict[str, object] = {name: _from_other(getattr(section, name)) for name in names}
    if "source" in names and "state" in names:  # an answer, whatever it is an answer of
        changed["source"] = Source.OTHER
    return section.model_copy(update=changed)
