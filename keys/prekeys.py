"""One-time prekeys: four keys a week from each member to each other, each to be used once.

This file knows how secrets become a signed list, and when one may open a note (ENVELOPE E-17). It
refuses to know which are used up and when a secret dies: that is the client's to decide. A list
names every other member in the same way, so that whoever reads it learns the roster.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from keys.address import MemberId
from keys.calendar import Day, Week, week_of
from keys.errors import WrongShape
from keys.hpke import PUBLIC_BYTES, SEED_BYTES, HpkePublic, HpkeSecret
from keys.identity import MEMBER_ID_BYTES, Identity
from keys.prekeysheet import WEEKS, Sheet, sign

PER_MEMBER: Final = 4
"""Prekeys that a list holds for each other member."""


@dataclass(frozen=True)
class PrekeySecret:
    """One secret of a list: for one sender, who may seal to it once."""

    sender: MemberId = field(repr=False)
    week: Week
    seed: bytes = field(repr=False)
    """32 bytes."""

    def __post_init__(self) -> None:
        """Refuse here what would else be refused in the middle of an opening.

        Raises:
            WrongShape: the sender or the seed is not 32 bytes.
        """
        if len(self.sender) != MEMBER_ID_BYTES or len(self.seed) != SEED_BYTES:
            raise WrongShape(field="prekeys.secret")

    @cached_property
    def hpke(self) -> HpkeSecret:
        """The key pair that the seed stands for: made when it is asked for, and then kept."""
        return HpkeSecret.from_seed(self.seed)

    def opens(self, day: Day) -> bool:
        """Return whether a note of `day` may have been sealed to it (E-17.4)."""
        return 0 <= week_of(day) - self.week < WEEKS


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
        WrongShape: they are not of that week, not four for each of 1 to 768 other members, or one
            stands twice.
    """
    found: dict[MemberId, list[bytes]] = {}
    for one in secrets:
        found.setdefault(one.sender, []).append(one.hpke.public.raw)
    once = len({raw for keys in found.values() for raw in keys}) == len(secrets)
    if not once or any(len(keys) != PER_MEMBER for keys in found.values()):
        raise WrongShape(field="prekeys.slots")
    if any(one.week != week for one in secrets):
        raise WrongShape(field="prekeys.week")
    slots = [member_id + b"".join(found[member_id]) for member_id in sorted(found)]
    return sign(identity, week, slots)


def read_keys(slot: bytes) -> tuple[HpkePublic, ...]:
    """Read the keys of one slot of a sheet, in order: by these its member may seal.

    Raises:
        WrongShape: they are not four, one cannot be sealed to, or one stands twice.
    """
    keys = [slot[at : at + PUBLIC_BYTES] for at in range(0, len(slot), PUBLIC_BYTES)]
    if len(set(keys)) != PER_MEMBER or len(keys) != PER_MEMBER:
        raise WrongShape(field="prekeys.slots")
    return tuple(map(HpkePublic.decode, keys))
