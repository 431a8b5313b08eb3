"""The rhythm of the boards: every slot closes every board, and every batch has its own end."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from broker.batcher import LONGEST_LIFE, SHORTEST_LIFE, Batcher, expiry
from broker.sqlite import SqliteStore
from keys.address import Board
from keys.calendar import Instant
from keys.errors import DiskFull, StoreDamaged
from tests.cells import INSTANCE, NOW, cell, signer
from tests.faults import little_room
from tests.stores import CENTRE, NOTE, POLICE, REPLY


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    """An empty store."""
    opened = await SqliteStore.open(tmp_path / "store", INSTANCE, signer())
    yield opened
    await opened.close()


def test_a_batch_lives_twelve_to_sixteen_days() -> None:
    """No batch goes early, none stays long, and the day is drawn for each."""
    lives = [expiry(NOW) - NOW for _ in range(2_000)]
    assert min(lives) >= SHORTEST_LIFE == 12 * 86_400
    assert max(lives) <= LONGEST_LIFE == 16 * 86_400
    assert len(set(lives)) > 1_900
    assert {life // 86_400 for life in lives} >= {12, 13, 14, 15}


async def test_a_slot_closes_every_board_on_which_something_waits(store: SqliteStore) -> None:
    """Boards with cells get a batch each, and a board without gets none."""
    await store.admit(cell(CENTRE))
    await store.admit(cell(REPLY))
    made = await Batcher(store).close_all(NOW)
    assert [(batch.board, batch.number) for batch in made] == [(CENTRE, 1), (REPLY, 1)]
    assert await store.batches(POLICE, 0, 10) == ()
    assert await Batcher(store).close_all(NOW) == ()


async def test_batches_are_forgotten_within_their_days_and_not_before(store: SqliteStore) -> None:
    """After twelve days less a second all are there, after sixteen none."""
    for _ in range(5):
        await store.admit(cell())
        await Batcher(store).close_all(NOW)
    await store.expire(Instant(NOW + SHORTEST_LIFE - 1))
    assert (await store.counters(NOW)).batches[CENTRE] == 5
    assert (await store.counters(Instant(NOW + SHORTEST_LIFE - 1))).overdue == 0
    await store.expire(Instant(NOW + LONGEST_LIFE))
    assert (await store.counters(NOW)).batches[CENTRE] == 0


async def test_trouble_with_one_board_does_not_keep_the_others_open(
    store: SqliteStore, tmp_path: Path
) -> None:
    """A board that cannot be written waits for the next slot; the others do not."""
    for board in Board:
        await store.admit(cell(board))
    place = tmp_path / "store" / "batches" / CENTRE
    place.rename(tmp_path / "away")
    with pytest.raises(StoreDamaged):
        await Batcher(store).close_all(NOW)
    counters = await store.counters(NOW)
    assert counters.pending == {CENTRE: 1, POLICE: 0, REPLY: 0}
    (tmp_path / "away").rename(place)
    (batch,) = await Batcher(store).close_all(NOW)
    assert (batch.board, batch.files[0].cls) == (CENTRE, NOTE)


async def test_the_first_trouble_is_the_one_that_is_told(store: SqliteStore) -> None:
    """When all boards fail, the caller hears of the first, and every cell waits on."""
    for board in Board:
        await store.admit(cell(board))
    with little_room(4_096), pytest.raises(DiskFull):
        await Batcher(store).close_all(NOW)
    assert len(await Batcher(store).close_all(NOW)) == 3
