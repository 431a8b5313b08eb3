"""Carrying out what a table says, inside the transaction that stores the new state.

This file knows what each effect does to the ledger. It refuses to decide which ones follow: the
tables do. Files are removed after their keys, and a file that a crash leaves is swept at start.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from client import claims, clocks, strayed
from client.asking import Asking
from client.case import PartId
from client.consent import Consent
from client.inbox import In, InEffect
from client.incoming import Incoming
from client.ledger import Transaction
from client.leftover import asked_anew, without_place
from client.messages import PoliceWithdrawal, Withdrawal
from client.office import Office
from client.outbox import ANEW, OUTBOX, Out, OutEffect, OutEvent
from client.outgoing import ANSWER_DAYS, Outgoing
from client.owed import owe, owe_to_its_receiver, unowe
from client.retention import Held
from client.shelf import Shelf
from client.solicited import ASKED
from client.states import Step
from client.transfer import Transfer
from client.verbs import finding, keptcases
from keys.address import MemberId, PackageId
from keys.calendar import Day
from keys.receipt import Receipt, ReceiptStatus, ReleaseNote

_RECEIPTS: Final = {
    InEffect.RECEIPT_STORED: ReceiptStatus.STORED,
    InEffect.RECEIPT_OPENED: ReceiptStatus.OPENED,
    InEffect.RECEIPT_CONFIRMED: ReceiptStatus.CONFIRMED,
    InEffect.RECEIPT_REFUSED: ReceiptStatus.REFUSED,
    InEffect.RECEIPT_MISROUTED: ReceiptStatus.MISROUTED,
    InEffect.RECEIPT_DELETED: ReceiptStatus.DELETED,
}

_UNDELIVERED = frozenset({Out.EXPIRED, Out.REFUSED, Out.MISROUTED})
"""Ends after which nobody has the case but its sender."""


async def apply_outgoing(
    rows: Transaction, office: Office, sent: Outgoing, step: Step[Out, OutEffect]
) -> None:
    """Store the sender's new state and do what it asks."""
    now = replace(sent, state=step.state)
    for effect in step.effects:
        now = await _outgoing(rows, office, now, effect)
    await rows.put(Shelf.OUTBOX, now.package_id, now.encode())
    await wind_sent(rows, now)


async def wind_sent(rows: Transaction, sent: Outgoing) -> None:
    """Let the clock run that forgets where it went also when nobody unlocks (C-11.3).

    What was asked of the own district says nothing of where she is, and is taken back for longer.
    """
    if sent.kind not in ASKED and (sent.recipient or sent.answer_mark):
        await clocks.start(rows, Held.WHERE, sent.package_id, sent.expires, sent.files)
    else:
        await clocks.stop(rows, Held.WHERE, sent.package_id)
        await clocks.pick_up(rows, clocks.owed(sent.package_id))


async def _strike_consent(rows: Transaction, office: Office, sent: Outgoing) -> None:
    """Let nothing go to the wrong centre a second time without a new yes (C-11.8)."""
    kept = await rows.get(Shelf.DRAFT, sent.transfer) if sent.transfer else None
    case = None if kept is None else Transfer.decode(kept)
    if case is not None and case.package == sent.package_id:
        asked = asked_anew(case, office.today)
        await rows.put(Shelf.DRAFT, sent.transfer, asked.encode())


async def _outgoing(
    rows: Transaction, office: Office, sent: Outgoing, effect: OutEffect
) -> Outgoing:
    match effect:
        case OutEffect.DROP_CELLS:
            await office.poster().unbind(rows, sent.package_id)
            files = sent.files
            rows.after(lambda: office.discard(files))
            return replace(sent, files=())
        case OutEffect.QUEUE_WITHDRAWAL | OutEffect.QUEUE_PARTS_WITHDRAWAL:
            some = effect is OutEffect.QUEUE_PARTS_WITHDRAWAL
            await _take_back(rows, office, sent, sent.back if some else ())
            return sent.taken_back(office.today)
        case OutEffect.QUEUE_RELEASE:
            kept = await rows.get(Shelf.CODE, sent.package_id)
            if kept is not None:
                await owe_to_its_receiver(rows, office, sent, ReleaseNote.decode(kept))
        case OutEffect.DESTROY_CODE:
            kept = await rows.get(Shelf.CODE, sent.package_id)
            if kept is not None and sent.recipient:  # nor does a release leave any more
                release = ReleaseNote.decode(kept)
                await unowe(rows, office, MemberId(sent.recipient), release)
            await rows.delete(Shelf.CODE, sent.package_id)
            office.has_leavings = True
            return replace(sent, keys=(), code="")
        case OutEffect.STRIKE_CONSENT:
            await _strike_consent(rows, office, sent)
        case OutEffect.FORGET:
            await _forget(rows, office, sent)
            office.has_leavings = True  # what named the place is still in the file's free room
            return sent.forgotten(office.today)
        case OutEffect.TELL_STAFF | OutEffect.FLAG_CONTRADICTION:
            await office.attend(rows, sent.code_name)
            flagged = effect is OutEffect.FLAG_CONTRADICTION
            return replace(sent, contradicted=sent.contradicted or flagged)
        case OutEffect.POST_CELLS:
            pass  # the verb that seals has bound the cells in this same transaction
    return sent


async def _take_back(
    rows: Transaction, office: Office, sent: Outgoing, parts: tuple[PartId, ...] = ()
) -> None:
    """Owe the receiver the word that it was taken back; a district gets no more than an id."""
    if sent.kind not in ASKED:
        astray = await strayed.known(rows, sent.package_id)
        named = () if astray else parts
        taken = Withdrawal(sent.package_id, sent.manifest_hash, office.today, named, astray)
        await owe_to_its_receiver(rows, office, sent, taken)
        return
    home = office.me.home_district
    if home is not None:
        await owe(rows, office, home, PoliceWithdrawal(sent.package_id, office.today))


