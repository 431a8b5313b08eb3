"""Envelopes that did not leave in time are sealed anew: their receiver's keys are gone by then.

This file knows which envelopes wait with a note that nobody could open any more, and that a note
whose acknowledgement was lost may stand on its board all the same: the boards are read first. What
stands on none has not left the machine, so that a case and an inquiry are sealed anew as they are.
It refuses to make a request to the police anew by itself: two people approved it, and staff are
told instead.
"""

from dataclasses import replace

from client import clocks, disclosed, handover, lanes, policerows
from client.asking import Asking
from client.inquiry import PlaceInquiry
from client.ledger import Transaction
from client.office import Office
from client.outbox import OUTBOX, Out
from client.outgoing import Outgoing
from client.posted import GRACE
from client.poster import Poster
from client.posting import note_cell
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.effects import wind_sent
from client.verbs.sending import fresh_package
from keys.body import Kind
from keys.calendar import start_of
from keys.errors import Refusal


async def renew(office: Office) -> None:
    """Have everything that left too late begin again; resuming then seals it.

    Raises:
        Refusal: the first inquiry that could not be sealed anew; it waits for the next tick.
    """
    late = await office.poster().stale(office.today)
    if not late or not await _would_be_seen(office):
        return
    async with office.ledger.reading() as rows:
        outgoing = [one for one in await finding.all_outgoing(rows) if one.package_id in late]
        inquiries = [(row, one) for row, one in await finding.askings(rows) if row in late]
    for sent in outgoing:
        if sent.state is Out.SEALED and sent.expires >= office.today:
            await _begin_again(office, sent)
    refusals: list[Refusal] = []
    for row, asking in inquiries:
        try:
            await _ask_again(office, row, asking)
        except Refusal as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


async def _would_be_seen(office: Office) -> bool:
    """Return whether what left before today, and was not acknowledged, would be seen by now.

    Reading settles what stands on its board (`client.posted`), and a blob is never too late.
    """
    async with office.ledger.reading() as rows:
        last = await finding.read_until(rows)
    slots = GRACE * office.roster.schedule.note_slot_seconds
    return start_of(office.today) + slots <= last <= office.now


async def _begin_again(office: Office, sent: Outgoing) -> None:
    async with office.ledger.transaction("renewed") as rows:
        if await finding.outgoing(rows, sent.package_id) != sent:
            return
        await office.poster().unbind(rows, sent.package_id)
        await rows.delete(Shelf.CODE, sent.package_id)
        await rows.delete(Shelf.OUTBOX, sent.package_id)
        await clocks.stop(rows, Held.WHERE, sent.package_id)
        await disclosed.unsaid(rows, sent.package_id)
        rows.after(lambda: office.discard(sent.files))
        kept = await rows.get(Shelf.DRAFT, sent.transfer) if sent.transfer else None
        if kept is None or sent.kind is not Kind.CASE_PACKAGE:
            await _unsent(rows, office, sent, kept)
            return
        anew = replace(
            sent,
            package_id=fresh_package(),
            state=OUTBOX.start,
            manifest_hash=b"",
            files=(),
            made=office.today,
        )
        transfer = replace(Transfer.decode(kept), package=anew.package_id)
        await rows.put(Shelf.DRAFT, sent.transfer, transfer.encode())
        await rows.put(Shelf.OUTBOX, anew.package_id, anew.encode())
        await wind_sent(rows, anew)


async def _unsent(rows: Transaction, office: Office, sent: Outgoing, kept: bytes | None) -> None:
    await office.attend(rows, sent.code_name)
    await rows.delete(Shelf.POLICE, policerows.ASKED + sent.package_id)
    if kept is not None and sent.kind is not Kind.PACKAGE_UPDATE:
        changed = replace(Transfer.decode(kept), request=b"")
        await rows.put(Shelf.DRAFT, sent.transfer, changed.encode())


async def _ask_again(office: Office, row: bytes, asking: Asking) -> None:
    inquiry = PlaceInquiry.decode(asking.inquiry)
    seat = await office.seat(office.staff.identity)
    rides = lanes.rides(office.roster.schedule, ())
    note = handover.answer(inquiry, await office.to(asking.other), seat)
    async with office.ledger.transaction("inquiry-renewed") as rows:
        if await rows.get(Shelf.INQUIRY, row) is None:
            return
        poster: Poster = office.poster()
        await poster.unbind(rows, row)
        post = poster.line_up if rides else poster.bind
        await post(rows, note.board, row, [note_cell(note.note)], office.today)
