"""What a thief of the broker's disk finds: sealed cells by hash, and no order, time or name."""

import asyncio
import sqlite3
import stat
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from broker.slab import Slab, slot_bytes
from broker.sqlite import SqliteStore
from broker.storage import NewCell
from keys.address import Board, CellClass
from keys.calendar import Day, Instant, start_of
from tests.cells import INSTANCE, LATER, NOW, TODAY, body_of, cell, signer, upload
from tests.stores import CENTRE, HALF, NOTE, POLICE, M, S

Order = Callable[[Sequence[NewCell]], Sequence[NewCell]]


def as_made(cells: Sequence[NewCell]) -> Sequence[NewCell]:
    """One order of arrival."""
    return cells


def backwards(cells: Sequence[NewCell]) -> Sequence[NewCell]:
    """The opposite order."""
    return cells[::-1]


def by_token(cells: Sequence[NewCell]) -> Sequence[NewCell]:
    """An order that has nothing to do with the others."""
    return sorted(cells, key=lambda new: new.spent_key)


def by_hash(cells: Sequence[NewCell]) -> Sequence[NewCell]:
    """The order in which batches are."""
    return sorted(cells, key=lambda new: new.cell_hash)


def crowd(slot: int) -> list[NewCell]:
    """Many cells on two boards, the same whenever they are asked for."""
    kinds = ((CENTRE, NOTE), (POLICE, NOTE), (CENTRE, S), (CENTRE, NOTE))
    return [
        cell(board, cls, number=slot * 1_000 + number * 10 + kind)
        for number in range(40)
        for kind, (board, cls) in enumerate(kinds)
    ]


def contents(directory: Path) -> dict[str, bytes]:
    """All files below a directory, by name."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


async def live_through(directory: Path, order: Order, plant: str = "") -> dict[str, bytes]:
    """Two slots of the same cells in another order; then the disk."""
    await (await SqliteStore.open(directory, INSTANCE, signer())).close()
    with closing(sqlite3.connect(directory / "arrivals.sqlite")) as arrivals:
        arrivals.executescript(plant)
    store = await SqliteStore.open(directory, INSTANCE, signer())
    for slot in range(2):
        for new in order(crowd(slot)):
            await store.admit(new)
        for board in Board:
            await store.close_batch(board, LATER)
    await store.close()
    return contents(directory)


@pytest.mark.parametrize("order", [backwards, by_token, by_hash])
async def test_the_disk_is_the_same_whatever_the_order_of_arrival(
    tmp_path: Path, order: Order
) -> None:
    """After a slot no byte of any file depends on who came first: the files are identical."""
    first = await live_through(tmp_path / "first", as_made)
    assert await live_through(tmp_path / "second", order) == first


@pytest.mark.parametrize(
    "plant",
    [
        """CREATE TABLE leak (key BLOB PRIMARY KEY, n INTEGER) WITHOUT ROWID;
           CREATE TRIGGER plant AFTER INSERT ON spent_new BEGIN
           INSERT INTO leak SELECT new.spent_key, count(*) FROM leak; END""",
        """CREATE TABLE leak (one INTEGER PRIMARY KEY, last BLOB);
           CREATE TRIGGER plant AFTER INSERT ON pending BEGIN
           INSERT OR REPLACE INTO leak VALUES (1, new.cell_hash); END""",
    ],
    ids=["a number for each arrival", "who came last"],
)
async def test_a_planted_order_shows_in_the_comparison(tmp_path: Path, plant: str) -> None:
    """The comparison sees what it is for: a store that noted arrivals would fail it."""
    first = await live_through(tmp_path / "first", as_made, plant)
    assert await live_through(tmp_path / "second", backwards, plant) != first


async def test_while_it_runs_nothing_of_a_closed_slot_is_left_behind(tmp_path: Path) -> None:
    """After a batch closed, its cells are in its file and nowhere else, log and slots included."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    marks = {cls: cell(cls=cls) for cls in (NOTE, S, M)}
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, body_of(S))
    await store.finish(begun.upload_id)
    for new in marks.values():
        await store.admit(new)
    await store.close_batch(CENTRE, LATER)
    disk = contents(tmp_path / "store")
    for cls, new in marks.items():
        assert [name for name, data in disk.items() if new.body[:64] in data] == [
            f"batches/centre/1.{cls}"
        ]
    assert not any((tmp_path / "store" / "staged").iterdir())
    assert {len(data) for name, data in disk.items() if name.endswith("-wal")} == {0}
    await store.expire(LATER)
    for new in marks.values():
        assert not any(new.body[:64] in data for data in contents(tmp_path / "store").values())
    await store.close()


