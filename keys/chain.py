"""One link after the other: which signed file leads to the next, and which next is refused.

This file knows each step from a root to a register (ENVELOPE E-13.7) as a conversation: it asks
for a file by name, is given bytes or nothing, and goes on or refuses. It refuses to know where
files come from, and it keeps nothing: `roster` holds the states between which these steps lead.

Source: The Update Framework specification 1.0.31, §§ 5.3 to 5.7.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias, TypeVar

from keys.calendar import Instant
from keys.errors import NotYet, RosterExpired, RosterMixed, RosterRollback
from keys.metadata import (
    CONTENT,
    MOST,
    Listed,
    ListingPart,
    RootPart,
    read_listing,
    read_root,
)
from keys.quorum import TufRole
from keys.register import MOST_CONTENT, Roster

FRESH_SECONDS: Final = 48 * 3_600
"""A timestamp expires this long after it was signed (E-13.5)."""
CLOCK_SECONDS: Final = 300
"""How far two honest clocks may stand apart."""
MOST_ROOTS: Final = 64
"""The longest chain of roots: one a year, and some after accidents."""
TIMESTAMP_FILE: Final = f"{TufRole.TIMESTAMP}.json"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Want:
    """The next file to fetch from the broker's roster, and the most bytes to read of it."""

    name: str
    most: int


Steps: TypeAlias = Generator[Want, bytes | None, Answer]
"""Asks for files, is sent each one's bytes or None when there is no such file, then answers."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One roster and the three signed files that lead to it from one root."""

    root_version: int
    timestamp: ListingPart
    snapshot: ListingPart
    targets: ListingPart
    content: bytes = field(repr=False)
    roster: Roster

    @property
    def expires(self) -> Instant:
        """When the first of the three files expires."""
        return min(part.expires for part in (self.timestamp, self.snapshot, self.targets))

    @property
    def files(self) -> tuple[bytes, bytes, bytes, bytes]:
        """The timestamp, snapshot and targets files and the content, as `assembled` takes them."""
        return self.timestamp.data, self.snapshot.data, self.targets.data, self.content

    @classmethod
    def assembled(cls, root: RootPart, files: tuple[bytes, bytes, bytes, bytes]) -> Self:
        """Verify `files` by the keys of `root`, whatever the time is.

        Raises:
            RosterMalformed, RosterMixed, RosterUnsigned: a file is not in its form, not the one
                that is listed, or not signed enough.
        """
        first, second, third, content = files
        timestamp = _timestamp(root, first)
        snapshot = _listed(root, timestamp.listed, TufRole.SNAPSHOT, second)
        targets = _listed(root, snapshot.listed, TufRole.TARGETS, third)
        return cls.concluded(root, timestamp, snapshot, targets, content)

    @classmethod
    def concluded(
        cls,
        root: RootPart,
        timestamp: ListingPart,
        snapshot: ListingPart,
        targets: ListingPart,
        content: bytes,
    ) -> Self:
        """Take the last step, from verified targets to the register they list.

        Raises:
            RosterMixed, RosterMalformed: it is not the one listed, or not in its form.
        """
        targets.listed.check(content)
        roster = Roster.decode(content, targets.version)
        return cls(root.version, timestamp, snapshot, targets, content, roster)


def numbered(version: int, role: TufRole) -> str:
    """Return the file name of one version of a role (TUF § 6.2, consistent snapshots)."""
    return f"{version}.{role}.json"


def content_name(sha256: bytes) -> str:
    """Return the file name of the register with that hash."""
    return f"{sha256.hex()}.{CONTENT}"


def root_steps(roots: tuple[RootPart, ...]) -> Steps[tuple[RootPart, ...]]:
    """Ask for the next root, and the next, until there is none; answer the longer chain."""
    while len(roots) < MOST_ROOTS:
        data = yield Want(numbered(roots[-1].version + 1, TufRole.ROOT), MOST[TufRole.ROOT])
        if data is None:
            break
        roots = (*roots, successor(roots[-1], data))
    return roots


def successor(old: RootPart, data: bytes) -> RootPart:
    """Accept the root file that comes right after `old`, signed by both roots' holders.

    Raises:
        RosterMalformed, RosterMixed, RosterUnsigned: it is no such file.
        RosterRollback: it is `old` or an older one again.
    """
    new = read_root(data)
    old.verify(new)
    new.verify(new)
    if new.version <= old.version:
        raise RosterRollback
    if new.version != old.version + 1:
        raise RosterMixed
    return new


