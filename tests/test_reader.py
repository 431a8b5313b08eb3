"""Reading the boards: everything of a batch or nothing, whatever broker and members do."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from client import claims, posted
from client.alarms import Alarm, Alarms, sound
from client.boards import EXPIRY_DAYS, Cursor
from client.history import History
from client.posted import GRACE, STILL, Posted
from client.posting import NOBODY, Posting
from client.reader import Reader, Report, history_row
from client.shelf import Shelf
from keys.address import Board, CellClass, CellHash, Role
from keys.calendar import Day
from keys.epoch import BATCH_DAYS, key_id
from keys.errors import (
    BatchMismatch,
    BrokerBusy,
    BrokerGone,
    CheckpointForked,
    DiskFull,
    NotHere,
    Refusal,
    StoreDamaged,
)
from keys.hpke import seal
from keys.note import OUTER_BYTES, outer_info
from tests.crooked import Cell, Crooked, answer, refuses
from tests.faults import little_room
from tests.machines import TODAY, Machine, cell, hash_of, machine, roster, token
from tests.notes import EVA, IDA, INQUIRY_NOTE, Note

BOARD = Board.CENTRE
ROSTER = roster()
OURS = INQUIRY_NOTE.sealed
"""A note from Eva to Ida."""
THEIRS = replace(INQUIRY_NOTE, sender=IDA, named=EVA, reader=EVA).sealed
SMALL, OTHER_SMALL, MEDIUM = cell(CellClass.S), cell(CellClass.S), cell(CellClass.M)


def naming(*blobs: bytes) -> bytes:
    """Return a note to Ida that names those blobs."""
    return Note(blobs=tuple(hash_of(blob) for blob in blobs)).sealed


def notes(*found: bytes) -> list[Cell]:
    """Return notes as cells."""
    return [(CellClass.NOTE, note) for note in found]


async def sync(ida: Machine, today: Day = TODAY, role: Role = Role.CENTRE) -> Report:
    """Read every board."""
    return await ida.reader.sync(ida.transport, ROSTER, role, today)


@asynccontextmanager
async def reading(path: Path) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine, which has keys and has read the boards once."""
    async with machine(path) as ida:
        await ida.keys()
        assert (await sync(ida)).whole
        yield ida


async def shelf(ida: Machine, name: Shelf) -> dict[bytes, bytes]:
    """Return the rows of a shelf."""
    async with ida.ledger.reading() as rows:
        return dict(await rows.rows(name))


async def cursor(ida: Machine, board: Board = BOARD) -> Cursor:
    """Return how far a board was read."""
    return Cursor.decode((await shelf(ida, Shelf.CURSOR))[board.value.encode()])


async def acknowledged(ida: Machine, body: bytes, board: Board = BOARD) -> None:
    """Have a cell of Ida's acknowledged by the broker."""
    async with ida.ledger.transaction("acknowledged") as rows:
        await rows.put(Shelf.POSTED, hash_of(body), Posted(board).encode())


def on_its_way(note: bytes) -> Posting:
    """Return a dummy that is bound to a token and not acknowledged."""
    return Posting(
        board=BOARD,
        cls=CellClass.NOTE,
        owner=NOBODY,
        order=0,
        lane=True,
        day=TODAY,
        token=token(),
        note=note,
    )


