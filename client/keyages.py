"""Since which register each name has the key that it has, as this machine has seen it.

This file knows names and member ids, all of them public and the same everywhere, so it says of
nobody that anything was sent. It refuses to judge: whoever reads it asks whether a key is new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from client.ledger import Transaction
from client.shelf import Shelf
from keys.address import MemberId
from keys.calendar import Day
from keys.errors import WrongShape
from keys.roster import Roster
from keys.wire import Fields, Packable, Value, pack

NEW_DAYS: Final = 7
"""For how many days after a member's key changed it is called new."""
_ROW: Final = b"key-ages"
_ID: Final = 32
_MOST: Final = 4_096
_NEVER: Final = Day(0)


@dataclass(frozen=True, slots=True)
class Age:
    """Since when a key stands in the register.

    Attributes:
        version: of the register that first had it here.
        changed: the day on which it came in another's place; 0 when it is the first of its name.
    """

    version: int
    changed: Day

    def is_new(self, today: Day) -> bool:
        """Return whether it came in another's place within the last days."""
        return bool(self.changed) and today < self.changed + NEW_DAYS


async def note(rows: Transaction, before: Roster | None, after: Roster, today: Day) -> None:
    """Note what a register says of every name; a name that is struck is remembered.

    Args:
        rows: the transaction in which the register is trusted.
        before: the one that was trusted until now, from before anything was noted; or None.
        after: the one that is trusted from now on.
        today: the current day.
    """
    known = await _read(rows)
    found = dict(known)
    if not found and before is not None:
        first = before.version, _NEVER
        found = {_name(one.role, one.name): (one.member_id, *first) for one in before.members}
    ids = {member_id: (version, changed) for member_id, version, changed in found.values()}
    for one in after.members:
        name = _name(one.role, one.name)
        if one.member_id in ids:  # the same key, whatever its name is now
            found[name] = (one.member_id, *ids[one.member_id])
        else:
            found[name] = (one.member_id, after.version, today if name in found else _NEVER)
    if found != known:
        packed: list[Packable] = [[name, *entry] for name, entry in sorted(found.items())]
        await rows.put(Shelf.ROSTER, _ROW, pack(["key_ages", 1, packed]))


async def ages(rows: Transaction) -> Mapping[MemberId, Age]:
    """Return since when every key that was seen stands in the register."""
    found = (await _read(rows)).values()
    return {member_id: Age(version, changed) for member_id, version, changed in found}


def _name(role: str, name: str) -> str:
    return f"{role} {name.casefold()}"


async def _read(rows: Transaction) -> dict[str, tuple[MemberId, int, Day]]:
    kept = await rows.get_whole(Shelf.ROSTER, _ROW)
    if kept is None:
        return {}
    fields = Fields.decode(kept, "key_ages")
    found = dict(map(_entry, fields.items("names", most=_MOST)))
    fields.end()
    return found


def _entry(item: Value) -> tuple[str, tuple[MemberId, int, Day]]:
    match item:
        case [str(name), bytes(member_id), int(version), int(changed)] if len(member_id) == _ID:
            return name, (MemberId(member_id), version, Day(changed))
        case _:
            raise WrongShape(field="key_ages.names")
