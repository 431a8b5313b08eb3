"""Who has unlocked: one staff member's name for the log, and the member's identity to sign with.

This file knows both while the staff lock is open. It refuses to outlive it: the service drops it
when it locks.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from client.ledger import Ledger
from client.shelf import Shelf
from keys.errors import StoreDamaged
from keys.identity import Identity

IDENTITY_ROW: Final = b"identity"


@dataclass(frozen=True, slots=True)
class Staff:
    """One open staff lock."""

    name: str = field(repr=False)
    identity: Identity = field(repr=False)

    @classmethod
    async def enter(cls, ledger: Ledger, name: str) -> Self:
        """Read the identity that the staff lock guards.

        Raises:
            StoreDamaged: the ledger has none, or it is not one.
        """
        async with ledger.reading() as rows:
            seed = await rows.get(Shelf.IDENTITY, IDENTITY_ROW)
        if seed is None:
            raise StoreDamaged
        return cls(name, Identity.from_seed(seed))
