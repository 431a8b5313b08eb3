"""Cases that were begun here from one that came: what is taken back of it goes from them too.

This file knows the cases that nobody has consented to yet. It refuses to touch what the person has
said yes to anew: that follows its own consent (CONSENT C-15.4).
"""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from client import clocks, forgetting
from client.case import PartId
from client.ledger import Transaction
from client.narrowed import with_attached
from client.office import Office
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.cases import case_of, written
from keys.address import PackageId


async def take_back(
    rows: Transaction, office: Office, package_id: PackageId, parts: Collection[PartId]
) -> None:
    """Destroy, of every case begun from a package, these parts; the whole case without any."""
    for row, case in await finding.transfers(rows):
        ours = case.came_from == package_id and case.case
        if not ours or case.consent or case.package:
            continue
        files = await (
            _some(rows, office, row, case, parts) if parts else _all(rows, office, row, case)
        )
        rows.after(partial(_gone, office, files))
        await office.attend(rows, case.code_name)


async def _some(
    rows: Transaction, office: Office, row: bytes, case: Transfer, parts: Collection[PartId]
) -> tuple[str, ...]:
    """Destroy parts of a case; return the files that held them."""
    said = case_of(office, case)
    back = with_attached(parts, said.parts)
    left = {part: content for part, content in said.parts.items() if part not in back}
    staged = {part: one for part, one in case.staged.items() if part not in back}
    now = replace(
        case,
        case=written(replace(said, parts=MappingProxyType(left))),
        staged=MappingProxyType(staged),
    )
    await rows.put(Shelf.DRAFT, row, now.encode())
    return tuple(one.file for part, one in case.staged.items() if part in back)


async def _all(rows: Transaction, office: Office, row: bytes, case: Transfer) -> tuple[str, ...]:
    """Destroy a case; return its files."""
    await forgetting.unask(rows, office, row)
    await rows.delete(Shelf.DRAFT, row)
    await clocks.stop(rows, Held.DRAFT, row)
    return case.files


def _gone(office: Office, files: tuple[str, ...]) -> None:
    office.has_leavings = True
    office.discard(files)
