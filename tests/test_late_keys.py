"""A key that arrives after its package still opens it: own outer keys that were damaged.

Nothing that no key opened is kept: the boards are read again, whole days of them.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from client import untried
from client.alarms import Alarms
from client.keyring import Keyring
from client.reader import Report
from client.rereading import Rereading
from client.shelf import Shelf
from keys.address import Board, CellClass
from keys.calendar import Day
from keys.epoch import BATCH_DAYS
from keys.errors import CheckpointForked
from tests.crooked import Crooked
from tests.machines import TODAY, Machine, cell, hash_of, machine, spoiling
from tests.notes import IDA, Note
from tests.test_reader import BOARD, acknowledged, cursor, notes, shelf, sync

DAY = TODAY.to_bytes(4, "big")
RECORD = cell(CellClass.S)


async def note_to(ida: Machine, day: Day = TODAY, *blobs: bytes) -> bytes:
    """Return a note to the key that Ida has for a day."""
    (key,) = [one for one in await ida.keyring.outer(day) if one.day == day][:1]
    reader = replace(IDA, outer=key)
    named = tuple(hash_of(blob) for blob in blobs)
    return Note(day=day, named_day=day, reader=reader, blobs=named).sealed


@asynccontextmanager
async def reading(path: Path) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine, which has made keys for a fortnight and has read the boards once."""
    async with machine(path) as ida:
        assert await ida.keyring.refill(IDA.secret, TODAY)
        assert (await sync(ida)).whole
        yield ida


async def arrived(ida: Machine) -> set[bytes]:
    """Return the hashes of the notes that wait for staff."""
    return set(await shelf(ida, Shelf.ARRIVED))


async def missed(ida: Machine, days: int = 0) -> bytes:
    """Have a note with a record come on a day when today's key does not open; return it."""
    note = await note_to(ida, TODAY, RECORD)
    async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
        ida.broker.close(BOARD, *notes(cell(), note, cell()), (CellClass.S, RECORD))
        for day in range(days + 1):
            ida.broker.close(BOARD, *notes(cell()))
            assert await sync(ida, Day(TODAY + day)) == Report()
    return note


@pytest.mark.parametrize("days", [0, 1, 5, BATCH_DAYS])
async def test_a_key_that_opens_again_opens_what_came_meanwhile(tmp_path: Path, days: int) -> None:
    """On every day of its life: the note and its record are here, and each batch is read once."""
    async with reading(tmp_path) as ida:
        note, now = await missed(ida, days), Day(TODAY + days)
        before = await cursor(ida)
        assert await sync(ida, now) == Report(notes=1, blobs=1)
        assert await arrived(ida) == {hash_of(note)}
        assert set(await shelf(ida, Shelf.BLOB)) == {hash_of(RECORD)}
        assert await cursor(ida) == before
        asked = len(ida.broker.asked)
        assert await sync(ida, now) == Report()
        assert len(ida.broker.asked) == asked + len(Board)


async def test_a_reader_that_forgets_what_it_could_not_try_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: whoever goes on where it stopped has lost the note for ever."""

    async def never(_self: Rereading, _cursor: object) -> None:
        return None

    async with reading(tmp_path) as ida:
        await missed(ida)
        monkeypatch.setattr(Rereading, "begin", never)
        assert await sync(ida) == Report()
        assert await arrived(ida) == set()


async def test_what_was_read_before_does_not_come_twice(tmp_path: Path) -> None:
    """Only the key that came back is tried; own cells and what others' keys opened stay as is."""
    async with reading(tmp_path) as ida:
        other = await note_to(ida, Day(TODAY + 1))
        mine = await note_to(ida, TODAY)
        await acknowledged(ida, mine)
        note = await note_to(ida, TODAY)
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
            ida.broker.close(BOARD, *notes(note, other, mine))
            assert (await sync(ida)).notes == 1
        async with ida.ledger.transaction("opened") as rows:
            await rows.delete(Shelf.ARRIVED, hash_of(other))
        await acknowledged(ida, mine)
        assert await sync(ida) == Report(notes=1)
        assert await arrived(ida) == {hash_of(note)}


