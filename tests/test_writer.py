"""The thread that writes: groups, their answers, and what happens when somebody goes away."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from broker.database import connect, forget_order
from broker.sqlite import SqliteStore
from broker.steady import Steady
from broker.storage import Kept
from broker.writer import MOST_WAITING, NoBodies, Writer, no_step
from keys.errors import BrokerBusy, NotHere, StoreDamaged
from tests.cells import INSTANCE, LATER, body_of, cell, signer, upload
from tests.stores import CENTRE, HALF, M, S, count


class Gate:
    """Holds the writer after a step until it is opened; counts the steps."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.steps: list[str] = []

    def __call__(self, step: str) -> None:
        """Wait at the gate."""
        self.steps.append(step)
        assert self.open.wait(timeout=30)


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncGenerator[sqlite3.Connection, None]:
    """An empty database with one table."""
    with closing(connect(tmp_path / "x.sqlite")) as opened:
        opened.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        yield opened


def insert(connection: sqlite3.Connection, value: int) -> int:
    """A job."""
    connection.execute("INSERT INTO t VALUES (?)", (value,))
    return value


def refuse(_connection: sqlite3.Connection) -> None:
    """A job that says no."""
    raise NotHere


def stored(connection: sqlite3.Connection) -> list[int]:
    """What the table holds."""
    return [value for (value,) in connection.execute("SELECT x FROM t ORDER BY x")]


async def test_a_group_is_one_commit_and_everybody_has_an_answer(
    connection: sqlite3.Connection,
) -> None:
    """Whoever waits while one group is written shares the next; a refusal is one's own."""
    gate = Gate()
    writer = Writer(connection, NoBodies(), gate)
    gate.open.clear()
    first = asyncio.create_task(writer.run(partial(insert, value=0)))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(writer.run(partial(insert, value=n))) for n in range(1, 11)]
    denied = asyncio.create_task(writer.run(refuse))
    await asyncio.sleep(0)
    gate.open.set()
    assert await first == 0
    assert await asyncio.gather(*rest) == list(range(1, 11))
    with pytest.raises(NotHere):
        await denied
    await writer.close()
    assert gate.steps.count("group.commit") <= 3
    assert stored(connection) == list(range(11))


async def test_a_job_alone_shares_no_commit(connection: sqlite3.Connection) -> None:
    """What writes to another database takes nobody with it when it fails."""
    gate = Gate()
    writer = Writer(connection, NoBodies(), gate)
    gate.open.clear()
    jobs = [
        asyncio.create_task(writer.run(partial(insert, value=1), alone=True)),
        asyncio.create_task(writer.run(partial(insert, value=2))),
        asyncio.create_task(writer.run(partial(insert, value=3), alone=True, forget=True)),
        asyncio.create_task(writer.run(partial(insert, value=4))),
        asyncio.create_task(writer.run(partial(insert, value=1), alone=True)),
        asyncio.create_task(writer.run(partial(insert, value=5))),
    ]
    await asyncio.sleep(0)
    gate.open.set()
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    assert answers[:4] == [1, 2, 3, 4]
    assert [type(answer) for answer in answers[4:]] == [StoreDamaged] * 2
    await writer.close()
    assert gate.steps.count("group.commit") == 4
    assert gate.steps.count("group.forgotten") == 1
    assert stored(connection) == [1, 2, 3, 4]


