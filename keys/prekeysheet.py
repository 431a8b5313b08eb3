"""The outside of a list of one-time prekeys: sheets under one signed Merkle root.

This file knows how a list is signed and how each of its sheets is checked by itself (ENVELOPE
E-17). It refuses to know a key: to whoever has no more than this, a slot is a member and some
bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Self

from keys.address import MemberId
from keys.calendar import Day, Week, first_day
from keys.checkpoint import HASH_BYTES, Frontier, Root, hash_leaf
from keys.errors import BadSignature, WrongShape
from keys.identity import MEMBER_ID_BYTES, Identity, PublicIdentity, Purpose
from keys.wire import Fields, lp, pack, unlp

SHEET_SLOTS: Final = 12
"""Members on one sheet, so that a sheet is a publication like any other."""
MOST_SHEETS: Final = 64
WEEKS: Final = 2
"""A list is sealed to in its own week and in the one after it (E-17.4)."""
SLOT_KEYS_BYTES: Final = 4_864
"""What stands behind a member's id: four public keys of 1,216 bytes (E-3.1)."""
_SLOT_BYTES: Final = MEMBER_ID_BYTES + SLOT_KEYS_BYTES
_LAST_WEEK: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class Head:
    """What a member says of its whole list, under its signature."""

    member_id: MemberId
    week: Week
    root: Root
    body: bytes = field(repr=False)
    """The bytes that were signed, exactly as they came."""
    signature: bytes = field(repr=False)

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

        The signature is for `head.check`; the keys are read when one is wanted.

        Raises:
            Malformed: `data` has not that form, or the sheet is not under the root.
        """
        body, signature, joined, slots = unlp(data, 4)
        fields = Fields.decode(body, "prekeys")
        member_id = MemberId(fields.octets("member_id", size=MEMBER_ID_BYTES))
        week = Week(fields.number("week", most=_LAST_WEEK))
        root = Root(fields.octets("root", size=HASH_BYTES))
        fields.end()
        hashes = tuple(_cut(joined, HASH_BYTES))
        if len(joined) % HASH_BYTES or not 1 <= len(hashes) <= MOST_SHEETS:
            raise WrongShape(field="prekeys.hashes")
        if _root(hashes) != root or hash_leaf(slots) not in hashes:
            raise WrongShape(field="prekeys.root")
        _check_slots(slots, member_id)
        return cls(Head(member_id, week, root, body, signature), hashes, slots)

    def slot(self, member_id: MemberId) -> bytes | None:
        """Return the bytes of the keys by which `member_id` may seal; None when it is not here."""
        for slot in _cut(self.slots, _SLOT_BYTES):
            if slot[:MEMBER_ID_BYTES] == member_id:
                return slot[MEMBER_ID_BYTES:]
        return None


def _check_slots(slots: bytes, owner: MemberId) -> None:
    """Accept 1 to 12 whole slots for others, each member once: no list is read in two ways."""
    count, rest = divmod(len(slots), _SLOT_BYTES)
    named = [slot[:MEMBER_ID_BYTES] for slot in _cut(slots, _SLOT_BYTES)]
    in_order = all(before < after for before, after in pairwise(named))
    if rest or not 1 <= count <= SHEET_SLOTS or not in_order or owner in named:
        raise WrongShape(field="prekeys.slots")


def last_day(week: Week) -> Day:
    """Return the last day on which anybody may seal to a list of `week` (E-17.4)."""
    return Day(first_day(Week(week + WEEKS)) - 1)


def sign(identity: Identity, week: Week, slots: Sequence[bytes]) -> tuple[Sheet, ...]:
    """Cut `slots`, each a member's id and its keys, into sheets, and sign the root over them.

    Raises:
        WrongShape: there is no slot, there are too many, one is not of its size or for the signer
            itself, or their members are not in ascending order.
    """
    if not 1 <= len(slots) <= SHEET_SLOTS * MOST_SHEETS:
        raise WrongShape(field="prekeys.slots")
    parts = [b"".join(slots[at : at + SHEET_SLOTS]) for at in range(0, len(slots), SHEET_SLOTS)]
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
