"""Which slots of the blobs' lanes have been used: kept, so that a restart posts no cell more.

This file knows the last slot of each class, and that a slot is used before its cells leave. It
refuses to know what left in it.
"""

from collections.abc import Mapping
from typing import Final

from client.ledger import Ledger
from client.shelf import Shelf
from keys.address import CellClass

_SLOT: Final = b"slot-"
_BYTES: Final = 8


async def used(ledger: Ledger) -> Mapping[CellClass, int]:
    """Return the number of the last slot of every class that has used one."""
    async with ledger.reading() as rows:
        kept = {cls: await rows.get_whole(Shelf.META, _SLOT + cls.encode()) for cls in CellClass}
    return {cls: int.from_bytes(slot, "big") for cls, slot in kept.items() if slot is not None}


async def use(ledger: Ledger, slots: Mapping[CellClass, int]) -> None:
    """Keep that slots are used. A note's is not kept: it is what a tick is."""
    blobs = {cls: slot for cls, slot in slots.items() if cls is not CellClass.NOTE}
    if not blobs:
        return
    async with ledger.transaction("slots-used") as rows:
        for cls, slot in blobs.items():
            await rows.put(Shelf.META, _SLOT + cls.encode(), slot.to_bytes(_BYTES, "big"))
