"""The audit trail: where a case went, sealed to an auditor who is not there (ENVELOPE E-16).

This file knows the auditor's key, an entry's form and the chain that entries make. It refuses to
know what an act means, and whoever writes an entry cannot read it again: the secret half is split
on paper among several people. Every entry has the same length.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from keys.address import MemberId
from keys.body import ROUTES, Kind, kind_of
from keys.calendar import Instant
from keys.errors import Damaged, Malformed, NotHere, Truncated, WrongShape
from keys.hpke import OVERHEAD, PUBLIC_BYTES, SUITE_ID, HpkePublic, HpkeSecret
from keys.shares import TAG_BYTES, Share, grouped, join, split
from keys.wire import Fields, lp, pack, split_lp, unlp

RECORD_BYTES: Final = 2_048
"""A record is zero-padded to this length before it is sealed."""
START: Final = bytes(32)
"""What stands for the entry before the first."""
KINDS: Final = frozenset(kind for kind, route in ROUTES.items() if route.blobs)
"""What a trail tells of: everything that carries something about a person to another member."""
FILE_START: Final = b"folge/1\0trail"
_HASH: Final = 32
_SERIAL: Final = 8
_WORD: Final = 80
_NAME: Final = 80
_LENGTH: Final = 4
_SEALED: Final = RECORD_BYTES + OVERHEAD


@dataclass(frozen=True, slots=True)
class AuditorPublic:
    """The public half: what a centre seals its trail to."""

    key: HpkePublic

    @property
    def auditor_id(self) -> bytes:
        """32 bytes: SHA-256 of the public key."""
        return sha256(self.key.raw).digest()

    @property
    def tag(self) -> bytes:
        """The first 16 bytes of the id, by which sheets of this key are known."""
        return self.auditor_id[:TAG_BYTES]

    @property
    def fingerprint(self) -> str:
        """The tag in groups of four digits, as it stands on the sheets."""
        return grouped(self.tag)

    def encode(self) -> bytes:
        """Return the msgpack list `["auditor", 1, public key 1216]`."""
        return pack(["auditor", 1, self.key.raw])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form, or the key is none.
        """
        fields = Fields.decode(data, "auditor")
        raw = fields.octets("key", size=PUBLIC_BYTES)
        fields.end()
        return cls(HpkePublic.decode(raw))


