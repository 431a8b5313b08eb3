"""Who makes the roster move: the broker's online signer, and a whole authority in one hand.

This file knows how timestamp and snapshot follow a signed register (ENVELOPE E-13.5), which old
files nobody needs any more, and how tests, demo and sandbox make a roster without a ceremony. It
refuses to know where keys are kept: pairs are arguments, files are bytes, the time is given. The
operator's online pair can hold the roster still; it can sign no member in or out.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self, TypeAlias

from keys.bundle import (
    ROOT_DAYS,
    TARGETS_DAYS,
    days_after,
    draft_root,
    draft_targets,
    signed_by_all,
)
from keys.calendar import Instant
from keys.chain import FRESH_SECONDS, TIMESTAMP_FILE, chain, content_name, numbered
from keys.errors import ForeignKey, RosterMixed, RosterUnsigned
from keys.metadata import CONTENT, Listed, ListingPart, RootPart, read_listing, write_listing
from keys.quorum import RoleKeys, TufRole
from keys.register import Register, Roster
from keys.tufkeys import KeyCard, KeyPair

Files: TypeAlias = Mapping[str, bytes]
"""A roster as the broker serves it: bytes by name."""

_NONE: Final[Files] = MappingProxyType({})
_KEPT: Final = 2  # the newest snapshot and targets, and those before, for whoever is reading
_NUMBERED: Final = re.compile(rf"([1-9][0-9]{{0,15}})\.({'|'.join(TufRole)})\.json")


@dataclass(frozen=True, slots=True, eq=False)
class OnlineSigner:
    """The broker's signer: every hour a new snapshot and timestamp over what registrars signed."""

    pair: KeyPair

    def sign(self, files: Files, now: Instant) -> dict[str, bytes]:
        """Return a new snapshot and timestamp for the newest targets in `files`.

        Put the snapshot in its place before the timestamp: the timestamp is what readers ask
        for first. Both expire 48 hours after `now`.

        Raises:
            RosterMixed: no root, no targets, or the register they list is not there.
            RosterUnsigned, RosterMalformed: a file is not signed enough or not in its form.
            ForeignKey: the newest root names other online keys.
        """
        root = newest_root(files)
        if self.pair.card.key_ids != root.key_ids(TufRole.TIMESTAMP):
            raise ForeignKey
        targets = newest_targets(files, root)
        last_timestamp, last_snapshot = _last(files)
        expires = Instant(now + FRESH_SECONDS)
        version = last_snapshot + 1
        listed = Listed.of(targets.version, targets.data)
        snapshot = self._signed(TufRole.SNAPSHOT, version, expires, listed)
        listed = Listed.of(version, snapshot)
        timestamp = self._signed(TufRole.TIMESTAMP, last_timestamp + 1, expires, listed)
        return {numbered(version, TufRole.SNAPSHOT): snapshot, TIMESTAMP_FILE: timestamp}

    def _signed(self, role: TufRole, version: int, expires: Instant, listed: Listed) -> bytes:
        part = read_listing(role, write_listing(role, version, expires, listed))
        return part.signed_also(self.pair.sign(part.payload))


def newest_root(files: Files) -> RootPart:
    """Verify the chain of roots in `files` from its lowest number and return its last link.

    Raises:
        RosterMixed: there is none, or one is missing in between.
        RosterMalformed, RosterRollback, RosterUnsigned: a link does not hold.
    """
    return _roots(files)[-1]


def newest_roster(files: Files) -> Roster | None:
    """Return what was signed last, under whichever root it was signed; None before the first.

    After a root with new registrars, that is the register they are to sign anew.

    Raises:
        RosterMixed, RosterMalformed, RosterRollback, RosterUnsigned: a file does not hold.
    """
    roots = _roots(files)
    if not _numbers(files, TufRole.TARGETS):
        return None
    targets, roster = _newest(files)
    if all(root.missing(targets) for root in roots):
        raise RosterUnsigned
    return roster


def newest_targets(files: Files, root: RootPart) -> ListingPart:
    """Return the targets file with the highest number, verified down to its register.

    Raises:
        RosterMixed: there is none, or its register is not there.
        RosterMalformed, RosterUnsigned: it is not in its form or not signed enough.
    """
    targets, _ = _newest(files)
    root.verify(targets)
    return targets


def _roots(files: Files) -> tuple[RootPart, ...]:
    numbers = _numbers(files, TufRole.ROOT)
    if not numbers:
        raise RosterMixed
    return chain(files[numbered(number, TufRole.ROOT)] for number in numbers)


def _newest(files: Files) -> tuple[ListingPart, Roster]:
    numbers = _numbers(files, TufRole.TARGETS)
    if not numbers:
        raise RosterMixed
    targets = read_listing(TufRole.TARGETS, files[numbered(numbers[-1], TufRole.TARGETS)])
    content = files.get(content_name(targets.listed.sha256))
    if content is None or targets.version != numbers[-1]:
        raise RosterMixed
    targets.listed.check(content)
    return targets, Roster.decode(content, targets.version)


