"""The broker over HTTP: posting a cell, and each reason for which it is not taken."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from broker.admission import GRACE_SECONDS
from keys.address import CELL_BYTES, Board, CellClass, TokenClass
from keys.calendar import Week, first_day, start_of
from keys.errors import (
    BadToken,
    DoubleSpend,
    Expired,
    NotHere,
    NotYet,
    Refusal,
    Truncated,
    WrongBoard,
    WrongShape,
    WrongSize,
    WrongTokenClass,
    http_status,
)
from keys.token import Token
from tests.brokers import (
    CC_M,
    CC_NOTE,
    CC_S,
    CP_NOTE,
    PP_NOTE,
    PR_NOTE,
    WEEK,
    Answer,
    DrivenClock,
    World,
    cell,
    register,
    running,
    token,
)

NOTE, SMALL, MEDIUM = CellClass.NOTE, CellClass.S, CellClass.M
POST_NOTE = "/v1/boards/centre/cells/note"


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal: its status, its code and nothing more."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)
    assert len(answer.body) < 64


async def posted(world: World, body: bytes, by: Token, cls: CellClass = NOTE) -> None:
    """Post a cell and show that it was kept."""
    answer = await world.post(Board.CENTRE, cls, body, by)
    assert (answer.status, answer.cell_hash) == (201, sha256(body).digest())


async def on_board(world: World, cls: CellClass = NOTE, number: int = 1) -> bytes:
    """Return a batch's cells as a centre reads them."""
    return (await world.read("sor", f"/v1/boards/centre/batches/{number}/cells/{cls}")).body


# ── What is kept ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("cls", "by"), [(NOTE, CC_NOTE), (SMALL, CC_S), (MEDIUM, CC_M)])
async def test_a_cell_that_was_kept_is_read_back(
    tmp_path: Path, cls: CellClass, by: TokenClass
) -> None:
    """What one centre posts, another reads, byte for byte."""
    async with running(tmp_path) as world:
        body = cell(cls)
        await posted(world, body, token(by), cls)
        await world.broker.close_slot()
        assert await on_board(world, cls) == body


@pytest.mark.parametrize(
    ("board", "by"),
    [
        pytest.param(Board.CENTRE, CC_NOTE, id="cc"),
        pytest.param(Board.POLICE, CP_NOTE, id="cp"),
        pytest.param(Board.POLICE, PP_NOTE, id="pp"),
        pytest.param(Board.REPLY, PR_NOTE, id="pr"),
    ],
)
async def test_each_writer_class_has_its_board(
    tmp_path: Path, board: Board, by: TokenClass
) -> None:
    """Centres write to centres and police, police to police and in reply."""
    async with running(tmp_path) as world:
        assert (await world.post(board, NOTE, cell(), token(by))).status == 201


@pytest.mark.parametrize("cls", [NOTE, SMALL])
async def test_the_same_post_twice_is_one(tmp_path: Path, cls: CellClass) -> None:
    """A client that lost the answer asks again and gets the same one; nothing is doubled."""
    async with running(tmp_path) as world:
        body, by = cell(cls), token(CC_NOTE if cls is NOTE else CC_S)
        await posted(world, body, by, cls)
        await posted(world, body, by, cls)
        await world.broker.close_slot()
        assert await on_board(world, cls) == body
        await posted(world, body, by, cls)
        await world.broker.close_slot()
        refused(await world.read("sor", f"/v1/boards/centre/batches/2/cells/{cls}"), NotHere)


async def test_a_hundred_posts_at_once_are_kept_as_they_were(tmp_path: Path) -> None:
    """Many writers at the same time: no cell gets another's bytes, and none is lost."""
    async with running(tmp_path) as world:
        cells = [cell() for _ in range(100)]
        await asyncio.gather(*(posted(world, body, token()) for body in cells))
        await world.broker.close_slot()
        assert await on_board(world) == b"".join(
            sorted(cells, key=lambda one: sha256(one).digest())
        )


# ── What is refused ──────────────────────────────────────────────────────────────────────────
PLACES = [
    pytest.param("/v1/boards/centre/cells/note", CP_NOTE, NOTE, WrongTokenClass, id="wrong-board"),
    pytest.param("/v1/boards/centre/cells/s", CC_NOTE, SMALL, WrongTokenClass, id="wrong-class"),
    pytest.param("/v1/boards/police/cells/note", PR_NOTE, NOTE, WrongTokenClass, id="wrong-role"),
    pytest.param("/v1/boards/reply/cells/s", PR_NOTE, SMALL, WrongTokenClass, id="reply-blob"),
    pytest.param("/v1/boards/keys/cells/note", CC_NOTE, NOTE, WrongBoard, id="keys-board"),
    pytest.param("/v1/boards/nord/cells/note", CC_NOTE, NOTE, WrongBoard, id="no-such-board"),
    pytest.param("/v1/boards/centre/cells/xxl", CC_NOTE, NOTE, WrongTokenClass, id="no-such-class"),
    pytest.param("/v2/boards/centre/cells/note", CC_NOTE, NOTE, NotHere, id="unknown-version"),
    pytest.param("/v1/boards/centre%2Fcells/note", CC_NOTE, NOTE, NotHere, id="escaped-path"),
]


@pytest.mark.parametrize(("target", "by", "cls", "leaf"), PLACES)
async def test_a_cell_goes_only_where_its_token_is_for(
    tmp_path: Path, target: str, by: TokenClass, cls: CellClass, leaf: type[Refusal]
) -> None:
    """A permission to send to one place opens no other."""
    async with running(tmp_path) as world:
        head = {"Folge-Token": token(by).to_header()}
        refused(await world.ask("POST", target, cell(cls), **head), leaf)


