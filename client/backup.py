"""Backup and restore: one sealed file out, and a client that reuses nothing back.

This file knows what belongs into a backup, what must never come back out of one, and that a
restored directory appears whole or not at all. It refuses to overwrite a member, and to open a
backup by anything but a staff passphrase.

What is burnt, at the making and again at the restore (design § 5, P18): every token and every
sealed cell, for they may have left since; the machine's signing key, for a newer certificate may
stand on the keys board; at the restore also every one-time key of others, for it may have been
sealed to. Own epoch keys and prekeys stay: without them what waits on the boards would be lost. The
cursors stay as they were, so that everything since is read again, a withdrawal too.

A backup keeps what is deleted later. Keep it no longer than cells live on the boards, 12 days; for
two weeks after a restore staff are told what may be back (`restored.py`, C-14.11).
"""

import asyncio
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client import backupfile
from client.alarms import Alarm, sound
from client.backupfile import Cover, Head
from client.cells import CellFiles
from client.disk import in_words, sync_directory
from client.home import Home
from client.ledger import Ledger
from client.offers import Offers
from client.poster import Poster
from client.prekeys import Prekeys
from client.restored import RESTORED, Restored, last_restore
from client.shelf import Shelf
from client.wallet import Wallet
from keys.address import Role
from keys.calendar import Day, Instant, day_of
from keys.errors import AlreadyThere
from keys.keystore import MACHINE_KEY, RowSealer, StaffSlots, StoreKey, read_secret, write_secret
from keys.wire import Fields, pack

_LEDGER: Final = "ledger.db"
_STAGE: Final = "backup.part"
_BURNT: Final = b"burnt"


# ── making ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Passphrase:
    """Whose passphrase seals or opens a backup."""

    name: str
    passphrase: str
    now: Instant
    """When it was typed, for the waits of the staff lock."""

    async def unlock(self, slots: Path) -> StoreKey:
        """Return the staff store key.

        Raises:
            WrongPassphrase, WaitBeforeTrying, NotHere: as `StaffSlots.unlock`.
        """
        lock = StaffSlots(slots)
        return await asyncio.to_thread(lock.unlock, self.name, self.passphrase, self.now)


async def backup(
    home: Home,
    ledger: Ledger,
    machine_key: StoreKey,
    by: Passphrase,
    destination: Path,
    also: Collection[str] = (),
) -> int:
    """Write a backup while the service runs; returns its size in bytes.

    Args:
        home: the member's directory.
        ledger: its store, which may be in use.
        machine_key: the machine lock's key.
        by: a staff member; whoever makes a backup shows that somebody can open it.
        destination: a new file, outside `home`.
        also: names of cell files to keep besides what has come: attachments of drafts.

    Raises:
        WrongPassphrase, WaitBeforeTrying, NotHere: `by` opens no slot; nothing was written.
        AlreadyThere: something is at `destination`.
        DiskFull, StoreDamaged: there is no room, or something cannot be read.
    """
    staff = await by.unlock(home.slots)
    stage = home.path / _STAGE
    with in_words():
        if destination.exists():
            raise AlreadyThere
        _clear(stage)
        stage.mkdir(mode=0o700)
    try:
        await ledger.copy_to(stage / _LEDGER)
        names = {*also, *await _burnt(stage / _LEDGER, machine_key, CellFiles(home.cells))}
        with in_words():
            await asyncio.to_thread(_write, home, stage, staff, machine_key, by, destination, names)
            return destination.stat().st_size
    finally:
        staff.wipe()
        with in_words():
            _clear(stage)


async def _burnt(path: Path, machine_key: StoreKey, cells: CellFiles) -> Collection[str]:
    """Burn a copy of the ledger; return the files of the blobs in it."""
    copy = await _opened(path, machine_key)
    try:
        await _burn(copy, cells)
        await copy.scrub()
        return (await _blobs(copy)).values()
    finally:
        await copy.close()


def _write(
    home: Home,
    stage: Path,
    staff: StoreKey,
    machine_key: StoreKey,
    by: Passphrase,
    destination: Path,
    names: Collection[str],
) -> None:
    cells = [home.cells / name for name in sorted(names) if (home.cells / name).is_file()]
    files = [stage / _LEDGER, *cells]
    head = Head(
        day_of(by.now),
        machine_key.reveal(),
        home.settings.read_bytes(),
        tuple((file.name, file.stat().st_size) for file in files),
    )
    backupfile.write(destination, read_secret(home.slots), staff, head, files)


def clear_unfinished(home: Home) -> None:
    """Remove what a backup that was killed left (or StoreDamaged); call it at start."""
    with in_words():
        _clear(home.path / _STAGE)