# ── what arrives ─────────────────────────────────────────────────────────────────────────────
async def test_a_note_for_us_waits_for_staff_and_others_are_let_go(tmp_path: Path) -> None:
    """Of all notes, those that open are kept sealed; of the rest nothing stays."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(OURS, THEIRS, cell()))
        report = await sync(ida)
        assert report == Report(notes=1)
        assert set(await shelf(ida, Shelf.ARRIVED)) == {hash_of(OURS)}
        assert await sync(ida) == Report()


async def test_a_note_arrives_while_staff_are_away(tmp_path: Path) -> None:
    """A closed staff lock keeps no note from being stored."""
    async with reading(tmp_path) as ida:
        ida.ledger.lock()
        ida.broker.close(BOARD, *notes(OURS))
        assert (await sync(ida)).notes == 1


async def test_a_named_blob_is_kept_and_every_other_is_let_go(tmp_path: Path) -> None:
    """All blobs are read, as by everybody; only those that an own note names are written."""
    async with reading(tmp_path) as ida:
        cells = [(CellClass.S, SMALL), (CellClass.S, OTHER_SMALL), (CellClass.M, MEDIUM)]
        ida.broker.close(BOARD, *notes(naming(SMALL, MEDIUM)), *cells)
        done: list[int] = []
        report = await ida.reader.sync(
            ida.transport, ROSTER, Role.CENTRE, TODAY, progress=done.append
        )
        assert (report.notes, report.blobs) == (1, 2)
        assert sum(done) == 2 * len(SMALL) + len(MEDIUM)
        kept = await shelf(ida, Shelf.BLOB)
        assert set(kept) == {hash_of(SMALL), hash_of(MEDIUM)}
        assert ida.cells.path(kept[hash_of(SMALL)].decode()).read_bytes() == SMALL
        assert ida.cells.path(kept[hash_of(MEDIUM)].decode()).read_bytes() == MEDIUM
        assert len(list((tmp_path / "cells").iterdir())) == 2


async def test_a_blob_may_come_later_than_its_note(tmp_path: Path) -> None:
    """A large attachment that is posted hours after its note is still found."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(SMALL)))
        assert (await sync(ida)).blobs == 0
        ida.broker.close(BOARD, *notes(cell()))
        ida.broker.close(BOARD, (CellClass.S, SMALL))
        assert (await sync(ida)).blobs == 1
        async with ida.ledger.reading() as rows:
            assert not await claims.wanted(rows)


async def test_a_note_is_read_days_later_with_the_key_of_its_day(tmp_path: Path) -> None:
    """After a long weekend the notes of every day still open."""
    async with reading(tmp_path) as ida:
        await ida.keys(*(Day(TODAY + n) for n in range(6)))
        batches = [
            replace(INQUIRY_NOTE, day=Day(TODAY + n), named_day=Day(TODAY + n)) for n in range(5)
        ]
        for note in batches:
            ida.broker.close(BOARD, *notes(note.sealed))
        assert (await sync(ida, Day(TODAY + 5))).notes == 5


async def test_own_dummies_are_counted_and_not_kept(tmp_path: Path) -> None:
    """What one sealed to oneself comes back and opens: sealing and reading work."""
    dummy = replace(INQUIRY_NOTE, sender=IDA).sealed
    bound = replace(INQUIRY_NOTE, sender=IDA).sealed
    async with reading(tmp_path) as ida:
        await acknowledged(ida, dummy)
        posting = on_its_way(bound)
        async with ida.ledger.transaction("bound") as rows:
            await rows.put(Shelf.POSTING, hash_of(bound), posting.encode())
        ida.broker.close(BOARD, *notes(dummy, bound, OURS))
        assert await sync(ida) == Report(notes=1, own=2)
        assert set(await shelf(ida, Shelf.ARRIVED)) == {hash_of(OURS)}
        assert not await shelf(ida, Shelf.POSTED)
        assert not await shelf(ida, Shelf.POSTING)


async def test_police_read_their_board_and_no_cell_of_another(tmp_path: Path) -> None:
    """Whose board it is decides what is fetched; leaf lists are fetched of all."""
    async with reading(tmp_path) as ida:
        for board in Board:
            ida.broker.close(board, *notes(cell()))
        ida.broker.asked.clear()
        assert (await sync(ida, role=Role.POLICE)).whole
        fetched = [target for target in ida.broker.targets() if "/cells/" in target]
        assert fetched == ["/v1/boards/police/batches/1/cells/note"]
        assert sum(target.endswith("/leaves") for target in ida.broker.targets()) == 3


# ── where one begins ─────────────────────────────────────────────────────────────────────────
async def test_a_new_member_begins_a_day_behind(tmp_path: Path) -> None:
    """Whoever writes as soon as our keys stand on the board is heard; what is older is not read."""
    async with machine(tmp_path) as ida:
        await ida.keys()
        for _ in range(30):
            ida.broker.close(BOARD, *notes(cell()))
        ida.broker.close(BOARD, *notes(OURS))
        report = await sync(ida)
        assert (report.notes, report.whole) == (1, True)
        fetched = [target for target in ida.broker.targets() if target.endswith("/cells/note")]
        assert len(fetched) == 24
        assert (await cursor(ida)).number == 31


