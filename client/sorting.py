"""Where an opened note belongs: each kind into its row, by the tables, inside one transaction.

This file knows kinds and rows. It refuses to open anything, and to decide what a state does next.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from client import audit, claims, clocks, policesorting, reception, remembered, strayed
from client.arrived import Arrived
from client.asking import Asking
from client.audit import Act, Entry
from client.inbox import INBOX, SHUT, In, InEvent
from client.incoming import Incoming
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, OutEvent
from client.outgoing import Outgoing
from client.owed import owe_turned_away, use_acceptance
from client.received import (
    Received,
    ReceivedAnswer,
    ReceivedContact,
    ReceivedDummy,
    ReceivedInquiry,
    ReceivedNotice,
    ReceivedPackage,
    ReceivedPoliceWithdrawal,
    ReceivedReceipt,
    ReceivedRefused,
    ReceivedRelease,
    ReceivedRequest,
    ReceivedStatus,
    ReceivedUpdate,
    ReceivedViewAnswer,
    ReceivedWithdrawal,
)
from client.refusals import Unsolicited
from client.retention import Held
from client.shelf import Shelf
from client.solicited import turned_away
from client.verbs import adding, begun, finding, takenback, updates
from client.verbs.effects import About, apply_incoming, apply_outgoing, destroy, wind
from keys.body import Kind
from keys.calendar import Day
from keys.epoch import BATCH_DAYS
from keys.errors import Replayed
from keys.receipt import Receipt, ReceiptStatus

_RECEIPTS: Final[Mapping[ReceiptStatus, OutEvent]] = {
    ReceiptStatus.STORED: OutEvent.RECEIPT_STORED,
    ReceiptStatus.OPENED: OutEvent.RECEIPT_OPENED,
    ReceiptStatus.CONFIRMED: OutEvent.RECEIPT_CONFIRMED,
    ReceiptStatus.REFUSED: OutEvent.RECEIPT_REFUSED,
    ReceiptStatus.MISROUTED: OutEvent.RECEIPT_MISROUTED,
    ReceiptStatus.DELETED: OutEvent.RECEIPT_DELETED,
    ReceiptStatus.KEPT_BY_DUTY: OutEvent.RECEIPT_KEPT,
    ReceiptStatus.KEPT_IN_ARCHIVE: OutEvent.RECEIPT_KEPT,
    ReceiptStatus.KEPT_FOR_CLAIM: OutEvent.RECEIPT_KEPT,
}

_UPDATES: Final[Mapping[ReceiptStatus, OutEvent]] = {
    ReceiptStatus.OPENED: OutEvent.RELEASE,
    ReceiptStatus.CONFIRMED: OutEvent.RECEIPT_CONFIRMED,
    ReceiptStatus.MISROUTED: OutEvent.RECEIPT_MISROUTED,
}
"""What a word about a case does to its updates."""


async def apply(rows: Transaction, office: Office, received: Received, arrived: Arrived) -> None:
    """Put one opened note where it belongs, inside the transaction that marks it opened."""
    match received:
        case ReceivedInquiry():
            await _inquiry(rows, office, received)
        case ReceivedAnswer():
            await _answer(rows, office, received)
        case ReceivedPackage() | ReceivedRequest() | ReceivedNotice():
            await _package(rows, office, received, arrived)
        case ReceivedReceipt():
            await _receipt(rows, office, received)
        case ReceivedRelease():
            await _release(rows, office, received)
        case ReceivedWithdrawal():
            await _withdrawal(rows, office, received)
        case (
            ReceivedStatus() | ReceivedContact() | ReceivedViewAnswer() | ReceivedPoliceWithdrawal()
        ):
            await policesorting.apply(rows, office, received)
        case ReceivedRefused():
            await _refused(rows, office, received, arrived)
        case ReceivedDummy():
            pass  # one's own, read back
        case ReceivedUpdate():
            await updates.came(rows, office, received)
            await claims.pass_on(rows, arrived.note_hash, received.manifest.package_id)


async def _inquiry(rows: Transaction, office: Office, received: ReceivedInquiry) -> None:
    if await rows.get_whole(Shelf.INQUIRY, received.inquiry.inquiry_id) is not None:
        raise Replayed  # its id is the asker's choice: it must not stand in another's row
    made = Asking(
        ours=False,
        transfer=b"",
        code_name=await finding.unused_name(rows),
        other=received.came.sender.member_id,
        inquiry=received.inquiry.encode(),
        day=office.today,
    )
    await rows.put(Shelf.INQUIRY, received.inquiry.inquiry_id, made.encode())
    await clocks.start(rows, Held.ASKED, received.inquiry.inquiry_id, office.today)


async def _answer(rows: Transaction, office: Office, received: ReceivedAnswer) -> None:
    row = received.answer.inquiry_id
    kept = await rows.get(Shelf.INQUIRY, row)
    if kept is None:
        return
    asking = Asking.decode(kept)
    if asking.answer:
        return  # the first answer counts; a second is settled by phone
    answered = replace(asking, answer=received.answer.encode(), answer_hash=received.came.body_hash)
    await rows.put(Shelf.INQUIRY, row, answered.encode())
    await audit.write(rows, Entry(office.now, Act.ANSWERED, asking.code_name, ""))


async def _package(
    rows: Transaction,
    office: Office,
    received: ReceivedPackage | ReceivedRequest | ReceivedNotice,
    arrived: Arrived,
) -> None:
    manifest = received.manifest
    older = None
    if isinstance(received, ReceivedPackage) and received.replaces is not None:
        older = await finding.incoming_by_id(rows, received.replaces)
        if older is None or older.state not in SHUT:  # it was opened this very moment
            refused = turned_away(received.came, manifest, Unsolicited(), office.today)
            await _refused(rows, office, refused, arrived)
            return
        await _replaced(rows, office, older)
    made = Incoming(
        package_id=manifest.package_id,
        kind=received.came.kind,
        state=INBOX.start,
        code_name=older.code_name if older else await finding.unused_name(rows),
        sender=received.came.sender.member_id,
        manifest=manifest.encode(received.came.kind),
        origin=received.came.body_hash,
        day=office.today,
        by_phone=isinstance(received, ReceivedPackage) and received.by_phone,
    )
    await rows.put(Shelf.INBOX, made.package_id, made.encode())
    await wind(rows, made)
    if (named := reception.accepted_hash(manifest)) is not None:
        await use_acceptance(rows, named)
    await claims.pass_on(rows, arrived.note_hash, manifest.package_id)


async def _replaced(rows: Transaction, office: Office, older: Incoming) -> None:
    """Destroy the package whose place a newer one takes, name and all (C-9.10).

    Its sender is told nothing of it, nor of what was added to it: whoever sends anew on the same
    yes knows neither.
    """
    everything = await finding.all_incoming(rows)
    for one in (older, *(one for one in everything if one.follows == older.package_id)):
        await destroy(rows, office, one.package_id)
        await clocks.stop(rows, one.held, one.package_id)
        await rows.delete(Shelf.INBOX, one.package_id)
    await audit.write(rows, Entry(office.now, Act.REPLACED, older.code_name, ""))


async def _receipt(rows: Transaction, office: Office, received: ReceivedReceipt) -> None:
    receipt = received.receipt
    found = await finding.outgoing(rows, receipt.package_id)
    said = found.with_receipt(receipt.status, receipt.day)
    step = OUTBOX.step(found.state, _RECEIPTS[receipt.status])
    await apply_outgoing(rows, office, said, step)
    await _strayed(rows, office, found, receipt.status)
    event = _UPDATES.get(receipt.status)
    if event is not None:
        await adding.with_base(rows, office, found, event)


async def _strayed(
    rows: Transaction, office: Office, sent: Outgoing, status: ReceiptStatus
) -> None:
    """Note what the receiver's word says of a case that was not meant for it (C-19)."""
    if status is ReceiptStatus.OPENED:
        await strayed.was_opened(rows, office, sent.package_id)
    opened = any(one is ReceiptStatus.OPENED for one, _ in sent.receipts)
    if status is ReceiptStatus.MISROUTED and opened and sent.kind is Kind.CASE_PACKAGE:
        id_, name = sent.package_id, sent.code_name
        await strayed.begin(rows, office, id_, name, ours=True, opened=True)


