"""What a finding is: a colour, a word and, of a child, its number; and how a case is read for one.

This file knows the form. It refuses to know any rule: those are in `client/findings.py` and
`client/foundpeople.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from client.case import Answer, Part
from client.casefile import CaseFile

P = TypeVar("P", bound=Part)
V = TypeVar("V")


class Colour(StrEnum):
    """How much a finding matters; only red keeps a case from being sent."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        word: its schema word; the sentence is `check.<word>`.
        number: of the child it is about, or 0.
        task: whether somebody can still do it, before the case is sent or after.
    """

    colour: Colour
    word: str
    number: int = 0
    task: bool = False

    @property
    def name(self) -> str:
        """How a command names it: `no_burden`, `child_not_heard.2`."""
        return f"{self.word}.{self.number}" if self.number else self.word


def yellow(word: str, number: int = 0) -> Finding:
    """Return what is missing and can still be done."""
    return Finding(Colour.YELLOW, word, number, task=True)


def worth_knowing(word: str, number: int = 0) -> Finding:
    """Return what weighs, and is nothing to make go away."""
    return Finding(Colour.YELLOW, word, number)


def part_of(case: CaseFile, kind: type[P]) -> P | None:
    """Return the one part of that kind, or None."""
    return next((part for part in case.parts.values() if isinstance(part, kind)), None)


def value_of(answer: Answer[V] | None) -> V | None:
    """Return what was answered, or None for any lack of a value."""
    return None if answer is None else answer.value
