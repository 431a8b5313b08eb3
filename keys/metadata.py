"""The four TUF files of the roster: their one form, written and read, and who may sign them.

This file knows what bytes a root, timestamp, snapshot and targets file is made of and which
roots are safe to follow (ENVELOPE E-13.4 to E-13.6). It refuses to know which file is newer,
what time it is and what the roster says. Reading is strict by writing anew: a file is accepted
only when its own content, put through the writer below, gives the very same bytes, so that
unknown fields, doubled keys, odd types and spaces have no place to be.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self, cast

from keys.calendar import Instant
from keys.errors import RosterMalformed, RosterMixed, RosterUnsigned
from keys.quorum import RoleKeys, TufRole, check_roles, whole
from keys.tufkeys import checked
from keys.tuflib import (
    CanonicalJSONSerializer,
    DeserializationError,
    Metadata,
    MetaFile,
    Role,
    Root,
    Signature,
    Signed,
    Snapshot,
    SSlibKey,
    TargetFile,
    Targets,
    Timestamp,
    VerificationResult,
)

CONTENT: Final = "roster.msgpack"
"""The only target: the register of members."""
MOST: Final[Mapping[TufRole, int]] = MappingProxyType(
    {
        TufRole.ROOT: 512_000,
        TufRole.TIMESTAMP: 32_768,
        TufRole.SNAPSHOT: 32_768,
        TufRole.TARGETS: 131_072,
    }
)
"""The longest file of each role, in bytes (E-13.4)."""
_SPEC: Final = "1.0.31"
_TARGETS_FILE: Final = "targets.json"
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})*")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listed:
    """What one file says about the next: its version, length in bytes and SHA-256."""

    version: int
    length: int
    sha256: bytes

    @classmethod
    def of(cls, version: int, data: bytes) -> Self:
        """Describe the file `data`."""
        return cls(version, len(data), sha256(data).digest())

    def check(self, data: bytes) -> None:
        """Accept only the very bytes that are listed.

        Raises:
            RosterMixed: another length or hash.
        """
        if len(data) != self.length or sha256(data).digest() != self.sha256:
            raise RosterMixed


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the roster, read and in its form; nothing about it is verified yet."""

    role: TufRole
    version: int
    expires: Instant
    data: bytes = field(repr=False)
    payload: bytes = field(repr=False)
    """The canonical JSON that its signatures are over."""
    signatures: Mapping[str, Signature] = field(repr=False)
    _signed: Signed = field(repr=False)

    def signed_also(self, signatures: Iterable[Signature]) -> bytes:
        """Return this file with `signatures` added to those it has."""
        more = {signature.keyid: signature for signature in signatures}
        return _write(self._signed, dict(self.signatures) | more)


@dataclass(frozen=True, slots=True)
class ListingPart(Part):
    """A timestamp, snapshot or targets file: each lists exactly one file that comes after it."""

    listed: Listed


@dataclass(frozen=True, slots=True)
class RootPart(Part):
    """A root file: whose keys sign what."""

    _root: Root = field(repr=False)

    def signers(self, part: Part) -> frozenset[str]:
        """Return the ids of this root's keys that signed `part` well, for the part's role."""
        return frozenset(self._result(part).signed)

    def missing(self, part: Part) -> int:
        """Return how many more of this root's keys must sign `part`."""
        return self._result(part).missing

    def verify(self, part: Part) -> None:
        """Accept only a part that enough of this root's keys signed (E-13.7).

        Raises:
            RosterUnsigned: fewer did.
        """
        if self.missing(part):
            raise RosterUnsigned

    def key_ids(self, role: TufRole) -> frozenset[str]:
        """Return the ids of the keys that may sign `role`."""
        return frozenset(self._root.roles[role].keyids)

    def threshold(self, role: TufRole) -> int:
        """Return how many of those keys must sign."""
        return self._root.roles[role].threshold

    def _result(self, part: Part) -> VerificationResult:
        signatures = dict(part.signatures)
        return self._root.get_verification_result(part.role, part.payload, signatures)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────
def write_root(version: int, expires: Instant, roles: Mapping[TufRole, RoleKeys]) -> bytes:
    """Return an unsigned root file; `roles` names all four.

    Raises:
        RosterMalformed: the roles break a rule of E-13.6.
    """
    keys = {key.keyid: key for role in roles.values() for card in role.cards for key in card.keys}
    made = _root(
        version,
        expires,
        keys,
        {
            name: ([key.keyid for card in role.cards for key in card.keys], role.threshold)
            for name, role in roles.items()
        },
    )
    check_roles(made)
    return _write(made, {})


