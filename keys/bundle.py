"""A file on its way between signers: drafted once, signed by one person after the other.

This file knows what a signer is handed and hands on (ENVELOPE E-13.19): the draft, the root by
whose keys it counts, the register it lists. It refuses to know where keys are kept and whether
the signer agrees; it counts only signatures that verify, and gives nothing away for publishing
before there are enough.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Self

from keys.calendar import DAY_SECONDS, Instant
from keys.chain import content_name, numbered
from keys.errors import BelowThreshold, ForeignKey, RosterMixed, WrongShape
from keys.metadata import (
    Listed,
    ListingPart,
    RootPart,
    read_listing,
    read_root,
    write_listing,
    write_root,
)
from keys.quorum import RoleKeys, TufRole
from keys.register import MOST_CONTENT, Register, Roster
from keys.tufkeys import KeyCard, KeyPair
from keys.wire import Fields, pack

ROOT_DAYS: Final = 365
TARGETS_DAYS: Final = 35
"""How long a signed register counts, in days: registrars meet at least that often."""
BUNDLE_LIMIT: Final = MOST_CONTENT + (2 << 20)
_FILE_LIMIT: Final = 512_000


@dataclass(frozen=True, slots=True)
class Bundle:
    """A root or targets file that is being signed, and what its signers need to judge it."""

    part: RootPart | ListingPart
    judge: RootPart | None
    """The root before it, whose keys must sign; None for the very first root."""
    content: bytes = field(default=b"", repr=False)
    """`roster.msgpack`, for targets."""

    @property
    def role(self) -> TufRole:
        """Root or targets."""
        return self.part.role

    @property
    def signed_by(self) -> frozenset[str]:
        """The ids of the keys whose good signatures are in it."""
        return frozenset[str]().union(*(judge.signers(self.part) for judge in self._judges))

    @property
    def missing(self) -> int:
        """How many more keys must sign at least; two keys are one person's."""
        return max(judge.missing(self.part) for judge in self._judges)

    @property
    def roster(self) -> Roster | None:
        """What a targets file lists; a root lists nothing."""
        return Roster.decode(self.content, self.part.version) if self.content else None

    def signed(self, pair: KeyPair) -> Self:
        """Return the bundle with both of `pair`'s signatures.

        Raises:
            ForeignKey: these keys have no part in it.
        """
        asked = frozenset[str]().union(*(judge.key_ids(self.role) for judge in self._judges))
        if not pair.card.key_ids <= asked:
            raise ForeignKey
        return self._anew(self.part.signed_also(pair.sign(self.part.payload)))

    def joined(self, other: Self) -> Self:
        """Return the bundle with the good signatures of a copy that went another way.

        Raises:
            RosterMixed: the other is no copy of this one.
        """
        if other.part.payload != self.part.payload:
            raise RosterMixed
        good = replace(other, judge=self.judge).signed_by
        found = [sign for key_id, sign in other.part.signatures.items() if key_id in good]
        return self._anew(self.part.signed_also(found))

    def revised(self, register: Register) -> "Bundle":
        """Return the bundle with another register, and without any signature.

        Raises:
            WrongShape: this is no targets bundle.
        """
        if self.judge is None or self.role is not TufRole.TARGETS:
            raise WrongShape(field="bundle.role")
        return draft_targets(self.judge, register, self.part.version, self.part.expires)

    def files(self) -> dict[str, bytes]:
        """Return what is to be published, by name.

        Raises:
            BelowThreshold: fewer keys signed than the rule demands.
        """
        if self.missing:
            raise BelowThreshold(count=self.missing)
        made = {numbered(self.part.version, self.role): self.part.data}
        if isinstance(self.part, ListingPart):
            made[content_name(self.part.listed.sha256)] = self.content
        return made

    def encode(self) -> bytes:
        """Return the msgpack list `["bundle", 1, role, file, judge | nil, content]`."""
        judge = None if self.judge is None else self.judge.data
        return pack(["bundle", 1, self.role.value, self.part.data, judge, self.content])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form.
            RosterMalformed, RosterMixed: a file in it has not its form, or lists another register.
        """
        fields = Fields.decode(data, "bundle", limit=BUNDLE_LIMIT)
        role = fields.choice("role", TufRole)
        file = fields.octets("file", most=_FILE_LIMIT)
        judge = None
        if fields.optional():
            judge = read_root(fields.octets("judge", most=_FILE_LIMIT))
        content = fields.octets("content", most=MOST_CONTENT)
        fields.end()
        return cls._read(role, file, judge, content)

    @classmethod
    def _read(cls, role: TufRole, file: bytes, judge: RootPart | None, content: bytes) -> Self:
        if role is TufRole.ROOT and not content:
            return cls(read_root(file), judge)
        if role is not TufRole.TARGETS or judge is None:
            raise WrongShape(field="bundle.role")
        part = read_listing(role, file)
        part.listed.check(content)
        Roster.decode(content, part.version)
        return cls(part, judge, content)

    @property
    def _judges(self) -> tuple[RootPart, ...]:
        before = () if self.judge is None else (self.judge,)
        return (*before, self.part) if isinstance(self.part, RootPart) else before

    def _anew(self, file: bytes) -> Self:
        return self._read(self.role, file, self.judge, self.content)


def draft_root(
    holders: RoleKeys,
    registrars: RoleKeys,
    online: KeyCard,
    expires: Instant,
    previous: RootPart | None = None,
) -> Bundle:
    """Draft the first root, or the one after `previous`.

    Raises:
        RosterMalformed: one person, or one kind of key, would be enough (E-13.6).
    """
    signer = RoleKeys((online,), 2)
    roles = {
        TufRole.ROOT: holders,
        TufRole.TARGETS: registrars,
        TufRole.SNAPSHOT: signer,
        TufRole.TIMESTAMP: signer,
    }
    version = 1 if previous is None else previous.version + 1
    return Bundle(read_root(write_root(version, expires, roles)), previous)


def draft_targets(root: RootPart, register: Register, version: int, expires: Instant) -> Bundle:
    """Draft the targets file of `version` that lists `register`, to be signed by `root`'s keys."""
    content = register.encode()
    file = write_listing(TufRole.TARGETS, version, expires, Listed.of(0, content))
    return Bundle(read_listing(TufRole.TARGETS, file), root, content)


def days_after(now: Instant, days: int) -> Instant:
    """Return the instant `days` days after `now`."""
    return Instant(now + days * DAY_SECONDS)


def signed_by_all(bundle: Bundle, pairs: Iterable[KeyPair]) -> Bundle:
    """Return `bundle` signed by each of `pairs`.

    Raises:
        ForeignKey: one of them has no part in it.
    """
    for pair in pairs:
        bundle = bundle.signed(pair)
    return bundle
