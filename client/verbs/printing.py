"""Paper: the card, the whole case, the children's pages and the digital checklist.

This file knows where a case lies at either desk. It refuses to print what nobody opened, and the
card of a case that nobody consented to; nothing leaves the machine by it. The log learns which
kind of sheet was printed, and no more.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from client import audit
from client.audit import Act, Entry
from client.card import offered
from client.case import NUMBERED, Part, PartId, PartName, name_of, number_of, parse_part_id
from client.casesheet import Printable, card_of, case_sheets, child_sheets
from client.checklist import blank_checklist, filled_checklist
from client.consent import Consent, check_contents
from client.control import Answer
from client.copysheet import copy_sheets
from client.disk import all_of, write_once
from client.emergency import in_haste
from client.office import Office
from client.refusals import ConsentMissing, UnknownWord
from client.sheet import Say, Sheet
from client.sheetpdf import pages
from client.sheettext import render
from client.transfer import Transfer
from client.verbs import copies, finding, keptcases, later
from client.verbs.arguments import Arguments
from client.verbs.cases import case_of
from client.verbs.receiving import opened_row
from client.vocabulary import SheetName
from keys.address import Role
from keys.errors import NotHere, WrongShape
from keys.wire import Packable
from keys.words import Language, Words

ACTS: Final[Mapping[str, Act]] = MappingProxyType(
    {
        SheetName.CARD: Act.PRINTED_CARD,
        SheetName.CASE: Act.PRINTED_CASE,
        SheetName.COPY: Act.PRINTED_COPY,
        SheetName.CHILDREN: Act.PRINTED_CHILDREN,
        SheetName.DIGITAL: Act.PRINTED_DIGITAL,
        SheetName.CHECKLIST: Act.PRINTED_CHECKLIST,
        SheetName.JOURNAL: Act.EXPORTED,
    }
)
"""What can be printed, and what the log says of it; `child.2` is one of the children."""
_MADE: Final[Mapping[str, Callable[[Printable], tuple[Sheet, ...]]]] = MappingProxyType(
    {"case": case_sheets, "children": child_sheets}
)
_PATH: Final = 4_096


async def printed(office: Office, given: Arguments) -> Answer:
    """Return sheets as lines of text, or write them to a new PDF."""
    code_name = given.maybe("code_name")
    what = given.maybe("what") or "case"
    language = Language.parse(given.maybe("language") or office.settings.language.value)
    path = given.maybe("path", most=_PATH)
    draft, named = given.flag("draft"), given.flag("named")
    given.end()
    staff = office.staff
    words = Words("client", language)
    child = _child(what)
    if what == "checklist":
        sheets: tuple[Sheet, ...] = (blank_checklist(),)
    else:
        sheets = await _sheets(office, code_name, what, child, draft=draft, named=named)
    if not sheets:
        raise NotHere
    act = Act.PRINTED_CHILDREN if child is not None else ACTS[what]
    copy = copies.of_sheet(what, file=bool(path), draft=draft)
    # Before the first byte is out: a sheet that no log knows of must not be possible.
    async with office.ledger.transaction("printed") as rows:
        with suppress(NotHere):  # what is written here is no copy of what came
            if copy:
                await copies.mark(rows, code_name)
        await audit.write(rows, Entry(office.now, act, code_name, staff.name))
    if path:
        data = await asyncio.to_thread(pages, sheets, words)
        return {"bytes": await asyncio.to_thread(write_once, Path(path), all_of(data))}
    lines: list[Packable] = []
    for sheet in sheets:
        lines += [*([""] if lines else []), *render(sheet, words)]
    return {"lines": lines}


def _child(what: str) -> PartId | None:
    """Return which child is asked for, if a single one is.

    Raises:
        UnknownWord: it is nothing that can be printed.
    """
    if what in ACTS:
        return None
    try:
        part = parse_part_id(what)
    except WrongShape:
        raise UnknownWord(field="print.what", count=len(ACTS)) from None
    if name_of(part) not in NUMBERED - {PartName.ATTACHMENT}:
        raise UnknownWord(field="print.what", count=len(ACTS))
    return part


async def _sheets(
    office: Office,
    code_name: str,
    what: str,
    child: PartId | None,
    *,
    draft: bool,
    named: bool,
) -> tuple[Sheet, ...]:
    """Make the sheets; what came goes before what is written here, for both may have one name.

    Raises:
        NotHere: nothing has that name, or nothing came that could stand in a journal.
        WrongState: it came and has not been opened, or is gone again.
        ConsentMissing: the card of a case that nobody has said yes to.
        ConsentEnded, PartChanged: the yes does not count for it today.
    """
    try:
        found = None if draft else await came(office, code_name)
    except NotHere:
        found = None
    case = found or await _written(office, code_name, what)
    if child is not None:
        title = Say("sheet.child", (("number", number_of(child)),))
        return tuple(sheet for sheet in child_sheets(case) if sheet.title == title)
    match what:
        case "card" | "journal" if found is not None:
            kept = await keptcases.opened(office, await opened_row(office, case.code_name))
            made = later.journal if what == "journal" else later.front
            return await made(office, kept, case)
        case "journal":
            raise NotHere
        case "card":
            return (card_of(case),)
        case "digital":
            return (filled_checklist(case),)
        case "copy":
            centres = [one.name for one in office.roster.of_role(Role.CENTRE)]
            return copy_sheets(case, [*centres, code_name], named=named)
        case _:
            return _MADE[what](case)


async def came(office: Office, code_name: str) -> Printable:
    """Return what there is to print of a package that came and was opened.

    Raises:
        NotHere: nothing came under that name.
        WrongState: it has not been opened, or is gone again.
    """
    row = await opened_row(office, code_name)
    case = await keptcases.opened(office, row)
    phone = finding.phone_of(office.roster, row.sender)
    return Printable.opened(case.parts, case.consent, case.consented, code_name, phone)


async def _written(office: Office, code_name: str, what: str) -> Printable:
    """Return what there is to print of a case that is written here; its card is as it would go."""
    async with office.ledger.reading() as rows:
        _, transfer = await finding.transfer(rows, code_name)
    written = case_of(office, transfer)
    case = Printable.draft(written)
    if what != "card":
        return case
    consent = _carried_under(office, written.parts, transfer)
    haste = in_haste(consent)
    asked = offered(consent.decision, consent.parts, haste=haste)
    own = replace(case, phone=office.me.directory.call_back_phone)
    return replace(own, consented=frozenset(consent.parts), offered=asked, haste=haste)


def _carried_under(office: Office, case: Mapping[PartId, Part], transfer: Transfer) -> Consent:
    """Return the consent under which a card may be carried by hand today (C-2.10).

    Raises:
        ConsentMissing: there is none.
        ConsentEnded: its days are over.
        PartChanged: a child or a file is another than she said yes to.
    """
    if not transfer.consent:
        raise ConsentMissing
    consent = Consent.decode(transfer.consent)
    consent.counts(office.today)
    check_contents(consent, {part: case[part] for part in consent.parts if part in case})
    return consent
