"""A key a day for the rows: what is deleted goes with its key, and no power failure loses a row."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from client.ledger import Ledger
from client.shelf import Lock, Shelf
from client.turnover import MOST_BYTES, MOST_ROWS, turn_over
from keys.calendar import Day, Instant
from keys.errors import DiskFull, Locked, StoreDamaged
from keys.keystore import RowSealer
from keys.rows import GENERATION_BYTES, StoreKey
from tests import acts
from tests.machines import store
from tests.parties import leave, village

MONDAY = Day(20_700)
WEDNESDAY = Instant(1_794_376_800)
SHELVES = {Lock.MACHINE: Shelf.META, Lock.STAFF: Shelf.DRAFT}
BOTH = pytest.mark.parametrize("lock", list(Lock))


async def _write(ledger: Ledger, lock: Lock, count: int = 1) -> None:
    async with ledger.transaction("written") as rows:
        for number in range(count):
            await rows.put(SHELVES[lock], number.to_bytes(4, "big"), b"row %d" % number)


async def _read(ledger: Ledger, lock: Lock) -> list[bytes]:
    async with ledger.reading() as rows:
        return [value for _, value in await rows.rows(SHELVES[lock])]


def _sql(path: Path, sql: str, *values: bytes | str) -> list[tuple[bytes, ...]]:
    connection = sqlite3.connect(path / "ledger.db")
    try:
        with connection:
            return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def _generations(path: Path, lock: Lock) -> set[int]:
    """Return under which generations the rows of a lock lie, by the file alone."""
    sealed = _sql(path, "SELECT sealed FROM rows WHERE shelf = ?", SHELVES[lock].value)
    return {int.from_bytes(one[0][:GENERATION_BYTES], "big") for one in sealed}


@BOTH
async def test_yesterdays_key_is_destroyed_and_opens_nothing_any_more(
    tmp_path: Path, lock: Lock
) -> None:
    """Whoever kept a deleted row's bytes has nothing to open them with, nor the file its key."""
    async with store(tmp_path) as ledger:
        assert await turn_over(ledger, lock, MONDAY)
        await _write(ledger, lock)
    ((kept,),) = _sql(tmp_path, "SELECT sealed FROM rows WHERE shelf = ?", SHELVES[lock].value)
    ((key,),) = _sql(tmp_path, "SELECT sealed FROM generations WHERE lock = ?", lock.value)
    async with store(tmp_path) as ledger:
        assert ledger.sealer_of(lock).open(SHELVES[lock].value, bytes(4), 1, kept) == b"row 0"
        assert await turn_over(ledger, lock, Day(MONDAY + 1))
        await ledger.scrub()
        with pytest.raises(StoreDamaged):
            ledger.sealer_of(lock).open(SHELVES[lock].value, bytes(4), 1, kept)
        assert await _read(ledger, lock) == [b"row 0"]
    for file in tmp_path.iterdir():
        assert key not in file.read_bytes()
        assert kept not in file.read_bytes()
    async with store(tmp_path) as ledger:
        with pytest.raises(StoreDamaged):
            ledger.sealer_of(lock).open(SHELVES[lock].value, bytes(4), 1, kept)
        assert await _read(ledger, lock) == [b"row 0"]
        assert ledger.damaged == 0


async def test_a_day_has_one_turn(tmp_path: Path) -> None:
    """Every slot asks; the rows move once a day, and each lock has a turn of its own."""
    steps: list[str] = []
    async with store(tmp_path, after_step=steps.append) as ledger:
        for lock in Lock:
            await _write(ledger, lock)
            assert await turn_over(ledger, lock, MONDAY)
        before = len(steps)
        for lock in Lock:
            assert not await turn_over(ledger, lock, MONDAY)
        assert len(steps) == before
    assert {lock: _generations(tmp_path, lock) for lock in Lock} == {lock: {2} for lock in Lock}


class _PowerFailure(BaseException):
    """Nothing after this step is done."""


STEPS = [("generation-begun", 1), ("rows-moved", 1), ("rows-moved", 2), ("generation-ended", 1)]


