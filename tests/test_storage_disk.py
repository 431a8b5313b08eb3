"""What the store on SQLite does when the disk or another process is against it."""

# A disk fails beneath the store, not through its front door:
# pyright: reportPrivateUsage=false

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from broker.database import Reader
from broker.migrate import migrate
from broker.sqlite import SqliteStore
from broker.storage import Kept
from keys.errors import (
    DiskFull,
    DoubleSpend,
    InstanceReused,
    StoreDamaged,
    StoreInUse,
    UnknownVersion,
)
from tests.cells import INSTANCE, LATER, NOW, body_of, cell, cells_of, signer, upload, verified
from tests.faults import little_room
from tests.stores import CENTRE, HALF, NOTE, M, S, count

TREE = Path(__file__).parents[1]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    """An empty store in the directory `store`."""
    opened = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    yield opened
    await opened.close()


# ── Closing and opening ──────────────────────────────────────────────────────────────────────
async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    """A broker that stops and starts has forgotten nothing it promised."""
    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    early, late = cell(), cell(cls=S)
    await store.admit(early)
    await store.close_batch(CENTRE, LATER)
    await store.admit(late)
    new = upload()
    begun = await store.begin_upload(new)
    await store.append(begun.upload_id, 0, bytes(HALF))
    before = await store.counters(NOW)
    await store.close()

    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    assert await store.counters(NOW) == before
    assert await store.begin_upload(new) == replace(begun, offset=HALF)
    for kept in (early, late):
        assert await store.admit(kept) == Kept(kept.cell_hash)
        with pytest.raises(DoubleSpend):
            await store.admit(cell(spent_key=kept.spent_key))
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert batch.number == 2
    assert await cells_of(store, batch) == {S: late.body}
    await store.close()


@pytest.mark.usefixtures("store")
async def test_two_processes_never_hold_one_store(tmp_path: Path) -> None:
    """A second broker on the same directory is refused at the door."""
    with pytest.raises(StoreInUse):
        await SqliteStore.open(tmp_path / "store", INSTANCE, signer())


@pytest.mark.parametrize(
    ("closed", "again"),
    [
        (False, "INSERT INTO spent_new SELECT * FROM spent_new"),
        (True, "INSERT INTO spent SELECT * FROM spent"),
    ],
    ids=["while it waits", "when it is in a batch"],
)
async def test_the_database_itself_refuses_a_token_twice(
    store: SqliteStore, again: str, *, closed: bool
) -> None:
    """Were the program wrong, the table would still say no."""
    await store.admit(cell())
    if closed:
        await store.close_batch(CENTRE, LATER)
    with pytest.raises(sqlite3.IntegrityError):
        store._opened.connection.execute(again)


async def test_a_new_name_kills_the_old_tokens_and_signs_every_tree_anew(tmp_path: Path) -> None:
    """When the registrars rename the broker, what was spent is moot and what was kept stays."""
    store = await SqliteStore.open(tmp_path, "old", signer("old"))
    new = cell()
    await store.admit(new)
    await store.close_batch(CENTRE, LATER)
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, b"x")
    await store.close()
    store = await SqliteStore.open(tmp_path, "new", signer("new"))
    (batch,) = await store.batches(CENTRE, 0, 10)
    assert verified(batch, "new").size == 1
    assert await cells_of(store, batch) == {NOTE: new.body}
    assert (await store.counters(NOW)).uploads == 0
    assert not any((tmp_path / "staged").iterdir())
    await store.close()
    with pytest.raises(InstanceReused):
        await SqliteStore.open(tmp_path, "old", signer("old"))


def raw_database(path: Path, script: str) -> None:
    """Make a database by hand."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    ("script", "refusal"),
    [
        ("PRAGMA application_id = 1", StoreDamaged),
        ("CREATE TABLE t (x); PRAGMA user_version = 1", StoreDamaged),
        (f"PRAGMA application_id = {0x466F6C42}; PRAGMA user_version = 99", UnknownVersion),
    ],
    ids=["another program's", "nobody's", "a newer program's"],
)
async def test_a_database_that_is_not_ours_is_left_alone(
    tmp_path: Path, script: str, refusal: type[Exception]
) -> None:
    """The program does not write in what it does not know."""
    raw_database(tmp_path / "kept.sqlite", script)
    with pytest.raises(refusal):
        await SqliteStore.open(tmp_path, INSTANCE, signer())


async def test_a_file_that_is_no_database_is_damage(tmp_path: Path) -> None:
    """A store that cannot be read says so and nothing else happens."""
    (tmp_path / "kept.sqlite").write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreDamaged):
        await SqliteStore.open(tmp_path, INSTANCE, signer())


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    """An upgrade is whole or not at all."""
    raw_database(tmp_path / "x", "CREATE TABLE portions (mine)")
    with (
        closing(sqlite3.connect(tmp_path / "x", isolation_level=None)) as connection,
        pytest.raises(StoreDamaged),
    ):
        migrate(connection, "issuer")
    with closing(sqlite3.connect(tmp_path / "x")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)


# ── A full disk ──────────────────────────────────────────────────────────────────────────────
def test_a_full_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    """On a real, small disk: what was accepted is there, and what was refused works later."""
    if shutil.which("unshare") is None or _alone("true").returncode:
        pytest.skip("not installable: this system lets nobody mount a small disk")
    run = _alone(sys.executable, "-m", "tests.small_disk", str(tmp_path))
    assert run.returncode == 0, run.stderr


def _alone(*command: str) -> subprocess.CompletedProcess[str]:
    unshare = ["unshare", "--user", "--map-root-user", "--mount", *command]
    return subprocess.run(
        unshare, check=False, capture_output=True, text=True, cwd=TREE, timeout=120
    )


async def test_without_room_for_slots_a_cell_is_refused(store: SqliteStore) -> None:
    """When the slots cannot grow the cell is refused and its token stays unspent."""
    new = cell(cls=S)
    with little_room(1 << 20), pytest.raises(DiskFull):
        await store.admit(new)
    assert await store.admit(new) == Kept(new.cell_hash)


async def test_without_room_for_a_large_body_nothing_is_left(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Half a file is removed at once, and an upload stays where it was."""
    begun = await store.begin_upload(upload(cls=M))
    await store.append(begun.upload_id, 0, body_of(M)[:HALF])
    with little_room(1 << 20):
        with pytest.raises(DiskFull):
            await store.admit(cell(cls=M))
        with pytest.raises(DiskFull):
            await store.append(begun.upload_id, HALF, body_of(M)[HALF:])
    staged = list((tmp_path / "store" / "staged").iterdir())
    assert [path.name for path in staged] == [begun.upload_id]
    assert staged[0].stat().st_size == HALF


