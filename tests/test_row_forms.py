"""Every row and note that the client writes is read back whole, or refused; nothing is lost.

The law is the same for all of them: bytes that decode are the bytes that the result encodes to. A
decoder that stepped over what it does not understand would lose it at the next writing.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Final, Protocol, Self

import pytest

import client
from client.arrived import Arrived
from client.asking import Asking, Given
from client.astray import Astray
from client.backupfile import Head
from client.boards import Cursor
from client.case import PartId, PlaceInquiryInput
from client.case.consent import Form, GivenBy
from client.case.police_request import PoliceBasis
from client.case.words import AgeBand
from client.clocks import Clock
from client.compared import Stop
from client.crowd import Crowd, Own
from client.deskpcs import AuthorityRow, HostRow, PcRow
from client.disclosed import Disclosure
from client.history import History
from client.inbox import In
from client.incoming import Incoming
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.kept import How, Kept, KeptFile, Version
from client.line import InLine
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    StatusWord,
    Withdrawal,
)
from client.outbox import Out
from client.outgoing import Outgoing
from client.policecase import AskedPolice, Prepared
from client.posted import Posted
from client.posting import Cell, Posting, note_cell
from client.prekeys import _Telling
from client.renewal import Renewal
from client.rereading import Again
from client.restored import Restored
from client.retention import Held
from client.transfer import Heard, Place, Staged, Transfer
from client.vocabulary import AnswerValue, Help, NoReason, Purpose, ReadBy, ViewWord
from client.wallet import Asked
from keys.address import NOTE_BYTES, Board, CellClass, CellHash, MemberId, PackageId
from keys.body import Kind
from keys.calendar import Day, Instant, Week, calendar_date
from keys.checkpoint import Frontier, Root
from keys.chunks import COMMITMENT
from keys.deskca import DeskAuthority
from keys.errors import Refusal
from keys.receipt import ReceiptStatus
from keys.token import Token, TokenKeyId
from keys.wire import Packable, Value, pack, unpack


class Row(Protocol):
    """What writes itself as bytes."""

    def encode(self) -> bytes:
        """Return this as bytes."""
        ...

    @classmethod
    def decode(cls, data: bytes, /) -> Self:
        """Read what `encode` writes."""
        ...


ID: Final = PackageId(b"\x01" * 16)
HASH: Final = b"\x02" * 32
MEMBER: Final = MemberId(HASH)
DAY: Final = Day(20_600)
PART: Final = PartId("threat")
FILE: Final = PartId("attachment.1")
NAME: Final = "GRAN-427"
TOKEN: Final = Token(HASH, HASH, TokenKeyId(HASH), bytes(256))

ROWS: Final[tuple[Row, ...]] = (
    Arrived(CellHash(HASH), (CellHash(HASH),), b"outer"),
    Asking(*(True, ID, NAME, MEMBER, b"inquiry", DAY, b"answer", HASH)),
    Given(MEMBER, DAY, used=True, inquiry=ID),
    Astray(*(NAME, True), Instant(7), (ReadBy.ON_DUTY, ReadBy.COPIED), ("ring",)),
    Restored(1, DAY, DAY, 2, 3, 4),
    Head(DAY, HASH, b"settings", (("ledger.db", 9), ("cell01", 8))),
    Cursor("instance", Board.POLICE, 4, Frontier()),
    Again(
        Cursor("instance", Board.POLICE, 4, Frontier()),
        Cursor("instance", Board.POLICE, 5, Frontier()),
        frozenset({ID}),
    ),
    Again(
        None,
        Cursor("instance", Board.POLICE, 5, Frontier()),
        frozenset({ID}),
        Cursor("instance", Board.POLICE, 3, Frontier()),
    ),
    Clock(Held.RECEIVED, ID, DAY, ("cell01",)),
    AuthorityRow(DeskAuthority("desk.invalid", b"key", b"certificate")),
    HostRow("desk.invalid", b"trusts", b"key", b"chain", Instant(7)),
    PcRow("0" * 64, "vakt", Instant(7)),
    Disclosure(NAME, DAY, (PART,), HASH, HASH),
    History(((3, Root(HASH)), (4, Root(HASH)))),
    Incoming(
        *(ID, Kind.CASE_PACKAGE, In.OPENED, NAME, MEMBER, b"manifest", HASH, DAY, False),
        *((HASH,), 2, "Kari", b"reworked", DAY, DAY, ID, True, HASH),
    ),
    Kept(
        b"consent",
        (Version(PART, ID, How.UPDATE, DAY),),
        (KeptFile(FILE, ID, "cell01", HASH, bytes(COMMITMENT), 9),),
        (PART,),
        (b"more",),
        (Renewal(Purpose.KEEP, GivenBy.USER, Form.WRITTEN, "nb", DAY, DAY),),
    ),
    InLine(DAY, ID, note_cell(bytes(NOTE_BYTES))),
    InLine(DAY, ID, Cell(CellClass.S, CellHash(bytes(32)), file="ab"), envelope=True),
    Withdrawal(ID, HASH, DAY, (PART,)),
    PoliceStatus(ID, StatusWord.RELAYED, DAY),
    PoliceWithdrawal(ID, DAY),
    PoliceContact(ID, "vakt", "00000000", DAY),
    PoliceViewAnswer(ID, ViewWord.NO_KNOWN_LINKS, DAY, "vakt", "00000000"),
    PlaceInquiry(
        InquiryId(ID),
        PlaceInquiryInput(
            adults_count=1,
            children_ages=tuple(AgeBand)[:2],
            from_when=calendar_date(DAY),
            nights_est=3,
        ),
    ),
    PlaceAnswer(
        InquiryId(ID), AnswerValue.NO, reasons=(NoReason.FULL,), suggest=Help.WE_HELP_TO_FIND
    ),
    Outgoing(
        *(ID, Kind.CASE_PACKAGE, Out.KEPT, ID, NAME, HASH, HASH, (HASH,), "code", ("cell01",)),
        *(DAY, DAY, ((ReceiptStatus.OPENED, DAY),), False, (PART,), DAY, HASH, 1),
    ),
    Prepared("Kari", HASH),
    AskedPolice(ID, ID, Kind.POLICE_REQUEST, PoliceBasis.KL5_DANGER),
    Posted(Board.POLICE, 3, 2, ID, rode=True),
    _Telling(Week(2), Week(3), Week(3), 1),
    _Telling(began=Week(3), week=Week(4), at=2),
    Crowd(((3, {CellClass.NOTE: 57, CellClass.S: 1}), (4, {CellClass.NOTE: 57}))),
    Own(((Board.CENTRE, 3, CellClass.S, True), (Board.CENTRE, 3, CellClass.NOTE, False))),
    Posting(*(Board.POLICE, CellClass.NOTE, ID, 0, True, DAY, TOKEN, b"note")),
    Transfer(
        *(NAME, "sak: x", {PART: Staged("cell01", HASH, 9)}, b"consent"),
        *(Place(MEMBER, HASH, "", DAY), (ID,), ID, ID, Instant(7), ("ring",), ID),
        {PART: ID},
        {f"{PART}\n0": "call_name: M"},
        Heard(MEMBER, DAY, NAME),
    ),
    Stop(MEMBER, DAY, NAME, lifted=True),
    Asked(DAY, ()),
)

OLDER: Final = frozenset({Given, InLine, Incoming, Kept, Outgoing, Own, Posted, Posting, Transfer})
"""Rows that an older program wrote shorter; they are read, and written whole the next time."""
ELSEWHERE: Final = {
    "Consent": "tests/test_consent.py",
    "RequestContent": "tests/test_policerows.py",
    "NoticeContent": "tests/test_policerows.py",
}
"""What carries the words of a case, and has a test of its own."""
STRANGE: Final[tuple[Packable, ...]] = (
    *(None, True, False, -1, 0, 1, 1 << 63, b"", b"\0" * 16, b"\0" * 32, "", "x", "x" * 200),
    *([], [None], [0], ["x"], [b"x"], {}, {"x": 1}),
)


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(client.__path__, "client."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_every_row_of_the_client_is_here() -> None:
    """A class that can be written and read and that no law covers is found by this test."""
    written = {
        name
        for module in _modules()
        for name, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__ == module.__name__ and {"encode", "decode"} <= vars(one).keys()
    }
    assert written == {type(one).__name__ for one in ROWS} | set(ELSEWHERE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_a_row_comes_back_as_it_was(row: Row) -> None:
    """What was written is what is read."""
    assert type(row).decode(row.encode()) == row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: type(row).__name__)
def test_what_is_read_is_all_that_was_written(row: Row) -> None:
    """Each value exchanged, left out or doubled: refused, or kept to the last byte."""
    kept = refused = 0
    tree = unpack(row.encode())
    assert isinstance(tree, list)
    for changed in _changed(tree):
        data = pack(changed)
        try:
            read = type(row).decode(data)
        except Refusal:
            refused += 1
            continue
        again = read.encode()
        shorter = type(row) in OLDER and _values(changed) < _values(tree)
        assert again == data or (shorter and type(row).decode(again) == read), changed
        kept += 1
    assert refused > len(tree)
    assert kept > 0


def _values(tree: Packable) -> int:
    """Return how many values there are, at any depth."""
    return 1 + sum(map(_values, tree)) if isinstance(tree, list | tuple) else 1


def _changed(tree: list[Value]) -> Iterator[list[Packable]]:
    """Yield the list with one value exchanged, left out or doubled, at any depth."""
    for at, value in enumerate(tree):
        before, after = tree[:at], tree[at + 1 :]
        yield [*before, *after]
        yield [*before, value, value, *after]
        for strange in STRANGE:
            if type(strange) is not type(value) or strange != value:
                yield [*before, strange, *after]
        if isinstance(value, list):
            for inner in _changed(value):
                yield [*before, inner, *after]
