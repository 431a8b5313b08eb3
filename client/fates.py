"""What became of a case after it was taken back, as its receiver says it, for the person to know.

This file knows the signed words and the days. It refuses to guess: without a word there is none.
"""

from typing import Final

from client.outgoing import ANSWER_DAYS, Outgoing
from keys.body import Kind
from keys.calendar import Day
from keys.receipt import ReceiptStatus

UNBIDDEN: Final = "deleted_there"
"""It was destroyed where it came, and not at a word from here; `answered.<word>`."""


def answered(sent: Outgoing) -> str:
    """Return the last word on what was taken back, here or where it came; or nothing."""
    if not sent.answers:
        return ""
    said = sent.answers[-1]
    return said.value if sent.back_on or said is not ReceiptStatus.DELETED else UNBIDDEN


def unanswered(sent: Outgoing, today: Day) -> bool:
    """Return whether a case was taken back and its receiver has been silent too long."""
    asked = bool(sent.back_on) and sent.kind is Kind.CASE_PACKAGE
    return asked and today > sent.back_on + ANSWER_DAYS and not answered(sent)