async def test_spent_keys_leave_the_disk_with_their_week(tmp_path: Path) -> None:
    """A forgotten token is not in the files' bytes either."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    early, late = cell(), cell()
    await store.admit(early)
    await store.close_batch(CENTRE, LATER)
    await store.admit(late)
    for new in (early, late):
        assert any(new.spent_key in data for data in contents(tmp_path / "store").values())
    await store.expire(start_of(Day(TODAY + 7)))
    await store.close_batch(CENTRE, LATER)
    await store.close()
    for new in (early, late):
        assert not any(new.spent_key in data for data in contents(tmp_path / "store").values())


async def test_an_abandoned_upload_leaves_the_disk(tmp_path: Path) -> None:
    """Half a body that nobody finishes is removed with its row."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    begun = await store.begin_upload(upload(last_day=TODAY))
    await store.append(begun.upload_id, 0, bytes(HALF))
    await store.expire(start_of(Day(TODAY + 1)))
    assert not any((tmp_path / "store" / "staged").iterdir())
    await store.close()


async def test_files_carry_no_time_and_are_for_one_user_only(tmp_path: Path) -> None:
    """Batch files are all of the same age, and nobody else on the machine can read anything."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    await store.admit(cell())
    await store.close_batch(CENTRE, LATER)
    assert (await store.batch_file(CENTRE, 1, NOTE)).path.stat().st_mtime_ns == 0
    for path in (tmp_path / "store").rglob("*"):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path.name
    await store.close()


def test_waiting_cells_lie_in_random_slots(tmp_path: Path) -> None:
    """Not even while cells wait does their place tell which came first."""
    orders: list[list[int]] = []
    for name in ("one", "two"):
        slab = Slab.open(tmp_path / name, S, frozenset())
        orders.append([slab.fill(body_of(S)) for _ in range(60)])
        slab.close()
    assert orders[0] != orders[1]
    assert [len(set(slots)) for slots in orders] == [60, 60]


def test_slots_of_cells_that_were_not_kept_are_used_again(tmp_path: Path) -> None:
    """A group that failed takes no room from those that follow."""
    path = tmp_path / "note.slab"
    slab = Slab.open(path, NOTE, frozenset())
    for _ in range(40):
        for _ in range(100):
            slab.fill(body_of(NOTE))
        slab.abandon()
    assert path.stat().st_size == 8 << 20
    slab.close()


def test_a_slab_that_grew_large_is_cut_back_when_it_is_empty(tmp_path: Path) -> None:
    """One busy hour does not take up room for ever."""
    path = tmp_path / "note.slab"
    slab = Slab.open(path, NOTE, frozenset())
    slots = [slab.fill(body_of(NOTE)) for _ in range((65 << 20) // slot_bytes(NOTE))]
    slab.keep()
    slab.release(slots[1:])
    assert path.stat().st_size > 64 << 20
    slab.release(slots[:1])
    assert path.stat().st_size == 0
    again = slab.fill(body_of(NOTE, 1))
    assert slab.read(again) == body_of(NOTE, 1)
    slab.close()


async def test_opening_wipes_what_a_crash_left_in_slots(tmp_path: Path) -> None:
    """A body that was written and never acknowledged is not kept by accident."""
    slab = Slab.open(tmp_path / "s.slab", S, frozenset())
    slots = sorted(slab.fill(body_of(S, number)) for number in range(3))
    slab.flush()
    slab.close()
    again = Slab.open(tmp_path / "s.slab", S, frozenset({slots[1]}))
    assert again.read(slots[1]) != bytes(len(body_of(S)))
    assert again.read(slots[0]) == bytes(len(body_of(S)))
    assert (tmp_path / "s.slab").stat().st_size == (slots[1] + 1) * slot_bytes(S)
    again.close()


@pytest.mark.parametrize("cls", list(CellClass)[:2])
async def test_many_slots_at_once_keep_every_body(tmp_path: Path, cls: CellClass) -> None:
    """More cells than one growth of the slab holds, all found again."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    many = (9 << 20) // slot_bytes(cls)
    cells = [cell(cls=cls, number=number) for number in range(many)]
    for at in range(0, many, 100):
        await asyncio.gather(*(store.admit(new) for new in cells[at : at + 100]))
    assert (await store.counters(Instant(NOW))).pending[CENTRE] == many
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert (batch.files[0].count, (await store.counters(NOW)).damaged) == (many, 0)
    await store.close()
