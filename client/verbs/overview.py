"""What lies where: the lists, the log, the directory and the state of this machine.

This file knows states, code names and schema words. It refuses to list a person.
"""

from client import audit, disclosed, fates, forgetting, lanes, recusal, strayed, turnedaway
from client.asking import Asking
from client.control import Answer
from client.handover import ArrivalCode
from client.incoming import Incoming
from client.messages import PoliceStatus
from client.office import Office
from client.outbox import ANEW, Out
from client.outgoing import Outgoing
from client.reminders import OPEN_DAYS, Reminded
from client.restored import to_look_through
from client.shelf import Shelf
from client.transfer import Transfer
from client.verbs import comparing, district, finding, inquired, leaving, resending, tasks
from client.verbs.arguments import Arguments
from client.verbs.reminding import reminded
from keys.address import CellClass, MemberId, TokenClass, writable, writer_class
from keys.body import Kind
from keys.calendar import week_of
from keys.errors import Refusal
from keys.wire import Packable


async def status(office: Office, given: Arguments) -> Answer:
    """Return the three lists: out, in and to do; only names of lists while the lock is closed."""
    given.end()
    base = await _of_the_machine(office)
    if not office.unlocked:
        return base
    async with office.ledger.reading() as rows:
        out, there = await finding.all_outgoing(rows), await finding.all_incoming(rows)
        sent = sorted(filter(_listed, out), key=_by_day)
        came = sorted(filter(_listed, there), key=_by_day)
        asked = sorted(await finding.askings(rows), key=lambda found: _by_day(found[1]))
        cases = await finding.transfers(rows)
        urgent = [(row, one) for row, one in cases if one.urgent_since]
        several = [await tasks.rows_of(rows, office, row, one) for row, one in urgent]
        astray = await strayed.tasks(rows, office)
        out_of: list[Packable] = [[name, who] for name, who in await recusal.kept_out(rows)]
        told = {row: district.status_in(value) for row, value in await rows.rows(Shelf.POLICE)}
        names = sorted(value.decode() for _, value in await rows.rows(Shelf.ATTENTION))
        attention: list[Packable] = [*names]
        second = await finding.waiting_for_second(rows)
        reminders = [_reminder(office, one, [*out, *there]) for one in await reminded(rows, office)]
        refused = await turnedaway.words(rows)
    held = frozenset(one.package for _, one in cases if one.case)
    more = await resending.settled(office, sent, held)
    leaves = {one.package_id: await leaving.after(office, one) for one in sent}
    return {
        **base,
        "drafts": _drafts(cases),
        "tasks": [*astray, *(one for left in several for one in left)],
        "out": [
            _out(office, one, told.get(one.package_id))
            | more[one.package_id]
            | leaves[one.package_id]
            for one in sent
        ],
        "in": [_in(office, one, told.get(one.package_id)) for one in came],
        "asked": [inquired.shown(office.roster, one) for _, one in asked if one.ours],
        "inquiries": [inquired.shown(office.roster, one) for _, one in asked if not one.ours],
        "attention": attention,
        "recused": out_of,
        "second": [*second],
        "refused": len(refused),
        "turned_away": turnedaway.reasons(refused, office.today),
        "reminders": reminders,
        "role": office.me.role.value if office.ready else "",
    }


async def _of_the_machine(office: Office) -> Answer:
    """Return what anybody at this machine may see: that there is something, and never what."""
    async with office.ledger.reading() as rows:
        # What waits for who sent it is nothing new: anybody can write a note that waits in vain.
        new = len(office.waiting.new(await rows.ids(Shelf.ARRIVED)))
        forgotten = await forgetting.unseen(rows)
        last = await finding.read_until(rows)
    back = await to_look_through(office.ledger, office.today)
    return {
        "unlocked": office.unlocked,
        "new": new,
        "read_at": last,
        "now": office.now,
        "alarms": [*await office.alarms.all()],
        "warnings": [*await office.upkeep.warnings(office.now)],
        "forgotten": forgotten,
        "restored": back.made if back is not None else 0,
        "restored_old": back is not None and back.old,
    }


def _reminder(office: Office, one: Reminded, rows: list[Outgoing | Incoming]) -> Packable:
    """Return a reminder, with the number of the directory when a centre is to be rung."""
    ends = [
        row.recipient if isinstance(row, Outgoing) else row.sender
        for row in rows
        if row.code_name == one.code_name
    ]
    numbers = {found.member_id: found.directory.call_back_phone for found in office.roster.members}
    phones = [numbers[MemberId(end)] for end in ends if end in numbers and one.ring]
    ring: list[Packable] = [*one.ring]
    return {
        "what": one.what.value,
        "code_name": one.code_name,
        "day": one.day,
        "ring": ring,
        "phone": phones[-1] if phones else "",
    }


def _listed(row: Outgoing | Incoming) -> bool:
    """Tell whether it stands in a list: an update stands with the case that it adds to."""
    return row.kind is not Kind.PACKAGE_UPDATE


def _drafts(cases: list[tuple[bytes, Transfer]]) -> list[Packable]:
    return [
        {"code_name": one.code_name, "consent": bool(one.consent)}
        for _, one in cases
        if not one.package and one.case
    ]


def _by_day(row: Outgoing | Incoming | Asking) -> tuple[int, str, bool]:
    """Order by day, oldest first, then by code name; what was sent anew stands last."""
    if isinstance(row, Outgoing):
        return row.made, row.code_name, row.state not in ANEW
    return row.day, row.code_name, True


