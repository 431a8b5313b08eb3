"""Posting: bound to a token on disk before it leaves, repeated until acknowledged, counted once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from client.answers import PIECE
from client.lanes import Lane
from client.line import Rank
from client.posted import Posted
from client.poster import Poster
from client.posting import Cell, Posting, note_cell
from client.shelf import Shelf
from client.wallet import Wallet
from keys.address import Board, CellClass, CellHash, Role
from keys.calendar import Day
from keys.errors import (
    BrokerBusy,
    BrokerGone,
    DoubleSpend,
    Expired,
    NoKeys,
    NotYet,
    OutOfTokens,
    Refusal,
    StoreDamaged,
    WrongShape,
)
from tests.crooked import answer, refuses
from tests.machines import (
    CC_M,
    CC_NOTE,
    CC_S,
    CP_NOTE,
    TODAY,
    WEEK,
    Machine,
    cell,
    fill,
    hash_of,
    machine,
    store,
)

CENTRE, POLICE = Board.CENTRE, Board.POLICE
POST = "/v1/boards/centre/cells/note"
OWNER, OTHER = b"o" * 16, b"p" * 16
OWED = b"w" * 16


class Dummies:
    """Makes dummies of notes and remembers for which boards."""

    def __init__(self, *refused: Board) -> None:
        self.made: list[Board] = []
        self._refused = refused

    async def __call__(self, lane: Lane) -> Cell:
        """Make one."""
        self.made.append(lane.board)
        if lane.board in self._refused:
            raise NoKeys(day=TODAY)
        return note_cell(cell())


@asynccontextmanager
async def posting(path: Path, tokens: int = 6) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine with tokens for notes on both boards she writes."""
    async with machine(path) as ida:
        await fill(ida.ledger, CC_NOTE, tokens)
        await fill(ida.ledger, CP_NOTE, tokens)
        yield ida


async def tick(
    ida: Machine, today: Day = TODAY, dummies: Dummies | None = None
) -> tuple[Refusal, ...]:
    """Do the lane's part of a tick."""
    return await ida.poster.tick(ida.transport, today, dummies or Dummies())


async def queue(
    ida: Machine, note: bytes, board: Board = CENTRE, day: Day = TODAY, owner: bytes = OWED
) -> None:
    """Put a note in line."""
    async with ida.ledger.transaction("queued") as rows:
        await rows.put(Shelf.OWED, owner, b"the answer")
        await ida.poster.queue(rows, board, note, day, owner, Rank.ANSWER)


async def ids(ida: Machine, shelf: Shelf) -> list[bytes]:
    """Return the ids of a shelf."""
    async with ida.ledger.reading() as rows:
        return await rows.ids(shelf)


def there(ida: Machine, board: Board = CENTRE) -> list[bytes]:
    """Return the notes that the broker has on a board."""
    return [body for _, body in ida.broker.waiting[board]]


def bend(ida: Machine, *said: web.StreamResponse | None, path: str = POST) -> None:
    """Have the broker give these answers to posts, then its honest one; None cuts the line."""
    left = list(said)

    async def handler(request: web.Request) -> web.StreamResponse:
        if left:
            found = left.pop(0)
            if found is None:
                assert request.transport is not None
                request.transport.abort()
                raise ConnectionResetError
            return found
        del ida.broker.bent[request.method, request.path]
        return await ida.broker.honest(request)

    ida.broker.bent["POST", path] = handler


# ── the lane ─────────────────────────────────────────────────────────────────────────────────
async def test_a_tick_posts_one_note_on_every_board(tmp_path: Path) -> None:
    """With nothing to say a centre posts a dummy on both boards it writes, and no more."""
    async with posting(tmp_path) as ida:
        for number in range(1, 4):
            assert await tick(ida) == ()
            assert len(there(ida)) == len(there(ida, POLICE)) == number
            assert not there(ida, Board.REPLY)
        assert [target.split("/")[3] for target in ida.broker.targets("POST")] == [
            "centre",
            "police",
        ] * 3
        assert len(await ids(ida, Shelf.POSTED)) == 6
        assert not await ids(ida, Shelf.POSTING)


