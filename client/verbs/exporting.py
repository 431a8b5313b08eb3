"""Out to the centre's own journal, and in again as a case of one's own.

This file knows the files of an export and their neutral names. It refuses to export what nobody
opened, to overwrite anything, and to take consent along: whoever moves on is asked anew. Saying
that it is in the journal stays an act of its own (`confirm`).

What came later (`client.since`) goes out with a case and does not come in: the newest answers are
the case's parts already, a note is the centre's own and leaves it with nothing (C-17.6), and a new
yes was to that centre alone (C-18.5). A case that is imported is a draft for a next move, where an
answer of before would be one nobody gave now. It stays in the file, and staff are told of it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

from client import audit
from client.audit import Act, Entry
from client.case import WITHOUT_CASE, PartId, name_of, number_of
from client.case.attachment import Attachment
from client.casefile import CaseFile, CaseHeader
from client.casejson import LIMIT, encode, read_document
from client.casesheet import Printable
from client.control import Answer, Tell
from client.disk import all_of, in_words, write_once
from client.home import Home
from client.incoming import Incoming
from client.ledger import Transaction
from client.office import Office
from client.refusals import OtherImport
from client.schema import case_schema, document
from client.sheetpdf import pages
from client.staging import stage
from client.transfer import Staged, Transfer
from client.verbs import copies, finding, keptcases, later
from client.verbs.arguments import Arguments
from client.verbs.cases import keep_draft, written
from client.verbs.reading import attachment
from keys.calendar import calendar_date
from keys.errors import Distrusted, NotHere
from keys.wire import Packable
from keys.words import Language, Words

PDF: Final = "utskrift.pdf"
JSON: Final = "sak.json"
SCHEMA: Final = "skjema.json"
_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".pdf"})
_PATH: Final = 4_096


async def export(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Write an opened case to a directory: a PDF, a JSON with its schema, and attachments."""
    code_name = given.text("code_name")
    to = Path(given.text("path", most=_PATH))
    language = Language.parse(given.maybe("language") or office.settings.language.value)
    given.end()
    staff = office.staff
    # Before the first byte is read: a copy that no log knows of must not be possible, and whoever
    # takes consent back while it is written is told of the journal only when staff have looked.
    async with office.ledger.transaction("exported") as rows:
        came = await copies.mark(rows, code_name)
        await audit.write(rows, Entry(office.now, Act.EXPORTED, code_name, staff.name))
    kept = await keptcases.opened(office, came)
    Home(to).make()
    phone = finding.phone_of(office.roster, came.sender)
    case = Printable.opened(kept.parts, kept.consent, kept.consented, code_name, phone)
    sheets = await later.journal(office, kept, case)
    since = await later.since_arrival(office, kept, case)
    made = {
        PDF: await asyncio.to_thread(pages, sheets, Words("client", language)),
        JSON: encode(document(replace(_exported(office, came, case), since=since))),
        SCHEMA: encode(case_schema(language)),
    }
    for name, data in made.items():
        await asyncio.to_thread(write_once, to / name, all_of(data))
    files, travels = len(made), False
    distrusted: list[Packable] = []
    for part, content in case.shown().items():
        if isinstance(content, Attachment):
            try:
                put = partial(write_once, to / file_name(part, content))
                await attachment(office, kept, part, put, tell)
                files += 1
            except NotHere:
                travels = True
            except Distrusted:  # it is named, and the rest of the case is written all the same
                distrusted.append(file_name(part, content))
    return {"files": files, "attachments_travel": travels, "distrusted": distrusted}


def file_name(part: PartId, content: Attachment) -> str:
    """Return the neutral name of an attachment's file: its number, and what kind of file it is."""
    suffix = Path(content.file).suffix.lower()
    return f"vedlegg-{number_of(part)}{suffix if suffix in _SUFFIXES else '.bin'}"


