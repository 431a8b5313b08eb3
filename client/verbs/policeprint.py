"""The police channel on paper: what is told, on one A4, when it goes by hand or by telephone.

This file knows where the lines lie at either desk. It refuses to print what nobody opened, and
nothing leaves the machine by it.
"""

from client import audit
from client.audit import Act, Entry
from client.control import Answer
from client.inbox import In
from client.notice import NEXT
from client.office import Office
from client.policelines import NoticeContent, RequestContent
from client.policesheet import police_sheet
from client.refusals import WrongState
from client.sheettext import render
from client.verbs import district, finding
from client.verbs.arguments import Arguments
from client.verbs.police import content_of
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
    content = await _content(office, code_name, kind)
    lines: list[Packable] = [*render(police_sheet(content, code_name), Words("client", language))]
    async with office.ledger.transaction("police-printed") as rows:
        await audit.write(rows, Entry(office.now, Act.POLICE_PRINTED, code_name, staff.name))
    return {"lines": lines}


async def _content(office: Office, code_name: str, kind: Kind) -> RequestContent | NoticeContent:
    if office.me.role is Role.CENTRE:
        async with office.ledger.reading() as rows:
            _, transfer = await finding.transfer(rows, code_name)
        return content_of(office, transfer, kind)
    came = await district.came(office, code_name, {*NEXT, *NEXT.values()})
    if came.state not in (In.OPENED, In.CONFIRMED):
        raise WrongState(kind="police.unread")
    return await district.content(office, came)