# ── putting back ─────────────────────────────────────────────────────────────────────────────
async def restore(source: Path, home: Home, by: Passphrase) -> Restored:
    """Make a member's directory from a backup; it appears whole, or not at all.

    Args:
        source: the backup.
        home: a directory that is missing or empty.
        by: a staff member of the day of the backup, with the passphrase of that day.

    Raises:
        AlreadyThere: a member lives there; nothing was changed.
        WrongPassphrase, NotHere: `by` opens no slot of the backup, or there is no such file.
        Malformed, Distrusted: the file is not a backup as it was written.
        DiskFull, StoreDamaged: it cannot be put back.
    """
    stage = Home(home.path.with_name(f".{home.path.name}.restoring"))
    with in_words():
        if home.path.exists() and any(home.path.iterdir()):
            raise AlreadyThere
        _clear(stage.path)
    stage.make()
    try:
        done = await _unpacked(source, stage, by)
        with in_words():
            stage.path.rename(home.path)
            sync_directory(home.path.parent)
    finally:
        with in_words():
            _clear(stage.path)
    return done


async def _unpacked(source: Path, stage: Home, by: Passphrase) -> Restored:
    with in_words():
        file = source.open("rb")
    with file:
        cover = await asyncio.to_thread(Cover.read, file)
        write_secret(stage.slots, cover.slots, fresh=True)
        staff = await by.unlock(stage.slots)
        try:
            cells = CellFiles(stage.cells)
            with in_words():
                head = await asyncio.to_thread(backupfile.read, file, cover, staff, stage.cells)
                (stage.cells / _LEDGER).rename(stage.ledger)
        finally:
            staff.wipe()
    write_secret(stage.path / MACHINE_KEY, head.machine_key, fresh=True)
    write_secret(stage.settings, head.settings, fresh=True)
    ledger = await _opened(stage.ledger, StoreKey(head.machine_key))
    try:
        await _burn(ledger, cells)
        await Prekeys(ledger).restored()
        await Offers(ledger).restored()
        return await _noted(ledger, cells, head.day, day_of(by.now))
    finally:
        await ledger.close()


async def _noted(ledger: Ledger, cells: CellFiles, made: Day, day: Day) -> Restored:
    """Write down what the restore did, and raise the alarm that tells staff of it."""
    before = await last_restore(ledger)
    blobs = await _blobs(ledger)
    missing = [blob for blob, name in blobs.items() if not cells.path(name).is_file()]
    async with ledger.transaction("restored") as rows:
        for blob in missing:
            await rows.delete(Shelf.BLOB, blob)
        tokens, unposted = _counts(await rows.get_whole(Shelf.META, _BURNT))
        await rows.delete(Shelf.META, _BURNT)
        generation = 1 if before is None else before.generation + 1
        done = Restored(generation, made, day, tokens, unposted, len(missing))
        await rows.put(Shelf.META, RESTORED, done.encode())
        await sound(rows, Alarm.RESTORED)
    return done


# ── what is burnt ────────────────────────────────────────────────────────────────────────────
async def _burn(ledger: Ledger, cells: CellFiles) -> None:
    """Destroy what may have been used since, and count it."""
    wallet = Wallet(ledger)
    tokens = await wallet.discard_all()
    unposted = await Poster(ledger, wallet, cells, Role.CENTRE, dict).discard_all()
    async with ledger.transaction("burnt") as rows:
        for row in await rows.ids(Shelf.MACHINE_KEY):
            await rows.delete(Shelf.MACHINE_KEY, row)
        before = _counts(await rows.get_whole(Shelf.META, _BURNT))
        counts = (before[0] + tokens, before[1] + unposted)
        await rows.put(Shelf.META, _BURNT, pack(["burnt", 1, *counts]))


def _counts(kept: bytes | None) -> tuple[int, int]:
    if kept is None:
        return 0, 0
    fields = Fields.decode(kept, "burnt")
    return fields.number("tokens"), fields.number("cells")


async def _blobs(ledger: Ledger) -> dict[bytes, str]:
    """Return the name of every kept blob's file."""
    async with ledger.reading() as rows:
        return {blob: name.decode() for blob, name in await rows.rows(Shelf.BLOB)}


def _clear(path: Path) -> None:
    """Remove what an earlier run that was killed may have left."""
    if path.exists():
        shutil.rmtree(path)


async def _opened(path: Path, machine_key: StoreKey) -> Ledger:
    return await Ledger.open(path, RowSealer(machine_key), machine_key.derive("index"))
