"""Cell files that a crash left and no row names.

This file knows which rows name files. It refuses to guess while a row cannot be read.
"""

from client.kept import Kept
from client.office import Office
from client.outgoing import Outgoing
from client.posting import Posting
from client.shelf import Shelf
from client.transfer import Transfer


async def sweep(office: Office) -> int:
    """Remove files that no row names; with the lock closed or a damaged row, none."""
    if not office.unlocked or office.ledger.damaged:
        return 0
    async with office.ledger.reading() as rows:
        known = {value.decode() for _, value in await rows.rows(Shelf.BLOB)}
        known |= {Posting.decode(value).file for _, value in await rows.rows(Shelf.POSTING)}
        for _, value in await rows.rows(Shelf.OUTBOX):
            known |= set(Outgoing.decode(value).files)
        for _, value in await rows.rows(Shelf.DRAFT):
            known |= {one.file for one in Transfer.decode(value).staged.values()}
        for _, value in await rows.rows(Shelf.CASE):
            known |= {one.file for one in Kept.decode(value).files}
    return office.cells.sweep(frozenset(known))
