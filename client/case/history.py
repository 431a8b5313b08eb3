"""Earlier stays, so that the same mistake is not made twice.

This part knows a region and a reason. It refuses to know the names of centres.
"""

from client.case.answer import Answer, Part, Section
from client.case.part_id import PartName
from client.case.text import Line, Name, Short


class Stay(Section):
    """One earlier stay."""

    region: Answer[Name] | None = None
    period: Answer[Line] | None = None
    why_left: Answer[Short] | None = None
    what_worked: Answer[Short] | None = None


class History(Part):
    """Tidligere opphold."""

    WORD = PartName.HISTORY

    stays: tuple[Stay, ...] = ()
