"""How the store on SQLite begins: with all it promised, under its name, and alone."""

# Were the program wrong, the tables would still say no; to see that, one goes around it:
# pyright: reportPrivateUsage=false

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from broker.database import Hold, Reader
from broker.migrate import migrate
from broker.slab import Slab
from broker.sqlite import SqliteStore
from broker.storage import Kept
from keys.address import Board, CellClass
from keys.errors import (
    BadSettings,
    DiskFull,
    DoubleSpend,
    InstanceReused,
    StoreDamaged,
    StoreInUse,
    UnknownVersion,
)
from tests.cells import INSTANCE, LATER, NOW, cell, cells_of, signer, upload, verified
from tests.faults import little_room
from tests.stores import CENTRE, HALF, NOTE, S

TREE = Path(__file__).parents[1]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    """An empty store in the directory `store`."""
    opened = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    yield opened
    await opened.close()


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


async def test_a_new_name_that_cannot_sign_is_not_taken(tmp_path: Path) -> None:
    """When a tree cannot be signed anew the old name stays, and every token with it."""

    def cannot(_board: Board, _number: int, _size: int, _root: bytes) -> str:
        raise BadSettings

    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    new = cell()
    await store.admit(new)
    await store.close_batch(CENTRE, LATER)
    await store.close()
    with pytest.raises(BadSettings):
        await SqliteStore.open(tmp_path, "new", cannot)
    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    with pytest.raises(DoubleSpend):
        await store.admit(cell(spent_key=new.spent_key))
    await store.close()


async def test_a_store_that_vanishes_while_it_opens_is_let_go(tmp_path: Path) -> None:
    """An open that fails at the last step holds nothing either."""
    store = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    await store.admit(cell())
    await store.close_batch(CENTRE, LATER)
    await store.close()

    def take_away(board: Board, number: int, size: int, root: bytes) -> str:
        (tmp_path / "store" / "kept.sqlite").rename(tmp_path / "away")
        return signer("new")(board, number, size, root)

    with pytest.raises(StoreDamaged):
        await SqliteStore.open(tmp_path / "store", "new", take_away)
    (tmp_path / "store").rename(tmp_path / "rest")
    await (await SqliteStore.open(tmp_path / "store", INSTANCE, signer())).close()
    Hold(tmp_path / "rest" / "lock").release()


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


@pytest.mark.parametrize("cls", [NOTE, S])
async def test_a_slab_that_cannot_be_opened_leaves_nothing_held(
    tmp_path: Path, cls: CellClass
) -> None:
    """A start that fails can be tried again as soon as the reason is gone."""
    (tmp_path / f"{cls}.slab").mkdir()
    with pytest.raises(StoreDamaged):
        await SqliteStore.open(tmp_path, INSTANCE, signer())
    (tmp_path / f"{cls}.slab").rmdir()
    await (await SqliteStore.open(tmp_path, INSTANCE, signer())).close()


def test_a_slab_without_room_for_its_own_cells_is_not_opened(tmp_path: Path) -> None:
    """A slab that cannot be brought to its size is let go."""
    with little_room(1 << 20), pytest.raises(DiskFull):
        Slab.open(tmp_path / "s.slab", S, frozenset({1_000}))


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


async def test_a_database_that_cannot_be_read_is_damage(tmp_path: Path) -> None:
    """A reader refuses in the vocabulary, whatever SQLite says."""
    raw_database(tmp_path / "one", "CREATE TABLE t (x)")
    raw_database(tmp_path / "two", "CREATE TABLE u (x)")
    reader = await Reader.open(tmp_path / "one", tmp_path / "two")
    with pytest.raises(StoreDamaged):
        await reader.rows(int, "SELECT nothing FROM nowhere")
    await reader.close()
    (tmp_path / "bad").write_bytes(b"not a database" * 1_000)
    with pytest.raises(StoreDamaged):
        await Reader.open(tmp_path / "one", tmp_path / "bad")
    with pytest.raises(StoreDamaged):
        await Reader.open(tmp_path / "none", tmp_path / "two")
