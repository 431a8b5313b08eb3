"""What was made before the slot stands in for what is taken off it: in the slot is only posted."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from client.lanes import Lane
from client.posting import NOBODY, Posting, note_cell
from client.postman import Postman
from client.shelf import Shelf
from client.spares import Spares
from client.transport import Transport
from client.wallet import Wallet
from keys.address import Board, CellClass, TokenClass
from keys.calendar import Day
from keys.errors import BrokerBusy, OutOfTokens, Refusal
from tests.crooked import refuses
from tests.machines import CC_NOTE, TODAY, WEEK, Machine, cell, fill, machine
from tests.test_riding import (
    ALL,
    BEGIN,
    CENTRE,
    NOTES,
    OTHER,
    OWNER,
    Dummies,
    blob,
    files,
    line_up,
    riding,
    there,
)

CC_S: Final = TokenClass.parse("cc-s")
BOTH: Final = (CC_NOTE, CC_S)


async def bound(ida: Machine) -> dict[Lane, Posting]:
    """Return what is bound to the slot of each lane."""
    async with ida.ledger.reading() as rows:
        found = [Posting.decode(value) for _, value in await rows.rows(Shelf.POSTING)]
    return {Lane(one.board, one.cls): one for one in found if one.lane}


async def left_over(ida: Machine) -> list[int]:
    """Return how many tokens of the centre board are left, of notes and blobs."""
    return [await Wallet(ida.ledger).stock(one, WEEK) for one in BOTH]


async def take_back(ida: Machine, owner: bytes = OWNER) -> None:
    """Take an envelope back."""
    async with ida.ledger.transaction("withdrawn") as rows:
        await ida.poster.unbind(rows, owner)


async def hurry(ida: Machine, owner: bytes = OWNER) -> None:
    """Make an envelope urgent."""
    async with ida.ledger.transaction("in haste") as rows:
        await ida.poster.hasten(rows, CENTRE, owner, TODAY)


@asynccontextmanager
async def prepared(path: Path) -> AsyncGenerator[tuple[Machine, Dummies, list[bytes]], None]:
    """Run Ida's machine with a note and a blob, of two envelopes, bound to the next slot."""
    async with riding(path) as ida:
        dummies, note, (small, body) = Dummies(ida), cell(), blob(ida)
        ida.held |= dict.fromkeys(BOTH, 0)
        await line_up(ida, OWNER, note_cell(note))
        await line_up(ida, OTHER, small)
        assert await ida.poster.prepare(TODAY, dummies, ALL) == ()
        assert dummies.made == list(ALL)
        yield ida, dummies, [note, body]


async def slot(ida: Machine, dummies: Dummies) -> None:
    """Let the slot be, in which nothing is made; one cell leaves on every lane."""
    before = [len(there(ida, board)) for board in (CENTRE, Board.POLICE)]
    assert await ida.poster.tick(ida.transport, TODAY, dummies, ALL) == ()
    after = [len(there(ida, board)) for board in (CENTRE, Board.POLICE)]
    assert [late - early for early, late in zip(before, after, strict=True)] == [2, 2]
    assert len(dummies.made) == len(ALL)


async def test_taken_back_its_dummy_leaves_under_its_token(tmp_path: Path) -> None:
    """Nobody has seen it; taking back costs none, and in the slot nothing is made."""
    async with prepared(tmp_path) as (ida, dummies, real):
        before, stock = await bound(ida), await left_over(ida)
        kept = set(files(ida)) - {ida.cells.path(one) for one in dummies.files}
        await take_back(ida)
        await take_back(ida, OTHER)
        after = await bound(ida)
        assert {lane: one.token for lane, one in after.items()} == {
            lane: one.token for lane, one in before.items()
        }
        assert {one.owner for one in after.values()} == {NOBODY}
        await slot(ida, dummies)
        assert not {*real} & {*there(ida)}
        assert await left_over(ida) == stock == [7, 7]
        assert set(files(ida)) == kept  # it is the envelope's own to remove


async def test_made_urgent_its_dummy_has_another_token(tmp_path: Path) -> None:
    """It leaves beside the lane under its own; the slot is full already."""
    async with prepared(tmp_path) as (ida, dummies, real):
        before = await bound(ida)
        await hurry(ida)
        await hurry(ida, OTHER)
        assert await left_over(ida) == [6, 6]
        after = await bound(ida)
        assert not {one.token for one in before.values() if one.owner != NOBODY} & {
            one.token for one in after.values()
        }
        assert await ida.poster.post_bound(ida.transport, TODAY) == ()
        assert there(ida) == real
        await slot(ida, dummies)
        assert await left_over(ida) == [6, 6]
        assert len(files(ida)) == 1


@pytest.mark.parametrize("change", ["taken back", "in haste"])
async def test_a_step_that_is_undone_changes_nothing(tmp_path: Path, change: str) -> None:
    """What was real leaves in its slot, and its dummy is spare until then."""
    async with prepared(tmp_path) as (ida, dummies, real):
        before = await bound(ida)
        with suppress(BrokerBusy):
            async with ida.ledger.transaction("undone") as rows:
                if change == "taken back":
                    await ida.poster.unbind(rows, OTHER)
                else:
                    await ida.poster.hasten(rows, CENTRE, OTHER, TODAY)
                raise BrokerBusy(seconds=1)
        assert await bound(ida) == before
        assert len(files(ida)) == 3
        await slot(ida, dummies)
        assert there(ida) == real
        assert len(files(ida)) == 1


