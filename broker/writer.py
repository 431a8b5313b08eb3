"""The one thread that writes: whatever waits becomes one transaction, and then one answer each.

This file knows groups: how work that waits is gathered, made durable with one sync of bodies and
one of the database, and acknowledged only then. It refuses to know what the work is.

A thread of its own and no coroutines: the group is made without crossing to the event loop and
back, and the loop hears of a whole group at once. While one group is being synced the next one
gathers by itself, so groups grow exactly as large as the load asks for.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from broker.database import database, forget_order
from broker.storage import AfterStep
from keys.errors import BrokerBusy, DiskFull, Refusal, StoreDamaged

Answer = TypeVar("Answer")
Job: TypeAlias = Callable[[sqlite3.Connection], Answer]
"""Work inside the group's transaction. It refuses before it writes anything, or not at all."""

MOST_WAITING: Final = 512
"""Jobs that may wait; with one body of 64 KiB each that is 32 MiB."""
_MOST_IN_GROUP: Final = 64
_RETRY_SECONDS: Final = 1


def no_step(_step: str) -> None:
    """Take no notice: what an installed program does after a step."""


class Bodies(Protocol):
    """What the group wrote outside the database and must be durable before it commits."""

    def flush(self) -> None:
        """Make it durable."""
        ...

    def keep(self) -> None:
        """The group is committed."""
        ...

    def abandon(self) -> None:
        """The group is not."""
        ...


class NoBodies:
    """For a store that writes nothing but its database."""

    def flush(self) -> None:
        """Nothing to do."""

    def keep(self) -> None:
        """Nothing to do."""

    def abandon(self) -> None:
        """Nothing to do."""


class _Waiting(Protocol):
    """One job with its caller, whatever it answers."""

    @property
    def alone(self) -> bool: ...

    @property
    def forget(self) -> bool: ...

    def work(self, connection: sqlite3.Connection) -> None: ...

    def fail(self, refusal: Refusal) -> None: ...

    def settle(self) -> None: ...


class _Call(Generic[Answer]):
    def __init__(
        self, job: Job[Answer], future: asyncio.Future[Answer], *, alone: bool, forget: bool
    ) -> None:
        self.alone = alone
        self.forget = forget
        self._job = job
        self._future = future
        self._answers: list[Answer] = []
        self._refusal: Refusal | None = None

    def work(self, connection: sqlite3.Connection) -> None:
        """Do the job in the writer's thread; a refusal is an answer."""
        try:
            self._answers.append(self._job(connection))
        except Refusal as refusal:
            self._refusal = refusal

    def fail(self, refusal: Refusal) -> None:
        """Let the answer be that the group failed; one's own refusal stands."""
        if self._refusal is None:
            self._refusal = refusal

    def settle(self) -> None:
        """Answer, on the caller's loop; a caller that has gone away is not waited for."""
        if self._future.done():
            return
        if self._refusal is not None:
            self._future.set_exception(self._refusal)
        else:
            self._future.set_result(self._answers[0])


class Writer:
    """Runs jobs in groups, each group one durable transaction.

    Args:
        connection: the only one that writes.
        bodies: what is flushed before each commit.
        after_step: told `group.bodies`, `group.commit` and `group.forgotten`.
    """

    def __init__(
        self, connection: sqlite3.Connection, bodies: Bodies, after_step: AfterStep
    ) -> None:
        self._connection = connection
        self._bodies = bodies
        self._after_step = after_step
        self._group: list[_Waiting] = []
        self._next: _Waiting | None = None
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._waiting = 0
        self._broken = False
        self._thread = Thread(target=self._serve, name="writer", daemon=True)
        self._thread.start()

    async def run(self, job: Job[Answer], *, alone: bool = False, forget: bool = False) -> Answer:
        """Run `job` in the next group and return its answer when the group is on disk.

        Args:
            job: the work.
            alone: make it a group of its own, because it writes to the second database.
            forget: afterwards forget the order in which things came.

        Raises:
            BrokerBusy: too much waits already.
            DiskFull: no room; nothing of the group was kept.
            StoreDamaged: the disk failed, now or before; only a restart tries again.
            Refusal: whatever the job refuses with.
        """
        if self._waiting >= MOST_WAITING:
            raise BrokerBusy(seconds=_RETRY_SECONDS)
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting += 1
        self._queue.put(_Call(job, future, alone=alone, forget=forget))
        if self._broken:
            # Asked after the thread may have seen its queue for the last time.
            future.cancel()
            raise StoreDamaged
        return await future

    async def close(self) -> None:
        """Finish what waits and end the thread; the connection is its owner's to close."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        try:
            while self._turn():
                pass
        finally:
            # Before the last turn only a fault in the program leads here; nobody may hang on it.
            self._broken = True
            self._refuse_the_rest()

    def _turn(self) -> bool:
        """Gather, commit and answer one group; False when it was the last."""
        last = self._gather()
        self._commit()
        self._answer()
        return not last

    def _gather(self) -> bool:
        """Wait for one job and take what else is there; True when the writer is closing."""
        item = self._next or self._queue.get()
        self._next = None
        while item is not None:
            if item.alone and self._group:
                self._next = item
                return False
            self._group.append(item)
            if item.alone or len(self._group) == _MOST_IN_GROUP:
                return False
            try:
                item = self._queue.get_nowait()
            except Empty:
                return False
        return True

    def _commit(self) -> None:
        try:
            if self._broken:
                raise StoreDamaged
            with database():
                self._connection.execute("BEGIN IMMEDIATE")
                for call in self._group:
                    call.work(self._connection)
                self._bodies.flush()
                self._after_step("group.bodies")
                self._connection.execute("COMMIT")
        except Refusal as refusal:
            self._give_up(refusal)
        else:
            self._bodies.keep()
            self._after_step("group.commit")
            if any(call.forget for call in self._group):
                # Nothing is lost when there is no room for it; the next batch tries again.
                with suppress(sqlite3.Error):
                    forget_order(self._connection)
                self._after_step("group.forgotten")

    def _give_up(self, refusal: Refusal) -> None:
        """Undo the group. After a failed sync nobody knows what is on disk, so nothing goes on.

        Want of room is no such failure: it is known before anything is promised.
        """
        with suppress(sqlite3.Error):
            self._connection.rollback()
        self._bodies.abandon()
        self._broken = self._broken or not isinstance(refusal, DiskFull)
        for call in self._group:
            call.fail(refusal)

    def _answer(self) -> None:
        group, self._group = self._group, []
        self._loop.call_soon_threadsafe(self._settle, group)

    def _settle(self, group: Sequence[_Waiting]) -> None:
        self._waiting -= len(group)
        for call in group:
            call.settle()

    def _refuse_the_rest(self) -> None:
        if self._next is not None:
            self._group.append(self._next)
        with suppress(Empty):
            while (item := self._queue.get_nowait()) is not None:
                self._group.append(item)
        for call in self._group:
            call.fail(StoreDamaged())
        self._answer()
