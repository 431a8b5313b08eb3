"""The lanes: which cells leave on this tick, decided the same way whatever is waiting.

This file knows one rule: exactly one cell per lane and slot, real or a dummy to oneself (design
§ 8), and in which order the lanes of a slot leave. It refuses to know what a cell holds, and
nothing about the queue changes when, how often or how large anything is.
"""

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


@dataclass(frozen=True, slots=True)
class Turn:
    """When an envelope's cells of one class have left.

    Attributes:
        slots: how many slots of the lane that takes, counted from the next.
        own: how many of those are its own.
    """

    slots: int
    own: int = 1


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


def leaves_by(schedule: Schedule, now: Instant, turns: Mapping[CellClass, Turn]) -> Instant:
    """Return by when the last cell of an envelope has left, or 0 when a class of it has no lane.

    A blob leaves in a slot of its own lane after the note that names it has been acknowledged.

    Args:
        schedule: from the roster.
        now: the current instant.
        turns: of the classes of its cells that have not left.
    """
    of_note = schedule.note_slot_seconds
    first = turns.get(CellClass.NOTE)
    note = Instant((now // of_note + first.slots) * of_note) if first else now
    ends = [note]
    for cls, turn in turns.items():
        if not schedule.lane(cls):
            return Instant(0)
        long = max(schedule.lane(cls), of_note)
        if cls is not CellClass.NOTE:
            ends.append(Instant(max(now // long + turn.slots, note // long + turn.own) * long))
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