@BOTH
@pytest.mark.parametrize(("step", "nth"), STEPS)
@pytest.mark.parametrize("next_day", [0, 5])
async def test_a_turn_that_was_cut_off_loses_nothing(
    tmp_path: Path, lock: Lock, step: str, nth: int, next_day: int
) -> None:
    """The file as it lay after any step opens whole, and a later turn ends what was begun."""
    copy = tmp_path / "copy"
    copy.mkdir()
    seen = 0

    def fails(told: str) -> None:
        nonlocal seen
        seen += told == step
        if told == step and seen == nth:
            for file in tmp_path.glob("ledger.db*"):
                shutil.copy(file, copy)
            raise _PowerFailure

    rows = MOST_ROWS + 1
    async with store(tmp_path) as ledger:
        await turn_over(ledger, lock, Day(MONDAY - 1))
        await _write(ledger, lock, rows)
    async with store(tmp_path, after_step=fails) as ledger:
        with pytest.raises(_PowerFailure):
            await turn_over(ledger, lock, MONDAY)
    whole = [b"row %d" % number for number in range(rows)]
    async with store(copy) as ledger:
        assert await _read(ledger, lock) == whole
        await turn_over(ledger, lock, Day(MONDAY + next_day))
        assert await _read(ledger, lock) == whole
        assert ledger.damaged == 0
    assert len(_generations(copy, lock)) == 1
    assert len(_sql(copy, "SELECT 1 FROM generations WHERE lock = ?", lock.value)) == 1


async def test_what_is_written_meanwhile_is_under_the_new_key(tmp_path: Path) -> None:
    """Staff need not wait for a turn: a row written between two of its steps stays."""
    async with store(tmp_path) as ledger:
        await _write(ledger, Lock.STAFF, MOST_ROWS + 1)
        turn = turn_over(ledger, Lock.STAFF, MONDAY)

        async def meanwhile() -> None:
            async with ledger.transaction("written") as rows:
                await rows.put(Shelf.DRAFT, b"late", b"late")
                await rows.put(Shelf.DRAFT, bytes(4), b"changed")
                await rows.delete(Shelf.DRAFT, b"\0\0\0\1")

        await asyncio.gather(turn, meanwhile())
        found = await _read(ledger, Lock.STAFF)
        assert b"late" in found
        assert b"changed" in found
        assert b"row 1" not in found
        assert len(found) == MOST_ROWS + 1
    assert _generations(tmp_path, Lock.STAFF) == {2}


@pytest.mark.parametrize("step", ["generation-begun", "rows-moved"])
async def test_staff_who_lock_in_a_turn_find_everything_again(tmp_path: Path, step: str) -> None:
    """The lock waits for nothing; the next who unlocks has the same rows."""
    ledgers: list[Ledger] = []

    def locks(told: str) -> None:
        if told == step:
            ledgers[0].lock()

    async with store(tmp_path, after_step=locks) as ledger:
        ledgers.append(ledger)
        await _write(ledger, Lock.STAFF, MOST_ROWS + 1)
        with pytest.raises(Locked):
            await turn_over(ledger, Lock.STAFF, MONDAY)
        with pytest.raises(Locked):
            await turn_over(ledger, Lock.STAFF, MONDAY)
        ledger.unlock(RowSealer(StoreKey(b"s" * 32)))
        assert len(await _read(ledger, Lock.STAFF)) == MOST_ROWS + 1
    async with store(tmp_path) as ledger:
        assert await turn_over(ledger, Lock.STAFF, Day(MONDAY + 1))
        assert len(await _read(ledger, Lock.STAFF)) == MOST_ROWS + 1
        assert ledger.damaged == 0


@BOTH
async def test_a_damaged_row_keeps_no_turn_from_ending(tmp_path: Path, lock: Lock) -> None:
    """One bad spot costs one row, also on the day the keys turn."""
    async with store(tmp_path) as ledger:
        await _write(ledger, lock, 3)
    _sql(tmp_path, "UPDATE rows SET sealed = zeroblob(60) WHERE id = ?", b"\0\0\0\1")
    async with store(tmp_path) as ledger:
        assert await turn_over(ledger, lock, MONDAY)
        assert await _read(ledger, lock) == [b"row 0", b"row 2"]
        assert ledger.damaged == 1
        assert await turn_over(ledger, lock, Day(MONDAY + 1))


@BOTH
async def test_a_damaged_key_is_counted_and_keeps_nothing_else_closed(
    tmp_path: Path, lock: Lock
) -> None:
    """The rows it sealed are lost and left out; the store opens, and new rows are kept."""
    other = Lock.STAFF if lock is Lock.MACHINE else Lock.MACHINE
    async with store(tmp_path) as ledger:
        for one in Lock:
            await _write(ledger, one)
            await turn_over(ledger, one, MONDAY)
    _sql(tmp_path, "UPDATE generations SET sealed = zeroblob(99) WHERE lock = ?", lock.value)
    async with store(tmp_path) as ledger:
        assert ledger.damaged == 1
        assert await _read(ledger, lock) == []
        assert await _read(ledger, other) == [b"row 0"]
        await turn_over(ledger, lock, Day(MONDAY + 1))
        await _write(ledger, lock)
        assert await _read(ledger, lock) == [b"row 0"]


