"""What an answer is: a value or an honest lack of one, from somebody, as of a day.

This file knows that «unknown», «not asked», «none known», «no» and an empty field are five
different things, and the flags that a question may have. It refuses to know any
question.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, Generic, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic_core import PydanticCustomError

from client.case.text import Short

T = TypeVar("T")

MOST: Final = 24
"""The most lines a list may have, children and attachments included."""


class State(StrEnum):
    """Whether there is a value, and if not, what is known about that."""

    GIVEN = "given"
    UNKNOWN = "unknown"
    NOT_ASKED = "not_asked"
    NONE_KNOWN = "none_known"


class Source(StrEnum):
    """Who says so."""

    USER = "user"
    STAFF = "staff"
    POLICE = "police"
    OTHER = "other"


class Flag(StrEnum):
    """What is said of a question beside its words; docs/reference/parts.md lists them."""

    ARRIVAL = "A"  # needed at arrival: stands on the arrival card
    SAFETY = "S"  # safety-critical: may be chosen as a line to the police
    CHILD = "C"
    SPECIAL = "9"  # special category, or criminal data
    HIDDEN = "X"  # never in a place inquiry, never shown before the place is confirmed
    SHORT = "–"  # the free text is short and optional


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of one question, by their marks: `Flags("AS")`."""

    marks: str

    def __iter__(self) -> Iterator[Flag]:
        return iter(Flag(mark) for mark in self.marks)


class Section(BaseModel):
    """Questions that stand together. Frozen, closed, and silent about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    WORD: ClassVar[str] = ""
    """The schema word that the labels of this section's questions begin with."""
    CAP: ClassVar[int] = MOST
    """The most lines that a list of this section may have."""

    @field_validator("*")
    @classmethod
    def _capped(cls, value: object) -> object:
        if _lines(value) > cls.CAP:
            raise PydanticCustomError("too_many", "too many", {"limit": cls.CAP})
        return value

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        """Say nothing: a case must not reach a log through a repr."""
        return ()

    def __str__(self) -> str:
        return repr(self)


class Answer(Section, Generic[T]):
    """One answer: `value` is there exactly when `state` is given.

    A list that is given is never empty: «none known» is a state of its own.
    """

    state: State = State.GIVEN
    value: T | None = None
    note: Short | None = None
    source: Source
    as_of: date

    @model_validator(mode="after")
    def _value_or_reason(self) -> Self:
        if (self.state is State.GIVEN) == (self.value is None) or self.value == ():
            raise PydanticCustomError("wrong_answer", "a value or a reason why not")
        return self


class Part(Section):
    """A topic of a case: sealed, consented to and withdrawn by itself."""

    VERSION: ClassVar[int] = 1


def _lines(value: object) -> int:
    return len(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else 0
