"""The police channel on paper: what is told, on one A4, when it goes by hand or by telephone.

This file knows where the lines lie at either desk. It refuses to print what nobody opened, and
nothing leaves the machine by it.
"""

from client import audit
from client.audit import Act, Entry
from client.control import Answer
from client.inbox import In
from client.incoming import Incoming
from client.notice import NEXT
from client.office import Office
from client.policelines import NoticeContent, RequestContent
from client.policesheet import Head, police_sheet
from client.refusals import WrongState
from client.sheet import Sheet
from client.sheettext import laid, render
from client.verbs import district, finding
from client.verbs.arguments import Arguments
from client.verbs.policecontent import content_of
from keys.address import Role
from keys.body import Kind
from keys.wire import Packable
from keys.words import Language, Words


async def printed(office: Office, given: Arguments) -> Answer:
    """Return what the police are told as lines of text, one A4."""
    code_name = given.text("code_name")
    kind = Kind.POLICE_VIEW_REQUEST if given.flag("view") else Kind.POLICE_REQUEST
    language = Language.parse(given.maybe("language") or office.settings.language.value)
    given.end()
    staff = office.staff
    content, head = await _found(office, code_name, kind)
    sheet = police_sheet(content, code_name, head)
    answer: Answer = {**on_screen(sheet, language), "kind": content.kind.word}
    async with office.ledger.transaction("police-printed") as rows:
        await audit.write(rows, Entry(office.now, Act.POLICE_PRINTED, code_name, staff.name))
    return answer


def shown(
    content: RequestContent | NoticeContent, code_name: str, head: Head, language: str
) -> Answer:
    """Return what is told as it is printed, for the screen: its lines as `sheet`, and `blocks`."""
    sheet = police_sheet(content, code_name, head, paper=False)
    made = on_screen(sheet, Language.parse(language))
    return {"sheet": made["lines"], "blocks": made["blocks"]}


def on_screen(sheet: Sheet, language: Language) -> Answer:
    """Return a sheet as lines of text, and as headings with their lines."""
    words = Words("client", language)
    lines: list[Packable] = [*render(sheet, words)]
    return {"lines": lines, "blocks": laid(sheet, words)}


def own_head(office: Office) -> Head:
    """Return the head of what this member writes and has not sent."""
    me = office.me
    return Head(me.name, me.directory.call_back_phone, office.today, came=False)


def head_of(office: Office, came: Incoming) -> Head:
    """Return the head of what came."""
    name = finding.name_of(office.roster, came.sender)
    phone = finding.phone_of(office.roster, came.sender)
    return Head(name, phone, came.day, came=True, kept_until=came.expires)


async def _found(
    office: Office, code_name: str, kind: Kind
) -> tuple[RequestContent | NoticeContent, Head]:
    if office.me.role is Role.CENTRE:
        async with office.ledger.reading() as rows:
            _, transfer = await finding.transfer(rows, code_name)
        return content_of(office, transfer, kind), own_head(office)
    came = await district.came(office, code_name, {*NEXT, *NEXT.values()})
    if came.state not in (In.OPENED, In.CONFIRMED):
        raise WrongState(kind="police.unread")
    return await district.content(office, came), head_of(office, came)