async def _forget(rows: Transaction, office: Office, sent: Outgoing) -> None:
    """Forget where: the inquiries, the yes, the consent's addressee and the case itself.

    What is sent anew, or is a request to the police beside the case, leaves the case as it is.
    """
    if sent.state is Out.CONFIRMED:
        await _forget_older(rows, office, sent)
    kept = await rows.get(Shelf.DRAFT, sent.transfer) if sent.transfer else None
    if kept is None:
        return
    case = Transfer.decode(kept)
    if case.package != sent.package_id:
        return
    elsewhere = (
        sent.state in ANEW
        and case.consent
        and Consent.decode(case.consent).recipient != sent.recipient
    )
    for row, value in await rows.rows(Shelf.INQUIRY):
        asking = Asking.decode(value)
        for_it = asking.ours and asking.transfer == sent.transfer
        if for_it and (not elsewhere or asking.other == sent.recipient):
            await office.poster().unbind(rows, row)
            await rows.delete(Shelf.INQUIRY, row)
    if not elsewhere:
        await clocks.pick_up(rows, sent.transfer)
    if elsewhere:
        await clocks.stop(rows, Held.SENT, sent.transfer)
        await clocks.start(rows, Held.DRAFT, sent.transfer, office.today, case.files)
        return  # it is being made ready for another centre, which this envelope never named
    await _keep(rows, office, sent, case)


async def _forget_older(rows: Transaction, office: Office, sent: Outgoing) -> None:
    """Forget of what ended before it, in the same case, that it went to the same place."""
    for one in await finding.all_outgoing(rows):
        of_it = one.transfer == sent.transfer and one.recipient == sent.recipient
        if of_it and one.state in ANEW:
            await apply_outgoing(rows, office, one, OUTBOX.step(one.state, OutEvent.TIME_UP))


async def _keep(rows: Transaction, office: Office, sent: Outgoing, case: Transfer) -> None:
    """Keep the case a few days when nobody could open it and it may be sent anew (C-14.4)."""
    left = without_place(case, finding.name_of(office.roster, sent.recipient), office.today)
    if sent.state in _UNDELIVERED and left.case:
        await rows.put(Shelf.DRAFT, sent.transfer, left.encode())
        # Whenever it is noticed: what nobody opened came to its end when its last day was over.
        ended = min(office.today, Day(sent.expires + 1))
        await clocks.start(rows, Held.SENT, sent.transfer, ended, case.files)
        return
    await rows.put(Shelf.DRAFT, sent.transfer, case.forgotten().encode())
    await clocks.stop(rows, Held.SENT, sent.transfer)
    rows.after(lambda: office.discard(case.files))


@dataclass(frozen=True, slots=True)
class About:
    """What an event at the receiver is about, where the table does not say it.

    Attributes:
        parts: that were taken back.
        kept: why the journal keeps them.
        answered: whether staff have said what the journal holds.
    """

    parts: tuple[PartId, ...] = field(default=(), repr=False)
    kept: ReceiptStatus = ReceiptStatus.KEPT_BY_DUTY
    answered: bool = False


_ALL: Final = About()


async def apply_incoming(
    rows: Transaction,
    office: Office,
    came: Incoming,
    step: Step[In, InEffect],
    about: About = _ALL,
) -> None:
    """Store the receiver's new state and do what it asks."""
    now = replace(came, state=step.state)
    for effect in step.effects:
        now = await _incoming(rows, office, now, effect, about)
    await rows.put(Shelf.INBOX, now.package_id, now.encode())
    await wind(rows, now)


async def wind(rows: Transaction, came: Incoming) -> None:
    """Let the one clock run that what came is kept by in its state (C-14)."""
    for held in (Held.UNOPENED, Held.RECEIVED, Held.NOTICE, Held.ENDED):
        if came.held is not held:
            await clocks.stop(rows, held, came.package_id)
    await clocks.start(rows, came.held, came.package_id, came.since)


async def _incoming(
    rows: Transaction, office: Office, came: Incoming, effect: InEffect, about: About
) -> Incoming:
    if effect is InEffect.RECEIPT_DELETED and came.copied and not about.answered:
        effect = InEffect.ASK_JOURNAL  # a copy may stand in the journal: only staff can say
    status = about.kept if effect is InEffect.RECEIPT_KEPT else _RECEIPTS.get(effect)
    if status is not None:
        if came.kind not in ASKED:
            # A centre hears of its request by closed status words alone, never by receipts.
            receipt = Receipt(came.package_id, came.manifest_hash, status, office.today)
            await owe(rows, office, came.sender, receipt)
        return came
    match effect:
        case InEffect.DESTROY:
            await destroy(rows, office, came.package_id)
            return replace(came.without_keys(), keys=(), reworked=b"")
        case InEffect.DESTROY_PARTS:
            await keptcases.destroy_parts(rows, office, came.package_id, about.parts)
        case InEffect.ASK_JOURNAL:
            return replace(came, answer_by=Day(office.today + ANSWER_DAYS))
        case _:
            await office.attend(rows, came.code_name)
    return came


async def destroy(rows: Transaction, office: Office, package_id: PackageId) -> None:
    """Destroy the keys of what came, then its bytes."""
    await rows.delete(Shelf.CODE, package_id)
    await keptcases.destroy(rows, office, package_id)
    files = await claims.drop(rows, package_id)
    rows.after(lambda: office.discard(files))
