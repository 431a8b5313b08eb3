"""A consent that the person gives anew at the receiving desk: beside the one that came.

This file knows what is written down of it and until when it counts (CONSENT C-18). It refuses to
lengthen what came and to let anything leave: for a next move the new centre is asked about by name.
"""

from dataclasses import dataclass
from typing import Final, Self

from client.answered import DAYS
from client.case.consent import Form, GivenBy
from client.closed import clean
from client.refusals import ConsentEnded, WrongAnswer
from client.vocabulary import Purpose
from keys.calendar import LAST_DAY, Day
from keys.wire import Fields, Packable, Value

_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Renewal:
    """One new yes.

    Attributes:
        given: the day it was given.
        ends: the last day on which it counts.
        language: in which it was explained.
    """

    purpose: Purpose
    given_by: GivenBy
    form: Form
    language: str
    given: Day
    ends: Day

    @classmethod
    def given_on(cls, said: "Said", today: Day) -> Self:
        """Make one of what was written down (C-18.2).

        Args:
            said: the words, and the days as far as they were said.
            today: the current UTC day.

        Raises:
            WrongAnswer: it is dated after today.
            ConsentEnded: its last day has passed.
        """
        given = said.given or today
        if given > today:
            raise WrongAnswer(field="renew.given")
        ends = said.ends or Day(given + DAYS)
        if ends < today:
            raise ConsentEnded(day=ends)
        language = clean(said.language, "renew.language", most=_NAME)
        return cls(said.purpose, said.given_by, said.form, language, given, ends)

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        words: list[Packable] = [self.purpose.value, self.given_by.value, self.form.value]
        return ["renewal", 1, *words, self.language, self.given, self.ends]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "renewal")
        made = cls(
            fields.choice("purpose", Purpose),
            fields.choice("given_by", GivenBy),
            fields.choice("form", Form),
            clean(fields.text("language", most=_NAME), "renewal.language", most=_NAME),
            given := Day(fields.number("given", most=LAST_DAY)),
            Day(fields.number("ends", least=given, most=LAST_DAY)),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Said:
    """What staff wrote down of a new yes.

    Attributes:
        given: the day, or None for today.
        ends: the last day, or None for the thirtieth after `given`.
    """

    purpose: Purpose
    given_by: GivenBy
    form: Form
    language: str
    given: Day | None = None
    ends: Day | None = None
