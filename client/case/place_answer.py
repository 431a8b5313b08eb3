"""What a centre says to a question about a place: closed words, a day and another centre.

This section stands in no case: it is what one centre tells another. It refuses, by having no such
field and no free text, everything about the person. What goes together, client/inquiry.py judges.
"""

from datetime import date

from client.case.answer import Section
from client.case.text import Name
from client.vocabulary import AnswerValue, NoReason


class PlaceAnswerInput(Section):
    """Svar på plass, as it is given; client/inquiry.py makes the message of it.

    Attributes:
        first: of `yes_from`, the first day of the place.
        reasons: of `no`, one or more.
        suggest: of `no`, another centre by its name in the directory; without one, the centre
            that answers helps to find a place. The message has no room for the name.
    """

    WORD = "place_answer"
    CAP = len(NoReason)

    value: AnswerValue
    first: date | None = None
    reasons: tuple[NoReason, ...] = ()
    suggest: Name | None = None
