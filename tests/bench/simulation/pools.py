"""How many members one pool has, and what a day costs each: computed from the schedule alone.

This file knows the rule of thumb (ADR 3): no member fetches more than 5 GB a day; beyond that the
members are sharded into pools, each with its own boards. Among how many one stands is then the
pool. It measures nothing; a test compares it with what is counted on the broker's disk.
"""

from collections.abc import Iterator
from typing import Final

from keys.address import CELL_BYTES, CLASSES_ON, Board, CellClass, Role, readable, writable
from keys.schedule import Schedule
from tests.bench.simulation.traffic import CENTRES, DISTRICTS, Pool

LIMIT: Final = 5_000_000_000
"""Bytes that a member fetches a day, at most."""
_LEAF: Final = 33


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


def down(role: Role, pool: Pool, schedule: Schedule) -> int:
    """Return the bytes that a member fetches in a day: its boards, and the leaf lists of all."""
    leaves = sum(count for board in Board for _, count in cells(pool, schedule, board))
    bodies = sum(
        count * CELL_BYTES[cls]
        for board in readable(role)
        for cls, count in cells(pool, schedule, board)
    )
    return bodies + _LEAF * leaves


def egress(pool: Pool, schedule: Schedule) -> int:
    """Return the bytes that a pool's broker sends in a day."""
    centres = pool.centres * down(Role.CENTRE, pool, schedule)
    return centres + pool.districts * down(Role.POLICE, pool, schedule)


def pool_of(members: int) -> Pool:
    """Return a pool with the country's share of districts."""
    districts = max(1, round(members * DISTRICTS / (CENTRES + DISTRICTS)))
    return Pool(members - districts, districts)


def fits(pool: Pool, schedule: Schedule) -> bool:
    """Whether nobody in it fetches more than `LIMIT`."""
    return all(down(role, pool, schedule) <= LIMIT for role in Role)


def sharded(members: int, schedule: Schedule) -> tuple[Pool, ...]:
    """Return the fewest pools of about equal size that all fit."""
    for many in range(1, members + 1):
        sizes = [members // many + (at < members % many) for at in range(many)]
        pools = tuple(pool_of(size) for size in sizes)
        if all(fits(pool, schedule) for pool in pools):
            return pools
    raise ValueError(members)