async def test_a_new_key_has_nothing_to_read_again(tmp_path: Path) -> None:
    """No note was sealed to a key that was just made, nor to one made in place of another."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))
        await sync(ida)
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
            assert await ida.keyring.refill(IDA.secret, Day(TODAY + 3))
            assert await ida.keyring.refill(IDA.secret, TODAY)
            asked = len(ida.broker.asked)
            await sync(ida)
            assert len(ida.broker.asked) == asked + len(Board)
        note = await note_to(ida, Day(TODAY + 16))
        ida.broker.close(BOARD, *notes(note))
        assert (await sync(ida, Day(TODAY + 16))).notes == 1


async def test_going_back_says_nothing_of_what_is_found(tmp_path: Path) -> None:
    """The broker is asked for the same, whether a note was for us, or none."""
    asked: list[list[str]] = []
    for number, ours in enumerate((True, False)):
        path = tmp_path / str(number)
        path.mkdir()
        async with reading(path) as ida:
            note = await note_to(ida, TODAY, RECORD) if ours else cell()
            async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
                ida.broker.close(BOARD, *notes(cell(), note), (CellClass.S, RECORD))
                await sync(ida)
            before = len(ida.broker.targets())
            assert (await sync(ida)).notes == ours
            asked.append(ida.broker.targets()[before:])
    assert asked[0] == asked[1]
    assert any("/cells/" in target for target in asked[0])


async def test_what_is_shown_the_second_time_must_be_what_was_shown_first(tmp_path: Path) -> None:
    """Whoever has one go back cannot show another past: the two trees are held together."""
    async with reading(tmp_path) as ida:
        await missed(ida)
        other = Crooked()
        for _ in ida.broker.boards[BOARD]:
            other.close(BOARD, *notes(cell()))
        ida.broker.boards[BOARD] = other.boards[BOARD]
        for _ in range(2):
            assert await sync(ida) == Report(again=1)
            assert (await Alarms(ida.ledger).all())[CheckpointForked.code] == 1
        assert await arrived(ida) == set()


async def test_reading_again_goes_on_where_it_was_left(tmp_path: Path) -> None:
    """A slow line or a stopped program costs no batch, and what is new is read first."""
    async with reading(tmp_path) as ida:
        note = await note_to(ida)
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
            for _ in range(70):
                ida.broker.close(BOARD, *notes(cell()))
            ida.broker.close(BOARD, *notes(note))
            while not (await sync(ida, Day(TODAY + 5))).whole:
                pass
        new = await note_to(ida)
        ida.broker.close(BOARD, *notes(new))
        read = [await sync(ida, Day(TODAY + 5)) for _ in range(4)]
        assert read == [Report(notes=1, again=1), *[Report(again=1)] * 2, Report(notes=1)]
        assert await arrived(ida) == {hash_of(note), hash_of(new)}


async def test_a_key_lives_until_the_boards_were_read_with_it(tmp_path: Path) -> None:
    """What was read without it does not count; the fortnight does, for the inner key as well."""
    async with reading(tmp_path) as ida:

        async def kept(day: int) -> set[str]:
            now = Day(TODAY + day)
            await ida.keyring.drop(now, now, frozenset())
            async with ida.ledger.reading() as rows:
                shelves = (Shelf.OUTER_KEY, Shelf.INNER_KEY)
                return {one.value for one in shelves if DAY in await rows.ids(one)}

        both = {"outer_key", "inner_key"}
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
            await sync(ida)
            assert await kept(BATCH_DAYS) == both
        assert await kept(5) == both
        await sync(ida, Day(TODAY + 5))
        assert await kept(5) == set()
    path = tmp_path / "capped"
    path.mkdir()
    async with reading(path) as ida:
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
            await sync(ida)
            await ida.keyring.drop(Day(TODAY + BATCH_DAYS + 1), TODAY, frozenset())
        assert DAY not in await shelf(ida, Shelf.OUTER_KEY)


async def test_a_clock_that_lags_lets_no_note_go(tmp_path: Path) -> None:
    """A machine that thinks it is last week has the keys of this one, and tries them."""
    async with reading(tmp_path) as ida:
        note = await note_to(ida, Day(TODAY + 9))
        ida.broker.close(BOARD, *notes(note))
        assert (await sync(ida, TODAY)).notes == 1


async def test_a_key_that_comes_back_under_a_lagging_clock_waits_for_its_day(
    tmp_path: Path,
) -> None:
    """It is tried on what comes; what lies behind is read again once the clock says that it may."""
    later = Day(TODAY + 9)
    async with reading(tmp_path) as ida:
        note = await note_to(ida, later)
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, later.to_bytes(4, "big")):
            ida.broker.close(BOARD, *notes(note))
            await sync(ida, TODAY)
        assert (await sync(ida, TODAY)).notes == 0
        assert (await sync(ida, later)).notes == 1


async def test_keys_that_are_made_while_boards_are_read_are_tried(tmp_path: Path) -> None:
    """Staff unlock in the middle of a long reading, and are written to at once."""
    async with machine(tmp_path) as ida:
        await ida.keyring.refill(IDA.secret, TODAY)
        for _ in range(25):
            ida.broker.close(BOARD, *notes(cell()))
        later = Day(TODAY + BATCH_DAYS + 2)
        target = ("GET", f"/v1/boards/{BOARD.value}/batches/30/leaves")
        made: list[bytes] = []
        await sync(ida)
        for _ in range(25):
            ida.broker.close(BOARD, *notes(cell()))

        async def unlocks(request: web.Request) -> web.StreamResponse:
            if not made:
                await Keyring(ida.ledger).refill(IDA.secret, later)
                made.append(await note_to(ida, later))
                ida.broker.close(BOARD, *notes(made[0]))
            return await ida.broker.honest(request)

        ida.broker.bent[target] = unlocks
        assert (await sync(ida, later)).notes == 1
        assert await arrived(ida) == {hash_of(made[0])}


async def test_a_board_that_is_begun_anew_needs_no_going_back(tmp_path: Path) -> None:
    """A damaged memory of a board begins behind everything, with every key there is."""
    async with reading(tmp_path) as ida:
        note = await missed(ida)
        async with ida.ledger.transaction("damaged") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ? AND id = ?",
                Shelf.CURSOR.value,
                BOARD.value.encode(),
            )
        assert (await sync(ida)).notes == 1
        assert await arrived(ida) == {hash_of(note)}
        async with ida.ledger.reading() as rows:
            tried = await untried.tried(rows, BOARD)
        assert tried == {one.key_id for one in await ida.keyring.outer(TODAY)}
