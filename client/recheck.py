"""What the receiving desk fills in: the digital check gone through again, a child's contact person.

This file knows that it holds those answers and nothing else of a case, and that an answer which is
given again counts before the older one (CONSENT C-17.7). It refuses to know where a case lies.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from client.case import Part, PartId, Section
from client.case.child import Child
from client.case.digital_safety import DigitalSafety
from client.refusals import MissingAnswer, PartNotThere, WrongAnswer

_OF_A_CHILD: Final = frozenset({"digital", "contact_person_new"})


def desk_rows(said: Mapping[PartId, Part], there: Iterable[PartId]) -> dict[PartId, Part]:
    """Return the parts in which the receiving desk answers anything.

    Args:
        said: what was read: `digital_safety`, and children of whom only `digital` and
            `contact_person_new` are answered.
        there: the parts that the case has; a child that is not among them has no rows.

    Raises:
        WrongAnswer: there is something else in it.
        PartNotThere: a child that the case does not have.
        MissingAnswer: nothing is answered.
    """
    known = frozenset(there)
    found: dict[PartId, Part] = {}
    for part, content in said.items():
        if _given(content):
            _check(part, content, known)
            found[part] = content
    if not found:
        raise MissingAnswer(field="digital_safety")
    return found


def laid_over(old: Part | None, new: Part) -> Part:
    """Return `old` with every answer of `new` in its place."""
    if old is None:
        return new
    given = _given(new)
    if isinstance(old, Child) and isinstance(new, Child) and old.digital and new.digital:
        given |= {"digital": old.digital.model_copy(update=_given(new.digital))}
    return old.model_copy(update=given)


def recheck_dates(parts: Iterable[Part]) -> list[date]:
    """Return the days on which the person's own rows and each child's are to be checked again."""
    found: list[date] = []
    for part in parts:
        review = part.digital if isinstance(part, Child) else part
        said = getattr(review, "recheck_date", None)
        if said is not None and isinstance(said.value, date):
            found.append(said.value)
    return found


def _check(part: PartId, content: Part, known: frozenset[PartId]) -> None:
    if isinstance(content, DigitalSafety):
        return
    if not isinstance(content, Child) or not _OF_A_CHILD.issuperset(_given(content)):
        raise WrongAnswer(field=part)
    if part not in known:
        raise PartNotThere(part=part)


def _given(section: Section) -> dict[str, object]:
    named = type(section).model_fields
    return {name: getattr(section, name) for name in named if getattr(section, name) is not None}
