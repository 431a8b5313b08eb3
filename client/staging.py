"""Attachments of a case that is being prepared: sealed on this disk until they are sent.

This file knows how a chosen file is made anew, comes to rest sealed under a key of its own, and is
read back. It refuses to keep the name it had, to leave its plain bytes anywhere, and every kind of
file that nobody here can clean.
"""

import contextlib
import io
import secrets
from pathlib import Path
from typing import Final

from client import images, pdfs
from client.cells import CellFiles
from client.draft import AttachedFile
from client.filekind import HEAD, MOST, FileKind, kind_of
from client.refusals import UnknownFileKind
from client.transfer import Staged
from keys.chunks import HEADER, SALT, ChunkCipher, ChunkReader, sealed_spans
from keys.errors import NotHere, TooLarge

_KEY: Final = 32
_CONTEXT: Final = b"folge/1\0staged"


def stage(path: Path, cells: CellFiles) -> Staged:
    """Seal a file, made anew, into this disk's cells (C-2.9); slow, so call it in a thread.

    Raises:
        NotHere: there is no such file.
        TooLarge: it does not fit in the largest package.
        UnknownFileKind: it is neither a picture nor a PDF, whatever its name says.
        UnreadableImage, UnreadablePdf: it cannot be made anew.
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
    clean = _cleaned(source)
    if len(clean) > MOST:
        raise TooLarge(limit=MOST)
    key = secrets.token_bytes(_KEY)
    with cells.writing() as (name, file):
        cipher = ChunkCipher.fresh(key, _CONTEXT)
        for span in sealed_spans(io.BytesIO(clean), len(clean), cipher):
            file.write(span)
    return Staged(name, key, len(clean))


def _cleaned(source: io.BufferedReader) -> bytes:
    """Return the same picture or document without what it says about where it comes from."""
    kind = kind_of(source.peek(HEAD)[:HEAD])
    if kind is None:
        raise UnknownFileKind
    if kind is FileKind.PDF:
        return pdfs.cleaned(source)
    return images.cleaned(source.read(images.MOST_BYTES + 1))


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
