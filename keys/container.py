"""A container: parts of one case, each under its own key, behind a table that holds the keys (E-7).

This file knows that a part is destroyed by destroying its key, so no part's bytes or key may
depend on another's. It refuses to know what the parts mean, which of them comes first and why,
and it never lays a part in the clear anywhere: a container is written as a stream into a blob
and read out of one.
"""

import io
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NewType

from keys.address import BLOB_CHUNKS, CHUNK, PackageId
from keys.chunks import (
    COMMITMENT,
    KEY,
    ChunkCipher,
    Commitment,
    opened_spans,
    read_header,
    sealed_size,
    sealed_spans,
)
from keys.errors import (
    DuplicateKey,
    NotHere,
    OverLong,
    TrailingBytes,
    Truncated,
    WrongShape,
)
from keys.spans import (
    Progress,
    SeekableSource,
    Sink,
    Source,
    SpanSource,
    Window,
    counted,
    put,
    take,
)
from keys.wire import Fields, Packable, Value, lp, pack

PartId = NewType("PartId", str)
"""1 to 64 characters of `a-z 0-9 _ . -`: a schema word, never a name (E-7.3)."""

PartKey = NewType("PartKey", bytes)
"""32 random bytes that seal one part and nothing else."""

MOST_PARTS: Final = 200
TABLE_LIMIT: Final = 1 << 16
"""The longest table in bytes; 200 parts with the longest ids need half of it."""
_PREFIX: Final = 4
_MOST_BYTES: Final = max(BLOB_CHUNKS.values()) * CHUNK
_PART_ID: Final = re.compile(r"[a-z0-9_.-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """A part to be written: what it is called, how long it is and where its bytes come from."""

    part_id: PartId
    length: int
    source: Source = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartEntry:
    """A line of the table: all that is needed to open one part, and nothing of any other."""

    part_id: PartId
    key: PartKey = field(repr=False)
    offset: int
    """Where its sealed bytes begin, in bytes behind the table."""
    length: int
    """Its length in bytes when opened."""
    commitment: Commitment

    @property
    def sealed_size(self) -> int:
        """Its length in bytes when sealed."""
        return sealed_size(self.length)


def parse_part_id(text: str) -> PartId:
    """Read a part's id.

    Raises:
        WrongShape: it is empty, too long or has another character.
    """
    if _PART_ID.fullmatch(text) is None:
        raise WrongShape(field="parts.id")
    return PartId(text)


def part_context(package_id: PackageId, part: PartId) -> bytes:
    """Return what a part is bound to: its package and its id (E-7.5)."""
    return lp(b"part", package_id, part.encode())


class ContainerStream:
    """A container being written, as a source for `seal_blob`; its size is known beforehand.

    Each part's source is read once, in order, while the container is read. Keys are made here.

    Args:
        package_id: the package that the parts are bound to.
        parts: 1 to 200 parts with different ids, in their order.

    Raises:
        WrongShape: no parts or too many, or an id that is none.
        DuplicateKey: two parts have one id.
        Truncated, TrailingBytes: while reading, when a part's source has not its length.
    """

    def __init__(self, package_id: PackageId, parts: Sequence[Part]) -> None:
        entries: list[PartEntry] = []
        ciphers: list[ChunkCipher] = []
        offset = 0
        for part in parts:
            key = PartKey(secrets.token_bytes(KEY))
            cipher = ChunkCipher.fresh(key, part_context(package_id, parse_part_id(part.part_id)))
            entry = PartEntry(part.part_id, key, offset, part.length, cipher.commitment)
            entries.append(entry)
            ciphers.append(cipher)
            offset += entry.sealed_size
        self.entries: Final = tuple(entries)
        table = lp(encode_table(self.entries))
        self.size: Final = len(table) + offset
        self._stream = SpanSource(_container_spans(table, parts, ciphers))

    def readinto(self, into: memoryview, /) -> int:
        """Fill the beginning of `into`; 0 at the end."""
        return self._stream.readinto(into)


class ContainerReader:
    """A container being read: its table is checked at once, its parts are opened one by one.

    The source stays the caller's: a `BlobReader`, or a file that holds a container.

    Raises:
        Truncated: the source ends before the table or the last part does.
        TrailingBytes: bytes follow the table's value or the last part.
        OverLong: the table is longer than `TABLE_LIMIT`.
        DuplicateKey: two parts have one id.
        WrongShape: the table is not in its form, or an offset leaves a gap or an overlap.
    """

    def __init__(self, source: SeekableSource, package_id: PackageId) -> None:
        self._source = source
        self._package_id = package_id
        size = source.seek(0, io.SEEK_END)
        table = _read_table(source)
        self._start = _PREFIX + len(table)
        self.entries: Final = decode_table(table)
        end = self._start + sum(entry.sealed_size for entry in self.entries)
        if end > size:
            raise Truncated
        if end < size:
            raise TrailingBytes

    def entry(self, wanted: str) -> PartEntry:
        """Return the line of the part of that id.

        Raises:
            NotHere: the table has no such part.
        """
        for entry in self.entries:
            if entry.part_id == wanted:
                return entry
        raise NotHere

    def sealed_part(self, entry: PartEntry) -> Source:
        """Return a part's sealed bytes, to keep them apart or to open them."""
        return Window(self._source, self._start + entry.offset, entry.sealed_size)

    def open_part(self, wanted: str, sink: Sink, progress: Progress | None = None) -> int:
        """Open one part to `sink` and return its length; no other part is touched.

        Raises:
            NotHere: the table has no such part.
            As `open_part`, the function.
        """
        entry = self.entry(wanted)
        return open_part(entry, self._package_id, self.sealed_part(entry), sink, progress)


def open_part(
    entry: PartEntry,
    package_id: PackageId,
    source: Source,
    sink: Sink,
    progress: Progress | None = None,
) -> int:
    """Open one part's sealed bytes, wherever they are kept, to `sink`; return its length.

    Bytes reach the sink as their chunks verify. After a refusal the sink is thrown away.

    Raises:
        CommitmentMismatch: the entry's key or commitment, or the package, is not this part's.
        Damaged: a chunk's tag does not verify.
        Truncated: `source` ends before the part does.
        TrailingBytes: `source` goes on after it.
    """
    context = part_context(package_id, entry.part_id)
    cipher = ChunkCipher.of_header(read_header(source), entry.key, entry.commitment, context)
    for span in counted(opened_spans(source, entry.length, cipher), progress):
        put(sink, span)
    return entry.length


def encode_table(entries: Sequence[PartEntry]) -> bytes:
    """Write a table that `decode_table` reads (E-7.2).

    Raises:
        As `decode_table`.
    """
    _check_layout(entries)
    rows: list[list[Packable]] = [
        [entry.part_id, entry.key, entry.offset, entry.length, entry.commitment]
        for entry in entries
    ]
    return pack(["parts", 1, rows])


def decode_table(table: bytes) -> tuple[PartEntry, ...]:
    """Read a table; the parts lie in its order, without gaps.

    Raises:
        WrongShape: not in its form, or an offset leaves a gap or an overlap.
        DuplicateKey: two parts have one id.
    """
    fields = Fields.decode(table, "parts", limit=TABLE_LIMIT)
    rows = fields.items("rows", least=1, most=MOST_PARTS)
    fields.end()
    entries = tuple(_decode_row(row) for row in rows)
    _check_layout(entries)
    return entries


def _decode_row(row: Value) -> PartEntry:
    # A row is a line of its table, so it carries no tag of its own.
    fields = Fields(["part", 1, *row] if isinstance(row, list) else row, "part")
    entry = PartEntry(
        part_id=parse_part_id(fields.text("id", most=64)),
        key=PartKey(fields.octets("key", size=KEY)),
        offset=fields.number("offset", most=_MOST_BYTES),
        length=fields.number("length", most=_MOST_BYTES),
        commitment=Commitment(fields.octets("commitment", size=COMMITMENT)),
    )
    fields.end()
    return entry


def _check_layout(entries: Sequence[PartEntry]) -> None:
    """Let each part begin where the one before it ends, and each id and key stand once."""
    if not 1 <= len(entries) <= MOST_PARTS:
        raise WrongShape(field="parts.rows")
    if len({entry.part_id for entry in entries}) != len(entries):
        raise DuplicateKey
    # Two parts under one key could not be destroyed one by one.
    if len({entry.key for entry in entries}) != len(entries):
        raise DuplicateKey
    end = 0
    for entry in entries:
        if entry.offset != end:
            raise WrongShape(field="parts.offset")
        end += entry.sealed_size


def _read_table(source: SeekableSource) -> bytes:
    source.seek(0)
    prefix = memoryview(bytearray(_PREFIX))
    take(source, prefix)
    length = int.from_bytes(prefix, "big")
    if length > TABLE_LIMIT:
        raise OverLong(limit=TABLE_LIMIT)
    table = bytearray(length)
    take(source, memoryview(table))
    return bytes(table)


def _container_spans(
    table: bytes, parts: Sequence[Part], ciphers: Sequence[ChunkCipher]
) -> Iterator[memoryview]:
    yield memoryview(table)
    for part, cipher in zip(parts, ciphers, strict=True):
        yield from sealed_spans(part.source, part.length, cipher)
