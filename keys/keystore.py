"""The keystore: the machine's lock and the staff's lock (ENVELOPE E-14).

This file knows how the two locks open, and that a try is counted before it is made. It refuses
to know the time, the environment and what the keys are used for: instants, paths and passphrases
are arguments.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from keys.calendar import Instant
from keys.errors import LastSlot, OverLong, SlotTaken, StoreDamaged, WaitBeforeTrying
from keys.rows import KEY_BYTES, RowSealer, StoreKey
from keys.secretfile import read_credential, read_secret, rewriting, write_secret
from keys.slots import MODERATE, MOST_SLOTS, Cost, Slot, SlotFile, check_strength, same_name

__all__ = [
    "CREDENTIAL",
    "MODERATE",
    "Cost",
    "MachineLock",
    "RowSealer",
    "StaffSlots",
    "StoreKey",
    "read_secret",
    "write_secret",
]

MACHINE_KEY: Final = "machine.key"
CREDENTIAL: Final = "folge-machine-key"
"""The name of the systemd credential that may hold the machine key instead of a file."""


# ── the machine lock ─────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class MachineLock:
    """The lock that the service opens by itself when the machine starts."""

    store_key: StoreKey = field(repr=False)

    @classmethod
    def create(cls, directory: Path) -> Self:
        """Make a new machine key in `directory`.

        Raises:
            AlreadyThere: the directory has one.
            DiskFull, NotHere, StoreDamaged: see `write_secret`.
        """
        key = StoreKey.generate()
        write_secret(directory / MACHINE_KEY, key.reveal(), fresh=True)
        return cls(key)

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Read the machine key from `directory`.

        Raises:
            UnsafeFile, NotHere: see `read_secret`.
            StoreDamaged: it is not 32 bytes.
        """
        return cls(_machine_key(read_secret(directory / MACHINE_KEY)))

    @classmethod
    def from_credential(cls, directory: Path) -> Self:
        """Read the machine key from a systemd credentials directory, whose path the edge knows.

        Raises:
            UnsafeFile, NotHere: see `read_credential`.
            StoreDamaged: it is not 32 bytes.
        """
        return cls(_machine_key(read_credential(directory / CREDENTIAL)))


def _machine_key(octets: bytes) -> StoreKey:
    if len(octets) != KEY_BYTES:
        raise StoreDamaged
    return StoreKey(octets)


# ── the staff lock ───────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class StaffSlots:
    """The lock that staff open: one file, in which each has a slot around the same store key.

    The object holds nothing but the path. Every step reads the file anew under its directory's
    lock, so that two processes share one count of wrong tries.
    """

    path: Path

    @classmethod
    def create(
        cls, path: Path, name: str, passphrase: str, cost: Cost = MODERATE
    ) -> tuple[Self, StoreKey]:
        """Make a new staff store key and its first slot.

        Raises:
            AlreadyThere: the file exists.
            WeakPassphrase, OverLong, WrongShape, NoMemory: see `Slot.wrap`.
            DiskFull, NotHere, StoreDamaged: see `write_secret`.
        """
        key = StoreKey.generate()
        made = SlotFile(key.derive("check"), (Slot.wrap(key, name, passphrase, cost),))
        write_secret(path, made.encode(), fresh=True)
        return cls(path), key

    def names(self) -> tuple[str, ...]:
        """Return the names of all who have a slot, oldest first.

        Raises:
            UnsafeFile, NotHere: see `read_secret`.
            StoreDamaged: the file is not in its form.
        """
        return tuple(slot.name for slot in SlotFile.decode(read_secret(self.path)).slots)

    def unlock(self, name: str, passphrase: str, now: Instant) -> StoreKey:
        """Return the store key, when `passphrase` opens that one slot.

        The try is counted durably before it is made, so that killing the program gives nobody a
        free one; a right passphrase sets the count back to nothing.

        Raises:
            WaitBeforeTrying: too soon after too many wrong tries; nothing was tried.
            WrongPassphrase: with the number of `tries` before the next wait.
            NotHere: nobody of that name has a slot, or there is no file.
            DiskFull: the try cannot be counted, so it is not made.
            OverLong, NoMemory: see `Slot.unwrap`.
            UnsafeFile, StoreDamaged: the file is not to be trusted.
        """
        slot = self._count(name, now)
        key = slot.unwrap(passphrase)
        with self._open() as (file, save):
            opened = file.find(name)
            save(file.exchanged(opened, opened.forgiven()))
        return key

    def _count(self, name: str, now: Instant) -> Slot:
        with self._open() as (file, save):
            found = file.find(name)
            slot, wait = found.knock(now)
            if slot != found:
                save(file.exchanged(found, slot))
        if wait:
            raise WaitBeforeTrying(seconds=wait)
        return slot

    def add(
        self, store_key: StoreKey, name: str, passphrase: str, cost: Cost | None = None
    ) -> None:
        """Give one more staff member a slot; whoever holds the open store key may.

        Args:
            store_key: what the lock guards.
            name: of the new slot.
            passphrase: of the new slot.
            cost: of a try of it; without one, that of the costliest slot there is.

        Raises:
            SlotTaken: that name has one.
            StoreDamaged: `store_key` is not the one in the other slots.
            OverLong: the file is full, or the passphrase too long.
            WeakPassphrase, WrongShape, NoMemory: see `Slot.wrap`.
            DiskFull, UnsafeFile, NotHere: as in `unlock`.
        """
        slots = SlotFile.decode(read_secret(self.path)).slots
        costs = cost or max((slot.cost for slot in slots), key=lambda one: (one.memory, one.passes))
        made = Slot.wrap(store_key, name, passphrase, costs)
        with self._open() as (file, save):
            if file.check != store_key.derive("check"):
                raise StoreDamaged
            if any(same_name(slot.name, name) for slot in file.slots):
                raise SlotTaken
            if len(file.slots) >= MOST_SLOTS:
                raise OverLong(limit=MOST_SLOTS)
            save(SlotFile(file.check, (*file.slots, made)))

    def remove(self, name: str) -> None:
        """Take a staff member's slot away.

        It closes this file to them. A copy of the old file still opens to the old passphrase,
        which is why the store key is rotated afterwards.

        Raises:
            LastSlot: it is the only one.
            NotHere: nobody of that name has a slot.
            DiskFull, UnsafeFile, StoreDamaged: as in `unlock`.
        """
        with self._open() as (file, save):
            gone = file.find(name)
            if len(file.slots) == 1:
                raise LastSlot
            save(SlotFile(file.check, tuple(slot for slot in file.slots if slot != gone)))

    def change(self, name: str, old: str, new: str, now: Instant) -> None:
        """Wrap a slot anew under another passphrase, at the cost it had.

        Raises:
            WeakPassphrase, OverLong: the new one; the old one was not tried.
            WaitBeforeTrying, WrongPassphrase, NotHere, DiskFull: the old one, as in `unlock`.
        """
        check_strength(new)
        key = self.unlock(name, old, now)
        with self._open() as (file, save):
            before = file.find(name)
            made = Slot.wrap(key, before.name, new, before.cost)
            save(file.exchanged(before, made))

    @contextmanager
    def _open(self) -> Generator[tuple[SlotFile, Callable[[SlotFile], None]], None, None]:
        """Hold the file for one change: give what stands in it, and how to save what shall."""
        with rewriting(self.path) as (data, save):
            yield SlotFile.decode(data), lambda made: save(made.encode())
