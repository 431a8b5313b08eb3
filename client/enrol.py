"""Becoming a member: the directory, the two locks, the identity and the request to be enrolled.

This file knows what is made once, before the service ever runs. It refuses to overwrite anything.
"""

from collections.abc import Callable

from client.home import Home
from client.ledger import Ledger
from client.settings import Settings
from client.shelf import Shelf
from client.staff import IDENTITY_ROW
from keys.errors import AlreadyThere
from keys.identity import Identity
from keys.keystore import MODERATE, Cost, MachineLock, RowSealer, StaffSlots
from keys.secretfile import write_secret


async def make_member(
    home: Home,
    settings: Settings,
    name: str,
    passphrase: str,
    cost: Cost = MODERATE,
    asking: Callable[[Identity], bytes] | None = None,
) -> Identity:
    """Make a member's directory with a new identity; returns the identity, to sign a request.

    The settings are written last: a directory without them was never a member's.

    Args:
        home: a directory that does not hold a member yet.
        settings: written down for the service.
        name: of the first staff member, for the slot and the log.
        passphrase: of that staff member.
        cost: of guessing a passphrase; only tests pass a cheap one.
        asking: makes the request of the identity, which is kept beside it.

    Raises:
        AlreadyThere: a member lives there; nothing was changed.
        WeakPassphrase: the passphrase is too short; nothing was made.
        UnsafeFile, DiskFull: the directory cannot hold secrets.
    """
    home.make()
    if home.ledger.exists() or home.slots.exists():
        raise AlreadyThere
    identity = Identity.generate()
    _, store_key = StaffSlots.create(home.slots, name, passphrase, cost)
    machine = MachineLock.create(home.path)
    ledger = await Ledger.open(
        home.ledger, RowSealer(machine.store_key), machine.store_key.derive("index")
    )
    try:
        ledger.unlock(RowSealer(store_key))
        async with ledger.transaction("identity") as rows:
            await rows.put(Shelf.IDENTITY, IDENTITY_ROW, identity.seed)
    finally:
        await ledger.close()
    if asking is not None:
        write_secret(home.request, asking(identity))
    write_secret(home.settings, settings.write().encode())
    return identity
