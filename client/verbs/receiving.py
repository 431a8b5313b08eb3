"""At the door: the code, the card, the parts, and the word that it is in the journal.

This file knows how a waiting package is released and opened. It refuses to show anything before
every check has passed, and it has no verb that turns a person away.
"""

import asyncio
from dataclasses import replace
from typing import Final

from client import audit, reception, strayed
from client.audit import Act, Entry
from client.case import PartName, name_of
from client.casesheet import Printable
from client.control import Answer, Tell
from client.handover import ArrivalCode
from client.inbox import INBOX, In, InEvent
from client.incoming import Incoming
from client.office import Office
from client.reception import OpenedRecord
from client.refusals import StaleSync, WrongState
from client.sheettext import laid, render
from client.shelf import Shelf
from client.solicited import ASKED
from client.verbs import copies, finding, keptcases, later, updates
from client.verbs.arguments import Arguments
from client.verbs.effects import apply_incoming
from keys.body import Kind
from keys.calendar import Instant
from keys.errors import NotHere, Refusal, WrongCode
from keys.manifest import PackageManifest, Release
from keys.receipt import ReleaseNote
from keys.wire import Packable
from keys.words import Language, Words

SYNC_SECONDS: Final = 600
"""How old the last reading of the boards may be when a package is opened (design § 4)."""
_CODE: Final = 64


