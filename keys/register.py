"""The register that `roster.msgpack` holds, and the roster: a register once it is trusted.

This file knows the form of the register, what must hold between its lines (ENVELOPE E-13.8 to
E-13.12) and what members look up in it. It refuses to know who signed it and why it is trusted:
that is `roster`'s. A `Register` that breaks a rule cannot be made, so registrars cannot sign one
by mistake.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Self, TypeVar

from keys.address import MemberId, Role, TokenClass
from keys.calendar import Day, Week
from keys.errors import (
    AlreadyThere,
    Malformed,
    NotYet,
    RevokedMember,
    RosterMalformed,
    RosterMixed,
    UnknownMember,
    WrongRole,
    WrongShape,
)
from keys.issuers import (
    MOST_ISSUERS,
    Issuers,
    check_issuers,
    ordered_issuers,
    packed_issuers,
    read_issuers,
)
from keys.member import Member, Revoked
from keys.schedule import CheckpointKey, Schedule
from keys.token import IssuerPublic
from keys.wire import Fields, pack

Line = TypeVar("Line", Member, Revoked)

MOST_MEMBERS: Final = 5_000
MOST_CONTENT: Final = 16 << 20
"""The longest register, in bytes: 5,000 members need about 12 MB."""
_SCHEDULE_ITEMS: Final = 6


@dataclass(frozen=True, slots=True)
class Register:
    """The content of the roster, all of it, in the one order it is written in.

    Members and revoked ascend by member id, issuer keys by token class, as text, and week.
    """

    instance: str
    """The broker's text id; tokens and checkpoints are bound to it."""
    checkpoint: CheckpointKey
    schedule: Schedule = field(default_factory=Schedule)
    members: tuple[Member, ...] = ()
    revoked: tuple[Revoked, ...] = ()
    issuers: Issuers = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        """Refuse a register whose lines do not fit together (E-13.11).

        Raises:
            WrongShape: a broker key under another name than the instance; lines out of order or
                twice; both member and revoked; a home that is no district.
        """
        live = [member.member_id for member in self.members]
        gone = [revoked.member_id for revoked in self.revoked]
        if self.checkpoint.name != self.instance:
            raise WrongShape(field="roster.checkpoint")
        for name, found in (("members", live), ("revoked", gone)):
            if any(before >= after for before, after in pairwise(found)):
                raise WrongShape(field=f"roster.{name}")
        check_issuers(self.issuers)
        if set(live) & set(gone):
            raise WrongShape(field="roster.revoked")
        police = {member.member_id for member in self.members if member.role is Role.POLICE}
        homes = {member.home_district for member in self.members} - {None}
        if not homes <= police | set(gone):
            raise WrongShape(field="roster.home_district")

    def encode(self) -> bytes:
        """Return the bytes of `roster.msgpack` (E-13.8)."""
        return pack(
            [
                "roster",
                1,
                self.instance,
                self.checkpoint.packed(),
                self.schedule.packed(),
                [member.packed() for member in self.members],
                [revoked.packed() for revoked in self.revoked],
                packed_issuers(self.issuers),
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: `data` has not that form, or its lines do not fit together.
        """
        fields = Fields.decode(data, "roster", limit=MOST_CONTENT)
        register = cls(
            instance=fields.text("instance", most=64),
            checkpoint=CheckpointKey.read(fields.items("checkpoint", most=4)),
            schedule=Schedule.read(fields.items("schedule", most=_SCHEDULE_ITEMS)),
            members=tuple(map(Member.read, fields.items("members", most=MOST_MEMBERS))),
            revoked=tuple(map(Revoked.read, fields.items("revoked", most=MOST_MEMBERS))),
            issuers=read_issuers(fields.items("issuers", most=MOST_ISSUERS)),
        )
        fields.end()
        return register

    def renamed(self, instance: str) -> Self:
        """Return the register of a broker that goes on under another name, after a restore.

        Raises:
            WrongShape: this is no name.
        """
        checkpoint = replace(self.checkpoint, name=instance)
        return replace(self, instance=instance, checkpoint=checkpoint)

    def enrolled(self, member: Member) -> Self:
        """Return the register with `member` in it.

        Raises:
            AlreadyThere: it is a member already.
            RevokedMember: it was one; a new identity is needed.
            WrongShape: its home district is no police member.
        """
        if any(known.member_id == member.member_id for known in self.members):
            raise AlreadyThere
        if any(gone.member_id == member.member_id for gone in self.revoked):
            raise RevokedMember
        return replace(self, members=_ordered((*self.members, member)))

    def revoking(self, member_id: MemberId, day: Day) -> Self:
        """Return the register with that member gone since `day`.

        Centres keep a revoked district as their home until they are moved to another: a stolen
        machine is revoked at once, whatever is not yet decided.

        Raises:
            UnknownMember: it is no member.
        """
        self.member(member_id)
        kept = tuple(member for member in self.members if member.member_id != member_id)
        gone = _ordered((*self.revoked, Revoked(member_id, day)))
        return replace(self, members=kept, revoked=gone)

    def rehomed(self, centre_id: MemberId, district_id: MemberId) -> Self:
        """Return the register with another home district for a centre.

        Raises:
            UnknownMember: either is no member.
            WrongRole: the one is no centre or the other no police district.
        """
        centre, district = self.member(centre_id), self.member(district_id)
        if (centre.role, district.role) != (Role.CENTRE, Role.POLICE):
            raise WrongRole
        return self.amended(replace(centre, home_district=district_id))

    def amended(self, member: Member) -> Self:
        """Return the register with another line for a member: a new telephone number, say.

        Raises:
            UnknownMember: it is no member.
            WrongRole: it is one of another role; that is for a new identity.
        """
        old = self.member(member.member_id)
        if old.role is not member.role:
            raise WrongRole
        others = (known for known in self.members if known is not old)
        return replace(self, members=_ordered((*others, member)))

    def with_issuers(self, issuers: Issuers, first_week: Week) -> Self:
        """Return the register with `issuers` added, and those before `first_week` dropped.

        Raises:
            AlreadyThere: another key is already published for one of those classes and weeks.
        """
        known = {at: key for at, key in self.issuers.items() if at[1] >= first_week}
        if any(known.get(at, key) != key for at, key in issuers.items()):
            raise AlreadyThere
        return replace(self, issuers=ordered_issuers(known | dict(issuers)))

    def member(self, member_id: MemberId) -> Member:
        """Return that member.

        Raises:
            UnknownMember: there is none.
        """
        found = [member for member in self.members if member.member_id == member_id]
        if not found:
            raise UnknownMember
        return found[0]


@dataclass(frozen=True, slots=True)
class Roster:
    """A register with the version and hash under which it was signed."""

    version: int
    """The version of the TUF targets file that lists it, 1 and up."""
    hash: bytes
    """32 bytes: SHA-256 of `roster.msgpack`."""
    register: Register = field(repr=False)
    _live: Mapping[MemberId, Member] = field(repr=False, compare=False)
    _gone: frozenset[MemberId] = field(repr=False, compare=False)

    @classmethod
    def decode(cls, content: bytes, version: int) -> Self:
        """Read `roster.msgpack`, as listed by targets of `version`.

        Raises:
            RosterMalformed: it has not the form of E-13.8, or its lines do not fit together.
        """
        try:
            register = Register.decode(content)
        except Malformed:
            raise RosterMalformed from None
        live = {member.member_id: member for member in register.members}
        gone = frozenset(revoked.member_id for revoked in register.revoked)
        return cls(version, sha256(content).digest(), register, MappingProxyType(live), gone)

    @property
    def instance(self) -> str:
        """The broker's text id."""
        return self.register.instance

    @property
    def members(self) -> tuple[Member, ...]:
        """All members, in ascending order of member id."""
        return self.register.members

    @property
    def schedule(self) -> Schedule:
        """The lanes."""
        return self.register.schedule

    @property
    def checkpoint(self) -> CheckpointKey:
        """The key by which the broker signs checkpoints."""
        return self.register.checkpoint

    @property
    def issuers(self) -> Issuers:
        """The public keys of the token issuer, by class and week."""
        return self.register.issuers

    def member(self, member_id: MemberId) -> Member:
        """Return that member.

        Raises:
            RevokedMember: it was one.
            UnknownMember: it never was.
        """
        if member_id not in self._live:
            raise RevokedMember if member_id in self._gone else UnknownMember
        return self._live[member_id]

    def of_role(self, role: Role) -> tuple[Member, ...]:
        """Return the members of that role, in ascending order of member id."""
        return tuple(member for member in self.members if member.role is role)

    def issuer_key(self, token_class: TokenClass, week: Week) -> IssuerPublic:
        """Return the issuer's public key for that class and week.

        Raises:
            NotYet: the registrars have published none.
        """
        if (token_class, week) not in self.issuers:
            raise NotYet
        return self.issuers[token_class, week]

    def quota(self, token_class: TokenClass) -> int:
        """Return how many tokens of that class each member may have a day."""
        return self.schedule.quota(token_class)

    def is_behind(self, version: int, content_hash: bytes) -> bool:
        """Say whether another member's note speaks of a newer roster than this one (E-13.15).

        Raises:
            RosterMixed: of the same version with other content; one of the two was deceived.
        """
        if version == self.version and content_hash != self.hash:
            raise RosterMixed
        return version > self.version


def _ordered(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda one: one.member_id))
