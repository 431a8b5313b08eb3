"""Chance that comes out the same each time: a simulation can be run again from its seed.

This file knows how to make numbers of a seed and a name. None of them protects anything.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from math import log
from typing import Final, TypeVar

T = TypeVar("T")
_WHOLE: Final = 1 << 64


class Dice:
    """A stream of numbers that follows from its labels alone."""

    def __init__(self, *labels: object) -> None:
        self._numbers = _numbers(repr(labels).encode())

    def fraction(self) -> float:
        """Return a number from 0 up to, but not including, 1."""
        return next(self._numbers) / _WHOLE

    def below(self, most: int) -> int:
        """Return a whole number from 0 up to, but not including, `most`."""
        return next(self._numbers) * most // _WHOLE

    def happens(self, chance: float) -> bool:
        """Say whether something of this chance happens."""
        return self.fraction() < chance

    def wait(self, mean: float) -> float:
        """Return how long one waits for what comes at any moment alike, `mean` on average."""
        return -mean * log(1 - self.fraction())

    def one_of(self, many: Sequence[T]) -> T:
        """Return any of `many`."""
        return many[self.below(len(many))]


def _numbers(seed: bytes) -> Iterator[int]:
    block = sha256(seed).digest()
    while True:
        for at in range(0, len(block), 8):
            yield int.from_bytes(block[at : at + 8], "big")
        block = sha256(seed + block).digest()
