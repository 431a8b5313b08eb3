"""Boards, cell classes, roles, and who may read or write which: the tables both ends decide by.

This file knows the shape of the house (protocol clauses P-1 to P-3). It refuses to know any
inhabitant: no member, no key, no content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType, Self

from keys.errors import WrongBoard, WrongShape, WrongSize

MemberId = NewType("MemberId", bytes)
"""32 bytes: the hash of a member's two identity keys (ENVELOPE E-2.2)."""

CellHash = NewType("CellHash", bytes)
"""32 bytes: SHA-256 of a cell's sealed bytes."""

PackageId = NewType("PackageId", bytes)
"""16 random bytes, chosen by the sender, the same in a package and all that answers it."""


class Role(StrEnum):
    """What a member is, as the signed roster says."""

    CENTRE = "centre"
    POLICE = "police"


class Board(StrEnum):
    """An append-only board of cells. The fourth, `keys`, holds signed keys and no cells."""

    CENTRE = "centre"
    POLICE = "police"
    REPLY = "reply"


class CellClass(StrEnum):
    """The fixed sizes a cell may have: one note class, four blob classes."""

    NOTE = "note"
    S = "s"
    M = "m"
    XL64 = "xl64"
    XL256 = "xl256"


class WriterClass(StrEnum):
    """Which role writes to which board: the first half of a token class."""

    CC = "cc"  # a centre, to the centre board
    CP = "cp"  # a centre, to the police board
    PP = "pp"  # a police district, to the police board
    PR = "pr"  # a police district, to the reply board


CHUNK: Final = 16_384
TAG: Final = 16
NOTE_BYTES: Final = 8_192
BLOB_CHUNKS: Final[Mapping[CellClass, int]] = MappingProxyType(
    {CellClass.S: 4, CellClass.M: 256, CellClass.XL64: 4_096, CellClass.XL256: 16_384}
)
"""Full chunks in each blob class (ENVELOPE E-6.1)."""

CELL_BYTES: Final[Mapping[CellClass, int]] = MappingProxyType(
    {CellClass.NOTE: NOTE_BYTES}
    | {cls: 56 + k * (CHUNK + TAG) + TAG for cls, k in BLOB_CHUNKS.items()}
)
"""The exact size of a cell of each class: the broker accepts no other."""

CLASS_CODE: Final[Mapping[CellClass, int]] = MappingProxyType(
    {cls: number for number, cls in enumerate(CellClass)}
)
"""One byte per class in leaf lists; also the order of classes in a batch."""

READERS: Final[Mapping[Board, frozenset[Role]]] = MappingProxyType(
    {
        Board.CENTRE: frozenset({Role.CENTRE}),
        Board.POLICE: frozenset({Role.POLICE}),
        Board.REPLY: frozenset({Role.CENTRE}),
    }
)
"""Who may read the cells of a board. Leaf lists are read by everybody."""

WRITERS: Final[Mapping[tuple[Role, Board], WriterClass]] = MappingProxyType(
    {
        (Role.CENTRE, Board.CENTRE): WriterClass.CC,
        (Role.CENTRE, Board.POLICE): WriterClass.CP,
        (Role.POLICE, Board.POLICE): WriterClass.PP,
        (Role.POLICE, Board.REPLY): WriterClass.PR,
    }
)
"""Which writer class a role needs for a board; a pair that is absent is forbidden."""

BOARD_OF: Final[Mapping[WriterClass, Board]] = MappingProxyType(
    {writer: board for (_, board), writer in WRITERS.items()}
)
ROLE_OF: Final[Mapping[WriterClass, Role]] = MappingProxyType(
    {writer: role for (role, _), writer in WRITERS.items()}
)
CLASSES_ON: Final[Mapping[Board, tuple[CellClass, ...]]] = MappingProxyType(
    {
        Board.CENTRE: tuple(CellClass),
        Board.POLICE: tuple(CellClass),
        Board.REPLY: (CellClass.NOTE,),
    }
)
"""The cell classes a board takes: the reply board takes closed codes and nothing else."""


@dataclass(frozen=True, slots=True)
class TokenClass:
    """What one anonymous token permits: one cell of one class on one board by one role."""

    writer: WriterClass
    cell: CellClass

    def __str__(self) -> str:
        return f"{self.writer}-{self.cell}"

    @property
    def board(self) -> Board:
        """The only board this token opens."""
        return BOARD_OF[self.writer]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the form that `str` writes, such as `cc-note`.

        Raises:
            WrongShape: `text` names no class in `TOKEN_CLASSES`.
        """
        for known in TOKEN_CLASSES:
            if str(known) == text:
                return cls(known.writer, known.cell)
        raise WrongShape(field="token_class")


TOKEN_CLASSES: Final[tuple[TokenClass, ...]] = tuple(
    TokenClass(writer, cell) for writer in WriterClass for cell in CLASSES_ON[BOARD_OF[writer]]
)
"""All sixteen token classes, in their published order."""


def writer_class(role: Role, board: Board) -> WriterClass:
    """Return the writer class by which `role` writes to `board`.

    Raises:
        WrongBoard: that role may not write there.
    """
    found = WRITERS.get((role, board))
    if found is None:
        raise WrongBoard(board=board)
    return found


def writable(role: Role) -> tuple[Board, ...]:
    """Return the boards `role` may write to, in their fixed order."""
    return tuple(board for board in Board if (role, board) in WRITERS)


def readable(role: Role) -> tuple[Board, ...]:
    """Return the boards whose cells `role` may read, in their fixed order."""
    return tuple(board for board in Board if role in READERS[board])


def class_of_size(size: int) -> CellClass:
    """Return the class whose cells are exactly `size` bytes.

    Raises:
        WrongSize: no class has that size.
    """
    for cls, exact in CELL_BYTES.items():
        if exact == size:
            return cls
    raise WrongSize
