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
    TRAVELS,
    Now,
    Reminded,
    of_case,
    of_check,
    of_incoming,
    of_inquiry,
    of_outgoing,
    of_place,
    of_update,
    window_end,
)
from client.retention import Held
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import district, finding, keptcases
from client.verbs.cases import date_of
from client.verbs.keptcases import OpenedCase
from keys.address import PackageId
from keys.body import Kind
from keys.calendar import Day, day_number
from keys.errors import Refusal
from keys.manifest import PackageManifest

_OPEN = (In.OPENED, In.CONFIRMED)
_CHECKED = (PartName.DIGITAL_SAFETY, PartName.CHILD)
_TAKEN_BACK = (Act.WITHDRAWN, Act.WITHDRAWN_UNASKED, Act.ASTRAY)


async def reminded(rows: Transaction, office: Office) -> list[Reminded]:
    """Return every reminder of this desk, in the caller's consistent state."""
    now = Now(office.now, office.settings.limits, office.settings.arrival_hours)
    running = {(clock.held, clock.row): clock for clock in await clocks.running(rows)}
    moments = await audit.moments(rows)
    cases = dict(await finding.transfers(rows))
    asked = [one for _, one in await finding.askings(rows)]
    found: list[Reminded] = [*await _updates(rows, now), *_unanswered(asked, cases, now)]
    for row, case in cases.items():
        found += of_case(case, _clock(running, row), now)
        read = None if case.package else _case(office, case)
        found += of_check(case.code_name, _due(read.parts.values() if read else ()), now)
    for sent in await finding.all_outgoing(rows):
        if sent.kind is Kind.PACKAGE_UPDATE:
            continue  # until its case is open, what is to be done with it is done with its case
        written = cases.get(sent.transfer)
        mine = written is not None and written.package == sent.package_id
        journey = _journey(office, written) if written is not None and mine else None
        listed = journey is not None and journey.if_not_arrived is not None
        back = (moments.get((act, sent.code_name)) for act in _TAKEN_BACK)
        withdrawn = next((one for one in back if one is not None), None)
        answered = district.took_back(await rows.get(Shelf.POLICE, sent.package_id))
        end = window_end(journey)
        found += of_outgoing(sent, end, withdrawn, now, listed=listed, answered=answered)
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


async def _updates(rows: Transaction, now: Now) -> list[Reminded]:
    """Return what there is to say of updates whose case is not shut any more, on either desk."""
    found: list[Reminded] = []
    sent, came = await finding.all_outgoing(rows), await finding.all_incoming(rows)
    shut = {one.transfer for one in sent if one.kind is Kind.CASE_PACKAGE and one.state in TRAVELS}
    for one in sent:
        update = one.kind is Kind.PACKAGE_UPDATE and one.state in TRAVELS
        if update and one.transfer not in shut:
            found += of_update(one.code_name, one.made, one.expires, now, ("receiver",))
    opened = {one.package_id: one.code_name for one in came if one.state in _OPEN}
    for here in came:
        base = opened.get(PackageId(here.follows)) if here.follows else None
        if base is not None and here.state is In.WAITING:
            found += of_update(base, here.day, here.expires, now, ("sender",))
    return found


def _unanswered(
    asked: Iterable[Asking], cases: Mapping[bytes, Transfer], now: Now
) -> Iterator[Reminded]:
    """Yield the inquiries without an answer: a case's together, until one of them is a yes."""
    ours: dict[bytes, list[Asking]] = {}
    for one in asked:
        if one.ours:
            ours.setdefault(one.transfer, []).append(one)
        elif not one.answer:
            yield from of_inquiry(one.code_name, one.day, now, ours=False)
    for row, all_of_it in ours.items():
        case = cases.get(row)
        waits = [one.day for one in all_of_it if not one.answer]
        if case is None or case.package or not waits or any(map(finding.accepts, all_of_it)):
            continue
        yield from of_inquiry(case.code_name, min(waits), now, ours=True)


async def _rested_upon(rows: Transaction, one: Asking, cases: Mapping[bytes, Transfer]) -> bool:
    """Tell whether something was sent on a yes, at the desk that asked or the one that said it."""
    if one.ours:
        case = cases.get(one.transfer)
        return case is None or bool(case.package)
    given = await rows.get(Shelf.ACCEPTANCE, one.answer_hash) if one.answer_hash else None
    return given is None or Given.decode(given).used


async def _here(rows: Transaction, came: Incoming) -> OpenedCase | None:
    """Return a case that is open at this desk; one that cannot be read gives no reminder."""
    if came.kind is not Kind.CASE_PACKAGE or came.state not in _OPEN:
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
        wanted = PlaceInquiry.decode(one.inquiry).said.from_when
        if first is not None:
            yield first
        if wanted is not None:
            yield day_number(wanted)
