"""Notes that the receiving desk writes beside a part of a case: with the person, and for itself.

This file knows that a note stands beside what came and never changes it (CONSENT C-17). It refuses
to send one: nothing here leaves the machine.
"""

from dataclasses import replace

from client import audit
from client.audit import Act, Entry
from client.case import PartId, parse_part_id
from client.closed import clean
from client.control import Answer
from client.inbox import In
from client.kept import How, Kept, Version
from client.office import Office
from client.refusals import WrongState
from client.shelf import Shelf
from client.since import NOTE_MOST
from client.verbs import finding, keptcases
from client.verbs.arguments import Arguments
from keys.errors import NotHere, OverLong


async def note(office: Office, given: Arguments) -> Answer:
    """Write a note beside a part of a case that was opened here.

    With `keep` it is one that somebody was writing when the desk locked: it stands nowhere, and is
    offered again at its part until a note is written there. An empty one takes it away.

    Raises:
        NotHere: the case has no such part here.
        WrongState: it is not open here.
        OverLong: so much stands beside the case that no more could be read again.
        WrongShape: the text is empty, too long, or holds what no text may.
    """
    code_name = given.text("code_name")
    part = parse_part_id(given.text("part"))
    keep = given.flag("keep")
    text = given.maybe("text", most=NOTE_MOST)
    text = text if keep else clean(text, "note.text", most=NOTE_MOST)
    given.end()
    staff = office.staff
    async with office.ledger.transaction("noted") as rows:
        came = await finding.incoming(rows, code_name)
        value = await rows.get(Shelf.CASE, came.package_id)
        if came.state not in (In.OPENED, In.CONFIRMED) or value is None:
            raise WrongState(kind=f"in.{came.state}.note")
        kept = Kept.decode(value)
        if part not in kept.newest:
            raise NotHere
        left, old = _without_typed(kept, part)
        for one in old:
            await rows.delete(Shelf.PART, one.row)
        if text:
            row = office.fresh_id()
            await rows.put(Shelf.PART, row, text.encode())
            left += (Version(part, row, How.TYPED if keep else How.NOTE, office.today),)
        noted = replace(kept, versions=left)
        if not noted.fits:
            raise OverLong(limit=len(kept.versions))
        await keptcases.put(rows, came.package_id, noted)
        if not keep:
            await audit.write(rows, Entry(office.now, Act.CHANGED, code_name, staff.name))
    return {"part": part}


async def typed(office: Office, kept: Kept, part: PartId) -> str:
    """Return the note that somebody was writing at a part when the desk locked, or nothing."""
    _, found = _without_typed(kept, part)
    async with office.ledger.reading() as rows:
        values = [await rows.get(Shelf.PART, one.row) for one in found]
    return "".join(value.decode() for value in values if value is not None)


def _without_typed(kept: Kept, part: PartId) -> tuple[tuple[Version, ...], list[Version]]:
    """Return what was said in a case, and apart from it what was only typed at a part."""
    old = [one for one in kept.versions if one.part == part and one.how is How.TYPED]
    return tuple(one for one in kept.versions if one not in old), old
