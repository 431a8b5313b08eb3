"""Money, papers, keys and animals.

This part knows what the first days need. It refuses to know account numbers.
"""

from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.part_id import PartName
from client.case.text import Line, Lines, Short


class Practical(Part):
    """Praktisk."""

    WORD = PartName.PRACTICAL

    money_for_days: Annotated[Answer[Short] | None, Flags("A")] = None
    clothes: Answer[Short] | None = None
    documents_held: Annotated[Answer[Lines] | None, Flags("A")] = None
    documents_left: Annotated[Answer[Lines] | None, Flags("A")] = None
    nav_contact: Answer[Line] | None = None
    lawyer: Answer[Line] | None = None
    job_study: Answer[Short] | None = None
    housing_goal: Answer[Short] | None = None
    keys: Answer[Short] | None = None
    car_parked: Answer[Short] | None = None
    animals: Answer[Short] | None = None
