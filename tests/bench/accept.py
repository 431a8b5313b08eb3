"""How many cells a second the store keeps, beside what the disk alone can do, in one run.

`rows()` gives the table's lines; `python tests/bench/accept.py` prints them. A cell counts when
its writer has been told that it is kept, which is when it and its spent token are on disk. The
disk alone is one cell's bytes over a used place in a file, and one fdatasync, at a time: what a
program does that syncs for every message and keeps no index. Slots are warm, as in a broker that
has closed a batch before. Hash and token are the caller's work and are not in these numbers.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script, from anywhere

from broker.sqlite import SqliteStore
from broker.storage import NewCell
from keys.address import CELL_BYTES, CellClass
from tests.cells import INSTANCE, NOW, cell, signer, token
from tests.stores import CENTRE

WRITERS: Final = (1, 16, 64)
CROWD: Final = 512
"""Cells in a batch; the bodies are made before the clock runs."""
ROUNDS: Final = 6
FSYNCS: Final = 300


class Row(NamedTuple):
    """A line of the table."""

    what: str
    writers: int
    per_second: float
    p50_ms: float
    p99_ms: float
    written: float
    """Bytes that went to the disk for each byte of a cell."""
    beside_per_second: float
    """The disk alone, measured just before."""


def rows(rounds: int = ROUNDS) -> list[Row]:
    """Measure both small classes with 1, 16 and 64 writers."""
    return [
        _row(cls, writers, rounds) for cls in (CellClass.S, CellClass.NOTE) for writers in WRITERS
    ]


def _row(cls: CellClass, writers: int, rounds: int) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        alone = _disk_alone(Path(folder), CELL_BYTES[cls])
        return asyncio.run(_store(Path(folder), cls, writers, rounds, alone))


def _disk_alone(folder: Path, size: int) -> float:
    body, places = os.urandom(size), 64
    with (folder / "alone").open("wb", buffering=0) as file:
        file.write(body * places)
        os.fsync(file.fileno())
        began = perf_counter()
        for number in range(FSYNCS):
            os.pwrite(file.fileno(), body, number % places * size)
            os.fdatasync(file.fileno())
        return FSYNCS / (perf_counter() - began)


async def _store(folder: Path, cls: CellClass, writers: int, rounds: int, alone: float) -> Row:
    store = await SqliteStore.open(folder / "store", INSTANCE, signer())
    crowd = [cell(cls=cls) for _ in range(CROWD)]
    waits: list[float] = []
    seconds = written = 0.0
    for number in range(rounds + 1):
        again = [replace(new, spent_key=token()) for new in crowd]
        before, began = _bytes_written(), perf_counter()
        waited = await _post(store, again, writers)
        if number:  # the first makes the slots
            seconds += perf_counter() - began
            written += _bytes_written() - before
            waits += waited
        await store.close_batch(CENTRE, NOW)
        await store.expire(NOW)
    await store.close()
    waits.sort()
    return Row(
        what=f"{cls}, {CELL_BYTES[cls]:,} bytes",
        writers=writers,
        per_second=len(waits) / seconds,
        p50_ms=waits[len(waits) // 2] * 1e3,
        p99_ms=waits[len(waits) * 99 // 100] * 1e3,
        written=written / (len(waits) * CELL_BYTES[cls]),
        beside_per_second=alone,
    )


async def _post(store: SqliteStore, cells: Sequence[NewCell], writers: int) -> list[float]:
    """Let so many writers post these cells, each its next when the last is kept; give the waits."""
    queue, waits = iter(cells), list[float]()

    async def write() -> None:
        for new in queue:
            began = perf_counter()
            await store.admit(new)
            waits.append(perf_counter() - began)

    await asyncio.gather(*(write() for _ in range(writers)))
    return waits


def _bytes_written() -> int:
    """What this process has sent to the disk so far; 0 where the system does not say."""
    try:
        lines = Path("/proc/self/io").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def main() -> None:
    """Print the table."""
    print(f"{'cells':<20}{'writers':>8}{'kept/s':>9}{'p50 ms':>8}{'p99 ms':>8}", end="")
    print(f"{'bytes/byte':>12}{'disk alone/s':>14}{'ratio':>7}")
    for row in rows():
        print(f"{row.what:<20}{row.writers:>8}{row.per_second:>9,.0f}{row.p50_ms:>8.2f}", end="")
        print(f"{row.p99_ms:>8.2f}{row.written:>12.2f}{row.beside_per_second:>14,.0f}", end="")
        print(f"{row.per_second / row.beside_per_second:>7.2f}")


if __name__ == "__main__":
    main()
