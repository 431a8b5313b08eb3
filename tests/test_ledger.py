"""The encrypted store: each step whole or not at all, each row under its lock."""

import asyncio
import errno
import hashlib
import sqlite3
from collections.abc import Awaitable, Callable
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.disk import in_words
from client.ledger import Ledger, Transaction
from client.shelf import STAFF_SHELVES, Lock, Shelf, lock_of
from keys.errors import (
    AlreadyThere,
    DiskFull,
    Locked,
    NotHere,
    Refusal,
    StoreDamaged,
    StoreInUse,
    UnknownVersion,
    UnsafeFile,
)
from keys.keystore import RowSealer, StoreKey
from tests.faults import little_room, run
from tests.machines import INDEX, store

ROW = b"row"
MANY = 400
"""Steps after which, without care, copies of deleted rows lie about."""


async def read(ledger: Ledger, shelf: Shelf = Shelf.META, row: bytes = ROW) -> bytes | None:
    """Return a row's value."""
    async with ledger.reading() as rows:
        return await rows.get(shelf, row)


async def write(ledger: Ledger, value: bytes, shelf: Shelf = Shelf.META, row: bytes = ROW) -> None:
    """Write a row in a step of its own."""
    async with ledger.transaction("written") as rows:
        await rows.put(shelf, row, value)


async def step(ledger: Ledger, work: Callable[[Transaction], Awaitable[None]]) -> None:
    """Do `work` as one step."""
    async with ledger.transaction("step") as rows:
        await work(rows)


async def opened(path: Path, **keys: bytes) -> Ledger:
    """Open a ledger that nobody else closes."""
    machine = RowSealer(StoreKey(keys.get("machine", b"m" * 32)))
    return await Ledger.open(path / "ledger.db", machine, INDEX)


def at(path: Path, sql: str, *values: object) -> list[tuple[bytes, ...]]:
    """Do something to the closed file that no honest program would do."""
    connection = sqlite3.connect(path / "ledger.db", isolation_level=None)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


async def test_what_a_step_wrote_is_there_after_a_restart(tmp_path: Path) -> None:
    """A row that was kept is read back by the next run of the program."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"first")
        await write(ledger, b"second")
        await write(ledger, b"case", Shelf.DRAFT)
    async with store(tmp_path) as ledger:
        assert await read(ledger) == b"second"
        assert await read(ledger, Shelf.DRAFT) == b"case"
        assert await read(ledger, Shelf.META, b"other") is None


async def test_a_step_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """When something goes wrong in the middle of a step, all of it is undone."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"before")

        async def fails(rows: Transaction) -> None:
            await rows.put(Shelf.META, ROW, b"after")
            await rows.put(Shelf.META, b"more", b"")
            raise NotHere

        with pytest.raises(NotHere):
            await step(ledger, fails)
        assert await read(ledger) == b"before"
        async with ledger.reading() as rows:
            assert await rows.ids(Shelf.META) == [ROW]


@pytest.mark.parametrize("turns", range(12))
async def test_a_step_that_is_cancelled_leaves_nothing(tmp_path: Path, turns: int) -> None:
    """Wherever a step is broken off, it is undone and the store goes on working."""
    async with store(tmp_path) as ledger:

        async def for_ever(rows: Transaction) -> None:
            await rows.put(Shelf.META, ROW, b"half")
            await asyncio.Event().wait()

        task = asyncio.create_task(step(ledger, for_ever))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await read(ledger) is None
        await write(ledger, b"whole")
        assert await read(ledger) == b"whole"


async def test_steps_wait_for_one_another(tmp_path: Path) -> None:
    """Two steps at once never see each other half done."""
    async with store(tmp_path) as ledger:

        async def count() -> None:
            async with ledger.transaction("counted") as rows:
                before = int.from_bytes(await rows.get(Shelf.META, ROW) or b"", "big")
                await asyncio.sleep(0)
                await rows.put(Shelf.META, ROW, (before + 1).to_bytes(2, "big"))

        await asyncio.gather(*(count() for _ in range(20)))
        assert await read(ledger) == (20).to_bytes(2, "big")


