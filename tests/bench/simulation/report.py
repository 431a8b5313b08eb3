"""How the results are said: tables for a terminal, each number marked, and two plots.

This file knows which number was measured in this run and which was computed from others. It
refuses to run anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from client.offers import PREKEYS
from keys.address import CLASSES_ON, CellClass, Role, readable, writable
from keys.calendar import DAY_SECONDS
from keys.schedule import Schedule
from tests.bench.simulation.game import Rate, Score, score
from tests.bench.simulation.plan import RealCosts, Results, Sharded
from tests.bench.simulation.pools import (
    LIMIT,
    cells,
    dearest,
    down,
    egress,
    ingress,
    lists,
    pool_of,
    sharded,
    up,
)
from tests.bench.simulation.svg import Plot, bars, lines
from tests.bench.simulation.traffic import Pool

MEASURED: Final = "measured"
COMPUTED: Final = "computed"
_MB: Final = 1e6
_GB: Final = 1e9
GAMES: Final = {
    "at once": "everything leaves at once, receipts too",
    "first": "what staff send leaves at once, answers ride",
    "urgent": "one envelope of staff in five is urgent",
    "lanes": "all by the lanes, as the client does it",
    "unlock": "planted: new keys go out when a desk is first unlocked",
    "lists": "planted: a list is told when a desk is first unlocked",
    "late": "planted: a real cell leaves 1 ms later",
    "again": "planted: who has received something reads once more",
    "order": "planted: a batch lists first what stood in line",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One number: what it is of, as text, and whether it was measured or computed."""

    what: str
    value: str
    how: str


def one_day(day: RealCosts) -> Iterator[Row]:
    """Give the costs of the day with real cryptography."""
    costs, pool = day.costs, day.pool
    counts = {Role.CENTRE: pool.centres, Role.POLICE: pool.districts}
    yield Row("cells made, paid for, kept", f"{costs.cells:,}", MEASURED)
    yield Row("tokens blind-signed and verified", f"{costs.tokens:,}", MEASURED)
    for role, count in counts.items():
        sent = sum(size for (of, _), size in costs.up.items() if of is role)
        yield Row(f"{role}: sent, each", f"{sent / count / _MB:,.1f} MB", MEASURED)
        yield Row(f"{role}: fetched, each", f"{costs.down[role] / _MB:,.1f} MB", MEASURED)
        tried, seconds = costs.tried[role], costs.seconds[f"{role}: try all notes"]
        said = f"{seconds / count:,.2f} s CPU for {tried // count:,} notes"
        yield Row(f"{role}: all notes tried, each", said, MEASURED)
    whole = sum(counts.values())
    for work, what in (
        ("member: make and bind cells", "member: cells sealed and bound, each"),
        ("member: ask for tokens", "member: tokens asked for and unblinded, each"),
    ):
        yield Row(what, f"{costs.seconds[work] / whole:,.2f} s CPU", MEASURED)
    for work, what in (
        ("issuer: sign tokens", "issuer: tokens signed"),
        ("broker: check and keep cells", "broker: cells checked and kept (with the posting side)"),
        ("broker: close batches", "broker: batches closed"),
    ):
        yield Row(what, f"{costs.seconds[work]:,.1f} s CPU", MEASURED)
    yield Row("broker: cells on disk", f"{costs.disk / _MB:,.0f} MB", MEASURED)
    sent = sum(count * costs.down[role] for role, count in counts.items())
    rate = f"{sent / _GB:,.1f} GB, {sent * 8 / DAY_SECONDS / _MB:,.1f} Mbit/s"
    yield Row("broker: sent to all members", rate, COMPUTED)
    yield Row("real envelopes posted", f"{day.real:,}", MEASURED)
    yield Row("  opened by their receiver, by nobody else", f"{day.opened:,}", MEASURED)
    same = "the same" if day.same else "NOT the same"
    yield Row("  slots and deliveries beside the run without cryptography", same, MEASURED)
    yield from _keys(day)


