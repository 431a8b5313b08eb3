"""The broker: everything it is made of, from its keys on disk to its socket.

This file knows in which order the parts begin and end, what one slot does, and what health means
(PROTOCOL.md P-8.1, P-11.4). It refuses to know cells, members and time: it only introduces the
parts to one another, and the clock is an argument.
"""

import asyncio
import shutil
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Self, TextIO

from aiohttp import web

from broker.admission import GRACE_SECONDS
from broker.batcher import Batcher
from broker.bodies import Bodies
from broker.log import Event, Log, Room
from broker.metrics import CONTENT_TYPE, Metrics, Standing
from broker.mirror import Mirror
from broker.ownkeys import CHECKPOINT_KEY, OwnKeys
from broker.publishing import Publisher
from broker.readers import Readers
from broker.reading import Reading
from broker.settings import Settings
from broker.slots import Slots
from broker.sqlite import SqliteStore
from broker.storage import CheckpointSigner, Store
from broker.web import Ask, Listener, Route, Site, answer, refusal_answer
from broker.writing import Writing
from keys.address import CELL_BYTES, Board, CellClass
from keys.authority import OnlineSigner
from keys.calendar import Clock, Instant
from keys.checkpoint import Checkpoint, Root, origin_of
from keys.errors import (
    BadSettings,
    BrokerFault,
    DiskFull,
    NotYet,
    Refusal,
    RosterExpired,
    StoreDamaged,
)
from keys.register import Roster

STORE: Final = "store"
"""In `data`: the directory of cells, batches and the database."""
PUBLISHERS_AT_ONCE: Final = 64
UNWELL: Final = 503
LATE_SLOTS: Final = 3
"""Slots that may pass without being closed before health says so."""
FREE_BYTES: Final = 2 * CELL_BYTES[CellClass.XL256]
"""Room on the disk below which health says so: two of the largest cells."""
OVERDUE_SECONDS: Final = 3 * 3_600
"""By how much a batch may outlive its expiry before health says so."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What there is while a broker runs."""

    mirror: Mirror
    store: Store
    batcher: Batcher
    listener: Listener


