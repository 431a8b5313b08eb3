"""The row of an envelope at its receiver.

This file knows its shape. It refuses to decide anything: inbox.py does.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Self

from client.inbox import In
from client.retention import Held
from client.sealed import DAYS
from keys.address import MemberId, PackageId
from keys.body import Kind, kind_of
from keys.calendar import Day
from keys.manifest import PackageManifest
from keys.receipt import manifest_hash
from keys.wire import Fields, pack

_ID: Final = 16
_HASH: Final = 32
_MOST: Final = 64
_WORD: Final = 80
_NOTICES: Final = frozenset({Kind.POLICE_NOTICE, Kind.POLICE_VIEW})


@dataclass(frozen=True, slots=True)
class Incoming:
    """One envelope at its receiver.

    Attributes:
        code_name: what this desk calls it; made here, for the sender's name does not travel.
        manifest: the signed manifest's bytes; without its keys once they are not needed here.
        origin: hash of the signed body, which a police notice names.
        by_phone: whether it rests on a yes by phone rather than a signed one.
        keys: of its blobs once they are released; each is destroyed when what it opens lies apart.
        reworked: what a liaison has made of a police request, or empty.
        settled: the day on which it was confirmed or sent back, or 0.
        answer_by: the last day to say what became of it in the journal after it was taken back,
            or 0.
        follows: of an update, the package that it adds to; else empty.
        copied: whether a copy of it was written out, confirmed or not.
        hashed: hash of the manifest as it was signed, when it is not that any more; else empty.
    """

    package_id: PackageId
    kind: Kind
    state: In
    code_name: str
    sender: MemberId = field(repr=False)
    manifest: bytes = field(repr=False)
    origin: bytes = field(repr=False)
    day: Day
    by_phone: bool
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    tries: int = 0
    opened_by: str = field(default="", repr=False)
    reworked: bytes = field(default=b"", repr=False)
    settled: Day = Day(0)  # noqa: RUF009 - a NewType of int
    answer_by: Day = Day(0)  # noqa: RUF009 - a NewType of int
    follows: bytes = b""
    copied: bool = False
    hashed: bytes = b""

    @property
    def manifest_hash(self) -> bytes:
        """What receipts and what is taken back name the package by."""
        return self.hashed or manifest_hash(self.manifest)

    def without_keys(self) -> Self:
        """Return this row without what opens a blob: neither keys nor a box that a code opens.

        The broker keeps the cells for days after they are destroyed here, and a card may still be
        in a pocket.
        """
        manifest = PackageManifest.decode(self.manifest, self.kind)
        blobs = tuple(
            replace(one, key=None if one.key is None else bytes(len(one.key)))
            for one in manifest.blobs
        )
        locked = None if manifest.locked is None else bytes(len(manifest.locked))
        bare = replace(manifest, blobs=blobs, locked=locked)
        return replace(self, manifest=bare.encode(self.kind), hashed=self.manifest_hash)

    @property
    def held(self) -> Held:
        """As what it is kept in its state (C-14)."""
        if self.state in (In.INCOMPLETE, In.WAITING):
            return Held.UNOPENED
        if self.state not in (In.OPENED, In.CONFIRMED):
            return Held.ENDED
        return Held.NOTICE if self.kind in _NOTICES else Held.RECEIVED

    @property
    def expires(self) -> Day:
        """The last day for opening it: its sender's, and none beyond its kind's (C-8.4)."""
        said = PackageManifest.decode(self.manifest, self.kind).expires
        return Day(min(said, self.day + DAYS[self.kind])) if self.kind in DAYS else said

    @property
    def since(self) -> Day:
        """The day that its time is counted from."""
        if self.held is Held.NOTICE:
            return self.day
        expires = self.expires
        if self.held is Held.ENDED:
            return Day(max(expires, self.settled, self.answer_by))
        return expires if self.held is Held.UNOPENED else Day(self.settled or expires)

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(
            [
                "incoming",
                1,
                self.package_id,
                int(self.kind),
                self.state.value,
                self.code_name,
                self.sender,
                self.manifest,
                self.origin,
                self.day,
                self.by_phone,
                list(self.keys),
                self.tries,
                self.opened_by,
                self.reworked,
                self.settled,
                self.answer_by,
                self.follows,
                self.copied,
                self.hashed,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "incoming")
        made = cls(
            package_id=PackageId(fields.octets("package_id", size=_ID)),
            kind=kind_of(fields.number("kind")),
            state=fields.choice("state", In),
            code_name=fields.text("code_name", most=_WORD),
            sender=MemberId(fields.octets("sender", size=_HASH)),
            manifest=fields.octets("manifest"),
            origin=fields.octets("origin", size=_HASH),
            day=Day(fields.number("day")),
            by_phone=fields.flag("by_phone"),
            keys=fields.strings("keys", most=_MOST),
            tries=fields.number("tries"),
            opened_by=fields.text("opened_by", most=_WORD),
            reworked=fields.octets("reworked"),
            settled=Day(fields.number("settled")),
            answer_by=Day(fields.number("answer_by")),
            follows=fields.octets("follows", most=_ID),
            copied=fields.flag("copied"),
            hashed=b"" if fields.ended else fields.octets("hashed", most=_HASH),
        )
        fields.end()
        return made