async def arrive(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Open a package at arrival: by the code, by the sender's release, or ahead as agreed."""
    code_name = given.text("code_name")
    code = given.maybe("arrival_code", most=_CODE)
    called = given.flag("called")
    given.end()
    _ = office.staff
    parsed = ArrivalCode.parse(code) if code else None
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
        last = await finding.read_until(rows)
        kept = await rows.get(Shelf.CODE, came.package_id)
    if came.kind is not Kind.CASE_PACKAGE:
        raise WrongState(kind="not_a_case")
    INBOX.step(came.state, InEvent.OPEN)
    fresh = is_fresh(last, office.now)
    if came.state is not In.OPENED and not called and not fresh:
        raise StaleSync(seconds=SYNC_SECONDS)
    if came.state is In.OPENED:
        return await _shown(office, came)
    note = None if kept is None else ReleaseNote.decode(kept)
    manifest = PackageManifest.decode(came.manifest, came.kind)
    by = parsed if parsed is not None else note
    try:
        keys = await asyncio.to_thread(reception.release, manifest, by)
    except WrongCode:
        tries = await _count_try(office, came)
        raise WrongCode(tries=tries) from None
    why = () if fresh else (Act.OPENS_CALLED,)
    await _open(office, replace(came, keys=tuple(keys)), (*why, _why(manifest, parsed)), tell)
    await updates.open_waiting(office, came, parsed)
    return await _shown(office, replace(came, state=In.OPENED))


def _why(manifest: PackageManifest, code: ArrivalCode | None) -> Act:
    """Return by what a case was opened, for the log."""
    if manifest.release is Release.AHEAD:
        return Act.OPENS_AHEAD
    return Act.OPENS_RELEASED if code is None else Act.OPENS_BY_CODE


def is_fresh(last: Instant, now: Instant) -> bool:
    """Return whether the boards were read just now, which a clock set back says nothing of."""
    return 0 <= now - last <= SYNC_SECONDS


async def _count_try(office: Office, came: Incoming) -> int:
    """Count a wrong code on disk and in the log; there is no lock-out to wait for."""
    async with office.ledger.transaction("wrong-code") as rows:
        fresh = await finding.incoming(rows, came.code_name)
        counted = replace(fresh, tries=fresh.tries + 1)
        await rows.put(Shelf.INBOX, came.package_id, counted.encode())
        entry = Entry(office.now, Act.WRONG_CODE, came.code_name, office.staff.name)
        await audit.write(rows, entry)
    return counted.tries


async def _open(office: Office, came: Incoming, why: tuple[Act, ...], tell: Tell) -> None:
    """Check everything, then show; a package that fails a check is destroyed unseen."""
    tell("progress.opening", 0, 1)
    try:
        record = await _record(office, came)
    except Refusal as refusal:
        if updates.spoils(refusal):
            await _failed(office, came, refusal)
        raise
    async with office.ledger.transaction("opened") as rows:
        # It may have been taken back, or opened by a second click, while it was checked.
        fresh = await finding.incoming(rows, came.code_name)
        step = INBOX.step(fresh.state, InEvent.OPEN)
        opened = fresh
        if fresh.state is not step.state:
            opened = replace(fresh, keys=came.keys, opened_by=office.staff.name)
            opened = await keptcases.lay_apart(rows, office, opened, record)
            opened = opened.without_keys()
        await apply_incoming(rows, office, opened, step)
        await rows.delete(Shelf.CODE, came.package_id)
        for act in (*why, Act.OPENED):  # who, and why (design § 10)
            entry = Entry(office.now, act, came.code_name, office.staff.name)
            await audit.write(rows, entry)
    await keptcases.lay_files(office, came.code_name)
    tell("progress.opening", 1, 1)


async def _failed(office: Office, came: Incoming, refusal: Refusal) -> None:
    async with office.ledger.transaction("failed") as rows:
        fresh = await finding.incoming(rows, came.code_name)
        step = INBOX.step(fresh.state, InEvent.FAIL)
        await apply_incoming(rows, office, fresh, step)
        word = f"{office.today} {refusal.code}".encode()
        await rows.put(Shelf.QUARANTINE, came.package_id, word)
        entry = Entry(office.now, Act.REFUSED, came.code_name, office.staff.name)
        await audit.write(rows, entry)


async def _record(office: Office, came: Incoming) -> OpenedRecord:
    """Open the record from its sealed file, with every check."""
    manifest = PackageManifest.decode(came.manifest, came.kind)
    package = reception.package_of(manifest, came)
    async with office.ledger.reading() as rows:
        file = await rows.get(Shelf.BLOB, manifest.blobs[0].blob_id)
    if file is None:
        raise NotHere

    def read() -> OpenedRecord:
        with office.cells.reading(file.decode()) as source:
            me = office.me.member_id
            return reception.open_record(source, came.keys[0], package, me, office.today)

    return await asyncio.to_thread(read)


async def _shown(office: Office, came: Incoming) -> Answer:
    case = await keptcases.opened(office, came)
    attached = {part for part in case.parts if name_of(part) is PartName.ATTACHMENT}
    parts: list[Packable] = [*case.parts]
    spoilt = frozenset(case.kept.spoilt)
    return {
        "code_name": came.code_name,
        "state": came.state.value,
        "parts": parts,
        "attachments_travel": bool(attached - {one.part for one in case.kept.files} - spoilt),
        "attachments_spoilt": [*case.kept.spoilt],
        "by_phone": came.by_phone,
    }


async def opened_row(office: Office, code_name: str) -> Incoming:
    """Return the row of a package that has been opened.

    Raises:
        NotHere: nothing came under that name.
        WrongState: it has not been opened, or is gone again.
    """
    async with office.ledger.reading() as rows:
        return copies.must_be_open(await finding.incoming(rows, code_name))


async def card(office: Office, given: Arguments) -> Answer:
    """Return the arrival card as lines of text, one A4, and as headings with their lines."""
    code_name = given.text("code_name")
    language = Language.parse(given.maybe("language") or office.settings.language.value)
    given.end()
    _ = office.staff
    came = await opened_row(office, code_name)
    case = await keptcases.opened(office, came)
    phone = finding.phone_of(office.roster, came.sender)
    opened = (case.parts, case.consent, case.consented, code_name, phone)
    (shown,) = await later.front(office, case, Printable.opened(*opened))
    words = Words("client", language)
    lines: list[Packable] = [*render(shown, words)]
    spoilt: list[Packable] = [*case.kept.spoilt]
    answer = {"state": came.state.value, "lines": lines, "blocks": laid(shown, words)}
    return {**answer, "attachments_spoilt": spoilt}


async def confirm(office: Office, given: Arguments) -> Answer:
    """Say that it is in the journal: the sender is told on the next tick, and forgets where."""
    code_name = given.text("code_name")
    given.end()
    return await _move(office, code_name, InEvent.CONFIRM, Act.CONFIRMED)


async def misrouted(office: Office, given: Arguments) -> Answer:
    """Say that this was never meant for us: it is destroyed here, and the sender is told."""
    code_name = given.text("code_name")
    given.end()
    return await _move(office, code_name, InEvent.NOT_OURS, Act.MISROUTED)


async def _move(office: Office, code_name: str, event: InEvent, act: Act) -> Answer:
    staff = office.staff
    async with office.ledger.transaction(event.value) as rows:
        came = await finding.incoming(rows, code_name)
        if came.kind in ASKED:
            raise WrongState(kind="police.other_kind")  # a centre waits for a word of the district
        step = INBOX.step(came.state, event)
        if event is InEvent.NOT_OURS and came.state in (In.OPENED, In.CONFIRMED):
            await strayed.begin(rows, office, came.package_id, code_name, ours=False, opened=True)
        moved = replace(came, settled=came.settled or office.today)
        await apply_incoming(rows, office, moved, step)
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    return {"state": step.state.value}
