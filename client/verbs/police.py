"""The police channel at the centre's desk: asking one's own district to warn another.

This file knows the request and who approved it. It refuses to send to any other district than the
centre's own, and to let a package to a centre carry anything of it.
"""

import asyncio
from dataclasses import replace

from client import audit, handover
from client.audit import Act, Entry
from client.case.words import YesNo
from client.control import Answer, Tell
from client.handover import Job, PoliceNotice, SealedEnvelope
from client.notice import Asked, District, PoliceRequest
from client.office import Office
from client.outbox import OUTBOX
from client.outgoing import Outgoing
from client.refusals import MissingAnswer, WrongState
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.envelopes import bind, kept_when_bound, post
from client.verbs.sending import fresh_package
from keys.address import MemberId

_PASSPHRASE = 1_024


async def request(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Ask one's own district to warn another; leaves at once, to that district only."""
    code_name = given.text("code_name")
    second = given.maybe("second")
    passphrase = given.maybe("second_passphrase", most=_PASSPHRASE)
    given.end()
    staff = office.staff
    approvals = [staff.name]
    if second:
        await office.vouch(second, passphrase)
        approvals.append(second)
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, code_name)
    made = _request(office, transfer, approvals)
    home = office.me.home_district
    if home is None:
        raise MissingAnswer(field="home_district")
    sealed = await seal_notice(office, made, District(office.roster.member(home)))
    with kept_when_bound(office, sealed):
        async with office.ledger.transaction("police-asked") as rows:
            row, fresh = await finding.transfer(rows, code_name)
            _check_unsent(fresh)
            new = outgoing(office, sealed, home, row, code_name)
            sent = await bind(rows, office, new, sealed, home)
            changed = replace(fresh, request=sealed.package_id)
            await rows.put(Shelf.DRAFT, row, changed.encode())
            for name in approvals:
                await audit.write(rows, Entry(office.now, Act.POLICE_ASKED, code_name, name))
    return await post(office, sent, tell)


def _request(office: Office, transfer: Transfer, approvals: list[str]) -> PoliceRequest:
    _check_unsent(transfer)
    case = case_of(office, transfer)
    if case.police_request is None:
        raise MissingAnswer(field="police_request")
    emergency = case.header.emergency is YesNo.YES
    contact = None if case.consent is None else case.consent.police_contact_consent
    asked = Asked(contact, approvals, emergency, office.today)
    return PoliceRequest.from_input(case.police_request, asked)


def _check_unsent(transfer: Transfer) -> None:
    if transfer.request:
        raise WrongState(kind="request.sent")


async def seal_notice(
    office: Office, what: PoliceRequest | PoliceNotice, district: District
) -> SealedEnvelope:
    """Seal a request or a notice to a district; nothing is bound yet."""
    keys = await office.keys_of(district.member_id)
    seat = await office.seat(office.staff.identity)
    job = Job(fresh_package(), office.cells)
    return await asyncio.to_thread(handover.notify, what, district, keys, seat, job)


def outgoing(
    office: Office, sealed: SealedEnvelope, to: MemberId, transfer: bytes, code_name: str
) -> Outgoing:
    """Return the row of what was sealed to a district."""
    return Outgoing(
        package_id=sealed.package_id,
        kind=sealed.kind,
        state=OUTBOX.start,
        transfer=transfer,
        code_name=code_name,
        recipient=to,
        manifest_hash=sealed.manifest_hash,
        keys=(),
        code="",
        files=tuple(file.name for file in sealed.files),
        made=office.today,
        expires=sealed.expires,
    )
