"""Reading as oneself: everything to each member that proves it, and one answer to all the rest."""

from hashlib import sha256
from pathlib import Path

import pytest

from keys.address import CLASS_CODE, Board, CellClass, CellHash
from keys.checkpoint import Frontier, follow, leaf_record, origin_of, parse_and_verify
from keys.errors import (
    NotHere,
    Refusal,
    WrongShape,
    http_status,
)
from keys.signednote import public_of
from keys.wire import Fields, unpack
from tests.brokers import (
    CC_S,
    CHECKPOINT_SEED,
    CP_NOTE,
    Answer,
    World,
    cell,
    running,
    token,
)
from tests.rosters import INSTANCE, NOW

CELLS = "/v1/boards/centre/batches/1/cells/note"
LEAVES = "/v1/boards/centre/batches/1/leaves"
BATCHES = "/v1/boards/centre/batches?after=0&most=100"
CENTRE = Board.CENTRE


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)


async def with_notes(world: World, count: int = 3) -> bytes:
    """Post notes, close the slot, and return the batch's file as it must be."""
    cells = [cell() for _ in range(count)]
    for body in cells:
        assert (await world.post(CENTRE, CellClass.NOTE, body, token())).status == 201
    await world.broker.close_slot()
    return b"".join(sorted(cells, key=lambda one: sha256(one).digest()))


# ── Batches ──────────────────────────────────────────────────────────────────────────────────
async def test_a_batch_is_what_its_checkpoint_signs(tmp_path: Path) -> None:
    """Files, leaf list, tree and signature agree, as every reader checks."""
    async with running(tmp_path) as world:
        tree, small = Frontier(), cell(CellClass.S)
        for number in (1, 2):
            assert (await world.post(CENTRE, CellClass.S, small, token(CC_S))).status == 201
            notes = await with_notes(world)
            target = f"/v1/boards/centre/batches?after={number - 1}&most=1"
            fields = Fields((await world.read("vest", target)).value, "batches")
            (packed,) = fields.items("batches", most=1)
            batch = Fields(packed, "batch")
            assert batch.number("number") == number
            assert batch.items("files", most=5) == [
                [CLASS_CODE[CellClass.NOTE], 3, sha256(notes).digest()],
                [CLASS_CODE[CellClass.S], 1, sha256(small).digest()],
            ]
            leaves = (await world.read("ost", f"/v1/boards/centre/batches/{number}/leaves")).body
            assert leaf_record(CellClass.S, CellHash(sha256(small).digest())) in leaves
            assert batch.octets("leaves", size=32) == sha256(leaves).digest()
            frontier = Frontier.decode(batch.octets("frontier"))
            text = batch.text("checkpoint", most=1_000)
            batch.end()
            origin = origin_of(INSTANCE, CENTRE)
            signed = parse_and_verify(text, public_of(CHECKPOINT_SEED), origin)
            tree = follow(tree, leaves, signed)
            assert tree == frontier
            small = cell(CellClass.S)


async def test_batches_come_in_pages(tmp_path: Path) -> None:
    """A reader that was away asks on from where it was, as much at a time as it likes."""
    async with running(tmp_path) as world:
        for _ in range(3):
            await with_notes(world, 1)
        for query, count in (("", 3), ("?after=1", 2), ("?most=2", 2), ("?most=1&after=2", 1)):
            answer = await world.read("sor", f"/v1/boards/centre/batches{query}")
            assert len(Fields(answer.value, "batches").items("batches", most=9)) == count
        answer = await world.read("sor", "/v1/boards/centre/batches?after=3")
        assert unpack(answer.body) == ["batches", 1, []]


QUERIES = [
    "most=0",
    "most=101",
    "after=-1",
    "after=01",
    "after=1&after=2",
    "page=1",
    "after",
    "a=&",
]


@pytest.mark.parametrize("query", QUERIES)
async def test_a_query_of_another_form_is_refused(tmp_path: Path, query: str) -> None:
    """A question that could be understood in two ways is not answered."""
    async with running(tmp_path) as world:
        for path in ("/v1/boards/centre/batches", "/v1/keys"):
            refused(await world.read("sor", f"{path}?{query}"), WrongShape)


