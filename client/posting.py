"""One cell on its way: what it is, and the token that pays for it.

This file knows the shape of that row, and how long a sealed note is worth posting. It refuses to
know how it is posted (poster.py) and what it holds.
"""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Final, Self

from keys.address import NOTE_BYTES, Board, CellClass, CellHash
from keys.calendar import Day
from keys.token import Token
from keys.wire import Fields, pack

OWNER_BYTES: Final = 16
NOBODY: Final = bytes(OWNER_BYTES)
"""The owner of a cell that no envelope and no owed answer waits for: a dummy."""

FRESH_DAYS: Final = 1
"""How many days after its own a note may still leave. Its receiver destroys the day's key two
days later (`keyring.BEHIND_DAYS`); a note that lay here longer would never be opened."""

_MOST_ORDER: Final = 16
_LAST_DAY: Final = (1 << 32) - 1


def is_stale(day: Day, today: Day) -> bool:
    """Whether a note sealed on `day` is too old to leave."""
    return day < today - FRESH_DAYS


@dataclass(frozen=True, slots=True)
class Posting:
    """One cell on its way, with the token that pays for it.

    Attributes:
        owner: 16 bytes: the envelope, or the owed answer, that waits for it.
        order: place in its envelope; the note is 0 and leaves first.
        lane: whether it rides a lane.
        day: whose epoch keys it is sealed to.
        note: the bytes of a note; of a blob, none.
        file: the name of a blob's file; of a note, empty.
        envelope: whether `owner` is an envelope; an owed answer is sealed anew by itself.
    """

    board: Board
    cls: CellClass
    owner: bytes
    order: int
    lane: bool
    day: Day
    token: Token = field(repr=False)
    note: bytes = field(default=b"", repr=False)
    file: str = ""
    envelope: bool = False

    @property
    def spare(self) -> str:
        """The file of a dummy, which is nobody's once it has left; else nothing."""
        return self.file if self.owner == NOBODY else ""

    def stale(self, today: Day) -> bool:
        """Whether it is a note too old to leave; a blob never is, for it has no epoch key."""
        return self.cls is CellClass.NOTE and is_stale(self.day, today)

    def encode(self) -> bytes:
        """Return this posting as bytes, for the ledger."""
        return pack(
            [
                "posting",
                1,
                self.board.value,
                self.cls.value,
                self.owner,
                self.order,
                self.lane,
                self.day,
                self.token.encode(),
                self.note,
                self.file,
                self.envelope,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "posting")
        made = cls(
            board=fields.choice("board", Board),
            cls=fields.choice("class", CellClass),
            owner=fields.octets("owner", size=OWNER_BYTES),
            order=fields.number("order", most=_MOST_ORDER),
            lane=fields.flag("lane"),
            day=Day(fields.number("day", most=_LAST_DAY)),
            token=Token.decode(fields.octets("token")),
            note=fields.octets("note", most=NOTE_BYTES),
            file=fields.text("file", most=64),
        )
        # A row that an older program wrote ends here: what rode a lane was an answer.
        envelope = not made.lane if fields.ended else fields.flag("envelope")
        fields.end()
        return replace(made, envelope=envelope)


@dataclass(frozen=True, slots=True)
class Cell:
    """A sealed cell that is ready to leave."""

    cls: CellClass
    cell_hash: CellHash
    note: bytes = field(default=b"", repr=False)
    file: str = ""

    def bound(self, token: Token, to: "Bound") -> Posting:
        """Return this cell with the token that pays for it."""
        return Posting(
            board=to.board,
            cls=self.cls,
            owner=to.owner,
            order=to.order,
            lane=to.lane,
            day=to.day,
            token=token,
            note=self.note,
            file=self.file,
            envelope=to.envelope,
        )


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a cell goes and who waits for it; see `Posting`."""

    board: Board
    owner: bytes
    day: Day
    order: int = 0
    lane: bool = False
    envelope: bool = False


def note_cell(note: bytes) -> Cell:
    """Return a note as a cell."""
    return Cell(CellClass.NOTE, CellHash(hashlib.sha256(note).digest()), note=note)