async def busy(ida: Machine) -> tuple[Refusal, ...]:
    """Let a slot be in which the broker takes no blob."""

    async def refused(_request: web.Request) -> web.StreamResponse:
        return refuses(BrokerBusy(seconds=1))

    ida.broker.bent["POST", BEGIN] = refused
    refusals = await ida.poster.tick(ida.transport, TODAY, Dummies(ida), ALL)
    del ida.broker.bent["POST", BEGIN]
    return refusals


@pytest.mark.parametrize("again", [False, True])
async def test_a_token_that_may_have_been_seen_is_lost(tmp_path: Path, *, again: bool) -> None:
    """After a try in its slot, and in a run of the program that does not know of one."""
    lane = Lane(CENTRE, CellClass.S)
    async with prepared(tmp_path) as (ida, dummies, [_, body]):
        if not again:
            (refusal,) = await busy(ida)
            assert isinstance(refusal, BrokerBusy)
        else:
            ida.spares = Spares()
        token = (await bound(ida))[lane].token
        dummies.made.clear()
        assert await ida.poster.prepare(TODAY, dummies, ALL) == ()
        stock = await left_over(ida)
        await take_back(ida, OTHER)
        stands = (await bound(ida))[lane]
        assert (stands.owner, stands.token == token) == (NOBODY, False)
        assert await left_over(ida) == [stock[0], stock[1] - 1]
        await slot(ida, dummies)
        assert body not in there(ida)


async def test_without_another_token_the_slot_stays_as_it_was(tmp_path: Path) -> None:
    """Where nobody knows whether its own was seen; the dummy is used when tokens have come."""
    async with prepared(tmp_path) as (ida, dummies, [_, body]):
        await busy(ida)
        dummies.made.clear()
        assert await ida.poster.prepare(TODAY, dummies, ALL) == ()
        async with ida.ledger.transaction("spent") as rows:
            for _ in range(7):
                await Wallet(ida.ledger).take(rows, CC_S, TODAY)
        await take_back(ida, OTHER)
        assert Lane(CENTRE, CellClass.S) not in await bound(ida)
        await fill(ida.ledger, CC_S, 1)
        await slot(ida, dummies)
        assert body not in there(ida)
        assert len(files(ida)) == 1


async def test_a_slot_without_a_token_leaves_no_file(tmp_path: Path) -> None:
    """Its dummy is spare until the slot is over, and then it is removed."""
    async with machine(tmp_path) as ida:
        due, dummies = (Lane(CENTRE, CellClass.S),), Dummies(ida)
        for number in (1, 2):
            (refusal,) = await ida.poster.prepare(TODAY, dummies, due)
            assert isinstance(refusal, OutOfTokens)
            assert files(ida) == [ida.cells.path(dummies.files[-1])]
            assert len(dummies.files) == number
        (refusal,) = await ida.poster.tick(ida.transport, TODAY, dummies, due)
        assert isinstance(refusal, OutOfTokens)
        assert (files(ida), len(dummies.files)) == ([], 2)


async def test_taken_back_when_it_is_about_to_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the look at what is bound, before its first byte: its dummy leaves all the same."""
    true = Postman.post

    async def post(
        self: Postman, transport: Transport, row: bytes, posting: Posting, *more: Day
    ) -> bool:
        if posting.owner != NOBODY:
            await take_back(ida, posting.owner)
        return await true(self, transport, row, posting, *more)

    async with prepared(tmp_path) as (ida, dummies, real):
        monkeypatch.setattr(Postman, "post", post)
        await slot(ida, dummies)
        assert not {*real} & {*there(ida)}
        assert await left_over(ida) == [7, 7]


async def test_what_is_on_its_way_has_no_dummy_in_its_place(tmp_path: Path) -> None:
    """It goes all the way, and no token of the next slot is taken for it."""
    async with prepared(tmp_path) as (ida, dummies, real):

        async def taken_back(request: web.Request) -> web.StreamResponse:
            await take_back(ida, OTHER)
            return await ida.broker.honest(request)

        ida.broker.bent["POST", BEGIN] = taken_back
        await slot(ida, dummies)
        assert there(ida) == real
        assert await bound(ida) == {}
        assert await left_over(ida) == [7, 7]
        assert len(files(ida)) == 1


async def test_what_was_too_old_for_its_slot_is_taken_back_beside_it(tmp_path: Path) -> None:
    """A dummy has its slot already: there is no second."""
    async with riding(tmp_path) as ida:
        await line_up(ida, OWNER, note_cell(cell()), today=Day(TODAY - 1))
        assert await ida.poster.prepare(Day(TODAY - 1), Dummies(ida), NOTES) == ()
        dummies, later = Dummies(ida), Day(TODAY + 1)
        for _ in range(2):
            assert await ida.poster.prepare(later, dummies, NOTES) == ()
        stock = await left_over(ida)
        await take_back(ida)
        assert await left_over(ida) == stock
        assert await ida.poster.tick(ida.transport, later, dummies, NOTES) == ()
        assert (len(there(ida)), await bound(ida), len(dummies.made)) == (1, {}, 4)
