"""What goes into the one door out and what comes out of it: plain values.

This file knows who sends, to whom, and what a sealed envelope consists of. It refuses to seal:
handover.py does, alone.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO, Final, Protocol, TypeAlias

from client.inquiry import PlaceAnswer, PlaceInquiry
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    Withdrawal,
)
from keys.address import Board, CellClass, CellHash, PackageId
from keys.arrival import ArrivalCode
from keys.body import Kind, MemberView, Seen
from keys.calendar import Day
from keys.epoch import EpochBatch
from keys.hpke import HpkePublic
from keys.identity import Identity, MachineKey
from keys.receipt import Receipt, ReleaseNote, manifest_hash

PART_CONSENT: Final = "consent"
PART_REQUEST: Final = "request"
PART_NOTICE: Final = "notice"
"""The first part of a record, by what it is a record of (C-3.1, C-10.7)."""

WithoutContent: TypeAlias = (
    PlaceInquiry
    | PlaceAnswer
    | Withdrawal
    | PoliceWithdrawal
    | PoliceStatus
    | PoliceContact
    | PoliceViewAnswer
    | Receipt
    | ReleaseNote
)
"""What may be said without a consent or a basis: nothing in it is about a person's case."""

DAYS: Final[Mapping[Kind, int]] = MappingProxyType(
    {
        Kind.CASE_PACKAGE: 7,
        Kind.PACKAGE_UPDATE: 7,
        Kind.POLICE_REQUEST: 7,
        Kind.POLICE_VIEW_REQUEST: 7,
        Kind.POLICE_NOTICE: 30,
        Kind.POLICE_VIEW: 7,
    }
)
"""How long each kind may be opened, in days; a member may only shorten it (C-8.4)."""

KINDS: Final[Mapping[type, Kind]] = MappingProxyType(
    {
        PlaceInquiry: Kind.PLACE_INQUIRY,
        PlaceAnswer: Kind.PLACE_ANSWER,
        Withdrawal: Kind.WITHDRAWAL,
        PoliceWithdrawal: Kind.POLICE_WITHDRAWAL,
        PoliceStatus: Kind.POLICE_STATUS,
        PoliceContact: Kind.POLICE_CONTACT,
        PoliceViewAnswer: Kind.POLICE_VIEW_ANSWER,
        ReleaseNote: Kind.RELEASE,
        Receipt: Kind.RECEIPT,
    }
)
"""Which kind a message without content is; between districts a receipt is a `POLICE_RECEIPT`."""

Progress = Callable[[int, int], None]
"""Told the bytes done and the bytes in all."""


class Cells(Protocol):
    """Where sealed cells are written: `client.cells.CellFiles`."""

    def writing(self) -> AbstractContextManager[tuple[str, BinaryIO]]:
        """Give a fresh name and a file open for writing, durable when the block ends."""
        ...


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sends, and what it trusts at this moment.

    Attributes:
        me: the sender, as the roster has it.
        signer: its identity; its machine key for a dummy or a receipt that says `stored`.
        roster_hash: 32 bytes, of the roster it trusts.
        today: the current UTC day.
        gossip: a checkpoint of each board, for the receiver to compare.
    """

    me: MemberView
    signer: Identity | MachineKey = field(repr=False)
    roster_version: int
    roster_hash: bytes
    today: Day
    gossip: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class To:
    """Who receives, and the keys it has published."""

    member: MemberView
    keys: EpochBatch
    prekey: HpkePublic | None = None
    """A one-time key of its, for what begins a package; else the key of the day (E-17)."""


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Job:
    """One envelope to be sealed.

    Attributes:
        package_id: chosen before, so that the intent is on disk first.
        cells: where the blobs are written; after a refusal stray files may lie there.
        days: how long it may be opened, when shorter than its kind's own time.
        code: the arrival code of an envelope sealed anew, so that the card in a pocket still
            counts; a new one is made without it.
        prekey: a one-time key of the receiver's, used up for this envelope (E-17); without one it
            is sealed to the key of the day.
        progress: called from the sealing thread.
    """

    package_id: PackageId
    cells: Cells
    days: int | None = None
    code: ArrivalCode | None = field(default=None, repr=False)
    prekey: HpkePublic | None = field(default=None, repr=False)
    progress: Progress = _silent

    def tell(self, before: int, total: int, written: int) -> None:
        """Tell how far it is when `before` bytes were done before this blob's."""
        self.progress(before + written, total)


@dataclass(frozen=True, slots=True)
class BlobFile:
    """A sealed blob that lies in a file."""

    name: str
    blob_id: CellHash
    cls: CellClass


@dataclass(frozen=True, slots=True)
class SealedEnvelope:
    """A note and the blobs it names, ready to be posted, the note first.

    Attributes:
        note: 8,192 bytes.
        body_hash: of its signed body; a notice names a request by it.
        manifest: its signed manifest; receipts name it by `manifest_hash`.
        expires: the last day on which it may be opened.
        code: what the resident carries, when it waits for arrival.
        release: what the sender says when the code is lost, when it waits for arrival.
        once: whether a key that is used once opens the note; else the key of its day does.
    """

    package_id: PackageId
    kind: Kind
    board: Board
    note: bytes = field(repr=False)
    body_hash: bytes
    manifest: bytes = field(repr=False)
    expires: Day
    files: tuple[BlobFile, ...]
    code: ArrivalCode | None = field(default=None, repr=False)
    release: ReleaseNote | None = field(default=None, repr=False)
    once: bool = False

    @property
    def manifest_hash(self) -> bytes:
        """32 bytes: how receipts, releases and withdrawals name it."""
        return manifest_hash(self.manifest)


@dataclass(frozen=True, slots=True)
class SealedNote:
    """A note without blobs, ready to wait for its tick.

    Attributes:
        body_hash: of its signed body; of a yes to a place this is the acceptance.
    """

    kind: Kind
    board: Board
    note: bytes = field(repr=False)
    body_hash: bytes
