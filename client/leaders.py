"""Who of the staff leads: who may say alone who has a key, and who decides for whom nobody asked.

This file knows names, and one row behind the staff lock. Until somebody says otherwise the first
who ever had a slot leads. It is a rule of the program and no lock: all staff share one key.
"""

from collections.abc import Collection, Sequence
from typing import Final

from client.ledger import Transaction
from client.refusals import WrongState
from client.shelf import Shelf
from keys.slots import MOST_SLOTS, same_name
from keys.wire import Fields, pack

_ROW: Final = b"leaders"
_NAME: Final = 80


def named(names: Sequence[str], name: str) -> str | None:
    """Return how `name` is written in the lock, however it is typed; None when it is not there."""
    return next((one for one in names if same_name(one, name)), None)


async def leaders(rows: Transaction, names: Sequence[str]) -> tuple[str, ...]:
    """Return who leads, of those who have a slot; never nobody.

    Args:
        rows: with the staff lock open.
        names: of all who have a slot, oldest first.
    """
    kept = await rows.get(Shelf.IDENTITY, _ROW)
    found = tuple(one for one in names if one in _read(kept)) if kept else ()
    return found or tuple(names[:1])


async def set_leaders(rows: Transaction, names: Collection[str]) -> None:
    """Write down who leads.

    Raises:
        WrongState: nobody would.
    """
    if not names:
        raise WrongState(kind="staff.last_leader")
    await rows.put(Shelf.IDENTITY, _ROW, pack(["leaders", 1, sorted(names)]))


def _read(value: bytes) -> frozenset[str]:
    fields = Fields.decode(value, "leaders")
    items = fields.items("names", most=MOST_SLOTS)
    fields.end()
    return frozenset(one for one in items if isinstance(one, str) and len(one) <= _NAME)
