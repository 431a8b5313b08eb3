"""How fast a note that is for somebody else is turned away, beside the bare key agreement."""

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from keys.address import Board
from keys.calendar import Day
from keys.epoch import EpochBatch, EpochRole, EpochSecret
from keys.hpke import HpkeSecret, open_, seal
from keys.identity import Identity
from keys.note import Addressee, open_outer, seal_note

SECONDS = 1.0
TURNED_AWAY = "a note turned away"


class Row(NamedTuple):
    """A line of the table."""

    what: str
    per_second: float
    ratio: float
    """Of the bare key agreement's rate in the same run."""


def rows() -> list[Row]:
    """Measure turning away, and opening what is ours."""
    day = Day(20_000)
    ours, theirs = (_keys(day) for _ in range(2))
    note = _note(ours, day)
    mine = [secret for secret in ours[1] if secret.role is EpochRole.OUTER]
    other = [secret for secret in theirs[1] if secret.role is EpochRole.OUTER]
    bare_secret = HpkeSecret.generate()
    bare = seal(bare_secret.public, b"", bytes(7_056))
    beside = _rate(lambda: open_(other[0].hpke, b"", bare))
    turned = _rate(lambda: open_outer(note, Board.CENTRE, theirs[0].public.member_id, other))
    opened = _rate(lambda: open_outer(note, Board.CENTRE, ours[0].public.member_id, mine))
    return [
        Row("bare HPKE, turned away", beside, 1.0),
        Row(TURNED_AWAY, turned, turned / beside),
        Row("a note's outer layer opened", opened, opened / beside),
    ]


def _keys(day: Day) -> tuple[Identity, list[EpochSecret]]:
    return Identity.generate(), [EpochSecret.generate(role, day) for role in EpochRole]


def _note(to: tuple[Identity, list[EpochSecret]], day: Day) -> bytes:
    keys = EpochBatch.issue(*to).for_day(day)
    addressee = Addressee(
        Board.CENTRE,
        to[0].public.member_id,
        day,
        keys.outer_public,
        keys.inner_public,
        bytes(16),
    )
    return seal_note(addressee, b"body", bytes(64))


def _rate(act: Callable[[], object]) -> float:
    began, done = perf_counter(), 0
    while perf_counter() - began < SECONDS:
        act()
        done += 1
    return done / (perf_counter() - began)
