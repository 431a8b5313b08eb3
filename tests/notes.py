"""A small roster with its secrets, honest messages, and notes put together by hand to attack."""

from dataclasses import dataclass, replace
from typing import Final

from keys.address import Board, CellClass, CellHash, MemberId, PackageId, Role
from keys.body import Body, Kind
from keys.calendar import Day
from keys.epoch import EpochBatch, EpochRole, EpochSecret, key_hash
from keys.hpke import HpkePublic
from keys.identity import Identity, MachineCertificate, MachineKey, PublicIdentity, Purpose
from keys.manifest import (
    Accepted,
    BlobEntry,
    ConsentMark,
    Origin,
    PackageManifest,
    Release,
    blob_ids,
)
from keys.note import Addressee, OuterLayer, seal_note
from keys.opening import Opened, Opener, open_inner, open_outer
from keys.prekeys import PrekeySecret
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from keys.sealing import Message
from keys.wire import Packable, pack, unpack

TODAY: Final = Day(20_000)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a small roster, with its secrets."""

    role: Role
    secret: Identity
    machine: MachineKey
    outer: EpochSecret
    inner: EpochSecret
    home_district: MemberId | None = None

    @property
    def member_id(self) -> MemberId:
        """The member's id."""
        return self.identity.member_id

    @property
    def identity(self) -> PublicIdentity:
        """The member's public keys."""
        return self.secret.public

    @property
    def batch(self) -> EpochBatch:
        """The member's published keys for today."""
        return EpochBatch.issue(self.secret, [self.outer, self.inner])


def member(number: int, role: Role) -> Member:
    """Return the same member for the same number, always."""
    return Member(
        role,
        Identity.from_seed(bytes([number]) * 64),
        MachineKey.from_seed(bytes([number]) * 32),
        EpochSecret.from_seed(EpochRole.OUTER, TODAY, bytes([number]) * 32),
        EpochSecret.from_seed(EpochRole.INNER, TODAY, bytes([number, 0xFF]) * 16),
    )


EVA: Final = member(1, Role.CENTRE)
IDA: Final = member(2, Role.CENTRE)
OLE: Final = member(3, Role.POLICE)
PER: Final = member(4, Role.POLICE)
ALL: Final = {m.member_id: m for m in (EVA, IDA, OLE, PER)}
BATCHES: Final = {m.member_id: m.batch for m in ALL.values()}
PACKAGE_ID: Final = PackageId(b"p" * 16)
RECORD: Final = BlobEntry(CellHash(b"r" * 32), b"c" * 32, CellClass.S)
PHOTOS: Final = BlobEntry(CellHash(b"a" * 32), b"C" * 32, CellClass.XL256)
WAITING: Final = PackageManifest(
    PACKAGE_ID,
    TODAY,
    Day(TODAY + 7),
    Accepted(b"y" * 32),
    Release.ARRIVAL,
    (RECORD, PHOTOS),
    ConsentMark(b"s" * 32, Day(TODAY + 7)),
    b"l" * 300,
)
REQUEST: Final = PackageManifest(
    PACKAGE_ID,
    TODAY,
    Day(TODAY + 7),
    None,
    Release.AHEAD,
    (replace(RECORD, key=b"k" * 32),),
)
STORED: Final = Receipt(PACKAGE_ID, b"m" * 32, ReceiptStatus.STORED, TODAY)
NOTICE: Final = replace(REQUEST, prev=Origin(b"o" * 32))
MANIFESTS: Final[dict[Kind, bytes]] = {
    Kind.CASE_PACKAGE: WAITING.encode(Kind.CASE_PACKAGE),
    Kind.POLICE_REQUEST: REQUEST.encode(Kind.POLICE_REQUEST),
    Kind.POLICE_VIEW_REQUEST: REQUEST.encode(Kind.POLICE_VIEW_REQUEST),
    Kind.POLICE_NOTICE: NOTICE.encode(Kind.POLICE_NOTICE),
    Kind.POLICE_VIEW: NOTICE.encode(Kind.POLICE_VIEW),
    Kind.RECEIPT: STORED.encode(),
    Kind.POLICE_RECEIPT: STORED.encode(),
    Kind.RELEASE: ReleaseNote(PACKAGE_ID, b"m" * 32, (b"k" * 32,)).encode(),
}
INQUIRY: Final = Message(
    Kind.PLACE_INQUIRY, Board.CENTRE, EVA, IDA, 7, b"r" * 32, b"two beds, one cot"
)
PACKAGE: Final = replace(INQUIRY, kind=Kind.CASE_PACKAGE, manifest=MANIFESTS[Kind.CASE_PACKAGE])
DUMMY: Final = replace(INQUIRY, kind=Kind.DUMMY, recipient=EVA, manifest=b"")
RECEIPT: Final = replace(INQUIRY, kind=Kind.RECEIPT, manifest=STORED.encode())


