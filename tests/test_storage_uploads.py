"""What every store of the broker promises of cells that come in pieces."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from broker.storage import Kept, Store, UploadId
from keys.address import CELL_BYTES, CellClass
from keys.errors import DoubleSpend, NotHere, Refusal, WrongOffset, WrongSize
from tests.cells import (
    LATER,
    body_of,
    cell,
    cells_of,
    hash_of,
    upload,
)
from tests.stores import CENTRE, HALF, KINDS, NOTE, POLICE, M, S, count, open_store


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Store, None]:
    """Each kind of store in turn, empty."""
    opened = await open_store(str(request.param), tmp_path)
    yield opened
    await opened.close()


# ── In pieces ────────────────────────────────────────────────────────────────────────────────
async def send(store: Store, upload_id: UploadId, body: bytes, size: int) -> None:
    """Send a body in pieces of `size`."""
    for at in range(0, len(body), size):
        sent = await store.append(upload_id, at, body[at : at + size])
        assert sent.offset == min(at + size, len(body))


@pytest.mark.parametrize(("cls", "size"), [(S, 9_999), (M, 1 << 20), (NOTE, 8_192)])
async def test_a_cell_in_pieces_is_a_cell_like_any_other(
    store: Store, cls: CellClass, size: int
) -> None:
    """How a cell came cannot be seen from its batch."""
    body = body_of(cls)
    begun = await store.begin_upload(upload(cls=cls))
    await send(store, begun.upload_id, body, size)
    assert await store.finish(begun.upload_id) == Kept(hash_of(body))
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {cls: body}


async def test_a_token_finds_its_upload_again(store: Store) -> None:
    """A client that lost the answer begins again and goes on where it was."""
    new = upload()
    begun = await store.begin_upload(new)
    await store.append(begun.upload_id, 0, body_of(S)[:HALF])
    again = await store.begin_upload(new)
    assert again == replace(begun, offset=HALF)
    assert again == await store.upload(begun.upload_id)


async def test_two_uploads_never_have_one_name(store: Store) -> None:
    """Names are random: knowing one upload is knowing no other."""
    names = {(await store.begin_upload(upload())).upload_id for _ in range(20)}
    assert {len(name) for name in names} == {43}
    assert len(names) == 20


@pytest.mark.parametrize("closed", [False, True], ids=["while it waits", "when it is in a batch"])
async def test_a_finished_upload_says_that_it_is_kept(store: Store, *, closed: bool) -> None:
    """The last answer can be had again, also when the batch has closed meanwhile."""
    new, body = upload(), body_of(S)
    begun = await store.begin_upload(new)
    await store.append(begun.upload_id, 0, body)
    kept = await store.finish(begun.upload_id)
    if closed:
        await store.close_batch(CENTRE, LATER)
    assert await store.finish(begun.upload_id) == kept
    assert (await store.upload(begun.upload_id)).kept == kept
    assert (await store.begin_upload(new)).kept == kept
    assert await store.append(begun.upload_id, len(body), b"") == await store.begin_upload(new)
    assert (await store.close_batch(CENTRE, LATER) is None) is closed


@pytest.mark.parametrize("offset", [0, HALF - 1, HALF + 1, CELL_BYTES[S]])
async def test_a_piece_that_does_not_continue_is_refused(store: Store, offset: int) -> None:
    """There are no holes and no overwriting; the refusal says where to go on."""
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, bytes(HALF))
    with pytest.raises(WrongOffset) as refused:
        await store.append(begun.upload_id, offset, b"x")
    assert refused.value.facts == {"offset": HALF}


async def test_a_piece_beyond_the_class_is_refused_whole(store: Store) -> None:
    """A body longer than its class is refused at once and leaves nothing behind."""
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, bytes(HALF))
    with pytest.raises(WrongSize):
        await store.append(begun.upload_id, HALF, bytes(CELL_BYTES[S] - HALF + 1))
    assert (await store.upload(begun.upload_id)).offset == HALF


async def test_an_upload_is_not_finished_before_it_is_whole(store: Store) -> None:
    """Half a cell never reaches a board."""
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, bytes(HALF))
    with pytest.raises(WrongOffset) as refused:
        await store.finish(begun.upload_id)
    assert refused.value.facts == {"offset": HALF}
    assert await count(store) == 0


async def test_two_connections_do_not_write_the_same_place(store: Store) -> None:
    """Of two that send the same piece at the same moment, one is kept and one is told where."""
    begun = await store.begin_upload(upload())
    pieces = [b"a" * HALF, b"b" * HALF]
    sent = [store.append(begun.upload_id, 0, piece) for piece in pieces]
    answers = await asyncio.gather(*sent, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Upload", "WrongOffset"]
    winner = pieces[[isinstance(answer, Refusal) for answer in answers].index(False)]
    await store.append(begun.upload_id, HALF, bytes(HALF))
    assert await store.finish(begun.upload_id) == Kept(hash_of(winner + bytes(HALF)))


@pytest.mark.parametrize("asked", ["upload", "append", "finish"])
async def test_an_upload_nobody_began_is_not_here(store: Store, asked: str) -> None:
    """A guessed name tells nothing."""
    name = UploadId("A" * 43)
    with pytest.raises(NotHere):
        await {
            "upload": lambda: store.upload(name),
            "append": lambda: store.append(name, 0, b"x"),
            "finish": lambda: store.finish(name),
        }[asked]()


@pytest.mark.parametrize(
    "other", [{"board": POLICE}, {"cls": M}], ids=["another board", "another class"]
)
async def test_an_uploads_token_is_for_that_upload_alone(
    store: Store, other: dict[str, object]
) -> None:
    """A token spent on an upload pays for no other upload and for no whole cell."""
    new = upload()
    await store.begin_upload(new)
    with pytest.raises(DoubleSpend):
        await store.begin_upload(replace(new, **other))
    with pytest.raises(DoubleSpend):
        await store.admit(cell(cls=S, spent_key=new.spent_key))


async def test_a_cells_token_begins_no_upload(store: Store) -> None:
    """Nor the other way round."""
    new = cell(cls=S)
    await store.admit(new)
    with pytest.raises(DoubleSpend):
        await store.begin_upload(upload(spent_key=new.spent_key))


async def test_an_upload_of_a_cell_that_waits_already_is_one_cell(store: Store) -> None:
    """The same bytes by two ways stand once in the batch."""
    whole = cell(cls=S)
    await store.admit(whole)
    begun = await store.begin_upload(upload())
    await store.append(begun.upload_id, 0, whole.body)
    assert await store.finish(begun.upload_id) == Kept(whole.cell_hash)
    assert await count(store) == 1
    batch = await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {S: whole.body}
