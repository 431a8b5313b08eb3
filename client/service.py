"""The long-lived process of one member: it ticks, and it answers its own user.

This file knows what happens on a tick and in which order, locked or not (design §§ 5, 8). It
refuses to know what a verb does: the desk does. Nothing that goes wrong in one part of a tick
keeps the others from happening, and nothing about cases changes what a tick looks like outside.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self, TypeAlias

from client import lanes, tidying, used
from client.control import Answer, ControlServer, Tell
from client.desk import Desk
from client.faults import as_refusals
from client.home import Home
from client.lanes import Lane
from client.ledger import Step, no_step
from client.office import Office
from client.reader import Report
from client.rounds import ask, attempt
from client.settings import Settings
from client.visits import HERE, LONGEST
from keys.calendar import Clock, Instant, day_of
from keys.errors import Refusal, UnknownMember
from keys.wire import Value

_Task: TypeAlias = asyncio.Task[None]
_LONG: Final = 120
"""Seconds after which nobody waits any more for what asks or reads."""
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
        self._hindered: tuple[Refusal, ...] = ()
        self._under_way: dict[str, _Task] = {}
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
        try:
            while True:
                refusals: list[Refusal] = []
                self._begin_slot(refusals, posted=await self._post(refusals))
                slot = self._next_slot()
                await self.office.sleep_until(
                    Instant(slot - min(lanes.AHEAD, (slot - self.office.now) // 2))
                )
                with suppress(Refusal), as_refusals():  # the slot meets it again, and tells of it
                    await self._tick_ahead(slot)
                await self.office.sleep_until(slot)
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _begin_slot(self, refusals: list[Refusal], *, posted: bool) -> None:
        """Begin what goes beside the slots, each part as soon as its last time has ended.

        Apart: we are known when we ask and read, and not when we post. A reading that waited for a
        long upload would say whose it was; and who answers slowly holds up no other part.
        """
        post = None if posted else self._posting_late(refusals)
        asking = self._start("ask", partial(ask, self.office, refusals, post))
        self._start("go on", self._go_on_later)
        reading = self._start("read", partial(self._read_after, asking, refusals))
        self._start("chores", partial(self._chores_after, asking, reading))

    def _start(self, what: str, work: Callable[[], Coroutine[None, None, None]]) -> _Task:
        before = self._under_way.get(what)
        if before is None or before.done():
            self._under_way[what] = asyncio.create_task(work())
        return self._under_way[what]

    def _next_slot(self) -> Instant:
        known = self.office.following.known
        seconds = self.office.roster.schedule.note_slot_seconds if known else _EAGER
        return Instant((self.office.now // seconds + 1) * seconds)

    async def tick(self) -> Health:
        """Do one slot's work; what was refused is in the answer, never raised."""
        refusals: list[Refusal] = []
        posted = await self._post(refusals)
        await ask(self.office, refusals, None if posted else self._posting_late(refusals))
        await self._go_on()
        await self._read_slot(refusals)
        await self._chores()
        await self._sum_up(refusals)
        return self.health

    async def read(self) -> Health:
        """Do what a slot does after its cells are posted; `run` does it beside the next slots."""
        refusals: list[Refusal] = []
        await self._read_slot(refusals)
        await self._sum_up(refusals)
        return self.health

    # ── posting: first, and never later for what asking or reading takes ─────────────────────
    async def _post(self, refusals: list[Refusal]) -> bool:
        """Post this slot's cells before anything is asked; whether there were tokens for them.

        We are known when we ask and tell, and not when we post: cells that came later for it would
        be known as ours. Only who has no token yet for the slot asks first.
        """
        office = self.office
        async with self._turn:
            try:
                with as_refusals():
                    first = office.ready and office.following.fresh(office.now)
                    first = first and await office.upkeep.stocked(office.me.role, office.today)
                    if first:
                        await self._tick_lane(refusals)
                    return first
            except Refusal as refusal:
                refusals.append(refusal)
                return True  # tried: nobody sees another try

    def _posting_late(self, refusals: list[Refusal]) -> Callable[[], Awaitable[None]]:
        """Return what posts the cells of this slot, while it lasts, once there are tokens."""
        office, began = self.office, self.office.now

        async def post() -> None:
            async with self._turn:
                seconds = office.roster.schedule.note_slot_seconds
                if began // seconds == office.now // seconds:
                    await self._tick_lane(refusals)

        return post

    async def _tick_keys(self) -> None:
        office = self.office
        await office.upkeep.follow_keys(office.transport, office.roster, office.today)

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

    async def _go_on_later(self) -> None:
        # At no moment of this member's: by when it asks and reads, what goes on then is not known.
        begins = _moment_of(self._next_slot() - self.office.now)
        await self.office.sleep_until(Instant(self.office.now + begins))
        await self._go_on()

    async def _go_on(self) -> None:
        """Go on with what staff have sent beside the lanes."""
        office, refusals = self.office, list[Refusal]()
        if office.ready and office.following.fresh(office.now):
            await attempt(refusals, self._tick_bound(refusals))
        self._stuck = tuple(refusals)

    async def _tick_bound(self, refusals: list[Refusal]) -> None:
        refusals += await self.office.post_bound()

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    async def _read_after(self, asking: _Task, refusals: list[Refusal]) -> None:
        await asyncio.wait({asking})  # a new broker is read by the roster that names it
        await self._read_slot(refusals)
        await self._sum_up(refusals)

    async def _read_slot(self, refusals: list[Refusal]) -> None:
        """Read; a long download delays no later slot."""
        office = self.office
        office.leave_where(
            lambda visit, login: visit != HERE and office.now >= login.since + LONGEST
        )
        self.desk.next_read.begun()
        try:
            _ = office.me
        except Refusal as refusal:
            self.desk.next_read.ended(Report(), (refusal,))
        else:
            await attempt(refusals, self._tick_keys())
            refusals += await self._read_and_open()

    async def _sum_up(self, refusals: list[Refusal]) -> None:
        """Show what was refused, and raise the alarms that are due for it."""
        refusals += (*self._stuck, *self._hindered)
        self.health.refusals = tuple(refusals)
        # A broker or issuer that has not yet read the roster in which we stand says so of us; that
        # is no reason to stop and call.
        known = [one for one in refusals if not isinstance(one, UnknownMember)]
        await self.office.alarms.raised(known)

    async def _read_and_open(self) -> list[Refusal]:
        """Read and open what came, and tell those of the staff who wait for it."""
        refusals: list[Refusal] = []
        await attempt(refusals, self._tick_read(refusals))
        await attempt(refusals, self.desk.process())
        self.desk.next_read.ended(self.health.report, refusals)
        return refusals

    async def _tick_read(self, refusals: list[Refusal]) -> None:
        began = self.office.now
        report = await self.office.read_boards(self.desk.next_read.came)
        refusals += report.refusals
        self.health.report = report
        self.health.self_tested = self.health.self_tested or report.own > 0
        if report.whole:  # what has come since is not in it
            self.health.synced_at = began
            await self.desk.synced(began)

    async def _chores_after(self, *others: _Task) -> None:
        # What is destroyed holds up nothing that is asked, or it would be heard; nor does whoever
        # answers a byte a minute keep it alive.
        await asyncio.wait(others, timeout=_LONG)
        await self._chores()

    async def _chores(self) -> None:
        self._hindered = await tidying.tidy(self.office, self.desk)

    async def _do(self, verb: str, arguments: Mapping[str, Value], tell: Tell) -> Answer:
        return await self.desk.do(verb, arguments, tell)


def _moment_of(seconds: int) -> int:
    """Return a moment in the first half of so many seconds, by chance."""
    return secrets.randbelow(max(1, seconds // 2))
