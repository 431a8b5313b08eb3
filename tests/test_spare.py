"""What is urgent leaves the lanes the tokens that they need until more comes."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.lanes import Lane, Turn
from client.portions import due, held_back
from client.posting import Cell, note_cell
from client.wallet import Wallet, needed
from keys.address import Board, CellClass, Role, TokenClass
from keys.calendar import DAY_SECONDS, Instant, day_of, start_of, week_of
from keys.errors import DoubleSpend, OutOfTokens
from keys.schedule import Schedule
from tests.crooked import refuses
from tests.machines import CC_NOTE, TODAY, WEEK, Machine, cell, fill, machine
from tests.test_poster import bend
from tests.test_riding import ALL, CENTRE, NOTES, OTHER, OWNER, Dummies, blob, line_up, there, tick

MONDAY = start_of(TODAY) - start_of(TODAY) % (7 * DAY_SECONDS) + 4 * DAY_SECONDS
SCHEDULES = (Schedule(), Schedule(900, 0, 0), Schedule(300, 450, 21_600), Schedule(3_600, 60, 60))
HeldBack = Callable[[Role, Schedule, Instant, int], Mapping[TokenClass, int]]
CC_S = TokenClass.parse("cc-s")


# ── the rule ─────────────────────────────────────────────────────────────────────────────────
@dataclass
class Member:
    """A member at whose desk everything is urgent, and the tokens it has of every week."""

    schedule: Schedule
    minute: int
    held_back: HeldBack
    stock: Counter[tuple[TokenClass, int]] = field(default_factory=Counter)
    had: set[tuple[TokenClass, int, int]] = field(default_factory=set)
    hastened: int = 0

    def ask(self, now: Instant) -> None:
        """Get every portion that is due and was not had yet."""
        for token_class in needed(Role.CENTRE):
            for serial, portion in due(token_class, self.schedule, now, self.minute):
                of = (token_class, portion.day, serial)
                if of not in self.had:
                    self.had.add(of)
                    self.stock[token_class, portion.week] += portion.count

    def post(self, token_class: TokenClass, now: Instant) -> bool:
        """Take what one cell of a lane costs; says whether there was a token."""
        at = (token_class, week_of(day_of(now)))
        self.stock[at] -= 1
        return self.stock[at] >= 0

    def hasten(self, now: Instant) -> None:
        """Take all that is to spare."""
        for token_class, keep in self.held_back(
            Role.CENTRE, self.schedule, now, self.minute
        ).items():
            at = (token_class, week_of(day_of(now)))
            over = max(0, self.stock[at] - keep)
            self.stock[at] -= over
            self.hastened += over


def lived(member: Member, slots: range, restarts: frozenset[int] = frozenset()) -> bool:
    """Let a member live through slots of its notes; returns whether no lane ever lacked a token.

    Args:
        member: lives.
        slots: by number; something is urgent in the middle of each.
        restarts: slots in which it starts anew, and posts a note more on every board.
    """
    long = member.schedule.note_slot_seconds
    member.ask(Instant(slots[0] * long))
    posted: dict[CellClass, int] = {}
    for slot in slots:
        now = Instant(slot * long)
        classes = [cls for cls in CellClass if member.schedule.lane(cls)]
        leaving = [cls for cls in classes if posted.get(cls) != now // member.schedule.lane(cls)]
        posted |= {cls: now // member.schedule.lane(cls) for cls in leaving}
        again = [CellClass.NOTE] if slot in restarts else []
        spent = [
            one for one in needed(Role.CENTRE) for cls in (*leaving, *again) if one.cell is cls
        ]
        if not all(member.post(one, now) for one in spent):
            return False
        member.ask(now)
        member.hasten(Instant(now + long // 2))
    return True


def a_week_from(start: Instant, schedule: Schedule) -> range:
    """Return the numbers of the note slots of eight days."""
    first = start // schedule.note_slot_seconds
    return range(first, first + 8 * DAY_SECONDS // schedule.note_slot_seconds)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SCHEDULES), st.integers(0, 1_439), st.integers(0, 7 * DAY_SECONDS))
def test_no_lane_ever_lacks_a_token_for_haste(schedule: Schedule, minute: int, start: int) -> None:
    """However much is urgent: in every slot of a week and over its end each lane has its token."""
    member = Member(schedule, minute, held_back)
    assert lived(member, a_week_from(Instant(MONDAY + start), schedule))
    assert member.hastened


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SCHEDULES), st.integers(0, 1_439), st.integers(0, 2_015))
def test_nor_for_a_restart_after_haste(schedule: Schedule, minute: int, at: int) -> None:
    """A program that starts anew posts a note at once; each slot's token is still there."""
    member = Member(schedule, minute, held_back)
    slots = a_week_from(MONDAY, schedule)
    assert lived(member, slots, frozenset({slots[at % len(slots)]}))


