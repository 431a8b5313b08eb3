"""Gathering what the reminders are derived from: rows, clocks and the moments in the log.

This file knows which row belongs to which. It refuses to decide what is a reminder: the rules do.
"""

from collections.abc import Iterable, Iterator, Mapping

from client import audit, clocks
from client.asking import Asking, Given
from client.audit import Act
from client.case import Part, PartName, part_id
from client.case.journey import Journey
from client.casefile import CaseFile, read_case
from client.clocks import Clock
from client.inbox import In
from client.incoming import Incoming
from client.inquiry import PlaceAnswer, PlaceInquiry
from client.ledger import Transaction
from client.office import Office
from client.reception import accepted_hash
from client.recheck import recheck_dates
from client.reminders import (
    Now,
    Reminded,
    of_case,
    of_check,
    of_incoming,
    of_outgoing,
    of_place,
    window_end,
)
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import finding, keptcases
from client.verbs.cases import date_of
from client.verbs.keptcases import OpenedCase
from keys.body import Kind
from keys.calendar import Day, day_number
from keys.errors import Refusal
from keys.manifest import PackageManifest

_CHECKED = (PartName.DIGITAL_SAFETY, PartName.CHILD)
_TAKEN_BACK = (Act.WITHDRAWN, Act.WITHDRAWN_UNASKED, Act.ASTRAY)


async def reminded(rows: Transaction, office: Office) -> list[Reminded]:
    """Return every reminder of this desk, in the caller's consistent state."""
    now = Now(office.now, office.settings.limits, office.settings.arrival_hours)
    running = {(clock.held, clock.row): clock for clock in await clocks.running(rows)}
    moments = await audit.moments(rows)
    cases = dict(await finding.transfers(rows))
    asked = [one for _, one in await finding.askings(rows)]
    found: list[Reminded] = []
    for row, case in cases.items():
        found += of_case(case, _clock(running, row), now)
        read = None if case.package else _case(office, case)
        found += of_check(case.code_name, _due(read.parts.values() if read else ()), now)
    for sent in await finding.all_outgoing(rows):
        if sent.kind is Kind.PACKAGE_UPDATE:
            continue  # what is to be done with it is done with its case
        written = cases.get(sent.transfer)
        mine = written is not None and written.package == sent.package_id
        journey = _journey(office, written) if written is not None and mine else None
        listed = journey is not None and journey.if_not_arrived is not None
        back = (moments.get((act, sent.code_name)) for act in _TAKEN_BACK)
        withdrawn = next((one for one in back if one is not None), None)
        found += of_outgoing(sent, window_end(journey), withdrawn, now, listed=listed)
    for came in await finding.all_incoming(rows):
        if came.kind is Kind.PACKAGE_UPDATE:
            continue
        opened = moments.get((Act.OPENED, came.code_name))
        here = await _here(rows, came)
        renewed = max([Day(0), *(one.ends for one in here.kept.renewed)]) if here else Day(0)
        found += of_incoming(came, _expected(came, asked), opened, now, renewed=renewed)
        found += of_check(came.code_name, _due(here.parts.values() if here else ()), now)
    for one in asked:
        if one.answer and not await _rested_upon(rows, one, cases):
            until = PlaceAnswer.decode(one.answer).valid_until
            found += of_place(one.code_name, until or Day(0), now)
    return sorted(found, key=lambda one: (one.day, one.code_name, one.what))


async def _rested_upon(rows: Transaction, one: Asking, cases: Mapping[bytes, Transfer]) -> bool:
    """Tell whether something was sent on a yes, at the desk that asked or the one that said it."""
    if one.ours:
        case = cases.get(one.transfer)
        return case is None or bool(case.package)
    given = await rows.get(Shelf.ACCEPTANCE, one.answer_hash) if one.answer_hash else None
    return given is None or Given.decode(given).used


async def _here(rows: Transaction, came: Incoming) -> OpenedCase | None:
    """Return a case that is open at this desk; one that cannot be read gives no reminder."""
    if came.kind is not Kind.CASE_PACKAGE or came.state not in (In.OPENED, In.CONFIRMED):
        return None
    try:
        return await keptcases.opened_in(rows, came.package_id, _CHECKED)
    except Refusal:
        return None


def _due(parts: Iterable[Part]) -> list[Day]:
    return [day_number(one) for one in recheck_dates(parts)]


def _clock(running: Mapping[tuple[Held, bytes], Clock], row: bytes) -> Clock | None:
    return running.get((Held.DRAFT, row)) or running.get((Held.SENT, row))


def _case(office: Office, case: Transfer) -> CaseFile | None:
    """Return a case as it was last written; one that cannot be read gives no reminder."""
    try:
        return read_case(case.case, today=date_of(office)) if case.case else None
    except Refusal:
        return None


def _journey(office: Office, case: Transfer) -> Journey | None:
    read = _case(office, case)
    found = None if read is None else read.parts.get(part_id(PartName.JOURNEY))
    return found if isinstance(found, Journey) else None


def _expected(came: Incoming, asked: list[Asking]) -> Day:
    """Return the day on which the place was wanted; without a yes that says so, the day it came."""
    return max([came.day, *_wanted(came, asked)])


def _wanted(came: Incoming, asked: list[Asking]) -> Iterator[Day]:
    named = accepted_hash(PackageManifest.decode(came.manifest, came.kind))
    for one in asked:
        if named is None or one.ours or one.answer_hash != named:
            continue
        first = PlaceAnswer.decode(one.answer).first
        wanted = PlaceInquiry.decode(one.inquiry).from_when
        yield from (day for day in (first, wanted) if day is not None)
