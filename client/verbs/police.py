"""The police channel at the centre's desk: asking one's own district to warn, or about a place.

This file knows the request and who approved it. It refuses to send to any other district than the
centre's own, to count one person as two, and to let a package to a centre carry anything of it.
"""

from dataclasses import dataclass, replace

from client import audit, policeplain, policerows, recusal
from client.audit import Act, Entry
from client.case import PoliceBasis
from client.case.words import YesNo
from client.control import Answer, Tell
from client.findings import urgent
from client.ledger import Transaction
from client.notice import Asked, District, PoliceRequest
from client.office import Office
from client.outbox import OUTBOX, Out, OutEvent
from client.policecase import AskedPolice, Prepared, digest_of
from client.policelines import APPROVALS
from client.refusals import ApprovalMissing, BasisNotConsent, MissingAnswer, WrongState
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding, leaving, policeprint
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of, written
from client.verbs.effects import apply_outgoing
from client.verbs.envelopes import bind, post
from client.verbs.locking import vouch
from client.verbs.policecontent import content_of, said_of
from client.verbs.sealings import outgoing, sealed_notice
from keys.body import Kind
from keys.errors import NotHere, Refused, Sent
from keys.wire import Packable

_PASSPHRASE = 1_024
_LIVE = frozenset({Out.INTENDED, Out.SEALED, Out.KEPT, Out.STORED, Out.OPENED})


