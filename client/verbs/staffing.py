"""Who can open the staff lock here: a slot for each, with a passphrase that only they know.

This file knows names and passphrases while it works. A slot is written after the log says so: a
power failure between them leaves a line too many, never a key that nobody wrote down.
"""

import asyncio

from client import audit
from client.audit import Act, Entry
from client.control import Answer
from client.leaders import leaders, named, set_leaders
from client.ledger import Transaction
from client.office import Office
from client.refusals import NoSuchStaff, NotLeader
from client.verbs.arguments import Arguments
from keys.errors import LastSlot, OverLong, SlotTaken
from keys.keystore import StaffSlots
from keys.rows import StoreKey
from keys.slots import MOST_SLOTS, check_name, check_strength, same_name
from keys.wire import Packable

_PASSPHRASE = 1_024


async def listed(office: Office, given: Arguments) -> Answer:
    """Return who can open the lock, oldest first, who of them leads, and who has it open."""
    given.end()
    staff = office.staff
    names = await _names(office)
    async with office.ledger.reading() as rows:
        leading = await leaders(rows, names)
    who: list[Packable] = [{"name": one, "leads": one in leading} for one in names]
    return {"staff": who, "me": staff.name}


async def add(office: Office, given: Arguments) -> Answer:
    """Give one more of the staff a slot of their own.

    Raises:
        SlotTaken: somebody of that name has one.
        WeakPassphrase, WrongShape, OverLong: the new name or passphrase, or there are too many.
        NotLeader: neither a leader nor a second person stands behind it.
        WrongPassphrase, WaitBeforeTrying, NoSuchStaff: of whoever stands behind it.
    """
    name = given.text("name")
    new = given.text("new", most=_PASSPHRASE)
    leads = given.flag("leads")
    check_name(name)
    check_strength(new)
    key = await behind(office, given)
    try:
        names = await _names(office)
        if named(names, name) is not None:
            raise SlotTaken
        if len(names) >= MOST_SLOTS:
            raise OverLong(limit=MOST_SLOTS)
        async with office.ledger.transaction("staff-added") as rows:
            leading = await leaders(rows, names)
            await set_leaders(rows, {*leading, name} if leads else leading)
            await _log(rows, office, Act.STAFF_ADDED, name)
        slots = StaffSlots(office.home.slots)
        await asyncio.to_thread(slots.add, key, name, new)
    finally:
        key.wipe()
    return {"name": name, "leads": leads}


async def remove(office: Office, given: Arguments) -> Answer:
    """Take the slot of one of the staff away, and log them out everywhere; what they wrote stays.

    Raises:
        NoSuchStaff: nobody of that name has one.
        LastSlot: nobody could open the lock any more.
        WrongState: nobody would lead.
        NotLeader, WrongPassphrase, WaitBeforeTrying: as in `add`.
    """
    typed = given.text("name")
    (await behind(office, given)).wipe()
    names = await _names(office)
    name = _there(names, typed)
    if len(names) == 1:
        raise LastSlot
    async with office.ledger.transaction("staff-removed") as rows:
        await set_leaders(rows, {*await leaders(rows, names)} - {name})
        await _log(rows, office, Act.STAFF_REMOVED, name)
    await asyncio.to_thread(StaffSlots(office.home.slots).remove, name)
    office.leave_where(lambda _visit, login: same_name(login.staff.name, name))
    return {"name": name}


async def lead(office: Office, given: Arguments) -> Answer:
    """Make one of the staff a leader, or end that.

    Raises:
        NoSuchStaff: nobody of that name has a slot.
        WrongState: nobody would lead.
        NotLeader, WrongPassphrase, WaitBeforeTrying: as in `add`.
    """
    typed = given.text("name")
    ends = given.flag("ends")
    (await behind(office, given)).wipe()
    names = await _names(office)
    name = _there(names, typed)
    async with office.ledger.transaction("staff-leads") as rows:
        leading = {*await leaders(rows, names)}
        await set_leaders(rows, leading - {name} if ends else leading | {name})
        act = Act.STAFF_LEADS_NO_MORE if ends else Act.STAFF_LEADS
        await _log(rows, office, act, name)
    return {"name": name, "leads": not ends}


async def passphrase(office: Office, given: Arguments) -> Answer:
    """Give one's own slot another passphrase.

    Raises:
        WeakPassphrase, OverLong: the new one; nothing was changed.
        WrongPassphrase, WaitBeforeTrying: the old one; nothing was changed.
    """
    old = given.text("passphrase", most=_PASSPHRASE)
    new = given.text("new", most=_PASSPHRASE)
    given.end()
    staff = office.staff
    slots = StaffSlots(office.home.slots)
    await asyncio.to_thread(slots.change, staff.name, old, new, office.now)
    async with office.ledger.transaction("staff-passphrase") as rows:
        await _log(rows, office, Act.STAFF_PASSPHRASE, staff.name)
    return {"name": staff.name}


async def decides(office: Office, named_: str) -> str:
    """Return which leader decides where nobody can be asked (C-11.11): the log says so.

    Args:
        office: with the staff lock open.
        named_: the leader that whoever has unlocked names, or empty when they lead themselves.

    Raises:
        NotLeader: whoever it is does not lead.
        NoSuchStaff: nobody of that name has a slot.
    """
    names = await _names(office)
    who = _there(names, named_ or office.staff.name)
    async with office.ledger.reading() as rows:
        if who not in await leaders(rows, names):
            raise NotLeader(kind="unasked")
    return who


async def one_of_us(office: Office, typed: str) -> str:
    """Return how a name of the staff is written in the lock, however it is typed.

    Raises:
        NoSuchStaff: nobody of that name has a slot.
    """
    return _there(await _names(office), typed)


async def behind(office: Office, given: Arguments) -> StoreKey:
    """Return the store key, opened by whoever stands behind a change: a leader, or a second person.

    With nobody named it is whoever has unlocked, and they must lead.

    Raises:
        NotLeader: whoever has unlocked does not lead, and names nobody else.
        NoSuchStaff: nobody of the name that is given has a slot.
        WrongPassphrase, WaitBeforeTrying: of whoever stands behind it.
    """
    by = given.maybe("by")
    secret = given.text("passphrase", most=_PASSPHRASE)
    given.end()
    staff = office.staff
    names = await _names(office)
    who = _there(names, by or staff.name)
    async with office.ledger.reading() as rows:
        leading = await leaders(rows, names)
    if who == staff.name and who not in leading:
        raise NotLeader(kind="staff")
    slots = StaffSlots(office.home.slots)
    return await asyncio.to_thread(slots.unlock, who, secret, office.now)


async def _names(office: Office) -> tuple[str, ...]:
    return await asyncio.to_thread(StaffSlots(office.home.slots).names)


def _there(names: tuple[str, ...], typed: str) -> str:
    found = named(names, typed)
    if found is None:
        raise NoSuchStaff
    return found


async def _log(rows: Transaction, office: Office, act: Act, about: str) -> None:
    await audit.write(rows, Entry(office.now, act, about, office.staff.name))
