"""Large cells in pieces: cut, resumed, doubled and slow, and still one whole cell or none."""

import asyncio
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from keys.address import CELL_BYTES, Board, CellClass
from keys.calendar import start_of
from keys.errors import (
    DoubleSpend,
    NotHere,
    Refusal,
    WrongOffset,
    WrongShape,
    WrongSize,
    WrongTokenClass,
    http_status,
)
from keys.wire import unpack
from tests.brokers import CC_M, CC_NOTE, CC_S, TODAY, Answer, World, cell, running, token

SIZE = CELL_BYTES[CellClass.M]
BEGIN = "/v1/boards/centre/uploads/m"


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)


async def begun(world: World, by: str, cls: CellClass = CellClass.M) -> str:
    """Begin an upload and return its path."""
    target = f"/v1/boards/centre/uploads/{cls}"
    answer = await world.ask("POST", target, None, **{"Folge-Token": by})
    assert (answer.status, answer.body) == (201, b""), answer
    return answer.headers["Location"]


async def offset(world: World, where: str) -> int:
    """Return how far an upload is."""
    answer = await world.ask("HEAD", where)
    assert (answer.status, answer.body) == (204, b""), answer
    return int(answer.headers["Upload-Offset"])


async def piece(world: World, where: str, at: int, data: bytes) -> Answer:
    """Send one piece."""
    return await world.ask("PATCH", where, data, **{"Upload-Offset": str(at)})


async def cut(world: World, target: str, head: str, size: int, data: bytes) -> None:
    """Begin a body of `size` bytes, send only `data` of it, and let the connection die."""
    host, port = world.broker.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{target} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n{head}\r\n".encode())
    writer.write(data)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def on_disk(path: Path, least: int) -> None:
    """Wait until the one upload in `path` has at least that many bytes on disk."""
    staged = path / "broker" / "store" / "staged"
    async with asyncio.timeout(10):
        while sum(file.stat().st_size for file in staged.iterdir()) < least:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_a_cell_in_pieces_is_the_cell(tmp_path: Path) -> None:
    """What comes in pieces of any size is kept as one, and every answer says how far it is."""
    async with running(tmp_path) as world:
        body = cell(CellClass.M)
        where = await begun(world, token(CC_M).to_header())
        assert await offset(world, where) == 0
        edges = [0, 1, 70_000, 2_500_000, SIZE - 1]
        for at, end in pairwise(edges):
            answer = await piece(world, where, at, body[at:end])
            assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(end))
        last = await piece(world, where, SIZE - 1, body[-1:])
        assert (last.status, last.cell_hash) == (201, sha256(body).digest())
        await world.broker.close_slot()
        read = await world.read("sor", "/v1/boards/centre/batches/1/cells/m")
        assert read.body == body


@pytest.mark.parametrize("cls", [CellClass.NOTE, CellClass.S])
async def test_a_small_cell_may_come_in_pieces_too(tmp_path: Path, cls: CellClass) -> None:
    """Every class can be sent in pieces; nothing depends on the size."""
    async with running(tmp_path) as world:
        body = cell(cls)
        by = token(CC_NOTE if cls is CellClass.NOTE else CC_S).to_header()
        where = await begun(world, by, cls)
        assert (await piece(world, where, 0, body)).cell_hash == sha256(body).digest()


async def test_a_piece_that_is_cut_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    """A broken line costs only what was not sent: the rest goes on from there."""
    async with running(tmp_path) as world:
        body = cell(CellClass.M)
        where = await begun(world, token(CC_M).to_header())
        await cut(world, f"PATCH {where}", "Upload-Offset: 0\r\n", SIZE, body[: 3 << 20])
        await on_disk(tmp_path, 2 << 20)
        at = await offset(world, where)
        assert 2 << 20 <= at <= 3 << 20
        answer = await piece(world, where, at, body[at:])
        assert answer.cell_hash == sha256(body).digest()


async def test_a_whole_post_that_is_cut_goes_on_in_pieces(tmp_path: Path) -> None:
    """A large cell sent in one go is not lost either when the line breaks."""
    async with running(tmp_path) as world:
        body, by = cell(CellClass.M), token(CC_M)
        head = f"Folge-Token: {by.to_header()}\r\n"
        post = "POST /v1/boards/centre/cells/m"
        await cut(world, post, head, SIZE, body[: 2 << 20])
        await on_disk(tmp_path, 1 << 20)
        where = await begun(world, by.to_header())
        at = await offset(world, where)
        again = await world.post(Board.CENTRE, CellClass.M, body, by)
        refused(again, WrongOffset)
        value = unpack(again.body)
        assert isinstance(value, list)
        assert value[3] == {"offset": at}
        assert (await piece(world, where, at, body[at:])).status == 201


async def test_an_upload_is_found_again_by_its_token(tmp_path: Path) -> None:
    """A client that lost the answer to its first question asks again and finds its place."""
    async with running(tmp_path) as world:
        by = token(CC_M).to_header()
        first = await begun(world, by)
        assert await begun(world, by) == first
        assert await begun(world, token(CC_M).to_header()) != first


