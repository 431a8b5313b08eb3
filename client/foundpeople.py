"""What the look before sending finds about the people: each child, and how somebody was asked.

This file knows what the guidance asks for at each child, and what shows afterwards that a yes was
informed. Everything here is yellow: it holds nothing back. It refuses to fill anything in, and to
look at what the person has said yes or no to.

Source: Bufdir, «Flytting til annet krisesenter» («Utfordringer for barn», «Deling av informasjon om
brukeren»); the General Data Protection Regulation art. 4(11) and 7(1).
"""

from collections.abc import Callable, Iterator
from typing import Final

from client.case import Answer, number_of
from client.case.child import Child, Responsibility
from client.case.consent import ConsentInput, Decision
from client.case.declaration import When, questions
from client.case.digital_safety import CheckState, ChildDigital, open_risks
from client.case.person import Person
from client.case.protection import Protection
from client.case.threat import Indicator, Threat
from client.case.words import YesNo
from client.casefile import CaseFile
from client.found import Finding, part_of, value_of, worth_knowing, yellow

Rule = Callable[[CaseFile], Iterator[Finding]]

_ASKED_FROM: Final = 7
"""The age from which a child is asked what it thinks of the sharing; a younger one may be."""
_CHILD_ROWS: Final = tuple(one.name for one in questions(ChildDigital) if When.BEFORE in one.stages)


def _children(case: CaseFile) -> Iterator[Finding]:
    for number, child in _numbered(case):
        if child.heard_by is None and child.own_words is None:
            yield yellow("child_not_heard", number)
        if value_of(child.prepared) is not YesNo.YES:
            yield yellow("child_not_prepared", number)
        if child.farewell is None or value_of(child.farewell.done) is not YesNo.YES:
            yield yellow("child_no_farewell", number)
        if child.burden is None:
            yield yellow("child_no_burden", number)
        if child.never_pickup is None:
            yield yellow("child_no_never_pickup", number)


def _digital(case: CaseFile) -> Iterator[Finding]:
    for number, child in _numbered(case):
        own = child.digital or ChildDigital()
        rows: list[Answer[object] | None] = [getattr(own, name) for name in _CHILD_ROWS]
        by = own.review_before and own.review_before.done_by
        if by is None or any(value_of(row) in (None, CheckState.NOT_CHECKED) for row in rows):
            yield yellow("child_digital_incomplete", number)
        if open_risks(own):
            yield worth_knowing("child_digital_risk", number)


def _one_parent(case: CaseFile) -> Iterator[Finding]:
    said = _yes(case)
    if said is None:
        return
    children = {which: one for which, one in case.parts.items() if isinstance(one, Child)}
    for which, child in children.items():
        number = number_of(which)
        written = said.for_child(which, only=len(children) == 1)
        if child.parental_responsibility is None:
            yield yellow("child_no_responsibility", number)
        joint = value_of(child.parental_responsibility) is Responsibility.JOINT
        if joint and written.one_parent_why is None:
            yield yellow("no_one_parent_why", number)
        if (value_of(child.age) or 0) >= _ASKED_FROM and written.child_view is None:
            yield yellow("no_child_view", number)


def _informed(case: CaseFile) -> Iterator[Finding]:
    said = _yes(case)
    if said is None:
        return
    told = (said.informed_benefits, said.informed_rights, said.informed_no_consequence)
    if any(one is not YesNo.YES for one in told):
        yield yellow("consent_not_informed")
    if said.form is None or not said.informed_in_language:
        yield yellow("consent_not_how")
    person = part_of(case, Person)
    needs = person is not None and value_of(person.interpreter_need) is YesNo.YES
    if needs and said.interpreter_used is None:
        yield yellow("consent_no_interpreter")


def _child_welfare(case: CaseFile) -> Iterator[Finding]:
    """Remind of one's own duty to tell child welfare: nothing of it goes through this program."""
    threat, protection = part_of(case, Threat), part_of(case, Protection)
    signs = () if threat is None else value_of(threat.indicators) or ()
    known = protection is not None and protection.barnevern_involved is not None
    known |= any(child.barnevern_contact is not None for _, child in _numbered(case))
    if Indicator.VIOLENCE_TO_CHILDREN in signs and not known:
        yield worth_knowing("child_welfare")


def _numbered(case: CaseFile) -> Iterator[tuple[int, Child]]:
    for which, part in case.parts.items():
        if isinstance(part, Child):
            yield number_of(which), part


def _yes(case: CaseFile) -> ConsentInput | None:
    """Return what is written down of a yes; None of any other answer."""
    said = case.consent
    yes = said is not None and said.decision in (Decision.YES_ALL, Decision.YES_SOME)
    return said if yes else None


PEOPLE: Final[tuple[Rule, ...]] = (_children, _digital, _one_parent, _informed, _child_welfare)
"""The rules, in the order in which they are told."""
