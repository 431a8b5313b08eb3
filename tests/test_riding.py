"""What staff send rides the lanes: note first, then its blobs, and nobody sees that it does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from client.lanes import Lane, Turn
from client.posting import Cell, note_cell
from client.shelf import Shelf
from keys.address import Board, CellClass, TokenClass
from keys.calendar import Day
from keys.errors import BrokerBusy, DiskFull, Refusal, StoreDamaged
from tests.crooked import refuses
from tests.machines import TODAY, Machine, cell, fill, hash_of, machine

CENTRE, POLICE = Board.CENTRE, Board.POLICE
NOTES = (Lane(CENTRE), Lane(POLICE))
ALL = (*NOTES, Lane(CENTRE, CellClass.S), Lane(POLICE, CellClass.S))
OWNER, OTHER = b"o" * 16, b"p" * 16
POST = "/v1/boards/centre/cells/note"
BEGIN = "/v1/boards/centre/uploads/s"


def blob(ida: Machine, cls: CellClass = CellClass.S) -> tuple[Cell, bytes]:
    """Put a sealed blob into a file; return it as a cell, and its bytes."""
    body = cell(cls)
    with ida.cells.writing() as (name, file):
        file.write(body)
    return Cell(cls, hash_of(body), file=name), body


class Dummies:
    """Makes dummies of every class, and remembers for which lanes."""

    def __init__(self, ida: Machine) -> None:
        self.made: list[Lane] = []
        self.files: list[str] = []
        self._ida = ida

    async def __call__(self, lane: Lane) -> Cell:
        """Make one."""
        self.made.append(lane)
        if lane.cls is CellClass.NOTE:
            return note_cell(cell())
        made, _ = blob(self._ida, lane.cls)
        self.files.append(made.file)
        return made


@asynccontextmanager
async def riding(path: Path) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine with tokens for the lanes of both boards she writes."""
    async with machine(path) as ida:
        for name in ("cc-note", "cp-note", "cc-s", "cp-s"):
            await fill(ida.ledger, TokenClass.parse(name), 8)
        yield ida


async def tick(
    ida: Machine, due: tuple[Lane, ...] = ALL, today: Day = TODAY
) -> tuple[Refusal, ...]:
    """Do the lanes' part of a tick, and see that it leaves no file behind."""
    return await ida.poster.tick(ida.transport, today, Dummies(ida), due)


async def line_up(ida: Machine, owner: bytes, *cells: Cell, today: Day = TODAY) -> None:
    """Put an envelope in line."""
    async with ida.ledger.transaction("in line") as rows:
        await ida.poster.line_up(rows, CENTRE, owner, cells, today)


def there(ida: Machine, board: Board = CENTRE) -> list[bytes]:
    """Return the cells that the broker has on a board."""
    return [body for _, body in ida.broker.waiting[board]]


def asked(ida: Machine) -> list[tuple[str, str, list[str], int]]:
    """Return what was asked of the broker, but for what nobody can compare, and forget it."""
    seen: list[tuple[str, str, list[str], int]] = []
    for one in ida.broker.asked:
        path = "/".join(part if len(part) < 20 else "…" for part in one.target.split("/"))
        seen.append((one.method, path, sorted(one.headers), len(one.body)))
    ida.broker.asked.clear()
    return seen


def files(ida: Machine) -> list[Path]:
    """Return the cell files that lie here."""
    return sorted(ida.cells.path("").iterdir())


async def test_note_first_then_the_blob_that_it_names(tmp_path: Path) -> None:
    """A reader keeps only blobs that a note has named: the blob waits for the acknowledgement."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        note = cell()
        await line_up(ida, OWNER, note_cell(note), small)
        assert await ida.poster.waiting(OWNER) == 2
        assert await tick(ida) == ()
        assert note in there(ida)
        assert body not in there(ida)
        assert await ida.poster.waiting(OWNER) == 1
        assert await tick(ida) == ()
        assert body in there(ida)
        assert await ida.poster.waiting(OWNER) == 0
        assert files(ida) == [ida.cells.path(small.file)]  # it is the envelope's own to remove


async def test_a_lane_that_is_not_due_posts_nothing(tmp_path: Path) -> None:
    """Between its slots a blob waits, and a dummy is neither made nor sent."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        await line_up(ida, OWNER, note_cell(cell()), small)
        for _ in range(3):
            assert await tick(ida, NOTES) == ()
        assert body not in there(ida)
        assert len(there(ida)) == 3
        assert await tick(ida) == ()
        assert body in there(ida)


async def test_whoever_sends_looks_like_whoever_does_not(tmp_path: Path) -> None:
    """Idle, with a case in line, and with its blob on the way: the same requests, and the work."""
    async with riding(tmp_path) as ida:
        seen: list[object] = []
        for number in range(4):
            if number == 1:
                small, _ = blob(ida)
                await line_up(ida, OWNER, note_cell(cell()), small)
            dummies = Dummies(ida)
            assert await ida.poster.prepare(TODAY, dummies, ALL) == ()
            assert await tick(ida) == ()
            seen.append((asked(ida), dummies.made))
        assert await ida.poster.waiting(OWNER) == 0
        assert seen == [seen[0]] * 4
        assert len(seen[0][0]) > len(ALL)  # type: ignore[index]