async def test_a_lock_opened_with_another_stores_key_destroys_nothing(tmp_path: Path) -> None:
    """Whoever puts a file of keys back that is of another store can still put the right one back.

    Nothing opens meanwhile, and days go by.
    """
    async with store(tmp_path) as ledger:
        await _write(ledger, Lock.STAFF, 2)
        await turn_over(ledger, Lock.STAFF, MONDAY)
    async with store(tmp_path, unlocked=False) as ledger:
        ledger.unlock(RowSealer(StoreKey(b"t" * 32)))
        assert await _read(ledger, Lock.STAFF) == []
        for day in (1, 2):
            assert await turn_over(ledger, Lock.STAFF, Day(MONDAY + day))
            assert not await turn_over(ledger, Lock.STAFF, Day(MONDAY + day))
    async with store(tmp_path) as ledger:
        assert await _read(ledger, Lock.STAFF) == [b"row 0", b"row 1"]
        assert await turn_over(ledger, Lock.STAFF, Day(MONDAY + 3))
        assert await _read(ledger, Lock.STAFF) == [b"row 0", b"row 1"]
    # What the other store's key had begun seals no row, and is gone with the turn.
    assert len(_sql(tmp_path, "SELECT 1 FROM generations")) == 1


@pytest.mark.parametrize("back", [False, True])
async def test_staff_who_lock_while_a_turn_waits_for_its_step(tmp_path: Path, back: bool) -> None:  # noqa: FBT001 - a parameter
    """A turn that waits behind another step finds the lock closed, or opened by somebody else."""
    async with store(tmp_path) as ledger:
        await _write(ledger, Lock.STAFF)
        async with ledger.reading():
            turn = asyncio.create_task(turn_over(ledger, Lock.STAFF, MONDAY))
            await asyncio.sleep(0.01)
            ledger.lock()
            if back:
                ledger.unlock(RowSealer(StoreKey(b"s" * 32)))
        if back:
            assert await turn
        else:
            with pytest.raises(Locked):
                await turn
            ledger.unlock(RowSealer(StoreKey(b"s" * 32)))
        assert await _read(ledger, Lock.STAFF) == [b"row 0"]
        await turn_over(ledger, Lock.STAFF, MONDAY)
        assert await _read(ledger, Lock.STAFF) == [b"row 0"]


async def test_a_wiped_sealer_begins_nothing() -> None:
    """It is refused as locked, as everything else with it."""
    sealer = RowSealer(StoreKey(b"s" * 32))
    sealer.wipe()
    with pytest.raises(Locked):
        sealer.begin("staff", 2, MONDAY)


async def test_a_generation_that_is_on_disk_and_not_in_memory_is_no_hindrance(
    tmp_path: Path,
) -> None:
    """A turn that was stopped as its first step became durable is followed by another."""
    async with store(tmp_path) as ledger:
        await _write(ledger, Lock.STAFF)
        async with ledger.transaction("generation-begun") as rows:
            sealed = ledger.sealer_of(Lock.STAFF).begin("staff", 2, MONDAY)
            await rows.add_generation(Lock.STAFF, 2, sealed)
        assert await turn_over(ledger, Lock.STAFF, MONDAY)
        assert await _read(ledger, Lock.STAFF) == [b"row 0"]
    assert _generations(tmp_path, Lock.STAFF) == {3}
    assert len(_sql(tmp_path, "SELECT 1 FROM generations")) == 1


