"""A day and what happens on it, wherever a part lists dates.

This file knows one small group of questions. It refuses to know a calendar.
"""

from datetime import date

from client.case.answer import Answer, Section
from client.case.text import Line


class Appointment(Section):
    """One date."""

    what: Answer[Line] | None = None
    day: Answer[date] | None = None
