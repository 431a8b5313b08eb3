"""The postroom: what has come is opened, judged and put where it belongs, one by one.

This file knows the order: open, decide by the tables, store with its replay keys, owe the answer —
all in one transaction, so that a crash opens nothing twice and loses nothing. What does not open
goes to quarantine with its code alone and keeps nothing else from being opened.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from client import audit, claims, reception
from client.arrived import Arrived
from client.asking import Asking, Given
from client.audit import Act, Entry
from client.codename import new_code_name
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.inquiry import InquiryId
from client.ledger import Transaction
from client.messages import PoliceStatus
from client.office import Office
from client.outbox import OUTBOX, STATUSES, Out, OutEvent
from client.outgoing import Outgoing
from client.owed import owe
from client.received import (
    Acceptance,
    Held,
    Known,
    Received,
    ReceivedAnswer,
    ReceivedInquiry,
    ReceivedNotice,
    ReceivedPackage,
    ReceivedReceipt,
    ReceivedRefused,
    ReceivedRelease,
    ReceivedRequest,
    ReceivedStatus,
    ReceivedWithdrawal,
)
from client.refusals import WrongState
from client.shelf import Shelf
from client.verbs import finding
from client.verbs.effects import apply_incoming, apply_outgoing
from keys.address import MemberId, PackageId
from keys.body import Kind
from keys.errors import Distrusted, Locked, Refusal, RosterMixed
from keys.manifest import PackageManifest
from keys.receipt import ReceiptStatus

_DAY: Final = 4
_RECEIPTS: Final[Mapping[ReceiptStatus, OutEvent]] = {
    ReceiptStatus.STORED: OutEvent.RECEIPT_STORED,
    ReceiptStatus.OPENED: OutEvent.RECEIPT_OPENED,
    ReceiptStatus.CONFIRMED: OutEvent.RECEIPT_CONFIRMED,
    ReceiptStatus.REFUSED: OutEvent.RECEIPT_REFUSED,
    ReceiptStatus.MISROUTED: OutEvent.RECEIPT_MISROUTED,
    ReceiptStatus.DELETED: OutEvent.RECEIPT_DELETED,
    ReceiptStatus.KEPT: OutEvent.RECEIPT_KEPT,
}


async def open_all(office: Office) -> None:
    """Open every inner layer that waits, oldest key first; the staff lock must be open."""
    async with office.ledger.reading() as rows:
        waiting = await rows.rows(Shelf.ARRIVED)
    for row, value in waiting:
        try:
            await _open_one(office, row, Arrived.decode(value))
        except Locked:
            raise
        except Refusal as refusal:
            await _quarantine(office, row, refusal)


async def _quarantine(office: Office, row: bytes, refusal: Refusal) -> None:
    async with office.ledger.transaction("quarantine") as rows:
        await rows.delete(Shelf.ARRIVED, row)
        await rows.put(Shelf.QUARANTINE, row, f"{office.today} {refusal.code}".encode())
        files = await claims.drop(rows, row)
        rows.after(lambda: office.discard(files))


async def _open_one(office: Office, row: bytes, arrived: Arrived) -> None:
    opener, known = await _opener(office)
    received = reception.open_inner(arrived, opener, known, office.today)
    came = received.came
    try:
        if office.roster.is_behind(came.roster_version, came.roster_hash):
            office.roster_is_behind = True
    except RosterMixed as refusal:
        await office.alarms.raised([refusal])
    await _compare_boards(office, received)
    async with office.ledger.transaction("received") as rows:
        for key in came.replay_keys:
            await rows.put(Shelf.REPLAY, key, office.today.to_bytes(_DAY, "big"))
        await rows.delete(Shelf.ARRIVED, row)
        await _apply(rows, office, received, arrived)


async def _compare_boards(office: Office, received: Received) -> None:
    """Hold what the sender saw of the boards against what we saw."""
    async with office.ledger.reading() as rows:
        histories = await office.histories(rows)
    if received.came.roster_version != office.roster.version:
        return  # it may speak of another instance of the broker
    for said in received.came.gossip:
        try:
            histories[said.board].check(said)
        except Distrusted as refusal:
            await office.alarms.raised([refusal])


async def _opener(office: Office) -> tuple[reception.Opener, Known]:
    certificates = await office.keyring.certificates()
    async with office.ledger.reading() as rows:
        inners = await office.keyring.inners(rows)
        replay = frozenset(await rows.ids(Shelf.REPLAY))
        known = await _known(rows)
    opener = reception.Opener(
        me=office.me,
        prekeys={},
        inners=inners,
        member=office.roster.member,
        certificates=lambda member_id: certificates.get(member_id, ()),
        replay=replay,
    )
    return opener, known


async def _known(rows: Transaction) -> Known:
    """Return what was given, sent and asked before: what an honest note must fit."""
    given = {row: Given.decode(value) for row, value in await rows.rows(Shelf.ACCEPTANCE)}
    asked: dict[InquiryId, frozenset[MemberId]] = {}
    for row, asking in await finding.askings(rows):
        if asking.ours:
            asked[InquiryId(row)] = frozenset({asking.other})
    incoming = await finding.all_incoming(rows)
    packages = {
        one.package_id: Held(one.sender, reception.manifest_hash(one.manifest)) for one in incoming
    }
    sent = {
        one.package_id: Held(MemberId(one.recipient), one.manifest_hash)
        for one in await finding.all_outgoing(rows)
        if one.recipient
    }
    withdrawn = frozenset(
        (MemberId(value), PackageId(row[-16:])) for row, value in await rows.rows(Shelf.EARLY)
    )
    return Known(
        acceptances={
            row: Acceptance(one.to, one.valid_until, one.used) for row, one in given.items()
        },
        packages=packages,
        sent=sent,
        asked=asked,
        withdrawn=withdrawn,
    )


async def _apply(rows: Transaction, office: Office, received: Received, arrived: Arrived) -> None:
    """Put one opened note where it belongs, inside the transaction that marks it opened."""
    match received:
        case ReceivedInquiry():
            await _inquiry(rows, office, received)
        case ReceivedAnswer():
            await _answer(rows, office, received)
        case ReceivedPackage() | ReceivedRequest() | ReceivedNotice():
            await _package(rows, office, received)
            await claims.pass_on(rows, arrived.note_hash, received.manifest.package_id)
        case ReceivedReceipt():
            await _receipt(rows, office, received)
        case ReceivedRelease():
            await _release(rows, office, received)
        case ReceivedWithdrawal():
            await _withdrawal(rows, office, received)
        case ReceivedStatus():
            await _status(rows, office, received.status)
        case ReceivedRefused():
            await _refused(rows, office, received, arrived)
        case _:
            pass  # one's own dummy


async def _inquiry(rows: Transaction, office: Office, received: ReceivedInquiry) -> None:
    made = Asking(
        ours=False,
        transfer=b"",
        code_name=new_code_name(),
        other=received.came.sender.member_id,
        inquiry=received.inquiry.encode(),
        day=office.today,
    )
    await rows.put(Shelf.INQUIRY, received.inquiry.inquiry_id, made.encode())


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
) -> None:
    manifest = received.manifest
    made = Incoming(
        package_id=manifest.package_id,
        kind=received.came.kind,
        state=INBOX.start,
        code_name=new_code_name(),
        sender=received.came.sender.member_id,
        manifest=manifest.encode(received.came.kind),
        origin=received.came.body_hash,
        day=office.today,
        by_phone=isinstance(received, ReceivedPackage) and received.by_phone,
    )
    await rows.put(Shelf.INBOX, made.package_id, made.encode())
    if isinstance(received, ReceivedPackage):
        await _use_acceptance(rows, received)


async def _use_acceptance(rows: Transaction, received: ReceivedPackage) -> None:
    """An acceptance lets one package in, once."""
    named = reception.accepted_hash(received.manifest)
    if named is None:
        return
    kept = await rows.get(Shelf.ACCEPTANCE, named)
    if kept is not None:
        given = replace(Given.decode(kept), used=True)
        await rows.put(Shelf.ACCEPTANCE, named, given.encode())


async def _receipt(rows: Transaction, office: Office, received: ReceivedReceipt) -> None:
    receipt = received.receipt
    found = await finding.outgoing(rows, receipt.package_id)
    said = replace(found, receipts=(*found.receipts, (receipt.status, receipt.day))[-32:])
    step = OUTBOX.step(found.state, _RECEIPTS[receipt.status])
    await apply_outgoing(rows, office, said, step)


async def _release(rows: Transaction, office: Office, received: ReceivedRelease) -> None:
    """Keep the keys that the sender released: the desk opens with them at the door."""
    await rows.put(Shelf.CODE, received.note.package_id, received.note.encode())
    found = await finding.incoming_by_id(rows, received.note.package_id)
    if found is not None:
        await audit.write(rows, Entry(office.now, Act.RELEASED, found.code_name, ""))


async def _withdrawal(rows: Transaction, office: Office, received: ReceivedWithdrawal) -> None:
    withdrawal = received.withdrawal
    if withdrawal.parts:
        # This version of the desk cannot take single parts back and never asks for it: staff must
        # hear of a sender that does.
        raise WrongState(kind="withdrawal.parts")
    found = await finding.incoming_by_id(rows, withdrawal.package_id)
    if found is None:
        # The note that takes a package back may overtake it: it must then not open at all.
        row = received.came.sender.member_id[:16] + withdrawal.package_id
        await rows.put(Shelf.EARLY, row, received.came.sender.member_id)
        return
    step = INBOX.step(found.state, InEvent.WITHDRAWN)
    await apply_incoming(rows, office, found, step)
    await audit.write(rows, Entry(office.now, Act.WITHDRAWN, found.code_name, ""))


async def _status(rows: Transaction, office: Office, status: PoliceStatus) -> None:
    """Note what the district says it did with a request: one closed word."""
    found = await finding.outgoing(rows, PackageId(status.request_id))
    if found.kind is not Kind.POLICE_REQUEST:
        raise WrongState(kind="police.other_kind")
    step = OUTBOX.step(found.state, STATUSES[status.status])
    if step.state is not found.state:
        await rows.put(Shelf.POLICE, found.package_id, status.encode())
    await apply_outgoing(rows, office, found, step)


async def _refused(
    rows: Transaction, office: Office, received: ReceivedRefused, arrived: Arrived
) -> None:
    """A rule says no: nothing is shown, the sender is told, and the log has the code."""
    if received.reply is not None:
        await owe(rows, office, received.came.sender.member_id, received.reply)
    word = f"{office.today} {received.refusal.code}".encode()
    await rows.put(Shelf.QUARANTINE, arrived.note_hash, word)
    files = await claims.drop(rows, arrived.note_hash)
    rows.after(lambda: office.discard(files))
    await audit.write(rows, Entry(office.now, Act.REFUSED, "", ""))


async def advance(office: Office) -> None:
    """Move on what has changed by itself: cells kept, blobs complete, days over."""
    async with office.ledger.reading() as rows:
        outgoing = await finding.all_outgoing(rows)
        incoming = await finding.all_incoming(rows)
        blobs = frozenset(await rows.ids(Shelf.BLOB))
    for sent in outgoing:
        await _advance_outgoing(office, sent)
    for came in incoming:
        await _advance_incoming(office, came, blobs)


async def _advance_outgoing(office: Office, sent: Outgoing) -> None:
    event: OutEvent | None = None
    if sent.expires < office.today and (sent.state, OutEvent.TIME_UP) in OUTBOX.steps:
        event = OutEvent.TIME_UP
    elif sent.state is Out.SEALED and not await office.poster().waiting(sent.package_id):
        event = OutEvent.ALL_KEPT
    if event is None:
        return
    step = OUTBOX.step(sent.state, event)
    if step.state is sent.state and not step.effects:
        return
    async with office.ledger.transaction("outgoing-advanced") as rows:
        await apply_outgoing(rows, office, sent, step)


async def _advance_incoming(office: Office, came: Incoming, blobs: frozenset[bytes]) -> None:
    manifest = PackageManifest.decode(came.manifest, came.kind)
    event: InEvent | None = None
    if manifest.expires < office.today and (came.state, InEvent.TIME_UP) in INBOX.steps:
        event = InEvent.TIME_UP
    elif came.state is In.INCOMPLETE and all(one.blob_id in blobs for one in manifest.blobs):
        event = InEvent.COMPLETE
    if event is None:
        return
    step = INBOX.step(came.state, event)
    if step.state is came.state and not step.effects:
        return
    async with office.ledger.transaction("incoming-advanced") as rows:
        await apply_incoming(rows, office, came, step)
