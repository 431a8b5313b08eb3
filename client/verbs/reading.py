"""What a case says that was opened here: its parts in words, and its attachments as files.

This file knows where they lie at this desk. It refuses to show anything that has not been opened,
and nothing leaves the machine by it. The log learns that somebody read.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from client import audit, reception
from client.audit import Act, Entry
from client.card import part_label
from client.case import PartId, decode_part, parse_part_id
from client.case.attachment import Attachment
from client.casesheet import section_block
from client.control import Answer, Tell
from client.disk import in_memory, in_words, write_private
from client.filekind import HEAD, is_as_named
from client.kept import UNSAID, How
from client.office import Office
from client.sheet import Sheet
from client.sheettext import laid
from client.verbs import copies, keptcases, noting
from client.verbs.arguments import Arguments
from client.verbs.keptcases import OpenedCase
from client.verbs.receiving import opened_row
from keys.errors import Damaged, NotHere
from keys.wire import Packable
from keys.words import Language, Words

_PATH: Final = 4_096


async def read(office: Office, given: Arguments, tell: Tell) -> Answer:
    """Return one part as bytes of its form and in words, or write an attachment to a file.

    What is written into memory for the `screen` alone is no copy that is asked about later.
    """
    code_name = given.text("code_name")
    part = given.maybe("part")
    path = given.maybe("path", most=_PATH)
    screen = given.flag("screen")
    words = Words("client", Language.parse(given.maybe("language") or office.settings.language))
    given.end()
    staff = office.staff
    came = await opened_row(office, code_name)
    case = await keptcases.opened(office, came)
    async with office.ledger.transaction("part-read") as rows:
        if path and not (screen and in_memory(Path(path))):
            await copies.mark(rows, code_name)
        await audit.write(rows, Entry(office.now, Act.READ, came.code_name, staff.name))
    if not part:
        beside: list[Packable] = [[one, how] for one in case.parts for how in _beside(case, one)]
        return {"parts": [*case.parts], "beside": beside}
    which = parse_part_id(part)
    if path:
        to = partial(write_private, Path(path))
        count = await attachment(office, case, which, to, tell)
        return {"bytes": count, "as_named": _as_named(case, which, Path(path))}
    if which not in case.octets:
        raise NotHere
    said = await keptcases.versions(office, case, which)
    versions: list[Packable] = [[how.value, day, octets] for how, day, octets in said]
    shown: list[Packable] = [_in_words(which, how, octets, words) for how, _, octets in said]
    return {
        "part": which,
        "octets": case.octets[which],
        "versions": versions,
        "shown": shown,
        "file": _file_of(case, which),
        "typed": await noting.typed(office, case.kept, which),
        "spoilt": which in case.kept.spoilt,
    }


def _beside(case: OpenedCase, which: PartId) -> list[str]:
    """Return in which ways something stands at a part that did not come with the package."""
    said = {one.how for one in case.kept.versions if one.part == which}
    return [how.value for how in How if how in said - {How.CAME, *UNSAID}]


def _file_of(case: OpenedCase, which: PartId) -> str:
    """Return what the sender called an attachment whose bytes lie here; else nothing."""
    part = case.parts[which]
    there = any(one.part == which for one in case.kept.files) and which not in case.kept.spoilt
    return part.file if there and isinstance(part, Attachment) else ""


def _in_words(which: PartId, how: How, octets: bytes, words: Words) -> list[Packable]:
    """Return what was said at a part as headings with their lines; a note is a line alone."""
    if how is How.NOTE:
        return [["", [[octets.decode(), ""]]]]
    block = section_block(decode_part(which, octets), part_label(which))
    return laid(Sheet(block.title, "", (block,)), words)


async def attachment(
    office: Office,
    case: OpenedCase,
    part: PartId,
    to: Callable[[Callable[[BinaryIO], int]], int],
    tell: Tell,
) -> int:
    """Give one attachment's bytes to a file writer; return how many.

    Raises:
        NotHere: there is none, or it still travels.
        Damaged: what came is not the sender's bytes, and was destroyed.
        AlreadyThere, DiskFull, Damaged: nothing of it is left at its name.
    """
    if part in case.kept.spoilt:
        raise Damaged
    found = [one for one in case.kept.files if one.part == part]
    if not found:
        raise NotHere

    def write() -> int:
        with office.cells.reading(found[0].file) as source:

            def fill(sink: BinaryIO) -> int:
                return found[0].open(source, sink, _progress(tell))

            return to(fill)

    return await asyncio.to_thread(write)


def _as_named(case: OpenedCase, which: PartId, path: Path) -> bool:
    """Whether what was written is what its sender called it (C-10.8)."""
    part = case.parts[which]
    with in_words(), path.open("rb") as file:
        head = file.read(HEAD)
    return isinstance(part, Attachment) and is_as_named(part.file, head)


def _progress(tell: Tell) -> "reception.Progress":
    def progress(done: int) -> None:
        tell("progress.opening", done, 0)

    return progress