async def request(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Ask one's own district to warn another; it rides the lanes, or leaves at once."""
    return await _ask(office, given, tell, Kind.POLICE_REQUEST)


async def view(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Ask one's own district what the police at the new place say; rides, or leaves at once."""
    return await _ask(office, given, tell, Kind.POLICE_VIEW_REQUEST)


async def _ask(office: Office, given: Arguments, tell: Tell, kind: Kind) -> Answer:
    code_name = given.text("code_name")
    second = given.maybe("second")
    passphrase = given.maybe("second_passphrase", most=_PASSPHRASE)
    haste = given.flag("urgent")
    given.end()
    approvals = [office.staff.name]
    if second:
        await vouch(office, second, passphrase)
        async with office.ledger.reading() as rows:
            await recusal.check_one(rows, code_name, second)
        approvals.append(second)
    async with office.ledger.reading() as rows:
        row, transfer = await finding.transfer(rows, code_name)
    try:
        made = _made(office, transfer, approvals, kind)
    except ApprovalMissing:
        if second:
            raise
        # It is refused last of all: everything else is in order.
        return await _prepare(office, row, code_name, kind)
    return await _send(office, transfer, _Approved(made, approvals, rides=not haste), tell)


async def _prepare(office: Office, row: bytes, code_name: str, kind: Kind) -> Answer:
    """Let a request wait for a second pair of eyes; nothing leaves the machine."""
    staff = office.staff
    async with office.ledger.transaction("police-prepared") as rows:
        _, transfer = await finding.transfer(rows, code_name)
        await _check_unsent(rows, row, kind)
        case, said = said_of(office, transfer)
        waiting = Prepared(staff.name, digest_of(said, kind, emergency=urgent(case)))
        await rows.put(Shelf.POLICE, policerows.waiting_row(row, kind), waiting.encode())
        await audit.write(rows, Entry(office.now, Act.POLICE_PREPARED, code_name, staff.name))
    return {"code_name": code_name, "kept": False, "waits_for_second": True}


async def waiting(office: Office, given: Arguments) -> Answer:
    """Show what waits for a second pair of eyes, or would be said: line by line."""
    code_name = given.text("code_name")
    kind = _kind(given)
    language = given.maybe("language") or office.settings.language.value
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        row, transfer = await finding.transfer(rows, code_name)
        kept = await rows.get(Shelf.POLICE, policerows.waiting_row(row, kind))
    content = content_of(office, transfer, kind)
    sheet = policeprint.shown(content, code_name, policeprint.own_head(office), language)
    return {
        **policeplain.described(content),
        **sheet,
        **_own_district(office),
        "waits_for_second": kept is not None,
        "marked": policeplain.marked(said_of(office, transfer)[1]),
        "lacks": _lacks(office, transfer, kind),
        **await leaving.record(office, kind, len(content.encode())),
    }


def _own_district(office: Office) -> Answer:
    """Return who would get it, and the number there; nothing where the roster says neither."""
    name = finding.name_of(office.roster, office.me.home_district or b"")
    return {"district": name, "district_phone": finding.district_phone(office)}


def _lacks(office: Office, transfer: Transfer, kind: Kind) -> list[Packable]:
    """Return why it could not go even if enough people approved: a refusal's code and a field."""
    try:
        _made(office, transfer, ["1", "2"], kind)
    except Refused as refusal:
        return [refusal.code, str(refusal.facts.get("field", ""))]
    return []


async def approve(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Approve what a colleague prepared, and send it; never one's own."""
    code_name = given.text("code_name")
    kind = _kind(given)
    haste = given.flag("urgent")
    given.end()
    staff = office.staff
    async with office.ledger.reading() as rows:
        row, transfer = await finding.transfer(rows, code_name)
        kept = await rows.get(Shelf.POLICE, policerows.waiting_row(row, kind))
    if kept is None:
        raise NotHere
    first = Prepared.decode(kept)
    case, said = said_of(office, transfer)
    if first.digest != digest_of(said, kind, emergency=urgent(case)):
        raise WrongState(kind="request.changed")
    approvals = [first.by, staff.name]
    if staff.name.casefold() == first.by.casefold():
        raise ApprovalMissing(count=APPROVALS)
    made = _made(office, transfer, approvals, kind)
    return await _send(office, transfer, _Approved(made, approvals, rides=not haste), tell)


@dataclass(frozen=True, slots=True)
class _Approved:
    """A request that enough people stand behind; whether it may wait for the lanes."""

    request: PoliceRequest
    by: list[str]
    rides: bool


async def _send(office: Office, said: Transfer, approved: _Approved, tell: Tell) -> Answer:
    made, home, code_name = approved.request, office.me.home_district, said.code_name
    if home is None:
        raise MissingAnswer(field="home_district")
    basis = made.content.said.police_basis or PoliceBasis.CONSENT_POLICE
    to = District(office.roster.member(home))
    async with (
        sealed_notice(office, made, to) as (sealed, once),
        office.ledger.transaction("police-asked") as rows,
    ):
        once.bind(rows)
        row, fresh = await finding.transfer(rows, code_name)
        if fresh.case != said.case:  # the person may have said no while this was sealed
            raise WrongState(kind="case.changed")
        await _check_unsent(rows, row, made.kind)
        new = outgoing(office, sealed, home, row, code_name)
        new = replace(new, rides=approved.rides)
        sent = await bind(rows, office, new, sealed, home)
        asked = AskedPolice(row, sealed.package_id, made.kind, basis)
        await rows.put(Shelf.POLICE, policerows.ASKED + sealed.package_id, asked.encode())
        await rows.delete(Shelf.POLICE, policerows.waiting_row(row, made.kind))
        if made.kind is Kind.POLICE_REQUEST:
            changed = replace(fresh, request=sealed.package_id)
            await rows.put(Shelf.DRAFT, row, changed.encode())
        for name in approved.by:
            await audit.write(rows, Entry(office.now, Act.POLICE_ASKED, code_name, name))
    return await post(office, sent, tell)


async def withdraw(office: Office, given: Arguments) -> Answer:
    """Take the consent to contact with the police back; the own district is told on the next tick.

    The case may be gone here: its name and the basis are known as long as it can be taken back.
    All that was asked under the name is taken back, also of a case that had the name before.

    Raises:
        NotHere: nothing has that name.
        BasisNotConsent: something was sent on another basis; the objection is written down.
    """
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("police-withdrawn") as rows:
        asked_for = await finding.asked_under(rows, code_name)
        await _object(rows, office, code_name, gone=bool(asked_for))
        live = [(one, await finding.outgoing(rows, one.package_id)) for one in asked_for]
        firm = [one for one, _ in live if one.basis is not PoliceBasis.CONSENT_POLICE]
        taken = 0
        for asked, sent in live:
            may = (sent.state, OutEvent.WITHDRAW) in OUTBOX.steps
            if asked not in firm and may:
                await apply_outgoing(rows, office, sent, OUTBOX.step(sent.state, OutEvent.WITHDRAW))
                taken += 1
        act = Act.POLICE_OBJECTED if firm else Act.POLICE_WITHDRAWN
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    if firm:
        raise BasisNotConsent(sent=Sent.MAYBE if taken else Sent.NOTHING)
    return {"taken_back": taken, "sent": (Sent.YES if taken else Sent.NOTHING).value}


async def _object(rows: Transaction, office: Office, code_name: str, *, gone: bool) -> None:
    """Write the objection into the case, if it is still here; nothing waits in it any more.

    Raises:
        NotHere: there is no such case, and nothing of one that is `gone` can be taken back.
    """
    try:
        row, transfer = await finding.transfer(rows, code_name)
    except NotHere:
        if not gone:
            raise
        return
    await _write_down(rows, office, row, transfer)
    for kind in (Kind.POLICE_REQUEST, Kind.POLICE_VIEW_REQUEST):
        await rows.delete(Shelf.POLICE, policerows.waiting_row(row, kind))


async def _write_down(rows: Transaction, office: Office, row: bytes, transfer: Transfer) -> None:
    """Store the objection in the case: it is shown, and no consent is left to rest on."""
    if not transfer.case:
        return
    case = case_of(office, transfer)
    if case.police_request is not None:
        said = case.police_request.model_copy(update={"user_objects": YesNo.YES})
        case = replace(case, police_request=said)
    if case.consent is not None:
        told = case.consent.model_copy(update={"police_contact_consent": YesNo.NO})
        case = replace(case, consent=told)
    await rows.put(Shelf.DRAFT, row, replace(transfer, case=written(case)).encode())


def _kind(given: Arguments) -> Kind:
    return Kind.POLICE_VIEW_REQUEST if given.flag("view") else Kind.POLICE_REQUEST


def _made(office: Office, transfer: Transfer, approvals: list[str], kind: Kind) -> PoliceRequest:
    case, said = said_of(office, transfer)
    contact = None if case.consent is None else case.consent.police_contact_consent
    asked = Asked(contact, approvals, urgent(case), office.today, kind)
    return PoliceRequest.from_input(said, asked)


async def _check_unsent(rows: Transaction, row: bytes, kind: Kind) -> None:
    """Accept another of the kind only when the one before has come to its end."""
    for asked in await finding.asked_police(rows, row):
        if asked.kind is kind:
            sent = await finding.outgoing(rows, asked.package_id)
            if sent.state in _LIVE:
                raise WrongState(kind="request.sent")