async def test_long_rows_move_in_steps_of_their_own(tmp_path: Path) -> None:
    """What has its time waits for about a megabyte at most, however long the rows are."""
    steps: list[str] = []
    async with store(tmp_path, after_step=steps.append) as ledger:
        async with ledger.transaction("written") as rows:
            for number, size in enumerate((10, MOST_BYTES * 2, 10, MOST_BYTES // 2, MOST_BYTES)):
                await rows.put(Shelf.DRAFT, bytes([number]), bytes(size))
        await turn_over(ledger, Lock.STAFF, MONDAY)
        assert sum(map(len, await _read(ledger, Lock.STAFF))) == MOST_BYTES * 7 // 2 + 20
    assert steps.count("rows-moved") == 4


async def test_one_locks_key_is_not_taken_for_the_others(tmp_path: Path) -> None:
    """Whoever has the disk cannot have staff rows sealed under a key of the machine's."""
    async with store(tmp_path) as ledger:
        await turn_over(ledger, Lock.MACHINE, MONDAY)
        await _write(ledger, Lock.STAFF)
    _sql(tmp_path, "UPDATE generations SET lock = ?", Lock.STAFF.value)
    async with store(tmp_path) as ledger:
        assert ledger.damaged == 1
        assert ledger.sealer_of(Lock.STAFF).generation == 1
        assert await _read(ledger, Lock.STAFF) == [b"row 0"]


async def test_a_key_of_a_lock_that_there_is_not_is_damage(tmp_path: Path) -> None:
    """What no program of ours wrote is refused in words."""
    async with store(tmp_path) as ledger:
        await turn_over(ledger, Lock.MACHINE, MONDAY)
    _sql(tmp_path, "UPDATE generations SET lock = 'neither'")
    with pytest.raises(StoreDamaged):
        async with store(tmp_path):
            pass


async def test_a_store_of_an_earlier_program_opens_and_turns(tmp_path: Path) -> None:
    """Rows of the first generation are read, and move to the first key of their own."""
    async with store(tmp_path) as ledger:
        await _write(ledger, Lock.STAFF)
    _sql(tmp_path, "DROP TABLE generations")
    _sql(tmp_path, "PRAGMA user_version = 1")
    async with store(tmp_path) as ledger:
        assert await _read(ledger, Lock.STAFF) == [b"row 0"]
        assert await turn_over(ledger, Lock.STAFF, MONDAY)
    assert _generations(tmp_path, Lock.STAFF) == {2}


async def test_a_copy_for_a_backup_has_its_keys(tmp_path: Path) -> None:
    """A copy that is made between two turns opens by itself."""
    copy = tmp_path / "copy"
    copy.mkdir()
    async with store(tmp_path) as ledger:
        for lock in Lock:
            await _write(ledger, lock)
            await turn_over(ledger, lock, MONDAY)
        await ledger.copy_to(copy / "ledger.db")
        for lock in Lock:
            await turn_over(ledger, lock, Day(MONDAY + 1))
    async with store(copy) as ledger:
        for lock in Lock:
            assert await _read(ledger, lock) == [b"row 0"]


async def test_a_running_member_turns_its_keys_each_day() -> None:
    """A case that waits over days is there, under another key each day, locked or not."""
    async with village("granlia", "fjordglott", start=WEDNESDAY) as (here, (party, _)):
        name = await acts.ready(here, party, acts.sample("GRAN-427", name="DREP-501"))
        await here.tick()
        office, began = party.service.office, party.service.office.ledger.generations.began
        assert {began(lock) for lock in Lock} == {office.today}
        await party.do("lock")
        here.clock.advance(86_400)
        await here.tick()
        assert (began(Lock.MACHINE), began(Lock.STAFF)) == (office.today, office.today - 1)
        await party.unlock()
        await here.tick()
        assert {began(lock) for lock in Lock} == {office.today}
        assert not any(office.ledger.generations.many(lock) for lock in Lock)
        assert not office.ledger.damaged
        await leave(here, party)
        assert len(_sql(party.home.path, "SELECT number FROM generations")) == len(Lock)
        again = await party.again(here)
        here.services[party.home.path.name] = again.service
        await again.unlock()
        assert str((await acts.row(again, "drafts", name))["code_name"]) == name


async def test_a_file_that_could_not_be_written_anew_is_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A turn's trace stays no day long in the log because the disk was full for a moment."""
    async with village("granlia", start=WEDNESDAY) as (here, (party,)):
        await here.tick()
        ledger, scrubs, full = party.service.office.ledger, list[str](), [True]
        real = ledger.scrub

        async def scrub() -> None:
            scrubs.append("full" if full[0] else "done")
            if full[0]:
                raise DiskFull
            await real()

        monkeypatch.setattr(ledger, "scrub", scrub)
        await here.tick()
        assert scrubs == []
        here.clock.advance(86_400)
        await here.tick()
        assert set(scrubs) == {"full"}
        full[0] = False
        scrubs.clear()
        await here.tick()
        assert "done" in scrubs
        scrubs.clear()
        await here.tick()
        assert scrubs == []
