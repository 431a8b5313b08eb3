"""Which PCs may ask the desk of this machine: enrolled by a leader, removed by anybody at once.

This file knows names and fingerprints. It refuses to keep a PC's key: that stands in the file
that is written once and in the PC, and the password is shown once.
"""

import asyncio
from pathlib import Path
from typing import Final

from client import audit
from client.audit import Act, Entry
from client.control import Answer
from client.deskpcs import AuthorityRow, HostRow, PcRow
from client.disk import all_of, write_once
from client.home import Home
from client.ledger import Transaction
from client.office import Office
from client.refusals import NoDeskHost, PcTaken, TooMany, UnknownPc
from client.shelf import Shelf
from client.verbs.arguments import Arguments
from client.verbs.staffing import behind
from client.visits import HERE
from keys.calendar import DAY_SECONDS, Instant
from keys.deskca import DeskAuthority, check_host, check_pc, password
from keys.wire import Packable

FILE: Final = "pc.p12"
TRUST: Final = "pc-ca.crt"
MOST: Final = 32
"""The most PCs of one centre."""
RENEWS: Final = 90 * DAY_SECONDS
"""How long before its end the desk's own certificate is made anew."""
_ROW: Final = b"only"
_HOST: Final = 253
_PATH: Final = 4_096


async def host(office: Office, given: Arguments) -> Answer:
    """Say under which name other PCs find the desk of this machine.

    Another name than before is another authority: every PC is enrolled anew.

    Raises:
        WrongShape: it is no name of a host.
        NotLeader, NoSuchStaff, WrongPassphrase, WaitBeforeTrying: as `staffing.behind`.
    """
    name = given.text("host", most=_HOST)
    check_host(name)
    (await behind(office, given)).wipe()
    made = await asyncio.to_thread(DeskAuthority.create, name, office.now)
    async with office.ledger.transaction("desk-host") as rows:
        kept = await _authority(rows)
        another = kept is None or kept.host != name
        if kept is None or another:
            await rows.put(Shelf.DESK_AUTHORITY, _ROW, AuthorityRow(made).encode())
            for row in await rows.ids(Shelf.DESK_PC):
                await rows.delete(Shelf.DESK_PC, row)
            kept = made
        until = await _show(rows, kept, office.now)
        await audit.write(rows, Entry(office.now, Act.DESK_HOST, "", office.staff.name))
    if another:
        office.leave_where(lambda visit, _login: visit != HERE)
    return {"host": name, "until": until}


async def add(office: Office, given: Arguments) -> Answer:
    """Enrol a PC: write its file and whom it trusts to a directory; return the file's password.

    Raises:
        NoDeskHost: this machine has no name for other PCs yet.
        PcTaken, TooMany: a PC of that name is enrolled, or there are too many.
        WrongShape: the name is none for a PC.
        NotLeader, NoSuchStaff, WrongPassphrase, WaitBeforeTrying: as `staffing.behind`.
        AlreadyThere, DiskFull, NotHere, UnsafeFile: of the files; nobody is enrolled then.
    """
    name = given.text("pc_name")
    to = Path(given.text("path", most=_PATH))
    check_pc(name)
    (await behind(office, given)).wipe()
    async with office.ledger.reading() as rows:
        authority = await _free(rows, name)
    secret = password()
    made = await asyncio.to_thread(authority.enrol, name, secret, office.now)
    await asyncio.to_thread(_written, to, made.file, authority.pem)
    async with office.ledger.transaction("pc-added") as rows:
        await _free(rows, name)
        row = PcRow(made.known_by, name, made.until)
        await rows.put(Shelf.DESK_PC, _id(office, made.known_by), row.encode())
        await audit.write(rows, Entry(office.now, Act.PC_ADDED, name, office.staff.name))
    return {"name": name, "password": secret, "until": made.until, "host": authority.host}


async def listed(office: Office, given: Arguments) -> Answer:
    """Return the PCs that may ask, and who is in: at which of them, and since when."""
    given.end()
    _ = office.staff
    async with office.ledger.reading() as rows:
        shown = await _shown(rows)
        found = await _pcs(rows)
    names = {one.known_by: one.name for one in found}
    inside: list[Packable] = [
        {"name": login.staff.name, "pc": names.get(login.pc, ""), "since": login.since}
        for login in office.visits.logins.values()
    ]
    rows_: list[Packable] = [{"name": one.name, "until": one.until} for one in found]
    return {"host": shown.host if shown else "", "pcs": rows_, "inside": inside}


