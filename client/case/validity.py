"""The day that the picture is from, and the day after which nobody should trust it.

This part knows two dates. It refuses to delete anything: that is the receiving centre's rule.
"""

from datetime import date

from client.case.answer import Answer, Part
from client.case.part_id import PartName


class Validity(Part):
    """Gyldighet."""

    WORD = PartName.VALIDITY

    situation_as_of: Answer[date] | None = None
    expires: Answer[date] | None = None
