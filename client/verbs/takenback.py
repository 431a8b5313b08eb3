"""Taking consent back where the case has arrived: on the sender's word, or the person's own.

This file knows that parts are taken back one by one from what is open, and all of it from what is
shut (CONSENT C-12). It refuses to tell the old centre anything once the case is confirmed.
"""

from collections.abc import Iterable
from dataclasses import replace

from client import audit
from client.audit import Act, Entry
from client.case import PartId
from client.control import Answer
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.ledger import Transaction
from client.office import Office
from client.refusals import UnknownWord, WrongState
from client.verbs import begun, finding, keptcases
from client.verbs.arguments import Arguments
from client.verbs.effects import About, apply_incoming
from client.vocabulary import JournalWord
from keys.body import Kind
from keys.calendar import Day
from keys.receipt import ReceiptStatus


async def event(
    rows: Transaction, came: Incoming, named: Iterable[PartId], *, here: bool = False
) -> tuple[InEvent, tuple[PartId, ...]]:
    """Return what taking `named` back is: of all of it, or of these parts and what goes with them.

    Args:
        rows: the caller's transaction.
        came: the package.
        named: none when all of it is taken back.
        here: whether the person says so at this desk.
    """
    whole = InEvent.WITHDRAW_HERE if here else InEvent.WITHDRAWN
    some = InEvent.WITHDRAW_PARTS_HERE if here else InEvent.PARTS_WITHDRAWN
    parts = tuple(named)
    if not parts:
        return whole, ()
    if came.state not in (In.OPENED, In.CONFIRMED):
        return some, ()
    parts = await keptcases.covered(rows, came.package_id, parts)
    if await keptcases.is_all(rows, came.package_id, parts):
        return whole, ()
    return some, parts


async def here(
    rows: Transaction, office: Office, came: Incoming, named: Iterable[PartId], act: Act
) -> Answer:
    """Take back, at the person's word, what came to this desk; all of it when nothing is named.

    Args:
        rows: the caller's transaction.
        office: of this desk.
        came: what came.
        named: the parts.
        act: what the log says.

    Raises:
        WrongState: it is no case, or is not open here.
        PartNotShared: it came without one of the parts.
    """
    if came.kind is not Kind.CASE_PACKAGE:
        raise WrongState(kind="not_a_case")
    said = tuple(named)
    await keptcases.check_came(rows, came.package_id, said)
    what, parts = await event(rows, came, said, here=True)
    step = INBOX.step(came.state, what)
    await apply_incoming(rows, office, came, step, About(parts))
    whole = what is InEvent.WITHDRAW_HERE
    await begun.take_back(rows, office, came.package_id, () if whole else said)
    await audit.write(rows, Entry(office.now, act, came.code_name, office.staff.name))
    told = came.state is not In.CONFIRMED
    return {"state": step.state.value, "here": True, "told": told, "parts": [*parts]}


async def journal(office: Office, given: Arguments) -> Answer:
    """Say what became, in the journal, of what was taken back; the sender gets one closed word."""
    code_name = given.text("code_name")
    word = given.text("word")
    given.end()
    staff = office.staff
    if word not in {*JournalWord}:
        raise UnknownWord(field="journal.word", count=len(JournalWord))
    gone = word == JournalWord.DELETED
    async with office.ledger.transaction("journal-answered") as rows:
        came = await finding.incoming(rows, code_name)
        if not came.answer_by:
            raise WrongState(kind="journal.not_asked")
        what = InEvent.JOURNAL_DELETED if gone else InEvent.JOURNAL_KEPT
        about = About(answered=True) if gone else About(kept=ReceiptStatus(word))
        answered = replace(came, answer_by=Day(0))
        await apply_incoming(rows, office, answered, INBOX.step(came.state, what), about)
        await audit.write(rows, Entry(office.now, Act.ANSWERED, code_name, staff.name))
    return {"word": word}
