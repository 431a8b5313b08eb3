"""What the three who assess together each think.

This part knows the user's, the centre's and the home police's views, and whether they agree. It
refuses to know a verdict: nothing here stops a move.
"""

from enum import StrEnum
from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.numbers import Moment
from client.case.part_id import PartName
from client.case.text import Line, Lines, Long, Name, Short
from client.case.words import District


class Agreement(StrEnum):
    """Whether the three agree."""

    ALL = "all"
    NOT_ALL = "not_all"


class JointAssessment(Part):
    """Felles vurdering (bruker, krisesenter, politi)."""

    WORD = PartName.JOINT_ASSESSMENT

    user_view: Annotated[Answer[Long] | None, Flags("A")] = None
    user_wishes_place: Answer[Short] | None = None
    user_refuses_place: Answer[Lines] | None = None
    centre_view: Answer[Long] | None = None
    centre_role: Answer[Name] | None = None
    centre_at: Answer[Moment] | None = None
    home_police_view: Annotated[Answer[Long] | None, Flags("S")] = None
    home_police_district: Annotated[Answer[District] | None, Flags("S")] = None
    home_police_ref: Annotated[Answer[Line] | None, Flags("S")] = None
    home_police_at: Annotated[Answer[Moment] | None, Flags("S")] = None
    agreed: Answer[Agreement] | None = None
    disagreement: Answer[Short] | None = None
