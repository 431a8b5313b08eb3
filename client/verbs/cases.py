"""Writing a case: new, part by part, with consent, and the look at it before it is sent.

This file knows what a case needs before it can leave, and says it in three colours. It refuses to
send anything: nothing here leaves the machine.
"""

import asyncio
import datetime as dt
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from client import audit, clocks, seen, strayed
from client.answered import YES
from client.asking import Asking
from client.audit import Act, Entry
from client.case import ConsentInput, PartId, parse_part_id
from client.case.attachment import Attachment
from client.case.destination_assessment import DistrictAnswer
from client.casefile import CaseFile, read_case, write_case
from client.codename import new_code_name
from client.consent import Consent
from client.control import Answer
from client.findings import agreed_on, findings, urgent
from client.found import Colour, Finding
from client.ledger import Transaction
from client.office import Office
from client.outbox import ANEW
from client.refusals import (
    CodeNameTaken,
    ConsentMissing,
    MissingAnswer,
    NotInDirectory,
    NotSeen,
    PartNotThere,
    WrongState,
)
from client.retention import Held
from client.shelf import Shelf
from client.staging import stage
from client.transfer import Transfer
from client.verbs import consented, finding
from client.verbs.arguments import Arguments
from keys.address import Role
from keys.calendar import Instant, calendar_date
from keys.errors import NoKeys, Refusal
from keys.roster import Member
from keys.wire import Packable
from keys.words import Language

_CASE: Final = 1 << 20
_PATH: Final = 4_096


def date_of(office: Office) -> dt.date:
    """Return today as a calendar date."""
    return calendar_date(office.today)


def case_of(office: Office, transfer: Transfer) -> CaseFile:
    """Return the case as it was last written.

    Raises:
        WrongState: it has been forgotten, for its receipt is confirmed.
    """
    if not transfer.case:
        raise WrongState(kind="case.forgotten")
    return read_case(transfer.case, today=date_of(office))


async def new(office: Office, given: Arguments) -> Answer:
    """Begin a case, from a case file or empty of everything but a name."""
    text = given.text("case", most=_CASE)
    given.end()
    staff = office.staff
    case = read_case(text, today=date_of(office))
    code_name = case.header.code_name or new_code_name()
    async with office.ledger.transaction("case-new") as rows:
        if await finding.names_a_case(rows, code_name):
            raise CodeNameTaken
        made = Transfer(code_name, written(case), urgent_since=since(office, case, 0))
        await keep_draft(rows, office, office.fresh_id(), made)
        await audit.write(rows, Entry(office.now, Act.CREATED, code_name, staff.name))
    return {"code_name": code_name}


async def keep_draft(rows: Transaction, office: Office, row: bytes, draft: Transfer) -> None:
    """Store a case that staff have just written in; its days count anew (C-14.3)."""
    await rows.put(Shelf.DRAFT, row, draft.encode())
    if not draft.package:
        await clocks.start(rows, Held.DRAFT, row, office.today, draft.files)
        return
    for held in (Held.DRAFT, Held.SENT):  # whichever of them runs
        await clocks.refile(rows, held, row, draft.files)


async def part(office: Office, given: Arguments) -> Answer:
    """Replace parts of a case by those of another file, or add an attachment's bytes."""
    code_name = given.text("code_name")
    text = given.maybe("case", most=_CASE)
    named = given.maybe("attachment")
    path = given.maybe("path", most=_PATH)
    given.end()
    staff = office.staff
    staged = None
    if named:
        staged = await asyncio.to_thread(stage, Path(path), office.cells)
    async with office.ledger.transaction("case-changed") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        case = await writable(rows, office, transfer)
        if text:
            added = read_case(text, today=date_of(office))
            case = replace(
                case,
                parts=MappingProxyType({**case.parts, **added.parts}),
                police_request=added.police_request or case.police_request,
            )
        kept = dict(transfer.staged)
        if staged is not None:
            which = parse_part_id(named)
            if not isinstance(case.parts.get(which), Attachment):
                raise PartNotThere(part=which)
            kept[which] = staged
        changed = replace(
            transfer,
            case=written(case),
            staged=MappingProxyType(kept),
            urgent_since=since(office, case, transfer.urgent_since),
        )
        await keep_draft(rows, office, row, changed)
        await audit.write(rows, Entry(office.now, Act.CHANGED, code_name, staff.name))
    return {"parts": [*case.parts], "attached": [*kept]}


async def consent(office: Office, given: Arguments) -> Answer:
    """Write down the person's answer and which centre it is for, or the answer about the police."""
    code_name = given.text("code_name")
    text = given.maybe("case", most=_CASE)
    centre = given.maybe("centre")
    police = given.maybe("police")
    shown = given.maybe("seen")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("case-consent") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        case = await writable(rows, office, transfer)
        if shown and shown != seen.look(case.parts, transfer.staged, tuple(case.parts)):
            raise NotSeen  # a colleague wrote while the page was shown to her
        if text:
            said = read_case(text, today=date_of(office)).consent
            case = replace(case, consent=said)
        if case.consent is None:
            raise MissingAnswer(field="consent.decision")
        for said_of in case.consent.children:
            if said_of.child is not None and said_of.child not in case.parts:
                raise PartNotThere(part=said_of.child)  # nobody would miss the right child's row
        if police:
            changed = consented.about_police(transfer, case, police)
        else:
            changed = _answered(office, transfer, case, case.consent, centre)
        await keep_draft(rows, office, row, changed)
        if changed.consent and not police:
            await strayed.asked_again(rows, code_name)
        await audit.write(rows, Entry(office.now, Act.CONSENTED, code_name, staff.name))
    kept = changed.consent
    parts: list[Packable] = [*Consent.decode(kept).parts] if kept else []
    return {"consent": bool(kept), "parts": parts, "centre": _named(office, case, centre)}


