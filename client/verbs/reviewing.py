"""The police channel at a district's desk: what was asked is read, judged and passed on, or not.

This file knows the request, the notice and the closed words. It refuses to give the centre
anything but such a word, to give the receiving district any way on, and to give the receiving
centre anything at all: there is no verb, here or elsewhere, that would.
"""

from dataclasses import replace
from typing import Final, cast

from client import audit, reception
from client.audit import Act, Entry
from client.case import PoliceLine
from client.casefile import read_case
from client.control import Answer, Tell
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.ledger import Transaction
from client.messages import DeclineReason, PoliceStatus, StatusWord
from client.notice import Choice, District, Keep, PoliceNotice, Remove, Review, Reword
from client.office import Office
from client.owed import owe
from client.policelines import NoticeContent, RequestContent
from client.refusals import MissingAnswer, UnknownWord, WrongState
from client.shelf import Shelf
from client.verbs import finding
from client.verbs.arguments import Arguments
from client.verbs.cases import date_of
from client.verbs.effects import apply_incoming
from client.verbs.envelopes import bind, kept_when_bound, post
from client.verbs.police import outgoing, seal_notice
from keys.address import Role
from keys.body import Kind
from keys.errors import NotHere
from keys.manifest import PackageManifest
from keys.wire import Packable

_CASE: Final = 1 << 20
_AUTHORITY: Final = 160


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
        async with office.ledger.transaction("police-opened") as rows:
            fresh = await finding.incoming(rows, code_name)
            step = INBOX.step(fresh.state, InEvent.OPEN)
            opened = replace(fresh, opened_by=staff.name)
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
    district = District(finding.member(office.roster, name, Role.POLICE))
    notice = await _notice(office, came, district, words, text, authority)
    sealed = await seal_notice(office, notice, district)
    new = outgoing(office, sealed, district.member_id, b"", code_name)
    with kept_when_bound(office, sealed):
        async with office.ledger.transaction("relayed") as rows:
            await _settled(rows, office, came, StatusWord.RELAYED)
            sent = await bind(rows, office, new, sealed, district.member_id)
            await audit.write(rows, Entry(office.now, Act.RELAYED, code_name, staff.name))
    return await post(office, sent, tell)


async def _notice(
    office: Office,
    came: Incoming,
    district: District,
    words: tuple[str, ...],
    text: str,
    authority: str,
) -> PoliceNotice:
    content = await _content(office, came)
    if not isinstance(content, RequestContent):
        raise WrongState(kind="police.other_kind")
    review_ = Review(content, came.origin, office.me.member_id)
    choices = _choices(words or ("keep",) * len(content.said.lines), _reworded(office, text))
    return review_.notice(choices, district, authority, office.today)


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


async def misrouted(office: Office, given: Arguments) -> Answer:
    """Say that a request or notice was never meant for this district: it is destroyed here."""
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("police-misrouted") as rows:
        came = await finding.incoming(rows, code_name)
        if came.kind not in (Kind.POLICE_REQUEST, Kind.POLICE_NOTICE):
            raise WrongState(kind="police.other_kind")
        step = INBOX.step(came.state, InEvent.NOT_OURS)
        await apply_incoming(rows, office, replace(came, settled=office.today), step)
        if came.kind is Kind.POLICE_REQUEST:
            await _tell(rows, office, came, StatusWord.WRONG_DISTRICT)
        await audit.write(rows, Entry(office.now, Act.MISROUTED, code_name, staff.name))
    return {"state": step.state.value}


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
    rows: Transaction,
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
    await apply_incoming(rows, office, replace(fresh, settled=office.today), step)
    await _tell(rows, office, came, word, reason)


async def _tell(
    rows: Transaction,
    office: Office,
    came: Incoming,
    word: StatusWord,
    reason: DeclineReason | None = None,
) -> None:
    status = PoliceStatus(came.package_id, word, office.today, reason)
    await owe(rows, office, came.sender, status)
