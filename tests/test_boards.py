"""What a member remembers of each board, and what it refuses to believe of the next batch."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.arrived import Arrived
from client.boards import MOST_CELLS, Batch, Cursor, cut_notes
from client.history import MOST, History
from keys.address import NOTE_BYTES, Board, CellClass, CellHash
from keys.body import Seen
from keys.checkpoint import (
    LEAF_BYTES,
    Checkpoint,
    Frontier,
    Root,
    hash_leaf,
    leaf_record,
    origin_of,
)
from keys.errors import (
    BadSignature,
    BatchMismatch,
    CheckpointForked,
    CheckpointRewound,
    Distrusted,
    Malformed,
    Refusal,
    WrongChannel,
    WrongShape,
)
from keys.note import OuterLayer
from keys.wire import Packable, Value, pack, unpack
from tests import crooked
from tests.crooked import INSTANCE, PUBLIC, SEED, next_batch
from tests.machines import cell, hash_of
from tests.notes import HONEST

BOARD = Board.CENTRE
NOTES = [cell() for _ in range(5)]
SMALL = cell(CellClass.S)
FRESH = Cursor(INSTANCE, BOARD)


def served(batch: crooked.Batch) -> Batch:
    """Return a batch as a member reads its descriptor."""
    (found,) = Batch.read_all(["batches", 1, [_plain(batch.packed)]])
    return found


def _plain(value: Packable) -> Value:
    return unpack(pack(value))


def note_batch(last: crooked.Batch | None, *notes: bytes) -> crooked.Batch:
    """Return the batch of those notes that follows `last`."""
    return next_batch(INSTANCE, BOARD, last, [(CellClass.NOTE, note) for note in notes])


FIRST = next_batch(
    INSTANCE,
    BOARD,
    None,
    [(CellClass.NOTE, NOTES[0]), (CellClass.NOTE, NOTES[1]), (CellClass.S, SMALL)],
)
SECOND = note_batch(FIRST, NOTES[2])
AFTER_FIRST = FRESH.follow(served(FIRST), FIRST.leaves, PUBLIC)


# ── an honest board ──────────────────────────────────────────────────────────────────────────
def test_an_honest_board_is_followed() -> None:
    """Batch after batch, the member's own tree is the one that the broker signs."""
    after = AFTER_FIRST.follow(served(SECOND), SECOND.leaves, PUBLIC)
    assert (AFTER_FIRST.number, after.number) == (1, 2)
    assert after.frontier == SECOND.frontier
    assert after.seen == Seen(BOARD, 4, SECOND.frontier.root)
    after.still(served(SECOND), PUBLIC)


def test_a_batch_says_which_cells_are_in_it() -> None:
    """The leaf list gives each class its hashes, in order."""
    assert served(FIRST).cells(FIRST.leaves) == {
        CellClass.NOTE: tuple(sorted(hash_of(note) for note in NOTES[:2])),
        CellClass.S: (hash_of(SMALL),),
    }
    assert [file.size for file in served(FIRST).files] == [2 * NOTE_BYTES, 65_672]


def test_a_late_joiner_begins_behind_a_signed_tree() -> None:
    """A new member takes the tree that the broker signed, and follows from there."""
    joined = FRESH.join(served(FIRST), PUBLIC)
    assert joined == AFTER_FIRST
    assert joined.follow(served(SECOND), SECOND.leaves, PUBLIC).number == 2


# ── a broker that lies ───────────────────────────────────────────────────────────────────────
def signed(size: int, root: bytes, number: int, instance: str = INSTANCE) -> str:
    """Return a checkpoint with the broker's good signature."""
    return Checkpoint(origin_of(instance, BOARD), size, Root(root), number).sign(SEED)


def turned(batch: crooked.Batch) -> crooked.Batch:
    """Return a batch with its cells in the opposite order, in its tree and signature too."""
    size, tree = LEAF_BYTES, AFTER_FIRST.frontier
    records = [batch.leaves[at : at + size] for at in range(0, len(batch.leaves), size)][::-1]
    for record in records:
        tree = tree.append(hash_leaf(record))
    word = signed(tree.size, tree.root, batch.number)
    return replace(batch, leaves=b"".join(records), frontier=tree, checkpoint=word)


