"""Sending a case: from the consent and the yes to a place to sealed bytes on their way.

This file knows the order: intent, seal, bind, post — each durable before the next. Without a
consent and a yes to the place it refuses, for it cannot make what the door takes.
"""

import asyncio
import secrets
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from client import audit, clocks, compared, handover, seen
from client.audit import Act, Entry
from client.case import PartId, parse_part_id
from client.consent import Consent
from client.control import Answer, Tell, say_nothing
from client.draft import PHONE_DAYS, AttachedFile, ConsentedPackage, Draft
from client.findings import holds_back
from client.handover import ArrivalCode, Job, SealedEnvelope
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out
from client.outgoing import Outgoing
from client.refusals import (
    ConsentMissing,
    DestinationPoliceMissing,
    PlaceMissing,
    UnknownWord,
    WrongState,
)
from client.retention import Held
from client.shelf import Shelf
from client.staging import attached
from client.transfer import Place, Transfer
from client.verbs import comparing, finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.effects import wind_sent
from client.verbs.envelopes import bind, hasten, kept_when_bound, note_shared, one_time, post
from client.verbs.places import accepted
from client.vocabulary import PhoneRole
from keys.address import PackageId
from keys.body import Kind
from keys.calendar import Day
from keys.errors import Refusal, Sent
from keys.manifest import Accepted, AgreedByPhone

_ON_ITS_WAY = frozenset({Out.INTENDED, Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED})


