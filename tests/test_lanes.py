"""What leaves on a tick: one note a board, decided the same way whatever waits."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client import lanes
from client.lanes import Lane, Slot, Source, Turn
from client.line import InLine, Line
from client.posted import GRACE, STILL, Posted
from client.posting import FRESH_DAYS, NOBODY, Cell, Posting, is_stale, note_cell
from client.shelf import Shelf
from keys.address import CLASSES_ON, NOTE_BYTES, Board, CellClass, Role, writable
from keys.calendar import Day, Instant
from keys.errors import Malformed
from keys.schedule import Schedule
from keys.wire import pack, unpack
from tests.machines import cell, hash_of, store, token

DAYS = st.integers(0, 2**32 - 1).map(Day)
NOTE = cell()
CENTRE, POLICE = Lane(Board.CENTRE), Lane(Board.POLICE)
TOKEN = token()


LANES = st.frozensets(
    st.builds(Lane, st.sampled_from(Board), st.sampled_from((CellClass.NOTE, CellClass.S)))
)
SCHEDULE = Schedule()


@given(st.sampled_from(Role), LANES, LANES)
def test_every_lane_that_is_due_gets_exactly_one_cell(
    role: Role, unacknowledged: frozenset[Lane], queued: frozenset[Lane]
) -> None:
    """Whatever waits, the lanes of a tick and their order are the same."""
    due = lanes.due(role, SCHEDULE, Instant(0), {})
    plan = lanes.plan(due, unacknowledged, queued)
    assert tuple(slot.lane for slot in plan) == due
    assert tuple(lane.board for lane in lanes.notes(role)) == writable(role)
    assert due[: len(lanes.notes(role))] == lanes.notes(role)


@given(st.sampled_from(Role), LANES, LANES)
def test_a_retry_comes_before_the_line_and_the_line_before_a_dummy(
    role: Role, unacknowledged: frozenset[Lane], queued: frozenset[Lane]
) -> None:
    """The same bytes again until they are acknowledged; then what waits; else a dummy."""
    due = lanes.due(role, SCHEDULE, Instant(0), {})
    for slot in lanes.plan(due, unacknowledged, queued):
        if slot.lane in unacknowledged:
            expected = Source.RETRY
        elif slot.lane in queued:
            expected = Source.QUEUE
        else:
            expected = Source.DUMMY
        assert slot == Slot(slot.lane, expected)


@pytest.mark.parametrize("role", Role)
def test_a_day_of_ticks_is_a_day_of_slots(role: Role) -> None:
    """288 notes, 96 of class S and 6 of class M on every board that takes them, and no more."""
    posted: dict[CellClass, int] = {}
    seen: Counter[Lane] = Counter()
    for number in range(288):
        now = Instant(86_400 * 20_000 + number * 300)
        due = lanes.due(role, SCHEDULE, now, posted)
        posted |= {lane.cls: lanes.slots(SCHEDULE, now)[lane.cls] for lane in due}
        seen.update(due)
    of = {CellClass.NOTE: 288, CellClass.S: 96, CellClass.M: 6}
    assert seen == {
        Lane(board, cls): of[cls]
        for board in writable(role)
        for cls in of
        if cls in CLASSES_ON[board]
    }


def test_a_slot_that_was_slept_through_is_not_made_good() -> None:
    """A machine that was off an hour posts one cell a lane, like one that was never off."""
    posted = dict(lanes.slots(SCHEDULE, Instant(0)))
    due = lanes.due(Role.CENTRE, SCHEDULE, Instant(3_600), posted)
    assert due.count(Lane(Board.CENTRE, CellClass.S)) == 1
    assert Lane(Board.CENTRE, CellClass.M) not in due


ONE = Turn(1)


@pytest.mark.parametrize(
    ("turns", "by"),
    [
        ({CellClass.NOTE: ONE}, 300),
        ({CellClass.NOTE: Turn(3)}, 900),
        ({CellClass.NOTE: ONE, CellClass.S: ONE}, 900),
        ({CellClass.NOTE: Turn(3), CellClass.S: ONE}, 1_800),  # its note rides at 900
        ({CellClass.NOTE: ONE, CellClass.S: Turn(2)}, 1_800),  # another case is before it
        ({CellClass.NOTE: ONE, CellClass.S: Turn(2, 2)}, 1_800),
        ({CellClass.NOTE: ONE, CellClass.S: ONE, CellClass.M: Turn(2, 2)}, 28_800),
        ({CellClass.S: ONE}, 900),  # the note is there already
        ({}, 1),
        ({CellClass.NOTE: ONE, CellClass.XL64: ONE}, 0),
    ],
)
def test_when_the_last_cell_leaves_is_known(turns: dict[CellClass, Turn], by: int) -> None:
    """Known answers, one second after midnight: a blob leaves in a slot after its note's."""
    assert lanes.leaves_by(SCHEDULE, Instant(1), turns) == by


