"""The game: the attacker learns in weeks of his own, is told slots in others, and is scored.

This file knows the truth, and compares it with his guesses. One job is one value that can be sent
to another process, and so is its score.
"""

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from math import sqrt
from pathlib import Path
from time import process_time
from typing import Final

from tests.bench.simulation.attacker import Attacker, Odd
from tests.bench.simulation.scene import Handover, Scene
from tests.bench.simulation.stock import stock
from tests.bench.simulation.tables import Tables
from tests.bench.simulation.town import Town

_Z: Final = 1.96
"""Of the interval in which the truth lies 19 times of 20."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How he did with one question: of how many, and how probable the truth was to him.

    Attributes:
        tries: how many cases.
        right: how often whom he named was the one.
        truth: the mean of what he gave to the one who was it (posterior on the truth).
        base: the same for somebody who knows nothing but the roster.
    """

    tries: int
    right: int
    truth: float
    base: float

    @property
    def share(self) -> float:
        """How often he was right."""
        return self.right / self.tries

    @property
    def between(self) -> tuple[float, float]:
        """Return between what his true rate lies, 19 times of 20 (Wilson's interval)."""
        n, p = self.tries, self.share
        middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
        wide = _Z * sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
        return max(0.0, middle - wide), min(1.0, middle + wide)

    @property
    def is_base(self) -> bool:
        """Whether he is no better than somebody who knows nothing, as far as can be told."""
        return self.between[0] <= self.base


@dataclass(frozen=True, slots=True)
class Score:
    """How he did in some weeks, for both questions, and for both at once."""

    sender: Rate
    recipient: Rate
    pair: Rate


@dataclass(frozen=True, slots=True)
class Lived:
    """What a scene has cost, and how the attacker did in it.

    Attributes:
        guesses: for each case: chance given to the sender, to the receiver, and both named right.
        table_seconds: processor time in the broker's tables; 0 where there were none.
        table_bytes: how large they have become.
        sealed: of how many real cells all those were drawn, so far in this process.
    """

    scene: Scene
    cells: int
    guesses: tuple[tuple[float, float, bool, bool], ...]
    seconds: float
    table_seconds: float = 0
    table_bytes: int = 0
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """One scene to be lived through in a process of its own.

    Attributes:
        learn: so many days of the same kind are the attacker's own; 0 asks `attacker`.
        tables: whether the broker's real tables are written.
        place: where they lie.
    """

    scene: Scene
    learn: int = 0
    attacker: Attacker | None = field(default=None, repr=False)
    tables: bool = False
    place: str | None = None


def learned(scene: Scene, days: int) -> Attacker:
    """Return an attacker that has lived through so many days of the same kind."""
    town = Town(replace(scene, seed=f"{scene.seed}, the attacker's own", days=days))
    attacker = Attacker()
    attacker.learn(town.run(), town.handovers)
    return attacker


def play(job: Job) -> Lived:
    """Live through a scene, and let the attacker guess each of its cases."""
    began = process_time()
    attacker = job.attacker or (learned(job.scene, job.learn) if job.learn else None)
    with (
        tempfile.TemporaryDirectory(dir=job.place) as folder,
        Tables.in_(Path(folder) / "store") if job.tables else nullcontext() as tables,
    ):
        town = Town(job.scene, tables)
        view = town.run()
        cost = (tables.seconds, tables.size) if tables else (0.0, 0)
    guesses = () if attacker is None else tuple(_guesses(attacker, Odd(view), town.handovers))
    cells = sum(view.cells.values())
    sealed = stock().sealed.total()
    return Lived(job.scene, cells, guesses, process_time() - began, *cost, sealed)


def _guesses(
    attacker: Attacker, odd: Odd, truth: Sequence[Handover]
) -> Iterable[tuple[float, float, bool, bool]]:
    for one in truth:
        guess = attacker.guess(odd, one.slot)
        named = guess.pair()
        sender, recipient = one.thread.sender, one.thread.recipient
        chances = guess.sender[sender], guess.recipient[recipient]
        yield *chances, named[0] == sender, named[1] == recipient


def score(many: Iterable[Lived]) -> Score:
    """Sum up how he did in several scenes."""
    rows = [(*guess, one.scene.pool.centres) for one in many for guess in one.guesses]
    tries = len(rows)

    def rate(right: Sequence[bool], truth: Sequence[float], base: Sequence[float]) -> Rate:
        return Rate(tries, sum(right), sum(truth) / tries, sum(base) / tries)

    return Score(
        rate([row[2] for row in rows], [row[0] for row in rows], [1 / row[4] for row in rows]),
        rate(
            [row[3] for row in rows],
            [row[1] for row in rows],
            # Who is named the sender is not named the receiver.
            [1 / (row[4] - 1) for row in rows],
        ),
        rate(
            [row[2] and row[3] for row in rows],
            [row[0] * row[1] for row in rows],
            [1 / (row[4] * (row[4] - 1)) for row in rows],
        ),
    )