async def test_a_planted_leak_is_seen(tmp_path: Path) -> None:
    """An envelope that leaves beside the lanes makes the same comparison fail."""
    async with riding(tmp_path) as ida:
        await tick(ida)
        idle = asked(ida)
        small, _ = blob(ida)
        await line_up(ida, OWNER, note_cell(cell()), small)
        async with ida.ledger.transaction("in haste") as rows:
            await ida.poster.hasten(rows, CENTRE, OWNER, TODAY)
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        await tick(ida)
        assert asked(ida) != idle


async def test_no_file_of_a_dummy_stays(tmp_path: Path) -> None:
    """Sent, or made in vain because something real took its place: it is removed."""
    async with riding(tmp_path) as ida:
        for _ in range(2):
            assert await tick(ida) == ()
        assert files(ida) == []
        small, _ = blob(ida)
        await line_up(ida, OWNER, small)
        dummies = Dummies(ida)
        assert await ida.poster.prepare(TODAY, dummies, ALL) == ()
        # Also the one that was not needed, until the slot in which it may yet be.
        kept = {ida.cells.path(one) for one in (small.file, *dummies.files)}
        assert set(files(ida)) == kept


async def test_a_note_that_is_refused_holds_its_blob_back(tmp_path: Path) -> None:
    """While nobody has the note, a dummy takes the blob's slot; then they go on as they were."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        note = cell()
        await line_up(ida, OWNER, note_cell(note), small)
        for _ in range(2):
            ida.broker.bent["POST", POST] = lambda _request: _refused()
            (refusal,) = await tick(ida)
            assert isinstance(refusal, BrokerBusy)
        del ida.broker.bent["POST", POST]
        assert body not in there(ida)
        assert await tick(ida) == ()
        assert await tick(ida) == ()
        assert note in there(ida)
        assert body in there(ida)


async def _refused() -> object:
    return refuses(BrokerBusy(seconds=1))


async def test_a_blob_that_is_refused_is_the_next_slots_again(tmp_path: Path) -> None:
    """The same cell under the same token, also by the next run of the program."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        await line_up(ida, OWNER, small)
        ida.broker.bent["POST", BEGIN] = lambda _request: _refused()
        (refusal,) = await tick(ida)
        assert isinstance(refusal, BrokerBusy)
        before = {one.headers["Folge-Token"] for one in ida.broker.asked if BEGIN in one.target}
    async with machine(tmp_path) as again:
        assert await tick(again) == ()
        after = {one.headers["Folge-Token"] for one in again.broker.asked if BEGIN in one.target}
        assert before == after
        assert body in there(again)
        assert await again.poster.waiting(OWNER) == 0


async def test_who_sent_first_leaves_first(tmp_path: Path) -> None:
    """A lane takes one cell a slot, and nobody overtakes."""
    async with riding(tmp_path) as ida:
        first, second = cell(), cell()
        await line_up(ida, OWNER, note_cell(first))
        await line_up(ida, OTHER, note_cell(second))
        assert await tick(ida) == ()
        assert (first in there(ida), second in there(ida)) == (True, False)
        assert await tick(ida) == ()
        assert second in there(ida)


async def test_what_is_taken_back_in_time_never_leaves(tmp_path: Path) -> None:
    """In line or bound to a slot already: a dummy goes in its place."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        note = cell()
        await line_up(ida, OWNER, note_cell(note), small)
        assert await ida.poster.prepare(TODAY, Dummies(ida), ALL) == ()
        async with ida.ledger.transaction("withdrawn") as rows:
            await ida.poster.unbind(rows, OWNER)
        for _ in range(2):
            assert await tick(ida) == ()
        assert note not in there(ida)
        assert body not in there(ida)
        assert len(there(ida)) == 4


async def test_taken_back_in_the_slot_itself_a_dummy_goes_all_the_same(tmp_path: Path) -> None:
    """While the note of its slot is on its way; a lane without a cell would tell of it."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        await line_up(ida, OWNER, small)
        assert await ida.poster.prepare(TODAY, Dummies(ida), ALL) == ()

        async def taken_back(request: web.Request) -> web.StreamResponse:
            async with ida.ledger.transaction("withdrawn") as rows:
                await ida.poster.unbind(rows, OWNER)
            return await ida.broker.honest(request)

        ida.broker.bent["POST", POST] = taken_back
        assert await tick(ida) == ()
        assert body not in there(ida)
        assert [len(one) for one in there(ida)] == [len(cell()), len(body)]
        assert [len(one) for one in there(ida, POLICE)] == [len(cell()), len(body)]


