"""Backups: whole, taken beside a running broker, and never a way to spend a token twice."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from broker.backup import backup, copy_all, copy_databases, copy_files, copy_waiting, restore
from broker.checking import check
from broker.database import reading
from broker.files import make_directory
from broker.layout import Layout
from broker.opening import connect_both
from broker.sqlite import SqliteStore
from keys.calendar import Instant
from keys.checkpoint import Frontier, follow
from keys.errors import AlreadyThere, BrokerBusy, DiskFull, InstanceReused, StoreDamaged
from tests.cells import (
    INSTANCE,
    LATER,
    body_of,
    cell,
    cells_of,
    signer,
    token,
    upload,
    verified,
)
from tests.faults import little_room
from tests.stores import CENTRE, NOTE, A, M, S, count, filled

AFTER = "folge-test-2"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    """A store in `store` with two batches, and cells that wait."""
    opened = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    await filled(opened)
    yield opened
    await opened.close()


async def everything(store: SqliteStore, instance: str) -> dict[int, dict[object, bytes]]:
    """Read every batch of the centre board as a member who follows the tree does."""
    tree = Frontier()
    found: dict[int, dict[object, bytes]] = {}
    for batch in await store.batches(CENTRE, 0, 100):
        tree = follow(tree, await store.leaves(CENTRE, batch.number), verified(batch, instance))
        found[batch.number] = {**await cells_of(store, batch)}
    return found


# ── Backing up and restoring ─────────────────────────────────────────────────────────────────
async def test_a_restored_broker_has_what_the_backup_saw(
    store: SqliteStore, tmp_path: Path
) -> None:
    """Batches, waiting cells and published keys are all there, under the new name."""
    before = await everything(store, INSTANCE)
    await asyncio.to_thread(backup, tmp_path / "store", tmp_path / "copy")
    await store.admit(cell(number=40))
    restore(tmp_path / "copy", tmp_path / "restored", INSTANCE)

    restored = await SqliteStore.open(tmp_path / "restored", AFTER, signer(AFTER))
    assert restored.instance == AFTER
    assert await everything(restored, AFTER) == before
    assert await restored.latest_certificate(A) == b"certificate"
    batch = await restored.close_batch(CENTRE, LATER)
    assert batch is not None
    assert batch.number == 3
    assert await cells_of(restored, batch) == {
        cls: cell(cls=cls, number=number).body for number, cls in ((20, NOTE), (21, S), (22, M))
    }
    await restored.close()
    assert check(tmp_path / "restored").problems == ()


async def test_a_backup_holds_no_token_and_no_half_upload(
    store: SqliteStore, tmp_path: Path
) -> None:
    """No spent key, no upload and no secret name of one is in any byte of a backup."""
    begun = await store.begin_upload(upload(spent_key=token(30)))
    await asyncio.to_thread(backup, tmp_path / "store", tmp_path / "copy")
    data = [path.read_bytes() for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    for number in (0, 15, 20, 22, 30):
        assert not any(token(number) in file for file in data), number
    assert not any(begun.upload_id.encode() in file for file in data)
    assert not any(body_of(S)[:64] in file for file in data)


@pytest.mark.parametrize("how", ["restored", "copied by hand", "opened where it lies"])
async def test_no_backup_answers_under_its_old_name(
    store: SqliteStore, tmp_path: Path, how: str
) -> None:
    """Under the old name tokens could be spent twice, so the old name is dead, however placed."""
    await asyncio.to_thread(backup, tmp_path / "store", tmp_path / "copy")
    place = tmp_path / ("copy" if how == "opened where it lies" else "placed")
    if how == "restored":
        restore(tmp_path / "copy", place, INSTANCE)
    elif how == "copied by hand":
        shutil.copytree(tmp_path / "copy", place)
    with pytest.raises(InstanceReused):
        await SqliteStore.open(place, INSTANCE, signer())
    assert await count(store) == 3


async def test_an_older_backup_never_takes_a_name_used_since(tmp_path: Path) -> None:
    """Restoring twice from one backup: the name of the first restore is burnt for the second."""
    await (await SqliteStore.open(tmp_path / "store", INSTANCE, signer())).close()
    backup(tmp_path / "store", tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "first", INSTANCE)
    await (await SqliteStore.open(tmp_path / "first", AFTER, signer(AFTER))).close()
    restore(tmp_path / "copy", tmp_path / "second", AFTER)
    for name in (INSTANCE, AFTER):
        with pytest.raises(InstanceReused):
            await SqliteStore.open(tmp_path / "second", name, signer(name))
    third = await SqliteStore.open(tmp_path / "second", "folge-test-3", signer("folge-test-3"))
    await third.close()


async def test_a_backup_of_a_restored_broker_knows_all_its_names(tmp_path: Path) -> None:
    """Names are remembered through generations of backups."""
    place = tmp_path / "0"
    for generation in range(3):
        name = f"name-{generation}"
        await (await SqliteStore.open(place, name, signer(name))).close()
        backup(place, tmp_path / f"copy-{generation}")
        place = tmp_path / str(generation + 1)
        restore(tmp_path / f"copy-{generation}", place, name)
    for generation in range(3):
        with pytest.raises(InstanceReused):
            await SqliteStore.open(place, f"name-{generation}", signer())


async def test_a_broker_goes_on_while_it_is_backed_up(store: SqliteStore, tmp_path: Path) -> None:
    """Cells are accepted and batches close during a backup, and the backup is sound."""
    copying = asyncio.create_task(asyncio.to_thread(backup, tmp_path / "store", tmp_path / "copy"))
    for number in range(100, 140):
        await store.admit(cell(number=number))
    await store.close_batch(CENTRE, LATER)
    await copying
    assert check(tmp_path / "copy").problems == ()
    assert check(tmp_path / "store").problems == ()


async def test_a_cell_that_moves_during_a_backup_is_in_it_once(tmp_path: Path) -> None:
    """A look at what waits and then at what is kept may see a cell twice; the copy does not."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    await store.admit(cell(number=1))
    old = tmp_path / "arrivals"
    with (
        closing(sqlite3.connect(old)) as copy,
        closing(sqlite3.connect(tmp_path / "store" / "arrivals.sqlite")) as live,
    ):
        live.backup(copy)
    await store.close_batch(CENTRE, LATER)
    await store.close()
    old.replace(tmp_path / "store" / "arrivals.sqlite")
    backup(tmp_path / "store", tmp_path / "copy")
    restored = await SqliteStore.open(tmp_path / "copy", AFTER, signer(AFTER))
    assert await count(restored) == 0
    assert [batch.files[0].count for batch in await restored.batches(CENTRE, 0, 9)] == [1]
    await restored.close()


