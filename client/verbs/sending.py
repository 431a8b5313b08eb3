"""Sending a case, and what the sender can do with it afterwards.

This file knows the order: intent, seal, bind, post — each durable before the next. It refuses to
send without a consent and a yes to the place, because it cannot make what the door takes.
"""

import asyncio
import secrets
from dataclasses import replace
from types import MappingProxyType

from client import audit, handover
from client.audit import Act, Entry
from client.case import PartId, parse_part_id
from client.consent import Consent
from client.control import Answer, Tell
from client.draft import AttachedFile, ConsentedPackage, Draft, PhoneRole
from client.handover import ArrivalCode, Job, SealedEnvelope
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.poster import Cell, note_cell
from client.refusals import ConsentMissing, UnknownWord, Unsolicited, WrongState
from client.shelf import Shelf
from client.staging import attached
from client.transfer import Place, Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.effects import apply_outgoing
from client.verbs.places import accepted
from keys.address import MemberId, PackageId, Role
from keys.body import Kind
from keys.errors import Sent
from keys.manifest import Accepted, AgreedByPhone

_ID = 16


async def send(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Seal the consented parts to the consented centre, and send them at once."""
    code_name = given.text("code_name")
    by_phone = given.maybe("agreed_by_phone")
    given.end()
    transfer = await _intent(office, code_name, by_phone)
    return await seal_and_post(office, transfer, tell)


async def _intent(office: Office, code_name: str, by_phone: str) -> Transfer:
    """Write down that this is to be sent, with the id under which it is sent but once."""
    staff = office.staff
    async with office.ledger.transaction("send-intended") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        if transfer.package:
            return transfer  # a second click goes on with the first
        if not transfer.consent:
            raise ConsentMissing
        consent = Consent.decode(transfer.consent)
        place = await _place(rows, office, row, transfer, consent, by_phone)
        package_id = PackageId(secrets.token_bytes(_ID))
        intended = replace(transfer, place=place, package=package_id)
        _package(office, intended)  # every rule says yes before anything is written
        await rows.put(Shelf.DRAFT, row, intended.encode())
        made = Outgoing(
            package_id=package_id,
            kind=Kind.CASE_PACKAGE,
            state=OUTBOX.start,
            transfer=row,
            code_name=code_name,
            recipient=consent.recipient,
            manifest_hash=b"",
            keys=(),
            code="",
            files=(),
            made=office.today,
            expires=consent.ends,
        )
        await rows.put(Shelf.OUTBOX, package_id, made.encode())
        await audit.write(rows, Entry(office.now, Act.SENT, code_name, staff.name))
    return intended


async def _place(
    rows: Transaction,
    office: Office,
    row: bytes,
    transfer: Transfer,
    consent: Consent,
    by_phone: str,
) -> Place:
    if by_phone:
        try:
            role = PhoneRole(by_phone)
        except ValueError:
            raise UnknownWord(field="send.agreed_by_phone", count=len(PhoneRole)) from None
        return Place(consent.recipient, b"", role.value, office.today)
    askings = await finding.askings(rows)
    yes = accepted(row, transfer, askings, consent.recipient, office.today)
    if not yes:
        raise Unsolicited
    return Place(consent.recipient, yes, "", office.today)


def _package(office: Office, transfer: Transfer) -> ConsentedPackage:
    """Make what the door takes; every refusal of the rules comes from here."""
    case = case_of(office, transfer)
    place = transfer.place
    if place is None:
        raise Unsolicited
    files: dict[PartId, AttachedFile] = {
        parse_part_id(name): attached(staged, office.cells)
        for name, staged in transfer.staged.items()
    }
    draft = Draft(transfer.code_name, case.parts, MappingProxyType(files))
    prev = (
        Accepted(place.acceptance)
        if place.acceptance
        else AgreedByPhone(PhoneRole(place.role), place.day)
    )
    consent = Consent.decode(transfer.consent)
    return draft.consented(consent, prev, place.centre, office.today)


async def seal_and_post(office: Office, transfer: Transfer, tell: Tell) -> Answer:
    """Go on from the intent: seal if that has not happened, post what has not been kept."""
    async with office.ledger.reading() as rows:
        sent = await finding.outgoing(rows, transfer.package)
    if sent.state is Out.INTENDED:
        sent = await _seal(office, transfer, sent, OutEvent.SEAL, tell)
    return await post(office, sent, tell)


async def _seal(
    office: Office, transfer: Transfer, sent: Outgoing, event: OutEvent, tell: Tell
) -> Outgoing:
    package = _package(office, transfer)
    to = await office.to(package.recipient)
    seat = await office.seat(office.staff.identity)

    def progress(done: int, total: int) -> None:
        tell("progress.sealing", done, total)

    code = ArrivalCode(sent.code) if sent.code else None
    job = Job(sent.package_id, office.cells, code=code, progress=progress)
    made = await asyncio.to_thread(handover.hand_over, package, to, seat, job)
    return await bind_sealed(office, sent, made, package.recipient, event)


async def bind_sealed(
    office: Office, sent: Outgoing, made: SealedEnvelope, recipient: MemberId, event: OutEvent
) -> Outgoing:
    """Store a sealed envelope and bind each of its cells to a token, all or nothing."""
    cells = [note_cell(made.note)]
    cells += [Cell(file.cls, file.blob_id, file=file.name) for file in made.files]
    step = OUTBOX.step(sent.state, event)
    now = replace(
        sent,
        recipient=recipient,
        manifest_hash=made.manifest_hash,
        code=made.code.secret if made.code else "",
        files=tuple(file.name for file in made.files),
        expires=made.expires,
    )
    async with office.ledger.transaction("sealed") as rows:
        await apply_outgoing(rows, office, sent, step)
        await office.poster().bind(rows, made.board, sent.package_id, cells, office.today)
        if made.release is not None:
            await rows.put(Shelf.CODE, sent.package_id, made.release.encode())
        stored = replace(now, state=step.state)
        await rows.put(Shelf.OUTBOX, sent.package_id, stored.encode())
    return stored


async def post(office: Office, sent: Outgoing, tell: Tell) -> Answer:
    """Post what is bound; says whether all of it is with the broker."""
    total = sum(office.cells.path(name).stat().st_size for name in sent.files)
    done = 0

    def progress(count: int) -> None:
        nonlocal done
        done += count
        tell("progress.sending", done, total)

    refused = await office.post_bound(progress)
    left = await office.poster().waiting(sent.package_id)
    if not left and sent.state is Out.SEALED:
        async with office.ledger.transaction("kept") as rows:
            fresh = await finding.outgoing(rows, sent.package_id)
            step = OUTBOX.step(fresh.state, OutEvent.ALL_KEPT)
            await apply_outgoing(rows, office, fresh, step)
    answer = {
        "code_name": sent.code_name,
        "kept": not left,
        "waiting_cells": left,
        "why": refused[0].code if refused else "",
    }
    return answer | ({"arrival_code": ArrivalCode(sent.code).text} if sent.code else {})


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
    async with office.ledger.transaction("withdrawn") as rows:
        row, transfer, sent = await _sent(rows, code_name)
        step = OUTBOX.step(sent.state, OutEvent.WITHDRAW)
        await apply_outgoing(rows, office, sent, step)
        await rows.put(Shelf.DRAFT, row, replace(transfer, consent=b"").encode())
        await audit.write(rows, Entry(office.now, Act.WITHDRAWN, code_name, staff.name))
    was_out = sent.state is not Out.INTENDED
    return {"state": step.state.value, "sent": (Sent.YES if was_out else Sent.NOTHING).value}


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
        case = case_of(office, transfer)
        old = Consent.decode(transfer.consent)
        name = (case.consent and case.consent.recipient_centre) or case.header.to_centre or ""
        centre = finding.member(office.roster, name, Role.CENTRE)
        if case.consent is None or centre.member_id == old.recipient:
            raise WrongState(kind="recipient.unchanged")
        consent = Consent.given_in(case.consent, case.parts, centre, office.today)
        if set(consent.parts) - set(old.parts):
            raise ConsentMissing
        package_id = PackageId(secrets.token_bytes(_ID))
        anew = replace(transfer, consent=consent.encode(), package=package_id)
        place = await _place(rows, office, row, anew, consent, by_phone)
        anew = replace(anew, place=place)
        # The old receiver is no member any more: nothing can be taken back from it by a note.
        step = OUTBOX.step(sent.state, OutEvent.WITHDRAW)
        await apply_outgoing(rows, office, sent, step)
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
        await rows.put(Shelf.OUTBOX, package_id, made.encode())
        await rows.put(Shelf.DRAFT, row, anew.encode())
        await audit.write(rows, Entry(office.now, Act.SENT_AGAIN, code_name, staff.name))
    return await seal_and_post(office, anew, tell)


async def resume(office: Office, tell: Tell) -> None:
    """After a crash: go on with every intent that was written and not yet sealed."""
    async with office.ledger.reading() as rows:
        intended = [one for one in await finding.all_outgoing(rows) if one.state is Out.INTENDED]
        cases = dict(await finding.transfers(rows))
    for sent in intended:
        transfer = cases.get(sent.transfer)
        if sent.kind is Kind.CASE_PACKAGE and transfer is not None:
            await _seal(office, transfer, sent, OutEvent.SEAL, tell)