async def test_a_waiting_note_takes_a_dummys_place(tmp_path: Path) -> None:
    """A real note leaves in its board's slot; what owed it is settled when it is acknowledged."""
    notes = [cell(), cell()]
    async with posting(tmp_path) as ida:
        for note, owner in zip(notes, (OWED, OTHER), strict=True):
            await queue(ida, note, owner=owner)
        assert await ida.poster.queued() == {OWED, OTHER}
        assert await tick(ida) == ()
        assert there(ida) == notes[:1]
        assert len(there(ida, POLICE)) == 1
        assert await ids(ida, Shelf.OWED) == [OTHER]
        assert await ida.poster.queued() == {OTHER}
        await tick(ida)
        await tick(ida)
        assert there(ida)[:2] == notes
        assert len(there(ida)) == 3
        assert not await ids(ida, Shelf.OWED)


async def test_what_waits_changes_nothing_that_is_seen(tmp_path: Path) -> None:
    """Idle, with a note in line, or repeating one: the same requests, and the same work."""
    seen: list[object] = []
    async with posting(tmp_path, tokens=8) as ida:
        for state in ("idle", "in line", "repeating"):
            dummies = Dummies()
            if state == "in line":
                await queue(ida, cell())
            if state == "repeating":
                bend(ida, refuses(BrokerBusy(seconds=1)))
                await ida.poster.prepare(TODAY, Dummies())
                await tick(ida)
            ida.broker.asked.clear()
            await ida.poster.prepare(TODAY, dummies)
            assert await tick(ida, dummies=dummies) == ()
            requests = [
                (one.method, one.target, sorted(one.headers), len(one.body))
                for one in ida.broker.asked
            ]
            seen.append((requests, dummies.made))
    assert seen[0] == seen[1] == seen[2]


async def test_the_next_tick_is_prepared_before_its_slot(tmp_path: Path) -> None:
    """What is bound ahead is what leaves; sealing takes no time in the slot."""
    async with posting(tmp_path) as ida:
        dummies = Dummies()
        assert await ida.poster.prepare(TODAY, dummies) == ()
        assert dummies.made == [CENTRE, POLICE]
        bound = await ids(ida, Shelf.POSTING)
        await queue(ida, cell())
        assert await tick(ida, dummies=dummies) == ()
        assert dummies.made == [CENTRE, POLICE]
        assert sorted(bound) == sorted(hash_of(note) for note in (*there(ida), *there(ida, POLICE)))


async def test_an_unacknowledged_note_is_posted_again_as_it_was(tmp_path: Path) -> None:
    """The same bytes with the same token, also by the next run of the program."""
    async with posting(tmp_path) as ida:
        bend(ida, None, None, None)
        (refusal,) = await tick(ida)
        assert isinstance(refusal, BrokerGone)
        assert len(there(ida, POLICE)) == 1
    async with machine(tmp_path) as again:
        first = [one for one in ida.broker.asked if "centre" in one.target]
        assert await tick(again) == ()
        (second,) = [one for one in again.broker.asked if "centre" in one.target]
        assert {one.body for one in first} == {second.body}
        assert {one.headers["Folge-Token"] for one in first} == {second.headers["Folge-Token"]}
        assert not await ids(again, Shelf.POSTING)


async def test_a_board_that_fails_keeps_no_other_silent(tmp_path: Path) -> None:
    """When one board refuses, the other gets its note all the same."""
    async with posting(tmp_path) as ida:
        bend(ida, refuses(BrokerBusy(seconds=5)))
        (refusal,) = await tick(ida)
        assert isinstance(refusal, BrokerBusy)
        assert len(there(ida, POLICE)) == 1


async def test_without_a_dummy_nothing_leaves_that_is_real(tmp_path: Path) -> None:
    """A note that left where no dummy could would be known for a real one: it waits, and is told.

    Own keys that have run out are no such reason: see `test_same_without_keys.py`.
    """
    async with posting(tmp_path) as ida:
        note = cell()
        await queue(ida, note)
        refusals = await tick(ida, dummies=Dummies(CENTRE, POLICE))
        assert [type(one) for one in refusals] == [NoKeys, NoKeys]
        assert not there(ida)
        assert not there(ida, POLICE)
        assert await ida.poster.queued() == {OWED}
        assert await tick(ida) == ()
        assert there(ida) == [note]
        assert len(there(ida, POLICE)) == 1


async def test_without_tokens_a_note_stays_in_line(tmp_path: Path) -> None:
    """Being out of tokens is told, with the day on which new ones come, and loses nothing."""
    async with posting(tmp_path, tokens=0) as ida:
        note = cell()
        await queue(ida, note)
        refusals = await tick(ida)
        assert [type(one) for one in refusals] == [OutOfTokens, OutOfTokens]
        assert dict(refusals[0].facts) == {"day": TODAY + 1}
        assert await ida.poster.queued() == {OWED}
        await fill(ida.ledger, CC_NOTE, 1)
        await tick(ida)
        assert there(ida) == [note]


