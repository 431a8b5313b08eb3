"""Who of the staff keeps out of which case, because they know somebody in it.

This file knows which verbs show or change what a case says: those are refused to whoever keeps out
of it (CONSENT C-20). It refuses to stop anybody at the door: taking in, releasing, taking back and
the tasks are open to all. It is a rule of the program and no lock: all staff share one key.
"""

from collections.abc import Mapping
from typing import Final

from client.ledger import Transaction
from client.office import Office
from client.refusals import Recused
from client.shelf import Shelf
from keys.calendar import Day
from keys.wire import Fields, Value, pack

KEPT_DAYS: Final = 90
"""How long it is kept that somebody keeps out of a case."""
CLOSED: Final = frozenset(
    {
        *("read", "print", "export", "preview", "consent show", "check"),
        *("part", "written", "write", "consent", "send", "again", "add", "onward", "discard"),
        *("note", "recheck", "renew", "journal"),
        *("police waiting", "police print", "police request", "police view", "police approve"),
        *("police review", "police relay", "police answer", "police contact"),
    }
)
"""The verbs that show or change what a case says."""
_CARD: Final = ("print", "card")
"""The card on paper is the card at the door: whoever is alone on duty hangs it up."""
_WORD: Final = 80


async def check(office: Office, verb: str, given: Mapping[str, Value]) -> None:
    """Let a verb pass, unless whoever has unlocked keeps out of the case that it names.

    Raises:
        Recused: they do.
    """
    name = given.get("code_name")
    if verb not in CLOSED or not isinstance(name, str) or not office.unlocked:
        return
    if (verb, given.get("what")) == _CARD:
        return
    async with office.ledger.reading() as rows:
        await check_one(rows, name, office.staff.name)


async def check_one(rows: Transaction, code_name: str, who: str) -> None:
    """Let somebody of the staff read or vouch for a case, however their name is typed.

    Raises:
        Recused: they keep out of it.
    """
    found = {(name, one.casefold()) for name, one in await kept_out(rows)}
    if (code_name, who.casefold()) in found:
        raise Recused


async def keep_out(rows: Transaction, office: Office, code_name: str, who: str) -> None:
    """Note that somebody of the staff keeps out of a case."""
    value = pack(["recused", 1, office.today, code_name, who])
    await rows.put(Shelf.RECUSED, _row(office, code_name, who), value)


async def let_in(rows: Transaction, office: Office, code_name: str, who: str) -> bool:
    """Forget that somebody keeps out of a case; return whether they did."""
    row = _row(office, code_name, who)
    there = await rows.get_whole(Shelf.RECUSED, row) is not None
    await rows.delete(Shelf.RECUSED, row)
    return there


async def kept_out(rows: Transaction) -> list[tuple[str, str]]:
    """Return the code names of cases and who keeps out of them, in order."""
    return sorted((name, who) for _, (_, name, who) in await _all(rows))


async def lasts(rows: Transaction) -> list[Day]:
    """Return the last day of everything that is kept."""
    return [Day(day + KEPT_DAYS) for _, (day, _, _) in await _all(rows)]


async def over(rows: Transaction, today: Day) -> bool:
    """Return whether anything is kept that need not be."""
    return any(last < today for last in await lasts(rows))


async def tidy(rows: Transaction, today: Day) -> None:
    """Forget what need not be kept any longer."""
    for row, (day, _, _) in await _all(rows):
        if day + KEPT_DAYS < today:
            await rows.delete(Shelf.RECUSED, row)


def _row(office: Office, code_name: str, who: str) -> bytes:
    return office.ledger.key(b"recused", code_name.encode(), who.encode())


async def _all(rows: Transaction) -> list[tuple[bytes, tuple[int, str, str]]]:
    return [(row, _read(value)) for row, value in await rows.rows(Shelf.RECUSED)]


def _read(value: bytes) -> tuple[int, str, str]:
    fields = Fields.decode(value, "recused")
    found = fields.number("day"), fields.text("name", most=_WORD), fields.text("who", most=_WORD)
    fields.end()
    return found
