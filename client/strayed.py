"""The rows of what was opened where it was not meant to be: begun, told of, done and forgotten.

This file knows when a case has gone astray and where that stands. It refuses to name the other
desk.
"""

from dataclasses import replace

from client.astray import CONSENT, RESTS_ON, Astray
from client.law import law_msgid
from client.ledger import Transaction
from client.office import Office
from client.shelf import Shelf
from client.tasks import Task
from keys.address import PackageId
from keys.calendar import Day, Instant
from keys.wire import Packable


async def begin(
    rows: Transaction,
    office: Office,
    package_id: PackageId,
    code_name: str,
    *,
    ours: bool,
    opened: bool,
) -> None:
    """Note that a package went astray; what is noted already stands."""
    if await rows.get(Shelf.ASTRAY, package_id) is None:
        since = office.now if opened else Instant(0)
        await rows.put(Shelf.ASTRAY, package_id, Astray(code_name, ours, since).encode())
        await office.attend(rows, code_name)


async def known(rows: Transaction, package_id: PackageId) -> bool:
    """Return whether a package is known to have gone astray."""
    return await rows.get(Shelf.ASTRAY, package_id) is not None


async def was_opened(rows: Transaction, office: Office, package_id: PackageId) -> None:
    """Note that what went astray was opened there, when that is heard of now."""
    value = await rows.get(Shelf.ASTRAY, package_id)
    if value is not None and not (found := Astray.decode(value)).since:
        await rows.put(Shelf.ASTRAY, package_id, replace(found, since=office.now).encode())
        await office.attend(rows, found.code_name)


async def tasks(
    rows: Transaction, office: Office, code_name: str = ""
) -> list[dict[str, Packable]]:
    """Return what is left to do of what went astray, in one case or in all."""
    found = [Astray.decode(value) for _, value in await rows.rows(Shelf.ASTRAY)]
    return [
        _row(office, one, task)
        for one in found
        if code_name in ("", one.code_name)
        for task in one.tasks()
        if not task.done
    ]


async def names(rows: Transaction, code_name: str) -> list[str]:
    """Return every task of what went astray in one case, done or not, in order."""
    found = [Astray.decode(value) for _, value in await rows.rows(Shelf.ASTRAY)]
    return [task.found.name for one in found if one.code_name == code_name for task in one.tasks()]


async def done(rows: Transaction, code_name: str, name: str) -> bool:
    """Mark a task as done; return whether it is one of what went astray."""
    for row, value in await rows.rows(Shelf.ASTRAY):
        found = Astray.decode(value)
        if found.code_name == code_name and name in {one.found.name for one in found.tasks()}:
            marked = replace(found, done=tuple(dict.fromkeys((*found.done, name))))
            await rows.put(Shelf.ASTRAY, row, marked.encode())
            return True
    return False


async def asked_again(rows: Transaction, code_name: str) -> None:
    """Note that the person has answered anew: nothing is left to ask of a case that went astray."""
    await done(rows, code_name, CONSENT)


async def lasts(rows: Transaction) -> list[Day]:
    """Return the last day of everything that has one."""
    found = [Astray.decode(value).last for _, value in await rows.rows(Shelf.ASTRAY)]
    return [last for last in found if last is not None]


async def over(rows: Transaction, today: Day) -> bool:
    """Return whether anything is kept that need not be."""
    return bool(await _over(rows, today))


async def tidy(rows: Transaction, today: Day) -> None:
    """Forget what need not be kept any longer."""
    for row in await _over(rows, today):
        await rows.delete(Shelf.ASTRAY, row)


async def _over(rows: Transaction, today: Day) -> list[bytes]:
    found: list[bytes] = []
    for row, value in await rows.rows(Shelf.ASTRAY):
        last = Astray.decode(value).last
        # Nobody can open any more what neither desk has a row of.
        if last < today if last is not None else not await _stands(rows, row):
            found.append(row)
    return found


async def _stands(rows: Transaction, package: bytes) -> bool:
    kept = [await rows.get_whole(shelf, package) for shelf in (Shelf.OUTBOX, Shelf.INBOX)]
    return any(one is not None for one in kept)


def _row(office: Office, one: Astray, task: Task) -> dict[str, Packable]:
    law = RESTS_ON.get(task.found.word)
    return {
        "code_name": one.code_name,
        "task": task.found.name,
        "why": f"check.{task.found.word}",
        "law": law_msgid(law) if law is not None else "",
        "number": 0,
        "deadline": task.deadline or 0,
        "overdue": task.overdue(office.now),
    }
