"""What a package is: its blobs, why it is not unsolicited, its consent and when it may be opened.

This file knows the manifest of every kind with blobs (ENVELOPE E-5.7 to E-5.11). It refuses to
know what the blobs hold, and the manifests of kinds without blobs that only the client parses.
Blob keys stand here in clear only when the release is `ahead`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self, TypeAlias

from keys.address import BLOB_CHUNKS, CellClass, CellHash, PackageId
from keys.body import HASH_BYTES, MANIFEST_LIMIT, Kind, machine_signs
from keys.calendar import Day
from keys.errors import Expired, UnknownKind, WrongShape
from keys.receipt import (
    BLOB_KEY_BYTES,
    MAX_BLOBS,
    PACKAGE_ID_BYTES,
    Receipt,
    ReceiptStatus,
    ReleaseNote,
)
from keys.wire import Fields, Packable, Value, pack

LOCKED_LIMIT: Final = 300
"""The longest form of blob keys locked under an arrival code, in bytes."""
RECORD_CLASSES: Final = frozenset({CellClass.S, CellClass.M})
"""The first blob is the record and stays small, so that it opens while the rest travels."""
_LAST_DAY: Final = (1 << 32) - 1
_WORD: Final = re.compile(r"[a-z][a-z_]{0,39}")


class Release(StrEnum):
    """When a package may be opened."""

    ARRIVAL = "arrival"  # with the code the resident carries, or a release note
    AHEAD = "ahead"  # at once: the resident agreed, or it is between police


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver said yes in writing: the `body_hash` of its signed answer."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class AgreedByPhone:
    """The receiver said yes by telephone, in an emergency."""

    role: str
    """A schema word for who said yes, never a name: 1 to 40 of a–z and `_`."""
    day: Day


@dataclass(frozen=True, slots=True)
class Follows:
    """What an update adds to: the `manifest_hash` of the package."""

    hash: bytes


@dataclass(frozen=True, slots=True)
class Origin:
    """What a notice or a view stems from: a hash that only the home district can resolve."""

    hash: bytes


Prev: TypeAlias = Accepted | AgreedByPhone | Follows | Origin | None
"""Why this package is not unsolicited."""

PREV_OF: Final[Mapping[Kind, tuple[type, ...]]] = MappingProxyType(
    {
        Kind.CASE_PACKAGE: (Accepted, AgreedByPhone),
        Kind.PACKAGE_UPDATE: (Follows,),
        Kind.POLICE_REQUEST: (type(None),),
        Kind.POLICE_VIEW_REQUEST: (type(None),),
        Kind.POLICE_NOTICE: (Origin,),
        Kind.POLICE_VIEW: (Origin,),
    }
)
"""Which reasons each kind with blobs may give; it must give one of them (E-5.8)."""

CONSENTED: Final = frozenset({Kind.CASE_PACKAGE, Kind.PACKAGE_UPDATE})
"""Kinds that carry a consent's hash, and may wait for arrival; the others may do neither."""


@dataclass(frozen=True, slots=True)
class BlobEntry:
    """One blob of a package, in the note that names it."""

    blob_id: CellHash
    commitment: bytes
    """32 bytes: the commitment at the head of the blob, so that no two keys open it."""
    cls: CellClass
    key: bytes | None = field(default=None, repr=False)
    """32 bytes, or None when it is locked until arrival."""


@dataclass(frozen=True, slots=True)
class ConsentMark:
    """Which consent a package rests on, and its last day."""

    hash: bytes
    end_day: Day


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """The manifest of every kind with blobs (E-5.7)."""

    package_id: PackageId
    day: Day
    expires: Day
    """The last day on which it may be opened."""
    prev: Prev
    release: Release
    blobs: tuple[BlobEntry, ...]
    consent: ConsentMark | None = None
    locked: bytes | None = field(default=None, repr=False)
    """The blob keys under the arrival code (E-8), or None when the release is `ahead`."""

    def encode(self, kind: Kind) -> bytes:
        """Return the manifest bytes of a note of `kind`.

        Raises:
            Malformed: it breaks a rule of its kind, just as when it is read.
        """
        data = pack(
            [
                "package",
                1,
                self.package_id,
                self.day,
                self.expires,
                _pack_prev(self.prev),
                self.release.value,
                [[blob.blob_id, blob.key, blob.commitment, blob.cls.value] for blob in self.blobs],
                None if self.consent is None else [self.consent.hash, self.consent.end_day],
                self.locked,
            ]
        )
        self.decode(data, kind)
        return data

    @classmethod
    def decode(cls, data: bytes, kind: Kind) -> Self:
        """Read the manifest of a note of `kind`.

        Raises:
            UnknownKind: `kind` has no blobs.
            Malformed: any breach of the form or of the kind's rules (E-5.7 to E-5.11).
        """
        if kind not in PREV_OF:
            raise UnknownKind(kind=kind.word)
        fields = Fields.decode(data, "package", limit=MANIFEST_LIMIT)
        made = cls(
            package_id=PackageId(fields.octets("package_id", size=PACKAGE_ID_BYTES)),
            day=(day := Day(fields.number("day", most=_LAST_DAY))),
            expires=Day(fields.number("expires", least=day, most=_LAST_DAY)),
            prev=_prev(fields.items("prev", most=3)) if fields.optional() else None,
            release=fields.choice("release", Release),
            blobs=tuple(map(_blob, fields.items("blobs", least=1, most=MAX_BLOBS))),
            consent=_consent(fields.items("consent", most=2)) if fields.optional() else None,
            locked=fields.octets("locked", most=LOCKED_LIMIT) if fields.optional() else None,
        )
        fields.end()
        _check(made, kind)
        return made


