"""The members who stand in the vectors: their seeds are fixed, so all that follows from them is."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from keys.address import MemberId, Role
from keys.calendar import Day, Week
from keys.epoch import EpochRole, EpochSecret
from keys.identity import IDENTITY_SEED_BYTES, Identity, MachineKey, PublicIdentity
from keys.prekeys import PrekeySecret
from tests.vectors.making import Said, seed
from tests.vectors.octets import Json

TODAY: Final = Day(20_000)
"""The day on which vectors happen: 2024-10-04."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A member with its secrets; a `MemberView`."""

    name: str
    role: Role
    secret: Identity
    machine: MachineKey
    home_district: MemberId | None

    @property
    def identity(self) -> PublicIdentity:
        """Its public keys."""
        return self.secret.public

    @property
    def member_id(self) -> MemberId:
        """Its id."""
        return self.identity.member_id

    def epoch(self, role: EpochRole, day: Day = TODAY) -> EpochSecret:
        """Return its secret for one day and layer."""
        return EpochSecret.from_seed(role, day, seed(f"{self.name} {role} {day}"))


@cache
def actor(name: str, role: Role = Role.CENTRE) -> Actor:
    """Return the member of that name."""
    home = None if role is Role.POLICE else actor("ole", Role.POLICE).member_id
    return Actor(
        name,
        role,
        Identity.from_seed(seed(f"{name} identity", IDENTITY_SEED_BYTES)),
        MachineKey.from_seed(seed(f"{name} machine")),
        home,
    )


EVA: Final = actor("eva")
IDA: Final = actor("ida")
OLE: Final = actor("ole", Role.POLICE)
PER: Final = actor("per", Role.POLICE)
KARI: Final = actor("kari")
"""A centre that the roster does not have."""
ROSTER: Final = {member.member_id: member for member in (EVA, IDA, OLE, PER)}


def prekey(sender: Actor, week: int, secret: bytes) -> Json:
    """Write a one-time secret: for whom, of which week's list, and its seed."""
    return {"sender": sender.member_id.hex(), "week": week, "seed": secret.hex()}


def prekeys_of(said: Said) -> list[PrekeySecret]:
    """Return the one-time secrets that a vector's reader still has."""
    found: list[PrekeySecret] = []
    for one in said.items("prekeys"):
        assert isinstance(one, dict)
        week = one["week"]
        assert isinstance(week, int)
        sender = MemberId(said.read(one["sender"]))
        found.append(PrekeySecret(sender, Week(week), said.read(one["seed"])))
    return found
