"""Attachments of a case that is being prepared: sealed on this disk until they are sent.

This file knows how a chosen file comes to rest sealed under a key of its own, and how it is read
back. It refuses to keep the name it had, and to leave its plain bytes anywhere.
"""

import contextlib
import io
import secrets
from pathlib import Path
from typing import Final

from client.cells import CellFiles
from client.draft import AttachedFile
from client.images import cleaned, kind_of
from client.transfer import Staged
from keys.chunks import HEADER, SALT, ChunkCipher, ChunkReader, sealed_spans
from keys.errors import NotHere, TooLarge
from keys.spans import Source

MOST: Final = 255 << 20
"""The largest attachment in bytes: what fits in the largest blob with its table."""
_KEY: Final = 32
_HEAD: Final = 8
_CONTEXT: Final = b"folge/1\0staged"


def stage(path: Path, cells: CellFiles) -> Staged:
    """Seal a file into this disk's cells, a picture made anew; slow, so call it in a thread.

    Raises:
        NotHere: there is no such file.
        TooLarge: it does not fit in the largest package.
        UnreadableImage: it is a picture that cannot be made anew.
        DiskFull: there is no room for it.
    """
    try:
        length = path.stat().st_size
        source = path.open("rb")
    except OSError:
        raise NotHere from None
    with contextlib.closing(source):
        return _sealed(source, length, cells)


def restage(plain: io.BytesIO, cells: CellFiles) -> Staged:
    """Seal bytes that were opened here under a new key, without leaving them on the disk.

    Raises:
        As `stage`.
    """
    length = plain.seek(0, io.SEEK_END)
    plain.seek(0)
    return _sealed(io.BufferedReader(plain), length, cells)


def _sealed(source: io.BufferedReader, length: int, cells: CellFiles) -> Staged:
    if length > MOST:
        raise TooLarge(limit=MOST)
    read: Source = source
    if kind_of(source.peek(_HEAD)[:_HEAD]) is not None:
        clean = cleaned(source.read(length))
        read, length = io.BytesIO(clean), len(clean)
    key = secrets.token_bytes(_KEY)
    with cells.writing() as (name, file):
        cipher = ChunkCipher.fresh(key, _CONTEXT)
        for span in sealed_spans(read, length, cipher):
            file.write(span)
    return Staged(name, key, length)


def attached(staged: Staged, cells: CellFiles) -> AttachedFile:
    """Return a staged attachment as the draft needs it."""

    def read() -> io.BufferedIOBase:
        return io.BufferedReader(_Staged(staged, cells))

    return AttachedFile(staged.length, read)


class _Staged(io.RawIOBase):
    """A staged file, opened chunk by chunk as it is read."""

    def __init__(self, staged: Staged, cells: CellFiles) -> None:
        super().__init__()
        self._file = cells.reading(staged.file)
        self._length = staged.length
        self._at = 0
        commitment = self._file.read(HEADER)[SALT:]
        self._reader = ChunkReader(self._file, staged.length, staged.key, commitment, _CONTEXT)

    def readable(self) -> bool:
        """Return True: it is for reading."""
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        """Read on; 0 at the end."""
        count = self._reader.read_at(self._at, into) if self._at < self._length else 0
        self._at += count
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
