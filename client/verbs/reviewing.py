"""The police channel at a district's desk: what was asked is read, judged and passed on, or not.

This file knows the request, the notice and the closed words. It refuses to give the centre
anything but such a word, to give the receiving district any way on, and to give the receiving
centre anything at all: there is no verb, here or elsewhere, that would.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from client import audit, policeplain
from client.audit import Act, Entry
from client.case import PoliceLine
from client.casefile import read_case
from client.control import Answer, Tell
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.ledger import Transaction
from client.messages import PoliceContact, PoliceViewAnswer, StatusWord
from client.notice import NEXT, Choice, District, Keep, PoliceNotice, Remove, Review, Reword
from client.office import Office
from client.policelines import RequestContent
from client.policesheet import police_sheet
from client.refusals import MissingAnswer, UnknownWord, WrongState
from client.verbs import district, finding, leaving, policeprint
from client.verbs.arguments import Arguments
from client.verbs.cases import date_of
from client.verbs.effects import apply_incoming
from client.verbs.envelopes import bind, post
from client.verbs.sealings import outgoing, sealed_notice
from client.vocabulary import DeclineReason, LineChoice
from keys.address import Role
from keys.body import Kind
from keys.wire import Packable
from keys.words import Language

_CASE: Final = 1 << 20
_AUTHORITY: Final = 160
_WHY: Final[Mapping[Kind, Act]] = MappingProxyType(
    {
        Kind.POLICE_REQUEST: Act.OPENS_REQUEST,
        Kind.POLICE_VIEW_REQUEST: Act.OPENS_VIEW_REQUEST,
        Kind.POLICE_NOTICE: Act.OPENS_NOTICE,
        Kind.POLICE_VIEW: Act.OPENS_VIEW,
    }
)
"""What a district reads line by line, and why it opens it: that it is asked or told is all."""


async def review(office: Office, given: Arguments) -> Answer:
    """Show a request or a notice, line by line with each reason."""
    code_name = given.text("code_name")
    language = given.maybe("language") or office.settings.language.value
    given.end()
    staff = office.staff
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
    if came.kind not in _WHY:
        raise WrongState(kind="police.other_kind")
    content = await district.content(office, came)
    if came.state is not In.OPENED and came.state is not In.CONFIRMED:
        async with office.ledger.transaction("police-opened") as rows:
            fresh = await finding.incoming(rows, code_name)
            step = INBOX.step(fresh.state, InEvent.OPEN)
            opened = replace(fresh, opened_by=staff.name)
            await apply_incoming(rows, office, opened, step)
            if came.kind in NEXT:
                await district.tell(rows, office, came, StatusWord.RECEIVED)
            for act in (_WHY[came.kind], Act.OPENED):  # who, and why (design § 10)
                await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    async with office.ledger.reading() as rows:
        heard: list[Packable] = [_heard(one) for one in await district.heard(rows, came)]
    sheet = policeprint.shown(content, code_name, policeprint.head_of(office, came), language)
    return {**policeplain.described(content), **sheet, "heard": heard}


def _heard(said: PoliceContact | PoliceViewAnswer) -> Packable:
    """Return what another district said: its word, if it has one, and whom to ring there."""
    word = said.word.value if isinstance(said, PoliceViewAnswer) else ""
    return [word, said.role, said.phone, said.day]


async def relay(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Make the district's own notice of the lines it keeps, and send it to another district.

    Of a question about a place it makes the district's own question to the police there. With
    `preview` it answers what the other would read, as the lines of one A4, and sends nothing.
    """
    code_name = given.text("code_name")
    name = given.text("district")
    words = given.texts("choices")
    text = given.maybe("case", most=_CASE)
    authority = given.text("authority", most=_AUTHORITY)
    preview = given.flag("preview")
    urgent = given.flag("urgent")
    language = Language.parse(given.maybe("language") or office.settings.language.value)
    given.end()
    staff = office.staff
    came = await district.came(office, code_name, NEXT)
    to = District(finding.member(office.roster, name, Role.POLICE))
    INBOX.step(came.state, InEvent.CONFIRM)
    notice = await _notice(office, came, to, words, text, authority)
    if preview:
        head = policeprint.own_head(office)
        paper = policeprint.on_screen(police_sheet(notice.content, code_name, head), language)
        screen = policeprint.shown(notice.content, code_name, head, language)
        how = await leaving.record(office, notice.kind, len(notice.content.encode()))
        return {"lines": paper["lines"], "blocks": screen["blocks"], **how}
    asks = came.kind is Kind.POLICE_VIEW_REQUEST
    act = Act.POLICE_VIEW_ASKED if asks else Act.RELAYED
    async with sealed_notice(office, notice, to) as (sealed, once):
        new = replace(outgoing(office, sealed, to.member_id, b"", code_name), rides=not urgent)
        async with office.ledger.transaction("relayed") as rows:
            once.bind(rows)
            await _passed_on(rows, office, came)
            sent = await bind(rows, office, new, sealed, to.member_id)
            await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    return await post(office, sent, tell)


async def _passed_on(rows: Transaction, office: Office, came: Incoming) -> None:
    """A request is closed by the notice; a question about a place waits for the other's word."""
    if came.kind is Kind.POLICE_REQUEST:
        await district.settle(rows, office, came, StatusWord.RELAYED)
        return
    fresh = await finding.incoming(rows, came.code_name)
    if fresh.state is not In.OPENED:
        raise WrongState(kind="request.settled")


async def _notice(
    office: Office,
    came: Incoming,
    to: District,
    words: tuple[str, ...],
    text: str,
    authority: str,
) -> PoliceNotice:
    content = await district.content(office, came)
    if not isinstance(content, RequestContent):
        raise WrongState(kind="police.other_kind")
    review_ = Review(content, came.origin, office.me.member_id)
    choices = _choices(words or ("keep",) * len(content.said.lines), _reworded(office, text))
    return review_.notice(choices, to, authority, office.today)


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
            case LineChoice.KEEP:
                found.append(Keep())
            case LineChoice.REMOVE:
                found.append(Remove())
            case LineChoice.REWORD:
                line = next(lines, None)
                if line is None:
                    raise MissingAnswer(field="police_notice.lines")
                found.append(Reword(line))
            case _:
                raise UnknownWord(field="relay.choices", count=len(LineChoice))
    return found


async def misrouted(office: Office, given: Arguments) -> Answer:
    """Say that a request or notice was never meant for this district: it is destroyed here."""
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("police-misrouted") as rows:
        came = await finding.incoming(rows, code_name)
        if came.kind not in _WHY:
            raise WrongState(kind="police.other_kind")
        step = INBOX.step(came.state, InEvent.NOT_OURS)
        await apply_incoming(rows, office, replace(came, settled=office.today), step)
        if came.kind in NEXT:
            await district.tell(rows, office, came, StatusWord.WRONG_DISTRICT)
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
    came = await district.came(office, code_name, {Kind.POLICE_REQUEST})
    async with office.ledger.transaction("police-closed") as rows:
        await district.settle(rows, office, came, word, reason)
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    return {"status": word.value}