async def test_a_step_is_told_once_it_is_on_disk(tmp_path: Path) -> None:
    """The tests that pull the plug do so when a step is durable, not before; files go last."""
    told: list[str] = []
    async with store(tmp_path, after_step=told.append) as ledger:
        async with ledger.transaction("first") as rows:
            rows.after(lambda: told.append("a"))
            rows.after(lambda: told.append("b"))
            assert not told

        async def fails(rows: Transaction) -> None:
            rows.after(lambda: told.append("never"))
            raise NotHere

        with pytest.raises(NotHere):
            await step(ledger, fails)
    assert told == ["first", "a", "b"]


async def test_one_thing_left_undone_keeps_nothing_else_undone(tmp_path: Path) -> None:
    """A file that cannot be removed does not keep the next one from being removed."""
    told: list[str] = []

    def fails() -> None:
        raise StoreDamaged

    async def write_and_clean(rows: Transaction) -> None:
        await rows.put(Shelf.META, ROW, b"kept")
        rows.after(fails)
        rows.after(lambda: told.append("done"))

    async with store(tmp_path) as ledger:
        with pytest.raises(StoreDamaged):
            await step(ledger, write_and_clean)
        assert told == ["done"]
        assert await read(ledger) == b"kept"


async def test_a_transaction_is_good_in_its_block_only(tmp_path: Path) -> None:
    """A program that writes outside a step, or while it only reads, is stopped at once."""
    async with store(tmp_path) as ledger:
        kept: list[Transaction] = []
        async with ledger.transaction("step") as rows:
            kept.append(rows)
        with pytest.raises(RuntimeError):
            await kept[0].get(Shelf.META, ROW)
        with pytest.raises(RuntimeError):
            async with ledger.reading() as rows:
                await rows.put(Shelf.META, ROW, b"")
        with pytest.raises(RuntimeError):
            async with ledger.reading() as rows:
                await rows.delete(Shelf.META, ROW)


# ── the two locks ────────────────────────────────────────────────────────────────────────────
def test_every_shelf_lies_under_one_lock() -> None:
    """What names a person, a place or somebody's act lies under the staff lock."""
    for shelf in Shelf:
        assert lock_of(shelf) is (Lock.STAFF if shelf in STAFF_SHELVES else Lock.MACHINE)
    assert {Shelf.DRAFT, Shelf.OUTBOX, Shelf.INBOX, Shelf.INNER_KEY} <= STAFF_SHELVES
    assert not STAFF_SHELVES & {Shelf.OUTER_KEY, Shelf.POSTING, Shelf.ARRIVED, Shelf.TOKEN}


