"""Reading again holds nothing up, loses nothing unsaid, and goes back so far and no farther.

A key of today did not open when the boards were read, and opens again; the broker hinders, hides
or has let go what is read again, or the clock is wrong.
"""

from pathlib import Path

import pytest
from aiohttp import web

from client import untried
from client.alarms import Alarm, Alarms
from client.boards import BATCHES_AT_ONCE, EXPIRY_DAYS
from client.keyring import Keyring
from client.reader import Report
from client.shelf import Shelf
from keys.address import Board, CellClass, Role
from keys.calendar import DAY_SECONDS, Day
from keys.epoch import EpochSecret
from keys.errors import BatchMismatch, NotHere
from tests.crooked import answer
from tests.machines import TODAY, Machine, cell, hash_of, roster, spoiling
from tests.notes import IDA
from tests.test_late_keys import DAY, arrived, missed, note_to, reading
from tests.test_reader import BOARD, notes, shelf, sync

SLOW = roster(slot=DAY_SECONDS // 2)
"""Two batches a day."""
PATH = f"/v1/boards/{BOARD.value}/batches"


async def slowly(ida: Machine, today: Day) -> Report:
    """Read every board, of which each has two batches a day."""
    return await ida.reader.sync(ida.transport, SLOW, Role.CENTRE, today)


async def many(ida: Machine, count: int) -> None:
    """Have batches come while today's key does not open, and be read without it."""
    async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
        for _ in range(count):
            ida.broker.close(BOARD, *notes(cell()))
        while not (await sync(ida)).whole:
            pass


async def alarms(ida: Machine) -> dict[str, int]:
    """Return which alarms stand, but that a row was damaged."""
    found = await Alarms(ida.ledger).all()
    return {word: count for word, count in found.items() if word != Alarm.ROWS_DAMAGED}


async def is_tried(ida: Machine) -> bool:
    """Return whether the board counts as read with today's key."""
    (key,) = [one.key_id for one in await ida.keyring.outer(TODAY) if one.day == TODAY]
    async with ida.ledger.reading() as rows:
        return key in (await untried.tried(rows, BOARD) or ())


def numbers(ida: Machine, since: int) -> list[int]:
    """Return which batches of the board were read since then."""
    read = [one for one in ida.broker.targets()[since:] if one.startswith(PATH)]
    return [int(one.split("/")[-2]) for one in read if one.endswith("/leaves")]


async def gone(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def not_here(_: web.Request) -> web.StreamResponse:
    """Say that it is not here."""
    raise NotHere


async def test_all_boards_are_read_on_first_and_then_one_page_again(tmp_path: Path) -> None:
    """However much is to be read again: what is new is here, and its reading counts as whole."""
    last = next(one for one in reversed(Board) if one is not BOARD)
    async with reading(tmp_path) as ida:
        await many(ida, 2 * BATCHES_AT_ONCE + 5)
        new = await note_to(ida)
        ida.broker.close(BOARD, *notes(new))
        ida.broker.close(last, *notes(cell()))
        since = len(ida.broker.targets())
        assert await sync(ida) == Report(notes=1, again=1)
        assert len(numbers(ida, since)) == 1 + BATCHES_AT_ONCE
        asked = ida.broker.targets()[since:]
        assert asked.index(f"{PATH}/1/leaves") > asked.index(
            f"/v1/boards/{last.value}/batches/1/leaves"
        )


@pytest.mark.parametrize("how", [gone, not_here])
async def test_what_hinders_reading_again_hinders_nothing_else(
    tmp_path: Path, how: web.RequestHandler
) -> None:
    """A broker that goes away or contradicts itself there makes nothing else old."""
    async with reading(tmp_path) as ida:
        note = await missed(ida)
        ida.broker.bent["GET", f"{PATH}/1/leaves"] = how
        report = await sync(ida)
        assert (report.whole, report.refusals, report.again) == (True, (), 1)
        assert await alarms(ida) == ({} if how is gone else {BatchMismatch.code: 1})
        assert not await is_tried(ida)
        ida.broker.bent.clear()
        assert await sync(ida) == Report(notes=1, blobs=1)
        assert await arrived(ida) == {hash_of(note)}


@pytest.mark.parametrize("least", [0, 1])
async def test_a_board_that_ends_before_it_ended_is_told(tmp_path: Path, least: int) -> None:
    """Nothing comes, or a shorter board than was read: an alarm, and the key has read nothing."""
    async with reading(tmp_path) as ida:
        await missed(ida)

        async def short(request: web.Request) -> web.StreamResponse:
            after = int(request.query["after"])
            newest = len(ida.broker.boards[BOARD])
            # Who asks how long it is hears the truth, or not even that.
            if after >= newest or (least and request.query["most"] == "1"):
                return await ida.broker.honest(request)
            return answer(["batches", 1, []])

        ida.broker.bent["GET", PATH] = short
        assert await sync(ida) == Report(again=1)
        assert await alarms(ida) == {BatchMismatch.code: 1}
        assert not await is_tried(ida)


async def test_notes_that_are_hidden_the_second_time_are_asked_for_again(tmp_path: Path) -> None:
    """A broker that says «not here» of what cannot have expired is told, and wins nothing."""
    async with reading(tmp_path) as ida:
        note = await missed(ida)
        ida.broker.bent["GET", f"{PATH}/1/cells/note"] = not_here
        for _ in range(3):
            assert await sync(ida) == Report(hidden=1, again=1)
            assert not await is_tried(ida)
            assert await alarms(ida) == {Alarm.NOTES_HIDDEN: 1}
        ida.broker.bent.clear()
        assert await sync(ida) == Report(notes=1, blobs=1)
        assert await arrived(ida) == {hash_of(note)}
        assert await is_tried(ida)


async def test_only_from_the_first_batch_that_was_hidden_it_is_read_once_more(
    tmp_path: Path,
) -> None:
    """What was given counts."""
    async with reading(tmp_path) as ida:
        await many(ida, 10)
        for number in (6, 8):
            ida.broker.bent["GET", f"{PATH}/{number}/cells/note"] = not_here
        assert await sync(ida) == Report(hidden=2, again=1)
        since = len(ida.broker.targets())
        assert await sync(ida) == Report(hidden=2, again=1)
        assert numbers(ida, since) == [6, 7, 8, 9, 10]


async def test_notes_that_may_have_expired_are_lost_and_counted(tmp_path: Path) -> None:
    """Twelve days after its batch, and not before; what cannot come any more is not asked for."""
    async with reading(tmp_path) as ida:
        async with spoiling(ida.ledger, Shelf.OUTER_KEY, DAY):
            for _ in range(2 * EXPIRY_DAYS[0] + 1):
                ida.broker.close(BOARD, *notes(cell()))
            while not (await slowly(ida, Day(TODAY + 1))).whole:
                pass
        ida.broker.bent["GET", f"{PATH}/1/cells/note"] = not_here
        later = Day(TODAY + EXPIRY_DAYS[0])
        assert await slowly(ida, later) == Report(lost=1, again=1)
        assert await slowly(ida, later) == Report()
        assert await alarms(ida) == {Alarm.NOTES_LOST: 1}
        assert await is_tried(ida)


async def test_a_record_that_is_hidden_the_second_time_is_told(tmp_path: Path) -> None:
    """As it is the first time."""
    async with reading(tmp_path) as ida:
        note = await missed(ida)
        ida.broker.bent["GET", f"{PATH}/1/cells/{CellClass.S.value}"] = not_here
        assert await sync(ida) == Report(notes=1, hidden=1)
        assert await alarms(ida) == {Alarm.BLOBS_HIDDEN: 1}
        assert await arrived(ida) == {hash_of(note)}
        assert not await shelf(ida, Shelf.BLOB)


async def test_keys_made_while_a_reading_begins_are_no_reason_to_go_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever staff unlock: the broker never sees by it that a board is read again."""
    async with reading(tmp_path) as ida:
        ida.broker.close(BOARD, *notes(cell()))
        await sync(ida)
        # A day later a key is lacking; it is made at each place at which the reading lets go.
        real, later, made = Keyring.outer, Day(TODAY + 1), list[bool]()

        async def unlocks(self: Keyring, today: Day) -> tuple[EpochSecret, ...]:
            found = await real(self, today)
            if not made:
                made.append(True)
                assert await Keyring(ida.ledger).refill(IDA.secret, later)
            return found

        monkeypatch.setattr(Keyring, "outer", unlocks)
        since = len(ida.broker.asked)
        for _ in range(3):
            await sync(ida, later)
        assert made
        assert len(ida.broker.asked) == since + 3 * len(Board)


async def test_a_clock_that_is_ahead_goes_back_no_farther_than_cells_are_kept(
    tmp_path: Path,
) -> None:
    """Sixteen days, and not all the days that the clock makes of it."""
    async with reading(tmp_path) as ida:
        await many(ida, 50)
        since = len(ida.broker.targets())
        await slowly(ida, Day(TODAY + 400))
        assert numbers(ida, since)[0] == 50 - 2 * EXPIRY_DAYS[1] + 1