class Broker:
    """One broker. Use as an async context manager: inside, it answers at `url`.

    Entering raises the refusal for which it cannot begin (a key, the roster, the store), and
    leaves nothing open then. Leaving lets requests in flight finish.

    Args:
        settings: where to listen and what to use.
        clock: the only time there is.
        stream: where the log goes.
    """

    def __init__(self, settings: Settings, clock: Clock, stream: TextIO | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._slots = Slots(clock)
        self._log = Log(stream or sys.stderr, lambda: self._slots.number)
        self._metrics = Metrics()
        self._stack = AsyncExitStack()
        self._running: _Running | None = None
        self._closed_at = clock.now()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._running = await self._begin(stack)
            await self._show()
            self._stack = stack.pop_all()
        self._log.say(Event.STARTED)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        self._log.say(Event.STOPPED)

    @property
    def log(self) -> Log:
        """The one door to this broker's log."""
        return self._log

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self._parts.listener.url

    @property
    def moved(self) -> bool:
        """True once the roster names another instance: it must end, and begin anew under it."""
        return self._parts.mirror.moved

    async def run(self) -> None:
        """Close every slot at its end, until the roster names another instance."""
        while not self.moved:
            await self._slots.end()
            await self.close_slot()

    async def close_slot(self) -> None:
        """Do what a slot's end asks: batches, forgetting, the roster, the metrics.

        What cannot be done is told in the log and done with the next slot; cells wait until then.
        Neither waits for the other: a disk that is too full for a batch is made free by forgetting.
        """
        now, parts = self._clock.now(), self._parts
        for step in (self._forget, self._close):
            try:
                await step(now)
            except Refusal as refusal:
                self._log.say(Event.REFUSED, room=Room.STORE, code=refusal.code)
        await parts.mirror.refresh(now)
        self._log.say(Event.SLOT_CLOSED)
        await self._show()
        self._closed_at = now

    async def _close(self, now: Instant) -> None:
        for batch in await self._parts.batcher.close_all(now):
            self._metrics.closed(batch.board)
            self._log.say(Event.BATCH_CLOSED, board=batch.board, batch=batch.number)

    async def _forget(self, now: Instant) -> None:
        # A week ends for the store when its grace does.
        await self._parts.store.expire(Instant(now - GRACE_SECONDS))

    async def _begin(self, stack: AsyncExitStack) -> _Running:
        settings, data = self._settings, self._settings.data
        own = await asyncio.to_thread(OwnKeys.load, data)
        signer = OnlineSigner(own.online)
        mirror = Mirror(settings.roster, settings.root_pin, self._log, signer)
        await mirror.load(self._clock.now())
        self._slots.follow(mirror)
        sign = checkpoint_signer(own, mirror.roster)
        store = await SqliteStore.open(data / STORE, mirror.roster.instance, sign)
        stack.push_async_callback(store.close)
        site = Site(self._routes(store, mirror), self._log, self._metrics.refused)
        listener = Listener(site, self._log, self._settings.listen)
        await stack.enter_async_context(listener)
        return _Running(mirror, store, Batcher(store), listener)

    def _routes(self, store: Store, mirror: Mirror) -> tuple[Route, ...]:
        clock, metrics = self._clock, self._metrics
        # Anybody may begin to publish: the places for it are not those of the ones who pay.
        publisher = Publisher(store, mirror, clock, Bodies(small=PUBLISHERS_AT_ONCE, large=0))
        return (
            *Writing(store, mirror, clock, Bodies(), metrics).routes,
            *Reading(store, mirror, Readers(mirror, clock), metrics).routes,
            Route("POST", "/v1/keys", publisher.publish),
            Route("GET", "/health", self._health),
            Route("GET", "/metrics", self._shown),
        )

    async def _health(self, _: Ask) -> web.StreamResponse:
        wrong = await self._wrong()
        if wrong is None:
            return answer(["health", 1, "ok"])
        return refusal_answer(wrong, UNWELL)

    async def _wrong(self) -> Refusal | None:
        """Return what an operator should look at first, or None."""
        now, parts = self._clock.now(), self._parts
        late = now > self._closed_at + LATE_SLOTS * self._slots.seconds
        if parts.mirror.moved or late:
            return BrokerFault()
        if not parts.mirror.fresh(now):
            return RosterExpired()
        counters = await parts.store.counters(now)
        if counters.damaged or counters.overdue > OVERDUE_SECONDS:
            return StoreDamaged()
        free = await asyncio.to_thread(shutil.disk_usage, self._settings.data)
        return DiskFull() if free.free < FREE_BYTES else None

    async def _shown(self, _: Ask) -> web.StreamResponse:
        return web.Response(body=self._metrics.text, content_type=CONTENT_TYPE, charset="utf-8")

    async def _show(self) -> None:
        """Let metrics show how things stand now."""
        now, parts = self._clock.now(), self._parts
        counters = await parts.store.counters(now)
        version, fresh = parts.mirror.roster.version, parts.mirror.fresh(now)
        self._metrics.show(Standing(counters, version, fresh=fresh))

    @property
    def _parts(self) -> _Running:
        if self._running is None:
            raise NotYet
        return self._running


def checkpoint_signer(own: OwnKeys, roster: Roster) -> CheckpointSigner:
    """Return what signs checkpoints under the roster's instance.

    Raises:
        BadSettings: our key is not the one that the roster names.
    """
    if own.checkpoint_public != roster.checkpoint.public:
        raise BadSettings(field=CHECKPOINT_KEY)

    def sign(board: Board, number: int, size: int, root: bytes) -> str:
        origin = origin_of(roster.instance, board)
        return Checkpoint(origin, size, Root(root), number).sign(own.checkpoint_seed)

    return sign
