"""The police channel: a centre asks its own district, the district decides and tells another.

This file knows both desks. It refuses to give the centre anything but a closed status word, to
give the receiving district any way on, and to give the receiving centre anything at all: there is
no verb, here or elsewhere, that would.
"""

import asyncio
import secrets
from dataclasses import replace
from typing import Final, cast

from client import audit, handover, reception
from client.audit import Act, Entry
from client.case import PoliceLine
from client.case.words import YesNo
from client.casefile import read_case
from client.control import Answer, Tell
from client.handover import Job, SealedEnvelope
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.messages import DeclineReason, PoliceStatus, StatusWord
from client.notice import (
    Asked,
    Choice,
    District,
    Keep,
    PoliceRequest,
    Remove,
    Review,
    Reword,
)
from client.office import Office
from client.outbox import OUTBOX, OutEvent
from client.outgoing import Outgoing
from client.owed import owe
from client.policelines import NoticeContent, RequestContent
from client.refusals import MissingAnswer, UnknownWord, WrongState
from client.shelf import Shelf
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of, date_of
from client.verbs.effects import apply_incoming
from client.verbs.sending import bind_sealed, post
from keys.address import MemberId, PackageId, Role
from keys.body import Kind
from keys.errors import NotHere
from keys.manifest import PackageManifest
from keys.wire import Packable

_ID: Final = 16
_CASE: Final = 1 << 20
_AUTHORITY: Final = 160


