"""Notes that the receiving desk writes beside a part of a case: with the person, and for itself.

This file knows that a note stands beside what came and never changes it (CONSENT C-17). It refuses
to send one: nothing here leaves the machine.
"""

from dataclasses import replace

from client import audit
from client.audit import Act, Entry
from client.case import parse_part_id
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

    Raises:
        NotHere: the case has no such part here.
        WrongState: it is not open here.
        OverLong: so much stands beside the case that no more could be read again.
        WrongShape: the text is empty, too long, or holds what no text may.
    """
    code_name = given.text("code_name")
    part = parse_part_id(given.text("part"))
    text = clean(given.text("text", most=NOTE_MOST), "note.text", most=NOTE_MOST)
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
        row = office.fresh_id()
        await rows.put(Shelf.PART, row, text.encode())
        added = Version(part, row, How.NOTE, office.today)
        noted = replace(kept, versions=(*kept.versions, added))
        if not noted.fits:
            raise OverLong(limit=len(kept.versions))
        await keptcases.put(rows, came.package_id, noted)
        await audit.write(rows, Entry(office.now, Act.CHANGED, code_name, staff.name))
    return {"part": part}
