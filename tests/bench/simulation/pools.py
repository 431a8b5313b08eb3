"""How many members one pool has, and what a day costs each: computed from the schedule alone.

This file knows the rule of thumb (ADR 3): no member fetches more than 5 GB a day; beyond that the
members are sharded into pools, each with its own boards and lists of one-time keys. Among how many
one stands is then the pool. Certificates, a few hundred bytes a month each, are left out. It
measures nothing; a test compares it with what is counted on the broker's disk.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

from keys.address import CELL_BYTES, CLASSES_ON, Board, CellClass, Role, readable, writable
from keys.prekeysheet import MOST_SHEETS, SHEET_SLOTS
from keys.schedule import Schedule
from tests.bench.simulation.lists import batch_bytes, list_bytes
from tests.bench.simulation.traffic import CENTRES, DISTRICTS, Pool

LIMIT: Final = 5_000_000_000
"""Bytes that a member fetches a day, at most."""
_LEAF: Final = 33
_WEEK: Final = 7


def cells(pool: Pool, schedule: Schedule, board: Board) -> Iterator[tuple[CellClass, int]]:
    """Give how many cells of each class stand on a board after a day."""
    writers = sum(
        count
        for role, count in ((Role.CENTRE, pool.centres), (Role.POLICE, pool.districts))
        if board in writable(role)
    )
    for cls in CLASSES_ON[board]:
        yield cls, writers * schedule.slots(cls)


def up(role: Role, schedule: Schedule) -> int:
    """Return the bytes of the cells that a member posts in a day."""
    return sum(
        schedule.slots(cls) * CELL_BYTES[cls]
        for board in writable(role)
        for cls in CLASSES_ON[board]
    )


@cache
def lists(members: int) -> int:
    """Return the bytes of everybody's lists of one-time keys: a week's, told on its first day."""
    return members * list_bytes(members - 1)


def down(role: Role, pool: Pool, schedule: Schedule) -> int:
    """Return the bytes that a member fetches in a day: its boards, leaf lists, everybody's keys.

    On the first day of a week, `lists` come on top.
    """
    leaves = sum(count for board in Board for _, count in cells(pool, schedule, board))
    bodies = sum(
        count * CELL_BYTES[cls]
        for board in readable(role)
        for cls, count in cells(pool, schedule, board)
    )
    return bodies + _LEAF * leaves + pool.members * batch_bytes()


def dearest(role: Role, pool: Pool, schedule: Schedule) -> int:
    """Return the bytes that a member fetches on the first day of a week."""
    return down(role, pool, schedule) + lists(pool.members)


def egress(pool: Pool, schedule: Schedule) -> int:
    """Return the bytes that a pool's broker sends in a day, of a week's mean."""
    centres = pool.centres * down(Role.CENTRE, pool, schedule)
    cells = centres + pool.districts * down(Role.POLICE, pool, schedule)
    return cells + pool.members * lists(pool.members) // _WEEK


def ingress(pool: Pool, schedule: Schedule) -> int:
    """Return the bytes of the cells that a pool's broker receives in a day."""
    return pool.centres * up(Role.CENTRE, schedule) + pool.districts * up(Role.POLICE, schedule)


def pool_of(members: int) -> Pool:
    """Return a pool with the country's share of districts."""
    districts = max(1, round(members * DISTRICTS / (CENTRES + DISTRICTS)))
    return Pool(members - districts, districts)


def fits(pool: Pool, schedule: Schedule) -> bool:
    """Whether nobody in it fetches more than `LIMIT` on any day, and a list holds all others."""
    listed = pool.members - 1 <= SHEET_SLOTS * MOST_SHEETS
    return listed and all(dearest(role, pool, schedule) <= LIMIT for role in Role)


def sharded(members: int, schedule: Schedule) -> tuple[Pool, ...]:
    """Return the fewest pools of about equal size that all fit."""
    for many in range(1, members + 1):
        sizes = [members // many + (at < members % many) for at in range(many)]
        pools = tuple(pool_of(size) for size in sizes)
        if all(fits(pool, schedule) for pool in pools):
            return pools
    raise ValueError(members)
