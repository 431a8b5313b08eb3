"""What all members share: how often each lane posts, how many tokens a day, the broker's key.

This file knows one schedule for everybody (ENVELOPE E-13.12): a member that kept another rhythm
would be known by it. It refuses to know who the members are and when a slot begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from keys.address import BLOB_CHUNKS, CellClass, TokenClass
from keys.calendar import DAY_SECONDS
from keys.errors import WrongShape
from keys.wire import Fields, Packable, Value

LONGEST_NOTE_SLOT: Final = 300
"""The longest note slot, in seconds, that registrars may give a list.

A member opens a case only when it read the boards in the last 600 seconds, or has rung the sender.
It reads once in a slot: with half of that time, one reading may fail.
"""
_PUBLIC_BYTES: Final = 32
_NAME: Final = 64
_SPARE: Final = 20  # one note token for every twenty slots on top of theirs: 5 %


@dataclass(frozen=True, slots=True)
class Schedule:
    """The lanes, one schedule for all members: how often each posts a cell, and its tokens."""

    note_slot_seconds: int = 300
    """Every slot is a whole fraction of a day, in seconds."""
    s_slot_seconds: int = 900
    m_slot_seconds: int = 14_400
    """A blob class whose slot is 0 has no lane: what is of it leaves beside the lanes."""
    blob_quota: Mapping[CellClass, int] = field(
        default_factory=lambda: MappingProxyType(
            {CellClass.S: 200, CellClass.M: 50, CellClass.XL64: 20, CellClass.XL256: 10}
        )
    )
    """Tokens per member and day for each blob class and writer class."""

    def __post_init__(self) -> None:
        """Refuse slots that do not fill a day, quotas of other classes, and lanes without tokens.

        Raises:
            WrongShape: one of them.
        """
        lanes = [self.lane(cls) for cls in (CellClass.NOTE, CellClass.S, CellClass.M)]
        if not all(_fills_a_day(seconds) for seconds in lanes if seconds) or not lanes[0]:
            raise WrongShape(field="schedule.slot_seconds")
        if tuple(self.blob_quota) != tuple(BLOB_CHUNKS):
            raise WrongShape(field="schedule.blob_quota")
        if any(self.blob_quota[cls] < self.slots(cls) for cls in BLOB_CHUNKS):
            raise WrongShape(field="schedule.blob_quota")

    def lane(self, cls: CellClass) -> int:
        """Return the seconds between two cells of a class on one board, 0 when it has no lane."""
        seconds = {
            CellClass.NOTE: self.note_slot_seconds,
            CellClass.S: self.s_slot_seconds,
            CellClass.M: self.m_slot_seconds,
        }
        return seconds.get(cls, 0)

    def slots(self, cls: CellClass) -> int:
        """Return how many slots of a class a day has; members work once in a note's slot."""
        seconds = self.lane(cls)
        return DAY_SECONDS // max(seconds, self.note_slot_seconds) if seconds else 0

    def quota(self, token_class: TokenClass) -> int:
        """Return the tokens of that class per member and day (E-13.12)."""
        if token_class.cell is CellClass.NOTE:
            slots = self.slots(CellClass.NOTE)
            return slots + -(-slots // _SPARE)
        return self.blob_quota[token_class.cell]

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        slots = (self.note_slot_seconds, self.s_slot_seconds, self.m_slot_seconds)
        return ["schedule", 1, *slots, list(self.blob_quota.values())]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: `value` has not that form (the leaves of `wire`).
        """
        fields = Fields(value, "schedule")
        note, small, medium = (fields.number(name) for name in ("note_slot", "s_slot", "m_slot"))
        quotas = fields.items("blob_quota", least=len(BLOB_CHUNKS), most=len(BLOB_CHUNKS))
        fields.end()
        numbers = Fields(["blob_quota", 1, *quotas], "blob_quota")
        quota = {cls_: numbers.number(cls_.value, most=1_000_000) for cls_ in BLOB_CHUNKS}
        return cls(note, small, medium, MappingProxyType(quota))


def _fills_a_day(seconds: int) -> bool:
    return 0 < seconds <= DAY_SECONDS and not DAY_SECONDS % seconds


@dataclass(frozen=True, slots=True)
class CheckpointKey:
    """The key by which the broker signs checkpoints, under its C2SP key name."""

    name: str
    """The instance: 1 to 64 printable characters without space or plus (C2SP signed-note)."""
    public: bytes
    """32 bytes: Ed25519."""

    def __post_init__(self) -> None:
        """Refuse a name that could not stand in a signed note.

        Raises:
            WrongShape: empty, too long, or with a character that notes do not have.
        """
        fits = 0 < len(self.name) <= _NAME and self.name.isprintable()
        if not fits or " " in self.name or "+" in self.name:
            raise WrongShape(field="checkpoint_key.name")

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        return ["checkpoint_key", 1, self.name, self.public]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: `value` has not that form (the leaves of `wire`).
        """
        fields = Fields(value, "checkpoint_key")
        name = fields.text("name", most=_NAME)
        public = fields.octets("public", size=_PUBLIC_BYTES)
        fields.end()
        return cls(name, public)