async def send(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Seal the consented parts to the consented centre; they ride the lanes, or leave at once."""
    code_name, by_phone = given.text("code_name"), given.maybe("agreed_by_phone")
    click = _Click(code_name, by_phone, given.maybe("seen"), given.flag("urgent"))
    given.end()
    transfer = await _intent(office, click)
    return await seal_and_post(office, transfer, tell)


@dataclass(frozen=True, slots=True)
class _Click:
    """What staff said."""

    code_name: str
    by_phone: str
    shown: str = ""
    urgent: bool = False


async def _intent(office: Office, click: _Click) -> Transfer:
    """Write down that this is to be sent, with the id under which it is sent but once."""
    staff, code_name, by_phone = office.staff, click.code_name, click.by_phone
    uncertain = await office.poster().discarded()
    async with office.ledger.transaction("send-intended") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        if transfer.package:
            before = await finding.outgoing(rows, transfer.package)
            if before.state is Out.SEALED and before.package_id in uncertain:
                raise WrongState(sent=Sent.MAYBE, kind="out.uncertain.send")
            before = await hasten(rows, office, before) if click.urgent else before
            return await _go_on(rows, office, (row, transfer), before, by_phone)
        if not transfer.consent:
            raise ConsentMissing
        if holds_back(case_of(office, transfer), await finding.heard(rows, row)):
            raise DestinationPoliceMissing
        await comparing.may_send(rows, office, transfer)
        transfer = looked_over(office, transfer, click.shown)
        consent = Consent.decode(transfer.consent)
        place = await place_of(rows, office, row, transfer, by_phone)
        package_id = fresh_package()
        intended = replace(transfer, place=place, package=package_id)
        package_for(office, intended)  # every rule says yes before anything is written
        await rows.put(Shelf.DRAFT, row, intended.encode())
        await clocks.stop(rows, Held.DRAFT, row)
        # Also when nobody unlocks any more, it goes some days after its last.
        await clocks.start(rows, Held.SENT, row, consent.ends, intended.files)
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
            rides=not click.urgent,
        )
        await rows.put(Shelf.OUTBOX, package_id, made.encode())
        await wind_sent(rows, made)
        await audit.write(rows, Entry(office.now, Act.SENT, code_name, staff.name))
    return intended


def looked_over(office: Office, transfer: Transfer, shown: str) -> Transfer:
    """Return a case whose consented parts were looked over as they read now (C-1.14).

    Raises:
        NotSeen, PartChanged: what `client.seen.looked` refuses.
    """
    chosen = Consent.decode(transfer.consent).parts
    marks = seen.looked(transfer, case_of(office, transfer).parts, chosen, shown)
    return replace(transfer, seen=marks)


async def _go_on(
    rows: Transaction,
    office: Office,
    case: tuple[bytes, Transfer],
    before: Outgoing,
    by_phone: str,
) -> Transfer:
    """Let a second click go on with the first; on a new yes when that of the first is over.

    Raises:
        WrongState: it is not on its way.
        PlaceMissing: the first yes is over before anything was sealed, and there is no new one.
    """
    if before.state not in _ON_ITS_WAY:
        raise WrongState(kind=f"out.{before.state}.send")
    row, transfer = case
    if before.state is not Out.INTENDED or _counts(transfer.place, office.today):
        return transfer
    place = await place_of(rows, office, row, transfer, by_phone)
    changed = replace(transfer, place=place)
    await rows.put(Shelf.DRAFT, row, changed.encode())
    return changed


def _counts(place: Place | None, today: Day) -> bool:
    """Return whether a package may still rest on a yes that is sealed today (C-4.4, C-4.6)."""
    if place is None:
        return False
    return today <= (place.day if place.acceptance else place.day + PHONE_DAYS)


def fresh_package() -> PackageId:
    """Return a new random package id."""
    return PackageId(secrets.token_bytes(16))


async def place_of(
    rows: Transaction, office: Office, row: bytes, transfer: Transfer, by_phone: str
) -> Place:
    """Return the yes that a case rests on: one by phone, or the signed one.

    Raises:
        UnknownWord: who said it on the phone is no such role.
        PlaceMissing: nobody has said yes.
    """
    recipient = Consent.decode(transfer.consent).recipient
    if by_phone:
        try:
            role = PhoneRole(by_phone)
        except ValueError:
            raise UnknownWord(field="send.agreed_by_phone", count=len(PhoneRole)) from None
        return Place(recipient, b"", role.value, office.today)
    askings = await finding.askings(rows)
    place = accepted(row, transfer, askings, recipient, office.today)
    if place is None:
        raise PlaceMissing
    return place


def package_for(office: Office, transfer: Transfer) -> ConsentedPackage:
    """Make what the door takes; every refusal of the rules comes from here.

    Raises:
        ConsentMissing: there is no consent, or no place.
        PartChanged: an attachment is another file than when the yes was written down.
        Refused: what `Draft.consented` refuses.
    """
    case, place = case_of(office, transfer), transfer.place
    if place is None or not transfer.consent:
        raise ConsentMissing
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
    seen.check_files(transfer, case.parts, consent.parts)
    return draft.consented(consent, prev, place.centre, office.today)


async def seal_and_post(office: Office, transfer: Transfer, tell: Tell) -> Answer:
    """Go on from the intent: seal if that has not happened, post what has not been kept."""
    async with office.sealing:
        async with office.ledger.reading() as rows:
            sent = await finding.outgoing(rows, transfer.package)
        if sent.state is Out.INTENDED:
            sent = await _seal(office, transfer, sent, tell)
    return await post(office, sent, tell)


async def _seal(office: Office, transfer: Transfer, sent: Outgoing, tell: Tell) -> Outgoing:
    """Seal what was intended, and bind it; one at a time, so that nothing is sealed twice.

    Raises:
        PlaceMissing: the yes is over: what is sealed today would be turned away (C-9.1).
    """
    if not _counts(transfer.place, office.today):
        raise PlaceMissing
    package = package_for(office, transfer)
    async with office.ledger.reading() as rows:  # before anything is spent on sealing
        await compared.refuse_stopped(rows, package.recipient)
    to, seat = await office.to(package.recipient), await office.seat(office.staff.identity)
    progress = partial(tell, "progress.sealing")
    code = ArrivalCode(sent.code) if sent.code else None
    async with one_time(office, package.recipient, seat.today) as once:
        job = Job(sent.package_id, office.cells, code=code, prekey=once.key, progress=progress)
        made = await asyncio.to_thread(handover.hand_over, package, to, seat, job)
        with kept_when_bound(office, made):
            async with office.ledger.transaction("sealed") as rows:
                once.bind(rows)
                return await _bound(rows, office, (transfer, package), made)


async def _bound(
    rows: Transaction, office: Office, case: tuple[Transfer, ConsentedPackage], made: SealedEnvelope
) -> Outgoing:
    """Bind what was sealed, in the caller's transaction, and note what was shared."""
    transfer, package = case
    fresh = await finding.outgoing(rows, made.package_id)
    bound = await bind(rows, office, fresh, made, package.recipient)
    await _check_same(rows, fresh, transfer)
    # Its last day is known now: also behind a closed lock all of it goes together.
    await clocks.start(rows, Held.SENT, fresh.transfer, bound.expires, transfer.files)
    await note_shared(rows, office, bound, package)
    return bound


async def _check_same(rows: Transaction, sent: Outgoing, transfer: Transfer) -> None:
    """Accept what was sealed under the consent that still stands (C-8.9).

    Raises:
        WrongState: parts were taken back while it was sealed; the rest is sealed by itself.
    """
    kept = await rows.get(Shelf.DRAFT, sent.transfer)
    if kept is None or Transfer.decode(kept).consent != transfer.consent:
        raise WrongState(kind="case.changed")


async def resume(office: Office) -> None:
    """Go on with every intent that a crash left unsealed.

    Raises:
        Refusal: the first that was refused; the others were gone on with.
    """
    if office.sealing.locked():
        return  # a verb is at it, and does not wait for the tick
    refusals: list[Refusal] = []
    async with office.sealing:
        async with office.ledger.reading() as rows:
            everything = await finding.all_outgoing(rows)
            cases = dict(await finding.transfers(rows))
        for sent in everything:
            transfer = cases.get(sent.transfer)
            if sent.state is not Out.INTENDED or transfer is None:
                continue
            try:
                await _seal(office, transfer, sent, say_nothing)
            except PlaceMissing as refusal:
                refusals.append(refusal)
                async with office.ledger.transaction("place-over") as rows:
                    await office.attend(rows, sent.code_name)
            except Refusal as refusal:
                refusals.append(refusal)
    if refusals:
        raise refusals[0]