async def _release(rows: Transaction, office: Office, received: ReceivedRelease) -> None:
    """Keep the keys that the sender released, as long as what they open is shut (C-12.6)."""
    found = await finding.incoming_by_id(rows, received.note.package_id)
    if found is None or found.state in SHUT:
        await rows.put(Shelf.CODE, received.note.package_id, received.note.encode())
    if found is None:  # it overtook its package, whose own clock is set when it comes
        last = Day(office.today + BATCH_DAYS)
        await clocks.start(rows, Held.UNOPENED, received.note.package_id, last)
    else:
        await audit.write(rows, Entry(office.now, Act.RELEASED, found.code_name, ""))


async def _withdrawal(rows: Transaction, office: Office, received: ReceivedWithdrawal) -> None:
    withdrawal = received.withdrawal
    found = await finding.incoming_by_id(rows, withdrawal.package_id)
    if found is None:
        # The note that takes a package back may overtake it: it must then not open at all.
        sender = received.came.sender.member_id
        await remembered.withdraw_early(rows, sender, withdrawal.package_id, office.today)
        return
    if withdrawal.astray and found.state in (In.OPENED, In.CONFIRMED):
        id_, name = found.package_id, found.code_name
        await strayed.begin(rows, office, id_, name, ours=False, opened=True)
    event, parts = await takenback.event(rows, found, withdrawal.parts)
    step = INBOX.step(found.state, event)
    await apply_incoming(rows, office, found, step, About(parts))
    await updates.with_base(rows, office, replace(found, state=step.state))
    whole = event is InEvent.WITHDRAWN
    await begun.take_back(rows, office, found.package_id, () if whole else withdrawal.parts)
    await audit.write(rows, Entry(office.now, Act.WITHDRAWN, found.code_name, ""))


async def _refused(
    rows: Transaction, office: Office, received: ReceivedRefused, arrived: Arrived
) -> None:
    """A rule says no: nothing is shown, the sender is told, and the log has the code."""
    if received.reply is not None:
        await owe_turned_away(rows, office, received.came.sender.member_id, received.reply)
    if isinstance(received.reply, Receipt):
        # A release may have come before what it would open.
        await rows.delete(Shelf.CODE, received.reply.package_id)
    word = f"{office.today} {received.refusal.code}".encode()
    await rows.put(Shelf.QUARANTINE, arrived.note_hash, word)
    files = await claims.drop(rows, arrived.note_hash)
    rows.after(lambda: office.discard(files))
    await audit.write(rows, Entry(office.now, Act.REFUSED, "", ""))