async def test_a_new_broker_is_read_from_everything_that_can_be_there(tmp_path: Path) -> None:
    """After the broker was restored, what nobody had read yet is not passed over."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))
        await acknowledged(ida, cell())
        assert (await sync(ida)).whole
        restored = Crooked(instance="restored.folge")
        for _ in range(EXPIRY_DAYS[1] * 2 + 5):
            restored.close(BOARD, *notes(cell()))
        restored.close(BOARD, *notes(OURS))
        ida.broker.boards, ida.broker.instance = restored.boards, restored.instance
        new = roster("restored.folge", slot=43_200)
        report = await ida.reader.sync(ida.transport, new, Role.CENTRE, TODAY)
        assert (report.notes, report.missing, report.whole) == (1, 0, True)
        assert (await cursor(ida)).instance == "restored.folge"
        assert not await shelf(ida, Shelf.POSTED)
        fetched = [target for target in ida.broker.targets() if target.endswith("/cells/note")]
        assert len(fetched) == EXPIRY_DAYS[1] * 2 + 1


async def test_a_damaged_memory_of_a_board_is_made_anew(tmp_path: Path) -> None:
    """A bad spot on the disk does not end reading: one goes back as far as cells live."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(OURS))
        assert (await sync(ida)).notes == 1
        # The row of another shelf in this one's place does not open here.
        async with ida.ledger.transaction("damage") as rows:
            await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
                "UPDATE rows SET sealed = x'00' WHERE shelf = ? AND id = ?", "cursor", b"centre"
            )
        ida.broker.close(BOARD, *notes(cell()))
        report = await sync(ida)
        assert report.whole
        assert report.notes == 1
        assert ida.ledger.damaged == 1
        assert (await Alarms(ida.ledger).all())[Alarm.ROWS_DAMAGED] == 1


# ── a broker that lies, or fails ─────────────────────────────────────────────────────────────
async def test_one_bad_board_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    """A lie about one board is told and remembered; the others are read to their end."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))
        good = ida.broker.close(Board.REPLY, *notes(OURS_REPLY))
        ida.broker.boards[BOARD][0].leaves = good.leaves
        report = await sync(ida)
        assert report.notes == 1
        assert report.behind == 1
        assert [type(one) for one in report.refusals] == [BatchMismatch]
        assert dict(await Alarms(ida.ledger).all()) == {"batch_mismatch": 1}


OURS_REPLY = replace(INQUIRY_NOTE, board=Board.REPLY, channel=Board.REPLY).sealed


async def test_a_rewritten_past_is_told_as_a_fork(tmp_path: Path) -> None:
    """A broker that shows this member another history than before is named, once and for all."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))
        assert (await sync(ida)).whole
        before = await cursor(ida)
        ida.broker.boards[BOARD] = []
        for _ in range(2):
            ida.broker.close(BOARD, *notes(cell()))
        report = await sync(ida)
        assert [type(one) for one in report.refusals] == [CheckpointForked]
        assert await cursor(ida) == before
        assert "checkpoint_forked" in await Alarms(ida.ledger).all()