def _exported(office: Office, came: Incoming, case: Printable) -> CaseFile:
    """Return what came as a case file; of the consent only the day travelled, so it is midnight."""
    consent = case.consent
    if consent is not None and case.given is not None:
        at = datetime.combine(case.given, time.min)
        consent = consent.model_copy(update={"given_at": at})
    header = CaseHeader(
        code_name=case.code_name,
        from_centre=finding.name_of(office.roster, came.sender) or None,
        as_of=calendar_date(came.day),
    )
    return CaseFile(header, case.shown(), consent=consent)


async def imported(office: Office, given: Arguments, _: Tell) -> Answer:
    """Read an export as a new case of this desk's own, without consent; twice is once.

    How much came later, and was not taken in, is answered each time: `later` counts the notes, the
    parts with earlier versions, and the new consents.
    """
    at = Path(given.text("path", most=_PATH))
    given.end()
    staff = office.staff
    read = read_document(await asyncio.to_thread(_read, at / JSON))
    case, left = _anew(read), _left(read)
    async with office.ledger.reading() as rows:
        known = await _known(rows, case, await _came(rows, case))
    if known is not None:
        return {"code_name": known.code_name, "already": True, "later": left}
    staged = await asyncio.to_thread(_staged, office, at, case)
    async with office.ledger.transaction("imported") as rows:
        came = await _came(rows, case)
        known = await _known(rows, case, came)
        if known is not None:
            return {"code_name": known.code_name, "already": True, "later": left}
        # What came keeps its name: what is taken back by a name must be one thing.
        code_name = case.header.code_name if came is None else await finding.unused_name(rows)
        came_from = b"" if came is None else came.package_id
        made = Transfer(code_name, written(_named(case, code_name)), staged, came_from=came_from)
        await keep_draft(rows, office, office.fresh_id(), made)
        await audit.write(rows, Entry(office.now, Act.IMPORTED, code_name, staff.name))
    return {"code_name": code_name, "already": False, "later": left}


def _left(case: CaseFile) -> list[Packable]:
    """Count what came later; nothing of it becomes an answer."""
    since = case.since
    return [] if since is None else [len(since.notes), len(since.versions), len(since.renewals)]


async def _came(rows: Transaction, case: CaseFile) -> Incoming | None:
    """Return what came to this desk under the case's name."""
    came = await finding.all_incoming(rows)
    return next((one for one in came if one.code_name == case.header.code_name), None)


async def _known(rows: Transaction, case: CaseFile, came: Incoming | None) -> Transfer | None:
    """Return the case that this was imported as before; of what came, one begun from that.

    Raises:
        OtherImport: that case says something else by now.
    """
    begun = [
        one
        for _, one in await finding.transfers(rows)
        if (one.code_name == case.header.code_name if came is None else _stems(one, came))
    ]
    for one in begun:
        if one.case == written(_named(case, one.code_name)):
            return one
    if begun:
        raise OtherImport
    return None


def _stems(one: Transfer, came: Incoming) -> bool:
    return bool(one.case) and one.came_from == came.package_id


def _named(case: CaseFile, code_name: str) -> CaseFile:
    return replace(case, header=case.header.model_copy(update={"code_name": code_name}))


def _anew(case: CaseFile) -> CaseFile:
    """Return the case without what belongs to the move before: consent, sender, and what came."""
    parts = {one: part for one, part in case.parts.items() if name_of(one) not in WITHOUT_CASE}
    header = case.header.model_copy(update={"from_centre": None, "to_centre": None})
    return CaseFile(header, MappingProxyType(parts))


def _read(path: Path) -> bytes:
    with in_words(), path.open("rb") as file:
        return file.read(LIMIT + 1)


def _staged(office: Office, at: Path, case: CaseFile) -> Mapping[str, Staged]:
    """Seal the attachments that lie beside the JSON; one that is missing is asked for later."""
    found: dict[str, Staged] = {}
    for part, content in case.parts.items():
        if isinstance(content, Attachment):
            path = at / file_name(part, content)
            if path.is_file():
                found[part] = stage(path, office.cells)
    return MappingProxyType(found)
