"""The one writer of files on the broker's floor: whole and on disk, or not there.

This file knows how bytes survive a power cut: a hidden name, fsync, rename, fsync of the
directory; mode 0600 in directories of mode 0700. It refuses to know what the bytes are, and it
leaves no time in them: a finished file's times are the epoch, whenever it was written.

Source: fsync(2) on durability of directory entries; «All File Systems Are Not Created Equal»
(Pillai et al., OSDI 2014) on rename without fsync.
"""

import errno
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from keys.errors import DiskFull, StoreDamaged

PIECE: Final = 1 << 20
"""Bytes read or written at a time: what streaming costs in memory."""
HIDDEN: Final = ".new-"
"""How a file's name begins until it is whole; a crash leaves only such names behind."""
_OUT_OF_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk() -> Generator[None, None, None]:
    """Turn the system's complaint about a disk into a refusal.

    Raises:
        DiskFull: there is no room.
        StoreDamaged: the disk does not do what it was asked to.
    """
    try:
        yield
    except OSError as error:
        raise (DiskFull if error.errno in _OUT_OF_ROOM else StoreDamaged) from None


def make_directory(path: Path) -> None:
    """Make `path` and what is missing above it, durably, for this user alone."""
    with disk():
        if not path.is_dir():
            make_directory(path.parent)
            path.mkdir(mode=0o700, exist_ok=True)
            sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in `path` durable."""
    with disk():
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Sink:
    """A file being written; it gets its name when it is whole."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.length = 0

    def write(self, piece: bytes) -> None:
        """Add `piece` at the end."""
        with disk():
            write_all(self._descriptor, piece, self.length)
        self.length += len(piece)

    def cut(self, length: int) -> None:
        """Take back what was written after the first `length` bytes."""
        with disk():
            os.ftruncate(self._descriptor, length)
        self.length = length


@contextmanager
def writing(path: Path) -> Generator[Sink, None, None]:
    """Write the file `path` piece by piece, in an existing directory.

    When the block ends, the whole file is on disk under its name, and replaces one that was
    there; when it raises, nothing has changed.

    Raises:
        DiskFull, StoreDamaged: as `disk`.
    """
    hidden = path.with_name(f"{HIDDEN}{secrets.token_hex(8)}")
    with disk():
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            yield Sink(descriptor)
            # One constant time for every file: an exact one would date what is in it.
            os.utime(descriptor, ns=(0, 0))
            os.fsync(descriptor)
            hidden.rename(path)
        except BaseException:
            with suppress(OSError):
                hidden.unlink()
            raise
        finally:
            os.close(descriptor)
    sync_directory(path.parent)


def write_file(path: Path, data: bytes) -> None:
    """Write the whole file `path`, in an existing directory; see `writing`."""
    with writing(path) as sink:
        sink.write(data)


def write_all(descriptor: int, data: bytes, offset: int) -> None:
    """Write `data` at `offset`, also when the system takes it in several bites."""
    view = memoryview(data)
    while view:
        taken = os.pwrite(descriptor, view, offset)
        view = view[taken:]
        offset += taken


def write_piece(path: Path, offset: int, piece: bytes) -> None:
    """Make `piece` the last bytes of the file `path`, from `offset` on, durably.

    Raises:
        DiskFull: nothing of it was kept.
        StoreDamaged: as `disk`.
    """
    with disk():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # A longer file is what a crash left: bytes that were never acknowledged.
            os.ftruncate(descriptor, offset)
            write_all(descriptor, piece, offset)
            os.fdatasync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, offset)
            raise
        finally:
            os.close(descriptor)
    if offset == 0:
        sync_directory(path.parent)


def pieces(path: Path, length: int) -> Iterator[bytes]:
    """Read exactly the `length` bytes of the file `path`, at most `PIECE` at a time.

    Raises:
        StoreDamaged: the file is missing, or has another length.
    """
    with disk(), path.open("rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size != length:
            raise StoreDamaged
        while piece := file.read(PIECE):
            yield piece


def readable(body: Iterator[bytes]) -> Iterator[bytes]:
    """Read on until the disk fails, and end there: what is missing shows in the hash.

    What the reader does with a piece may fail as well; that is not caught here.
    """
    with suppress(StoreDamaged):
        yield from body


def remove(path: Path) -> None:
    """Remove the file `path`; that it is gone already is no matter."""
    with disk():
        path.unlink(missing_ok=True)
