"""Stopping what is being sent, before the broker has all of it; no yes is taken back by it.

This file knows that what has not been sealed becomes a draft again, and that of what is on its way
nobody can say what has left: it is taken back by a note, and the person's yes stands (CONSENT
C-11.13). It refuses to stop what the broker has: that is taking back.
"""

from dataclasses import replace

from client import audit, clocks
from client.audit import Act, Entry
from client.control import Answer
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.refusals import WrongState
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import adding, finding
from client.verbs.arguments import Arguments
from client.verbs.effects import apply_outgoing
from keys.errors import Sent


async def stop(office: Office, given: Arguments) -> Answer:
    """Stop a sending that the broker does not have yet; it may be sent again.

    Raises:
        WrongState: the case is not on its way, or the broker has all of it.
    """
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("stopped") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        if not transfer.package:
            raise WrongState(kind="case.not_sent")
        sent = await finding.outgoing(rows, transfer.package)
        match sent.state:
            case Out.INTENDED:
                await _never_sealed(rows, office, row, transfer, sent)
            case Out.SEALED:
                step = OUTBOX.step(sent.state, OutEvent.WITHDRAW)
                await apply_outgoing(rows, office, sent, step)
                await adding.with_base(rows, office, sent, OutEvent.WITHDRAW)
            case _:
                raise WrongState(kind=f"out.{sent.state}.stop")
        await audit.write(rows, Entry(office.now, Act.STOPPED, code_name, staff.name))
    left = Sent.NOTHING if sent.state is Out.INTENDED else Sent.MAYBE
    return {"sent": left.value}


async def _never_sealed(
    rows: Transaction, office: Office, row: bytes, transfer: Transfer, sent: Outgoing
) -> None:
    """Let the case be a draft again: whoever seals it now finds nothing to bind it to."""
    await rows.delete(Shelf.OUTBOX, sent.package_id)
    await clocks.stop(rows, Held.WHERE, sent.package_id)
    await clocks.stop(rows, Held.SENT, row)
    draft = replace(transfer, package=b"", place=None)
    await rows.put(Shelf.DRAFT, row, draft.encode())
    await clocks.start(rows, Held.DRAFT, row, office.today, draft.files)
