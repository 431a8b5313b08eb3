"""Asking for a place, and answering: counts and needs, and nothing about the person.

This file knows how an inquiry leaves and how an answer is given. It refuses to know why a place is
wanted; the closed forms it sends have no room for it.
"""

from dataclasses import replace

from client import audit, clocks, compared, handover, lanes
from client.asking import Asking
from client.audit import Act, Entry
from client.case import PlaceAnswerInput, PlaceInquiryInput
from client.case.checking import checked
from client.control import Answer
from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry, new_inquiry_id
from client.ledger import Transaction
from client.office import Office
from client.owed import owe
from client.posting import note_cell
from client.refusals import MissingAnswer, WrongState
from client.shelf import Shelf
from client.transfer import MOST_ASKED, Place, Transfer
from client.verbs import finding, leaving
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.vocabulary import AnswerValue, Help
from keys.address import MemberId, Role
from keys.calendar import Day
from keys.errors import OverLong
from keys.roster import Member


async def inquire(office: Office, given: Arguments) -> Answer:
    """Ask one or several centres for a place; it rides the lanes, or leaves at once."""
    code_name = given.text("code_name")
    centres = given.texts("centres")
    urgent = given.flag("urgent")
    given.end()
    staff = office.staff
    if not centres:
        raise MissingAnswer(field="inquire.centres")
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, code_name)
    said = case_of(office, transfer).place_inquiry
    if said is None:
        raise MissingAnswer(field="place_inquiry")
    rides = not urgent and lanes.rides(office.roster.schedule, ())
    post = office.poster().line_up if rides else office.poster().bind
    asked = [await _question(office, said, name) for name in centres]
    async with office.ledger.transaction("inquired") as rows:
        ids = [inquiry.inquiry_id for inquiry, _, _ in asked]
        row, fresh = await finding.transfer(rows, code_name)  # staff may have written in it
        changed = replace(fresh, asked=await _asked_for(rows, fresh, ids))
        await rows.put(Shelf.DRAFT, row, changed.encode())
        for inquiry, centre_id, note in asked:
            await compared.refuse_stopped(rows, centre_id)
            made = Asking(
                ours=True,
                transfer=row,
                code_name=code_name,
                other=centre_id,
                inquiry=inquiry.encode(),
                day=office.today,
            )
            await rows.put(Shelf.INQUIRY, inquiry.inquiry_id, made.encode())
            cells = [note_cell(note.note)]
            await post(rows, note.board, inquiry.inquiry_id, cells, office.today)
        # Whom a case was asked of ends with the case, also when nobody is here to read it.
        for_it = [one for one, asking in await finding.askings(rows) if asking.transfer == row]
        await clocks.lay(rows, row, for_it, ())
        await audit.write(rows, Entry(office.now, Act.INQUIRED, code_name, staff.name))
    refused = await office.post_bound()
    board, ids = asked[0][2].board, [inquiry.inquiry_id for inquiry, _, _ in asked]
    waits = await leaving.waiting(office, board, ids, urgent=not rides, refused=refused)
    if waits:
        return {"asked": len(asked), "left": False, **waits}
    return {"asked": len(asked), "left": not refused}


async def _question(
    office: Office, said: PlaceInquiryInput, name: str
) -> tuple[PlaceInquiry, MemberId, handover.SealedNote]:
    """Seal the question to a centre, under an id of its own."""
    centre = finding.member(office.roster, name, Role.CENTRE)
    inquiry = PlaceInquiry(new_inquiry_id(), said)
    seat = await office.seat(office.staff.identity)
    note = handover.answer(inquiry, await office.to(centre.member_id), seat)
    return inquiry, centre.member_id, note


async def _asked_for(rows: Transaction, case: Transfer, ids: list[InquiryId]) -> tuple[bytes, ...]:
    """Return the questions of a case that still stand, with those that are asked now.

    Raises:
        OverLong: more than a case can remember; nothing was asked.
    """
    there = frozenset(await rows.ids(Shelf.INQUIRY))
    found = (*(one for one in case.asked if one in there), *ids)
    if len(found) > MOST_ASKED:
        raise OverLong(limit=MOST_ASKED)
    return found


async def answer(office: Office, given: Arguments) -> Answer:
    """Answer a place inquiry with a closed word; leaves on the next tick."""
    code_name = given.text("code_name")
    value = given.text("value")
    from_day = given.maybe("from")
    reasons = given.texts("reasons")
    suggest = given.maybe("suggest")
    given.end()
    staff = office.staff
    async with office.ledger.reading() as rows:
        row, asking = await finding.asking(rows, code_name)
    if asking.answer:
        raise WrongState(kind="inquiry.answered")
    inquiry_id = PlaceInquiry.decode(asking.inquiry).inquiry_id
    heard = {"value": value, "first": from_day or None, "reasons": reasons}
    given_ = checked(PlaceAnswerInput, heard | {"suggest": suggest or None}, PlaceAnswerInput.WORD)
    said = PlaceAnswer.given(inquiry_id, given_, _suggestion(office, given_), office.today)
    async with office.ledger.transaction("answered") as rows:
        answered = replace(asking, answer=said.encode())
        await rows.put(Shelf.INQUIRY, row, answered.encode())
        await owe(rows, office, asking.other, said)
        await audit.write(rows, Entry(office.now, Act.ANSWERED, code_name, staff.name))
    return {"value": value}


def _suggestion(office: Office, said: PlaceAnswerInput) -> Member | Help:
    """Return whom a no names; nobody is looked up for another answer."""
    if said.suggest is None or said.value is not AnswerValue.NO:
        return Help.WE_HELP_TO_FIND
    return finding.member(office.roster, said.suggest, Role.CENTRE)


def accepted(
    row: bytes,
    transfer: Transfer,
    askings: list[tuple[bytes, Asking]],
    centre: MemberId,
    today: Day,
) -> Place | None:
    """Return the yes that `centre` gave for this case, with the last day it counts; or None.

    Args:
        row: of the case.
        transfer: the case.
        askings: every inquiry there is.
        centre: the one that must have said yes.
        today: the current day.
    """
    for inquiry_id, asking in askings:
        if not asking.ours or asking.transfer != row or inquiry_id not in transfer.asked:
            continue
        if asking.other != centre or not finding.accepts(asking):
            continue
        until = PlaceAnswer.decode(asking.answer).valid_until
        if until is not None and today <= until:
            return Place(centre, asking.answer_hash, "", until)
    return None
