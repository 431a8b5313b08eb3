"""What the sender can do with a case after it was sent: take it back, release it, send it anew.

This file knows that what has left is answered by a note on the next tick. It refuses to call back
what a receiver has already put in its journal; the receiver says so itself.
"""

from dataclasses import replace

from client import audit
from client.audit import Act, Entry
from client.consent import Consent
from client.control import Answer, Tell
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.refusals import ConsentMissing, WrongState
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.effects import apply_outgoing
from client.verbs.sending import fresh_package, place_of, seal_and_post
from keys.address import Role
from keys.errors import Sent
from keys.roster import Member


async def _sent(rows: Transaction, code_name: str) -> tuple[bytes, Transfer, Outgoing]:
    row, transfer = await finding.transfer(rows, code_name)
    if not transfer.package:
        raise WrongState(kind="case.not_sent")
    return row, transfer, await finding.outgoing(rows, transfer.package)


async def withdraw(office: Office, given: Arguments) -> Answer:
    """Take a case back; what has left is taken back by a note on the next tick."""
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    was_out = False
    state = ""
    async with office.ledger.transaction("withdrawn") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        if transfer.package:
            sent = await finding.outgoing(rows, transfer.package)
            step = OUTBOX.step(sent.state, OutEvent.WITHDRAW)
            await apply_outgoing(rows, office, sent, step)
            was_out = sent.state is not Out.INTENDED
            state = step.state.value
            # What was taken back before it left has been forgotten by now.
            _, transfer = await finding.transfer(rows, code_name)
        await rows.put(Shelf.DRAFT, row, replace(transfer, consent=b"").encode())
        await audit.write(rows, Entry(office.now, Act.WITHDRAWN, code_name, staff.name))
    return {"state": state, "sent": (Sent.YES if was_out else Sent.NOTHING).value}


async def release(office: Office, given: Arguments) -> Answer:
    """Confirm that the person has come, when the code is lost; leaves on the next tick."""
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("released") as rows:
        _, _, sent = await _sent(rows, code_name)
        step = OUTBOX.step(sent.state, OutEvent.RELEASE)
        await apply_outgoing(rows, office, sent, step)
        await audit.write(rows, Entry(office.now, Act.RELEASED, code_name, staff.name))
    return {"state": step.state.value}


async def again(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Send the same case anew to the same centre, which has lost its keys; the card stays valid.

    The centre's new identity stands in the roster under the same name. The consent is for the
    centre, so it is written to the new identity; the place is agreed by phone, for the yes that
    was signed is gone with the keys.
    """
    code_name = given.text("code_name")
    by_phone = given.text("agreed_by_phone")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("again-intended") as rows:
        row, transfer, sent = await _sent(rows, code_name)
        consent, centre = _rewritten(office, transfer)
        package_id = fresh_package()
        anew = replace(transfer, consent=consent.encode(), package=package_id)
        anew = replace(anew, place=await place_of(rows, office, row, anew, by_phone))
        # The old receiver is no member any more: nothing can be taken back from it by a note.
        await apply_outgoing(rows, office, sent, OUTBOX.step(sent.state, OutEvent.WITHDRAW))
        made = replace(
            sent,
            package_id=package_id,
            state=OUTBOX.start,
            recipient=centre.member_id,
            manifest_hash=b"",
            keys=(),
            files=(),
            receipts=(),
            made=office.today,
            expires=consent.ends,
        )
        await rows.put(Shelf.OUTBOX, made.package_id, made.encode())
        await rows.put(Shelf.DRAFT, row, anew.encode())
        await audit.write(rows, Entry(office.now, Act.SENT_AGAIN, code_name, staff.name))
    return await seal_and_post(office, anew, tell)


def _rewritten(office: Office, transfer: Transfer) -> tuple[Consent, Member]:
    """Return the same consent, for the same centre under its new identity."""
    case = case_of(office, transfer)
    if not transfer.consent:
        raise ConsentMissing
    old = Consent.decode(transfer.consent)
    name = (case.consent and case.consent.recipient_centre) or case.header.to_centre or ""
    centre = finding.member(office.roster, name, Role.CENTRE)
    if case.consent is None or centre.member_id == old.recipient:
        raise WrongState(kind="recipient.unchanged")
    consent = Consent.given_in(case.consent, case.parts, centre, office.today)
    if set(consent.parts) - set(old.parts):
        raise ConsentMissing
    return consent, centre
