"""Trafficking: the network's threat and whom to reach.

Everything here is hidden until the person has come, and never stands on the arrival card. It
refuses to be a condition for a place.
"""

from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.part_id import PartName
from client.case.text import Short
from client.case.words import YesNo


class Trafficking(Part):
    """Menneskehandel."""

    WORD = PartName.TRAFFICKING

    recruiter_threat: Annotated[Answer[Short] | None, Flags("X9S")] = None
    debts: Annotated[Answer[Short] | None, Flags("X9")] = None
    documents_held: Annotated[Answer[Short] | None, Flags("X9")] = None
    kom_contact: Annotated[Answer[YesNo] | None, Flags("X9")] = None
    rosa_contact: Annotated[Answer[YesNo] | None, Flags("X9")] = None
    reflection_period: Annotated[Answer[Short] | None, Flags("X9")] = None
