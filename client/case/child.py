"""A child: a person with a voice, a threat picture and a plan of her or his own.

One object and one part for each child. This part knows what keeps the child safe and what comforts
it. It refuses to be read through a parent's part: consent and withdrawal are the child's own.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part, Section
from client.case.digital_safety import ChildDigital
from client.case.numbers import Count
from client.case.part_id import PartName
from client.case.text import Line, Lines, Long, Name, Names, Short
from client.case.words import YesNo


class Responsibility(StrEnum):
    """Who has parental responsibility."""

    JOINT = "joint"
    USER_ALONE = "user_alone"
    OTHER_PARENT_ALONE = "other_parent_alone"
    SOMEBODY_ELSE = "somebody_else"


class School(Section):
    """School or kindergarten now. Only what it must not know may concern the police."""

    now: Answer[Short] | None = None
    kindergarten: Answer[Short] | None = None
    absent_since: Answer[date] | None = None
    contact_teacher: Answer[Line] | None = None
    must_know: Answer[Short] | None = None
    must_not_know: Annotated[Answer[Short] | None, Flags("CS")] = None


class Farewell(Section):
    """The goodbye: with whom, how, and whether it has been said."""

    done: Answer[YesNo] | None = None
    with_whom: Answer[Short] | None = None
    how: Answer[Short] | None = None


class Child(Part):
    """Barn."""

    WORD = PartName.CHILD
    VERSION = 2

    call_name: Annotated[Answer[Name] | None, Flags("AC")] = None
    age: Annotated[Answer[Count] | None, Flags("AC")] = None
    comes_along: Annotated[Answer[YesNo] | None, Flags("ACS")] = None
    where_now: Annotated[Answer[Short] | None, Flags("ACS")] = None
    languages: Annotated[Answer[Names] | None, Flags("AC")] = None
    interpreter: Annotated[Answer[Short] | None, Flags("AC")] = None
    threat_child: Annotated[Answer[Short] | None, Flags("ACS")] = None
    pickup_list: Annotated[Answer[Lines] | None, Flags("ACS")] = None
    never_pickup: Annotated[Answer[Lines] | None, Flags("ACS")] = None
    must_not_reach: Annotated[Answer[Lines] | None, Flags("ACS")] = None
    parental_responsibility: Annotated[Answer[Responsibility] | None, Flags("CS9")] = None
    contact_orders: Annotated[Answer[Short] | None, Flags("CS9")] = None
    barnevern_contact: Annotated[Answer[Short] | None, Flags("C")] = None
    burden: Annotated[Answer[Long] | None, Flags("C")] = None
    heard_by: Annotated[Answer[Name] | None, Flags("AC")] = None
    heard_at: Annotated[Answer[date] | None, Flags("AC")] = None
    own_words: Annotated[Answer[Long] | None, Flags("AC")] = None
    told_what: Annotated[Answer[Short] | None, Flags("AC")] = None
    told_when: Annotated[Answer[date] | None, Flags("AC")] = None
    prepared: Annotated[Answer[YesNo] | None, Flags("AC")] = None
    secret_rules: Annotated[Answer[Short] | None, Flags("AC")] = None
    school: Annotated[School | None, Flags("C")] = None
    new_school_plan: Annotated[Answer[Short] | None, Flags("C")] = None
    friends_kept: Annotated[Answer[Lines] | None, Flags("AC")] = None
    farewell: Annotated[Farewell | None, Flags("AC")] = None
    belongings: Annotated[Answer[Lines] | None, Flags("AC")] = None
    health_needs: Annotated[Answer[Short] | None, Flags("AC9")] = None
    safety_plan_child: Annotated[Answer[Long] | None, Flags("AC")] = None
    digital: Annotated[ChildDigital | None, Flags("AC")] = None
    contact_person_new: Annotated[Answer[Name] | None, Flags("AC")] = None
    move_count_child: Annotated[Answer[Count] | None, Flags("C")] = None