def superseded(files: Files) -> frozenset[str]:
    """Return the names in `files` that no reader needs any more; roots are kept for ever.

    Raises:
        RosterMalformed, RosterMixed: a kept targets file is not in its form.
    """
    old: set[str] = set()
    for role in (TufRole.SNAPSHOT, TufRole.TARGETS):
        old.update(numbered(number, role) for number in _numbers(files, role)[:-_KEPT])
    kept = [
        read_listing(TufRole.TARGETS, files[numbered(number, TufRole.TARGETS)])
        for number in _numbers(files, TufRole.TARGETS)[-_KEPT:]
    ]
    listed = {content_name(targets.listed.sha256) for targets in kept}
    old.update(name for name in files if name.endswith(f".{CONTENT}") and name not in listed)
    return frozenset(old)


def _numbers(files: Iterable[str], role: TufRole) -> list[int]:
    found = (_NUMBERED.fullmatch(name) for name in files)
    return sorted(int(match[1]) for match in found if match and match[2] == role)


def _last(files: Files) -> tuple[int, int]:
    """Return the versions of the timestamp and snapshot that were signed last, 0 before any."""
    data = files.get(TIMESTAMP_FILE)
    if data is None:
        return 0, 0
    timestamp = read_listing(TufRole.TIMESTAMP, data)
    return timestamp.version, timestamp.listed.version


@dataclass(frozen=True, slots=True, eq=False)
class Authority:
    """Every key in one hand: for tests, demo and sandbox, never for people's safety."""

    holders: tuple[KeyPair, ...] = field(repr=False)
    registrars: tuple[KeyPair, ...] = field(repr=False)
    online: KeyPair = field(repr=False)
    root_persons: int
    registrar_persons: int
    roots: tuple[bytes, ...] = field(default=(), repr=False)
    """Every root file so far, the first one first."""

    @classmethod
    def create(
        cls,
        now: Instant,
        *,
        holders: int = 5,
        root_persons: int = 4,
        registrars: int = 3,
        registrar_persons: int = 2,
    ) -> Self:
        """Make an authority and its first root; the smallest has two of each and needs both.

        Raises:
            BadSettings: so few persons that one kind of key would be enough.
            RosterMalformed: one person alone would be enough.
        """
        empty = cls(
            tuple(KeyPair.generate() for _ in range(holders)),
            tuple(KeyPair.generate() for _ in range(registrars)),
            KeyPair.generate(),
            root_persons,
            registrar_persons,
        )
        return empty.rotated(now)

    @property
    def pin(self) -> bytes:
        """32 bytes: the hash of the first root, for the enrolment letter."""
        return sha256(self.roots[0]).digest()

    def rotated(
        self,
        now: Instant,
        *,
        holders: tuple[KeyPair, ...] | None = None,
        registrars: tuple[KeyPair, ...] | None = None,
        online: KeyPair | None = None,
    ) -> Self:
        """Return the authority with a new root, signed by the old holders and the new ones.

        Raises:
            BadSettings, RosterMalformed: as `create`.
        """
        new = replace(
            self,
            holders=holders or self.holders,
            registrars=registrars or self.registrars,
            online=online or self.online,
        )
        before = chain(self.roots)[-1] if self.roots else None
        bundle = draft_root(
            RoleKeys.by_persons(_cards(new.holders), new.root_persons),
            RoleKeys.by_persons(_cards(new.registrars), new.registrar_persons),
            new.online.card,
            days_after(now, ROOT_DAYS),
            before,
        )
        signers = {pair.card: pair for pair in (*self.holders, *new.holders)}
        file = signed_by_all(bundle, signers.values()).part.data
        return replace(new, roots=(*self.roots, file))

    def publish(self, register: Register, now: Instant, files: Files = _NONE) -> dict[str, bytes]:
        """Return `files` and everything new: roots, targets, register, snapshot, timestamp.

        Raises:
            RosterMalformed, RosterMixed: `files` are not a roster of this authority.
        """
        roots = {
            numbered(number, TufRole.ROOT): root for number, root in enumerate(self.roots, start=1)
        }
        numbers = _numbers(files, TufRole.TARGETS) or [0]
        root = chain(self.roots)[-1]
        draft = draft_targets(root, register, numbers[-1] + 1, days_after(now, TARGETS_DAYS))
        signed = signed_by_all(draft, self.registrars).files()
        made = {**files, **roots, **signed}
        return made | OnlineSigner(self.online).sign(made, now)


def _cards(pairs: tuple[KeyPair, ...]) -> tuple[KeyCard, ...]:
    return tuple(pair.card for pair in pairs)