async def request(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Ask one's own district to warn another; leaves at once, to that district only."""
    code_name = given.text("code_name")
    second = given.maybe("second")
    passphrase = given.maybe("second_passphrase", most=1_024)
    given.end()
    staff = office.staff
    approvals = [staff.name]
    if second:
        await office.vouch(second, passphrase)
        approvals.append(second)
    async with office.ledger.reading() as rows:
        row, transfer = await finding.transfer(rows, code_name)
    if transfer.request:
        raise WrongState(kind="request.sent")
    case = case_of(office, transfer)
    if case.police_request is None:
        raise MissingAnswer(field="police_request")
    emergency = case.header.emergency is YesNo.YES
    contact = None if case.consent is None else case.consent.police_contact_consent
    asked = Asked(contact, approvals, emergency, office.today)
    made = PoliceRequest.from_input(case.police_request, asked)
    home = office.me.home_district
    if home is None:
        raise MissingAnswer(field="home_district")
    sealed = await _sealed(office, made, District(office.roster.member(home)))
    sent = _outgoing(office, sealed, home, row, code_name)
    async with office.ledger.transaction("police-intended") as rows:
        await rows.put(Shelf.OUTBOX, sealed.package_id, sent.encode())
        changed = replace(transfer, request=sealed.package_id)
        await rows.put(Shelf.DRAFT, row, changed.encode())
        await audit.write(rows, Entry(office.now, Act.POLICE_ASKED, code_name, staff.name))
    sent = await bind_sealed(office, sent, sealed, home, OutEvent.SEAL)
    return await post(office, sent, tell)


async def _sealed(
    office: Office, what: "PoliceRequest | handover.PoliceNotice", district: District
) -> SealedEnvelope:
    keys = await office.keys_of(district.member_id)
    seat = await office.seat(office.staff.identity)
    job = Job(PackageId(secrets.token_bytes(_ID)), office.cells)
    return await asyncio.to_thread(handover.notify, what, district, keys, seat, job)


def _outgoing(
    office: Office, sealed: SealedEnvelope, to: MemberId, transfer: bytes, code_name: str
) -> Outgoing:
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


async def _came(office: Office, code_name: str, kind: Kind) -> Incoming:
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
    if came.kind is not kind:
        raise WrongState(kind="police.other_kind")
    return came


async def _content(office: Office, came: Incoming) -> RequestContent | NoticeContent:
    manifest = PackageManifest.decode(came.manifest, came.kind)
    package = reception.package_of(manifest, came)
    key = manifest.blobs[0].key
    async with office.ledger.reading() as rows:
        file = await rows.get(Shelf.BLOB, manifest.blobs[0].blob_id)
    if file is None or key is None:
        raise NotHere
    with office.cells.reading(file.decode()) as source:
        if came.kind is Kind.POLICE_REQUEST:
            return reception.open_request(source, key, package)
        return reception.open_notice(source, key, package)


async def review(office: Office, given: Arguments) -> Answer:
    """Show a request or a notice, line by line with each reason."""
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
    if came.kind not in (Kind.POLICE_REQUEST, Kind.POLICE_NOTICE):
        raise WrongState(kind="police.other_kind")
    content = await _content(office, came)
    if came.state is not In.OPENED and came.state is not In.CONFIRMED:
        step = INBOX.step(came.state, InEvent.OPEN)
        opened = replace(came, opened_by=staff.name)
        async with office.ledger.transaction("police-opened") as rows:
            await apply_incoming(rows, office, opened, step)
            if came.kind is Kind.POLICE_REQUEST:
                await _tell(rows, office, came, StatusWord.RECEIVED)
            await audit.write(rows, Entry(office.now, Act.OPENED, code_name, staff.name))
    return _described(content)


def _described(content: RequestContent | NoticeContent) -> Answer:
    if isinstance(content, NoticeContent):
        return {
            "kind": "police_notice",
            "authority": content.authority,
            "lines": [_line(line) for line in content.lines],
        }
    said = content.said
    return {
        "kind": "police_request",
        "basis": "" if said.police_basis is None else said.police_basis.value,
        "user_told": "" if said.user_told is None else said.user_told.value,
        "user_objects": "" if said.user_objects is None else said.user_objects.value,
        "emergency": content.emergency,
        "lines": [_line(line) for line in said.lines],
    }


def _line(line: PoliceLine) -> Packable:
    """Return a line as [kind, what it says, why]; what it says as plain values."""
    said = line.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    reason = said.pop("why_needed", "")
    return [line.kind, _plain(said.get(line.kind)), str(reason)]


def _plain(value: object) -> Packable:
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[object]", value)]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


async def relay(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Make the district's own notice of the lines it keeps, and send it to another district."""
    code_name = given.text("code_name")
    name = given.text("district")
    words = given.texts("choices")
    text = given.maybe("case", most=_CASE)
    authority = given.text("authority", most=_AUTHORITY)
    given.end()
    staff = office.staff
    came = await _came(office, code_name, Kind.POLICE_REQUEST)
    INBOX.step(came.state, InEvent.CONFIRM)
    content = await _content(office, came)
    if not isinstance(content, RequestContent):
        raise WrongState(kind="police.other_kind")
    district = District(finding.member(office.roster, name, Role.POLICE))
    review_ = Review(content, came.origin, office.me.member_id)
    choices = _choices(words or ("keep",) * len(content.said.lines), _reworded(office, text))
    notice = review_.notice(choices, district, authority, office.today)
    sealed = await _sealed(office, notice, district)
    sent = _outgoing(office, sealed, district.member_id, b"", code_name)
    async with office.ledger.transaction("relay-intended") as rows:
        await rows.put(Shelf.OUTBOX, sealed.package_id, sent.encode())
        await _settled(rows, office, came, StatusWord.RELAYED)
        await audit.write(rows, Entry(office.now, Act.RELAYED, code_name, staff.name))
    sent = await bind_sealed(office, sent, sealed, district.member_id, OutEvent.SEAL)
    return await post(office, sent, tell)


def _reworded(office: Office, text: str) -> tuple[PoliceLine, ...]:
    if not text:
        return ()
    said = read_case(text, today=date_of(office)).police_request
    return () if said is None else said.lines


def _choices(words: tuple[str, ...], reworded: tuple[PoliceLine, ...]) -> list[Choice]:
    lines = iter(reworded)
    found: list[Choice] = []
    for word in words:
        match word:
            case "keep":
                found.append(Keep())
            case "remove":
                found.append(Remove())
            case "reword":
                line = next(lines, None)
                if line is None:
                    raise MissingAnswer(field="police_notice.lines")
                found.append(Reword(line))
            case _:
                raise UnknownWord(field="relay.choices", count=3)
    return found


async def outside(office: Office, given: Arguments) -> Answer:
    """Say that the other district was told in the police's own channel; nothing leaves here."""
    code_name = given.text("code_name")
    given.end()
    return await _close(office, code_name, StatusWord.RELAYED_OUTSIDE, Act.RELAYED_OUTSIDE)


async def decline(office: Office, given: Arguments) -> Answer:
    """Decline a request with a closed reason."""
    code_name = given.text("code_name")
    word = given.text("reason")
    given.end()
    try:
        reason = DeclineReason(word)
    except ValueError:
        raise UnknownWord(field="decline.reason", count=len(DeclineReason)) from None
    return await _close(office, code_name, StatusWord.DECLINED, Act.DECLINED, reason)


async def _close(
    office: Office,
    code_name: str,
    word: StatusWord,
    act: Act,
    reason: DeclineReason | None = None,
) -> Answer:
    staff = office.staff
    came = await _came(office, code_name, Kind.POLICE_REQUEST)
    async with office.ledger.transaction("police-closed") as rows:
        await _settled(rows, office, came, word, reason)
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    return {"status": word.value}


async def _settled(
    rows: finding.Transaction,
    office: Office,
    came: Incoming,
    word: StatusWord,
    reason: DeclineReason | None = None,
) -> None:
    """Close a request on this desk and owe the centre one word."""
    fresh = await finding.incoming(rows, came.code_name)
    if fresh.state is In.CONFIRMED:
        raise WrongState(kind="request.settled")
    step = INBOX.step(fresh.state, InEvent.CONFIRM)
    await apply_incoming(rows, office, fresh, step)
    await _tell(rows, office, came, word, reason)


async def _tell(
    rows: finding.Transaction,
    office: Office,
    came: Incoming,
    word: StatusWord,
    reason: DeclineReason | None = None,
) -> None:
    status = PoliceStatus(came.package_id, word, office.today, reason)
    await owe(rows, office, came.sender, status)
