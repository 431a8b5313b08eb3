"""Who sends, by role, and how to ring back.

This part knows a centre and a role. It refuses to ask for a worker's name, and for a number: the
number to ring stands in the signed directory.
"""

from client.case.answer import Answer, Part
from client.case.part_id import PartName
from client.case.text import Name
from client.case.words import CallBack


class Sender(Part):
    """Avsender."""

    WORD = PartName.SENDER

    centre: Answer[Name] | None = None
    unit: Answer[Name] | None = None
    role: Answer[Name] | None = None
    call_back: Answer[CallBack] | None = None
