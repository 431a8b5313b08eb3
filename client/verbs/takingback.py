"""What the sender can do with a case after it was sent: take it back, release it.

This file knows that what has left is answered by a note on the next tick. It refuses to call back
what a receiver has already put in its journal; the receiver says so itself.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from client import audit, strayed
from client.audit import Act, Entry
from client.case import WITHOUT_CASE, PartId, name_of, order_of, parse_part_id
from client.case.consent import GivenBy
from client.casefile import write_case
from client.consent import Consent
from client.control import Answer, Tell
from client.incoming import Incoming
from client.ledger import Transaction
from client.narrowed import narrowed, taken_back, with_attached
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.outgoing import Outgoing
from client.refusals import CodeNameTaken, PartNotShared, WrongState
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import adding, finding, staffing, takenback
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.effects import apply_outgoing
from client.verbs.resending import intend
from client.verbs.sending import fresh_package, place_of, seal_and_post
from keys.errors import Sent
from keys.receipt import ReceiptStatus
from keys.wire import Packable
from keys.words import Language

_REST_MAY_GO: Final = frozenset({Out.WITHDRAWN, Out.INTENDED})


async def _sent(rows: Transaction, code_name: str) -> tuple[bytes, Transfer, Outgoing]:
    row, transfer = await finding.transfer(rows, code_name)
    if not transfer.package:
        raise WrongState(kind="case.not_sent")
    return row, transfer, await finding.outgoing(rows, transfer.package)


async def withdraw(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Take a case back, all of it or some parts, at the sending desk or where it has come.

    What has left is taken back by a note on the next tick. Of a package that nobody has opened all
    is taken back, whatever is named (ADR 13); with a yes by phone the rest is sent anew at once,
    under a new code. Of whoever cannot be asked a leader decides: the log says so (C-11.11). What
    went to a centre that it was not meant for is taken back whole, and begins its tasks (C-19).
    """
    code_name = given.text("code_name")
    parts = tuple(map(parse_part_id, given.texts("parts")))
    by_phone = given.maybe("agreed_by_phone")
    asked = not given.flag("unasked")
    decided = given.maybe("leader")
    astray = given.flag("wrong_recipient")
    given.end()
    staff = office.staff
    leader = "" if asked else await staffing.decides(office, decided)
    act = _act(asked=asked, astray=astray)
    parts = () if astray else parts
    anew: Transfer | None = None
    async with office.ledger.transaction("withdrawn") as rows:
        found = await _one_of_two(rows, code_name)
        if leader not in {"", staff.name}:
            await audit.write(rows, Entry(office.now, Act.LEADER_DECIDED, code_name, leader))
        if isinstance(found, Incoming):
            return await takenback.here(rows, office, found, parts, act)
        row, transfer = found
        if astray:
            await _strayed(rows, office, transfer)
        _check_shared(office, transfer, parts)
        left = _left(office, transfer, parts)
        there = await _there(rows, office, transfer) if astray else {}
        answer = {**await _take_back(rows, office, transfer, left), **there}
        answer["police"] = await finding.police_have(rows, row)
        # What was taken back before it left has been forgotten by now.
        _, transfer = await finding.transfer(rows, code_name)
        transfer = _written_down(office, transfer, left, asked=asked)
        if left.consent is not None and by_phone and answer["state"] in _REST_MAY_GO:
            place = await place_of(rows, office, row, transfer, by_phone)
            transfer = anew = replace(transfer, place=place)
        if anew is not None and answer["state"] == Out.WITHDRAWN:
            transfer = anew = replace(anew, package=fresh_package())
            old = await finding.outgoing(rows, found[1].package)
            # Nobody was told what is seen of haste: it may be made urgent as long as it waits.
            await intend(rows, office, replace(old, rides=True), anew, code="")
        await rows.put(Shelf.DRAFT, row, transfer.encode())
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    if anew is None:
        return answer
    return {**answer, **await seal_and_post(office, anew, tell), "anew": True}


def _act(*, asked: bool, astray: bool) -> Act:
    if astray:
        return Act.ASTRAY
    return Act.WITHDRAWN if asked else Act.WITHDRAWN_UNASKED


async def _strayed(rows: Transaction, office: Office, transfer: Transfer) -> None:
    if not transfer.package:
        return
    sent = await finding.outgoing(rows, transfer.package)
    opened = any(one is ReceiptStatus.OPENED for one, _ in sent.receipts)
    id_, name = sent.package_id, transfer.code_name
    await strayed.begin(rows, office, id_, name, ours=True, opened=opened)


def _check_shared(office: Office, transfer: Transfer, parts: tuple[PartId, ...]) -> None:
    """Accept parts that are shared, or were until they were taken back.

    Raises:
        PartNotShared: the person said yes to no such part; taking it back would take back all.
    """
    if not parts or (transfer.package and not transfer.consent):
        return  # what has ended is told by its state
    shared = set(Consent.decode(transfer.consent).parts) if transfer.consent else set[PartId]()
    said = case_of(office, transfer).consent if transfer.case else None
    for part in parts:
        if part not in shared | set(() if said is None else said.withdrawn_parts):
            raise PartNotShared(part=part)