async def remove(office: Office, given: Arguments) -> Answer:
    """Let a PC ask no more, from its very next request, and log out whoever is in there.

    Raises:
        UnknownPc: no PC of that name is enrolled.
    """
    name = given.text("pc_name")
    given.end()
    staff = office.staff
    async with office.ledger.transaction("pc-removed") as rows:
        gone = [one for one in await _pcs(rows) if one.name == name]
        if not gone:
            raise UnknownPc
        for one in gone:
            await rows.delete(Shelf.DESK_PC, _id(office, one.known_by))
        await audit.write(rows, Entry(office.now, Act.PC_REMOVED, name, staff.name))
    office.leave_where(lambda _visit, login: any(login.pc == one.known_by for one in gone))
    return {"name": name}


# ── what the desk in the browser asks; staff never do ────────────────────────────────────────
async def known(office: Office, given: Arguments) -> Answer:
    """Return the name of the PC that asks the desk, and whether the visit that asks is open.

    Raises:
        UnknownPc: it is not enrolled (any more), or its certificate has ended.
    """
    pc = given.text("pc")
    given.end()
    found = await enrolled(office, pc)
    mine = office.visits.mine
    return {"name": found.name, "open": mine is not None and mine.pc == pc}


async def served(office: Office, given: Arguments) -> Answer:
    """Return what the desk serves with.

    Raises:
        NoDeskHost: this machine has no name for other PCs yet.
    """
    given.end()
    async with office.ledger.reading() as rows:
        shown = await _shown(rows)
    if shown is None:
        raise NoDeskHost
    return {"host": shown.host, "trusts": shown.trusts, "key": shown.key, "chain": shown.chain}


async def enrolled(office: Office, pc: str) -> PcRow:
    """Return the PC that is known by a fingerprint.

    Raises:
        UnknownPc: it is not enrolled (any more), or its certificate has ended.
    """
    async with office.ledger.reading() as rows:
        kept = await rows.get(Shelf.DESK_PC, _id(office, pc))
    found = PcRow.decode(kept) if kept else None
    if found is None or found.until <= office.now:
        raise UnknownPc
    return found


async def renew(office: Office) -> None:
    """Make the desk's own certificate anew in good time, as soon as anybody is in."""
    async with office.ledger.reading() as rows:
        shown = await _shown(rows)
    if shown is None or shown.until - RENEWS > office.now:
        return
    async with office.ledger.transaction("desk-renewed") as rows:
        authority = await _authority(rows)
        if authority is not None:
            await _show(rows, authority, office.now)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────
def _id(office: Office, pc: str) -> bytes:
    return office.ledger.key(b"desk-pc", pc.encode())


async def _pcs(rows: Transaction) -> list[PcRow]:
    found = [PcRow.decode(value) for _, value in await rows.rows(Shelf.DESK_PC)]
    return sorted(found, key=lambda one: one.name)


async def _authority(rows: Transaction) -> DeskAuthority | None:
    kept = await rows.get(Shelf.DESK_AUTHORITY, _ROW)
    return AuthorityRow.decode(kept).authority if kept else None


async def _shown(rows: Transaction) -> HostRow | None:
    kept = await rows.get(Shelf.DESK_HOST, _ROW)
    return HostRow.decode(kept) if kept else None


async def _show(rows: Transaction, authority: DeskAuthority, now: Instant) -> Instant:
    made = authority.serve(now)
    shown = HostRow(authority.host, authority.pem, made.key, made.chain, made.until)
    await rows.put(Shelf.DESK_HOST, _ROW, shown.encode())
    return made.until


async def _free(rows: Transaction, name: str) -> DeskAuthority:
    """Return the authority, when a PC of that name can be enrolled."""
    authority = await _authority(rows)
    if authority is None:
        raise NoDeskHost
    found = await _pcs(rows)
    if any(one.name == name for one in found):
        raise PcTaken
    if len(found) >= MOST:
        raise TooMany(field="pcs", limit=MOST)
    return authority


def _written(to: Path, file: bytes, trust: bytes) -> None:
    Home(to).make()
    write_once(to / FILE, all_of(file))
    write_once(to / TRUST, all_of(trust))