def chain(files: Iterable[bytes]) -> tuple[RootPart, ...]:
    """Verify a whole chain of roots; the first one is its own witness, so pin it before.

    Raises:
        RosterMalformed, RosterMixed, RosterRollback, RosterUnsigned: as `successor`.
    """
    first, *later = files
    begin = read_root(first)
    begin.verify(begin)
    roots: tuple[RootPart, ...] = (begin,)
    for data in later:
        roots = (*roots, successor(roots[-1], data))
    return roots


def proof_steps(root: RootPart, held: Proof | None, now: Instant) -> Steps[Proof]:
    """Ask for the files that lead to the newest roster; answer `held` when nothing is newer."""
    if now >= root.expires:
        raise RosterExpired
    timestamp = _timestamp(root, _there((yield Want(TIMESTAMP_FILE, MOST[TufRole.TIMESTAMP]))))
    known = _same(root, held, timestamp, now)
    if known is not None:
        return known
    snapshot = yield from _fetched(root, timestamp.listed, TufRole.SNAPSHOT, None, now)
    _refuse_older(root, held, snapshot.listed)
    targets = yield from _fetched(root, snapshot.listed, TufRole.TARGETS, held, now)
    if held is not None and held.targets.listed == targets.listed:
        content = held.content
    else:
        most = min(targets.listed.length, MOST_CONTENT)
        content = _there((yield Want(content_name(targets.listed.sha256), most)))
    proof = Proof.concluded(root, timestamp, snapshot, targets, content)
    _refuse_other(root, held, proof)
    return proof


def _fetched(
    root: RootPart, listed: Listed, role: TufRole, held: Proof | None, now: Instant
) -> Steps[ListingPart]:
    """Ask for the file that `listed` describes, unless `held` has it among its targets."""
    if held is not None and Listed.of(held.targets.version, held.targets.data) == listed:
        data = held.targets.data
    else:
        most = min(listed.length, MOST[role])
        data = _there((yield Want(numbered(listed.version, role), most)))
    part = _listed(root, listed, role, data)
    _refuse_expired(part, now)
    return part


def _there(data: bytes | None) -> bytes:
    if data is None:
        raise RosterMixed
    return data


def _timestamp(root: RootPart, data: bytes) -> ListingPart:
    timestamp = read_listing(TufRole.TIMESTAMP, data)
    root.verify(timestamp)
    return timestamp


def _listed(root: RootPart, listed: Listed, role: TufRole, data: bytes) -> ListingPart:
    listed.check(data)
    part = read_listing(role, data)
    root.verify(part)
    if part.version != listed.version:
        raise RosterMixed
    return part


def _same(root: RootPart, held: Proof | None, new: ListingPart, now: Instant) -> Proof | None:
    """Return `held` when `new` is its timestamp again; refuse an older one and a false date.

    Once the root has taken the old timestamp's keys away, its version counts for nothing: that
    is how members recover from a thief who signed a version far ahead (fast-forward).
    """
    before = held if held is not None and not root.missing(held.timestamp) else None
    if before is not None:
        old = before.timestamp
        if new.version < old.version or new.listed.version < old.listed.version:
            raise RosterRollback
    _refuse_expired(new, now)
    if new.expires > now + FRESH_SECONDS + CLOCK_SECONDS:
        raise NotYet
    return before if before is not None and new.version == before.timestamp.version else None


def _refuse_expired(part: ListingPart, now: Instant) -> None:
    if now >= part.expires:
        raise RosterExpired


def _bound(root: RootPart, held: Proof | None) -> Proof | None:
    """Return `held` while its register's version still binds.

    It binds until both the online keys and the registrars' have been taken away. TUF lets go
    when the snapshot's keys have; but then an operator with the new online key could bring back
    an old register that enough of the registrars once signed.
    """
    if held is None or (root.missing(held.snapshot) and root.missing(held.targets)):
        return None
    return held


def _refuse_older(root: RootPart, held: Proof | None, listed: Listed) -> None:
    before = _bound(root, held)
    if before is not None and listed.version < before.targets.version:
        raise RosterRollback


def _refuse_other(root: RootPart, held: Proof | None, proof: Proof) -> None:
    """Refuse the version that is already held with other content than is held."""
    before = _bound(root, held)
    if before is not None:
        before.roster.is_behind(proof.roster.version, proof.roster.hash)
