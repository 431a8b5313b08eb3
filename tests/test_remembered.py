"""What must be known again is known as long as any key could open it, and no longer."""

from pathlib import Path

import pytest

from client import remembered, turnedaway
from client.keyring import Keyring
from client.ledger import Ledger, Transaction
from client.shelf import Shelf
from keys.address import MemberId, PackageId
from keys.calendar import Day
from keys.epoch import BATCH_DAYS
from tests.machines import store
from tests.notes import IDA

TODAY = Day(20_771)
LAST = Day(TODAY + BATCH_DAYS)
NOTE, PACKAGE = b"n" * 32, b"p" * 32
SENDER, ID = MemberId(b"s" * 32), PackageId(b"i" * 16)


async def tidied(ledger: Ledger, today: Day) -> bool:
    """Drop keys by a proven day and tidy as the sweep does; return whether anything was over."""
    await Keyring(ledger).drop(today, today, frozenset())
    async with ledger.transaction("tidied") as rows:
        found = await remembered.over(rows) or await turnedaway.over(rows, today)
        await remembered.tidy(rows)
        await turnedaway.tidy(rows, today)
    return found


async def kept(rows: Transaction) -> int:
    """Return how many rows are left."""
    shelves = (Shelf.REPLAY, Shelf.EARLY, Shelf.QUARANTINE)
    return sum([len(await rows.ids(shelf)) for shelf in shelves])


async def test_a_note_is_known_until_no_key_could_open_it(tmp_path: Path) -> None:
    """The day of its key counts, not the day it was opened: a key may lie ahead."""
    async with store(tmp_path) as ledger:
        async with ledger.transaction("opened") as rows:
            await remembered.opened(rows, (NOTE, PACKAGE), TODAY)
        assert not await tidied(ledger, LAST)
        async with ledger.reading() as rows:
            assert await remembered.replays(rows) == {NOTE, PACKAGE}
        assert await tidied(ledger, Day(LAST + 1))
        async with ledger.reading() as rows:
            assert not await remembered.replays(rows)


async def test_what_was_taken_back_early_is_turned_away_as_long(tmp_path: Path) -> None:
    """It is known with its sender: no other member takes anything back for it."""
    async with store(tmp_path) as ledger:
        async with ledger.transaction("taken-back") as rows:
            await remembered.withdraw_early(rows, SENDER, ID, TODAY)
        assert not await tidied(ledger, LAST)
        async with ledger.reading() as rows:
            assert await remembered.withdrawn_early(rows) == {(SENDER, ID)}
        assert await tidied(ledger, Day(LAST + 1))
        async with ledger.reading() as rows:
            assert not await remembered.withdrawn_early(rows)


async def test_nothing_is_forgotten_before_its_keys_died(tmp_path: Path) -> None:
    """Also with keys that a clock made that was behind: their notes are known while they live."""
    async with store(tmp_path) as ledger:
        async with ledger.transaction("opened") as rows:
            await remembered.opened(rows, (NOTE,), TODAY)
            assert not await remembered.over(rows)
        await Keyring(ledger).drop(Day(LAST + 1), Day(LAST + 1), frozenset())
        await Keyring(ledger).refill(IDA.secret, TODAY)
        async with ledger.reading() as rows:
            assert not await remembered.over(rows)
        assert await tidied(ledger, Day(LAST + 1))


async def test_a_clock_behind_has_nothing_taken_back_forgotten(tmp_path: Path) -> None:
    """A battery is dead: what is taken back early is known from the last proven day on."""
    async with store(tmp_path) as ledger:
        assert not await tidied(ledger, TODAY)
        async with ledger.transaction("taken-back") as rows:
            await remembered.withdraw_early(rows, SENDER, ID, Day(0))
        assert not await tidied(ledger, LAST)
        assert await tidied(ledger, Day(LAST + 1))


@pytest.mark.parametrize(("late", "left"), [(0, 1), (1, 0)])
async def test_why_something_was_turned_away_is_told_for_days(
    tmp_path: Path, late: int, left: int
) -> None:
    """After them the row goes too, and takes no other along."""
    async with store(tmp_path) as ledger:
        async with ledger.transaction("quarantine") as rows:
            await rows.put(Shelf.QUARANTINE, NOTE, f"{TODAY} damaged".encode())
        today = Day(TODAY + turnedaway.TOLD_DAYS + late)
        assert await tidied(ledger, today) is not bool(left)
        async with ledger.reading() as rows:
            assert await kept(rows) == left
            assert len(turnedaway.reasons(await turnedaway.words(rows), today)) == left
