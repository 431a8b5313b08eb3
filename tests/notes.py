"""A small roster with its secrets, and one message of each sort, for tests of sealing."""

from dataclasses import dataclass, replace
from typing import Final

from keys.address import Board, CellClass, CellHash, MemberId, PackageId, Role
from keys.body import Kind
from keys.calendar import Day
from keys.epoch import EpochBatch, EpochRole, EpochSecret
from keys.identity import Identity, MachineCertificate, MachineKey, PublicIdentity
from keys.manifest import Accepted, BlobEntry, ConsentMark, Origin, PackageManifest, Release
from keys.opening import Opener
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote
from keys.sealing import Message

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
        EpochSecret.from_seed(EpochRole.INNER, TODAY, bytes([number, 1]) * 16),
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
MANIFESTS: Final[dict[Kind, bytes]] = {
    Kind.CASE_PACKAGE: WAITING.encode(Kind.CASE_PACKAGE),
    Kind.POLICE_REQUEST: REQUEST.encode(Kind.POLICE_REQUEST),
    Kind.POLICE_NOTICE: replace(REQUEST, prev=Origin(b"o" * 32)).encode(Kind.POLICE_NOTICE),
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
    return Opener(me, {}, [me.inner], ALL.__getitem__, certificates.__getitem__, NOTHING)