async def test_a_note_that_nobody_could_open_does_not_leave(tmp_path: Path) -> None:
    """After a weekend off, what was sealed on Friday is sealed anew and not posted in vain."""
    async with posting(tmp_path) as ida:
        note = cell()
        await queue(ida, note, day=Day(TODAY - 3))
        assert await tick(ida) == ()
        assert note not in there(ida)
        assert await ids(ida, Shelf.OWED) == [OWED]
        assert await ida.poster.queued() == frozenset()


async def test_a_bound_note_that_grew_stale_is_replaced(tmp_path: Path) -> None:
    """The same holds for a note that was already bound when the machine was switched off."""
    async with posting(tmp_path) as ida:
        note = cell()
        await queue(ida, note)
        await ida.poster.prepare(TODAY, Dummies())
        assert await ida.poster.queued() == {OWED}
        later = Day(TODAY + 2)
        assert await tick(ida, later) == ()
        assert note not in there(ida)
        assert len(there(ida)) == len(there(ida, POLICE)) == 1
        assert await ids(ida, Shelf.OWED) == [OWED]


# ── tokens that are worth nothing, and answers that settle nothing ───────────────────────────
@pytest.mark.parametrize("said", [DoubleSpend(), Expired()], ids=["spent", "of last week"])
async def test_a_dead_token_is_replaced(tmp_path: Path, said: Refusal) -> None:
    """A token that will never be taken is thrown away; the cell leaves with another."""
    async with posting(tmp_path) as ida:
        bend(ida, refuses(said))
        assert await tick(ida) == ()
        one, two = [one for one in ida.broker.asked if "centre" in one.target]
        assert one.body == two.body
        assert one.headers["Folge-Token"] != two.headers["Folge-Token"]
        assert len(there(ida)) == 1


async def test_a_broker_that_takes_no_token_empties_no_wallet(tmp_path: Path) -> None:
    """Each tick costs one token more and not all of them."""
    async with posting(tmp_path) as ida:
        for left in (4, 3, 2):
            bend(ida, refuses(DoubleSpend()), refuses(DoubleSpend()))
            (refusal,) = await tick(ida)
            assert isinstance(refusal, DoubleSpend)
            assert await Wallet(ida.ledger).stock(CC_NOTE, WEEK) == left


async def test_a_token_that_comes_too_early_is_kept(tmp_path: Path) -> None:
    """At the turn of a week a clock may be ahead: the same token will do in a moment."""
    async with posting(tmp_path) as ida:
        bend(ida, refuses(NotYet(day=TODAY)))
        (refusal,) = await tick(ida)
        assert isinstance(refusal, NotYet)
        assert await tick(ida) == ()
        one, two = [one for one in ida.broker.asked if "centre" in one.target]
        assert one.headers["Folge-Token"] == two.headers["Folge-Token"]


async def test_an_acknowledgement_of_another_cell_settles_nothing(tmp_path: Path) -> None:
    """A broker that says «kept» about something else has not kept this."""
    async with posting(tmp_path) as ida:
        bend(ida, answer(["kept", 1, b"h" * 32], 201))
        (refusal,) = await tick(ida)
        assert isinstance(refusal, WrongShape)
        assert len(await ids(ida, Shelf.POSTING)) == 1
        assert await tick(ida) == ()
        assert not await ids(ida, Shelf.POSTING)


# ── envelopes that staff send ────────────────────────────────────────────────────────────────
def blob(ida: Machine, cls: CellClass) -> tuple[Cell, bytes]:
    """Put a sealed blob into a file; return it as a cell, and its bytes."""
    body = cell(cls)
    with ida.cells.writing() as (name, file):
        file.write(body)
    return Cell(cls, hash_of(body), file=name), body


async def bind(ida: Machine, owner: bytes, *cells: Cell, today: Day = TODAY) -> None:
    """Bind an envelope."""
    async with ida.ledger.transaction("bound") as rows:
        await ida.poster.bind(rows, CENTRE, owner, cells, today)


async def post(ida: Machine, today: Day = TODAY) -> tuple[Refusal, ...]:
    """Post what staff have sent."""
    return await ida.poster.post_bound(ida.transport, today)