OTHER = note_batch(FIRST, NOTES[3])
SHORT = note_batch(None, NOTES[4])
LIES: dict[str, tuple[crooked.Batch, type[Refusal]]] = {
    "the same batch again": (FIRST, BatchMismatch),
    "a batch left out": (note_batch(SECOND, NOTES[3]), BatchMismatch),
    "the batch after it in its place": (
        replace(note_batch(SECOND, NOTES[3]), number=SECOND.number),
        BatchMismatch,
    ),
    "another order that is signed": (turned(note_batch(FIRST, *NOTES[2:4])), BatchMismatch),
    "another leaf list": (replace(SECOND, leaves=OTHER.leaves), BatchMismatch),
    "another tree": (replace(SECOND, checkpoint=signed(4, b"r" * 32, 2)), BatchMismatch),
    "a tree of another size": (
        replace(SECOND, checkpoint=signed(5, SECOND.frontier.root, 2)),
        BatchMismatch,
    ),
    "a shorter board": (
        replace(SECOND, checkpoint=signed(1, SHORT.frontier.root, 2)),
        CheckpointRewound,
    ),
    "the same size with another root": (
        replace(SECOND, checkpoint=signed(3, b"r" * 32, 2)),
        CheckpointForked,
    ),
    "a checkpoint of another number": (
        replace(SECOND, checkpoint=signed(4, SECOND.frontier.root, 3)),
        BatchMismatch,
    ),
    "a checkpoint of another instance": (
        replace(SECOND, checkpoint=signed(4, SECOND.frontier.root, 2, "other")),
        BadSignature,
    ),
    "no signature": (replace(SECOND, checkpoint="x"), WrongShape),
    "an empty batch": (
        replace(
            FIRST, number=2, files={}, leaves=b"", checkpoint=signed(3, FIRST.frontier.root, 2)
        ),
        BatchMismatch,
    ),
    "a class that is not in the list": (
        replace(SECOND, files=SECOND.files | {CellClass.S: SMALL}),
        BatchMismatch,
    ),
    "more cells than it has": (
        replace(SECOND, files={CellClass.NOTE: NOTES[2] * 2}),
        BatchMismatch,
    ),
}


@pytest.mark.parametrize(("lie", "refusal"), LIES.values(), ids=LIES)
def test_a_lie_about_the_next_batch_is_refused(lie: crooked.Batch, refusal: type[Refusal]) -> None:
    """The cursor stays where it was, and the refusal says what does not fit."""
    with pytest.raises(refusal):
        AFTER_FIRST.follow(served(lie), lie.leaves, PUBLIC)


def test_a_leaf_list_that_is_not_the_described_one_is_refused() -> None:
    """The list must be the one that the descriptor names, to the byte."""
    for leaves in (OTHER.leaves, SECOND.leaves[:-1], b""):
        with pytest.raises(BatchMismatch):
            AFTER_FIRST.follow(served(SECOND), leaves, PUBLIC)
        with pytest.raises(BatchMismatch):
            served(SECOND).cells(leaves)


def test_a_rewritten_past_is_a_fork() -> None:
    """Two signed accounts of one batch are proof, which another member can be shown."""
    with pytest.raises(CheckpointForked):
        AFTER_FIRST.still(served(SHORT), PUBLIC)
    with pytest.raises(BatchMismatch):
        AFTER_FIRST.still(served(SECOND), PUBLIC)


def test_a_late_joiner_is_not_given_another_tree() -> None:
    """What the broker hands out must be what it has signed."""
    with pytest.raises(CheckpointForked):
        FRESH.join(served(replace(FIRST, frontier=SHORT.frontier)), PUBLIC)


def test_a_checkpoint_of_another_board_is_none() -> None:
    """The broker cannot show the police board as the centre board."""
    other = next_batch(INSTANCE, Board.POLICE, None, [(CellClass.NOTE, NOTES[0])])
    with pytest.raises((BadSignature, WrongChannel)):
        FRESH.follow(served(other), other.leaves, PUBLIC)


