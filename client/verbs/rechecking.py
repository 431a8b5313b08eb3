"""The digital check gone through at the receiving desk: at arrival, and on the day to do it again.

This file knows that its rows stand beside what came and never change it (CONSENT C-17.7). It
refuses to send them: nothing here leaves the machine.
"""

from dataclasses import replace

from client import audit
from client.audit import Act, Entry
from client.case import encode_part, parse_part_id
from client.casefile import read_case
from client.control import Answer
from client.inbox import In
from client.kept import How, Kept, Version
from client.office import Office
from client.recheck import desk_rows
from client.refusals import WrongState
from client.shelf import Shelf
from client.verbs import finding, halfway, keptcases
from client.verbs.arguments import Arguments
from client.verbs.cases import date_of
from keys.errors import NotHere, OverLong

_CASE = 1 << 20


async def recheck(office: Office, given: Arguments) -> Answer:
    """Write down rows of the digital check of a case that was opened here.

    With a `page` of a `part`, what was being typed there is no longer kept; with `keep` it is only
    kept, for the desk locks; with `left` it is returned.

    Raises:
        WrongState: it is not open here.
        NotHere: the check was taken back.
        OverLong: so much stands beside the case that no more could be read again.
        WrongAnswer, PartNotThere, MissingAnswer: they are no rows of the check of this case.
    """
    code_name, part, page = given.text("code_name"), given.maybe("part"), given.maybe("page")
    keep, left = given.flag("keep"), given.flag("left")
    text = given.maybe("case", most=_CASE) if keep or left else given.text("case", most=_CASE)
    given.end()
    staff = office.staff
    at = parse_part_id(part) if part else None
    if at and keep:
        await halfway.keep(office, code_name, at, page, text)
        return {"parts": []}
    if at and left:
        return {"parts": [], "typed": await halfway.left(office, code_name, at, page)}
    said = read_case(text, today=date_of(office)).parts
    async with office.ledger.transaction("rechecked") as rows:
        came = await finding.incoming(rows, code_name)
        value = await rows.get(Shelf.CASE, came.package_id)
        if came.state not in (In.OPENED, In.CONFIRMED) or value is None:
            raise WrongState(kind=f"in.{came.state}.note")
        kept = Kept.decode(value)
        made = desk_rows(said, kept.newest)
        if set(made) & set(kept.gone):
            raise NotHere
        added: list[Version] = []
        for part, content in made.items():
            row = office.fresh_id()
            await rows.put(Shelf.PART, row, encode_part(part, content))
            added.append(Version(part, row, How.CHECK, office.today))
        kept = await halfway.forget(rows, office, kept, at, page) if at else kept
        checked = replace(kept, versions=(*kept.versions, *added))
        if not checked.fits:
            raise OverLong(limit=len(kept.versions))
        await keptcases.put(rows, came.package_id, checked)
        await audit.write(rows, Entry(office.now, Act.CHANGED, code_name, staff.name))
    return {"parts": [*made]}