NOTHING: Final[frozenset[bytes]] = frozenset()


def opener(me: Member) -> Opener:
    """Return a reader that knows everybody and has read nothing yet."""
    certificates = {
        key: [MachineCertificate.issue(m.secret, m.machine.public, TODAY, 30)]
        for key, m in ALL.items()
    }
    return Opener(me, (), [me.inner], ALL.__getitem__, certificates.__getitem__, NOTHING)


KARI: Final = member(5, Role.CENTRE)
"""A centre that the roster does not have."""
IDS: Final = blob_ids(WAITING)


@dataclass(frozen=True, slots=True)
class Note:
    """A note put together by hand: honest, but for what an attack replaces."""

    kind: Kind = Kind.CASE_PACKAGE
    sender: Member = EVA
    named: Member = IDA
    """Whom the signed body names."""
    reader: Member = IDA
    """Whom it is sealed to."""
    channel: Board = Board.CENTRE
    board: Board = Board.CENTRE
    manifest: bytes = MANIFESTS[Kind.CASE_PACKAGE]
    blobs: tuple[CellHash, ...] = IDS
    day: Day = TODAY
    named_day: Day = TODAY
    salt: bytes = b"i" * 16
    named_salt: bytes = b"i" * 16
    named_key: bytes | None = None
    prekey: PrekeySecret | None = None
    """What the inner layer is sealed to, when it is not the day's key."""
    signer: Identity | MachineKey | None = None
    purpose: Purpose = Purpose.ENVELOPE
    signature: bytes | None = None
    raw: bytes | None = None
    """The signed bytes, where they are no body."""

    @property
    def inner_public(self) -> HpkePublic:
        """The key that the inner layer is sealed to."""
        return (self.prekey or self.reader.inner).hpke.public

    @property
    def body(self) -> bytes:
        """The bytes that are signed."""
        if self.raw is not None:
            return self.raw
        return Body(
            self.channel,
            self.kind,
            self.sender.member_id,
            self.named.member_id,
            7,
            b"r" * 32,
            self.named_day,
            self.named_salt,
            self.named_key or key_hash(self.inner_public),
            (),
            self.manifest,
        ).encode()

    @property
    def signed(self) -> bytes:
        """The signature over them."""
        if self.signature is not None:
            return self.signature
        if isinstance(self.signer, MachineKey):
            return self.signer.sign(self.purpose, self.body, self.sender.member_id)
        return (self.signer or self.sender.secret).sign(self.purpose, self.body)

    @property
    def sealed(self) -> bytes:
        """The note as it is posted."""
        reader = self.reader
        to = Addressee(
            self.board,
            reader.member_id,
            self.day,
            reader.outer.public,
            self.inner_public,
            self.salt,
        )
        return seal_note(to, self.body, self.signed, self.blobs)

    @property
    def outer(self) -> OuterLayer:
        """The note, opened on its board by its reader's service."""
        epoch = EpochSecret(EpochRole.OUTER, self.day, self.reader.outer.hpke)
        outer = open_outer(self.sealed, self.board, self.reader.member_id, [epoch])
        assert outer is not None
        return outer

    def opened(self, today: Day = TODAY, by: Opener | None = None) -> Opened:
        """What its reader makes of it."""
        inner = EpochSecret(EpochRole.INNER, self.day, self.reader.inner.hpke)
        by = opener(self.reader) if by is None else by
        return open_inner(self.outer, replace(by, inners=[inner]), today)


HONEST: Final = Note()
STORED_NOTE: Final = Note(kind=Kind.RECEIPT, manifest=STORED.encode(), blobs=())
BY_MACHINE: Final = replace(STORED_NOTE, signer=EVA.machine)
SIGNATURE: Final = HONEST.signed
INQUIRY_NOTE: Final = Note(kind=Kind.PLACE_INQUIRY, manifest=b"two beds", blobs=())
NOTICE: Final = Note(
    kind=Kind.POLICE_NOTICE,
    sender=OLE,
    named=PER,
    reader=PER,
    channel=Board.POLICE,
    board=Board.POLICE,
    manifest=MANIFESTS[Kind.POLICE_NOTICE],
    blobs=blob_ids(REQUEST),
)


def with_field(at: int, value: Packable) -> bytes:
    """Return an honest body with one field replaced by any value."""
    read = unpack(HONEST.body)
    assert isinstance(read, list)
    fields: list[Packable] = [*read]
    fields[at] = value
    return pack(fields)
