"""The one door out: everything that leaves this member is sealed here and nowhere else.

This file knows the two ways out for what concerns a person: `hand_over`, for a consented package,
and `notify`, for a request or notice to the police; and `answer` and `dummy`, for what has no
content (CONSENT C-8). It refuses everything else, by its types and once more at run time. It opens
no socket and reads no clock: who posts what it seals is decided elsewhere.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from io import BytesIO
from secrets import token_bytes

from client.draft import ConsentedPackage
from client.notice import District, PoliceNotice, PoliceRequest
from client.refusals import ConsentMissing, ConsentOtherRecipient, NoBasis, WrongDistrict
from client.sealed import (
    DAYS,
    KINDS,
    PART_CONSENT,
    PART_NOTICE,
    PART_REQUEST,
    BlobFile,
    Cells,
    Job,
    SealedEnvelope,
    SealedNote,
    Seat,
    To,
    WithoutContent,
)
from keys.address import CELL_BYTES, Board, CellClass, PackageId, Role
from keys.arrival import ArrivalCode, lock
from keys.blob import (
    CAPACITY,
    BlobKey,
    SealedBlob,
    blob_context,
    new_blob_key,
    seal_blob,
    smallest_class,
)
from keys.body import ROUTES, Kind, MemberView, check_route
from keys.calendar import Day
from keys.container import ContainerStream, Part, PartId
from keys.epoch import EpochBatch
from keys.errors import TooLarge, WrongRole
from keys.manifest import (
    RECORD_CLASSES,
    BlobEntry,
    ConsentMark,
    Origin,
    PackageManifest,
    Prev,
    Release,
)
from keys.receipt import ReleaseNote, manifest_hash
from keys.sealing import Message, seal, seal_to_nobody

__all__ = [
    "ArrivalCode",
    "BlobFile",
    "Job",
    "PoliceNotice",
    "PoliceRequest",
    "SealedEnvelope",
    "SealedNote",
    "Seat",
    "To",
    "answer",
    "dummy",
    "hand_over",
    "notify",
]


@dataclass(frozen=True, slots=True)
class _Contents:
    """What one envelope holds, before it is sealed."""

    kind: Kind
    prev: Prev
    expires: Day
    release: Release
    consent: ConsentMark | None
    containers: Sequence[ContainerStream] = field(repr=False)
    """The record, and then the attachments if there are any."""


@dataclass(frozen=True, slots=True)
class _Blob:
    """A blob that was sealed and written."""

    name: str
    sealed: SealedBlob
    key: BlobKey = field(repr=False)

    def entry(self, *, is_locked: bool) -> BlobEntry:
        key = None if is_locked else self.key
        return BlobEntry(self.sealed.blob_id, self.sealed.commitment, self.sealed.cls, key)


def hand_over(package: ConsentedPackage, to: To, seat: Seat, job: Job) -> SealedEnvelope:
    """Seal a consented package to the one centre that its consent names (C-8.1).

    Blocking: the attachments are read, sealed and written here.

    Raises:
        ConsentMissing: `package` is no consented package, or holds what was not consented to.
        ConsentOtherRecipient: `to` is another member.
        ConsentEnded: the consent's last day has passed.
        WrongRole: `to` is no centre, or the sender is none.
        NoKeys: the receiver has published no keys for today; nothing was sealed.
        TooLarge: the record or the attachments do not fit.
        Truncated, TrailingBytes: an attachment changed while it was read.
        BadSignature: the signer is not the sender's identity.
        DiskFull: see `CellFiles.writing`.
    """
    if not _is_made(package, ConsentedPackage):
        raise ConsentMissing
    package.check(seat.today)
    if to.member.member_id != package.recipient:
        raise ConsentOtherRecipient
    consent = package.consent
    record = [(PART_CONSENT, consent.encode()), *package.octets.items()]
    with ExitStack() as opened:
        files = [
            Part(PartId(part), file.length, opened.enter_context(file.open()))
            for part, file in package.files.items()
        ]
        containers = [ContainerStream(job.package_id, _in_memory(record))]
        containers += [ContainerStream(job.package_id, files)] if files else []
        contents = _Contents(
            package.kind,
            package.prev,
            min(consent.ends, _last_day(package.kind, seat, job)),
            Release(consent.release.value),
            ConsentMark(consent.hash, consent.ends),
            containers,
        )
        return _seal_envelope(contents, to, seat, job)


def notify(
    notice: PoliceRequest | PoliceNotice,
    district: District,
    keys: EpochBatch,
    seat: Seat,
    job: Job,
) -> SealedEnvelope:
    """Seal a request to the sender's own district, or a notice to the district it is for (C-8.2).

    Raises:
        NoBasis: `notice` is neither.
        WrongDistrict: `district` is not the one it goes to.
        WrongRole: the sender may not send it.
        NoKeys, TooLarge, BadSignature, DiskFull: as `hand_over`.
    """
    if not _is_made(notice, PoliceRequest, PoliceNotice):
        raise NoBasis
    if isinstance(notice, PoliceRequest):
        goes_to, prev, name = seat.me.home_district, None, PART_REQUEST
    else:
        goes_to, prev, name = notice.district, Origin(notice.origin), PART_NOTICE
    if not _is_made(district, District) or district.member_id != goes_to:
        raise WrongDistrict
    container = ContainerStream(job.package_id, _in_memory([(name, notice.content.encode())]))
    expires = _last_day(notice.kind, seat, job)
    contents = _Contents(notice.kind, prev, expires, Release.AHEAD, None, [container])
    return _seal_envelope(contents, To(district.member, keys), seat, job)


def answer(message: WithoutContent, to: To, seat: Seat) -> SealedNote:
    """Seal what has no content (C-8.3); its kind follows from what it is.

    Raises:
        WrongRole: it does not go between these two.
        WrongDistrict: a centre's word to a district that is not its own.
        NoKeys: the receiver has published no keys for today.
        BadSignature: a machine key for anything but a receipt that says `stored`.
        Malformed: the message breaks its kind's rules.
    """
    kind = KINDS.get(type(message))
    if kind is None:
        raise WrongRole
    if kind is Kind.RECEIPT and seat.me.role is Role.POLICE:
        kind = Kind.POLICE_RECEIPT
    if kind is Kind.POLICE_WITHDRAWAL and to.member.member_id != seat.me.home_district:
        raise WrongDistrict
    return _seal_note(kind, ROUTES[kind].board, message.encode(), to, seat)


def dummy(board: Board, keys: EpochBatch | None, seat: Seat) -> bytes:
    """Return a note to oneself, without own `keys` to nobody (E-4.8), that looks like any other.

    Raises:
        WrongBoard: this member may not write there.
        NoKeys: the keys are not of today.
    """
    if keys is not None:
        return _seal_note(Kind.DUMMY, board, b"", To(seat.me, keys), seat).note
    message = _message(Kind.DUMMY, board, b"", seat.me, seat)
    return seal_to_nobody(message, seat.signer, seat.today).note


def dummy_blob(board: Board, cls: CellClass, cells: Cells) -> BlobFile:
    """Write a blob of nothing that nobody else can tell from any other; its key is forgotten.

    Raises:
        DiskFull: see `CellFiles.writing`.
    """
    context = blob_context(PackageId(token_bytes(16)), 0, board)
    with cells.writing() as (name, file):
        sealed = seal_blob(BytesIO(), 0, cls, new_blob_key(), context, file)
    return BlobFile(name, sealed.blob_id, cls)


def _seal_note(kind: Kind, board: Board, manifest: bytes, to: To, seat: Seat) -> SealedNote:
    if kind is not Kind.DUMMY and to.member.member_id == seat.me.member_id:
        raise WrongRole(kind=kind.word)
    message = _message(kind, board, manifest, to.member, seat)
    sealed = seal(message, seat.signer, to.keys, seat.today, to.prekey)
    return SealedNote(kind, board, sealed.note, sealed.body_hash)


def _message(kind: Kind, board: Board, manifest: bytes, to: MemberView, seat: Seat) -> Message:
    said = seat.roster_version, seat.roster_hash, manifest, seat.gossip
    return Message(kind, board, seat.me, to, *said)


def _is_made(value: object, *kinds: type) -> bool:
    """Ask at run time what the types have promised: a hostile caller may have cast them away."""
    return type(value) in kinds


def _last_day(kind: Kind, seat: Seat, job: Job) -> Day:
    days = DAYS[kind] if job.days is None else min(job.days, DAYS[kind])
    return Day(seat.today + days)


def _in_memory(parts: Sequence[tuple[str, bytes]]) -> list[Part]:
    return [Part(PartId(name), len(data), BytesIO(data)) for name, data in parts]


def _seal_envelope(contents: _Contents, to: To, seat: Seat, job: Job) -> SealedEnvelope:
    """Seal the blobs, then the note that names them; what can be refused early is."""
    board = ROUTES[contents.kind].board
    check_route(contents.kind, board, seat.me.role, to.member.role)
    to.keys.check(to.member.identity)
    to.keys.for_day(seat.today)
    blobs = _seal_blobs(contents, board, job)
    code = locked = None
    if contents.release is Release.ARRIVAL:
        code = job.code or ArrivalCode.generate()
        locked = lock(code, job.package_id, b"".join(blob.key for blob in blobs))
    manifest = PackageManifest(
        job.package_id,
        seat.today,
        contents.expires,
        contents.prev,
        contents.release,
        tuple(blob.entry(is_locked=locked is not None) for blob in blobs),
        contents.consent,
        locked,
    ).encode(contents.kind)
    note = _seal_note(contents.kind, board, manifest, replace(to, prekey=job.prekey), seat)
    named, keys = manifest_hash(manifest), tuple(blob.key for blob in blobs)
    return SealedEnvelope(
        job.package_id,
        contents.kind,
        board,
        note.note,
        note.body_hash,
        manifest,
        contents.expires,
        tuple(BlobFile(blob.name, blob.sealed.blob_id, blob.sealed.cls) for blob in blobs),
        code,
        None if code is None else ReleaseNote(job.package_id, named, keys),
        once=job.prekey is not None,
    )


def _seal_blobs(contents: _Contents, board: Board, job: Job) -> list[_Blob]:
    classes = [smallest_class(container.size) for container in contents.containers]
    if classes[0] not in RECORD_CLASSES:
        raise TooLarge(limit=CAPACITY[CellClass.M])
    total = sum(CELL_BYTES[cls] for cls in classes)
    blobs, done = list[_Blob](), 0
    for index, (container, cls) in enumerate(zip(contents.containers, classes, strict=True)):
        tell = partial(job.tell, done, total)
        key = new_blob_key()
        context = blob_context(job.package_id, index, board)
        with job.cells.writing() as (name, file):
            sealed = seal_blob(container, container.size, cls, key, context, file, tell)
        blobs.append(_Blob(name, sealed, key))
        done += CELL_BYTES[cls]
    return blobs