async def test_a_count_is_not_lost_with_a_later_refusal(tmp_path: Path) -> None:
    """A dropped cell stays an alarm although the network breaks a moment later."""
    async with reading(tmp_path) as ida:
        await acknowledged(ida, cell())
        assert (await sync(ida)).whole
        for _ in range(GRACE):
            ida.broker.close(BOARD, *notes(cell()))

        async def cut(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.abort()
            raise ConnectionResetError

        ida.broker.bent["GET", "/v1/boards/police/batches"] = cut
        report = await sync(ida)
        assert report.missing == 1
        assert report.behind == 2
        assert [type(one) for one in report.refusals] == [BrokerGone]
        assert (await Alarms(ida.ledger).all())[Alarm.CELL_MISSING] == 1


async def test_a_busy_broker_is_asked_for_the_other_boards(tmp_path: Path) -> None:
    """What passes by itself is told without an alarm."""
    async with reading(tmp_path) as ida:

        async def busy(_: web.Request) -> web.StreamResponse:
            return refuses(BrokerBusy(seconds=5))

        ida.broker.bent["GET", "/v1/boards/centre/batches"] = busy
        ida.broker.close(Board.REPLY, *notes(OURS_REPLY))
        report = await sync(ida)
        assert (report.notes, report.behind) == (1, 1)
        assert not await Alarms(ida.ledger).all()


@pytest.mark.parametrize(
    "path", ["batches/1/leaves", "batches/1/cells/note"], ids=["leaf list", "notes"]
)
async def test_an_answer_too_long_is_a_lie(tmp_path: Path, path: str) -> None:
    """More bytes than the tree names are not read on."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))

        async def long(_: web.Request) -> web.StreamResponse:
            return web.Response(body=bytes(4 << 20))

        ida.broker.bent["GET", f"/v1/boards/centre/{path}"] = long
        report = await sync(ida)
        assert [type(one) for one in report.refusals] == [BatchMismatch]


async def test_a_leaf_list_that_is_not_there_is_a_lie(tmp_path: Path) -> None:
    """Leaf lists do not expire, so a broker without one hides something."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))

        async def gone(_: web.Request) -> web.StreamResponse:
            raise NotHere

        ida.broker.bent["GET", "/v1/boards/centre/batches/1/leaves"] = gone
        report = await sync(ida)
        assert [type(one) for one in report.refusals] == [BatchMismatch]


# ── notes and blobs that are not there ───────────────────────────────────────────────────────
async def hide(ida: Machine, number: int, cls: CellClass) -> None:
    """Have the broker say that a batch's file is not here."""

    async def gone(_: web.Request) -> web.StreamResponse:
        raise NotHere

    ida.broker.bent["GET", f"/v1/boards/centre/batches/{number}/cells/{cls}"] = gone


async def test_notes_that_cannot_have_expired_are_hidden_and_told(tmp_path: Path) -> None:
    """A broker that withholds young notes is never passed over in silence, and blocks nothing."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(OURS))
        ida.broker.close(BOARD, *notes(naming(SMALL)))
        await hide(ida, 1, CellClass.NOTE)
        report = await sync(ida, Day(TODAY + EXPIRY_DAYS[0] - 1))
        assert (report.hidden, report.lost, report.notes) == (1, 0, 1)
        assert report.whole
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.NOTES_HIDDEN: 1}


async def test_notes_that_expired_while_one_was_away_are_lost_and_told(tmp_path: Path) -> None:
    """After too long an absence what is gone is counted, for somebody may have to call."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(OURS))
        await hide(ida, 1, CellClass.NOTE)
        report = await sync(ida, Day(TODAY + EXPIRY_DAYS[0]))
        assert (report.hidden, report.lost) == (0, 1)
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.NOTES_LOST: 1}


async def test_what_was_gone_before_one_joined_is_nobodys_loss(tmp_path: Path) -> None:
    """A new member is not alarmed about batches from before its time."""
    async with machine(tmp_path) as ida:
        await ida.keys()
        ida.broker.close(BOARD, *notes(cell()))
        await hide(ida, 1, CellClass.NOTE)
        assert await sync(ida) == Report()


async def test_a_wanted_blob_that_is_withheld_is_told(tmp_path: Path) -> None:
    """A young blob that the broker says is not here is an alarm, and stays wanted."""
    async with reading(tmp_path) as ida:
        cells = [(CellClass.S, SMALL), (CellClass.S, OTHER_SMALL)]
        ida.broker.close(BOARD, *notes(naming(SMALL)), *cells)
        await hide(ida, 1, CellClass.S)
        report = await sync(ida)
        assert (report.notes, report.blobs, report.hidden) == (1, 0, 1)
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.BLOBS_HIDDEN: 1}
        async with ida.ledger.reading() as rows:
            assert await claims.wanted(rows) == {hash_of(SMALL)}


async def test_an_unwanted_blob_that_is_not_there_is_no_alarm(tmp_path: Path) -> None:
    """What nobody here waits for may expire without a word."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, (CellClass.S, SMALL))
        await hide(ida, 1, CellClass.S)
        assert await sync(ida) == Report()


async def test_a_swapped_blob_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    """Bytes that are not those of the tree are thrown away, and so is all of the batch."""
    async with reading(tmp_path) as ida:
        cells = [(CellClass.S, SMALL), (CellClass.M, MEDIUM)]
        made = ida.broker.close(BOARD, *notes(naming(SMALL, MEDIUM)), *cells)
        made.files[CellClass.M] = cell(CellClass.M)
        report = await sync(ida)
        assert [type(one) for one in report.refusals] == [BatchMismatch]
        assert not await shelf(ida, Shelf.ARRIVED)
        assert not list((tmp_path / "cells").iterdir())
        made.files[CellClass.M] = MEDIUM
        report = await sync(ida)
        assert (report.notes, report.blobs) == (1, 2)


async def test_a_file_that_is_no_part_is_a_lie(tmp_path: Path) -> None:
    """A broker that answers a question that was not asked is not believed."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(SMALL)), (CellClass.S, SMALL))

        async def all_of_it(_: web.Request) -> web.StreamResponse:
            return web.Response(body=SMALL)

        ida.broker.bent["GET", "/v1/boards/centre/batches/1/cells/s"] = all_of_it
        report = await sync(ida)
        assert [type(one) for one in report.refusals] == [BatchMismatch]


