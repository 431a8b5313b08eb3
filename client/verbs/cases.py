"""Writing a case: new, part by part, with consent, and the look at it before it is sent.

This file knows what a case needs before it can leave, and says it in three colours. It refuses to
send anything: nothing here leaves the machine.
"""

import asyncio
import datetime as dt
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from client import audit, clocks
from client.asking import Asking
from client.audit import Act, Entry
from client.case import PartName, name_of, parse_part_id
from client.case.attachment import Attachment
from client.casefile import CaseFile, read_case, write_case
from client.codename import new_code_name
from client.consent import Consent
from client.control import Answer
from client.ledger import Transaction
from client.messages import StatusWord
from client.office import Office
from client.refusals import (
    CodeNameTaken,
    ConsentMissing,
    MissingAnswer,
    PartNotThere,
    WrongState,
)
from client.retention import Held
from client.shelf import Shelf
from client.staging import stage
from client.transfer import Transfer
from client.verbs import finding
from client.verbs.arguments import Arguments
from keys.address import Role
from keys.errors import NoKeys, Refusal
from keys.roster import Member
from keys.wire import Packable
from keys.words import Language

_CASE: Final = 1 << 20
_PATH: Final = 4_096
_EPOCH: Final = dt.date(1970, 1, 1)


def date_of(office: Office) -> dt.date:
    """Return today as a calendar date."""
    return _EPOCH + dt.timedelta(days=office.today)


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
        if any(one.code_name == code_name for _, one in await finding.transfers(rows)):
            raise CodeNameTaken
        made = Transfer(code_name, written(case))
        await keep_draft(rows, office, office.fresh_id(), made)
        await audit.write(rows, Entry(office.now, Act.CREATED, code_name, staff.name))
    return {"code_name": code_name}


async def keep_draft(rows: Transaction, office: Office, row: bytes, draft: Transfer) -> None:
    """Store a case that staff have just written in; its days count anew (C-14.3)."""
    await rows.put(Shelf.DRAFT, row, draft.encode())
    if not draft.package:
        files = [staged.file for staged in draft.staged.values()]
        await clocks.start(rows, Held.DRAFT, row, office.today, files)


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
        case = _writable(office, transfer)
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
        changed = replace(transfer, case=written(case), staged=MappingProxyType(kept))
        await keep_draft(rows, office, row, changed)
        await audit.write(rows, Entry(office.now, Act.CHANGED, code_name, staff.name))
    return {"parts": [*case.parts], "attached": [*kept]}


async def consent(office: Office, given: Arguments) -> Answer:
    """Write down the person's answer and which centre it is for."""
    code_name = given.text("code_name")
    text = given.maybe("case", most=_CASE)
    centre = given.maybe("centre")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("case-consent") as rows:
        row, transfer = await finding.transfer(rows, code_name)
        case = _writable(office, transfer)
        if text:
            said = read_case(text, today=date_of(office)).consent
            case = replace(case, consent=said)
        if case.consent is None:
            raise MissingAnswer(field="consent.decision")
        recipient = _recipient(office, case, centre)
        # A no is written down too: the case then has no consent, whatever it had before.
        made = b""
        try:
            made = Consent.given_in(case.consent, case.parts, recipient, office.today).encode()
        except ConsentMissing:
            if transfer.package:
                raise
        changed = replace(transfer, case=written(case), consent=made)
        await keep_draft(rows, office, row, changed)
        await audit.write(rows, Entry(office.now, Act.CONSENTED, code_name, staff.name))
    parts: list[Packable] = [*Consent.decode(made).parts] if made else []
    return {"consent": bool(made), "parts": parts, "centre": recipient.name}


def _recipient(office: Office, case: CaseFile, centre: str) -> Member:
    said = case.consent.recipient_centre if case.consent is not None else None
    name = centre or said or case.header.to_centre or ""
    return finding.member(office.roster, name, Role.CENTRE)


def _writable(office: Office, transfer: Transfer) -> CaseFile:
    if transfer.package:
        raise WrongState(kind="case.sent")
    return case_of(office, transfer)


def written(case: CaseFile) -> str:
    """Return a case as it is kept in its row."""
    return write_case(case, Language.EN)


class Colour(StrEnum):
    """How much a finding matters; only red keeps a case from being sent."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


async def check(office: Office, given: Arguments) -> Answer:
    """Look a case over before it is sent; nothing here stops a move."""
    code_name = given.text("code_name")
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        row, transfer = await finding.transfer(rows, code_name)
        asked = await finding.askings(rows)
        police = await finding.police_word(rows, row)
    case = case_of(office, transfer)
    found: list[tuple[Colour, str]] = [_consent_finding(transfer)]
    found += await _place_findings(office, row, transfer, asked)
    if police is not None:
        safe = police.word is StatusWord.CONTACTED_NO_KNOWN_LINKS
        found.append((Colour.GREEN if safe else Colour.YELLOW, f"check.{police.word}"))
    found += _content_findings(case)
    findings: list[Packable] = [[colour.value, msgid] for colour, msgid in found]
    return {"findings": findings, "ready": all(colour is not Colour.RED for colour, _ in found)}


def _consent_finding(transfer: Transfer) -> tuple[Colour, str]:
    if not transfer.consent:
        return Colour.RED, "check.no_consent"
    return Colour.GREEN, "check.consent"


async def _place_findings(
    office: Office, row: bytes, transfer: Transfer, asked: list[tuple[bytes, Asking]]
) -> list[tuple[Colour, str]]:
    if not transfer.consent:
        return []
    recipient = Consent.decode(transfer.consent).recipient
    yes = any(
        one.ours and one.transfer == row and one.other == recipient and finding.accepts(one)
        for _, one in asked
    )
    found = [(Colour.GREEN, "check.place") if yes else (Colour.YELLOW, "check.no_place")]
    try:
        await office.keys_of(recipient)
    except NoKeys:
        found.append((Colour.RED, "check.no_keys"))
    except Refusal:
        found.append((Colour.RED, "check.no_recipient"))
    return found


def _content_findings(case: CaseFile) -> list[tuple[Colour, str]]:
    """What is missing is yellow: it may be missing, and the person moves all the same."""
    names = {name_of(one) for one in case.parts}
    wanted = {
        PartName.THREAT: "check.no_threat",
        PartName.MOVE_ASSESSMENT: "check.no_move_assessment",
        PartName.DESTINATION_ASSESSMENT: "check.no_destination",
        PartName.DIGITAL_SAFETY: "check.no_digital",
    }
    return [(Colour.YELLOW, msgid) for name, msgid in wanted.items() if name not in names]
