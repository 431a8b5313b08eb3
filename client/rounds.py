"""What a member asks for and tells as itself in a slot: roster, keys and tokens (design §§ 6-8).

This file knows the order of it, and that it follows from the calendar alone. It refuses to post a
cell: whoever posts is known to nobody, and waits for nothing that is asked here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from client.alarms import Alarm
from client.faults import as_refusals
from client.office import Office
from keys.errors import BrokerGone, Refusal, RevokedMember

_PATIENCE: Final = 240
"""Seconds for all of it: who answers one byte a minute holds up one slot, and not the next."""


async def attempt(refusals: list[Refusal], work: Awaitable[None]) -> None:
    """Do one part of a slot; what it is refused keeps no other part from happening."""
    try:
        with as_refusals():
            await work
    except Refusal as refusal:
        refusals.append(refusal)


async def ask(
    office: Office, refusals: list[Refusal], post: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Ask and tell what the calendar says; what was refused is added to `refusals`.

    Args:
        office: of this member.
        refusals: so far in this slot.
        post: posts the slot's cells, where there was no token for them yet.
    """
    try:
        async with asyncio.timeout(_PATIENCE):
            await _ask(office, refusals, post)
    except TimeoutError:
        refusals.append(BrokerGone())


async def _ask(
    office: Office, refusals: list[Refusal], post: Callable[[], Awaitable[None]] | None
) -> None:
    await attempt(refusals, _roster(office))
    if not office.ready:
        return
    upkeep, minute, now = office.upkeep, office.me.token_minute, office.now
    for tell in (upkeep.tell_certificate, upkeep.tell_keys):  # by one clock, each on its own
        await attempt(refusals, tell(office.transport, now, minute))
    await attempt(refusals, _tokens(office, refusals))
    if post is not None and office.following.fresh(office.now):
        await attempt(refusals, post())
    await attempt(refusals, upkeep.tell_list(office.transport, office.now, minute))


async def _roster(office: Office) -> None:
    # In every slot, whatever came: when a member asks says nothing of what it has read.
    await office.following.update(office.transport, office.now)
    try:
        _ = office.me
    except RevokedMember:  # from now on nothing comes or goes
        await office.alarms.once((Alarm.TAKEN_OUT,))
    except Refusal:
        pass  # not made, or not in the roster yet


async def _tokens(office: Office, refusals: list[Refusal]) -> None:
    me = office.me
    refusals += await office.upkeep.tokens(office.transport, office.roster, me, office.now)
