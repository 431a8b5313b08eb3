"""The staff lock, opened and closed for one visit or for everybody (ADR 25).

This file knows who comes and goes, and writes it in the log. It refuses to keep a lock open because
the log cannot be written.
"""

import asyncio
from typing import Final

from client import audit
from client.audit import Act, Entry
from client.control import Answer
from client.office import Office
from client.verbs import pcs
from client.verbs.arguments import Arguments
from client.visits import HERE
from keys.keystore import StaffSlots

_PASSPHRASE: Final = 1_024


async def enter(office: Office, given: Arguments) -> tuple[str, str]:
    """Open the lock for the visit that asks; return the name of its PC, if any, and who it is.

    Raises:
        UnknownPc: the visit is at a PC that is not enrolled.
        WrongPassphrase, WaitBeforeTrying, NotHere: as `Office.enter`.
    """
    name, passphrase = given.text("name"), given.text("passphrase", most=_PASSPHRASE)
    pc = given.maybe("pc")
    given.end()
    visit = office.visits.asking or HERE
    about = "" if visit == HERE else (await pcs.enrolled(office, pc)).name
    await office.enter(name, passphrase, visit, pc)
    return about, name


async def lock(office: Office, given: Arguments) -> Answer:
    """Lock for the visit that asks; at this machine, or when it says so, for everybody."""
    visit = office.visits.asking or HERE
    everybody = given.flag("everybody") or visit == HERE
    given.end()
    leaving = [one for at, one in office.visits.logins.items() if everybody or at == visit]
    try:
        if leaving:
            with office.visits.on_behalf_of(None):
                async with office.ledger.transaction("locked") as rows:
                    for login in leaving:
                        entry = Entry(office.now, Act.LOCKED, "", login.staff.name)
                        await audit.write(rows, entry)
    finally:  # a full disk keeps no lock open
        if everybody:
            office.leave()
        else:
            office.leave_where(lambda one, _login: one == visit)
    return {}


async def vouch(office: Office, name: str, passphrase: str) -> None:
    """Let a second staff member approve with their own passphrase, at this same desk.

    Raises:
        WrongPassphrase, WaitBeforeTrying, NotHere: as `StaffSlots.unlock`.
    """
    slots = StaffSlots(office.home.slots)
    (await asyncio.to_thread(slots.unlock, name, passphrase, office.now)).wipe()
