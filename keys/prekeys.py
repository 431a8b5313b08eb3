"""One-time prekeys: four keys a week from each member to each other, under one signed root.

This file knows how a week's list is cut into sheets, signed and checked (ENVELOPE E-17). It
refuses to know which keys are used up and when a secret dies: that is the client's to decide. A
list names every other member in the same way, so that whoever reads it learns the roster.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

from keys.address import MemberId
from keys.calendar import Day, Week, first_day, week_of
from keys.checkpoint import HASH_BYTES, Frontier, Root, hash_leaf
from keys.errors import BadSignature, WrongShape
from keys.hpke import PUBLIC_BYTES, HpkePublic, HpkeSecret
from keys.identity import MEMBER_ID_BYTES, Identity, PublicIdentity, Purpose
from keys.wire import Fields, lp, pack, unlp

PER_MEMBER: Final = 4
"""Prekeys that a list holds for each other member."""
SHEET_SLOTS: Final = 12
"""Members on one sheet, so that a sheet is a publication like any other."""
MOST_SHEETS: Final = 64
WEEKS: Final = 2
"""A list is sealed to in its own week and in the one after it (E-17.4)."""
_SLOT_BYTES: Final = MEMBER_ID_BYTES + PER_MEMBER * PUBLIC_BYTES
_LAST_WEEK: Final = 1 << 28


@dataclass(frozen=True)
class PrekeySecret:
    """One secret of a list: for one sender, who may seal to it once."""

    sender: MemberId = field(repr=False)
    week: Week
    seed: bytes = field(repr=False)
    """32 bytes."""

    @cached_property
    def hpke(self) -> HpkeSecret:
        """The key pair that the seed stands for: made when it is asked for, and then kept."""
        return HpkeSecret.from_seed(self.seed)

    def opens(self, day: Day) -> bool:
        """Return whether a note of `day` may have been sealed to it (E-17.4)."""
        return 0 <= week_of(day) - self.week < WEEKS


@dataclass(frozen=True, slots=True)
class Head:
    """What a member says of its whole list, under its signature."""

    member_id: MemberId
    week: Week
    root: Root
    body: bytes = field(repr=False)
    """The bytes that were signed, exactly as they came."""
    signature: bytes = field(repr=False)

    @property
    def last_day(self) -> Day:
        """The last day on which anybody may seal to the list."""
        return last_day(self.week)

    def check(self, identity: PublicIdentity) -> None:
        """Accept only when `identity` is the member named here and signed this.

        Raises:
            BadSignature: it is another member's, or the signature does not verify.
        """
        if self.member_id != identity.member_id:
            raise BadSignature
        identity.verify(Purpose.PREKEYS, self.body, self.signature)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of a list, which anybody can check by itself against the signed root."""

    head: Head
    hashes: tuple[bytes, ...] = field(repr=False)
    """RFC 6962's leaf hash of every sheet of the list, in order."""
    slots: bytes = field(repr=False)
    """For each member: its id and its keys' bytes, as they came."""

    def encode(self) -> bytes:
        """Return `lp(body, signature, hashes, slots)`."""
        return lp(self.head.body, self.head.signature, b"".join(self.hashes), self.slots)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes, and check that the sheet is one of its list's.

        The signature is verified by `head.check`, the keys are read when one is wanted.

        Raises:
            Malformed: `data` has not that form, or the sheet is not under the root.
        """
        body, signature, joined, slots = unlp(data, 4)
        hashes = tuple(_cut(joined, HASH_BYTES))
        fields = Fields.decode(body, "prekeys")
        member_id = MemberId(fields.octets("member_id", size=MEMBER_ID_BYTES))
        week = Week(fields.number("week", most=_LAST_WEEK))
        root = Root(fields.octets("root", size=HASH_BYTES))
        fields.end()
        if len(joined) % HASH_BYTES or not 1 <= len(hashes) <= MOST_SHEETS:
            raise WrongShape(field="prekeys.hashes")
        if _root(hashes) != root or hash_leaf(slots) not in hashes:
            raise WrongShape(field="prekeys.root")
        count, rest = divmod(len(slots), _SLOT_BYTES)
        if rest or not 1 <= count <= SHEET_SLOTS:
            raise WrongShape(field="prekeys.slots")
        return cls(Head(member_id, week, root, body, signature), hashes, slots)

    def keys_for(self, member_id: MemberId) -> tuple[HpkePublic, ...] | None:
        """Return the keys by which `member_id` may seal, in order; None when it is not here.

        Raises:
            WrongShape: one of them cannot be sealed to, or one stands twice.
        """
        for slot in _cut(self.slots, _SLOT_BYTES):
            if slot[:MEMBER_ID_BYTES] == member_id:
                keys = tuple(_cut(slot[MEMBER_ID_BYTES:], PUBLIC_BYTES))
                if len(set(keys)) != len(keys):
                    raise WrongShape(field="prekeys.slots")
                return tuple(map(HpkePublic.decode, keys))
        return None


def last_day(week: Week) -> Day:
    """Return the last day on which anybody may seal to a list of `week` (E-17.4)."""
    return Day(first_day(Week(week + WEEKS)) - 1)


def generate(others: Iterable[MemberId], week: Week) -> tuple[PrekeySecret, ...]:
    """Make the secrets of a week's list: four for each of `others`."""
    return tuple(
        PrekeySecret(member_id, week, HpkeSecret.generate().seed)
        for member_id in sorted(others)
        for _ in range(PER_MEMBER)
    )


def issue(identity: Identity, week: Week, secrets: Sequence[PrekeySecret]) -> tuple[Sheet, ...]:
    """Sign the public halves of `secrets`, as `generate` made them; returns the list's sheets.

    Raises:
        WrongShape: they are not of that week, not four for each member, or for too many members.
    """
    found: dict[MemberId, list[bytes]] = {}
    for one in secrets:
        found.setdefault(one.sender, []).append(one.hpke.public.raw)
    whole = all(len(keys) == PER_MEMBER for keys in found.values())
    if not whole or not 1 <= len(found) <= SHEET_SLOTS * MOST_SHEETS:
        raise WrongShape(field="prekeys.slots")
    if any(one.week != week for one in secrets) or identity.public.member_id in found:
        raise WrongShape(field="prekeys.week")
    slots = [member_id + b"".join(found[member_id]) for member_id in sorted(found)]
    parts = [
        b"".join(slots[at : at + SHEET_SLOTS]) for at in range(0, len(slots), SHEET_SLOTS)
    ]
    hashes = tuple(map(hash_leaf, parts))
    body = pack(["prekeys", 1, identity.public.member_id, week, _root(hashes)])
    signature = identity.sign(Purpose.PREKEYS, body)
    return tuple(Sheet.decode(lp(body, signature, b"".join(hashes), part)) for part in parts)


def _root(hashes: Iterable[bytes]) -> Root:
    tree = Frontier()
    for one in hashes:
        tree = tree.append(one)
    return tree.root


def _cut(data: bytes, width: int) -> Iterator[bytes]:
    return (data[at : at + width] for at in range(0, len(data), width))
