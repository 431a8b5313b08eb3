"""A backup of this member, made while the service runs.

This file knows whose passphrase seals it. It refuses to restore: that happens before a service
starts, in `client.__main__`.
"""

from pathlib import Path

from client.backup import Passphrase
from client.control import Answer
from client.office import Office
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs.arguments import Arguments

_PASSPHRASE = 1_024
_PATH = 4_096


async def backup(office: Office, given: Arguments) -> Answer:
    """Write a sealed backup to a new file; attachments of drafts come along when unlocked."""
    name = given.text("name")
    passphrase = given.text("passphrase", most=_PASSPHRASE)
    path = Path(given.text("path", most=_PATH))
    given.end()
    staged: set[str] = set()
    if office.unlocked:
        async with office.ledger.reading() as rows:
            for _, value in await rows.rows(Shelf.DRAFT):
                staged |= {one.file for one in Transfer.decode(value).staged.values()}
    size = await office.back_up(Passphrase(name, passphrase, office.now), path, staged)
    return {"bytes": size}
