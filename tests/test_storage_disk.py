"""What the store on SQLite does when the disk or another process is against it."""

# A disk fails beneath the store, not through its front door:
# pyright: reportPrivateUsage=false

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from broker.spending import advance
from broker.sqlite import SqliteStore
from broker.storage import Kept, UploadId
from keys.errors import (
    DiskFull,
    DoubleSpend,
    NotHere,
    StoreDamaged,
)
from tests.cells import INSTANCE, LATER, NOW, body_of, cell, cells_of, signer, upload
from tests.faults import little_room
from tests.stores import CENTRE, HALF, NOTE, M, S, count

TREE = Path(__file__).parents[1]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    """An empty store in the directory `store`."""
    opened = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    yield opened
    await opened.close()


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


async def test_a_refused_large_cell_leaves_no_file(store: SqliteStore, tmp_path: Path) -> None:
    """A body whose token was spent before is removed at once, and so is one that came twice."""
    new = cell(cls=M)
    for _ in range(2):
        await store.admit(new)
    with pytest.raises(DoubleSpend):
        await store.admit(cell(cls=M, spent_key=new.spent_key))
    assert len(list((tmp_path / "store" / "staged").iterdir())) == 1


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


async def test_a_piece_for_an_upload_that_just_expired_is_not_here(store: SqliteStore) -> None:
    """An upload that is forgotten between the look and the write is not brought back."""
    with pytest.raises(NotHere):
        advance(store._opened.connection, UploadId("A" * 43), 1)


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
