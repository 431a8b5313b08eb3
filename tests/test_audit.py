"""The log of a desk: who did what with which case, and that nobody can take a line out."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from client import audit
from client.audit import Act, Entry
from client.ledger import Ledger
from client.shelf import Shelf
from keys.calendar import Instant
from keys.errors import StoreDamaged
from tests.machines import store
from tests.world import START

LINES = (
    Entry(START, Act.UNLOCKED, "", "Kari"),
    Entry(START, Act.SENT, "GRAN-427", "Kari"),
    Entry(Instant(START + 60), Act.CONFIRMED, "GRAN-427", ""),
)


@asynccontextmanager
async def desk(path: Path) -> AsyncGenerator[Ledger, None]:
    """Open a ledger with a log of three lines."""
    async with store(path) as ledger:
        for entry in LINES:
            async with ledger.transaction("line") as rows:
                await audit.write(rows, entry)
        yield ledger


async def lines(ledger: Ledger) -> tuple[Entry, ...]:
    """Read the log."""
    async with ledger.reading() as rows:
        return await audit.read(rows)


async def test_the_log_has_every_line_in_its_order(tmp_path: Path) -> None:
    """What was written is read, oldest first."""
    async with desk(tmp_path) as ledger:
        assert await lines(ledger) == LINES


async def test_a_log_says_when_to_the_minute_and_no_closer(tmp_path: Path) -> None:
    """A second would tell which note on a board was whose."""
    async with desk(tmp_path) as ledger:
        async with ledger.transaction("line") as rows:
            await audit.write(rows, Entry(Instant(START + 59), Act.READ, "GRAN-427", "Kari"))
        assert (await lines(ledger))[-1].at == START


@pytest.mark.parametrize("serial", [1, 2])
async def test_a_line_that_is_missing_is_seen(serial: int, tmp_path: Path) -> None:
    """The next line carries the hash of the one before."""
    async with desk(tmp_path) as ledger:
        async with ledger.transaction("tamper") as rows:
            await rows.delete(Shelf.LOG, serial.to_bytes(8, "big"))
        with pytest.raises(StoreDamaged):
            await lines(ledger)


async def test_a_line_that_was_changed_is_seen(tmp_path: Path) -> None:
    """Another name in an old line breaks the chain."""
    async with desk(tmp_path) as ledger:
        async with ledger.transaction("tamper") as rows:
            row = (2).to_bytes(8, "big")
            line = await rows.get(Shelf.LOG, row)
            assert line is not None
            await rows.put(Shelf.LOG, row, line.replace(b"Kari", b"Anne"))
        with pytest.raises(StoreDamaged):
            await lines(ledger)


@pytest.mark.parametrize("act", Act)
async def test_every_act_can_be_written_and_read(act: Act, tmp_path: Path) -> None:
    """The log has a word for everything that it writes."""
    async with desk(tmp_path) as ledger:
        async with ledger.transaction("line") as rows:
            await audit.write(rows, Entry(START, act, "GRAN-427", "Kari"))
        assert (await lines(ledger))[-1].act is act
