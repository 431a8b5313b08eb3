"""What this floor asks of a disk, and how a disk's errors are said in the vocabulary.

This file knows error numbers and `fsync`. It refuses to know what is written.
"""

import errno
import filecmp
import io
import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from keys.errors import AlreadyThere, DiskFull, NotHere, Refusal, StoreDamaged, UnsafeFile

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OTHERS: Final = 0o077
_HELD: Final = re.compile(r"/proc/[0-9]+/fd/[0-9]+")
_MEMORY: Final = "/memfd:"
PARTIAL: Final = ".part"
"""What the name of a file ends with that is not whole yet."""


@contextmanager
def in_words() -> Generator[None, None, None]:
    """Let no error of the operating system out as it is: it would quote a path.

    Raises:
        DiskFull: there is no room.
        NotHere, AlreadyThere: a file is missing, or in the way.
        StoreDamaged: anything else.
    """
    try:
        yield
    except OSError as error:
        raise _refusal(error) from None


def _refusal(error: OSError) -> Refusal:
    if error.errno in _NO_ROOM:
        return DiskFull()
    if isinstance(error, FileNotFoundError):
        return NotHere()
    if isinstance(error, FileExistsError):
        return AlreadyThere()
    return StoreDamaged()


def in_memory(path: Path) -> bool:
    """Return whether `path` names what a program holds open, which is written only as memory.

    The name alone decides (proc(5)): nobody can put a link there, and what it names is looked at
    again when it is open.
    """
    return _HELD.fullmatch(str(path)) is not None


def _hand_over(path: Path, fill: Callable[[BinaryIO], int]) -> int:
    """Write into another program's memory; who may, the operating system decides.

    Raises:
        UnsafeFile: it is no memory of this user's (memfd_create(2)); it was not touched.
        NotHere: nothing is open there.
    """
    with in_words(), os.fdopen(os.open(path, os.O_WRONLY), "wb") as sink:
        at = sink.fileno()
        held = Path(f"/proc/self/fd/{at}").readlink()
        if not str(held).startswith(_MEMORY) or os.fstat(at).st_uid != os.geteuid():
            raise UnsafeFile
        os.ftruncate(at, 0)
        return fill(sink)


def all_of(data: bytes) -> Callable[[BinaryIO], int]:
    """Return what fills a file with these bytes."""
    return lambda sink: sink.write(data)


def write_private(path: Path, fill: Callable[[BinaryIO], int]) -> int:
    """Write a new file that its owner alone may read; returns what `fill` returns.

    Memory that another program holds open is written too, and lies on no disk.

    Raises:
        AlreadyThere: something has that name; it is not overwritten.
        DiskFull, NotHere: it cannot be written; nothing is left of it.
    """
    if in_memory(path):
        return _hand_over(path, fill)
    with in_words():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as sink:
                return fill(sink)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def write_once(path: Path, fill: Callable[[BinaryIO], int]) -> int:
    """Write a file that its owner alone may read, or find it written already; so it can be resumed.

    It is durable under its name when this returns. Returns what `fill` returns. Memory that another
    program holds open is written as `write_private` does.

    Raises:
        AlreadyThere: something else has that name; it is not overwritten.
        DiskFull, NotHere: it cannot be written; nothing is left of it.
    """
    if in_memory(path):
        return _hand_over(path, fill)
    partial = path.with_name(path.name + PARTIAL)
    with in_words():
        partial.unlink(missing_ok=True)  # of a machine that died
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as sink:
                count = fill(sink)
                sink.flush()
                os.fsync(sink.fileno())
            if not path.exists():
                partial.rename(path)
                sync_directory(path.parent)
            elif not filecmp.cmp(partial, path, shallow=False):
                raise AlreadyThere
        finally:
            partial.unlink(missing_ok=True)
    return count


@contextmanager
def writing_new(path: Path) -> Generator[io.BufferedRandom, None, None]:
    """Give a file of mode 0600 to write and read; it stands at `path` only when all went well.

    It is durable under its name when the block ends. On any error nothing is left.

    Raises:
        OSError: the disk fails, or something is at `path`.
    """
    if path.exists():
        raise FileExistsError(errno.EEXIST, "")
    partial = path.with_name(path.name + PARTIAL)
    try:
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            settle(file)
        partial.rename(path)
        sync_directory(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def settle(file: io.BufferedRandom) -> None:
    """Return once what was written to `file` is on disk; slow for a large one, so use a thread.

    Raises:
        OSError: it is not.
    """
    file.flush()
    os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Return once the names in `directory` are on disk.

    Raises:
        OSError: the disk cannot say so.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_file(path: Path) -> None:
    """Make an empty file of mode 0600 at `path`, or accept one that its owner alone may touch.

    Raises:
        UnsafeFile: others may touch what is there.
        DiskFull, NotHere, StoreDamaged: as `in_words`.
    """
    with in_words():
        if not path.exists():
            path.touch(mode=0o600)
            sync_directory(path.parent)
        if path.stat().st_mode & _OTHERS:
            raise UnsafeFile