def _out(office: Office, sent: Outgoing, told: PoliceStatus | None) -> dict[str, Packable]:
    waits = sent.state in (Out.KEPT, Out.STORED)
    late = waits and sent.kind is Kind.CASE_PACKAGE and office.today >= sent.made + OPEN_DAYS
    return {
        "code_name": sent.code_name,
        "kind": sent.kind.word,
        "state": sent.state.value,
        "to": finding.name_of(office.roster, sent.recipient),
        "phone": finding.phone_of(office.roster, sent.recipient),
        "left": finding.has_left(office.roster, sent.recipient),
        "made": sent.made,
        "expires": sent.expires,
        "never_opened": late,
        "contradicted": sent.contradicted,
        "answer": fates.answered(sent),
        "no_answer": fates.unanswered(sent, office.today),
        "police": "" if told is None else told.status.value,
        "district_phone": "" if told is None else finding.district_phone(office),
        "reason": "" if told is None or told.reason is None else told.reason.value,
        "recipient_gone": bool(sent.recipient)
        and waits
        and not finding.name_of(office.roster, sent.recipient),
        "arrival_code": ArrivalCode(sent.code).text if sent.code else "",
        "forward_secrecy": sent.secrecy,
        **_going(office, sent),
    }


def _going(office: Office, sent: Outgoing) -> dict[str, Packable]:
    """Return how far it is while it is being posted, by a verb or by the service itself."""
    gone = office.going.of(sent.package_id)
    if gone is None or sent.state is not Out.SEALED:
        return {}
    return {"gone": gone, "of": sum(office.cells.length(name) for name in sent.files)}


def _in(office: Office, came: Incoming, told: PoliceStatus | None) -> Packable:
    return {
        "code_name": came.code_name,
        "kind": came.kind.word,
        "state": came.state.value,
        "from": finding.name_of(office.roster, came.sender),
        "phone": finding.phone_of(office.roster, came.sender),
        "left": finding.has_left(office.roster, came.sender),
        "day": came.day,
        "police": "" if told is None else told.status.value,
        "settled": bool(came.settled),
        "by_phone": came.by_phone,
        "tries": came.tries,
        "answer_by": came.answer_by,
        "late": bool(came.answer_by) and office.today > came.answer_by,
    }


async def attended(office: Office, given: Arguments) -> Answer:
    """Mark alarms and the list of cases to look at as seen."""
    given.end()
    _ = office.staff
    await office.alarms.seen(await office.alarms.all())
    async with office.ledger.transaction("attended") as rows:
        for row in await rows.ids(Shelf.ATTENTION):
            await rows.delete(Shelf.ATTENTION, row)
        await forgetting.seen(rows)
    return {}


async def log(office: Office, given: Arguments) -> Answer:
    """Return the log, with its chain of hashes checked."""
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        entries = await audit.read(rows)
    lines: list[Packable] = [[one.at, one.act.value, one.about, one.by] for one in entries]
    return {"lines": lines}


async def record(office: Office, given: Arguments) -> Answer:
    """Return which parts of a case were shared and when; with whom is not known any more."""
    code_name = given.text("code_name")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        found = await disclosed.of(rows, code_name)
    shared: list[Packable] = [
        {
            "day": one.day,
            "parts": [*one.parts],
            "consent": one.consent_hash,
            "manifest": one.manifest_hash,
        }
        for one in found
    ]
    return {"code_name": code_name, "shared": shared}


async def directory(office: Office, given: Arguments) -> Answer:
    """Return the members of the roster with their public entries, and how what is asked leaves.

    Whether a question rides, and of what is urgent how many questions may leave at once now, and by
    when a case of a few lines would have left.
    """
    given.end()
    own = office.me.member_id if office.ready else b""
    keys = await comparing.known(office)
    found: list[Packable] = []
    for member in sorted(office.roster.members, key=lambda one: (one.role.value, one.name)):
        try:
            await office.keys_of(member.member_id)
            receives = True
        except Refusal:
            receives = False
        entry, key = member.directory, keys.get(member.member_id)
        found.append(
            {
                "name": member.name,
                "role": member.role.value,
                "region": entry.region,
                "units": entry.units,
                "access": entry.access,
                "phone": entry.call_back_phone,
                "receives": receives,
                "ours": member.member_id == own,
                "key": "" if key is None else key.word.value,
                "key_day": 0 if key is None else key.day,
            }
        )
    told: dict[str, Packable] = {"members": found, "version": office.roster.version}
    told["rides"] = lanes.rides(office.roster.schedule, ())
    return {**told, **await leaving.urgent(office)}


async def doctor(office: Office, given: Arguments) -> Answer:
    """Say how this machine is: numbers and schema words, nothing about cases."""
    given.end()
    async with office.ledger.reading() as rows:
        last = await finding.read_until(rows)
    alarms: list[Packable] = [*await office.alarms.all()]
    known = office.following.known
    tokens: dict[str, Packable] = {}
    if office.ready:
        role = office.me.role
        week = week_of(office.today)
        for board in writable(role):
            one = TokenClass(writer_class(role, board), CellClass.NOTE)
            tokens[str(one)] = await office.wallet.stock(one, week)
    warnings: list[Packable] = [*await office.upkeep.warnings(office.now)]
    return {
        "ready": office.ready,
        "roster_version": office.roster.version if known else 0,
        "roster_fresh": office.following.fresh(office.now),
        "seconds_since_sync": office.now - last if last else -1,
        "days_of_keys": await office.keyring.days_left(office.today),
        "tokens": tokens,
        "warnings": warnings,
        "alarms": alarms,
        "oldest_overdue_days": await forgetting.oldest_overdue(office),
    }
