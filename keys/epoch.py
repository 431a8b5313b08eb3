"""Epoch keys: what others seal to for one day, published ahead in one signed batch.

This file knows how a day's two keys are named, signed and found (ENVELOPE E-3). It refuses to
know what day it is, and which of two batches is the newer: the order of the `keys` board says.
When a secret dies is the client's to decide and to do; nothing here keeps one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final, NewType, Self

from keys.address import MemberId
from keys.calendar import Day
from keys.errors import BadSignature, NoKeys, WrongShape
from keys.hpke import PUBLIC_BYTES, HpkePublic, HpkeSecret
from keys.identity import MEMBER_ID_BYTES, Identity, PublicIdentity, Purpose
from keys.wire import Fields, Value, lp, pack, unlp

KeyId = NewType("KeyId", bytes)
"""16 bytes: the first half of a key's `key_hash`."""

KEY_ID_BYTES: Final = 16
BATCH_DAYS: Final = 14
"""The most days a batch covers, and so the farthest ahead anybody can seal (E-3.4)."""
BATCH_LIMIT: Final = 65_536
_LAST_DAY: Final = (1 << 32) - 1


class EpochRole(StrEnum):
    """Which layer of a note a key opens."""

    OUTER = "outer"  # under the machine lock: the service opens it while nobody is logged in
    INNER = "inner"  # under the staff lock


def key_hash(public: HpkePublic) -> bytes:
    """Return the SHA-256 of a public key: 32 bytes, the name that signed bodies use."""
    return sha256(public.raw).digest()


def key_id(public: HpkePublic) -> KeyId:
    """Return the short name of a public key (E-3.3)."""
    return KeyId(key_hash(public)[:KEY_ID_BYTES])


@dataclass(frozen=True, slots=True, eq=False)
class EpochSecret:
    """One day's secret for one layer."""

    role: EpochRole
    day: Day
    hpke: HpkeSecret

    @classmethod
    def generate(cls, role: EpochRole, day: Day) -> Self:
        """Make a new secret for `day`."""
        return cls(role, day, HpkeSecret.generate())

    @classmethod
    def from_seed(cls, role: EpochRole, day: Day, seed: bytes) -> Self:
        """Make the secret that `seed` (32 bytes) stands for.

        Raises:
            WrongShape: `seed` is not 32 bytes.
        """
        return cls(role, day, HpkeSecret.from_seed(seed))

    @property
    def seed(self) -> bytes:
        """The 32 bytes to keep, under the lock that the role names."""
        return self.hpke.seed

    @property
    def public(self) -> HpkePublic:
        """What others seal to."""
        return self.hpke.public

    @property
    def key_id(self) -> KeyId:
        """16 bytes (E-3.3)."""
        return key_id(self.public)


@dataclass(frozen=True, slots=True)
class DayKeys:
    """The two public keys by which one member receives on one day."""

    day: Day
    outer_public: HpkePublic
    inner_public: HpkePublic

    @property
    def raw(self) -> tuple[bytes, bytes]:
        """Both keys' bytes, outer and inner."""
        return self.outer_public.raw, self.inner_public.raw


@dataclass(frozen=True, slots=True)
class EpochBatch:
    """A member's keys for one to fourteen days in a row, under its signature (E-3.4)."""

    member_id: MemberId
    first_day: Day
    days: tuple[DayKeys, ...]
    body: bytes = field(repr=False)
    """The bytes that were signed, exactly as they came."""
    signature: bytes = field(repr=False)

    @classmethod
    def issue(cls, identity: Identity, secrets: Sequence[EpochSecret]) -> Self:
        """Sign the public halves of `secrets`, in any order.

        Raises:
            WrongShape: they are not one outer and one inner for each of 1 to 14 days in a row.
        """
        outer = {secret.day: secret for secret in secrets if secret.role is EpochRole.OUTER}
        inner = {secret.day: secret for secret in secrets if secret.role is EpochRole.INNER}
        days = sorted(outer)
        whole = outer.keys() == inner.keys() and len(secrets) == 2 * len(days)
        if not days or not whole or any(after - day != 1 for day, after in pairwise(days)):
            raise WrongShape(field="epochs.days")
        pairs = [[outer[day].public.raw, inner[day].public.raw] for day in days]
        body = pack(["epochs", 1, identity.public.member_id, days[0], pairs])
        return cls.decode(lp(body, identity.sign(Purpose.EPOCHS, body)))

    def encode(self) -> bytes:
        """Return `lp(body, signature)`, the body as it was signed."""
        return lp(self.body, self.signature)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes; nothing is verified before `check`.

        Raises:
            Malformed: `data` has not that form, or holds a key that cannot be sealed to, or one
                key twice.
        """
        body, signature = unlp(data, 2)
        fields = Fields.decode(body, "epochs", limit=BATCH_LIMIT)
        member_id = MemberId(fields.octets("member_id", size=MEMBER_ID_BYTES))
        first = fields.number("first_day", most=_LAST_DAY - BATCH_DAYS)
        pairs = fields.items("days", least=1, most=BATCH_DAYS)
        fields.end()
        days = tuple(_day_keys(Day(first + at), pair) for at, pair in enumerate(pairs))
        # One key for two layers or two days would undo a lock, or outlive its day.
        if len({raw for day in days for raw in day.raw}) != 2 * len(days):
            raise WrongShape(field="epochs.days")
        return cls(member_id, Day(first), days, body, signature)

    def check(self, identity: PublicIdentity) -> None:
        """Accept only when `identity` is the member named here and signed this batch.

        Raises:
            BadSignature: it is another member's, or the signature does not verify.
        """
        if self.member_id != identity.member_id:
            raise BadSignature
        identity.verify(Purpose.EPOCHS, self.body, self.signature)

    def for_day(self, day: Day) -> DayKeys:
        """Return the keys for `day`.

        Raises:
            NoKeys: the batch does not cover it.
        """
        at = day - self.first_day
        if not 0 <= at < len(self.days):
            raise NoKeys(day=day)
        return self.days[at]


def _day_keys(day: Day, pair: Value) -> DayKeys:
    match pair:
        case [bytes(outer), bytes(inner)] if len(outer) == len(inner) == PUBLIC_BYTES:
            return DayKeys(day, HpkePublic.decode(outer), HpkePublic.decode(inner))
        case _:
            raise WrongShape(field="epochs.days")
