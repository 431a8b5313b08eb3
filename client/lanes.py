"""The lanes: which cells leave on this tick, decided the same way whatever is waiting.

This file knows one rule: exactly one cell per lane and slot, real or a dummy to oneself (design
§ 8), and in which order the lanes of a slot leave. It refuses to know what a cell holds, and
nothing about the queue changes when, how often or how large anything is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from keys.address import CLASSES_ON, Board, CellClass, Role, writable
from keys.calendar import Instant
from keys.schedule import Schedule

AHEAD: Final = 20
"""Seconds before a slot in which its cells are made: what comes later leaves in the next."""
_RIDING: Final = (CellClass.NOTE, CellClass.S, CellClass.M)
"""Classes that may have a lane, in the order in which they leave: notes name blobs."""


class Source(StrEnum):
    """Where a slot's cell comes from."""

    RETRY = "retry"  # the last slot's cell was not acknowledged: the same bytes again
    QUEUE = "queue"
    DUMMY = "dummy"


@dataclass(frozen=True, slots=True)
class Lane:
    """One class of cells on one board."""

    board: Board
    cls: CellClass = CellClass.NOTE


@dataclass(frozen=True, slots=True)
class Slot:
    """What leaves on one lane this tick."""

    lane: Lane
    source: Source


def notes(role: Role) -> tuple[Lane, ...]:
    """Return the note lanes of `role`: a note's slot is what a tick is."""
    return tuple(Lane(board) for board in writable(role))


def slots(schedule: Schedule, now: Instant) -> Mapping[CellClass, int]:
    """Return the number of the slot that every class with a lane is in."""
    seconds = {cls: schedule.lane(cls) for cls in _RIDING}
    return {cls: now // long for cls, long in seconds.items() if long}


def due(
    role: Role, schedule: Schedule, now: Instant, posted: Mapping[CellClass, int]
) -> tuple[Lane, ...]:
    """Return the lanes whose slot this tick is in and that have not had their cell yet.

    Args:
        role: of this member.
        schedule: from the roster.
        now: of the tick. A note is due on every tick.
        posted: number of the last slot in which each class left; not there, it never did.
    """
    at = slots(schedule, now)
    return tuple(
        Lane(board, cls)
        for cls in at
        for board in writable(role)
        if cls in CLASSES_ON[board] and (cls is CellClass.NOTE or posted.get(cls) != at[cls])
    )


def rides(schedule: Schedule, classes: Iterable[CellClass]) -> bool:
    """Whether an envelope of cells of these classes may ride: each has a lane.

    Where the schedule has none for the smallest case, a question before it hides nothing.
    """
    return all(schedule.lane(cls) for cls in (CellClass.S, *classes))


def leaves_by(
    schedule: Schedule, now: Instant, classes: Iterable[CellClass], ahead: int = 0
) -> Instant:
    """Return by when the last cell of an envelope has left, if no more notes are before its own.

    A blob leaves in a slot of its own lane after the note that names it has been acknowledged, and
    a second one of its class in the slot after that.

    Args:
        schedule: from the roster.
        now: when it is put in line.
        classes: of its cells, each of which has a lane.
        ahead: how many notes leave before its own.
    """
    of_note = schedule.note_slot_seconds
    note = Instant(((now + min(AHEAD, of_note // 2)) // of_note + 1 + ahead) * of_note)
    ends = [note]
    for cls, count in Counter(classes).items():
        if cls is not CellClass.NOTE:
            long = max(schedule.lane(cls), of_note)
            ends.append(Instant((note // long + count) * long))
    return max(ends)


def plan(
    lanes: Iterable[Lane], unacknowledged: frozenset[Lane], queued: frozenset[Lane]
) -> tuple[Slot, ...]:
    """Return the one cell of every lane that is due, in the order of the lanes.

    Args:
        lanes: those that are due.
        unacknowledged: lanes whose last cell still waits for its answer.
        queued: lanes in which a real cell waits.
    """
    return tuple(
        Slot(lane, Source.RETRY)
        if lane in unacknowledged
        else Slot(lane, Source.QUEUE if lane in queued else Source.DUMMY)
        for lane in lanes
    )