def _check(made: PackageManifest, kind: Kind) -> None:
    """Refuse what no single field shows: the rules that tie fields to a kind (E-5.8 to E-5.11)."""
    keys = {blob.key is not None for blob in made.blobs}
    arrival = made.release is Release.ARRIVAL
    consented = made.consent is not None
    rules = (
        ("prev", isinstance(made.prev, PREV_OF[kind])),
        ("consent", consented == (kind in CONSENTED)),
        ("expires", made.consent is None or made.expires <= made.consent.end_day),
        ("release", kind in CONSENTED or not arrival),
        ("locked", arrival == (made.locked is not None)),
        ("blobs", keys == {not arrival}),
        ("blobs", made.blobs[0].cls in RECORD_CLASSES),
        ("blobs", len({blob.blob_id for blob in made.blobs}) == len(made.blobs)),
    )
    for name, holds in rules:
        if not holds:
            raise WrongShape(field=f"package.{name}")


def _pack_prev(prev: Prev) -> list[Packable] | None:
    match prev:
        case Accepted(said):
            return ["accepted", said]
        case AgreedByPhone(role, day):
            return ["phone", role, day]
        case Follows(said):
            return ["follows", said]
        case Origin(said):
            return ["origin", said]
        case _:
            return None


def _prev(items: list[Value]) -> Prev:
    match items:
        case ["accepted", bytes(said)] if len(said) == HASH_BYTES:
            return Accepted(said)
        case ["phone", str(role), int(day)] if _WORD.fullmatch(role) and _is_day(day):
            return AgreedByPhone(role, Day(day))
        case ["follows", bytes(said)] if len(said) == HASH_BYTES:
            return Follows(said)
        case ["origin", bytes(said)] if len(said) == HASH_BYTES:
            return Origin(said)
        case _:
            raise WrongShape(field="package.prev")


def _is_day(day: int) -> bool:
    return not isinstance(day, bool) and 0 <= day <= _LAST_DAY


def _blob(item: Value) -> BlobEntry:
    if not isinstance(item, list):
        raise WrongShape(field="package.blobs")
    fields = Fields(["blob", 1, *item], "blob")
    blob_id = CellHash(fields.octets("blob_id", size=HASH_BYTES))
    key = fields.octets("key", size=BLOB_KEY_BYTES) if fields.optional() else None
    commitment = fields.octets("commitment", size=HASH_BYTES)
    cls = fields.choice("class", CellClass)
    fields.end()
    if cls not in BLOB_CHUNKS:
        raise WrongShape(field="blob.class")
    return BlobEntry(blob_id, commitment, cls, key)


def _consent(items: list[Value]) -> ConsentMark:
    fields = Fields(["consent", 1, *items], "consent")
    said = fields.octets("hash", size=HASH_BYTES)
    end_day = Day(fields.number("end_day", most=_LAST_DAY))
    fields.end()
    return ConsentMark(said, end_day)


Manifest: TypeAlias = PackageManifest | Receipt | ReleaseNote | None
"""What `read_manifest` gives; None for kinds whose manifest the client parses."""


def read_manifest(kind: Kind, data: bytes) -> Manifest:
    """Read the manifest of a note of `kind` as far as this floor knows it.

    Raises:
        Malformed: it has not its kind's form.
    """
    if kind in PREV_OF:
        return PackageManifest.decode(data, kind)
    if kind in {Kind.RECEIPT, Kind.POLICE_RECEIPT}:
        return Receipt.decode(data)
    if kind is Kind.RELEASE:
        return ReleaseNote.decode(data)
    return None


def blob_ids(manifest: Manifest) -> tuple[CellHash, ...]:
    """Return the blobs that a note with this manifest names, in order."""
    if isinstance(manifest, PackageManifest):
        return tuple(blob.blob_id for blob in manifest.blobs)
    return ()


def check_expiry(manifest: Manifest, today: Day) -> None:
    """Accept a package until its last day, and everything else for ever.

    Raises:
        Expired: `today` is after the last day.
    """
    if isinstance(manifest, PackageManifest) and today > manifest.expires:
        raise Expired(day=manifest.expires)


def machine_may_say(kind: Kind, manifest: Manifest) -> bool:
    """Return whether a machine key may sign this: a dummy, or a receipt `stored` (E-9.3)."""
    stored = isinstance(manifest, Receipt) and manifest.status is ReceiptStatus.STORED
    return machine_signs(kind) and (kind is Kind.DUMMY or stored)
