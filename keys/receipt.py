"""What a receiver says it did with a package, and the sender's word that the person has come.

This file knows receipts and release notes (ENVELOPE E-9, E-5.12). It refuses to know the packages
they are about: a package is named by its random id and the hash of its manifest.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, Self

from keys.address import PackageId
from keys.body import HASH_BYTES, MANIFEST_LIMIT
from keys.calendar import Day
from keys.errors import WrongShape
from keys.wire import Fields, Value, pack

PACKAGE_ID_BYTES: Final = 16
BLOB_KEY_BYTES: Final = 32
MAX_BLOBS: Final = 2
"""The most blobs a package has: the record, and then the attachments (E-5.9)."""
_LAST_DAY: Final = (1 << 32) - 1


def manifest_hash(data: bytes) -> bytes:
    """Return the SHA-256 of manifest bytes, as receipts and releases name them."""
    return sha256(data).digest()


class ReceiptStatus(StrEnum):
    """What a receiver says it has done with a package (E-9.2)."""

    STORED = "stored"  # by the machine key: durable, not yet opened
    OPENED = "opened"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    MISROUTED = "misrouted"
    DELETED = "deleted"
    KEPT_BY_DUTY = "kept_by_duty"
    KEPT_IN_ARCHIVE = "kept_in_archive"
    KEPT_FOR_CLAIM = "kept_for_claim"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receiver's word on one package: the manifest of `RECEIPT` and `POLICE_RECEIPT`."""

    package_id: PackageId
    manifest_hash: bytes
    status: ReceiptStatus
    day: Day

    def encode(self) -> bytes:
        """Return `["receipt", 1, package_id, manifest_hash, status, day]` (E-9.1)."""
        return pack(
            ["receipt", 1, self.package_id, self.manifest_hash, self.status.value, self.day]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form.
        """
        fields = Fields.decode(data, "receipt", limit=MANIFEST_LIMIT)
        package_id = PackageId(fields.octets("package_id", size=PACKAGE_ID_BYTES))
        said = fields.octets("manifest_hash", size=HASH_BYTES)
        status = fields.choice("status", ReceiptStatus)
        day = Day(fields.number("day", most=_LAST_DAY))
        fields.end()
        return cls(package_id, said, status, day)


@dataclass(frozen=True, slots=True)
class ReleaseNote:
    """The sender's word that the person has arrived: the blob keys of one manifest (E-5.12)."""

    package_id: PackageId
    manifest_hash: bytes
    keys: tuple[bytes, ...] = field(repr=False)
    """One 32-byte key for each blob, in the manifest's order."""

    def encode(self) -> bytes:
        """Return `["release", 1, package_id, manifest_hash, keys]`."""
        return pack(["release", 1, self.package_id, self.manifest_hash, list(self.keys)])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form.
        """
        fields = Fields.decode(data, "release", limit=MANIFEST_LIMIT)
        package_id = PackageId(fields.octets("package_id", size=PACKAGE_ID_BYTES))
        said = fields.octets("manifest_hash", size=HASH_BYTES)
        keys = tuple(map(_key, fields.items("keys", least=1, most=MAX_BLOBS)))
        fields.end()
        return cls(package_id, said, keys)


def _key(item: Value) -> bytes:
    if not isinstance(item, bytes) or len(item) != BLOB_KEY_BYTES:
        raise WrongShape(field="release.keys")
    return item
