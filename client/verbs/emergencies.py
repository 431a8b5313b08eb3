"""The night path and the further move: two ways to begin a case that is not empty.

This file knows the order: the case is on disk before anything is tried, so that nothing that goes
wrong loses three lines. It refuses to send without a yes, and never waits for a broker.
"""

import asyncio
import io
from types import MappingProxyType
from typing import Final

from client import audit
from client.audit import Act, Entry
from client.casefile import CaseFile, write_case
from client.consent import Consent
from client.control import Answer, Tell
from client.emergency import Asked, Night, smallest_case
from client.inbox import In
from client.office import Office
from client.onward import next_case
from client.refusals import WrongState
from client.shelf import Shelf
from client.staging import restage
from client.tasks import URGENT_SECONDS, tasks_of
from client.transfer import Staged, Transfer
from client.verbs import finding, keptcases
from client.verbs.arguments import Arguments
from client.verbs.cases import agreed, date_of, keep_draft
from client.verbs.keptcases import OpenedCase
from client.verbs.sending import send
from keys.address import Role
from keys.body import Kind
from keys.calendar import calendar_date, day_of
from keys.errors import Refusal
from keys.wire import Packable
from keys.words import Language

_LINE: Final = 400


async def emergency(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Begin the smallest case from three lines, and send it when the person has said yes."""
    night = Night(
        given.maybe("centre", most=_LINE),
        given.maybe("window", most=_LINE),
        given.maybe("danger", most=_LINE),
        Asked(given.maybe("asked") or Asked.NOT_ASKED.value),
    )
    given.end()
    staff = office.staff
    async with office.ledger.transaction("emergency") as rows:
        name = await finding.unused_name(rows)
        case = smallest_case(night, name, office.me.name, office.now)
        row = office.fresh_id()
        made = Transfer(name, write_case(case, Language.EN), urgent_since=office.now)
        await keep_draft(rows, office, row, made)
        await audit.write(rows, Entry(office.now, Act.CREATED, name, staff.name))
    answer: dict[str, Packable] = {
        "code_name": name,
        "asked": night.asked.value,
        "tasks": [f"check.{one.found.word}" for one in tasks_of(case, office.now, ())],
        "due": office.now + URGENT_SECONDS,
        "kept": False,
        "queued": False,
        "why": "",
    }
    if night.asked is not Asked.YES:
        return answer
    try:
        await _consented(office, row, case)
        sent = await send(office, _phoned(name), tell)
    except Refusal as refusal:
        # The case and its intent are on disk: the tick goes on with what can be gone on with.
        return {**answer, "why": refusal.code, "queued": await _intended(office, name)}
    return {**answer, **sent, "queued": not sent["kept"]}


def _phoned(name: str) -> Arguments:
    return Arguments("send", {"code_name": name, "agreed_by_phone": "duty", "urgent": True})


async def _consented(office: Office, row: bytes, case: CaseFile) -> None:
    """Write the yes down, to the centre that was named."""
    centre = finding.member(office.roster, case.header.to_centre or "", Role.CENTRE)
    async with office.ledger.transaction("emergency-consent") as rows:
        _, transfer = await finding.transfer(rows, case.header.code_name)
        if case.consent is None:
            return
        made = Consent.given_in(case.consent, case.parts, centre, office.today)
        await keep_draft(rows, office, row, agreed(transfer, made, case))
        name = case.header.code_name
        await audit.write(rows, Entry(office.now, Act.CONSENTED, name, office.staff.name))


async def _intended(office: Office, name: str) -> bool:
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, name)
    return bool(transfer.package)


async def onward(office: Office, given: Arguments) -> Answer:
    """Begin a further move from an opened package: its parts, and nothing that was decided.

    Raises:
        WrongState: it is not open here: never opened, taken back, misrouted or over; or no case.
    """
    code_name = given.text("code_name")
    given.end()
    staff = office.staff
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
    if came.kind is not Kind.CASE_PACKAGE or came.state not in (In.OPENED, In.CONFIRMED):
        raise WrongState(kind=f"in.{came.state}.onward")
    opened_case = await keptcases.opened(office, came)
    staged = await _restaged(office, opened_case)
    async with office.ledger.transaction("onward") as rows:
        if await rows.get(Shelf.CASE, came.package_id) != opened_case.kept.encode():
            office.discard(tuple(one.file for one in staged.values()))
            raise WrongState(kind="case.changed")  # some of it was taken back meanwhile
        opened = (await audit.moments(rows)).get((Act.OPENED, code_name), office.now)
        name = await finding.unused_name(rows)
        case = next_case(opened_case.parts, name, calendar_date(day_of(opened)), date_of(office))
        text = write_case(case, Language.EN)
        made = Transfer(name, text, MappingProxyType(staged), came_from=came.package_id)
        await keep_draft(rows, office, office.fresh_id(), made)
        await audit.write(rows, Entry(office.now, Act.CREATED, name, staff.name))
    return {"code_name": name, "parts": [*case.parts], "attached": [*staged]}


async def _restaged(office: Office, case: OpenedCase) -> dict[str, Staged]:
    """Seal each attachment that is here under a new key of this desk, one at a time in memory.

    One that still travels is left out: the case begins without it, and staff may add it.
    """

    def read() -> dict[str, Staged]:
        made: dict[str, Staged] = {}
        for one in case.kept.files:
            if one.part in case.parts:
                plain = io.BytesIO()
                with office.cells.reading(one.file) as source:
                    one.open(source, plain)
                made[one.part] = restage(plain, office.cells)
        return made

    return await asyncio.to_thread(read)
