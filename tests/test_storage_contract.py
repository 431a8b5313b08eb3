"""What every store of the broker promises of cells and batches, asked of each store."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from broker.storage import Batch, Kept, NewCell, Store
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass
from keys.checkpoint import LEAF_BYTES, Frontier, follow
from keys.errors import DoubleSpend, NotHere, WrongSize
from tests.cells import (
    LATER,
    NOW,
    body_of,
    cell,
    cells_of,
    token,
    verified,
)
from tests.stores import CENTRE, KINDS, NOTE, POLICE, REPLY, M, S, count, open_store


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Store, None]:
    """Each kind of store in turn, empty."""
    opened = await open_store(str(request.param), tmp_path)
    yield opened
    await opened.close()


# ── One cell, one token ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("cls", [NOTE, S, M])
async def test_a_kept_cell_is_read_from_its_batch(store: Store, cls: CellClass) -> None:
    """What was accepted is what readers get, byte for byte, whatever its size."""
    new = cell(cls=cls)
    assert await store.admit(new) == Kept(new.cell_hash)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {cls: new.body}


async def test_the_same_token_with_the_same_cell_gets_the_same_answer(store: Store) -> None:
    """A client that lost the answer asks again and hears it again, and the cell is there once."""
    new = cell()
    answers = [await store.admit(new) for _ in range(3)]
    assert answers == [Kept(new.cell_hash)] * 3
    assert await count(store) == 1


async def test_the_same_answer_comes_also_after_the_batch_closed(store: Store) -> None:
    """Asking late gives the old answer and does not post the cell a second time."""
    new = cell()
    await store.admit(new)
    await store.close_batch(CENTRE, LATER)
    assert await store.admit(new) == Kept(new.cell_hash)
    assert await store.close_batch(CENTRE, LATER) is None


@pytest.mark.parametrize("closed", [False, True], ids=["while it waits", "when it is in a batch"])
@pytest.mark.parametrize(
    "other",
    [
        cell(number=2, spent_key=token(1)),
        replace(cell(number=1), board=POLICE),
        cell(cls=S, number=1),
    ],
    ids=["other bytes", "other board", "other class"],
)
async def test_a_token_is_never_spent_twice(store: Store, other: NewCell, *, closed: bool) -> None:
    """One token pays for one cell on one board, and nothing else is kept."""
    first = cell(number=1)
    await store.admit(first)
    if closed:
        await store.close_batch(CENTRE, LATER)
    waiting = await count(store)
    with pytest.raises(DoubleSpend):
        await store.admit(other)
    assert await count(store) == waiting


async def test_a_hundred_at_once_with_one_token_keep_one_cell(store: Store) -> None:
    """However many try at the same moment, one wins and ninety-nine are refused."""
    key = token()
    tries = [store.admit(cell(spent_key=key)) for _ in range(100)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Kept) for answer in answers) == 1
    assert sum(isinstance(answer, DoubleSpend) for answer in answers) == 99
    assert await count(store) == 1


async def test_a_hundred_at_once_with_one_cell_all_hear_that_it_is_kept(store: Store) -> None:
    """A client that repeats itself on a hundred connections posts one cell."""
    new = cell()
    answers = await asyncio.gather(*(store.admit(new) for _ in range(100)))
    assert answers == [Kept(new.cell_hash)] * 100
    assert await count(store) == 1


async def test_a_hundred_writers_at_once_never_mix_their_cells(store: Store) -> None:
    """Every cell comes out with its own bytes: none with another's."""
    cells = [cell(cls=cls) for cls in (NOTE, S) for _ in range(50)]
    await asyncio.gather(*(store.admit(new) for new in cells))
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    for cls, file in (await cells_of(store, batch)).items():
        size = CELL_BYTES[cls]
        found = {file[at : at + size] for at in range(0, len(file), size)}
        assert found == {new.body for new in cells if new.cls is cls}


async def test_the_same_cell_by_two_tokens_stands_once_in_its_batch(store: Store) -> None:
    """A leaf list names no cell twice; the second token is spent all the same."""
    first, second = cell(number=1), cell(number=1, spent_key=token(2))
    await store.admit(first)
    await store.admit(second)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert batch.files[0].count == 1
    with pytest.raises(DoubleSpend):
        await store.admit(cell(spent_key=token(2)))


@pytest.mark.parametrize("change", [-1, 1])
async def test_a_cell_of_another_size_than_its_class_is_refused(store: Store, change: int) -> None:
    """Nothing of another length ever lies on a board; the token is not spent."""
    new = cell()
    wrong = replace(new, body=body_of(S)[: len(new.body) + change])
    with pytest.raises(WrongSize):
        await store.admit(wrong)
    assert await store.admit(new) == Kept(new.cell_hash)