async def _there(rows: Transaction, office: Office, transfer: Transfer) -> dict[str, Packable]:
    """Return whom to ring where it went by mistake, as long as that is known."""
    if not transfer.package:
        return {}
    sent = await finding.outgoing(rows, transfer.package)
    centre = finding.name_of(office.roster, sent.recipient)
    if sent.state is Out.INTENDED or not centre:
        return {}
    return {"centre": centre, "phone": finding.phone_of(office.roster, sent.recipient)}


@dataclass(frozen=True, slots=True)
class _Left:
    """What is taken back, and the consent that is left; none when nothing of it is."""

    back: frozenset[PartId]
    consent: Consent | None


def _left(office: Office, transfer: Transfer, parts: tuple[PartId, ...]) -> _Left:
    if not parts or not transfer.case:
        return _Left(frozenset(), None)
    if not transfer.consent:
        return _Left(frozenset(parts), None)  # an answer of which nobody has made a consent
    there = case_of(office, transfer).parts
    back = with_attached(parts, there)
    rest = narrowed(Consent.decode(transfer.consent), back)
    # A yes to parts that nobody has written lets nothing go.
    goes = rest is not None and any(
        part in there and name_of(part) not in WITHOUT_CASE for part in rest.parts
    )
    return _Left(back, rest if goes else None)


async def _one_of_two(rows: Transaction, code_name: str) -> tuple[bytes, Transfer] | Incoming:
    """Return the case of that name that is written here, or that has come here.

    Raises:
        NotHere: there is neither.
        CodeNameTaken: there are both, and the one written here was sent: taking back the wrong one
            could not be undone.
    """
    written = [one for one in await finding.transfers(rows) if one[1].code_name == code_name]
    came = [one for one in await finding.all_incoming(rows) if one.code_name == code_name]
    if came and any(one.package for _, one in written):
        raise CodeNameTaken
    if came:
        return came[0]
    return await finding.transfer(rows, code_name)


def taking(state: Out, *, rest: bool) -> OutEvent:
    """Return what taking back is in this state; `rest` is whether a consent is left (C-11.6)."""
    some = rest and (state, OutEvent.WITHDRAW_PARTS) in OUTBOX.steps
    return OutEvent.WITHDRAW_PARTS if some else OutEvent.WITHDRAW


async def _take_back(
    rows: Transaction, office: Office, transfer: Transfer, left: _Left
) -> dict[str, Packable]:
    """Queue what tells the receiver; return what happened."""
    if not transfer.package:
        return {"state": "", "sent": Sent.NOTHING.value}
    sent = await finding.outgoing(rows, transfer.package)
    if left.consent is not None and sent.state is not Out.OPENED:
        _check_any(transfer, left)
    event = taking(sent.state, rest=left.consent is not None)
    some = event is OutEvent.WITHDRAW_PARTS
    if sent.state is Out.OPENED and some:
        sent = replace(sent, back=tuple(sorted({*sent.back, *left.back}, key=order_of)))
    step = OUTBOX.step(sent.state, event)
    await apply_outgoing(rows, office, sent, step)
    if some:
        await adding.without(rows, office, sent, left.back)
    else:
        await adding.with_base(rows, office, sent, OutEvent.WITHDRAW)
    was_out = sent.state is not Out.INTENDED
    return {"state": step.state.value, "sent": (Sent.YES if was_out else Sent.NOTHING).value}


def _check_any(transfer: Transfer, left: _Left) -> None:
    """Accept parts of which one goes: what was taken back before takes nothing else with it.

    Raises:
        PartNotShared: none of them is shared any more.
    """
    if not left.back & set(Consent.decode(transfer.consent).parts):
        raise PartNotShared(part=min(left.back, key=order_of))


def _written_down(office: Office, transfer: Transfer, left: _Left, *, asked: bool) -> Transfer:
    """Return the case with what was taken back in it, so that no old answer brings it back.

    What was being typed to be added to it goes too: nobody may send it any more.
    """
    typed = adding.untyped(transfer, left.back)
    if left.consent is None:
        typed = MappingProxyType(dict[str, str]())
    transfer = replace(transfer, typed=typed)
    smaller = b"" if left.consent is None else left.consent.encode()
    if not transfer.case:
        return replace(transfer, consent=smaller)
    case = case_of(office, transfer)
    said = case.consent
    if said is not None:
        by = (said.given_by or GivenBy.USER) if asked else None
        all_of_it = bool(transfer.consent) and left.consent is None
        said = taken_back(said, () if all_of_it else left.back, by, office.now)
    kept = write_case(replace(case, consent=said), Language.EN)
    return replace(transfer, case=kept, consent=smaller)


async def release(office: Office, given: Arguments) -> Answer:
    """Confirm that the person has come, when the code is lost; leaves on the next tick.

    Whoever rings may be anybody: the log says whether staff rang back (C-10.9).
    """
    code_name = given.text("code_name")
    called_back = given.flag("called_back")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("released") as rows:
        _, _, sent = await _sent(rows, code_name)
        step = OUTBOX.step(sent.state, OutEvent.RELEASE)
        await apply_outgoing(rows, office, sent, step)
        if called_back:
            await audit.write(rows, Entry(office.now, Act.CALLED_BACK, code_name, staff.name))
        await audit.write(rows, Entry(office.now, Act.RELEASED, code_name, staff.name))
    # It leaves at the end of a slot, and is read at the end of another.
    return {"state": step.state.value, "seconds": 2 * office.roster.schedule.note_slot_seconds}
