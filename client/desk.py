"""The desk: it carries out verbs, and what it does by itself on a tick.

This file knows what happens around a verb. It refuses a verb that the table does not have.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from client import audit, forgetting, moving, owed, postroom, recusal
from client.arrived import Arrived
from client.audit import Act, Entry
from client.control import Answer, Tell
from client.faults import as_refusals
from client.nextread import NextRead
from client.office import Office
from client.shelf import Shelf
from client.verbs import (
    comparing,
    finding,
    keptcases,
    locking,
    overview,
    pcs,
    renewing,
    sending,
    soon,
    sweeping,
    updates,
)
from client.verbs.arguments import Arguments
from client.verbs.table import LONG, PLAIN
from client.visits import HERE
from keys.calendar import Day, Instant, day_of
from keys.errors import Refusal, UnknownKind, WrongShape
from keys.wire import Value

_VISIT: Final = 64


class Desk:
    """One member's desk."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._turn = asyncio.Lock()
        self.next_read = NextRead()

    async def do(self, verb: str, given: Mapping[str, Value], tell: Tell) -> Answer:
        """Carry out a verb, on behalf of the `visit` that is among its arguments.

        Raises:
            UnknownKind: there is no such verb.
            Refusal: what the verb was refused.
        """
        given = dict(given)
        visit = given.pop("visit", HERE)
        if not isinstance(visit, str) or len(visit) > _VISIT:
            raise WrongShape(field="visit")
        with self._office.visits.on_behalf_of(visit):
            return await self._do(verb, given, tell)

    async def _do(self, verb: str, given: Mapping[str, Value], tell: Tell) -> Answer:
        arguments = Arguments(verb, given)
        match verb:
            case "unlock":
                return await self._unlock(arguments)
            case "lock":
                return await locking.lock(self._office, arguments)
            case "sync":
                return await self._sync(arguments, tell)
            case "pcs known":
                return await pcs.known(self._office, arguments)
            case "pcs served":
                return await pcs.served(self._office, arguments)
            case _:
                pass
        await recusal.check(self._office, verb, given)
        if verb == "arrive":
            await self._open_waiting()
        plain, long = PLAIN.get(verb), LONG.get(verb)
        if plain is not None:
            answer = await plain(self._office, arguments)
        elif long is not None:
            answer = await long(self._office, arguments, tell)
        else:
            raise UnknownKind(kind="verb")
        await self._settle()
        return soon.timed(self._office, verb, answer)

    async def _open_waiting(self) -> None:
        """Open what has come and lies here: what was taken back in it is not opened at the door."""
        if self._office.unlocked and self._office.ready:
            with suppress(Refusal):  # one note that hinders closes no door; the tick tells of it
                async with self._turn:
                    await postroom.open_all(self._office)

    async def _settle(self) -> None:
        """Put what a verb owes in line now, so that it leaves on the very next tick."""
        if self._office.unlocked and self._office.ready:
            # The verb is done and durable: what hinders this is met again on the tick.
            with suppress(Refusal):
                async with self._turn:
                    await owed.settle(self._office)
        with suppress(Refusal):
            await keptcases.scrub(self._office)

    async def _unlock(self, given: Arguments) -> Answer:
        office = self._office
        about, name = await locking.enter(office, given)
        with suppress(Refusal):  # one row that cannot be read keeps nobody out
            await self.sweep()
        async with office.ledger.transaction("unlocked") as rows:
            await audit.write(rows, Entry(office.now, Act.UNLOCKED, about, name))
        with suppress(Refusal):  # the door is open, and the tick tells what hinders the rest
            await self.process()
        with suppress(Refusal):
            await self.make_lists()
        return await overview.status(office, Arguments("status", {}))

    async def make_lists(self) -> None:
        """Make the lists of one-time keys that are lacking; they are told by the calendar.

        Also at the unlock itself: a desk may be locked again before any slot has come.
        """
        office = self._office
        if office.unlocked and office.ready and office.following.fresh(office.now):
            await office.upkeep.prekeys(office.staff.identity, office.roster, office.today)

    async def _sync(self, given: Arguments, tell: Tell) -> Answer:
        given.end()
        done = 0

        def progress(count: int) -> None:
            nonlocal done
            done += count
            tell("progress.reading", done, 0)

        tell("progress.waiting", 0, 0)
        report = await self.next_read.wait(progress)
        return {"notes": report.notes, "blobs": report.blobs}

    async def process(self) -> None:
        """Open what has come and move on what changed; only while the staff lock is open.

        Raises:
            Refusal: the first of what hindered it; everything else was done all the same.
        """
        if not (self._office.unlocked and self._office.ready):
            return
        async with self._turn:
            refusals: list[Refusal] = []
            for work in _BY_ITSELF:
                try:
                    with as_refusals():
                        await work(self._office)
                except Refusal as refusal:
                    refusals.append(refusal)
        if refusals:
            raise refusals[0]

    async def synced(self, now: Instant) -> None:
        """Note when every board was last read to its end."""
        async with self._office.ledger.transaction("read-until") as rows:
            await rows.put(Shelf.META, finding.READ_UNTIL, now.to_bytes(8, "big"))
            await self._office.keyring.offers.none_before_next_week(rows, day_of(now))

    async def synced_at(self) -> Instant:
        """Return when every board was last read to its end."""
        async with self._office.ledger.reading() as rows:
            return await finding.read_until(rows)

    async def waiting_days(self) -> frozenset[Day]:
        """Return the days of inner keys for which sealed layers still wait for staff."""
        async with self._office.ledger.reading() as rows:
            waiting = [Arrived.decode(value) for _, value in await rows.rows(Shelf.ARRIVED)]
        return frozenset(one.day for one in waiting)

    async def sweep(self) -> int:
        """At start: remove cell files that a crash left and no row names.

        Files of staff rows can only be told apart with the lock open, and a damaged row's file
        looks like a stray: nothing is swept then.
        """
        return await sweeping.sweep(self._office)


_BY_ITSELF: Final = (
    pcs.renew,
    renewing.renew,
    sending.resume,
    postroom.open_all,
    keptcases.advance,
    updates.advance,
    moving.advance,
    forgetting.sweep,
    owed.settle,
    comparing.tidy,
    keptcases.scrub,
)
"""What is done on a tick, in this order, when the staff lock is open."""
