"""The auditor's key at this member, and the trail that is sealed to it.

This file knows who stands behind a change. It refuses to read the trail: that takes the sheets,
and a program that is not here.
"""

import asyncio
from pathlib import Path
from typing import Final

from client import audit, trail
from client.audit import Act, Entry
from client.control import Answer
from client.disk import all_of, in_words, write_private
from client.office import Office
from client.refusals import NoTrail, OtherAuditor
from client.verbs.arguments import Arguments
from client.verbs.staffing import behind
from keys.trail import AuditorPublic, trail_of

_FILE: Final = 4_096
_PATH: Final = 4_096


async def show(office: Office, given: Arguments) -> Answer:
    """Return the auditor's fingerprint, or nothing; and how many lines the trail has."""
    given.end()
    async with office.ledger.reading() as rows:
        public = await trail.auditor(rows)
        count = len(await trail.lines(rows))
    return {"fingerprint": "" if public is None else public.fingerprint, "lines": count}


async def use(office: Office, given: Arguments) -> Answer:
    """Seal the trail from now on to the key in a file, whose fingerprint stands on the sheets.

    Raises:
        OtherAuditor: the file has another key than the one on the sheets; nothing was changed.
        Malformed: it is no auditor's key.
        NotHere: there is no such file.
        NotLeader, NoSuchStaff, WrongPassphrase, WaitBeforeTrying: as `staffing.behind`.
    """
    path = Path(given.text("path", most=_PATH))
    typed = "".join(given.text("fingerprint").lower().split())
    (await behind(office, given)).wipe()
    public = AuditorPublic.decode(await asyncio.to_thread(_read, path))
    if typed != "".join(public.fingerprint.split()):
        raise OtherAuditor
    async with office.ledger.transaction("auditor-set") as rows:
        await trail.set_auditor(rows, public)
        await audit.write(rows, Entry(office.now, Act.AUDITOR_SET, "", office.staff.name))
    return {"fingerprint": public.fingerprint}


async def end(office: Office, given: Arguments) -> Answer:
    """Write no trail any more; what is written stays, for those who have the sheets.

    Raises:
        NotLeader, NoSuchStaff, WrongPassphrase, WaitBeforeTrying: as `staffing.behind`.
    """
    (await behind(office, given)).wipe()
    async with office.ledger.transaction("auditor-ended") as rows:
        await trail.set_auditor(rows, None)
        await audit.write(rows, Entry(office.now, Act.AUDITOR_ENDED, "", office.staff.name))
    return {}


async def write(office: Office, given: Arguments) -> Answer:
    """Write the trail to a new file, as sealed as it lies here.

    Raises:
        NoTrail: there is none.
        AlreadyThere, DiskFull, NotHere: of the file; nothing of it is left.
        NotLeader, NoSuchStaff, WrongPassphrase, WaitBeforeTrying: as `staffing.behind`.
    """
    path = Path(given.text("path", most=_PATH))
    (await behind(office, given)).wipe()
    async with office.ledger.transaction("trail-written") as rows:
        lines = await trail.lines(rows)
        if not lines:
            raise NoTrail
        await audit.write(rows, Entry(office.now, Act.TRAIL_WRITTEN, "", office.staff.name))
    write_private(path, all_of(trail_of(lines)))
    return {"lines": len(lines)}


def _read(path: Path) -> bytes:
    with in_words(), path.open("rb") as file:
        return file.read(_FILE)
