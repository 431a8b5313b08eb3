"""The lane: which note leaves on this tick, decided the same way whatever is waiting.

This file knows one rule: exactly one note per writable board and tick, real or a dummy to oneself
(design § 8). It refuses to know what a note says, and nothing about the queue changes when, how
often or how large anything is.
"""

from dataclasses import dataclass
from enum import StrEnum

from keys.address import Board, Role, writable


class Source(StrEnum):
    """Where a tick's note comes from."""

    RETRY = "retry"  # the last tick's note was not acknowledged: the same bytes again
    QUEUE = "queue"
    DUMMY = "dummy"


@dataclass(frozen=True, slots=True)
class Slot:
    """What leaves on one board this tick."""

    board: Board
    source: Source


def plan(
    role: Role, unacknowledged: frozenset[Board], queued: frozenset[Board]
) -> tuple[Slot, ...]:
    """Return the one note of every board that `role` writes, in the boards' fixed order.

    Args:
        role: of this member.
        unacknowledged: boards whose last lane note still waits for its answer.
        queued: boards for which a real note waits.
    """
    return tuple(
        Slot(board, Source.RETRY)
        if board in unacknowledged
        else Slot(board, Source.QUEUE if board in queued else Source.DUMMY)
        for board in writable(role)
    )
