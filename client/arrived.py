"""What the always-on service may keep of a note that is for this member.

This file knows the note's hash, the blobs it names and a layer that is still sealed. It refuses
to know kind and sender: they stand in the inner layer, which takes the staff lock.
"""

from dataclasses import dataclass, field
from typing import Self

from keys.address import NOTE_BYTES, Board, CellHash
from keys.calendar import Day
from keys.wire import Fields, pack

_HASH = 32
_MOST_BLOBS = 2


@dataclass(frozen=True, slots=True)
class Arrived:
    """A note whose outer layer opened."""

    note_hash: CellHash
    blob_ids: tuple[CellHash, ...]
    outer: bytes = field(repr=False)
    """The opened outer layer as one value, its inner layer still sealed."""

    @property
    def day(self) -> Day:
        """The day of the epoch key that opened it: without that day's inner key it is lost.

        Raises:
            Malformed: the outer layer is not in the form of ENVELOPE E-4.
        """
        fields = Fields.decode(self.outer, "outer")
        fields.choice("board", Board)
        return Day(fields.number("day"))

    def encode(self) -> bytes:
        """Return this as bytes, for the ledger."""
        return pack(["arrived", 1, self.note_hash, list(self.blob_ids), self.outer])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "arrived")
        note_hash = CellHash(fields.octets("note_hash", size=_HASH))
        blobs = fields.strings("blob_ids", most=_MOST_BLOBS, size=_HASH)
        outer = fields.octets("outer", most=NOTE_BYTES)
        fields.end()
        return cls(note_hash, tuple(map(CellHash, blobs)), outer)
