"""The generations of a store's keys, as they lie in its file: sealed, each under its lock.

This file knows which there are and gives them to the sealer of a lock that opens (ENVELOPE
E-14.7). It refuses to know when one begins or ends: `turnover.py` does.
"""

from collections.abc import Collection, Iterable

from client.shelf import Lock
from keys.calendar import Day
from keys.errors import StoreDamaged
from keys.keystore import RowSealer


class Generations:
    """What a store keeps of its generations, and on which day the newest of each lock began.

    Args:
        found: the lock's name, the number and the sealed key of each.

    Raises:
        StoreDamaged: one is of a lock that there is not.
    """

    def __init__(self, found: Iterable[tuple[str, int, bytes]]) -> None:
        self._sealed: dict[Lock, dict[int, bytes]] = {lock: {} for lock in Lock}
        self._closed: dict[Lock, set[int]] = {lock: set() for lock in Lock}
        self._began: dict[Lock, Day] = {}
        names = {lock.value: lock for lock in Lock}
        for name, number, sealed in found:
            if name not in names:
                raise StoreDamaged
            self._sealed[names[name]][number] = sealed

    def open(self, lock: Lock, sealer: RowSealer) -> int:
        """Have `sealer` hold every generation of its lock; returns how many do not open.

        What is sealed under one that does not open is left out as damaged, row for row. It is
        kept all the same: the lock itself may have been opened with a key of another store.
        """
        self._closed[lock].clear()
        self._began.pop(lock, None)
        for number, sealed in sorted(self._sealed[lock].items()):
            try:
                self._began[lock] = sealer.take(lock.value, number, sealed)
            except StoreDamaged:
                self._closed[lock].add(number)
        return len(self._closed[lock])

    def began(self, lock: Lock) -> Day | None:
        """Return on which day the newest generation of an open lock began; None for the first."""
        return self._began.get(lock)

    def many(self, lock: Lock) -> bool:
        """Return whether a turn was begun and not ended."""
        return len(self._sealed[lock]) - len(self._closed[lock]) > 1

    def opened(self, lock: Lock, number: int) -> bool:
        """Return whether a generation's key opened under its lock."""
        return number in self._sealed[lock] and number not in self._closed[lock]

    def added(self, lock: Lock, number: int, sealed: bytes, sealer: RowSealer) -> None:
        """Hold a generation that has just become durable."""
        self._sealed[lock][number] = sealed
        self._began[lock] = sealer.take(lock.value, number, sealed)

    def ended(self, lock: Lock, numbers: Collection[int], sealer: RowSealer) -> None:
        """Let go of the generations whose keys were just destroyed."""
        for number in numbers:
            self._sealed[lock].pop(number, None)
            self._closed[lock].discard(number)
            sealer.drop(number)