# ── Ranges ───────────────────────────────────────────────────────────────────────────────────
RANGES = [
    pytest.param("bytes=0-", 0, 24_576, id="all"),
    pytest.param("bytes=8192-", 8_192, 24_576, id="from"),
    pytest.param("bytes=5-5", 5, 6, id="one-byte"),
    pytest.param("bytes=24575-99999999", 24_575, 24_576, id="to-beyond-the-end"),
]


@pytest.mark.parametrize(("asked", "first", "end"), RANGES)
async def test_a_range_is_the_part_of_the_file(
    tmp_path: Path, asked: str, first: int, end: int
) -> None:
    """A reader whose line broke fetches only what it lacks."""
    async with running(tmp_path) as world:
        file = await with_notes(world)
        answer = await world.read("sor", CELLS, Range=asked)
        assert (answer.status, answer.body) == (206, file[first:end])
        assert answer.headers["Content-Range"] == f"bytes {first}-{end - 1}/24576"


WRONG_RANGES = [
    "bytes=24576-",
    "bytes=9-8",
    "bytes=-5",
    "bytes=0-1,3-4",
    "bytes=a-",
    "items=0-",
    "",
]


@pytest.mark.parametrize("asked", WRONG_RANGES)
async def test_a_range_of_another_form_is_refused(tmp_path: Path, asked: str) -> None:
    """One kind of range is understood, and one that begins beyond the file is none."""
    async with running(tmp_path) as world:
        await with_notes(world)
        refused(await world.read("sor", CELLS, Range=asked), WrongShape)


# ── One answer to all that is not here ───────────────────────────────────────────────────────
NOT_HERE = [
    pytest.param("sor", "/v1/boards/centre/batches/2/cells/note", id="missing-batch"),
    pytest.param("sor", "/v1/boards/centre/batches/1/cells/s", id="missing-class"),
    pytest.param("sor", "/v1/boards/centre/batches/1/cells/huge", id="no-such-class"),
    pytest.param("sor", "/v1/boards/nord/batches/1/cells/note", id="no-such-board"),
    pytest.param("sor", "/v1/boards/centre/batches/01/cells/note", id="leading-zero"),
    pytest.param("ost", CELLS, id="denied-by-role"),
    pytest.param("ost", "/v1/boards/centre/batches/2/cells/note", id="denied-and-missing"),
    pytest.param("sor", "/v1/boards/police/batches/1/cells/note", id="denied-police-board"),
    pytest.param("sor", "/v1/boards/centre/batches/2/leaves", id="missing-leaves"),
    pytest.param("sor", "/v1/nothing", id="no-such-path"),
    pytest.param("sor", "/", id="root"),
]


@pytest.mark.parametrize(("name", "target"), NOT_HERE)
async def test_missing_and_denied_look_the_same(tmp_path: Path, name: str, target: str) -> None:
    """Nobody learns by asking whether something is there that is not for them."""
    async with running(tmp_path) as world:
        assert (
            await world.post(Board.POLICE, CellClass.NOTE, cell(), token(CP_NOTE))
        ).status == 201
        await with_notes(world)
        model = await world.read("sor", "/v1/boards/centre/batches/9/cells/note")
        answer = await world.read(name, target)
        refused(answer, NotHere)
        assert answer.body == model.body
        assert list(answer.headers) == list(model.headers)
        same = {key: value for key, value in model.headers.items() if key != "Date"}
        assert {key: value for key, value in answer.headers.items() if key != "Date"} == same


async def test_what_has_expired_looks_as_if_it_had_never_been(tmp_path: Path) -> None:
    """When its days are over a batch's cells are gone, and only their hashes remain."""
    async with running(tmp_path) as world:
        await with_notes(world)
        missing = await world.read("sor", "/v1/boards/centre/batches/9/cells/note")
        world.clock.set(NOW + 17 * 86_400)
        await world.broker.close_slot()
        expired = await world.read("sor", CELLS)
        assert (expired.status, expired.body) == (missing.status, missing.body)
        assert list(expired.headers) == list(missing.headers)
        assert len((await world.read("sor", LEAVES)).body) == 3 * 33
