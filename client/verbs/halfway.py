"""What somebody was typing beside a case that came when the desk locked: kept sealed, and no more.

This file knows parts and pages of forms. It refuses to let anything of it count: it stands in no
sheet, no journal and no copy, and goes with its case, or when its part is taken back.
"""

from dataclasses import replace

from client.case import PartId
from client.inbox import In
from client.kept import How, Kept, Version
from client.ledger import Transaction
from client.office import Office
from client.refusals import WrongState
from client.shelf import Shelf
from client.transfer import LONGEST_TYPED, MOST_TYPED
from client.verbs import finding, keptcases
from keys.errors import OverLong, WrongShape
from keys.wire import Fields, Packable, pack


async def keep(office: Office, code_name: str, part: PartId, page: str, text: str) -> None:
    """Keep what was being typed on a page in place of what was kept of it before.

    Raises:
        WrongState: the case is not open here.
        OverLong: it is more than a page may hold, or so much stands beside the case already.
    """
    if len(text) > LONGEST_TYPED:
        raise OverLong(limit=LONGEST_TYPED)
    async with office.ledger.transaction("half-typed") as rows:
        came = await finding.incoming(rows, code_name)
        value = await rows.get(Shelf.CASE, came.package_id)
        if came.state not in (In.OPENED, In.CONFIRMED) or value is None:
            raise WrongState(kind=f"in.{came.state}.note")
        kept = Kept.decode(value)
        now = await _with(rows, office, kept, part, (page, text))
        if not now.fits:
            raise OverLong(limit=len(kept.versions))
        await keptcases.put(rows, came.package_id, now)


async def forget(rows: Transaction, office: Office, kept: Kept, part: PartId, page: str) -> Kept:
    """Return a case without what was being typed on a page, in the caller's transaction."""
    return await _with(rows, office, kept, part, (page, ""))


async def left(office: Office, code_name: str, part: PartId, page: str) -> str:
    """Return what somebody was typing on a page when the desk locked, or nothing."""
    async with office.ledger.reading() as rows:
        came = await finding.incoming(rows, code_name)
        value = await rows.get(Shelf.CASE, came.package_id)
        typed = {} if value is None else await _typed(rows, Kept.decode(value), part)
    return typed.get(page, "")


async def _with(
    rows: Transaction, office: Office, kept: Kept, part: PartId, said: tuple[str, str]
) -> Kept:
    typed = await _typed(rows, kept, part)
    page, text = said
    typed.pop(page, None)
    if text:
        typed[page] = text
    old = _of(kept, part)
    for one in old:
        await rows.delete(Shelf.PART, one.row)
    left_ = tuple(one for one in kept.versions if one not in old)
    if typed:
        row = office.fresh_id()
        pages: list[Packable] = [[*one] for one in [*typed.items()][-MOST_TYPED:]]
        await rows.put(Shelf.PART, row, pack(["half", 1, pages]))
        left_ += (Version(part, row, How.HALF, office.today),)
    return replace(kept, versions=left_)


def _of(kept: Kept, part: PartId) -> list[Version]:
    return [one for one in kept.versions if one.part == part and one.how is How.HALF]


async def _typed(rows: Transaction, kept: Kept, part: PartId) -> dict[str, str]:
    """Return what was being typed at a part, by page, oldest first."""
    found: dict[str, str] = {}
    for one in _of(kept, part):
        value = await rows.get(Shelf.PART, one.row)
        if value is not None:
            found |= _read(value)
    return found


def _read(value: bytes) -> dict[str, str]:
    """Read a row.

    Raises:
        Malformed: it has not that form.
    """
    fields = Fields.decode(value, "half")
    found: dict[str, str] = {}
    for item in fields.items("pages", most=MOST_TYPED):
        match item:
            case [str(page), str(text)]:
                found[page] = text
            case _:
                raise WrongShape(field="half.pages")
    fields.end()
    return found