# ── Batches ──────────────────────────────────────────────────────────────────────────────────
async def test_an_empty_board_makes_no_batch(store: Store) -> None:
    """Where nothing waits, nothing is made, and the tree stays the empty one."""
    assert await store.close_batch(CENTRE, LATER) is None
    assert await store.batches(CENTRE, 0, 10) == ()
    assert await store.frontier(CENTRE) == Frontier().encode()


async def test_a_batch_is_in_order_of_hashes_and_says_so(store: Store) -> None:
    """The order of a batch is that of its hashes: who came first can be read nowhere."""
    cells = [cell(cls=cls) for cls in (S, NOTE, S, NOTE, NOTE)]
    for new in cells:
        await store.admit(new)
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    order = sorted(cells, key=lambda new: (CLASS_CODE[new.cls], new.cell_hash))
    leaves = await store.leaves(CENTRE, 1)
    assert leaves == b"".join(bytes([CLASS_CODE[new.cls]]) + new.cell_hash for new in order)
    assert sha256(leaves).digest() == batch.leaves_sha256
    files = await cells_of(store, batch)
    assert files == {
        cls: b"".join(new.body for new in order if new.cls is cls) for cls in (NOTE, S)
    }
    assert [(file.cls, file.count) for file in batch.files] == [(NOTE, 3), (S, 2)]
    assert [file.sha256 for file in batch.files] == [
        sha256(files[cls]).digest() for cls in (NOTE, S)
    ]


async def test_each_batch_continues_the_tree_of_the_one_before(store: Store) -> None:
    """A member who follows the leaf lists arrives at every signed checkpoint."""
    tree = Frontier()
    for number in range(1, 6):
        for _ in range(number):
            await store.admit(cell())
        batch = await store.close_batch(CENTRE, LATER)
        assert batch is not None
        assert batch.number == number
        tree = follow(tree, await store.leaves(CENTRE, number), verified(batch))
        assert batch.frontier == tree.encode() == await store.frontier(CENTRE)
        assert verified(batch).batch == number


async def test_boards_are_apart(store: Store) -> None:
    """Closing one board's batch leaves the other boards' cells waiting."""
    await store.admit(cell(CENTRE))
    await store.admit(cell(POLICE))
    await store.close_batch(CENTRE, LATER)
    assert (await store.counters(NOW)).pending == {CENTRE: 0, POLICE: 1, REPLY: 0}
    assert await store.batches(POLICE, 0, 10) == ()


async def test_what_comes_after_a_close_rides_in_the_next_batch(store: Store) -> None:
    """No cell falls between two batches, also when they come while one closes."""
    cells = [cell() for _ in range(40)]
    posts = [store.admit(new) for new in cells]
    closes = [store.close_batch(CENTRE, LATER) for _ in range(4)]
    tens = [posts[at : at + 10] for at in range(0, 40, 10)]
    await asyncio.gather(
        *(work for ten, close in zip(tens, closes, strict=True) for work in (*ten, close))
    )
    await store.close_batch(CENTRE, LATER)
    seen = [
        (await store.leaves(CENTRE, batch.number))[at + 1 : at + LEAF_BYTES]
        for batch in await store.batches(CENTRE, 0, 100)
        for at in range(0, batch.files[0].count * LEAF_BYTES, LEAF_BYTES)
    ]
    assert sorted(seen) == sorted(new.cell_hash for new in cells)


async def test_batches_are_listed_in_order_and_by_the_page(store: Store) -> None:
    """A reader asks for what follows the last batch it has, so many at a time."""
    made: list[Batch | None] = []
    for _ in range(5):
        await store.admit(cell())
        made.append(await store.close_batch(CENTRE, LATER))
    assert await store.batches(CENTRE, 0, 100) == tuple(made)
    assert await store.batches(CENTRE, 2, 2) == tuple(made[2:4])
    assert await store.batches(CENTRE, 5, 2) == ()


@pytest.mark.parametrize(
    ("board", "number", "cls"),
    [(CENTRE, 2, NOTE), (CENTRE, 0, NOTE), (POLICE, 1, NOTE), (CENTRE, 1, S)],
    ids=["too new", "before the first", "another board", "no such class in it"],
)
async def test_a_batch_that_is_not_there_is_not_here(
    store: Store, board: Board, number: int, cls: CellClass
) -> None:
    """Whatever is missing is answered alike."""
    await store.admit(cell())
    await store.close_batch(CENTRE, LATER)
    with pytest.raises(NotHere):
        await store.batch_file(board, number, cls)
    if (board, number) != (CENTRE, 1):
        with pytest.raises(NotHere):
            await store.leaves(board, number)