def nothing(_role: Role, _schedule: Schedule, _now: Instant, _minute: int) -> dict[TokenClass, int]:
    """Hold nothing back: the rule as it was."""
    return {TokenClass(CC_NOTE.writer, cls): 0 for cls in (CellClass.NOTE, CellClass.S)}


def a_slot_short(
    role: Role, schedule: Schedule, now: Instant, minute: int
) -> Mapping[TokenClass, int]:
    """Hold back too little: without the slot that has had its cell, and the restart, one less."""
    return {one: keep - 3 for one, keep in held_back(role, schedule, now, minute).items()}


@pytest.mark.parametrize("rule", [nothing, a_slot_short])
def test_a_rule_that_holds_back_too_little_is_found(rule: HeldBack) -> None:
    """The same week, and a lane that stands still in it."""
    assert not lived(Member(Schedule(), 600, rule), a_week_from(MONDAY, Schedule()))


def test_a_class_without_a_lane_has_nothing_held_back() -> None:
    """Nothing rides there: what is urgent may have all of it."""
    held = held_back(Role.CENTRE, Schedule(300, 900, 0), MONDAY, 0)
    assert {one.cell for one in held} == {CellClass.NOTE, CellClass.S}
    assert {one.cell for one in held_back(Role.CENTRE, Schedule(), MONDAY, 0)} == {
        CellClass.NOTE,
        CellClass.S,
        CellClass.M,
    }