@asynccontextmanager
async def sending(path: Path) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine with tokens of every class that an envelope needs."""
    async with posting(path) as ida:
        await fill(ida.ledger, CC_S, 3)
        await fill(ida.ledger, CC_M, 2)
        yield ida


async def test_an_envelope_leaves_note_first(tmp_path: Path) -> None:
    """The note goes no later than its blobs, and the notes of all go before any blob."""
    async with sending(tmp_path) as ida:
        small, small_bytes = blob(ida, CellClass.S)
        medium, medium_bytes = blob(ida, CellClass.M)
        first, second = cell(), cell()
        await bind(ida, OTHER, note_cell(first), small, medium)
        await bind(ida, OWNER, note_cell(second))
        assert [await ida.poster.waiting(one) for one in (OWNER, OTHER)] == [1, 3]
        told: list[tuple[bytes, int]] = []

        def tell(owner: bytes, count: int) -> None:
            told.append((owner, count))

        assert await ida.poster.post_bound(ida.transport, TODAY, tell) == ()
        assert there(ida) == [second, first, small_bytes, medium_bytes]
        gone = len(small_bytes) + len(medium_bytes)
        assert sum(count for owner, count in told if owner == OTHER) == gone
        assert [count for owner, count in told if owner == OWNER] == [0]
        assert [await ida.poster.waiting(one) for one in (OWNER, OTHER)] == [0, 0]
        assert await post(ida) == ()


async def test_an_envelope_is_bound_whole_or_not_at_all(tmp_path: Path) -> None:
    """Without a token for its last blob, nothing of an envelope is bound, and no token is lost."""
    async with posting(tmp_path) as ida:
        small, _ = blob(ida, CellClass.S)
        with pytest.raises(OutOfTokens):
            await bind(ida, OWNER, note_cell(cell()), small)
        assert await ida.poster.waiting(OWNER) == 0
        assert await Wallet(ida.ledger).stock(CC_NOTE, WEEK) == 6


async def test_a_refused_note_holds_its_own_blobs_back_and_no_others(tmp_path: Path) -> None:
    """The envelope that is stuck waits for the next call; the one behind it does not."""
    async with sending(tmp_path) as ida:
        (small, _), (other, other_bytes) = blob(ida, CellClass.S), blob(ida, CellClass.S)
        note = cell()
        await bind(ida, OWNER, note_cell(cell()), small)
        await bind(ida, OTHER, note_cell(note), other)
        bend(ida, refuses(NotYet()))
        (refusal,) = await post(ida)
        assert isinstance(refusal, NotYet)
        assert there(ida) == [note, other_bytes]
        assert [await ida.poster.waiting(one) for one in (OWNER, OTHER)] == [2, 0]
        assert await post(ida) == ()
        assert len(there(ida)) == 4


async def test_when_nobody_answers_nothing_more_is_tried(tmp_path: Path) -> None:
    """With the network down, ten envelopes do not cost ten waits."""
    async with sending(tmp_path) as ida:
        await bind(ida, OWNER, note_cell(cell()))
        await bind(ida, OTHER, note_cell(cell()))
        bend(ida, None, None, None, None, None, None)
        (refusal,) = await post(ida)
        assert isinstance(refusal, BrokerGone)
        assert len(ida.broker.asked) == 3


async def test_the_lane_and_the_envelopes_keep_to_themselves(tmp_path: Path) -> None:
    """A tick posts no envelope, and sending posts no tick's note."""
    async with sending(tmp_path) as ida:
        note = cell()
        await bind(ida, OWNER, note_cell(note))
        await ida.poster.prepare(TODAY, Dummies())
        assert await post(ida) == ()
        assert there(ida) == [note]
        assert len(await ids(ida, Shelf.POSTING)) == 2
        await bind(ida, OTHER, note_cell(cell()))
        assert await tick(ida) == ()
        assert await ida.poster.waiting(OTHER) == 1


async def test_a_withdrawn_envelope_stays_here(tmp_path: Path) -> None:
    """What has not left when it is taken back does not leave."""
    async with sending(tmp_path) as ida:
        await bind(ida, OWNER, note_cell(cell()))
        await bind(ida, OTHER, note_cell(cell()))
        async with ida.ledger.transaction("withdrawn") as rows:
            await ida.poster.unbind(rows, OWNER)
        assert await post(ida) == ()
        assert len(there(ida)) == 1