async def test_too_many_waiting_are_sent_away_with_a_time(connection: sqlite3.Connection) -> None:
    """A full queue refuses at once instead of growing; those in it are served."""
    gate = Gate()
    writer = Writer(connection, NoBodies(), gate)
    gate.open.clear()
    jobs = [asyncio.create_task(writer.run(partial(insert, value=n))) for n in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(BrokerBusy) as busy:
        await writer.run(refuse)
    assert busy.value.facts == {"seconds": 1}
    gate.open.set()
    assert await asyncio.gather(*jobs) == list(range(MOST_WAITING))
    assert await writer.run(partial(insert, value=MOST_WAITING)) == MOST_WAITING
    await writer.close()


async def test_a_failed_group_refuses_all_of_it_and_all_that_follows(
    connection: sqlite3.Connection,
) -> None:
    """A database that does not do as it is told is asked nothing more."""
    writer = Writer(connection, NoBodies(), no_step)
    await writer.run(partial(insert, value=1))
    for value in (1, 2):
        with pytest.raises(StoreDamaged):
            await writer.run(partial(insert, value=value))
    await writer.close()
    assert stored(connection) == [1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_fault_in_the_program_leaves_nobody_waiting(
    connection: sqlite3.Connection,
) -> None:
    """If the thread dies of a mistake, every caller hears it, those in the queue too."""
    gate = Gate()
    writer = Writer(connection, NoBodies(), gate)
    gate.open.clear()
    first = asyncio.create_task(writer.run(partial(insert, value=1), alone=True))
    await asyncio.sleep(0)
    jobs = [
        asyncio.create_task(writer.run(lambda _connection: 1 // 0)),
        asyncio.create_task(writer.run(partial(insert, value=2), alone=True)),
        asyncio.create_task(writer.run(partial(insert, value=3))),
    ]
    await asyncio.sleep(0)
    gate.open.set()
    assert await first == 1
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreDamaged] * 3
    with pytest.raises(StoreDamaged):
        await writer.run(refuse)
    await writer.close()
    connection.rollback()
    assert stored(connection) == [1]


async def test_a_refusal_is_ones_own_also_when_the_group_fails(
    connection: sqlite3.Connection,
) -> None:
    """Who would have been refused anyway hears why, and not that the disk failed."""
    gate = Gate()
    writer = Writer(connection, NoBodies(), gate)
    gate.open.clear()
    first = asyncio.create_task(writer.run(partial(insert, value=1), alone=True))
    await asyncio.sleep(0)
    denied = asyncio.create_task(writer.run(refuse))
    failed = asyncio.create_task(writer.run(partial(insert, value=1)))
    await asyncio.sleep(0)
    gate.open.set()
    assert await first == 1
    with pytest.raises(NotHere):
        await denied
    with pytest.raises(StoreDamaged):
        await failed
    await writer.close()


async def test_a_large_database_is_not_rewritten_while_others_wait(tmp_path: Path) -> None:
    """Forgetting the order costs at most a moment, however much waits."""
    with closing(connect(tmp_path / "x.sqlite")) as large:
        large.execute("CREATE TABLE t (x BLOB)")
        large.execute("INSERT INTO t VALUES (zeroblob(40000000))")
        large.execute("DELETE FROM t")
        forget_order(large)
        assert large.execute("PRAGMA freelist_count").fetchone() > (9_000,)
    assert (tmp_path / "x.sqlite").stat().st_size > 40_000_000


# ── Callers who go away ──────────────────────────────────────────────────────────────────────
async def leave(task: asyncio.Task[object]) -> None:
    """Cancel a caller as a dropped connection does."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("cls", [S, M])
async def test_a_caller_who_hangs_up_leaves_a_whole_cell_or_none(
    tmp_path: Path, cls: object
) -> None:
    """Whenever the connection drops, asking again gives the one right answer."""
    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    cells = [cell(cls=S if cls == S else M) for _ in range(8)]
    tasks = [asyncio.create_task(store.admit(new)) for new in cells]
    for turns, task in enumerate(tasks):
        for _ in range(turns):
            await asyncio.sleep(0)
        await leave(task)
    assert [await store.admit(new) for new in cells] == [Kept(new.cell_hash) for new in cells]
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert batch.files[0].count == len(cells)
    assert (await store.counters(LATER)).damaged == 0
    await store.close()


async def test_a_dropped_piece_never_cuts_off_the_next(tmp_path: Path) -> None:
    """A thread that still writes for a lost connection is waited for by the next one."""
    gate = Gate()
    store = await SqliteStore.open(tmp_path, INSTANCE, signer(), gate)
    body = body_of(S)
    begun = await store.begin_upload(upload())
    gate.open.clear()
    lost = asyncio.create_task(store.append(begun.upload_id, 0, body[:HALF]))
    await store.upload(begun.upload_id)
    await leave(lost)
    gate.open.set()
    again = await store.append(begun.upload_id, HALF, body[HALF:])
    assert again.offset == len(body)
    await store.finish(begun.upload_id)
    assert await count(store) == 1
    await store.close()


async def test_a_dropped_close_is_finished_all_the_same(tmp_path: Path) -> None:
    """A batch that was begun is made, and the next has the next number."""
    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    await store.admit(cell())
    task = asyncio.create_task(store.close_batch(CENTRE, LATER))
    for _ in range(3):
        await asyncio.sleep(0)
    await leave(task)
    await store.admit(cell())
    await store.close_batch(CENTRE, LATER)
    await store.close_batch(CENTRE, LATER)
    batches = await store.batches(CENTRE, 0, 10)
    assert sum(batch.files[0].count for batch in batches) == 2
    await store.close()


async def test_work_that_failed_for_nobody_is_not_reported_twice() -> None:
    """What goes wrong after the caller left is dealt with quietly."""
    steady = Steady()
    began, end = asyncio.Event(), asyncio.Event()

    async def fail() -> None:
        began.set()
        await end.wait()
        raise NotHere

    task = asyncio.create_task(steady.run(fail()))
    await began.wait()
    await leave(task)
    end.set()
    await steady.finish()


async def test_stopped_work_is_let_go() -> None:
    """When the whole program stops, work under way is cancelled like everything else."""
    steady = Steady()
    began = asyncio.Event()

    async def never() -> None:
        began.set()
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    task = asyncio.create_task(steady.run(never()))
    await began.wait()
    for inner in asyncio.all_tasks() - before - {task}:
        inner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