async def test_a_full_disk_loses_no_note(tmp_path: Path) -> None:
    """Without room for a blob the batch is read again later, all of it."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(MEDIUM)), (CellClass.M, MEDIUM))
        with little_room(1 << 20):
            report = await sync(ida)
        assert [type(one) for one in report.refusals] == [DiskFull]
        assert not list((tmp_path / "cells").iterdir())
        assert (await cursor(ida)).number == 0
        report = await sync(ida)
        assert (report.notes, report.blobs) == (1, 1)


async def test_a_batch_that_cannot_be_stored_leaves_no_file(tmp_path: Path) -> None:
    """When the ledger itself has no room, the blob it would have named goes again."""
    async with reading(tmp_path) as ida:
        many = [naming(SMALL), *(replace(INQUIRY_NOTE).sealed for _ in range(40))]
        ida.broker.close(BOARD, *notes(*many), (CellClass.S, SMALL))
        with little_room(100_000):
            report = await sync(ida)
        assert [type(one) for one in report.refusals] == [DiskFull]
        assert not list((tmp_path / "cells").iterdir())
        assert not await shelf(ida, Shelf.ARRIVED)
        assert (await sync(ida)).notes == 41


async def test_a_file_that_cannot_be_removed_takes_no_other_with_it(tmp_path: Path) -> None:
    """Removing a dummy's file fails when the batch is on disk: the case that came in it stays."""
    async with reading(tmp_path) as ida:
        mine = cell(CellClass.S)
        dummy = replace(on_its_way(b""), cls=CellClass.S, file="dummy")
        async with ida.ledger.transaction("posting") as rows:
            await rows.put(Shelf.POSTING, hash_of(mine), dummy.encode())
        (ida.cells.path("dummy") / "in the way").mkdir(parents=True)
        ida.broker.close(BOARD, *notes(naming(SMALL)), (CellClass.S, SMALL), (CellClass.S, mine))
        report = await sync(ida)
        assert [type(one) for one in report.refusals] == [StoreDamaged]
        (name,) = (await shelf(ida, Shelf.BLOB)).values()
        assert ida.cells.path(name.decode()).read_bytes() == SMALL
        assert (await sync(ida)).whole


# ── hostile members ──────────────────────────────────────────────────────────────────────────
def misshapen() -> bytes:
    """Return a note that opens for Ida and holds nothing that is in its form."""
    info = outer_info(BOARD, TODAY, IDA.member_id, key_id(IDA.outer.public))
    return seal(IDA.outer.public, info, b"\xff" * OUTER_BYTES)


async def test_a_misshapen_note_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    """Somebody who seals nonsense to us costs us one count, and nobody else anything."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(misshapen(), OURS))
        assert await sync(ida) == Report(notes=1, dropped=1)
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.NOTES_DROPPED: 1}


async def test_a_note_that_names_anothers_blob_cannot_destroy_it(tmp_path: Path) -> None:
    """When a hostile note is thrown out, the honest package keeps the blob both name."""
    honest, hostile = naming(SMALL), naming(SMALL, OTHER_SMALL)
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(honest, hostile), (CellClass.S, SMALL))
        assert (await sync(ida)).blobs == 1
        async with ida.ledger.transaction("refused") as rows:
            assert await claims.drop(rows, hash_of(hostile)) == ()
            assert await claims.wanted(rows) == frozenset()
            await claims.pass_on(rows, hash_of(honest), b"p" * 16)
        name = (await shelf(ida, Shelf.BLOB))[hash_of(SMALL)].decode()
        async with ida.ledger.transaction("destroyed") as rows:
            assert await claims.drop(rows, b"p" * 16) == (name,)
        assert not await shelf(ida, Shelf.BLOB)
        assert not await shelf(ida, Shelf.WANTED)


async def test_a_blob_that_is_given_up_on_its_way_is_not_kept(tmp_path: Path) -> None:
    """When the last claim is dropped while the bytes come, nothing of them stays behind."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(SMALL)))
        await sync(ida)
        ida.broker.close(BOARD, (CellClass.S, SMALL))

        async def meanwhile(request: web.Request) -> web.StreamResponse:
            async with ida.ledger.transaction("refused") as rows:
                (note,) = await rows.ids(Shelf.ARRIVED)
                await rows.delete(Shelf.ARRIVED, note)
                assert await claims.drop(rows, note) == ()
            return await ida.broker.honest(request)

        ida.broker.bent["GET", "/v1/boards/centre/batches/2/cells/s"] = meanwhile
        assert (await sync(ida)).whole
        assert not await shelf(ida, Shelf.BLOB)
        assert not list((tmp_path / "cells").iterdir())


