"""Who must sign what: pairs of keys, thresholds, and the roots that are safe to follow.

This file knows the arithmetic of holders and keys (ENVELOPE E-13.6): neither one person nor one
kind of key may ever be enough for a root or a targets file. It refuses to know names, times and
files.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self, cast

from keys.errors import BadSettings, RosterMalformed
from keys.tufkeys import KeyCard, is_quantum
from keys.tuflib import Root


class TufRole(StrEnum):
    """The four top-level roles of TUF; delegated roles do not exist here."""

    ROOT = "root"
    TIMESTAMP = "timestamp"
    SNAPSHOT = "snapshot"
    TARGETS = "targets"


LAST_VERSION: Final = (1 << 53) - 1
"""The highest version: every JSON reader still counts exactly up to it."""
TWO_PERSONS: Final = 3
"""The least threshold of root and targets: one person has only two keys (E-13.6)."""


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Who signs a role: whole pairs of keys, and how many of those keys must."""

    cards: tuple[KeyCard, ...]
    threshold: int

    @classmethod
    def by_persons(cls, cards: tuple[KeyCard, ...], persons: int) -> Self:
        """Demand both keys of `persons` of the holders of `cards`, or as many keys of more.

        Raises:
            BadSettings: so few that one kind of key would be enough, or more than there are.
        """
        if not len(cards) < 2 * persons <= 2 * len(cards):
            raise BadSettings(field="persons")
        return cls(cards, 2 * persons)


def check_roles(root: Root) -> None:
    """Accept only a root in which neither one person nor one kind of key is enough (E-13.6).

    Raises:
        RosterMalformed: it breaks a rule of that clause.
    """
    ids = {role: frozenset(_texts(root.roles[role].keyids)) for role in TufRole}
    online, offline = TufRole.TIMESTAMP, (TufRole.ROOT, TufRole.TARGETS)
    apart = (ids[TufRole.ROOT], ids[TufRole.TARGETS], ids[online])
    every = frozenset[str]().union(*apart)
    if ids[TufRole.SNAPSHOT] != ids[online] or every != frozenset(root.keys):
        raise RosterMalformed
    if sum(map(len, apart)) != len(every):
        raise RosterMalformed
    for role in TufRole:
        pairs, odd = divmod(len(ids[role]), 2)
        quantum = sum(is_quantum(root.keys[key_id]) for key_id in ids[role])
        threshold = whole(root.roles[role].threshold)
        least = max(pairs + 1, TWO_PERSONS if role in offline else 0)
        if odd or quantum != pairs or not least <= threshold <= 2 * pairs:
            raise RosterMalformed


def whole(value: object) -> int:
    """Return `value` when it is a whole number of a TUF file; True and 1.0 are not.

    Raises:
        RosterMalformed: it is not, or out of range.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_VERSION:
        raise RosterMalformed
    return value


def _texts(values: object) -> list[str]:
    if not isinstance(values, list):
        raise RosterMalformed
    found = cast("list[object]", values)
    if not all(isinstance(value, str) for value in found):
        raise RosterMalformed
    return cast("list[str]", found)
