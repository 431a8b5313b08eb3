"""The generations of a store's keys, as they lie in its file: sealed, each under its lock.

This file knows which there are and gives them to the sealer of a lock that opens (ENVELOPE
E-14.7). It refuses to know when one begins or ends: `turnover.py` does.
"""

from collections.abc import Iterable

from client.shelf import Lock
from keys.calendar import Day
from keys.errors import StoreDamaged
from keys.keystore import RowSealer
from keys.rows import FIRST


class Generations:
    """What a store keeps of its generations, and on which day the newest of each lock began.

    Args:
        found: the lock's name, the number and the sealed key of each.

    Raises:
        StoreDamaged: one is of a lock that there is not.
    """

    def __init__(self, found: Iterable[tuple[str, int, bytes]]) -> None:
        self._sealed: dict[Lock, dict[int, bytes]] = {lock: {} for lock in Lock}
        self._began: dict[Lock, Day] = {}
        names = {lock.value: lock for lock in Lock}
        for name, number, sealed in found:
            if name not in names:
                raise StoreDamaged
            self._sealed[names[name]][number] = sealed

    def open(self, lock: Lock, sealer: RowSealer) -> int:
        """Have `sealer` hold every generation of its lock; returns how many do not open.

        What is sealed under one that does not open is left out as damaged, row for row.
        """
        damaged = 0
        self._began.pop(lock, None)
        for number, sealed in sorted(self._sealed[lock].items()):
            try:
                self._began[lock] = sealer.take(lock.value, number, sealed)
            except StoreDamaged:
                damaged += 1
        return damaged

    def began(self, lock: Lock) -> Day | None:
        """Return on which day the newest generation of an open lock began; None for the first."""
        return self._began.get(lock)

    def many(self, lock: Lock) -> bool:
        """Return whether a turn was begun and not ended."""
        return len(self._sealed[lock]) > 1

    def next(self, lock: Lock) -> int:
        """Return the number of the generation to begin, above all that ever stood here."""
        return 1 + max(self._sealed[lock], default=FIRST)

    def added(self, lock: Lock, number: int, sealed: bytes, sealer: RowSealer) -> None:
        """Hold a generation that has just become durable."""
        self._sealed[lock][number] = sealed
        self._began[lock] = sealer.take(lock.value, number, sealed)

    def ended(self, lock: Lock, before: int, sealer: RowSealer) -> None:
        """Let go of the generations whose keys were just destroyed, all but the lock's own."""
        for number in [one for one in self._sealed[lock] if one < before]:
            del self._sealed[lock][number]
            sealer.drop(number)