def write_listing(role: TufRole, version: int, expires: Instant, listed: Listed) -> bytes:
    """Return an unsigned timestamp, snapshot or targets file that lists `listed`."""
    return _write(_listing(role, version, expires, listed), {})


def _root(
    version: int,
    expires: Instant,
    keys: Mapping[str, SSlibKey],
    roles: Mapping[str, tuple[Iterable[str], int]],
) -> Root:
    return Root(
        version,
        _SPEC,
        _moment(expires),
        dict(sorted(keys.items())),
        {str(name): Role(sorted(ids), threshold) for name, (ids, threshold) in roles.items()},
        consistent_snapshot=True,
    )


def _listing(
    role: TufRole, version: int, expires: Instant, listed: Listed
) -> Timestamp | Snapshot | Targets:
    hashes = {"sha256": listed.sha256.hex()}
    when = _moment(expires)
    if role is TufRole.TARGETS:
        target = TargetFile(listed.length, hashes, CONTENT)
        return Targets(version, _SPEC, when, {CONTENT: target})
    meta = MetaFile(listed.version, listed.length, hashes)
    if role is TufRole.SNAPSHOT:
        return Snapshot(version, _SPEC, when, {_TARGETS_FILE: meta})
    return Timestamp(version, _SPEC, when, meta)


def _write(signed: Signed, signatures: Mapping[str, Signature]) -> bytes:
    ordered = {
        key_id: Signature(key_id, signature.signature)
        for key_id, signature in sorted(signatures.items())
    }
    return Metadata(cast("Root", signed), ordered).to_bytes()


def _moment(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────
def read_root(data: bytes) -> RootPart:
    """Read a root file that is safe to follow, were it signed.

    Raises:
        RosterMalformed: not the form of E-13.4 or against a rule of E-13.6.
        RosterMixed: another role's file.
    """
    signed, signatures = _parse(TufRole.ROOT, data)
    if not isinstance(signed, Root):
        raise RosterMixed
    check_roles(signed)
    anew = _root(
        whole(signed.version),
        _instant(signed),
        {key_id: checked(key) for key_id, key in signed.keys.items()},
        {name: (role.keyids, role.threshold) for name, role in signed.roles.items()},
    )
    common = _common(TufRole.ROOT, anew, signatures, data)
    return RootPart(*common, anew)


def read_listing(role: TufRole, data: bytes) -> ListingPart:
    """Read a timestamp, snapshot or targets file.

    Raises:
        RosterMalformed: not the form of E-13.4.
        RosterMixed: another role's file.
    """
    signed, signatures = _parse(role, data)
    match signed:
        case Timestamp() if role is TufRole.TIMESTAMP:
            listed = _listed(signed.snapshot_meta)
        case Snapshot() if role is TufRole.SNAPSHOT:
            listed = _listed(signed.meta.get(_TARGETS_FILE))
        case Targets() if role is TufRole.TARGETS:
            listed = _listed(signed.targets.get(CONTENT))
        case _:
            raise RosterMixed
    anew = _listing(role, whole(signed.version), _instant(signed), listed)
    common = _common(role, anew, signatures, data)
    return ListingPart(*common, listed)


def _parse(role: TufRole, data: bytes) -> tuple[Signed, dict[str, Signature]]:
    if len(data) > MOST[role]:
        raise RosterMalformed
    try:
        metadata = Metadata[Root].from_bytes(data)
    except DeserializationError:
        raise RosterMalformed from None
    for signature in metadata.signatures.values():
        if not _hexadecimal(signature.keyid) or not _hexadecimal(signature.signature):
            raise RosterMalformed
    return cast("Signed", metadata.signed), metadata.signatures


def _common(
    role: TufRole, anew: Signed, signatures: dict[str, Signature], data: bytes
) -> tuple[TufRole, int, Instant, bytes, bytes, Mapping[str, Signature], Signed]:
    """Refuse what the writer would write otherwise; return what every part has."""
    if _write(anew, signatures) != data:
        raise RosterMalformed
    payload = CanonicalJSONSerializer().serialize(anew)
    kept = MappingProxyType(signatures)
    return role, anew.version, _instant(anew), data, payload, kept, anew


def _listed(meta: MetaFile | TargetFile | None) -> Listed:
    if meta is None or meta.hashes is None:
        raise RosterMalformed
    digest = meta.hashes.get("sha256", "")
    if not _SHA256.fullmatch(digest):
        raise RosterMalformed
    version = whole(meta.version) if isinstance(meta, MetaFile) else 0
    return Listed(version, whole(meta.length), bytes.fromhex(digest))


def _hexadecimal(text: object) -> bool:
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


def _instant(signed: Signed) -> Instant:
    return Instant(int(signed.expires.timestamp()))
