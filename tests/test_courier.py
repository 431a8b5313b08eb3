"""The order in which a board is read, with the test as the network."""

from collections.abc import Generator
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client import courier
from client.boards import Batch, Cursor
from client.courier import BatchRead, Came, Kept, Want, WantBatches, WantLeaves, WantNotes
from keys.address import CELL_BYTES, NOTE_BYTES, Board, CellClass
from keys.errors import BatchMismatch, CheckpointForked
from tests import crooked
from tests.crooked import INSTANCE, PUBLIC, next_batch
from tests.machines import cell, hash_of
from tests.test_boards import served

Result = TypeVar("Result")
BOARD = Board.CENTRE
FRESH = Cursor(INSTANCE, BOARD)


def board(count: int) -> list[crooked.Batch]:
    """Return that many batches of a note each."""
    batches: list[crooked.Batch] = []
    for _ in range(count):
        last = batches[-1] if batches else None
        batches.append(next_batch(INSTANCE, BOARD, last, [(CellClass.NOTE, cell())]))
    return batches


LONG = board(40)


def bring(
    steps: Generator[Want, Came, Result], batches: list[crooked.Batch]
) -> tuple[Result, list[Want]]:
    """Be the network for a rule: bring what it wants from `batches`, and say what it wanted."""
    wanted: list[Want] = []
    try:
        want = next(steps)
        while True:
            wanted.append(want)
            want = steps.send(_one(want, batches))
    except StopIteration as done:
        result: Result = done.value
        return result, wanted


def _one(want: Want, batches: list[crooked.Batch]) -> Came:
    if isinstance(want, WantBatches):
        return tuple(served(one) for one in batches if one.number > want.after)[: want.most]
    found = batches[want.number - 1]
    if isinstance(want, WantLeaves):
        return found.leaves
    return found.files.get(CellClass.NOTE)


# ── beginning ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 31, 40])
@pytest.mark.parametrize("back", [0, 1, 7, 1_000])
def test_a_new_member_begins_so_far_behind_the_newest_batch(count: int, back: int) -> None:
    """However long the board is, its newest batch is found in a few questions."""
    cursor, wanted = bring(courier.join(FRESH, PUBLIC, back), LONG[:count])
    assert cursor.number == max(0, count - back)
    if cursor.number:
        assert cursor.frontier == LONG[cursor.number - 1].frontier
        after, _ = bring(courier.pending(cursor), LONG[:count])
        assert len(after) == min(back, 20)
    assert len(wanted) <= 2 * max(1, count).bit_length() + 2


def endless(steps: Generator[Want, Came, Cursor]) -> None:
    """Answer that there is always one batch more."""
    next(steps)
    for _ in range(200):
        steps.send((served(LONG[0]),))


def test_a_board_without_end_is_refused() -> None:
    """A broker that always has one more batch does not keep a member asking for ever."""
    with pytest.raises(BatchMismatch):
        endless(courier.join(FRESH, PUBLIC))


@pytest.mark.parametrize(
    "last", [(), (served(LONG[0]),)], ids=["nothing", "another batch than was asked for"]
)
def test_answers_that_do_not_fit_together_are_refused(last: tuple[Batch, ...]) -> None:
    """A broker that first has a batch and then has not is not believed."""
    steps = courier.join(FRESH, PUBLIC)
    next(steps)
    there = (served(LONG[1]),)
    for came in (there, there, (), ()):
        steps.send(came)
    with pytest.raises(BatchMismatch):
        steps.send(last)


# ── reading ──────────────────────────────────────────────────────────────────────────────────
NOTE, SMALL = cell(), cell(CellClass.S)
MIXED = next_batch(INSTANCE, BOARD, None, [(CellClass.NOTE, NOTE), (CellClass.S, SMALL)])


def read(
    batch: crooked.Batch, *, ours: bool, before: Cursor = FRESH
) -> tuple[BatchRead, list[Want]]:
    """Read one batch."""
    return bring(courier.read(before, served(batch), PUBLIC, ours=ours), [batch])


def test_the_leaf_list_comes_first_and_notes_before_blobs() -> None:
    """What a batch holds is known and verified before anything of it is fetched."""
    found, wanted = read(MIXED, ours=True)
    assert wanted == [WantLeaves(BOARD, 1), WantNotes(BOARD, 1, NOTE_BYTES)]
    assert found.notes == (NOTE,)
    assert found.hashes == {hash_of(NOTE), hash_of(SMALL)}
    assert found.cursor.number == 1
    assert not found.lost