@pytest.mark.parametrize("shelf", sorted(STAFF_SHELVES))
async def test_a_closed_staff_lock_opens_nothing(tmp_path: Path, shelf: Shelf) -> None:
    """While staff are away their rows are neither read nor written, only counted or destroyed."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"secret", shelf)
        ledger.lock()
        assert not ledger.unlocked
        for step in (read(ledger, shelf), write(ledger, b"x", shelf)):
            with pytest.raises(Locked):
                await step
        with pytest.raises(Locked):
            async with ledger.reading() as rows:
                await rows.rows(shelf)
        async with ledger.transaction("destroyed") as rows:
            assert await rows.ids(shelf) == [ROW]
            await rows.delete(shelf, ROW)
            assert await rows.ids(shelf) == []


async def test_locking_wipes_the_key(tmp_path: Path) -> None:
    """After locking, nothing in the program can open a staff row, not even what held the key."""
    async with store(tmp_path, unlocked=False) as ledger:
        staff = RowSealer(StoreKey(b"s" * 32))
        ledger.unlock(staff)
        assert ledger.unlocked
        sealed = staff.seal("t", b"r", 1, b"secret")
        ledger.lock()
        with pytest.raises(Locked):
            staff.open("t", b"r", 1, sealed)


async def test_locking_in_the_middle_of_a_step_undoes_it(tmp_path: Path) -> None:
    """Staff who lock while something is written leave no half of it."""
    async with store(tmp_path) as ledger:

        async def half(rows: Transaction) -> None:
            await rows.put(Shelf.DRAFT, b"one", b"")
            ledger.lock()
            await rows.put(Shelf.DRAFT, b"two", b"")

        with pytest.raises(Locked):
            await step(ledger, half)
        async with ledger.reading() as rows:
            assert await rows.ids(Shelf.DRAFT) == []


# ── damage, and other processes ──────────────────────────────────────────────────────────────
TAMPERED = {
    "a flipped bit": "UPDATE rows SET sealed = zeroblob(length(sealed)) WHERE id = ?",
    "cut short": "UPDATE rows SET sealed = x'00' WHERE id = ?",
    "another version": "UPDATE rows SET version = version + 1 WHERE id = ?",
    "moved to another shelf": "UPDATE rows SET shelf = 'meta' WHERE id = ?",
}


@pytest.mark.parametrize("sql", TAMPERED.values(), ids=TAMPERED)
async def test_a_damaged_row_is_refused_and_keeps_no_other_from_being_read(
    tmp_path: Path, sql: str
) -> None:
    """One bad spot on the disk costs one row, is counted, and nothing else."""
    async with store(tmp_path) as ledger:
        for row in (b"a", ROW, b"z"):
            await write(ledger, row, Shelf.ARRIVED, row)
            await write(ledger, row, Shelf.META, b"m" + row)
    at(tmp_path, sql, ROW)
    shelf = Shelf.META if "shelf" in sql else Shelf.ARRIVED
    async with store(tmp_path) as ledger:
        async with ledger.reading() as rows:
            with pytest.raises(StoreDamaged):
                await rows.get(shelf, ROW)
            assert await rows.get_whole(shelf, ROW) is None
            assert await rows.get_whole(shelf, b"never") is None
            assert await rows.rows(Shelf.ARRIVED) == [(b"a", b"a"), (b"z", b"z")]
        assert ledger.damaged == 1
        await write(ledger, b"anew", shelf)
        assert await read(ledger, shelf) == b"anew"


async def test_a_row_in_another_rows_place_is_refused(tmp_path: Path) -> None:
    """Whoever has the disk cannot swap one sealed row for another."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"one", Shelf.META, b"1")
        await write(ledger, b"two", Shelf.META, b"2")
    ((one,),) = at(tmp_path, "SELECT sealed FROM rows WHERE id = ?", b"1")
    at(tmp_path, "UPDATE rows SET sealed = ? WHERE id = ?", one, b"2")
    async with store(tmp_path) as ledger:
        with pytest.raises(StoreDamaged):
            await read(ledger, Shelf.META, b"2")


async def test_another_machines_key_opens_nothing(tmp_path: Path) -> None:
    """A copied file is of no use without the machine's key."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"x")
    ledger = await opened(tmp_path, machine=b"o" * 32)
    try:
        with pytest.raises(StoreDamaged):
            await read(ledger)
    finally:
        await ledger.close()


async def test_a_store_is_open_once(tmp_path: Path) -> None:
    """A second service on the same store is turned away, and the first goes on."""
    async with store(tmp_path) as ledger:
        with pytest.raises(StoreInUse):
            await opened(tmp_path)
        await write(ledger, b"x")
    async with store(tmp_path) as ledger:
        with pytest.raises(StoreInUse):
            await opened(tmp_path)
        assert await read(ledger) == b"x"


async def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    """A file of something else is not opened, and not overwritten."""
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database, only text" * 100)
    path.chmod(0o600)
    with pytest.raises(StoreDamaged):
        await opened(tmp_path)
    assert path.read_bytes().startswith(b"not a database")


async def test_a_newer_programs_store_is_refused(tmp_path: Path) -> None:
    """An old program does not guess at what a newer one wrote."""
    async with store(tmp_path):
        pass
    at(tmp_path, "PRAGMA user_version = 99")
    with pytest.raises(UnknownVersion):
        await opened(tmp_path)


async def test_a_store_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """The file is its owner's alone, from the first moment and at every start."""
    async with store(tmp_path):
        pass
    path = tmp_path / "ledger.db"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(UnsafeFile):
        await opened(tmp_path)


async def test_a_missing_directory_is_no_accident(tmp_path: Path) -> None:
    """A wrong path is a refusal, not a crash that quotes it."""
    with pytest.raises(NotHere):
        await opened(tmp_path / "nowhere")


