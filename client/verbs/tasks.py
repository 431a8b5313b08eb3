"""What is left to do in each case, and the word that a thing is done.

This file knows code names, schema words and deadlines. It refuses to list what somebody wrote.
"""

from dataclasses import replace
from itertools import chain
from typing import Final

from client import audit, strayed
from client.audit import Act, Entry
from client.control import Answer
from client.ledger import Transaction
from client.office import Office
from client.shelf import Shelf
from client.tasks import Task, tasks_of
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from keys.errors import NotHere
from keys.wire import Packable

_DIGITS: Final = 4


async def tasks(office: Office, given: Arguments) -> Answer:
    """Return the tasks of one case, or of all that are not forgotten."""
    code_name = given.maybe("code_name")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        if code_name:
            cases = await _named(rows, code_name)
        else:
            cases = await finding.transfers(rows)
        left = [await rows_of(rows, office, row, transfer) for row, transfer in cases]
        found = [*await strayed.tasks(rows, office, code_name), *chain.from_iterable(left)]
        orders: dict[str, list[str]] = {}
        for one in found:
            name = str(one["code_name"])
            orders[name] = orders.get(name) or await _order(rows, office, name)
    numbered: list[Packable] = [
        {**one, "at": orders[str(one["code_name"])].index(str(one["task"])) + 1} for one in found
    ]
    return {"tasks": numbered}


async def done(office: Office, given: Arguments) -> Answer:
    """Mark a task as done, by its name or its number, also after the case was sent.

    Raises:
        NotHere: there is no such case, or no such task in it.
    """
    code_name = given.text("code_name")
    name = given.text("task")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("task-done") as rows:
        name = _named_by(name, await _order(rows, office, code_name))
        if await strayed.done(rows, code_name, name):
            await audit.write(rows, Entry(office.now, Act.TASK_DONE, code_name, staff.name))
            return {}
        row, transfer = await finding.transfer(rows, code_name)
        if name not in {one.found.name for one in await _tasks(rows, office, row, transfer)}:
            raise NotHere(kind="task")
        if name not in transfer.done:
            marked = replace(transfer, done=(*transfer.done, name))
            await rows.put(Shelf.DRAFT, row, marked.encode())
            await audit.write(rows, Entry(office.now, Act.TASK_DONE, code_name, staff.name))
    return {}


async def _order(rows: Transaction, office: Office, code_name: str) -> list[str]:
    """Return every task of a case, done or not: what is done moves no other number."""
    found = await strayed.names(rows, code_name)
    for row, transfer in await finding.transfers(rows):
        if transfer.code_name == code_name:
            found += [one.found.name for one in await _tasks(rows, office, row, transfer)]
    return found


def _named_by(said: str, order: list[str]) -> str:
    """Return the task that a name or a number of the list stands for."""
    if said.isdecimal() and len(said) <= _DIGITS and 0 < int(said) <= len(order):
        return order[int(said) - 1]
    return said


async def _named(rows: Transaction, code_name: str) -> list[tuple[bytes, Transfer]]:
    """Return the case of that name that is written here; one that came here has its own tasks."""
    found = [one for one in await finding.transfers(rows) if one[1].code_name == code_name]
    if not found:
        await finding.incoming(rows, code_name)
    return found


async def rows_of(
    rows: Transaction, office: Office, row: bytes, transfer: Transfer
) -> list[dict[str, Packable]]:
    """Return what is left to do in one case; of a forgotten case nothing."""
    tasks_ = await _tasks(rows, office, row, transfer)
    return [_row(office, transfer, one) for one in tasks_ if not one.done]


async def _tasks(
    rows: Transaction, office: Office, row: bytes, transfer: Transfer
) -> tuple[Task, ...]:
    if not transfer.case:
        return ()
    heard = await finding.heard(rows, row)
    return tasks_of(case_of(office, transfer), transfer.urgent_since, transfer.done, heard)


def _row(office: Office, transfer: Transfer, task: Task) -> dict[str, Packable]:
    return {
        "code_name": transfer.code_name,
        "task": task.found.name,
        "why": f"check.{task.found.word}",
        "number": task.found.number,
        "deadline": task.deadline or 0,
        "overdue": task.overdue(office.now),
    }
