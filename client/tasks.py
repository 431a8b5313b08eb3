"""What is left to do in a case, why, and until when: worked out anew from the case and the time.

This file knows that what a look at the case finds missing is a task until it is filled in or marked
as done, also after the case was sent. When the move is urgent, every task has a deadline. It
refuses to stop anything: a deadline that has passed is said, and that is all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from client.case.destination_assessment import DistrictAnswer
from client.casefile import CaseFile
from client.findings import findings, urgent
from client.found import Finding
from keys.calendar import Instant

URGENT_SECONDS: Final = 86_400
"""How long after a move was said to be urgent the rest should be filled in (24 hours)."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.

    Attributes:
        found: what is missing; why it should be done is `check.<word>`.
        deadline: until when, or None where the move is not urgent.
        done: whether somebody marked it as done.
    """

    found: Finding
    deadline: Instant | None
    done: bool

    def overdue(self, now: Instant) -> bool:
        """Tell whether the deadline has passed and the task is not done."""
        return not self.done and self.deadline is not None and now > self.deadline


def tasks_of(
    case: CaseFile,
    since: Instant,
    done: Collection[str],
    heard: DistrictAnswer | None = None,
) -> tuple[Task, ...]:
    """Return the tasks of `case`, the red ones first.

    Args:
        case: as it is written now, or as it was sent.
        since: when the case first said that the move is urgent.
        done: names of tasks that somebody marked as done.
        heard: what the own district has answered about the new place, if it has.
    """
    deadline = Instant(since + URGENT_SECONDS) if urgent(case) else None
    found = (one for one in findings(case, heard) if one.task)
    return tuple(Task(one, deadline, one.name in done) for one in found)
