"""A member with a changed program: it seals what no honest door would let out."""

import io
from dataclasses import dataclass, field, replace
from typing import Final

from client.case import Release as Ahead
from client.case import encode_part
from client.sealed import SealedNote
from keys.address import Board, CellHash
from keys.blob import blob_context, new_blob_key, seal_blob, smallest_class
from keys.body import Body, Kind, body_hash
from keys.calendar import Day
from keys.container import ContainerStream, Part, PartId
from keys.epoch import key_hash
from keys.identity import Purpose
from keys.manifest import Accepted, BlobEntry, ConsentMark, PackageManifest, Prev, Release
from keys.note import Addressee, seal_note
from tests.handovers import FJORD, GRANLIA, PACKAGE_ID, PARTS, TODAY, YES, Desk, consent

Contents = tuple[tuple[str, bytes], ...]

SALT: Final = b"i" * 16
LAST_DAY: Final = Day(TODAY + 7)
GIVEN: Final = replace(consent(), release=Ahead.AHEAD)
"""She agreed that the centre prepares, so that no attack below is stopped by a lock."""
RECORD: Final[Contents] = (
    ("consent", GIVEN.encode()),
    *((part, encode_part(part, content)) for part, content in PARTS.items()),
)
"""The honest record of the small case, consented to in full."""
FILES: Final[Contents] = (("attachment.1", b"photo"), ("attachment.2", b"drawing"))


def note(kind: Kind, board: Board, by: Desk, to: Desk, manifest: bytes, *ids: CellHash) -> bytes:
    """Sign and seal any note, whatever the rules say of it."""
    body = Body(
        board,
        kind,
        by.id,
        to.id,
        7,
        b"r" * 32,
        TODAY,
        SALT,
        key_hash(to.inner.public),
        (),
        manifest,
    ).encode()
    addressee = Addressee(board, to.id, TODAY, to.outer.public, to.inner.public, SALT)
    return seal_note(addressee, body, by.identity.sign(Purpose.ENVELOPE, body), ids)


def said(kind: Kind, board: Board, by: Desk, to: Desk, manifest: bytes) -> SealedNote:
    """Return a note without blobs."""
    return SealedNote(kind, board, note(kind, board, by, to, manifest), bytes(32))


@dataclass(frozen=True, slots=True)
class Forged:
    """What came out of a changed program: a note, and its blobs in memory."""

    kind: Kind
    board: Board
    note: bytes
    body_hash: bytes
    manifest: PackageManifest
    cells: tuple[bytes, ...]
    keys: tuple[bytes, ...]

    def cell(self, index: int = 0) -> io.BytesIO:
        """Return a blob as its receiver reads it."""
        return io.BytesIO(self.cells[index])


@dataclass(frozen=True, slots=True)
class Forgery:
    """An honest package but for what an attack replaces."""

    kind: Kind = Kind.CASE_PACKAGE
    board: Board = Board.CENTRE
    by: Desk = GRANLIA
    to: Desk = FJORD
    prev: Prev = field(default_factory=lambda: Accepted(YES))
    record: Contents = RECORD
    files: Contents = FILES
    mark: ConsentMark | None = field(default_factory=lambda: ConsentMark(GIVEN.hash, GIVEN.ends))
    release: Release = Release.AHEAD
    expires: Day = LAST_DAY

    def seal(self) -> Forged:
        """Seal it; the blob keys go with the note unless it waits for arrival."""
        cells: list[bytes] = []
        blobs: list[BlobEntry] = []
        keys: list[bytes] = []
        waits = self.release is Release.ARRIVAL
        for index, contents in enumerate(one for one in (self.record, self.files) if one):
            parts = [Part(PartId(name), len(data), io.BytesIO(data)) for name, data in contents]
            stream = ContainerStream(PACKAGE_ID, parts)
            sink = io.BytesIO()
            key = new_blob_key()
            context = blob_context(PACKAGE_ID, index, self.board)
            cls = smallest_class(stream.size)
            sealed = seal_blob(stream, stream.size, cls, key, context, sink)
            cells.append(sink.getvalue())
            keys.append(key)
            kept = None if waits else key
            blobs.append(BlobEntry(sealed.blob_id, sealed.commitment, sealed.cls, kept))
        manifest = PackageManifest(
            PACKAGE_ID,
            TODAY,
            self.expires,
            self.prev,
            self.release,
            tuple(blobs),
            self.mark,
            b"locked" if waits else None,
        )
        raw = manifest.encode(self.kind)
        ids = [blob.blob_id for blob in blobs]
        made = note(self.kind, self.board, self.by, self.to, raw, *ids)
        return Forged(
            self.kind, self.board, made, body_hash(made), manifest, tuple(cells), tuple(keys)
        )