async def test_a_database_without_room_refuses_the_whole_group(store: SqliteStore) -> None:
    """When the index cannot grow, none of those who came together is told «kept»."""
    raw = store._opened.connection
    (pages,) = raw.execute("PRAGMA page_count").fetchone()
    raw.execute(f"PRAGMA max_page_count = {pages}")
    cells = [cell() for _ in range(200)]
    answers = await asyncio.gather(*(store.admit(new) for new in cells), return_exceptions=True)
    assert any(isinstance(answer, DiskFull) for answer in answers)
    assert await count(store) == sum(isinstance(answer, Kept) for answer in answers)
    raw.execute("PRAGMA max_page_count = 1000000")
    assert [await store.admit(new) for new in cells] == [Kept(new.cell_hash) for new in cells]


async def test_a_batch_that_is_kept_but_not_settled_is_settled_next_time(
    store: SqliteStore,
) -> None:
    """Want of room between a batch and the wiping after it puts no cell in two batches."""
    raw = store._opened.connection
    raw.execute(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON closed BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    await store.admit(cell())
    with pytest.raises(StoreDamaged):
        await store.close_batch(CENTRE, LATER)
    raw.execute("DROP TRIGGER full")
    store._writer._broken = False
    await store.admit(cell())
    await store.close_batch(CENTRE, LATER)
    batches = await store.batches(CENTRE, 0, 10)
    assert [batch.files[0].count for batch in batches] == [1, 1]
    assert await count(store) == 0


# ── A failing disk ───────────────────────────────────────────────────────────────────────────
async def test_after_a_failed_sync_nothing_is_accepted(tmp_path: Path) -> None:
    """When nobody knows what reached the disk, the store stops instead of guessing."""
    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    await store.admit(cell(cls=S))
    slab = store._slabs[S]
    readable, writable = os.pipe()  # a pipe cannot be synced
    os.dup2(readable, slab._descriptor)
    slab._taken.append(0)
    for _ in range(2):
        with pytest.raises(StoreDamaged):
            await store.admit(cell())
    assert await count(store) == 1
    os.close(readable)
    os.close(writable)
    await store.close()


async def test_a_damaged_waiting_cell_does_not_hold_up_the_others(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Bytes that rotted are left out and counted; the rest of the batch goes its way."""
    good, small, large = cell(), cell(cls=S), cell(cls=M)
    for new in (good, small, large):
        await store.admit(new)
    slot = store._opened.connection.execute("SELECT slot FROM pending WHERE class = 1").fetchone()
    with (tmp_path / "store" / "s.slab").open("r+b") as file:
        file.seek(slot[0] * 17 * 4_096 + 1_000)
        file.write(b"rot")
    (staged,) = (tmp_path / "store" / "staged").iterdir()
    os.truncate(staged, 5)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {NOTE: good.body}
    assert (await store.counters(NOW)).damaged == 2
    assert await store.close_batch(CENTRE, LATER) is None
    os.truncate(staged, 0)
    staged.write_bytes(large.body)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {M: large.body}


async def test_an_upload_whose_bytes_are_gone_is_damage(store: SqliteStore, tmp_path: Path) -> None:
    """A body that is shorter than was said is never hashed into a cell."""
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, body_of(S))
    os.truncate(tmp_path / "store" / "staged" / begun.upload_id, HALF)
    with pytest.raises(StoreDamaged):
        await store.finish(begun.upload_id)


async def test_a_piece_after_a_crash_overwrites_what_nobody_acknowledged(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Bytes beyond the acknowledged offset are cut off before the upload goes on."""
    body = body_of(S)
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, body[:HALF])
    with (tmp_path / "store" / "staged" / begun.upload_id).open("ab") as file:
        file.write(b"unacknowledged" * 9_000)
    await store.append(begun.upload_id, HALF, body[HALF:])
    await store.finish(begun.upload_id)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {S: body}


async def test_a_database_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    """A reader refuses in the vocabulary, whatever SQLite says."""
    raw_database(tmp_path / "one", "CREATE TABLE t (x)")
    raw_database(tmp_path / "two", "CREATE TABLE u (x)")
    reader = await Reader.open(tmp_path / "one", tmp_path / "two")
    with pytest.raises(StoreDamaged):
        await reader.rows(int, "SELECT nothing FROM nowhere")
    await reader.close()
    with pytest.raises(StoreDamaged):
        await Reader.open(tmp_path / "none", tmp_path / "two")