async def test_a_dummy_whose_file_is_gone_blocks_no_lane(tmp_path: Path) -> None:
    """Another is made for the next slot, and the case behind it leaves after its note."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        dummies = Dummies(ida)
        assert await ida.poster.prepare(TODAY, dummies, ALL) == ()
        for name in dummies.files:
            ida.cells.delete(name)
        await line_up(ida, OWNER, small)
        assert await ida.poster.prepare(TODAY, Dummies(ida), ALL) == ()
        assert await tick(ida) == ()
        assert body in there(ida)


async def test_a_damaged_place_in_line_is_never_taken_for_sent(tmp_path: Path) -> None:
    """When a row cannot be read, nobody is told that an envelope has left whole."""
    async with riding(tmp_path) as ida:
        await line_up(ida, OWNER, note_cell(cell()))
        async with ida.ledger.transaction("damage") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ?", "lane"
            )
        with pytest.raises(StoreDamaged):
            await ida.poster.waiting(OWNER)
        assert await tick(ida) == ()


async def test_in_haste_all_of_it_leaves_at_once(tmp_path: Path) -> None:
    """What waits and what is bound to a slot: note first, each cell once, and its lane goes on."""
    async with riding(tmp_path) as ida:
        small, body = blob(ida)
        note = cell()
        await line_up(ida, OWNER, note_cell(note), small)
        assert await ida.poster.prepare(TODAY, Dummies(ida), ALL) == ()
        async with ida.ledger.transaction("in haste") as rows:
            await ida.poster.hasten(rows, CENTRE, OWNER, TODAY)
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == [note, body]
        assert await ida.poster.waiting(OWNER) == 0
        assert await tick(ida) == ()
        assert len(there(ida)) == 4


async def test_a_note_too_old_is_not_sent_and_not_forgotten(tmp_path: Path) -> None:
    """In line or bound: it is told to be sealed anew, and a dummy goes."""
    async with riding(tmp_path) as ida:
        old, other = cell(), cell()
        await line_up(ida, OWNER, note_cell(old), today=Day(TODAY - 1))
        assert await ida.poster.prepare(Day(TODAY - 1), Dummies(ida), NOTES) == ()
        await line_up(ida, OTHER, note_cell(other), today=Day(TODAY - 1))
        later = Day(TODAY + 1)
        assert await tick(ida, NOTES, later) == ()
        assert await ida.poster.stale(later) == {OWNER, OTHER}
        assert [await ida.poster.waiting(one) for one in (OWNER, OTHER)] == [1, 1]
        assert len(there(ida)) == 1
        assert old not in there(ida)
        assert other not in there(ida)


async def test_after_a_restore_nothing_that_was_in_line_leaves(tmp_path: Path) -> None:
    """It may have left before the machine was restored; its envelope is named."""
    async with riding(tmp_path) as ida:
        small, _ = blob(ida)
        await line_up(ida, OWNER, note_cell(cell()), small)
        await line_up(ida, OTHER, note_cell(cell()))
        assert await ida.poster.prepare(TODAY, Dummies(ida), NOTES) == ()
        await ida.poster.discard_all()
        assert await ida.poster.discarded() == {OWNER, OTHER}
        assert await tick(ida) == ()
        async with ida.ledger.reading() as rows:
            assert await rows.ids(Shelf.LANE) == []
        assert await ida.poster.waiting(OWNER) == 1


async def test_who_is_before_counts_in_when_it_leaves(tmp_path: Path) -> None:
    """Each case's turn is behind those of all before it, and behind what is bound already."""
    async with riding(tmp_path) as ida:
        for owner in (OWNER, OTHER):
            small, _ = blob(ida)
            await line_up(ida, owner, note_cell(cell()), small)
        note, small = CellClass.NOTE, CellClass.S
        first, second = [await ida.poster.turns.of(CENTRE, one) for one in (OWNER, OTHER)]
        assert (first[note], first[small]) == (Turn(1), Turn(1))
        assert (second[note], second[small]) == (Turn(2), Turn(2))
        assert (await ida.poster.turns.room(CENTRE, (note, small, small)))[small] == Turn(4, 2)
        assert await ida.poster.turns.of(POLICE, OWNER) == {}
        assert await ida.poster.prepare(TODAY, Dummies(ida), ALL) == ()
        first, second = [await ida.poster.turns.of(CENTRE, one) for one in (OWNER, OTHER)]
        # A dummy is bound to the blobs' slot: no note has been acknowledged yet.
        assert (first[note], first[small]) == (Turn(1), Turn(2))
        assert (second[note], second[small]) == (Turn(2), Turn(3))


async def test_a_dummy_that_cannot_be_made_shows_nothing_real(tmp_path: Path) -> None:
    """Without room every lane stands still, also when something real waits in it."""
    async with riding(tmp_path) as ida:
        note, (small, body) = cell(), blob(ida)
        await line_up(ida, OWNER, note_cell(note))
        await line_up(ida, OTHER, small)

        async def none(lane: Lane) -> Cell:
            _ = lane
            raise DiskFull

        refusals = await ida.poster.tick(ida.transport, TODAY, none, ALL)
        assert [type(one) for one in refusals] == [DiskFull] * len(ALL)
        assert asked(ida) == []
        assert await tick(ida) == ()
        assert note in there(ida)
        assert body in there(ida)