def test_a_lane_that_the_roster_took_away_has_no_moment() -> None:
    """What waits in it leaves by no lane any more; nobody is told a time."""
    turns = {CellClass.NOTE: ONE, CellClass.S: ONE}
    assert lanes.leaves_by(Schedule(300, 0, 0), Instant(1), turns) == 0


def test_what_has_no_lane_does_not_ride() -> None:
    """The largest classes leave beside the lanes; where cases do, a question does too."""
    assert lanes.rides(SCHEDULE, (CellClass.NOTE, CellClass.S, CellClass.M))
    assert not lanes.rides(SCHEDULE, (CellClass.NOTE, CellClass.XL64))
    assert not lanes.rides(Schedule(300, 0, 0), ())
    assert not lanes.rides(Schedule(300, 900, 0), (CellClass.M,))


# ── the line ─────────────────────────────────────────────────────────────────────────────────
async def test_who_came_first_leaves_first(tmp_path: Path) -> None:
    """Each board has a line of its own, and nobody overtakes."""
    one, two, three = (InLine(Day(1), NOBODY, note_cell(cell())) for _ in range(3))
    async with store(tmp_path) as ledger:
        line = Line(ledger)
        async with ledger.transaction("joined") as rows:
            assert await line.leave(rows, CENTRE, Day(1)) is None
            for waiting in (one, two):
                await line.join(rows, Board.CENTRE, waiting)
            await line.join(rows, Board.POLICE, three)
            assert await line.lanes(rows) == {CENTRE, POLICE}
            assert await line.leave(rows, CENTRE, Day(1)) == one
            await line.join(rows, Board.CENTRE, one)
        async with ledger.transaction("left") as rows:
            assert await line.leave(rows, CENTRE, Day(1)) == two
            assert await line.leave(rows, CENTRE, Day(1)) == one
            assert await line.leave(rows, CENTRE, Day(1)) is None
            assert await line.leave(rows, POLICE, Day(1)) == three
            assert await line.lanes(rows) == frozenset()


async def test_a_note_that_nobody_could_open_is_thrown_away(tmp_path: Path) -> None:
    """What waited too long goes; whatever owes it is still there and seals it anew."""
    async with store(tmp_path) as ledger:
        line = Line(ledger)
        async with ledger.transaction("joined") as rows:
            for day, owner in ((8, b"o" * 16), (9, NOBODY), (11, b"a" * 16)):
                await line.join(rows, Board.CENTRE, InLine(Day(day), owner, note_cell(NOTE)))
            assert await line.owners(rows) == {b"o" * 16, b"a" * 16}
            await line.drop_stale(rows, Day(10))
            assert await line.owners(rows) == {b"a" * 16}
            assert await line.clear(rows) == 2
            assert await rows.ids(Shelf.LANE) == []


@given(DAYS, DAYS)
def test_a_note_leaves_on_its_day_or_the_next(day: Day, today: Day) -> None:
    """Its reader destroys the day's key two days later; a clock set back spoils nothing."""
    assert is_stale(day, today) == (today - day > FRESH_DAYS)


