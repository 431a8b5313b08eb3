"""Throwing a case away by choice: its text, its attachments and their keys, what was asked for it.

This file knows that keys go with the row and files after it (CONSENT C-11.9). It refuses to throw
away what is on its way: that is taken back first, so that the other end destroys it too.
"""

from client import audit, clocks, forgetting, policerows
from client.audit import Act, Entry
from client.control import Answer
from client.ledger import Transaction
from client.office import Office
from client.outbox import ANEW
from client.refusals import WrongState
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments


async def discard(office: Office, given: Arguments) -> Answer:
    """Throw a case away that was never sent, or came to an end unopened; the log keeps its name.

    Raises:
        WrongState: it is on its way, or was opened.
    """
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("discarded") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        sent = await _ended(rows, transfer)
        police = await finding.police_have(rows, row)
        for inquiry_id, asking in await finding.askings(rows):
            if asking.ours and asking.transfer == row:
                await office.poster().unbind(rows, inquiry_id)
                await rows.delete(Shelf.INQUIRY, inquiry_id)
        await forgetting.unask(rows, office, row)
        await rows.delete(Shelf.DRAFT, row)
        await policerows.tidy(rows, office.today)
        for held in (Held.DRAFT, Held.SENT):
            await clocks.stop(rows, held, row)
        await audit.write(rows, Entry(office.now, Act.DISCARDED, code_name, staff.name))
        rows.after(lambda: office.discard(transfer.files))
    return {"attachments": len(transfer.files), "was": sent, "police": police}


async def _ended(rows: Transaction, transfer: Transfer) -> str:
    """Return how what was sent of the case came to its end; nothing when nothing was sent.

    Raises:
        WrongState: it is on its way, or was opened.
    """
    if not transfer.case:
        raise WrongState(kind="case.forgotten")
    if not transfer.package:
        return ""
    sent = await finding.outgoing(rows, transfer.package)
    if sent.state not in ANEW:
        raise WrongState(kind=f"out.{sent.state}.discard")
    return sent.state.value