def _answered(
    office: Office, transfer: Transfer, case: CaseFile, said: ConsentInput, centre: str
) -> Transfer:
    """Return a case with an answer written down; a yes needs a centre, and a no does not."""
    # A no is written down too: the case then has no consent, whatever it had before.
    changed = transfer.unanswered(written(case))
    if said.decision not in YES:
        return changed
    recipient = _recipient(office, case, centre)
    with suppress(ConsentMissing):
        made = Consent.given_in(said, case.parts, recipient, office.today)
        return replace(agreed(changed, made, case), heard=transfer.heard_of(made.recipient))
    return changed


def _named(office: Office, case: CaseFile, centre: str) -> str:
    with suppress(NotInDirectory):
        return _recipient(office, case, centre).name
    return ""


def agreed(transfer: Transfer, made: Consent, case: CaseFile) -> Transfer:
    """Return a case with its consent, and with what stood in it when the yes was written."""
    marks = seen.marks(case.parts, transfer.staged, made.parts)
    return replace(transfer, consent=made.encode(), seen=marks)


def _recipient(office: Office, case: CaseFile, centre: str) -> Member:
    said = case.consent.recipient_centre if case.consent is not None else None
    name = centre or said or case.header.to_centre or ""
    return finding.member(office.roster, name, Role.CENTRE)


async def writable(rows: Transaction, office: Office, transfer: Transfer) -> CaseFile:
    """Return the case when it may be changed: nothing of it was sent, or that came to an end.

    Raises:
        WrongState: it is on its way, was opened, or has been forgotten.
    """
    if transfer.package:
        sent = await finding.outgoing(rows, transfer.package)
        if sent.state not in ANEW:
            raise WrongState(kind="case.sent")
    return case_of(office, transfer)


def since(office: Office, case: CaseFile, before: int) -> Instant:
    """Return when the case first said that it is urgent, or 0 while it does not."""
    return Instant(before or office.now) if urgent(case) else Instant(0)


def written(case: CaseFile) -> str:
    """Return a case as it is kept in its row."""
    return write_case(case, Language.EN)


async def check(office: Office, given: Arguments) -> Answer:
    """Look a case over before it is sent; nothing here stops a move."""
    code_name = given.text("code_name")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        row, transfer = await finding.transfer(rows, code_name)
        asked = await finding.askings(rows)
        heard = await finding.heard(rows, row)
    case = case_of(office, transfer)
    changed = _since_yes(transfer, case)
    found = [
        *_consent_findings(transfer, changed),
        *await _place_findings(office, (row, transfer), asked, case),
        *await consented.key_found(office, transfer),
    ]
    if heard is not None:
        safe = heard is DistrictAnswer.CONTACTED_NO_KNOWN_LINKS
        found.append(Finding(Colour.GREEN if safe else Colour.YELLOW, heard.value))
    found += findings(case, heard)
    said: list[Packable] = [
        [one.colour.value, f"check.{one.word}", *([one.number] if one.number else [])]
        for one in found
    ]
    return {
        "findings": said,
        "ready": all(one.colour is not Colour.RED for one in found),
        "changed": [*changed],
        "look": _look(transfer, case),
        "accepted": any(one.word == "place" for one in found),
        **await consented.addressed(office, case, transfer),
        "district_phone": "" if heard is None else finding.district_phone(office),
    }


def _since_yes(transfer: Transfer, case: CaseFile) -> tuple[PartId, ...]:
    """Return the consented parts that read otherwise now than when the yes was written (C-1.14)."""
    if not transfer.consent:
        return ()
    chosen = Consent.decode(transfer.consent).parts
    return seen.changed(transfer, case.parts, chosen)


def _look(transfer: Transfer, case: CaseFile) -> str:
    if not transfer.consent:
        return ""
    chosen = Consent.decode(transfer.consent).parts
    return seen.look(case.parts, transfer.staged, chosen, transfer.consent)


def _consent_findings(transfer: Transfer, since: tuple[PartId, ...]) -> list[Finding]:
    if not transfer.consent:
        return [Finding(Colour.RED, "no_consent")]
    consent = Finding(Colour.GREEN, "consent")
    return [consent, Finding(Colour.YELLOW, "since_yes")] if since else [consent]


async def _place_findings(
    office: Office, of: tuple[bytes, Transfer], asked: list[tuple[bytes, Asking]], case: CaseFile
) -> list[Finding]:
    row, transfer = of
    if not transfer.consent:
        return []
    recipient = Consent.decode(transfer.consent).recipient
    theirs = [one for _, one in asked if one.transfer == row and one.other == recipient]
    found = agreed_on(case, signed=any(map(finding.accepts, theirs)))
    try:
        await office.keys_of(recipient)
    except NoKeys:
        found.append(Finding(Colour.RED, "no_keys"))
    except Refusal:
        found.append(Finding(Colour.RED, "no_recipient"))
    return found