TOKENS: list[tuple[str, Callable[[Token], str], type[Refusal]]] = [
    ("flipped", lambda one: replace(one, authenticator=bytes(256)).to_header(), BadToken),
    ("other-nonce", lambda one: replace(one, nonce=bytes(32)).to_header(), BadToken),
    ("other-key", lambda one: replace(one, key_id=bytes(32)).to_header(), BadToken),  # type: ignore[arg-type]
    ("truncated", lambda one: one.to_header()[:-4], WrongShape),
    ("oversized", lambda one: one.to_header() + "AAAA", WrongShape),
    ("unknown-version", lambda one: "AAM" + one.to_header()[3:], WrongShape),
    ("padded", lambda one: one.to_header() + "=", WrongShape),
    ("empty", lambda _: "", WrongShape),
]


@pytest.mark.parametrize(("change", "leaf"), [pytest.param(*row[1:], id=row[0]) for row in TOKENS])
async def test_a_token_that_is_not_right_is_refused(
    tmp_path: Path, change: Callable[[Token], str], leaf: type[Refusal]
) -> None:
    """A permission that is forged, cut or altered is worth nothing, and its cell is not kept."""
    async with running(tmp_path) as world:
        head = {"Folge-Token": change(token())}
        refused(await world.ask("POST", POST_NOTE, cell(), **head), leaf)
        await world.broker.close_slot()
        refused(await world.read("sor", "/v1/boards/centre/batches/1/cells/note"), NotHere)


async def test_a_post_without_a_token_is_refused(tmp_path: Path) -> None:
    """Nobody posts without a permission."""
    async with running(tmp_path) as world:
        refused(await world.post(Board.CENTRE, NOTE, cell(), None), WrongShape)


async def test_a_token_of_another_instance_is_refused(tmp_path: Path) -> None:
    """After a restore, permissions for the broker that was are worth nothing."""
    async with running(tmp_path) as world:
        by = token(instance="former.folge")
        refused(await world.post(Board.CENTRE, NOTE, cell(), by), BadToken)


async def test_a_token_is_good_for_one_cell(tmp_path: Path) -> None:
    """A second cell on the same permission is refused, and the first one stands."""
    async with running(tmp_path) as world:
        first, by = cell(), token()
        await posted(world, first, by)
        refused(await world.post(Board.CENTRE, NOTE, cell(), by), DoubleSpend)
        await posted(world, first, by)


async def test_two_who_spend_one_token_at_once_get_one_cell(tmp_path: Path) -> None:
    """Of many who use the same permission in the same moment, exactly one succeeds."""
    async with running(tmp_path) as world:
        by = token()
        answers = await asyncio.gather(
            *(world.post(Board.CENTRE, NOTE, cell(), by) for _ in range(8))
        )
        assert [answer.status for answer in answers].count(201) == 1
        assert {answer.leaf for answer in answers} <= {None, DoubleSpend, Truncated}


WEEKS = [
    pytest.param(WEEK, start_of(first_day(WEEK)) - 1, NotYet, id="before-its-week"),
    pytest.param(WEEK, start_of(first_day(Week(WEEK + 1))), None, id="in-the-grace"),
    pytest.param(
        WEEK, start_of(first_day(Week(WEEK + 1))) + GRACE_SECONDS, Expired, id="after-the-grace"
    ),
]


@pytest.mark.parametrize(("week", "now", "leaf"), WEEKS)
async def test_a_token_counts_in_its_week(
    tmp_path: Path, week: Week, now: int, leaf: type[Refusal] | None
) -> None:
    """A permission is good for a week and an hour; the store forgets no sooner."""
    async with running(tmp_path) as world:
        by = token(week=week)
        world.clock.set(now)
        await world.broker.close_slot()
        answer = await world.post(Board.CENTRE, NOTE, cell(), by)
        if leaf is None:
            assert answer.status == 201, answer
        else:
            refused(answer, leaf)


SIZES = [
    pytest.param(NOTE, CELL_BYTES[NOTE] - 1, id="truncated"),
    pytest.param(NOTE, CELL_BYTES[NOTE] + 1, id="oversized"),
    pytest.param(NOTE, 0, id="empty"),
    pytest.param(SMALL, CELL_BYTES[NOTE], id="of-another-class"),
]


@pytest.mark.parametrize(("cls", "size"), SIZES)
async def test_a_body_of_another_size_is_refused(tmp_path: Path, cls: CellClass, size: int) -> None:
    """Sizes tell nothing, because there are only a few of them."""
    async with running(tmp_path) as world:
        by = token(CC_NOTE if cls is NOTE else CC_S)
        refused(await world.post(Board.CENTRE, cls, bytes(size), by), WrongSize)


async def test_posts_go_on_under_a_new_weeks_keys(tmp_path: Path) -> None:
    """When registrars sign the next week's keys, the broker takes its tokens without a restart."""
    clock = DrivenClock()
    weeks = (WEEK, Week(WEEK + 1))
    async with running(tmp_path, clock=clock) as world:
        clock.set(start_of(first_day(weeks[1])))
        refused(await world.post(Board.CENTRE, NOTE, cell(), token(week=weeks[1])), BadToken)
        world.renew(register(weeks=weeks))
        await world.broker.close_slot()
        await posted(world, cell(), token(week=weeks[1]))
