"""Killed with -9 at every durable step: what was acknowledged is kept, and nothing twice."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from broker.checking import check
from broker.sqlite import SqliteStore
from broker.storage import Kept
from keys.address import CellHash
from keys.checkpoint import Frontier, follow, records
from keys.errors import DoubleSpend
from tests.cells import INSTANCE, LATER, NOW, cell, signer, verified
from tests.doomed_broker import (
    BLOBS,
    IN_PIECES,
    LARGE,
    NOTES,
    RIVALS,
    SECOND,
    STEPS,
    Work,
    numbered,
    rival,
)
from tests.stores import CENTRE

TREE = Path(__file__).parents[1]
ALONE = (*NOTES, *BLOBS, LARGE, IN_PIECES, *SECOND)
TOKENS = 300
LEAST_DEATHS = {"group.bodies": 8, "group.commit": 8, "upload.piece": 3, "close.file": 4}


async def on_boards(store: SqliteStore) -> Counter[CellHash]:
    """How often each cell stands in a batch; the tree is followed on the way."""
    tree, seen = Frontier(), Counter[CellHash]()
    for batch in await store.batches(CENTRE, 0, 100):
        leaves = await store.leaves(CENTRE, batch.number)
        tree = follow(tree, leaves, verified(batch))
        seen.update(CellHash(record[1:]) for record in records(leaves))
    return seen


async def assert_exactly_once(place: Path) -> None:
    """Open what a killed process left, let every caller try again, and count."""
    heard = [int(line) for line in (place / "answers").read_text().split()]
    store = await SqliteStore.open(place / "store", INSTANCE, signer())
    for number in heard:
        if number != IN_PIECES:
            kept = numbered(number)
            assert await store.admit(kept) == Kept(kept.cell_hash), number
    work = Work(store, place / "answers")
    await work.first_slot()
    await work.second_slot()
    await store.close_batch(CENTRE, LATER)
    seen = await on_boards(store)
    assert [seen[numbered(number).cell_hash] for number in ALONE] == [1] * len(ALONE)
    winners = [number for number in RIVALS if seen[numbered(number).cell_hash]]
    assert len(winners) == 1
    assert {number for number in heard if number in RIVALS} <= set(winners)
    assert seen.total() == len(ALONE) + 1
    with pytest.raises(DoubleSpend):
        await store.admit(cell(spent_key=numbered(RIVALS[0]).spent_key))
    await store.close()
    assert check(place / "store").problems == ()


def die_at(step: str, directory: Path) -> list[Path]:
    """Have a broker die at each step of that name; give what each left, the survivor's last."""
    command = [sys.executable, "-m", "tests.doomed_broker", str(directory), step]
    run = subprocess.run(command, check=False, capture_output=True, cwd=TREE, timeout=120)
    assert run.returncode == 0, run.stderr.decode()
    return sorted(directory.iterdir(), key=lambda place: int(place.name))


def race_until(answers: int, directory: Path) -> list[tuple[int, int]]:
    """Have two writers race for the same tokens, killed when they have heard so many answers."""
    command = [sys.executable, "-m", "tests.doomed_broker", str(directory), "race", str(TOKENS)]
    heard: list[tuple[int, int]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=TREE) as process:
        assert process.stdout is not None
        for line in process.stdout:
            writer, number = line.split()
            heard.append((int(writer), int(number)))
            if len(heard) == answers:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return heard


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step_it_keeps_what_it_said_and_nothing_twice(
    tmp_path: Path, step: str
) -> None:
    """At each durable step in turn: every acknowledged cell is on its board, exactly once."""
    places = die_at(step, tmp_path)
    assert len(places) > LEAST_DEATHS.get(step, 1)
    for place in places:
        await assert_exactly_once(place)


@pytest.mark.parametrize("answers", [1, 20, 77])
async def test_two_writers_and_a_kill_spend_no_token_twice(tmp_path: Path, answers: int) -> None:
    """Killed at any moment: of two cells for one token the one that was told «kept» is there."""
    heard = race_until(answers, tmp_path)
    assert len({number for _, number in heard}) == len(heard)
    store = await SqliteStore.open(tmp_path, INSTANCE, signer())
    for writer, number in heard:
        kept = rival(writer, number)
        assert await store.admit(kept) == Kept(kept.cell_hash)
        with pytest.raises(DoubleSpend):
            await store.admit(rival(1 - writer, number))
    told_kept = 0
    for first in range(0, TOKENS, 100):
        both = [rival(writer, n) for n in range(first, first + 100) for writer in (0, 1)]
        answers_now = await asyncio.gather(*map(store.admit, both), return_exceptions=True)
        told_kept += sum(isinstance(answer, Kept) for answer in answers_now)
    assert told_kept == TOKENS
    assert (await store.counters(NOW)).pending[CENTRE] == TOKENS
    await store.close()