# ── one cell on its way ──────────────────────────────────────────────────────────────────────
POSTINGS = st.builds(
    Posting,
    board=st.sampled_from(Board),
    cls=st.sampled_from(CellClass),
    owner=st.binary(min_size=16, max_size=16),
    order=st.integers(0, 16),
    lane=st.booleans(),
    day=DAYS,
    token=st.just(TOKEN),
    note=st.binary(max_size=64) | st.just(NOTE),
    file=st.text("0123456789abcdef", max_size=32),
    envelope=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(POSTINGS)
def test_a_posting_is_read_as_written(posting: Posting) -> None:
    """A cell and its token survive a restart as one."""
    assert Posting.decode(posting.encode()) == posting
    assert repr(TOKEN.nonce) not in repr(posting)


@given(POSTINGS, DAYS)
def test_only_a_note_grows_stale(posting: Posting, today: Day) -> None:
    """A blob is sealed to no day's key and may leave at any time."""
    note = posting.cls is CellClass.NOTE
    assert posting.stale(today) == (note and is_stale(posting.day, today))


@settings(deadline=None, max_examples=40)
@given(DAYS, st.binary(min_size=16, max_size=16))
def test_a_waiting_note_is_read_as_written(day: Day, owner: bytes) -> None:
    """A note in line survives a restart with its day and with who owes it."""
    for waiting in (
        InLine(day, owner, note_cell(NOTE)),
        InLine(day, owner, note_cell(NOTE), envelope=True),
        InLine(day, owner, Cell(CellClass.S, hash_of(NOTE), file="ab"), envelope=True),
    ):
        assert InLine.decode(waiting.encode()) == waiting


@settings(deadline=None, max_examples=20)
@given(DAYS, st.binary(min_size=16, max_size=16))
def test_what_an_older_program_left_in_line_is_an_answer(day: Day, owner: bytes) -> None:
    """Its row ends with the note; so does that of a posting, which was an envelope's beside."""
    old = pack(["in-line", 1, day, owner, NOTE])
    assert InLine.decode(old) == InLine(day, owner, note_cell(NOTE))
    for lane in (False, True):
        posting = Posting(Board.CENTRE, CellClass.NOTE, owner, 0, lane, day, TOKEN, NOTE)
        row = unpack(posting.encode())
        assert isinstance(row, list)
        assert Posting.decode(pack(row[:-1])) == replace(posting, envelope=not lane)


POSTEDS = st.builds(
    Posted,
    board=st.sampled_from(Board),
    mark=st.none() | st.integers(0, 2**64 - 1),
    readings=st.integers(0, STILL),
)


@given(POSTEDS)
def test_an_acknowledged_cell_is_read_as_written(posted: Posted) -> None:
    """What the broker has said «kept» to survives a restart."""
    assert Posted.decode(posted.encode()) == posted


DECODERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "posting": (
        Posting.decode,
        Posting(
            board=Board.CENTRE,
            cls=CellClass.NOTE,
            owner=NOBODY,
            order=0,
            lane=True,
            day=Day(1),
            token=TOKEN,
        ).encode(),
    ),
    "in line": (InLine.decode, InLine(Day(1), NOBODY, note_cell(NOTE)).encode()),
    "posted": (Posted.decode, Posted(Board.CENTRE, 7).encode()),
}


@pytest.mark.parametrize(("decode", "good"), DECODERS.values(), ids=DECODERS)
@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_bytes_are_a_value_or_refused(
    decode: Callable[[bytes], object], good: bytes, data: st.DataObject
) -> None:
    """Whatever a damaged store holds, reading it ends in a value or one refusal."""
    at = data.draw(st.integers(0, min(len(good), 400) - 1))
    tampered = good[:at] + data.draw(st.binary(max_size=3)) + good[at + 1 :]
    with suppress(Malformed):
        decode(data.draw(st.sampled_from([tampered, tampered[:at]]) | st.binary(max_size=80)))


def test_a_note_is_a_cell_under_its_hash() -> None:
    """A note is posted under the hash by which it will stand on the board."""
    made = note_cell(NOTE)
    assert (made.cls, made.cell_hash, made.note, made.file) == (
        CellClass.NOTE,
        hash_of(NOTE),
        NOTE,
        "",
    )
    assert len(made.note) == NOTE_BYTES


# ── when a cell is missed ────────────────────────────────────────────────────────────────────
@given(st.integers(0, 1_000))
def test_a_cell_is_overdue_two_batches_after_the_next_reading(number: int) -> None:
    """Not before the board was read to its end, and not a batch too early."""
    fresh = Posted(Board.CENTRE)
    assert not fresh.overdue(number + 10)
    marked = fresh.after_reading(number)
    assert not marked.overdue(number + GRACE - 1)
    assert marked.overdue(number + GRACE)


def test_a_board_is_given_an_hour_to_move() -> None:
    """A dozen readings without a new batch are enough, and are counted no further."""
    posted = Posted(Board.CENTRE)
    for _ in range(STILL):
        posted = posted.after_reading(7)
        assert not posted.stalled
    assert posted.after_reading(7).stalled
    assert posted.after_reading(7) == posted.after_reading(7).after_reading(7)
