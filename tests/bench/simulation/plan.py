"""What the simulation lives through, and with how much: the full run, and a quick one.

This file knows which scenes answer which question. It runs them, two processes at a time, and
gives plain results; how they look is the report's.
"""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import disk_usage
from time import perf_counter
from typing import Final

from keys.calendar import day_of
from keys.schedule import Schedule
from tests.bench.simulation.attacker import Attacker
from tests.bench.simulation.costs import Costs
from tests.bench.simulation.day import RealDay
from tests.bench.simulation.game import Job, Lived, Score, learned, play, score
from tests.bench.simulation.lists import weigh
from tests.bench.simulation.pools import sharded
from tests.bench.simulation.scene import START, Desk, Leak, Manner, Scene
from tests.bench.simulation.town import Town
from tests.bench.simulation.traffic import Pool

SHM: Final = Path("/dev/shm")  # noqa: S108 - files in memory, in a directory of their own
_ROOM: Final = 8 << 30
GAMES: Final[Mapping[str, Scene]] = {
    "at once": Scene("", 0, manner=Manner.AT_ONCE),
    "first": Scene("", 0, manner=Manner.FIRST),
    "urgent": Scene("", 0, manner=Manner.URGENT),
    "lanes": Scene("", 0),
    "unlock": Scene("", 0, desk=Desk.UNLOCKED),
    "lists": Scene("", 0, desk=Desk.LISTS),
    "late": Scene("", 0, leak=Leak.LATE),
    "again": Scene("", 0, leak=Leak.AGAIN),
    "order": Scene("", 0, leak=Leak.ORDER),
}
"""Each game by its name: three that are not all by the lanes, the lanes, and planted faults."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is lived through.

    Attributes:
        day: the pool of the day with real cryptography.
        slots: its schedule.
        games: the pool of each game.
        days: of each game, and as many for the attacker to learn in.
        long: days of the broker's tables.
        members: sizes that are sharded into pools.
        pools: how many pools of each are lived through, at most.
        tables: how many pools of each are written to the broker's tables, at most.
    """

    day: Pool = field(default_factory=Pool)
    slots: tuple[int, int, int] = (300, 900, 14_400)
    games: Pool = field(default_factory=Pool)
    days: int = 30
    long: int = 30
    members: tuple[int, ...] = (57, 500, 5_000)
    pools: int = 1_000
    tables: int = 4


QUICK: Final = Size(Pool(7, 2), (3_600, 3_600, 14_400), days=6, long=1, pools=1, tables=0)


@dataclass(frozen=True, slots=True)
class Sharded:
    """Members in pools, through one day: all by the schedulers, the first pools in the tables."""

    members: int
    pools: tuple[Pool, ...]
    lived: tuple[Lived, ...]


@dataclass(frozen=True, slots=True)
class RealCosts:
    """What the day with real cryptography has cost, and whether all came to whom it was for.

    Attributes:
        real: how many real envelopes stood on the boards.
        opened: how many of them were opened by their receiver, and by nobody else.
        same: whether every slot and delivery was that of the town without cryptography.
        tried: seconds to try all one-time secrets of two weeks on a note that none opens.
    """

    pool: Pool
    slots: tuple[int, int, int]
    costs: Costs
    real: int
    opened: int
    same: bool
    tried: float


@dataclass(frozen=True, slots=True)
class Results:
    """All that was found, and in how many seconds."""

    seed: str
    size: Size
    day: RealCosts
    long: Lived
    sharded: tuple[Sharded, ...]
    scores: Mapping[str, Score]
    seconds: float


def run(seed: str, size: Size, tell: Callable[[str], None]) -> Results:
    """Live through all of it."""
    began = perf_counter()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        lived = _begin(seed, size, pool)
        tell("one day with real cryptography")
        day = real_day(replace(_scene(seed, size), pool=size.day, slots=size.slots), pool)
        tell("games, weeks and pools")
        games = {name: score([future.result()]) for name, future in lived["games"].items()}
        (long,) = (future.result() for future in lived["long"].values())
        attacker = learned(_scene(seed, size), size.days)
        shards = tuple(_sharded(seed, size, members, attacker, pool) for members in size.members)
    return Results(seed, size, day, long, shards, games, perf_counter() - began)


def _scene(seed: str, size: Size, game: str = "lanes") -> Scene:
    return replace(GAMES[game], seed=seed, days=size.days, pool=size.games)


def _begin(seed: str, size: Size, pool: Executor) -> Mapping[str, Mapping[str, "Future[Lived]"]]:
    weeks = Job(replace(_scene(seed, size), days=size.long), tables=True, place=place())
    games = {name: Job(_scene(seed, size, name), learn=size.days) for name in GAMES}
    return {
        "long": {"long": pool.submit(play, weeks)},
        "games": {name: pool.submit(play, job) for name, job in games.items()},
    }


def _sharded(seed: str, size: Size, members: int, attacker: Attacker, pool: Executor) -> Sharded:
    pools = sharded(members, Schedule())
    jobs: Iterable[Job] = [
        Job(
            replace(GAMES["lanes"], seed=f"{seed}, pool {at}", days=1, pool=one),
            attacker=attacker,
            tables=at < size.tables,
            place=place(),
        )
        for at, one in enumerate(pools[: size.pools])
    ]
    return Sharded(members, pools, tuple(pool.map(play, jobs)))


def real_day(scene: Scene, pool: Executor) -> RealCosts:
    """Live through one day with real cryptography, and read and open all of it."""
    scene = replace(scene, days=1)
    with (
        tempfile.TemporaryDirectory(dir=place()) as folder,
        RealDay.begun(scene, Path(folder) / "store") as day,
    ):
        day.run()
        found = day.read(pool)
        opened = day.open(found)
    town = Town(scene)
    same = (town.run(), town.delivered, town.handovers) == (
        day.view,
        day.delivered,
        day.handovers,
    )
    tried = weigh(scene.pool.members, day_of(START)).tried
    return RealCosts(scene.pool, scene.slots, day.costs, day.posted_notes, opened, same, tried)


def place() -> str | None:
    """Return where stores lie: in memory where there is room, for no disk is measured here."""
    return str(SHM) if SHM.is_dir() and disk_usage(SHM).free > _ROOM else None