@dataclass(frozen=True, slots=True)
class Record:
    """What the auditor reads of one act.

    Attributes:
        at: to the minute.
        kind: what was sent.
        code_name: of the case, as the sender's log has it.
        recipient: to whom.
        recipient_name: their name in the directory on that day.
        by: who of the staff sent it.
    """

    at: Instant
    kind: Kind
    code_name: str
    recipient: MemberId
    recipient_name: str
    by: str

    def encode(self) -> bytes:
        """Return the record as bytes, not yet padded."""
        said = (self.code_name, self.recipient, self.recipient_name, self.by)
        return pack(["record", 1, self.at, int(self.kind), *said])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "record")
        made = cls(
            at=Instant(fields.number("at")),
            kind=_kind(fields.number("kind")),
            code_name=fields.text("code_name", most=_WORD),
            recipient=MemberId(fields.octets("recipient", size=_HASH)),
            recipient_name=fields.text("recipient_name", most=_NAME),
            by=fields.text("by", most=_WORD),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Entry:
    """One sealed entry, in its place in a member's trail."""

    member: MemberId
    serial: int
    auditor: bytes
    before: bytes
    sealed: bytes = field(repr=False)

    @classmethod
    def seal(
        cls,
        auditor: AuditorPublic,
        member: MemberId,
        serial: int,
        after: "Entry | None",
        said: Record,
    ) -> Self:
        """Seal a record behind the entry `after`, or as one before which nothing stands.

        Raises:
            WrongShape: it says more than an entry has room for.
        """
        before = START if after is None else after.hash
        padded = lp(said.encode()).ljust(RECORD_BYTES, b"\0")
        if len(padded) != RECORD_BYTES:
            raise WrongShape(field="record")
        sealed = auditor.key.seal(_info(member, serial, before), padded)
        return cls(member, serial, auditor.auditor_id, before, sealed)

    @property
    def hash(self) -> bytes:
        """32 bytes by which the next entry names this one."""
        return sha256(self.encode()).digest()

    def open_(self, secret: HpkeSecret) -> Record | None:
        """Return what it says, or None when it is not sealed to that key, or was changed."""
        padded = secret.open_(_info(self.member, self.serial, self.before), self.sealed)
        if padded is None:
            return None
        (record,), rest = split_lp(padded, 1)
        if rest.strip(b"\0"):
            raise WrongShape(field="record.padding")
        return Record.decode(record)

    def encode(self) -> bytes:
        """Return `["entry", 1, member, serial 8, auditor, before, sealed]`: always as long."""
        serial = self.serial.to_bytes(_SERIAL, "big")
        return pack(["entry", 1, self.member, serial, self.auditor, self.before, self.sealed])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "entry")
        made = cls(
            member=MemberId(fields.octets("member", size=_HASH)),
            serial=int.from_bytes(fields.octets("serial", size=_SERIAL), "big"),
            auditor=fields.octets("auditor", size=_HASH),
            before=fields.octets("before", size=_HASH),
            sealed=fields.octets("sealed", size=_SEALED),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Line:
    """What an auditor sees of one entry.

    Attributes:
        entry: as it lay in the file.
        follows: whether it names the entry before it, which is there; the first there is may
            have had others before it.
        record: what it says; None when it is sealed to another key, or was changed.
    """

    entry: Entry
    follows: bool
    record: Record | None


def secret_of(shares: Sequence[Share]) -> HpkeSecret:
    """Return the secret half of an auditor's key, from enough shares of it.

    Raises:
        BelowThreshold: too few.
        Damaged: they do not belong together, or one of them was changed.
    """
    secret = HpkeSecret.from_seed(join(shares))
    if AuditorPublic(secret.public).tag != shares[0].tag:
        raise Damaged
    return secret


def shared(secret: HpkeSecret, holders: int, needed: int) -> tuple[Share, ...]:
    """Return the shares of an auditor's key.

    Raises:
        BadSettings: so many holders cannot be.
    """
    return split(secret.seed, holders, needed, AuditorPublic(secret.public).tag)


def trail_of(entries: Iterable[bytes]) -> bytes:
    """Return a trail file of encoded entries, in their order."""
    return FILE_START + lp(*entries)


def entries_of(data: bytes) -> Iterator[Entry]:
    """Read a trail file, one entry after the other.

    Raises:
        WrongShape: it is no trail, or an entry has not its form.
        Truncated: it ends inside an entry.
    """
    if not data.startswith(FILE_START):
        raise WrongShape(field="trail")
    at = len(FILE_START)
    while at < len(data):
        end = at + _LENGTH + int.from_bytes(data[at : at + _LENGTH], "big")
        if end > len(data) or at + _LENGTH > len(data):
            raise Truncated
        (entry,) = unlp(data[at:end], 1)
        yield Entry.decode(entry)
        at = end


def read_trail(data: bytes, secret: HpkeSecret) -> tuple[Line, ...]:
    """Open every entry that opens, and say where the chain is broken; nothing stops at a fault.

    Raises:
        NotHere: there is no entry in it.
        Malformed: as `entries_of`.
    """
    lines: list[Line] = []
    last: Entry | None = None
    for entry in entries_of(data):
        follows = last is None or (
            entry.member == last.member
            and entry.serial == last.serial + 1
            and entry.before == last.hash
        )
        try:
            record = entry.open_(secret)
        except Malformed:
            record = None
        lines.append(Line(entry, follows, record))
        last = entry
    if not lines:
        raise NotHere
    return tuple(lines)


def _kind(number: int) -> Kind:
    kind = kind_of(number)
    if kind not in KINDS:
        raise WrongShape(field="record.kind")
    return kind


def _info(member: MemberId, serial: int, before: bytes) -> bytes:
    return b"audit" + lp(SUITE_ID, member, serial.to_bytes(_SERIAL, "big"), before)
