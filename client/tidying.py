"""What a member destroys in every slot, because its time is over.

This file knows the order of it, and that it asks nobody: whoever answers slowly, or shows no
roster, keeps nothing alive. It refuses to know what is destroyed.
"""

from client import forgetting
from client.desk import Desk
from client.office import Office
from client.rounds import attempt
from client.shelf import Lock
from client.turnover import turn_over
from client.verbs import keptcases
from keys.calendar import day_of
from keys.errors import Refusal


async def tidy(office: Office, desk: Desk) -> tuple[Refusal, ...]:
    """Destroy what is over, whether the roster names this member or not; return what hindered."""
    refusals: list[Refusal] = []
    await attempt(refusals, _keys(office, desk))
    await attempt(refusals, _turn(office, Lock.MACHINE))
    if office.unlocked:
        await attempt(refusals, _turn(office, Lock.STAFF))
        await attempt(refusals, desk.make_lists())
    await attempt(refusals, keptcases.scrub(office))
    if office.unlocked or office.following.fresh(office.now):
        # A clock that jumped ahead must not destroy what is kept: a roster signed in that future
        # would be missing, and so this waits; staff who unlock see what it did.
        await attempt(refusals, forgetting.sweep(office))
    return tuple(refusals)


async def _keys(office: Office, desk: Desk) -> None:
    read_until = day_of(await desk.synced_at())
    waiting = await desk.waiting_days()
    # Not the clock's day: one that jumped ahead would destroy every key. Nor only while a roster
    # counts: whoever shows none would keep them alive.
    today = await office.upkeep.proven(office.now)
    by_clock = today == office.today
    if await office.upkeep.daily(today, read_until, waiting, by_clock=by_clock):
        office.has_leavings = True
        await office.forget_unreadable(today)


async def _turn(office: Office, lock: Lock) -> None:
    """Give the rows of an open lock today's key."""
    office.has_leavings |= await turn_over(office.ledger, lock, office.today)