# ── the cells ────────────────────────────────────────────────────────────────────────────────
@asynccontextmanager
async def sparing(path: Path, **spare: int) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine with eight tokens of every class, and so many of them to spare."""
    async with machine(path) as ida:
        for name in ("cc-note", "cp-note", "cc-s", "cp-s"):
            await fill(ida.ledger, TokenClass.parse(name), 8)
            ida.held[TokenClass.parse(name)] = 8 - spare.get(name.replace("-", "_"), 0)
        yield ida


async def hurry(ida: Machine, owner: bytes, *cells: Cell) -> None:
    """Bind an envelope that is urgent."""
    async with ida.ledger.transaction("urgent") as rows:
        await ida.poster.bind(rows, CENTRE, owner, cells, TODAY)


async def make_urgent(ida: Machine, owner: bytes) -> None:
    """Make an envelope urgent that rides."""
    async with ida.ledger.transaction("in haste") as rows:
        await ida.poster.hasten(rows, CENTRE, owner, TODAY)


async def left_over(ida: Machine, token_class: TokenClass = CC_NOTE) -> int:
    """Return how many tokens are left."""
    return await Wallet(ida.ledger).stock(token_class, WEEK)


async def test_haste_beyond_what_is_to_spare_rides_and_the_lane_goes_on(tmp_path: Path) -> None:
    """Two of five leave at once; each of the others in a slot, and no slot lacks its cell."""
    async with sparing(tmp_path, cc_note=2) as ida:
        notes = [cell() for _ in range(5)]
        for number, note in enumerate(notes):
            await hurry(ida, bytes([number + 1]) * 16, note_cell(note))
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert (there(ida), await left_over(ida)) == (notes[:2], 6)
        for slot in range(6):
            assert await tick(ida, NOTES) == ()
            assert len(there(ida)) == len(there(ida, Board.POLICE)) + 2 == slot + 3
        assert there(ida)[:5] == notes
        assert await left_over(ida) == 0


async def test_what_is_urgent_goes_before_what_is_not(tmp_path: Path) -> None:
    """In the lane too; and the order inside it is seen by nobody."""
    async with sparing(tmp_path) as ida:
        calm, urgent = cell(), cell()
        await line_up(ida, OTHER, note_cell(calm))
        await hurry(ida, OWNER, note_cell(urgent))
        assert await ida.poster.turns.of(CENTRE, OWNER) == {CellClass.NOTE: Turn(1)}
        assert await tick(ida, NOTES) == await tick(ida, NOTES) == ()
        assert there(ida) == [urgent, calm]


async def test_a_blob_without_a_lane_goes_when_its_note_has_had_its_slot(tmp_path: Path) -> None:
    """No blob goes before the note that names it, also when the blob has a token and it has not."""
    async with sparing(tmp_path) as ida:
        await fill(ida.ledger, TokenClass.parse("cc-xl64"), 1)
        note, (large, body) = cell(), blob(ida, CellClass.XL64)
        await hurry(ida, OWNER, note_cell(note), large)
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == []
        assert await tick(ida, NOTES) == ()
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == [note, body]
        assert await ida.poster.waiting(OWNER) == 0


async def test_made_urgent_a_blob_rides_when_its_note_does(tmp_path: Path) -> None:
    """Also when the blob would find a token: in haste alone it would say that the note has none."""
    async with sparing(tmp_path, cc_s=1) as ida:
        note, (small, body) = cell(), blob(ida)
        await line_up(ida, OWNER, note_cell(note), small)
        await make_urgent(ida, OWNER)
        assert await ida.poster.turns.of(CENTRE, OWNER) == {
            CellClass.NOTE: Turn(1),
            CellClass.S: Turn(1),
        }
        assert await tick(ida, NOTES) == await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == [note]
        assert await tick(ida, ALL) == ()
        assert body in there(ida)


async def test_a_lane_without_a_token_takes_nothing_urgent(tmp_path: Path) -> None:
    """As after a restore: it is refused, nothing of it is bound, and no moment is promised."""
    async with machine(tmp_path) as ida:
        await fill(ida.ledger, CC_NOTE, 8)
        ida.held.update({CC_NOTE: 8, CC_S: 8})
        note, (small, _) = cell(), blob(ida)
        with pytest.raises(OutOfTokens):
            await hurry(ida, OWNER, note_cell(note), small)
        assert await ida.poster.waiting(OWNER) == 0
        turns = ida.poster.turns
        assert await turns.lacking(CENTRE, (CellClass.NOTE, CellClass.S), TODAY) == {}
        await line_up(ida, OTHER, note_cell(note), small)
        with pytest.raises(OutOfTokens):
            await make_urgent(ida, OTHER)
        assert await ida.poster.waiting(OTHER) == 2


async def test_made_urgent_again_it_keeps_its_place(tmp_path: Path) -> None:
    """What was urgent first leaves first, however often the second is pressed, or the first."""
    async with sparing(tmp_path) as ida:
        first, second = cell(), cell()
        await hurry(ida, OWNER, note_cell(first))
        await hurry(ida, OTHER, note_cell(second))
        await make_urgent(ida, OWNER)
        assert await tick(ida, NOTES) == await tick(ida, NOTES) == ()
        assert there(ida) == [first, second]


async def test_a_note_goes_at_once_and_its_blob_in_its_slot(tmp_path: Path) -> None:
    """Of each class what is to spare; the lanes of both go on."""
    async with sparing(tmp_path, cc_note=1) as ida:
        note, (small, body) = cell(), blob(ida)
        await hurry(ida, OWNER, note_cell(note), small)
        assert await ida.poster.turns.of(CENTRE, OWNER) == {CellClass.S: Turn(1)}
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == [note]
        assert await tick(ida, ALL) == ()
        assert body in there(ida)
        assert await ida.poster.waiting(OWNER) == 0


async def test_what_waits_is_said_before_it_is_bound(tmp_path: Path) -> None:
    """How many may leave at once, and behind whom the others would wait."""
    async with sparing(tmp_path, cc_note=1) as ida:
        turns, note, small = ida.poster.turns, CellClass.NOTE, CellClass.S
        await line_up(ida, OTHER, note_cell(cell()), blob(ida)[0])
        assert await turns.spare(CENTRE, note, TODAY) == 1
        assert await turns.spare(CENTRE, CellClass.XL64, TODAY) is None
        # What is not urgent is behind it.
        assert await turns.lacking(CENTRE, (note, small), TODAY) == {small: Turn(1)}
        await hurry(ida, OWNER, note_cell(cell()), blob(ida)[0])
        found = await turns.lacking(CENTRE, (note, small, small), TODAY)
        assert found == {note: Turn(1), small: Turn(3, 2)}


async def test_a_bound_cell_keeps_its_slot_when_no_other_token_is_to_spare(tmp_path: Path) -> None:
    """Its slot would want another; what waits behind it stays too, and is first."""
    async with sparing(tmp_path) as ida:
        note, (small, body) = cell(), blob(ida)
        await line_up(ida, OWNER, note_cell(note), small)
        assert await ida.poster.prepare(TODAY, Dummies(ida), NOTES) == ()
        assert await left_over(ida) == 7
        ida.held[CC_NOTE] = 7
        await make_urgent(ida, OWNER)
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == []
        assert await tick(ida, NOTES) == await tick(ida, (Lane(CENTRE, CellClass.S),)) == ()
        assert there(ida) == [note, body]
        assert await left_over(ida) == 7


async def test_a_bound_cell_leaves_at_once_where_its_slot_finds_another(tmp_path: Path) -> None:
    """Two tokens to spare are enough for it and what waits behind it, and one is not."""
    async with sparing(tmp_path) as ida:
        await line_up(ida, OWNER, note_cell(cell()))
        assert await ida.poster.prepare(TODAY, Dummies(ida), NOTES) == ()
        await line_up(ida, OTHER, note_cell(cell()))
        ida.held[CC_NOTE] = 6
        await make_urgent(ida, OWNER)
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert (len(there(ida)), await left_over(ida)) == (1, 6)  # its slot has had the other
        assert await tick(ida, NOTES) == ()
        assert (len(there(ida)), await left_over(ida)) == (2, 6)
        ida.held[CC_NOTE] = 5
        await make_urgent(ida, OTHER)
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert await ida.poster.waiting(OTHER) == 0


async def test_a_dead_token_is_not_exchanged_for_one_of_the_lanes(tmp_path: Path) -> None:
    """What is urgent waits for one to spare, beside the lane: there its bytes have been seen."""
    async with sparing(tmp_path, cc_note=1) as ida:
        note = cell()
        await hurry(ida, OWNER, note_cell(note))
        bend(ida, refuses(DoubleSpend()))
        assert [type(one) for one in await ida.poster.post_bound(ida.transport, TODAY)] == [
            OutOfTokens
        ]
        assert (there(ida), await left_over(ida), await ida.poster.waiting(OWNER)) == ([], 7, 1)
        assert await tick(ida, NOTES) == ()
        assert note not in there(ida)
        ida.held[CC_NOTE] = 5
        bend(ida, refuses(DoubleSpend()))
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert (there(ida)[-1], await left_over(ida)) == (note, 5)