def _keys(day: RealCosts) -> Iterator[Row]:
    """Give what the keys board and its one-time keys have cost on the first day of a week."""
    costs, members = day.costs, day.pool.members
    seconds = costs.seconds
    told = costs.told[PREKEYS] / members / _MB
    yield Row("one-time keys: told on the day, each", f"{told:,.2f} MB", MEASURED)
    if costs.lists:
        made = seconds["member: make lists"] / costs.lists
        yield Row("one-time keys: a list made and signed", f"{made:,.2f} s CPU", MEASURED)
    fetched = costs.board / members / _MB
    yield Row("keys board: fetched on the day, each", f"{fetched:,.1f} MB", MEASURED)
    read = seconds["member: read the keys board"] / members
    yield Row("keys board: read, verified, kept, each", f"{read:,.2f} s CPU", MEASURED)
    kept = seconds["broker: keys board"]
    yield Row("broker: keys board verified and kept", f"{kept:,.2f} s CPU", MEASURED)
    once = f"{costs.once:,} of {costs.begun:,}"
    yield Row("packages sealed to a one-time key", once, MEASURED)
    yield Row("  opened by it, which was then destroyed", f"{costs.opened_once:,}", MEASURED)
    trial = f"{seconds['member: open by trial']:,.2f} s CPU for {day.opened:,} notes"
    yield Row("all that came opened by trial, by all", trial, MEASURED)
    yield Row("all one-time keys tried on one note", f"{day.tried:,.3f} s CPU", COMPUTED)


def sizes(results: Results) -> Iterator[Row]:
    """Give what members and brokers pay at each size, and over weeks."""
    schedule = Schedule()
    for one in results.sharded:
        yield from _size(one, results.day, schedule)
    long = results.long
    days, pool = long.scene.days, long.scene.pool
    at = f"{pool.members} members, {days} days"
    for role in Role:
        there, back = up(role, schedule) * days / _GB, down(role, pool, schedule) * days / _GB
        yield Row(f"{at}: {role}", f"{there:,.1f} GB up, {back:,.1f} GB down", COMPUTED)
        busy = f"{processor(role, pool, results.day, schedule) * days:,.0f} s CPU"
        yield Row(f"{at}: {role}", busy, COMPUTED)
    yield Row(f"{at}: cells in the broker's tables", f"{long.cells:,}", MEASURED)
    yield Row(f"{at}: drawn from so many real cells", f"{long.sealed:,}", MEASURED)
    yield Row(f"{at}: tables", f"{long.table_bytes / days / _MB:,.1f} MB a day", MEASURED)
    yield Row(f"{at}: tables", f"{long.table_seconds / days:,.1f} s CPU a day", MEASURED)


def processor(role: Role, pool: Pool, day: RealCosts, schedule: Schedule) -> float:
    """Return a member's seconds of processor time a day, from those of the real day.

    Trying notes and reading keys grow with the pool; cells and tokens are each member's own.
    """
    costs, members = day.costs, day.pool.members
    every = (found for board in readable(role) for found in cells(pool, schedule, board))
    notes = sum(count for cls, count in every if cls is CellClass.NOTE)
    tried = costs.seconds[f"{role}: try all notes"] / costs.tried[role]
    made = costs.seconds["member: make and bind cells"] + costs.seconds["member: ask for tokens"]
    mine = sum(schedule.slots(cls) for one in writable(role) for cls in CLASSES_ON[one])
    keys = costs.seconds["member: read the keys board"] / members**2
    return notes * tried + mine * made / costs.cells + keys * pool.members


