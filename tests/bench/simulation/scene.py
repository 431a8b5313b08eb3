"""What a simulation lives through, and what an operator can have of it: plain values.

This file knows how what is real may travel, which faults can be planted, and the form of a view. It
refuses to live through anything: `town` does.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from keys.address import Board, CellClass
from keys.calendar import Instant
from tests.bench.simulation.traffic import NATIONAL, Pool, Thread

START: Final = Instant(1_794_182_400)
"""Monday 9 November 2026, at midnight UTC."""


class Manner(StrEnum):
    """How what is real travels."""

    LANES = "all of it rides the lanes"
    URGENT = "one envelope of staff in five is urgent"
    FIRST = "what staff send leaves at once, answers ride"
    AT_ONCE = "everything leaves at once"


class Leak(StrEnum):
    """A fault that is planted, so that it is seen whether the attacker finds it."""

    NONE = ""
    LATE = "a real cell leaves a millisecond later"
    AGAIN = "who has received something reads once more"
    ORDER = "a batch lists first what had waited in line"


class Desk(StrEnum):
    """When a member's new keys of the day are published."""

    UNLOCKED = "when somebody first unlocks"
    LISTS = "at the member's own minute, but a list of one-time keys when somebody first unlocks"
    MINUTE = "once a day, at the member's own minute"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is lived through; the same scene always gives the same view."""

    seed: str
    days: int
    pool: Pool = field(default_factory=Pool)
    manner: Manner = Manner.LANES
    leak: Leak = Leak.NONE
    desk: Desk = Desk.MINUTE
    slots: tuple[int, int, int] = (300, 900, 14_400)
    """Seconds between two notes, two small and two middling blobs: the schedule's own defaults."""
    a_day: float = NATIONAL
    """Cases a day among 45 centres."""


Signs: TypeAlias = tuple[str, ...]
"""All that is seen of one member in one slot, sorted."""


@dataclass(slots=True)
class View:
    """What an operator has of a pool.

    Attributes:
        pool: who is a member and of which role: the roster.
        minutes: each member's own, from the roster too.
        lengths: of the slots, as `Scene.slots`.
        slots: for each slot what is seen of each member.
        cells: how many cells were kept, by board and class.
    """

    pool: Pool
    minutes: tuple[int, ...] = ()
    lengths: tuple[int, int, int] = (300, 900, 14_400)
    slots: list[list[Signs]] = field(default_factory=list)
    cells: Counter[tuple[Board, CellClass]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Handover:
    """The truth of one case, and in which slot its note stood on the board."""

    slot: int
    thread: Thread = field(repr=False)
