"""The long-lived process of one member: it ticks, and it answers its own user.

This file knows what happens on a tick and in which order, locked or not (design §§ 5, 8). It
refuses to know what a verb does: the desk does. Nothing that goes wrong in one part of a tick
keeps the others from happening, and nothing about cases changes what a tick looks like outside.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from client import forgetting, lanes, used
from client.alarms import Alarm
from client.control import Answer, ControlServer, Tell
from client.desk import Desk
from client.faults import as_refusals
from client.home import Home
from client.lanes import Lane
from client.ledger import Step, no_step
from client.office import Office
from client.reader import Report
from client.settings import Settings
from client.shelf import Lock
from client.turnover import turn_over
from client.verbs import keptcases
from client.visits import HERE, LONGEST
from keys.calendar import Clock, Instant, day_of
from keys.errors import NotYet, Refusal, RevokedMember, UnknownMember
from keys.wire import Value

_EAGER: Final = 5
"""Seconds between tries as long as there is no roster to say how long a slot is."""


@dataclass(slots=True)
class Health:
    """What the last tick met, in numbers and refusals; never content.

    Attributes:
        report: what reading the boards brought.
        refusals: what was refused, by the broker or by what it sent.
        synced_at: when every board was last read to its end.
        self_tested: whether a note sealed to oneself has come back and opened.
    """

    report: Report = field(default_factory=Report)
    refusals: tuple[Refusal, ...] = ()
    synced_at: Instant = Instant(0)  # noqa: RUF009 - a NewType of int
    self_tested: bool = False


class Service:
    """One member's service. `start`, then `tick` or `run`, then `close`.

    Args:
        home: the member's directory, made by `folge init`.
        settings: where the broker is and which root it must prove.
        clock: the one source of time.
        after_step: told the name of each durable step; only tests pass it.
    """

    def __init__(
        self, home: Home, settings: Settings, clock: Clock, *, after_step: Step = no_step
    ) -> None:
        self._home = home
        self._settings = settings
        self._clock = clock
        self._after_step = after_step
        self._turn = asyncio.Lock()
        self._stuck: tuple[Refusal, ...] = ()
        self.health = Health()

    async def start(self) -> Self:
        """Open the machine lock and the ledger, and listen on the local socket.

        Raises:
            UnsafeFile: others may read what only this user may.
            StoreDamaged: the ledger is not as it was written.
            BadSettings: the directory's path is too long for a socket in it.
        """
        self.office = await Office.open(
            self._home, self._settings, self._clock, after_step=self._after_step
        )
        self.desk = Desk(self.office)
        self._control = ControlServer(self._home.socket, self._do)
        try:
            await self._control.start()
        except BaseException:
            await self.office.close()
            raise
        return self

    async def close(self) -> None:
        """Stop listening and close the locks; a tick under way ends first."""
        await self._control.close()
        async with self._turn:
            await self.office.close()

    async def run(self) -> None:
        """Tick at every note slot of the roster's schedule, for ever."""
        reading: asyncio.Task[None] | None = None
        going: asyncio.Task[None] | None = None
        try:
            while True:
                refusals = await self._write_slot()
                # Apart: we are known when we read, and not when we post. A reading that waited for
                # a long upload would say whose it was.
                if going is None or going.done():
                    going = asyncio.create_task(self._go_on())
                if reading is None or reading.done():
                    reading = asyncio.create_task(self._read_slot(refusals))
                slot = self._next_slot()
                await self.office.sleep_until(
                    Instant(slot - min(lanes.AHEAD, (slot - self.office.now) // 2))
                )
                with suppress(Refusal), as_refusals():  # the slot meets it again, and tells of it
                    await self._tick_ahead(slot)
                await self.office.sleep_until(slot)
        finally:
            for task in (going, reading):
                if task is not None:
                    task.cancel()
                    await asyncio.gather(task, return_exceptions=True)

    def _next_slot(self) -> Instant:
        known = self.office.following.known
        seconds = self.office.roster.schedule.note_slot_seconds if known else _EAGER
        return Instant((self.office.now // seconds + 1) * seconds)

    async def tick(self) -> Health:
        """Do one slot's work; what was refused is in the answer, never raised."""
        refusals = await self._write_slot()
        await self._go_on()
        await self._read_slot(refusals)
        return self.health

    async def read(self) -> Health:
        """Do what a slot does after its cells are posted; `run` does it beside the next slots."""
        await self._read_slot([])
        return self.health

    # ── writing: first, and never later for what reading takes ───────────────────────────────
    async def _write_slot(self) -> list[Refusal]:
        """Post this slot's cells, and then ask for and tell what the calendar says.

        We are known when we ask and tell, and not when we post: cells that came later for it would
        be known as ours. Only who has no token yet for the slot asks first.
        """
        office, refusals = self.office, list[Refusal]()
        async with self._turn:
            posts_first = office.ready and office.following.fresh(office.now)
            posts_first = posts_first and await office.upkeep.stocked(office.me.role, office.today)
            if posts_first:
                await _try(refusals, self._tick_lane(refusals))
            await _try(refusals, self._tick_roster())
            if office.ready:
                await _try(refusals, self._tick_publish())
                await _try(refusals, self._tick_tokens(refusals))
                if not posts_first and office.following.fresh(office.now):
                    await _try(refusals, self._tick_lane(refusals))
                await _try(refusals, self._tick_list())
        return refusals

    async def _tick_roster(self) -> None:
        office = self.office
        # In every slot, whatever came: when a member asks says nothing of what it has read.
        await office.following.update(office.transport, office.now)
        await self._look_at_ourselves()

    async def _look_at_ourselves(self) -> None:
        """Tell staff of a machine whose member was taken out: from now on nothing comes or goes."""
        try:
            _ = self.office.me
        except RevokedMember:
            await self.office.alarms.once((Alarm.TAKEN_OUT,))
        except Refusal:
            pass  # not made, or not in the roster yet

    async def _tick_publish(self) -> None:
        office = self.office
        await office.upkeep.publish(office.transport, office.now, office.me.token_minute)

    async def _tick_list(self) -> None:
        office = self.office
        minute = office.me.token_minute
        await office.upkeep.tell_list(office.transport, office.now, minute)

    async def _tick_keys(self) -> None:
        office = self.office
        await office.upkeep.follow_keys(office.transport, office.roster, office.today)

    async def _tick_tokens(self, refusals: list[Refusal]) -> None:
        office = self.office
        me = office.me
        refusals += await office.upkeep.tokens(office.transport, office.roster, me, office.now)

    async def _tick_lane(self, refusals: list[Refusal]) -> None:
        office = self.office
        due, at = await self._due(office.now), lanes.slots(office.roster.schedule, office.now)
        # Also when it is refused, or the program dies, the slot was used: nobody sees more tries.
        await used.use(office.ledger, {lane.cls: at[lane.cls] for lane in due})
        refusals += await office.poster().tick(office.transport, office.today, office.dummy, due)

    async def _tick_ahead(self, slot: Instant) -> None:
        """Bind what leaves in the next slot, so that in it nothing is left but to post."""
        office = self.office
        if office.ready and office.following.fresh(slot):
            async with self._turn:
                due = await self._due(slot)
                await office.poster().prepare(day_of(slot), office.dummy, due)

    async def _due(self, now: Instant) -> tuple[Lane, ...]:
        before = await used.used(self.office.ledger)
        return lanes.due(self.office.me.role, self.office.roster.schedule, now, before)

    async def _go_on(self) -> None:
        """Go on with what staff have sent beside the lanes."""
        office, refusals = self.office, list[Refusal]()
        if office.ready and office.following.fresh(office.now):
            await _try(refusals, self._tick_bound(refusals))
        self._stuck = tuple(refusals)

    async def _tick_bound(self, refusals: list[Refusal]) -> None:
        refusals += await self.office.post_bound()

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    async def _read_slot(self, refusals: list[Refusal]) -> None:
        """Read; a long download delays no later slot."""
        office = self.office
        office.leave_where(
            lambda visit, login: visit != HERE and office.now >= login.since + LONGEST
        )
        if office.ready:
            await _try(refusals, self._tick_keys())
            refusals += await self._read_and_open()
            await _try(refusals, self._tick_daily())
            await _try(refusals, self._tick_turn(Lock.MACHINE))
            if office.unlocked:
                await _try(refusals, self._tick_turn(Lock.STAFF))
                await _try(refusals, self.desk.make_lists())
            await _try(refusals, keptcases.scrub(office))
        else:
            self.desk.next_read.ended(Report(), (NotYet(),))
        if office.unlocked or office.following.fresh(office.now):
            # A clock that jumped ahead must not destroy what is kept: a roster signed in that
            # future would be missing, and so this waits; staff who unlock see what it did.
            await _try(refusals, forgetting.sweep(office))
        refusals += self._stuck
        self.health.refusals = tuple(refusals)
        # A broker or issuer that has not yet read the roster in which we stand says so of us; that
        # is no reason to stop and call.
        known = [one for one in refusals if not isinstance(one, UnknownMember)]
        await office.alarms.raised(known)

    async def _read_and_open(self) -> list[Refusal]:
        """Read and open what came, and tell those of the staff who wait for it."""
        refusals: list[Refusal] = []
        await _try(refusals, self._tick_read(refusals))
        await _try(refusals, self.desk.process())
        self.desk.next_read.ended(self.health.report, refusals)
        return refusals

    async def _tick_read(self, refusals: list[Refusal]) -> None:
        report = await self.office.read_boards(self.desk.next_read.came)
        refusals += report.refusals
        self.health.report = report
        self.health.self_tested = self.health.self_tested or report.own > 0
        if report.whole:
            self.health.synced_at = self.office.now
            await self.desk.synced(self.office.now)

    async def _tick_daily(self) -> None:
        office = self.office
        read_until = day_of(await self.desk.synced_at())
        waiting = await self.desk.waiting_days()
        # Not the clock's: one that jumped ahead would destroy every key. Nor only while a roster
        # counts: whoever shows none would keep them alive.
        today = await office.upkeep.proven(office.now)
        if await office.upkeep.daily(today, read_until, waiting):
            office.has_leavings = True
            await office.forget_unreadable(today)

    async def _tick_turn(self, lock: Lock) -> None:
        """Give the rows of an open lock today's key."""
        office = self.office
        office.has_leavings |= await turn_over(office.ledger, lock, office.today)

    async def _do(self, verb: str, arguments: Mapping[str, Value], tell: Tell) -> Answer:
        return await self.desk.do(verb, arguments, tell)


async def _try(refusals: list[Refusal], work: Awaitable[None]) -> None:
    """Do one part of a tick; what it is refused keeps no other part from happening."""
    try:
        with as_refusals():
            await work
    except Refusal as refusal:
        refusals.append(refusal)