def _size(one: Sharded, day: RealCosts, schedule: Schedule) -> Iterator[Row]:
    largest = max(one.pools, key=lambda pool: pool.members)
    at = f"{one.members:,} members"
    pools = f"{len(one.pools)}, of at most {largest.members}"
    yield Row(f"{at}: pools", pools, COMPUTED)
    for role in Role:
        there, back = up(role, schedule) / _MB, down(role, largest, schedule) / _GB
        yield Row(f"{at}: {role}, a day", f"{there:,.0f} MB up, {back:,.2f} GB down", COMPUTED)
        busy = f"{processor(role, largest, day, schedule):,.0f} s CPU"
        yield Row(f"{at}: {role}, a day", busy, COMPUTED)
        most = f"{dearest(role, largest, schedule) / _GB:,.2f} GB down"
        yield Row(f"{at}: {role}, on a week's first day", most, COMPUTED)
    keys = f"{lists(largest.members) / _MB:,.0f} MB"
    yield Row(f"{at}: everybody's one-time keys, a week, to each", keys, COMPUTED)
    came = sum(ingress(pool, schedule) for pool in one.pools)
    rate = f"{came * 8 / DAY_SECONDS / _MB:,.0f} Mbit/s"
    yield Row(f"{at}: brokers receive", rate, COMPUTED)
    sent = sum(egress(pool, schedule) for pool in one.pools)
    yield Row(f"{at}: brokers send", f"{sent * 8 / DAY_SECONDS / _MB:,.0f} Mbit/s", COMPUTED)
    cells = sum(pool.cells for pool in one.lived)
    lived = f"{at}: cells of a day in {len(one.lived)} of {len(one.pools)} pools, by the schedulers"
    yield Row(lived, f"{cells:,}", MEASURED)
    if in_tables := [pool.table_seconds for pool in one.lived if pool.table_seconds]:
        many, mean = len(in_tables), sum(in_tables) / len(in_tables)
        yield Row(f"{at}: tables of {many} pools, each", f"{mean:,.1f} s CPU a day", MEASURED)
        every = f"{mean * len(one.pools):,.0f} s CPU a day"
        yield Row(f"{at}: all tables", every, COMPUTED)


def rates(score: Score) -> tuple[str, ...]:
    """Return a game's line: of sender and receiver what the truth got, and how often named."""
    return (*_rate(score.sender), *_rate(score.recipient), f"{score.pair.truth:.4f}")


def _rate(rate: Rate) -> tuple[str, str, str]:
    low, high = rate.between
    return f"{rate.truth:.3f}", f"{rate.share:.3f} [{low:.3f}–{high:.3f}]", f"{rate.base:.3f}"


def pools_score(one: Sharded) -> Score | None:
    """Return how he did in all pools of a size together."""
    return score(one.lived) if any(pool.guesses for pool in one.lived) else None


# ── Plots ────────────────────────────────────────────────────────────────────────────────────
def guesses(results: Results) -> str:
    """Draw how often he names the right one, in each game."""
    shown = {
        "at once": "everything|at once",
        "first": "what staff send|at once",
        "lanes": "all by|the lanes",
        "unlock": "keys at unlocking|(planted)",
        "late": "1 ms late|(planted)",
    }
    scores = [results.scores[name] for name in shown]
    base = scores[0].sender.base
    plot = Plot(
        "Who sent this case, and to whom?",
        f"How often the attacker names the right one of 45 centres, in {results.size.days} days. "
        "Broken line: who knows nothing.",
        "share of the cases",
        1.0,
        (base, ""),
    )
    return bars(
        plot,
        list(shown.values()),
        {
            "the sender": [one.sender.share for one in scores],
            "the receiver": [one.recipient.share for one in scores],
        },
    )


def downloads() -> str:
    """Draw what a member fetches a day against how many there are, sharded and not."""
    schedule = Schedule()
    across = (10, 20, 57, 100, 147, 200, 500, 1_000, 5_000)
    plot = Plot(
        "What one member fetches a day",
        "Computed from the default lanes, for a district, which reads the busiest board, "
        "on the first day of a week.",
        "GB a day",
        8,
        (LIMIT / _GB, "5 GB: members are sharded into pools"),
    )
    largest = {many: max(sharded(many, schedule), key=lambda pool: pool.members) for many in across}
    return lines(
        plot,
        across,
        {
            "in pools": [dearest(Role.POLICE, largest[many], schedule) / _GB for many in across],
            "all in one": [dearest(Role.POLICE, pool_of(many), schedule) / _GB for many in across],
        },
    )
