"""Who follows up, and the dates of the next fortnight.

This part knows names and days. It refuses to know what is treated.
"""

from typing import Annotated

from client.case.answer import Answer, Flags, Part
from client.case.appointment import Appointment
from client.case.part_id import PartName
from client.case.text import Line


class FollowUp(Part):
    """Videre oppfølging."""

    WORD = PartName.FOLLOW_UP

    barnevern: Answer[Line] | None = None
    doctor: Answer[Line] | None = None
    psychologist: Answer[Line] | None = None
    counsel: Answer[Line] | None = None
    dates: Annotated[tuple[Appointment, ...], Flags("A")] = ()
