"""Secret files: the only writer of files on this floor (ENVELOPE E-14.1 to E-14.5).

This file knows how a secret lies on disk: its owner's alone, replaced whole or not at all, and
read from no file that others may touch. It refuses to know what the secrets are.

POSIX only: it stands on file modes, `flock` and `rename`.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from keys.errors import AlreadyThere, DiskFull, NotHere, Refusal, StoreDamaged, UnsafeFile

MOST_SECRET: Final = 1 << 20
"""The longest secret file, in bytes."""

_OWNER_ALONE: Final = 0o077
_NO_OTHERS: Final = 0o027
_OTHERS_WRITE: Final = 0o022
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_OVERWRITE: Final = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_secret(path: Path, data: bytes, *, fresh: bool = False) -> None:
    """Put `data` into the file `path` with mode 0600: all of it durably, or nothing (E-14.2).

    Args:
        path: in a directory that exists.
        data: the whole new content.
        fresh: refuse when something is there already, instead of replacing it.

    Raises:
        DiskFull: no room; the old file stands as it stood.
        AlreadyThere: `fresh`, and something is there.
        UnsafeFile: a symbolic link stands in the file's place, or others may write in the
            directory.
        NotHere: the directory is missing.
        StoreDamaged: the disk fails in another way; the file is the old one or the new, whole.
    """
    with _turn(path.parent) as directory:
        if fresh and os.path.lexists(path):
            raise AlreadyThere
        _replace(directory, path, data)


def read_secret(path: Path) -> bytes:
    """Return the content of a secret file, at most `MOST_SECRET` bytes (E-14.3).

    Raises:
        UnsafeFile: others than the owner may read or write it, somebody else owns it, it is no
            plain file, or others may write in its directory; nothing is read from it.
        NotHere: there is no such file.
        StoreDamaged: it is too long, or the disk fails.
    """
    with _turn(path.parent, fcntl.LOCK_SH):
        return _read(path, _OWNER_ALONE)


def read_credential(path: Path) -> bytes:
    """Return the content of a systemd credential.

    systemd grants a service its file by a group entry, so the group may read it, and root owns
    it; otherwise as `read_secret`.

    Raises:
        UnsafeFile: others may read it, or anybody but the owner may write it.
        NotHere: there is no such file.
        StoreDamaged: it is too long, or the disk fails.
    """
    with _turn(path.parent, fcntl.LOCK_SH):
        return _read(path, _NO_OTHERS)


@contextmanager
def rewriting(path: Path) -> Generator[tuple[bytes, Callable[[bytes], None]], None, None]:
    """Hold a secret file for one change: give its content, and what replaces it.

    Nobody else reads or writes the directory's secret files until the block ends.

    Raises:
        UnsafeFile, NotHere, StoreDamaged: see `read_secret`.
        DiskFull: see `write_secret`.
    """
    with _turn(path.parent) as directory:
        yield _read(path, _OWNER_ALONE), lambda data: _replace(directory, path, data)


@contextmanager
def _turn(directory: Path, lock: int = fcntl.LOCK_EX) -> Generator[int, None, None]:
    """Hold a directory's lock, also against other processes, and give its descriptor."""
    with _in_words():
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            found = os.fstat(descriptor)
            # Who owns a directory may put other files in it, whatever its mode says today.
            if found.st_mode & _OTHERS_WRITE or not _is_ours(found.st_uid, os.geteuid()):
                raise UnsafeFile
            fcntl.flock(descriptor, lock)
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def _in_words() -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise _refusal(error.errno) from None


def _refusal(number: int | None) -> Refusal:
    """Say an operating system's error number in the vocabulary."""
    if number in _NO_ROOM:
        return DiskFull()
    if number == errno.ELOOP:
        return UnsafeFile()
    if number == errno.ENOENT:
        return NotHere()
    return StoreDamaged()


def _read(path: Path, forbidden: int) -> bytes:
    descriptor = os.open(path, _READ)
    try:
        found = os.fstat(descriptor)
        if not _is_safe(found.st_mode, found.st_uid, os.geteuid(), forbidden):
            raise UnsafeFile
        if found.st_size > MOST_SECRET:
            raise StoreDamaged
        return os.read(descriptor, MOST_SECRET)
    finally:
        os.close(descriptor)


def _is_safe(mode: int, owner: int, reader: int, forbidden: int) -> bool:
    """Accept a plain file of the reader's or root's own that grants none of `forbidden`."""
    return stat.S_ISREG(mode) and not mode & forbidden and _is_ours(owner, reader)


def _is_ours(owner: int, reader: int) -> bool:
    """Accept what the reader or root owns."""
    return owner in (reader, 0)


def _replace(directory: int, path: Path, data: bytes) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never a part."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)  # a writer that was killed left it; the lock says it is dead
    old = _open_old(path)
    try:
        _write_new(new, data)
        new.rename(path)
        os.fsync(directory)
        if old is not None:
            _overwrite(old)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    finally:
        if old is not None:
            os.close(old)


def _open_old(path: Path) -> int | None:
    try:
        return os.open(path, _OVERWRITE)
    except (FileNotFoundError, PermissionError):
        return None


def _write_new(path: Path, data: bytes) -> None:
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _overwrite(old: int) -> None:
    """Zero the replaced file where it lay, unless another name (a backup's) leads to it.

    It held keys under a passphrase that may be known by now. Flash memory, journals and
    snapshots may keep copies all the same, so this is a courtesy and no promise (E-14.5); its
    failure changes nothing, for the new file already stands.
    """
    found = os.fstat(old)
    if found.st_nlink == 0:
        with suppress(OSError):
            os.pwrite(old, bytes(found.st_size), 0)
            os.fsync(old)