# ── own cells ────────────────────────────────────────────────────────────────────────────────
async def test_a_cell_that_stands_on_its_board_is_ticked_off(tmp_path: Path) -> None:
    """Every acknowledged cell, real or not, is looked for, also on a board one may not read."""
    mine, secret = cell(), cell()
    async with reading(tmp_path) as ida:
        await acknowledged(ida, mine)
        await acknowledged(ida, secret, Board.POLICE)
        ida.broker.close(BOARD, *notes(mine))
        ida.broker.close(Board.POLICE, *notes(secret))
        assert await sync(ida) == Report()
        assert not await shelf(ida, Shelf.POSTED)


async def test_a_dropped_cell_is_missed_within_two_batches(tmp_path: Path) -> None:
    """A broker that says «kept» and drops it is caught, and told of once."""
    async with reading(tmp_path) as ida:
        await acknowledged(ida, cell())
        assert await sync(ida) == Report()
        for number in range(1, GRACE + 2):
            ida.broker.close(BOARD, *notes(cell()))
            assert (await sync(ida)).missing == (1 if number == GRACE else 0)
        assert not await shelf(ida, Shelf.POSTED)
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.CELL_MISSING: 1}


async def test_a_cell_whose_acknowledgement_was_lost_is_not_missed(tmp_path: Path) -> None:
    """Seen on the board is as good as acknowledged, and it is not posted or missed after that."""
    mine = cell()
    posting = on_its_way(mine)
    async with reading(tmp_path) as ida:
        async with ida.ledger.transaction("bound") as rows:
            await rows.put(Shelf.POSTING, hash_of(mine), posting.encode())
        ida.broker.close(Board.REPLY, *notes(mine))
        await sync(ida)
        assert await shelf(ida, Shelf.POSTING)
        ida.broker.close(BOARD, *notes(mine))
        await sync(ida)
        assert not await shelf(ida, Shelf.POSTING)
        async with ida.ledger.transaction("acknowledged too late") as rows:
            await posted.settle(rows, hash_of(mine), posting, seen=False)
        assert not await shelf(ida, Shelf.POSTED)


async def test_a_board_that_stands_still_is_told(tmp_path: Path) -> None:
    """A broker that takes cells and never shows a new batch is noticed within the hour."""
    async with reading(tmp_path) as ida:
        await acknowledged(ida, cell())
        for number in range(STILL + 3):
            report = await sync(ida)
            assert report.stalled == (1 if number == STILL else 0)
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.BOARD_STALLED: 1}


# ── what one has seen ────────────────────────────────────────────────────────────────────────
async def test_what_was_seen_is_remembered_and_told_on(tmp_path: Path) -> None:
    """A member repeats where the boards it reads stand, and remembers each step of them."""
    async with reading(tmp_path) as ida:
        for _ in range(3):
            ida.broker.close(BOARD, *notes(cell()))
        await sync(ida)
        (centre, reply) = await ida.reader.seen(Role.CENTRE)
        assert (centre.board, centre.size) == (BOARD, 3)
        assert (reply.board, reply.size) == (Board.REPLY, 0)
        history = History.decode((await shelf(ida, Shelf.CURSOR))[history_row(BOARD)])
        assert [size for size, _ in history.seen] == [0, 1, 2, 3]
        assert history.check(centre)


async def test_who_has_read_nothing_tells_nothing(tmp_path: Path) -> None:
    """Before the first reading there is nothing to repeat."""
    async with machine(tmp_path) as ida:
        assert await ida.reader.seen(Role.CENTRE) == ()