# ── What makes a backup fail ─────────────────────────────────────────────────────────────────
async def test_a_backup_overwrites_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """An existing directory is left as it is."""
    (tmp_path / "copy").mkdir()
    with pytest.raises(AlreadyThere):
        backup(tmp_path / "store", tmp_path / "copy")
    with pytest.raises(AlreadyThere):
        restore(tmp_path / "store", tmp_path / "copy", INSTANCE)
    assert not any((tmp_path / "copy").iterdir())
    assert await count(store) == 3


async def test_a_backup_without_room_leaves_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """Half a backup is no backup: it never appears under its name."""
    with little_room(1 << 20), pytest.raises(DiskFull):
        backup(tmp_path / "store", tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    assert await count(store) == 3


def damage_batch(place: Path) -> None:
    """A batch file is shorter than it was."""
    os.truncate(place / "batches" / "centre" / "1.note", 8_192)


def lose_batch(place: Path) -> None:
    """A batch file is not there."""
    (place / "batches" / "centre" / "2.m").unlink()


def damage_slot(place: Path) -> None:
    """A waiting cell's slot is not there."""
    os.truncate(place / "s.slab", 1_000)


@pytest.mark.parametrize("damage", [damage_batch, lose_batch, damage_slot])
async def test_a_damaged_store_makes_no_backup(
    store: SqliteStore, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    """A copy of damage would push out the last good backup."""
    damage(tmp_path / "store")
    with pytest.raises(StoreDamaged):
        backup(tmp_path / "store", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert await count(store) == 3


async def test_a_damaged_backup_is_not_restored(store: SqliteStore, tmp_path: Path) -> None:
    """What is put back was whole when it was put back."""
    await asyncio.to_thread(backup, tmp_path / "store", tmp_path / "copy")
    damage_batch(tmp_path / "copy")
    with pytest.raises(StoreDamaged):
        restore(tmp_path / "copy", tmp_path / "restored", INSTANCE)
    assert not (tmp_path / "restored").exists()
    assert await count(store) == 3


# ── What moves while it is copied ────────────────────────────────────────────────────────────
async def two_looks(tmp_path: Path) -> tuple[Layout, Layout]:
    """A store after a batch has closed and expired, and a copy of its databases from before."""
    source, copy = Layout(tmp_path / "store"), Layout(tmp_path / "copy")
    for directory in copy.directories:
        make_directory(directory)
    store = await SqliteStore.open(source.directory, INSTANCE, signer())
    await store.admit(cell(number=1))
    await store.close_batch(CENTRE, LATER)
    await store.admit(cell(number=2))
    with reading(source.arrivals, source.kept) as live:
        copy_databases(live, copy)
    await store.close_batch(CENTRE, Instant(LATER + 1))
    await store.expire(LATER)
    await store.close()
    return source, copy


async def test_a_cell_that_left_its_slot_meanwhile_asks_for_another_look(tmp_path: Path) -> None:
    """The copy notices that the bytes are gone because the cell moved on, and begins again."""
    source, copy = await two_looks(tmp_path)
    with (
        reading(source.arrivals, source.kept) as live,
        closing(connect_both(copy)) as made,
    ):
        assert not copy_waiting(source, copy, live, made)
    with pytest.raises(BrokerBusy) as busy:
        copy_all(source, copy, None, tries=0)
    assert busy.value.facts == {"seconds": 60}
    copy_all(source, copy, None, tries=1)
    assert check(copy.directory).problems == ()


async def test_a_batch_that_expired_meanwhile_is_expired_in_the_copy(tmp_path: Path) -> None:
    """A file that went away for its age is no damage."""
    source, copy = await two_looks(tmp_path)
    with (
        reading(source.arrivals, source.kept) as live,
        closing(connect_both(copy)) as made,
    ):
        copy_files(source, copy, live, made)
        assert made.execute("SELECT number, gone FROM batches").fetchall() == [(1, 1)]
    assert not any(copy.board(CENTRE).iterdir())
