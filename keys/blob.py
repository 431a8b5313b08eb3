"""A blob: bytes of a case, padded to a class and sealed, so that its size says nothing (E-6).

This file knows the padding, the classes and the blob's name, which is its hash. It refuses to
know what is inside, whose it is, and how the key travels: the signed manifest carries the key
and the commitment, and a blob is opened against both or not at all.
"""

import io
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from types import MappingProxyType
from typing import Final, NewType

from keys.address import BLOB_CHUNKS, CHUNK, Board, CellClass, CellHash, PackageId
from keys.chunks import (
    KEY,
    ChunkCipher,
    ChunkReader,
    Commitment,
    opened_spans,
    read_header,
    sealed_spans,
)
from keys.errors import BadPadding, TooLarge, WrongShape, WrongSize
from keys.spans import (
    SPAN,
    Progress,
    SeekableSource,
    Sink,
    Source,
    SpanSource,
    counted,
    end_here,
    put,
    take,
)
from keys.wire import lp

BlobKey = NewType("BlobKey", bytes)
"""32 random bytes that seal one blob and nothing else."""

_LENGTH: Final = 8  # bytes of the length in front of the data

CAPACITY: Final[Mapping[CellClass, int]] = MappingProxyType(
    {cls: chunks * CHUNK - _LENGTH for cls, chunks in BLOB_CHUNKS.items()}
)
"""The most bytes a blob of each class holds (E-6.7)."""
_ZEROS: Final = bytes(SPAN)


@dataclass(frozen=True, slots=True)
class SealedBlob:
    """What the manifest and the outer layer say of a blob that was written."""

    blob_id: CellHash
    """SHA-256 of the sealed bytes: the hash its cell has on the board."""
    commitment: Commitment
    cls: CellClass


def new_blob_key() -> BlobKey:
    """Return a key for one blob."""
    return BlobKey(secrets.token_bytes(KEY))


def blob_context(package_id: PackageId, index: int, board: Board) -> bytes:
    """Return what a blob is bound to: its package, its place in the manifest, its board (E-6.8)."""
    return lp(package_id, index.to_bytes(4, "big"), board.encode())


def smallest_class(length: int) -> CellClass:
    """Return the smallest class that holds `length` bytes.

    Raises:
        TooLarge: none does; `limit` is what the largest holds.
    """
    for cls, most in CAPACITY.items():
        if length <= most:
            return cls
    raise TooLarge(limit=max(CAPACITY.values()))


def padded(source: Source, length: int, cls: CellClass) -> Source:
    """Return what a blob seals: the length, `length` bytes of `source`, zeros up to `cls` (E-6.7).

    Raises:
        WrongSize: `cls` is not a class of blobs.
        TooLarge: `cls` does not hold `length` bytes.
    """
    rest = _plain_bytes(cls) - _LENGTH - length
    if rest < 0:
        raise TooLarge(limit=CAPACITY[cls])
    return SpanSource(_padded_spans(source, length, rest))


def seal_blob(
    source: Source,
    length: int,
    cls: CellClass,
    key: BlobKey,
    context: bytes,
    sink: Sink,
    progress: Progress | None = None,
) -> SealedBlob:
    """Pad `length` bytes of `source` to `cls`, seal them and write the cell to `sink`.

    The salt is new each time, so sealing the same bytes twice gives two blobs. After a refusal
    the sink holds a part of a cell and is thrown away. `progress` is told the bytes written, of
    `CELL_BYTES[cls]`.

    Raises:
        WrongSize: `cls` is not a class of blobs.
        TooLarge: `cls` does not hold `length` bytes.
        Truncated: `source` ends before `length` bytes.
        TrailingBytes: `source` goes on after them.
    """
    plain = padded(source, length, cls)
    cipher = ChunkCipher.fresh(key, context)
    spans = counted(sealed_spans(plain, _plain_bytes(cls), cipher), progress)
    return SealedBlob(_write_hashed(spans, sink), cipher.commitment, cls)