async def test_a_finished_upload_answers_as_it_did(tmp_path: Path) -> None:
    """The last answer can be asked for again, before and after the batch."""
    async with running(tmp_path) as world:
        body, by = cell(CellClass.M), token(CC_M)
        where = await begun(world, by.to_header())
        kept = await piece(world, where, 0, body)
        for _ in range(2):
            again = await piece(world, where, SIZE, b"")
            assert (again.status, again.body) == (201, kept.body)
            assert await offset(world, where) == SIZE
            await world.broker.close_slot()
        refused(await piece(world, where, 0, body), WrongOffset)
        read = await world.read("sor", "/v1/boards/centre/batches/1/cells/m")
        assert read.body == body


BEGINNINGS = [
    pytest.param("/v1/boards/centre/uploads/note", CC_M, WrongTokenClass, id="wrong-class"),
    pytest.param("/v1/boards/police/uploads/m", CC_M, WrongTokenClass, id="wrong-board"),
    pytest.param("/v1/boards/reply/uploads/m", CC_M, WrongTokenClass, id="reply-blob"),
]


@pytest.mark.parametrize(("target", "by", "leaf"), BEGINNINGS)
async def test_an_upload_begins_only_where_its_token_is_for(
    tmp_path: Path, target: str, by: object, leaf: type[Refusal]
) -> None:
    """Coming in pieces opens no door that coming whole does not."""
    assert by is CC_M
    async with running(tmp_path) as world:
        head = {"Folge-Token": token(CC_M).to_header()}
        refused(await world.ask("POST", target, None, **head), leaf)


async def test_a_spent_token_begins_no_upload(tmp_path: Path) -> None:
    """One permission is one cell, whichever way it comes."""
    async with running(tmp_path) as world:
        by = token(CC_S)
        assert (await world.post(Board.CENTRE, CellClass.S, cell(CellClass.S), by)).status == 201
        head = {"Folge-Token": by.to_header()}
        refused(await world.ask("POST", "/v1/boards/centre/uploads/s", None, **head), DoubleSpend)


async def test_a_beginning_has_no_body(tmp_path: Path) -> None:
    """Bytes that come with the first question are refused and not half kept."""
    async with running(tmp_path) as world:
        head = {"Folge-Token": token(CC_M).to_header()}
        refused(await world.ask("POST", BEGIN, b"x", **head), WrongSize)


async def test_an_upload_nobody_began_is_not_here(tmp_path: Path) -> None:
    """A guessed name finds nothing, and looks like one that has expired."""
    async with running(tmp_path) as world:
        where = f"/v1/uploads/{'A' * 43}"
        answer = await world.ask("HEAD", where)
        assert (answer.status, answer.body) == (404, b"")
        refused(await piece(world, where, 0, b"x"), NotHere)


PIECES = [
    pytest.param("5", b"x", WrongOffset, id="beyond"),
    pytest.param("-1", b"x", WrongShape, id="negative"),
    pytest.param("01", b"x", WrongShape, id="leading-zero"),
    pytest.param("", b"x", WrongShape, id="empty"),
    pytest.param("0", bytes(SIZE + 1), WrongSize, id="oversized"),
]


@pytest.mark.parametrize(("at", "data", "leaf"), PIECES)
async def test_a_piece_goes_exactly_where_the_upload_is(
    tmp_path: Path, at: str, data: bytes, leaf: type[Refusal]
) -> None:
    """No piece leaves a hole, overlaps or goes beyond the end."""
    async with running(tmp_path) as world:
        where = await begun(world, token(CC_M).to_header())
        answer = await world.ask("PATCH", where, data, **{"Upload-Offset": at})
        refused(answer, leaf)
        assert await offset(world, where) == 0


async def test_an_unfinished_upload_is_forgotten(tmp_path: Path) -> None:
    """What was never completed leaves the disk when its days are over."""
    async with running(tmp_path) as world:
        where = await begun(world, token(CC_M).to_header())
        assert (await piece(world, where, 0, b"half")).status == 204
        world.clock.set(start_of(TODAY) + 4 * 86_400)
        await world.broker.close_slot()
        assert (await world.ask("HEAD", where)).status == 404


# ── Slow clients ─────────────────────────────────────────────────────────────────────────────
async def test_a_slow_client_holds_up_nobody(tmp_path: Path) -> None:
    """One who sends a cell drop by drop does not keep the others waiting."""
    async with running(tmp_path) as world:
        host, port = world.broker.url.removeprefix("http://").split(":")
        _, slow = await asyncio.open_connection(host, int(port))
        head = f"Folge-Token: {token().to_header()}\r\nContent-Length: 8192\r\n"
        slow.write(f"POST /v1/boards/centre/cells/note HTTP/1.1\r\n{head}\r\nx".encode())
        await slow.drain()
        answers = await asyncio.gather(
            *(world.post(Board.CENTRE, CellClass.NOTE, cell(), token()) for _ in range(20))
        )
        assert {answer.status for answer in answers} == {201}
        slow.close()
        await slow.wait_closed()