# ── forms ────────────────────────────────────────────────────────────────────────────────────
def described(*, at: int, value: Packable) -> Packable:
    """Return an honest descriptor with one field replaced."""
    packed = FIRST.packed
    packed[at] = value
    return ["batches", 1, [packed]]


FORMS: dict[str, Packable] = {
    "another tag": ["batch", 1, []],
    "no list": ["batches", 1, 7],
    "a batch too many": ["batches", 1, [FIRST.packed] * 101],
    "something after it": ["batches", 1, [], 7],
    "no batch": ["batches", 1, [7]],
    "number nought": described(at=2, value=0),
    "a file that is none": described(at=3, value=[7]),
    "a file of an unknown class": described(at=3, value=[[5, 1, b"h" * 32]]),
    "a file without cells": described(at=3, value=[[0, 0, b"h" * 32]]),
    "a file with a truth for a number": described(at=3, value=[[True, 1, b"h" * 32]]),
    "a file larger than any": described(at=3, value=[[0, MOST_CELLS + 1, b"h" * 32]]),
    "a short hash": described(at=3, value=[[0, 1, b"h"]]),
    "more in a file's line": described(at=3, value=[[0, 1, b"h" * 32, 1]]),
    "a short leaf hash": described(at=4, value=b"h"),
    "a long frontier": described(at=5, value=bytes(9_000)),
    "a long checkpoint": described(at=6, value="x" * 5_000),
}


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS)
def test_a_descriptor_not_in_its_form_is_refused(value: Packable) -> None:
    """Nothing that the broker describes is read in two ways."""
    with pytest.raises(Malformed):
        Batch.read_all(_plain(value))


def test_notes_are_cut_where_the_leaf_list_says() -> None:
    """Each note is the one that the tree names; one byte more, less, other or elsewhere is none."""
    ordered = sorted(NOTES[:3], key=hash_of)
    hashes = tuple(hash_of(note) for note in ordered)
    file = b"".join(ordered)
    assert cut_notes(file, hashes) == tuple(ordered)
    flipped = bytes([file[0] ^ 1]) + file[1:]
    moved = [b"".join(one) for one in permutations(ordered)]
    assert moved.pop(0) == file
    bent = (file[:-1], file + b"x", file + ordered[0], flipped, b"", file[NOTE_BYTES:])
    for bad in (*bent, *moved):
        with pytest.raises(BatchMismatch):
            cut_notes(bad, hashes)


