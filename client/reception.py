"""The one door in: everything that arrives is opened here and nowhere else.

This file knows the order (CONSENT C-9, C-10): the outer layer while nobody is logged in, the inner
one at a staff unlock, the contents when they are released, and the consent before any other part.
It refuses to show a part of what does not hold as a whole. It keeps nothing: who stores what, and
when the answer leaves, is decided elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from types import MappingProxyType
from typing import Protocol

from client.arrived import Arrived
from client.case import Part, PartId, PartName, decode_part, name_of, order_of
from client.consent import Consent, check_contents, check_received
from client.kept import Attachments
from client.notice import NEXT
from client.policelines import NoticeContent, RequestContent
from client.received import Came, Known, Received
from client.refusals import ConsentMismatch, NotReleased
from client.sealed import PART_CONSENT, PART_NOTICE, PART_REQUEST
from client.solicited import TURNED_AWAY, read, turned_away
from keys import opening
from keys.address import Board, CellHash, MemberId
from keys.arrival import ArrivalCode, unlock
from keys.blob import BlobKey, BlobReader, blob_context
from keys.body import ROUTES, Kind
from keys.calendar import Day
from keys.chunks import Commitment
from keys.container import ContainerReader, PartEntry
from keys.epoch import EpochSecret
from keys.errors import NotHere, Refused, WrongRole, WrongShape
from keys.manifest import Accepted, PackageManifest, Release
from keys.note import OuterLayer
from keys.opening import Opener, UsedUp
from keys.receipt import BLOB_KEY_BYTES, ReleaseNote, manifest_hash
from keys.spans import Progress, SeekableSource

__all__ = [
    "ArrivalCode",
    "Attachments",
    "OpenedRecord",
    "Opener",
    "Package",
    "Progress",
    "UsedUp",
    "accepted_hash",
    "manifest_hash",
    "open_attachments",
    "open_inner",
    "open_notice",
    "open_outer",
    "open_record",
    "open_request",
    "package_of",
    "release",
]

_RECORD, _ATTACHMENTS = range(2)  # the blobs of a package, in the manifest's order


class HasKind(Protocol):
    """Anything that knows of what kind its note was."""

    @property
    def kind(self) -> Kind:
        """The kind."""
        ...


@dataclass(frozen=True, slots=True)
class Package:
    """A package that came: its kind and its signed manifest."""

    kind: Kind
    manifest: PackageManifest


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """A record that held as a whole.

    Attributes:
        parts: the parts that came, in their fixed order.
        octets: the same as bytes, for `decode_part`: kept in a row each, they are destroyed
            one by one.
    """

    consent: Consent
    parts: Mapping[PartId, Part] = field(repr=False)
    octets: Mapping[PartId, bytes] = field(repr=False)


def open_outer(
    note: bytes, board: Board, me: MemberId, secrets: Sequence[EpochSecret]
) -> Arrived | None:
    """Open a note's outer layer by trial; None when it is not for this member.

    Raises:
        WrongSize: `note` is not 8,192 bytes.
        Malformed: it opens, and is not in its form.
    """
    outer = opening.open_outer(note, board, me, secrets)
    if outer is None:
        return None
    return Arrived(CellHash(sha256(note).digest()), outer.blob_ids, outer.encode())


def open_inner(arrived: Arrived, by: Opener, known: Known, today: Day) -> Received:
    """Open a note's inner layer, believe it, and judge whether there is reason to take it (C-9).

    A note that is forged, broken, late or doubled raises, and its sender is told nothing. One that
    is in order and not to be taken is a `ReceivedRefused`, with what its sender is told.

    Raises:
        Refusal: every leaf of `keys.opening.open_inner`; Malformed leaves of the message.
    """
    opened = opening.open_inner(OuterLayer.decode(arrived.outer), by, today)
    body = opened.body
    came = Came(
        sender=opened.sender,
        kind=body.kind,
        body_hash=opened.body_hash,
        manifest_hash=opened.manifest_hash,
        day=body.board_epoch,
        by_machine=opened.by_machine,
        prekey=opened.prekey,
        roster_version=body.roster_version,
        roster_hash=body.roster_hash,
        gossip=body.gossip,
        replay_keys=opened.replay_keys,
    )
    try:
        return read(came, body.manifest, opened.manifest, known, by.me.member_id)
    except TURNED_AWAY as refusal:
        return turned_away(came, opened.manifest, refusal, today)


def used_up(arrived: Arrived, by: Opener) -> UsedUp | None:
    """Return the one-time key that a refused note has used up all the same (E-17.8)."""
    return opening.used_up(OuterLayer.decode(arrived.outer), by)


def accepted_hash(manifest: PackageManifest) -> bytes | None:
    """Return the acceptance that a package rests on; None when it was a yes by telephone."""
    return manifest.prev.hash if isinstance(manifest.prev, Accepted) else None


def package_of(manifest: PackageManifest, came: HasKind) -> Package:
    """Return the package that a manifest describes."""
    return Package(came.kind, manifest)


def release(manifest: PackageManifest, by: ArrivalCode | ReleaseNote | None) -> tuple[BlobKey, ...]:
    """Return the keys of a package's blobs, in their order (C-10.1).

    Args:
        manifest: of the package.
        by: the code that the person carries, the sender's word that she or he has come, or
            nothing, which opens only what was sent ahead.

    Raises:
        NotReleased: it waits for arrival.
        WrongCode: the code is another package's.
        WrongShape: the sender locked or released other than one key for each blob.
    """
    if manifest.release is Release.AHEAD:
        return tuple(BlobKey(blob.key) for blob in manifest.blobs if blob.key is not None)
    if by is None:
        raise NotReleased
    if isinstance(by, ReleaseNote):
        keys = by.keys if by.package_id == manifest.package_id else ()
    else:
        joined = unlock(by, manifest.package_id, manifest.locked or b"")
        keys = tuple(
            joined[at : at + BLOB_KEY_BYTES] for at in range(0, len(joined), BLOB_KEY_BYTES)
        )
    if [len(key) for key in keys] != [BLOB_KEY_BYTES] * len(manifest.blobs):
        raise WrongShape(field="package.keys")
    return tuple(map(BlobKey, keys))


def open_record(
    source: SeekableSource, key: bytes, package: Package, me: MemberId, today: Day
) -> OpenedRecord:
    """Open a released record: the consent first, and then all of it or nothing (C-10.2 to C-10.6).

    Args:
        source: the record's cell.
        key: from `release`.
        package: what it is the record of.
        me: this member.
        today: the day on which the consent must count.

    Raises:
        ConsentMismatch: the record is not exactly what its consent permits.
        ConsentOtherRecipient: the consent is for another centre.
        ConsentEnded: its last day has passed.
        CommitmentMismatch, Damaged, Malformed: the bytes are not what the manifest commits to, or
            a part has not its form.
    """
    reader = _container(source, key, package, _RECORD)
    first, *rest = reader.entries
    if first.part_id != PART_CONSENT:
        raise ConsentMismatch
    consent = check_received(_octets(reader, first), package.manifest, me, today)
    named = [str(entry.part_id) for entry in rest]
    parts = [part for part in consent.parts if part in named]
    if named != parts or not parts:
        raise ConsentMismatch
    attached = any(name_of(part) is PartName.ATTACHMENT for part in parts)
    if attached != (len(package.manifest.blobs) > _ATTACHMENTS):
        raise ConsentMismatch
    octets = {part: _octets(reader, entry) for part, entry in zip(parts, rest, strict=True)}
    decoded = {part: decode_part(part, data) for part, data in octets.items()}
    try:
        check_contents(consent, decoded)
    except Refused:
        raise ConsentMismatch from None
    return OpenedRecord(consent, MappingProxyType(decoded), MappingProxyType(octets))


def open_attachments(
    source: SeekableSource, key: bytes, package: Package, parts: Iterable[PartId]
) -> Attachments:
    """Open the table of the attachments: exactly those that the record had, or none of them.

    Args:
        source: their cell.
        key: from `release`.
        package: what they belong to.
        parts: the record's parts; those that are no attachments are passed over.

    Raises:
        NotHere: the package has none.
        ConsentMismatch: there are others than the record names.
        CommitmentMismatch, Damaged, Malformed: as `open_record`.
    """
    if len(package.manifest.blobs) <= _ATTACHMENTS:
        raise NotHere
    reader = _container(source, key, package, _ATTACHMENTS)
    named = (part for part in parts if name_of(part) is PartName.ATTACHMENT)
    wanted = sorted(named, key=order_of)
    if [str(entry.part_id) for entry in reader.entries] != wanted:
        raise ConsentMismatch
    return Attachments(reader, package.manifest.package_id)


def open_request(source: SeekableSource, key: bytes, package: Package) -> RequestContent:
    """Open a centre's request or question about a place: one part, and no other.

    Raises:
        WrongRole: it is no request.
        CommitmentMismatch, Damaged, Malformed: as `open_record`; or it holds something else.
    """
    return RequestContent.decode(_only(source, key, package, NEXT), package.kind)


def open_notice(source: SeekableSource, key: bytes, package: Package) -> NoticeContent:
    """Open a home district's notice or question about a place: one part, and no other.

    Raises:
        WrongRole: it is no notice.
        CommitmentMismatch, Damaged, Malformed: as `open_record`; or it holds something else.
    """
    return NoticeContent.decode(_only(source, key, package, NEXT.values()), package.kind)


def _only(source: SeekableSource, key: bytes, package: Package, kinds: Collection[Kind]) -> bytes:
    if package.kind not in kinds:
        raise WrongRole(kind=package.kind.word)
    name = PART_REQUEST if package.kind in NEXT else PART_NOTICE
    reader = _container(source, key, package, _RECORD)
    if [entry.part_id for entry in reader.entries] != [name] or len(package.manifest.blobs) > 1:
        raise WrongShape(field=package.kind.word)
    return _octets(reader, reader.entries[0])


def _container(source: SeekableSource, key: bytes, package: Package, index: int) -> ContainerReader:
    manifest = package.manifest
    blob = manifest.blobs[index]
    context = blob_context(manifest.package_id, index, ROUTES[package.kind].board)
    reader = BlobReader(source, blob.cls, BlobKey(key), Commitment(blob.commitment), context)
    return ContainerReader(reader, manifest.package_id)


def _octets(reader: ContainerReader, entry: PartEntry) -> bytes:
    sink = BytesIO()
    reader.open_part(entry.part_id, sink)
    return sink.getvalue()