def test_of_a_board_that_is_not_ours_only_the_leaf_list_is_read() -> None:
    """A writer checks that its cells stand on a board whose cells it may not read."""
    found, wanted = read(MIXED, ours=False)
    assert wanted == [WantLeaves(BOARD, 1)]
    assert found.notes == ()
    assert hash_of(NOTE) in found.hashes


def test_a_batch_without_notes_asks_for_none() -> None:
    """A batch of blobs alone has no note file."""
    batch = next_batch(INSTANCE, BOARD, None, [(CellClass.S, SMALL)])
    found, wanted = read(batch, ours=True)
    assert wanted == [WantLeaves(BOARD, 1)]
    assert not found.lost


def test_notes_that_are_gone_are_told() -> None:
    """A batch whose notes are not there any more is followed, and said to be lost."""
    steps = courier.read(FRESH, served(MIXED), PUBLIC, ours=True)
    next(steps)
    steps.send(MIXED.leaves)
    with pytest.raises(StopIteration) as done:
        steps.send(None)
    gone: BatchRead = done.value.value
    assert gone.lost
    assert gone.notes == ()
    assert gone.cursor.number == 1


def test_other_notes_than_the_tree_names_are_refused() -> None:
    """A broker that serves other bytes than it signed is found out before they are opened."""
    swapped = replace(MIXED, files={CellClass.NOTE: cell()})
    steps = courier.read(FRESH, served(MIXED), PUBLIC, ours=True)
    with pytest.raises(BatchMismatch):
        bring(steps, [swapped])


# ── forks ────────────────────────────────────────────────────────────────────────────────────
def test_a_rewritten_past_is_named_a_fork() -> None:
    """When a batch does not follow, the broker is asked again for the one it was to follow."""
    mine = read(LONG[0], ours=False)[0].cursor
    other = board(2)
    steps = courier.read(mine, served(other[1]), PUBLIC, ours=True)
    with pytest.raises(CheckpointForked):
        bring(steps, other)


def test_damage_is_not_called_a_fork() -> None:
    """As long as the broker stands by what it signed, a batch that does not fit is damage."""
    mine = read(LONG[0], ours=False)[0].cursor
    damaged = replace(LONG[1], leaves=LONG[2].leaves)
    steps = courier.read(mine, served(damaged), PUBLIC, ours=True)
    with pytest.raises(BatchMismatch):
        bring(steps, [LONG[0], damaged])
    first = replace(LONG[0], leaves=LONG[2].leaves)
    with pytest.raises(BatchMismatch):
        bring(courier.read(FRESH, served(first), PUBLIC, ours=True), [first])


def test_a_past_that_is_not_there_any_more_is_damage() -> None:
    """Descriptors do not expire: a broker without the last one is not believed."""
    mine = read(LONG[0], ours=False)[0].cursor
    gap = replace(LONG[2], number=2)
    steps = courier.read(mine, served(gap), PUBLIC, ours=True)
    with pytest.raises(BatchMismatch):
        bring(steps, [gap, gap])


# ── blobs ────────────────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(courier.BLOB_CLASSES),
    st.lists(st.binary(min_size=32, max_size=32), unique=True, max_size=12),
    st.data(),
)
def test_wanted_cells_are_found_where_they_stand(
    cls: CellClass, hashes: list[bytes], data: st.DataObject
) -> None:
    """Of a blob file exactly the wanted cells are kept, each from its own place."""
    ordered = tuple(hash_of(one) for one in hashes)
    wanted = frozenset(data.draw(st.sets(st.sampled_from(ordered)) if ordered else st.just(set())))
    size = CELL_BYTES[cls]
    assert courier.sieve(cls, ordered, wanted) == tuple(
        Kept(one, at * size, size) for at, one in enumerate(ordered) if one in wanted
    )


# ── what no network may do ───────────────────────────────────────────────────────────────────
def test_an_answer_of_another_kind_is_a_programming_error() -> None:
    """The rule is never handed bytes for descriptors, nor descriptors for bytes."""
    for steps, came in (
        (courier.pending(FRESH), b""),
        (courier.pending(FRESH), None),
    ):
        next(steps)
        with pytest.raises(TypeError):
            steps.send(came)
    reading = courier.read(FRESH, served(MIXED), PUBLIC, ours=True)
    next(reading)
    with pytest.raises(TypeError):
        reading.send(())