ROOTS = st.binary(min_size=32, max_size=32).map(Root)


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(Board),
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=33, max_size=33), max_size=9),
)
def test_a_cursor_is_read_as_written(board: Board, number: int, leaves: list[bytes]) -> None:
    """What a member remembers survives a restart unchanged."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf[:32])
    cursor = Cursor("a", board, number, frontier)
    assert Cursor.decode(cursor.encode()) == cursor


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), ROOTS), max_size=20))
def test_a_history_is_read_as_written(seen: list[tuple[int, Root]]) -> None:
    """The checkpoints that a member remembers survive a restart unchanged."""
    history = History(tuple(seen))
    assert History.decode(history.encode()) == history


DECODERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "cursor": (Cursor.decode, AFTER_FIRST.encode()),
    "history": (History.decode, History().after(FIRST.frontier).encode()),
    "arrived": (Arrived.decode, Arrived(CellHash(b"h" * 32), (), b"o").encode()),
}


@pytest.mark.parametrize(("decode", "good"), DECODERS.values(), ids=DECODERS)
@settings(deadline=None, max_examples=200)
@given(st.data())
def test_any_bytes_are_a_value_or_refused(
    decode: Callable[[bytes], object], good: bytes, data: st.DataObject
) -> None:
    """Whatever a damaged store holds, reading it ends in a value or one refusal."""
    at = data.draw(st.integers(0, len(good) - 1))
    tampered = good[:at] + data.draw(st.binary(max_size=3)) + good[at + 1 :]
    with suppress(Malformed):
        decode(data.draw(st.sampled_from([tampered, tampered[:at]]) | st.binary(max_size=80)))


BAD_HISTORIES: dict[str, Packable] = {
    "no list": ["history", 1, 7],
    "no checkpoint": ["history", 1, [7]],
    "a short root": ["history", 1, [[1, b"r"]]],
    "a truth for a size": ["history", 1, [[True, b"r" * 32]]],
    "more than it has room for": ["history", 1, [[1, b"r" * 32]] * (MOST + 1)],
}


@pytest.mark.parametrize("value", BAD_HISTORIES.values(), ids=BAD_HISTORIES)
def test_a_history_not_in_its_form_is_refused(value: Packable) -> None:
    """A damaged memory is not read as another."""
    with pytest.raises(Malformed):
        History.decode(pack(value))


# ── gossip ───────────────────────────────────────────────────────────────────────────────────
def test_two_members_who_saw_the_same_agree() -> None:
    """What an honest sender repeats in a note fits what its reader has seen."""
    history = History().after(FIRST.frontier).after(SECOND.frontier)
    assert history.check(AFTER_FIRST.seen)
    assert history.check(Seen(BOARD, 4, SECOND.frontier.root))


def test_a_broker_that_shows_two_boards_is_caught_by_one_note() -> None:
    """The first note between two members who were shown different boards betrays the broker."""
    history = History().after(FIRST.frontier).after(SECOND.frontier)
    with pytest.raises(Distrusted):
        history.check(Seen(BOARD, 4, OTHER.frontier.root))


def test_what_lies_outside_ones_memory_is_not_judged() -> None:
    """An older or newer checkpoint than one remembers is neither right nor wrong."""
    history = History().after(FIRST.frontier)
    assert not history.check(Seen(BOARD, 9, b"r" * 32))
    assert not history.check(Seen(BOARD, 1, b"r" * 32), to_its_end=True)
    assert not History.decode(None).check(AFTER_FIRST.seen)


def test_what_another_saw_before_is_there_or_is_kept_back() -> None:
    """A board that was read to its end is no shorter than what an earlier note speaks of."""
    history = History().after(FIRST.frontier)
    with pytest.raises(CheckpointForked):
        history.check(Seen(BOARD, 9, b"r" * 32), to_its_end=True)
    assert history.check(AFTER_FIRST.seen, to_its_end=True)
    assert not History().check(Seen(BOARD, 9, b"r" * 32), to_its_end=True)


def test_a_memory_is_bounded() -> None:
    """However long a board grows, a member remembers a bounded run of it, the newest."""
    history, frontier = History(), Frontier()
    for number in range(MOST + 5):
        frontier = frontier.append(number.to_bytes(32, "big"))
        history = history.after(frontier)
    assert len(history.seen) == MOST
    assert history.seen[-1] == (MOST + 5, frontier.root)


# ── what has arrived ─────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=50)
@given(
    st.binary(min_size=32, max_size=32).map(CellHash),
    st.lists(st.binary(min_size=32, max_size=32).map(CellHash), max_size=2),
    st.binary(max_size=200),
)
def test_an_arrived_note_is_read_as_written(
    note: CellHash, blobs: list[CellHash], outer: bytes
) -> None:
    """What waits for staff survives a restart unchanged."""
    arrived = Arrived(note, tuple(blobs), outer)
    assert Arrived.decode(arrived.encode()) == arrived


def test_an_arrived_note_knows_its_day_and_not_its_sender() -> None:
    """Which day's key it needs is known while staff are away; who wrote it is not."""
    outer = HONEST.outer
    arrived = Arrived(CellHash(b"h" * 32), outer.blob_ids, outer.encode())
    assert arrived.day == outer.day == OuterLayer.decode(arrived.outer).day
    assert HONEST.sender.member_id not in arrived.encode()
    with pytest.raises(Malformed):
        _ = Arrived(CellHash(b"h" * 32), (), b"o").day


def test_a_blob_that_is_no_hash_is_refused() -> None:
    """A damaged row names no blob of another length."""
    for blobs in ([b"short"], [7], [b"h" * 32] * 3):
        with pytest.raises(Malformed):
            Arrived.decode(pack(["arrived", 1, b"h" * 32, blobs, b"o"]))


def test_a_leaf_is_its_class_and_hash() -> None:
    """The tests' own broker writes leaves as the real one does."""
    assert SECOND.leaves == leaf_record(CellClass.NOTE, hash_of(NOTES[2]))