async def test_what_is_withdrawn_while_it_leaves_is_not_watched(tmp_path: Path) -> None:
    """An acknowledgement that comes after a withdrawal brings nothing back."""
    async with sending(tmp_path) as ida:
        await bind(ida, OWNER, note_cell(cell()))

        async def meanwhile(request: web.Request) -> web.StreamResponse:
            ida.broker.bent.clear()
            async with ida.ledger.transaction("withdrawn") as rows:
                await ida.poster.unbind(rows, OWNER)
            return await ida.broker.honest(request)

        ida.broker.bent["POST", POST] = meanwhile
        assert await post(ida) == ()
        assert not await ids(ida, Shelf.POSTED)
        assert not await ids(ida, Shelf.POSTING)


async def test_what_is_withdrawn_while_another_leaves_stays_here(tmp_path: Path) -> None:
    """A long upload ahead of it does not carry a withdrawn envelope out behind it."""
    async with sending(tmp_path) as ida:
        await bind(ida, OWNER, note_cell(cell()))
        await bind(ida, OTHER, note_cell(cell()))

        async def meanwhile(request: web.Request) -> web.StreamResponse:
            ida.broker.bent.clear()
            async with ida.ledger.transaction("withdrawn") as rows:
                await ida.poster.unbind(rows, OTHER)
            return await ida.broker.honest(request)

        ida.broker.bent["POST", POST] = meanwhile
        assert await post(ida) == ()
        assert len(there(ida)) == 1