def open_blob(
    source: Source,
    cls: CellClass,
    key: BlobKey,
    commitment: Commitment,
    context: bytes,
    sink: Sink,
    progress: Progress | None = None,
) -> int:
    """Open a whole blob, write its data to `sink` and return how many bytes that is.

    Bytes reach the sink chunk by chunk, each after its tag has verified; that the blob is whole
    and well padded is known only when this returns. After a refusal the sink is thrown away.
    `progress` is told the bytes opened with their padding, of `BLOB_CHUNKS[cls] * CHUNK`.

    Raises:
        WrongSize: `cls` is not a class of blobs.
        CommitmentMismatch: the key, context or blob is not the manifest's; nothing was decrypted.
        Damaged: a chunk's tag does not verify.
        Truncated: the blob ends before its class does.
        TrailingBytes: it goes on after that.
        WrongShape: the length inside is more than the class holds.
        BadPadding: a byte after the data is not zero.
    """
    size = _plain_bytes(cls)
    cipher = ChunkCipher.of_header(read_header(source), key, commitment, context)
    length = 0
    for data in _data_spans(counted(opened_spans(source, size, cipher), progress), cls):
        put(sink, data)
        length += len(data)
    return length


class BlobReader:
    """The data of one blob at any place, without writing it anywhere: a `SeekableSource`.

    Opening it verifies the commitment, the length and all padding; each chunk of data is
    verified when it is read. The source stays the caller's, to close and not to move meanwhile.

    Raises:
        As `open_blob`; `Damaged` and `Truncated` also while reading.
    """

    def __init__(
        self,
        source: SeekableSource,
        cls: CellClass,
        key: BlobKey,
        commitment: Commitment,
        context: bytes,
    ) -> None:
        self._chunks = ChunkReader(source, _plain_bytes(cls), key, commitment, context)
        self._at = 0
        buffer = memoryview(bytearray(CHUNK))
        self._chunks.read_at(0, buffer[:_LENGTH])
        self.size = _length(buffer, cls)
        at = _LENGTH + self.size
        while got := self._chunks.read_at(at, buffer):
            _check_zeros(buffer[:got])
            at += got

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to `offset` from the beginning or, by `io.SEEK_END`, the end; return the place.

        Raises:
            WrongShape: that is before the beginning.
        """
        at = offset + (self.size if whence == io.SEEK_END else 0)
        if at < 0:
            raise WrongShape(field="blob.offset")
        self._at = at
        return at

    def readinto(self, into: memoryview, /) -> int:
        """Fill the beginning of `into` from one chunk; 0 at the end of the data."""
        left = max(0, self.size - self._at)
        got = self._chunks.read_at(_LENGTH + self._at, into[:left])
        self._at += got
        return got


def _write_hashed(spans: Iterator[memoryview], sink: Sink) -> CellHash:
    """Write `spans` and hash them meanwhile: hashing takes as long as all the rest."""
    digest = sha256()
    with ThreadPoolExecutor(1) as worker:
        hashed: Future[None] | None = None
        for span in spans:
            # Hashing may be one span behind, not two: `sealed_spans` has two buffers.
            if hashed is not None:
                hashed.result()
            hashed = worker.submit(digest.update, span)
            put(sink, span)
    return CellHash(digest.digest())


def _plain_bytes(cls: CellClass) -> int:
    chunks = BLOB_CHUNKS.get(cls)
    if chunks is None:
        raise WrongSize
    return chunks * CHUNK


def _padded_spans(source: Source, length: int, rest: int) -> Iterator[memoryview]:
    yield memoryview(length.to_bytes(_LENGTH, "big"))
    buffer = memoryview(bytearray(min(SPAN, length)))
    for at in range(0, length, SPAN):
        piece = buffer[: length - at]
        take(source, piece)
        yield piece
    end_here(source)
    for at in range(0, rest, SPAN):
        yield memoryview(_ZEROS)[: rest - at]


def _data_spans(spans: Iterator[memoryview], cls: CellClass) -> Iterator[memoryview]:
    """Strip the length and the padding; the first span is never shorter than the length."""
    first = next(spans)
    left = _length(first, cls)
    for span in chain([first[_LENGTH:]], spans):
        data = span[:left]
        left -= len(data)
        _check_zeros(span[len(data) :])
        yield data


def _length(first: memoryview, cls: CellClass) -> int:
    length = int.from_bytes(first[:_LENGTH], "big")
    if length > CAPACITY[cls]:
        raise WrongShape(field="blob.length")
    return length


def _check_zeros(rest: memoryview) -> None:
    # Compared as one: looking at a large blob's padding byte by byte would take seconds.
    if rest.tobytes() != _ZEROS[: len(rest)]:
        raise BadPadding