# ── a long absence, and forgetting ───────────────────────────────────────────────────────────
async def test_a_broker_with_ever_more_batches_is_left_until_the_next_tick(
    tmp_path: Path,
) -> None:
    """A reading has an end, and says that it did not reach the board's."""
    async with reading(tmp_path) as ida:
        for _ in range(50):
            ida.broker.close(BOARD, *notes(cell()))
        report = await sync(ida, role=Role.POLICE)
        assert (report.behind, report.refusals) == (1, ())
        assert (await cursor(ida)).number == 40
        assert (await sync(ida, role=Role.POLICE)).whole


async def test_what_nobody_can_open_any_more_is_destroyed(tmp_path: Path) -> None:
    """A layer that waited for staff beyond its key goes with its blobs, and is counted."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(SMALL), OURS), (CellClass.S, SMALL))
        await sync(ida)
        assert await ida.reader.forget(Day(TODAY + BATCH_DAYS)) == 0
        assert len(await shelf(ida, Shelf.ARRIVED)) == 2
        assert await ida.reader.forget(Day(TODAY + BATCH_DAYS + 1)) == 2
        for gone in (Shelf.ARRIVED, Shelf.BLOB, Shelf.WANTED):
            assert not await shelf(ida, gone)
        assert not list((tmp_path / "cells").iterdir())
        assert dict(await Alarms(ida.ledger).all()) == {Alarm.UNOPENED_LOST: 2}


async def test_a_blob_that_never_came_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    """A note may name what nobody ever posts; a month later nobody looks for it."""
    long_after = Day(TODAY + EXPIRY_DAYS[1] + BATCH_DAYS + 1)
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(SMALL, OTHER_SMALL)), (CellClass.S, SMALL))
        await sync(ida)
        async with ida.ledger.transaction("opened") as rows:
            (note,) = await rows.ids(Shelf.ARRIVED)
            await rows.delete(Shelf.ARRIVED, note)
            await claims.pass_on(rows, note, b"p" * 16)
        await ida.reader.forget(Day(long_after - 1))
        assert len(await shelf(ida, Shelf.WANTED)) == 2
        await ida.reader.forget(long_after)
        assert set(await shelf(ida, Shelf.WANTED)) == {hash_of(SMALL) + b"p" * 16}
        assert set(await shelf(ida, Shelf.BLOB)) == {hash_of(SMALL)}


# ── alarms ───────────────────────────────────────────────────────────────────────────────────
async def test_an_alarm_rings_until_somebody_has_seen_it(tmp_path: Path) -> None:
    """Counts add up, what comes every tick counts once, and all stop when they are seen."""
    async with machine(tmp_path) as ida:
        alarms = Alarms(ida.ledger)
        await alarms.raised([BrokerGone(), NotHere()])
        assert not await alarms.all()
        for _ in range(2):
            await alarms.raised([CheckpointForked(), BatchMismatch()])
            async with ida.ledger.transaction("missed") as rows:
                await sound(rows, Alarm.CELL_MISSING, 2)
                await sound(rows, Alarm.NOTES_LOST, 0)
        found = {"checkpoint_forked": 1, "batch_mismatch": 1, "cell_missing": 4}
        assert dict(await alarms.all()) == found
        await alarms.seen(["checkpoint_forked", "cell_missing", "never"])
        assert dict(await alarms.all()) == {"batch_mismatch": 1}


async def test_a_cancelled_reading_can_be_done_again(tmp_path: Path) -> None:
    """A service that is stopped in the middle of a batch reads it whole the next time."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(naming(SMALL)), (CellClass.S, SMALL))
        there, never = asyncio.Event(), asyncio.Event()

        async def slow(_: web.Request) -> web.StreamResponse:
            there.set()
            await never.wait()
            return answer(None)

        ida.broker.bent["GET", "/v1/boards/centre/batches/1/cells/s"] = slow
        task = asyncio.create_task(sync(ida))
        await there.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        never.set()
        ida.broker.bent.clear()
        assert not await shelf(ida, Shelf.ARRIVED)
        report = await sync(ida)
        assert (report.notes, report.blobs) == (1, 1)


def test_reports_add_up() -> None:
    """What two boards brought is told together."""
    met: tuple[Refusal, ...] = (BrokerGone(),)
    one = Report(1, 2, 3, 4, 5, 6, 7, 8, 0, 9)
    assert one.whole
    two = one.plus(replace(one, behind=1, refusals=met))
    assert two == Report(2, 4, 6, 8, 10, 12, 14, 16, 1, 18, met)
    assert not two.whole
    assert Reader.__doc__
    assert CellHash(b"") == b""