@pytest.mark.parametrize("rides", [False, True])
async def test_of_what_is_withdrawn_on_its_way_no_more_is_sent(
    tmp_path: Path, *, rides: bool
) -> None:
    """The rest of a blob that left at once stays here; what rides goes on, so nobody sees it."""
    async with sending(tmp_path) as ida:
        medium, body = blob(ida, CellClass.M)
        if rides:
            async with ida.ledger.transaction("lined-up") as rows:
                await ida.poster.line_up(rows, CENTRE, OWNER, [medium], TODAY)
        else:
            await bind(ida, OWNER, medium)

        async def meanwhile(request: web.Request) -> web.StreamResponse:
            ida.broker.bent.clear()
            async with ida.ledger.transaction("withdrawn") as rows:
                await ida.poster.unbind(rows, OWNER)
            return await ida.broker.honest(request)

        async def begin(request: web.Request) -> web.StreamResponse:
            found = await ida.broker.honest(request)
            (place,) = ida.broker.uploads
            ida.broker.bent["PATCH", f"/v1/uploads/{place}"] = meanwhile
            return found

        ida.broker.bent["POST", "/v1/boards/centre/uploads/m"] = begin
        lane = (Lane(CENTRE, CellClass.M),)
        if rides:
            assert await ida.poster.tick(ida.transport, TODAY, Dummies(), lane) == ()
        else:
            assert await post(ida) == ()
        assert there(ida) == ([body] if rides else [])
        pieces = [one for one in ida.broker.asked if one.method == "PATCH"]
        assert len(pieces) == (-(-len(body) // PIECE) if rides else 1)
        assert not await ids(ida, Shelf.POSTED)


async def test_a_dead_token_brings_no_withdrawn_cell_back(tmp_path: Path) -> None:
    """A cell that was taken back while its token turned out dead gets no other."""
    async with sending(tmp_path) as ida:
        await bind(ida, OWNER, note_cell(cell()))

        async def meanwhile(_: web.Request) -> web.StreamResponse:
            async with ida.ledger.transaction("withdrawn") as rows:
                await ida.poster.unbind(rows, OWNER)
            return refuses(DoubleSpend())

        ida.broker.bent["POST", POST] = meanwhile
        assert await post(ida) == ()
        assert not await ids(ida, Shelf.POSTING)
        assert len(ida.broker.asked) == 1


async def test_a_stale_envelope_is_sealed_anew_and_not_sent_in_vain(tmp_path: Path) -> None:
    """A note that its receiver could not open any more is not posted; its sender is told."""
    async with sending(tmp_path) as ida:
        small, _ = blob(ida, CellClass.S)
        await bind(ida, OWNER, note_cell(cell()), small, today=Day(TODAY - 2))
        await bind(ida, OTHER, note_cell(cell()), today=Day(TODAY - 1))
        assert await ida.poster.stale(TODAY) == {OWNER}
        (refusal,) = await post(ida)
        assert isinstance(refusal, Expired)
        assert dict(refusal.facts) == {"day": TODAY - 2}
        assert len(there(ida)) == 1
        assert await ida.poster.waiting(OWNER) == 2


async def test_a_blob_whose_file_is_gone_is_told(tmp_path: Path) -> None:
    """A file that somebody removed stops its own envelope and no other."""
    async with sending(tmp_path) as ida:
        small, _ = blob(ida, CellClass.S)
        await bind(ida, OWNER, note_cell(cell()), small)
        ida.cells.delete(small.file)
        (refusal,) = await post(ida)
        assert isinstance(refusal, StoreDamaged)
        assert await ida.poster.waiting(OWNER) == 1


async def test_a_damaged_posting_is_never_taken_for_sent(tmp_path: Path) -> None:
    """When a row cannot be read, nobody is told that an envelope has left whole."""
    async with sending(tmp_path) as ida:
        note = note_cell(cell())
        await bind(ida, OWNER, note)
        async with ida.ledger.transaction("damage") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ? AND id = ?",
                "posting",
                bytes(note.cell_hash),
            )
        with pytest.raises(StoreDamaged):
            await ida.poster.waiting(OWNER)
        assert await tick(ida) == ()
        assert await post(ida) == ()


# ── after a restore ──────────────────────────────────────────────────────────────────────────
async def test_what_may_have_left_is_destroyed_and_never_called_sent(tmp_path: Path) -> None:
    """A restored client posts nothing from before; its envelopes wait to be sealed anew."""
    async with sending(tmp_path) as ida:
        small, _ = blob(ida, CellClass.S)
        await bind(ida, OWNER, note_cell(cell()), small)
        await queue(ida, cell())
        await ida.poster.prepare(TODAY, Dummies())
        await queue(ida, cell(), owner=OTHER)
        assert await ida.poster.discard_all() == 5
        assert await ida.poster.discarded() == {OWNER}
        assert await ida.poster.waiting(OWNER) == 1
        assert await ida.poster.queued() == frozenset()
        assert await ids(ida, Shelf.OWED) == [OTHER, OWED]
        assert await post(ida) == ()
        assert not there(ida)
        await bind(ida, OWNER, note_cell(cell()))
        assert await ida.poster.discarded() == frozenset()
        assert await post(ida) == ()
        assert await ida.poster.waiting(OWNER) == 0


async def test_a_withdrawn_envelope_is_not_asked_for_again(tmp_path: Path) -> None:
    """What was taken back after a restore needs no sealing anew."""
    async with sending(tmp_path) as ida:
        await bind(ida, OWNER, note_cell(cell()))
        await ida.poster.discard_all()
        async with ida.ledger.transaction("withdrawn") as rows:
            await ida.poster.unbind(rows, OWNER)
        assert await ida.poster.discarded() == frozenset()


async def test_police_write_their_own_boards(tmp_path: Path) -> None:
    """A district's tick goes to the police board and the reply board."""
    async with machine(tmp_path) as ida:
        for name in ("pp-note", "pr-note"):
            await fill(ida.ledger, type(CC_NOTE).parse(name), 1)
        poster = Poster(ida.ledger, Wallet(ida.ledger), ida.cells, Role.POLICE, dict)
        assert await poster.tick(ida.transport, TODAY, Dummies()) == ()
        assert [len(there(ida, board)) for board in Board] == [0, 1, 1]


async def test_an_acknowledged_cell_is_watched(tmp_path: Path) -> None:
    """From the acknowledgement on, the cell must appear on its board."""
    async with posting(tmp_path) as ida:
        await tick(ida)
        async with ida.ledger.reading() as rows:
            watched = {row: Posted.decode(value) for row, value in await rows.rows(Shelf.POSTED)}
        expected = {hash_of(there(ida)[0]): CENTRE, hash_of(there(ida, POLICE)[0]): POLICE}
        assert {CellHash(row): one.board for row, one in watched.items()} == expected


async def test_staff_need_not_be_there(tmp_path: Path) -> None:
    """Ticks go on, and answers settle, while the staff lock is closed."""
    async with posting(tmp_path) as ida:
        await queue(ida, cell())
        ida.ledger.lock()
        assert await tick(ida) == ()
        assert not await ids(ida, Shelf.OWED)


async def test_a_posting_names_neither_kind_nor_addressee(tmp_path: Path) -> None:
    """What lies under the machine lock says what leaves, and not what it says or to whom."""
    async with store(tmp_path) as ledger, ledger.transaction("look") as rows:
        assert await rows.ids(Shelf.POSTING) == []
    assert set(Posting.__slots__) == {
        "board",
        "cls",
        "owner",
        "order",
        "lane",
        "day",
        "token",
        "note",
        "file",
        "envelope",
    }