async def test_a_full_disk_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    """Without room a step is refused as a whole; with room again the store goes on."""

    async def large(rows: Transaction) -> None:
        for number in range(64):
            await rows.put(Shelf.META, bytes([number]), bytes(1 << 14))

    async with store(tmp_path) as ledger:
        await write(ledger, b"kept")
        with little_room(1 << 18), pytest.raises(DiskFull):
            await step(ledger, large)
        assert await read(ledger) == b"kept"
        await write(ledger, b"goes on")
        assert await read(ledger) == b"goes on"


async def test_a_store_without_room_to_begin_is_refused(tmp_path: Path) -> None:
    """A full disk at the very first start is told as such."""
    with little_room(512), pytest.raises(DiskFull):
        await opened(tmp_path)
    async with store(tmp_path) as ledger:
        await write(ledger, b"x")


# ── forgetting ───────────────────────────────────────────────────────────────────────────────
async def test_a_deleted_row_is_in_no_file_after_scrubbing(tmp_path: Path) -> None:
    """What was deleted cannot be dug out of the disk, even by whoever has the key."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"recipient" * 200, Shelf.DRAFT)
    ((sealed,),) = at(tmp_path, "SELECT sealed FROM rows WHERE shelf = 'draft'")
    async with store(tmp_path) as ledger:
        assert any(sealed[100:164] in path.read_bytes() for path in tmp_path.iterdir())
        async with ledger.transaction("forgotten") as rows:
            await rows.delete(Shelf.DRAFT, ROW)
        await ledger.scrub()
        for path in tmp_path.iterdir():
            assert not any(sealed[n : n + 32] in path.read_bytes() for n in range(50, 1500, 32))


async def test_no_row_among_many_is_left_where_it_once_lay(tmp_path: Path) -> None:
    """SQLite moves rows between its pages; of those that are deleted no earlier copy remains."""
    dice = iter(hashlib.shake_128(b"one shuffling of many").digest(200_000))
    lying: list[bytes] = []
    gone: list[bytes] = []

    async def shuffle(rows: Transaction) -> None:
        for _ in range(1 + next(dice) % 11):
            if lying and next(dice) < 100:
                gone.append(lying.pop(next(dice) % len(lying)))
                await rows.delete(Shelf.PART, gone[-1])
            else:
                lying.append(bytes(islice(dice, 16)))
                await rows.put(Shelf.PART, lying[-1], bytes((40, 200, 700, 3_000)[next(dice) % 4]))

    async with store(tmp_path) as ledger:
        for _ in range(MANY):
            await step(ledger, shuffle)
        await ledger.scrub()
        found = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert all(row in found for row in lying)
    assert not [row for row in gone if row in found]


async def test_the_file_names_nobody(tmp_path: Path) -> None:
    """An id made of a name tells nobody the name, and two parts are not their joining."""
    async with store(tmp_path) as ledger:
        row = ledger.key(b"GRAN-427", b"x")
        assert len(row) == 16
        assert row == ledger.key(b"GRAN-427", b"x")
        assert row != ledger.key(b"GRAN-42", b"7x")
        await write(ledger, b"v", Shelf.DRAFT, row)
    assert b"GRAN-427" not in (tmp_path / "ledger.db").read_bytes()
    other = await Ledger.open(tmp_path / "o.db", RowSealer(StoreKey(b"m" * 32)), b"y" * 32)
    assert other.key(b"GRAN-427", b"x") != row
    await other.close()


async def test_a_copy_is_the_store_at_one_moment(tmp_path: Path) -> None:
    """A backup taken while the service runs opens by itself, and overwrites nothing."""
    copies = tmp_path / "copies"
    copies.mkdir()
    async with store(tmp_path) as ledger:
        await write(ledger, b"then")
        await ledger.copy_to(copies / "ledger.db")
        await write(ledger, b"now")
        with pytest.raises(AlreadyThere):
            await ledger.copy_to(copies / "ledger.db")
        with little_room(1 << 12), pytest.raises(DiskFull):
            await ledger.copy_to(copies / "other.db")
    assert (copies / "ledger.db").stat().st_mode & 0o777 == 0o600
    async with store(copies) as ledger:
        assert await read(ledger) == b"then"


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from client.shelf import Shelf
from tests.machines import store

async def main():
    async with store(Path(sys.argv[1])) as ledger:
        for number in range(100):
            async with ledger.transaction("step") as rows:
                await rows.put(Shelf.META, b"a", bytes([number]))
                await rows.put(Shelf.DRAFT, b"b", bytes([number]))
                if number == 40 and sys.argv[2] == "in the middle":
                    os.kill(os.getpid(), signal.SIGKILL)
            if number == 40:
                os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.parametrize(("moment", "last"), [("in the middle", 39), ("after it", 40)])
async def test_a_killed_program_leaves_whole_steps(tmp_path: Path, moment: str, last: int) -> None:
    """Pulling the plug keeps every step that was done and nothing of the one under way."""
    assert await asyncio.to_thread(run, KILLED, str(tmp_path), moment) == -9
    async with store(tmp_path) as ledger:
        assert await read(ledger, Shelf.META, b"a") == bytes([last])
        assert await read(ledger, Shelf.DRAFT, b"b") == bytes([last])


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([Shelf.META, Shelf.DRAFT]),
            st.binary(max_size=3),
            st.none() | st.binary(max_size=40),
        ),
        max_size=25,
    ),
    st.binary(max_size=2),
)
def test_the_store_is_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[Shelf, bytes, bytes | None]],
    prefix: bytes,
) -> None:
    """Whatever is written, overwritten and deleted, the store holds what a dictionary would."""
    path = tmp_path_factory.mktemp("ledger")
    known: dict[tuple[Shelf, bytes], bytes] = {}

    async def go() -> None:
        async with store(path) as ledger:
            for shelf, row, value in steps:
                async with ledger.transaction("step") as rows:
                    if value is None:
                        await rows.delete(shelf, row)
                        known.pop((shelf, row), None)
                    else:
                        await rows.put(shelf, row, value)
                        known[shelf, row] = value
            async with ledger.reading() as rows:
                for shelf in (Shelf.META, Shelf.DRAFT):
                    mine = sorted((row, value) for (at, row), value in known.items() if at is shelf)
                    assert await rows.rows(shelf) == mine
                    ids = [row for row, _ in mine if row.startswith(prefix)]
                    assert await rows.ids(shelf, prefix) == ids
                    for row, value in mine:
                        assert await rows.get(shelf, row) == value

    asyncio.run(go())


async def test_an_accident_of_the_disk_is_a_refusal_without_its_words(tmp_path: Path) -> None:
    """What SQLite says may quote a value, so it goes no further."""
    async with store(tmp_path):
        pass
    at(tmp_path, "DROP TABLE rows")
    async with store(tmp_path) as ledger:
        for accident in (read(ledger), write(ledger, b"GRAN-427")):
            with pytest.raises(Refusal) as caught:
                await accident
            assert caught.value.args == ("store_damaged",)
            assert caught.value.__suppress_context__


async def test_the_log_is_not_cut_while_somebody_reads(tmp_path: Path) -> None:
    """A scrub that could not do its work says so, rather than promise what is not done."""
    async with store(tmp_path) as ledger:
        await write(ledger, b"x" * 5000)
        async with ledger._connection.execute("SELECT * FROM rows") as reading:  # pyright: ignore[reportPrivateUsage] - a reader that the ledger itself never leaves open
            await write(ledger, b"y" * 5000)
            with pytest.raises(StoreInUse):
                await ledger.scrub()
            await reading.close()
        await ledger.scrub()


@pytest.mark.parametrize("number", [errno.EIO, errno.EEXIST, errno.ENOENT, errno.EDQUOT])
def test_an_error_of_the_system_is_a_refusal_without_its_path(number: int) -> None:
    """An operating system's error names a file; a refusal does not."""
    said = {
        errno.EIO: StoreDamaged,
        errno.EEXIST: AlreadyThere,
        errno.ENOENT: NotHere,
        errno.EDQUOT: DiskFull,
    }
    with pytest.raises(said[number]) as caught, in_words():
        raise OSError(number, "no", "/home/kari/GRAN-427")
    assert "GRAN" not in str(caught.value)
