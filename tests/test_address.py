"""The tables of boards, classes and roles keep each channel to those it is for."""

from itertools import product

import pytest

from keys.address import (
    BLOB_CHUNKS,
    BOARD_OF,
    CELL_BYTES,
    CLASS_CODE,
    CLASSES_ON,
    READERS,
    ROLE_OF,
    TOKEN_CLASSES,
    WRITERS,
    Board,
    CellClass,
    Role,
    TokenClass,
    WriterClass,
    class_of_size,
    readable,
    writable,
    writer_class,
)
from keys.errors import WrongBoard, WrongShape, WrongSize


@pytest.mark.parametrize(
    ("cls", "size"),
    [
        (CellClass.NOTE, 8_192),
        (CellClass.S, 65_672),
        (CellClass.M, 4_198_472),
        (CellClass.XL64, 67_174_472),
        (CellClass.XL256, 268_697_672),
    ],
)
def test_a_cell_has_its_class_and_no_other_size(cls: CellClass, size: int) -> None:
    """Known answers: 8,192 for a note, 56 + k·16,400 + 16 for k full chunks."""
    assert CELL_BYTES[cls] == size
    assert class_of_size(size) is cls
    for wrong in (size - 1, size + 1):
        with pytest.raises(WrongSize):
            class_of_size(wrong)


def test_the_tables_name_every_class() -> None:
    """A class that is added somewhere is added everywhere."""
    assert set(CELL_BYTES) == set(CLASS_CODE) == set(CellClass)
    assert set(BLOB_CHUNKS) == set(CellClass) - {CellClass.NOTE}
    assert sorted(CLASS_CODE.values()) == list(range(len(CellClass)))
    assert set(BOARD_OF) == set(ROLE_OF) == set(WriterClass)
    assert set(READERS) == set(CLASSES_ON) == set(Board)


@pytest.mark.parametrize(
    ("role", "board", "writer"),
    [
        (Role.CENTRE, Board.CENTRE, WriterClass.CC),
        (Role.CENTRE, Board.POLICE, WriterClass.CP),
        (Role.POLICE, Board.POLICE, WriterClass.PP),
        (Role.POLICE, Board.REPLY, WriterClass.PR),
    ],
)
def test_each_role_writes_where_its_duty_is(role: Role, board: Board, writer: WriterClass) -> None:
    """Four ways to write, and the table back agrees."""
    assert writer_class(role, board) is writer
    assert (BOARD_OF[writer], ROLE_OF[writer]) == (board, role)


@pytest.mark.parametrize(
    ("role", "board"), [pair for pair in product(Role, Board) if pair not in WRITERS]
)
def test_every_other_pair_is_refused(role: Role, board: Board) -> None:
    """The police never write to the centres' board, nor a centre to the replies."""
    with pytest.raises(WrongBoard) as refused:
        writer_class(role, board)
    assert refused.value.facts == {"board": board}
    assert (role, board) in {(Role.CENTRE, Board.REPLY), (Role.POLICE, Board.CENTRE)}


def test_only_the_police_read_the_police_board() -> None:
    """What is for the police stays with the police, and the rest stays from them."""
    assert readable(Role.CENTRE) == (Board.CENTRE, Board.REPLY)
    assert readable(Role.POLICE) == (Board.POLICE,)
    assert writable(Role.CENTRE) == (Board.CENTRE, Board.POLICE)
    assert writable(Role.POLICE) == (Board.POLICE, Board.REPLY)


def test_police_can_reply_with_codes_only() -> None:
    """No token lets anything larger than a note reach the centres from the police."""
    from_police = {
        token.cell
        for token in TOKEN_CLASSES
        if ROLE_OF[token.writer] is Role.POLICE and Role.CENTRE in READERS[token.board]
    }
    assert from_police == {CellClass.NOTE}


def test_there_are_sixteen_token_classes() -> None:
    """Three boards' worth of classes, each named once and read back."""
    assert len(TOKEN_CLASSES) == len(set(TOKEN_CLASSES)) == 16
    assert str(TOKEN_CLASSES[0]) == "cc-note"
    for token in TOKEN_CLASSES:
        assert TokenClass.parse(str(token)) == token
        assert token.cell in CLASSES_ON[token.board]


@pytest.mark.parametrize("text", ["", "cc", "cc-", "pr-m", "CC-note", "cc-note ", "cc-note-s"])
def test_a_token_class_that_does_not_exist_is_refused(text: str) -> None:
    """A class outside the list is no class, however close it looks."""
    with pytest.raises(WrongShape):
        TokenClass.parse(text)
