"""What every store of the broker promises to forget, to publish and to count."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from broker.storage import Kept, Publication, Store
from keys.address import CELL_BYTES
from keys.calendar import Day, Instant, Week, start_of
from keys.checkpoint import LEAF_BYTES
from keys.errors import DoubleSpend, Expired, NotHere
from tests.cells import (
    INSTANCE,
    LATER,
    NOW,
    TODAY,
    WEEK,
    body_of,
    cell,
    cells_of,
    hash_of,
    upload,
)
from tests.stores import CENTRE, HALF, KINDS, NOTE, POLICE, REPLY, A, B, S, open_store


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Store, None]:
    """Each kind of store in turn, empty."""
    opened = await open_store(str(request.param), tmp_path)
    yield opened
    await opened.close()


# ── Forgetting ───────────────────────────────────────────────────────────────────────────────
async def test_an_expired_batch_loses_its_cells_and_keeps_its_leaves(store: Store) -> None:
    """On its day the cells are gone from the disk; that they were there can still be checked."""
    await store.admit(cell())
    batch = await store.close_batch(CENTRE, LATER)
    file = await store.batch_file(CENTRE, 1, NOTE)
    await store.expire(Instant(LATER - 1))
    assert file.path.exists()
    await store.expire(LATER)
    assert not file.path.exists()
    with pytest.raises(NotHere):
        await store.batch_file(CENTRE, 1, NOTE)
    assert len(await store.leaves(CENTRE, 1)) == LEAF_BYTES
    assert await store.batches(CENTRE, 0, 10) == (batch,)
    assert (await store.counters(LATER)).bytes == 0


async def test_one_batch_expires_and_the_next_does_not(store: Store) -> None:
    """Each batch has its own day."""
    for expires in (LATER, Instant(LATER + 1)):
        await store.admit(cell())
        await store.close_batch(CENTRE, expires)
    await store.expire(LATER)
    assert (await store.counters(LATER)).batches[CENTRE] == 1
    assert (await store.batch_file(CENTRE, 2, NOTE)).path.exists()


@pytest.mark.parametrize("closed", [False, True], ids=["while it waits", "when it is in a batch"])
async def test_a_forgotten_weeks_tokens_are_refused_for_ever(store: Store, *, closed: bool) -> None:
    """Spent keys go with their week, and the week stays shut also when the clock goes back."""
    new = cell()
    await store.admit(new)
    if closed:
        await store.close_batch(CENTRE, LATER)
    await store.expire(start_of(Day(TODAY + 7)))
    await store.expire(NOW)
    for late in (new, cell()):
        with pytest.raises(Expired):
            await store.admit(late)
    with pytest.raises(Expired):
        await store.begin_upload(upload())
    assert await store.admit(cell(week=Week(WEEK + 1)))


async def test_this_weeks_tokens_are_not_forgotten(store: Store) -> None:
    """Forgetting last week leaves this week's double spends refused."""
    last, this = cell(), cell(week=Week(WEEK + 1))
    await store.admit(last)
    await store.admit(this)
    await store.close_batch(CENTRE, LATER)
    await store.expire(start_of(Day(TODAY + 7)))
    with pytest.raises(DoubleSpend):
        await store.admit(cell(spent_key=this.spent_key, week=this.week))


async def test_an_abandoned_upload_goes_after_its_last_day(store: Store) -> None:
    """What nobody finishes does not stay; its token stays spent."""
    new = upload(last_day=TODAY)
    begun = await store.begin_upload(new)
    await store.append(begun.upload_id, 0, bytes(HALF))
    await store.expire(NOW)
    assert (await store.upload(begun.upload_id)).offset == HALF
    await store.expire(start_of(Day(TODAY + 1)))
    with pytest.raises(NotHere):
        await store.upload(begun.upload_id)
    with pytest.raises(DoubleSpend):
        await store.begin_upload(new)
    assert (await store.counters(NOW)).uploads == 0


@pytest.mark.parametrize("closed", [False, True], ids=["while it waits", "when it is in a batch"])
async def test_a_finished_upload_is_forgotten_and_its_cell_is_not(
    store: Store, *, closed: bool
) -> None:
    """Forgetting how a cell came does not touch the cell."""
    begun = await store.begin_upload(upload(last_day=TODAY))
    body = body_of(S)
    await store.append(begun.upload_id, 0, body)
    await store.finish(begun.upload_id)
    batch = await store.close_batch(CENTRE, LATER) if closed else None
    await store.expire(start_of(Day(TODAY + 1)))
    batch = batch or await store.close_batch(CENTRE, LATER)
    assert batch is not None
    assert await cells_of(store, batch) == {S: body}
    await store.expire(start_of(Day(TODAY + 1)))
    with pytest.raises(NotHere):
        await store.upload(begun.upload_id)


async def test_an_upload_outlives_its_tokens_week(store: Store) -> None:
    """A cell that was begun on Sunday night is finished on Monday morning."""
    new, body = upload(last_day=Day(TODAY + 8)), body_of(S)
    begun = await store.begin_upload(new)
    await store.append(begun.upload_id, 0, body[:HALF])
    await store.expire(start_of(Day(TODAY + 7)))
    again = await store.begin_upload(new)
    assert (again.upload_id, again.offset) == (begun.upload_id, HALF)
    with pytest.raises(DoubleSpend):
        await store.begin_upload(replace(new, board=POLICE))
    await store.append(begun.upload_id, HALF, body[HALF:])
    assert await store.finish(begun.upload_id) == Kept(hash_of(body))


# ── The keys board ───────────────────────────────────────────────────────────────────────────
async def test_published_bytes_come_back_in_order_and_once(store: Store) -> None:
    """Everybody reads the same list; saying a thing twice does not lengthen it."""
    for signed in (b"one", b"two", b"one", b"three"):
        await store.publish(A, Publication.EPOCHS, signed, TODAY)
    await store.publish(B, Publication.EPOCHS, b"one", TODAY)
    shown = await store.published(0, 10)
    assert [entry.signed for entry in shown] == [b"one", b"two", b"three", b"one"]
    assert await store.published(shown[1].cursor, 1) == shown[2:3]
    assert await store.published(shown[-1].cursor, 10) == ()


async def test_the_certificate_published_last_counts(store: Store) -> None:
    """A member's new machine key replaces the old; other members' and other kinds do not."""
    assert await store.latest_certificate(A) is None
    await store.publish(A, Publication.CERT, b"old", TODAY)
    await store.publish(A, Publication.CERT, b"new", TODAY)
    await store.publish(B, Publication.CERT, b"other", TODAY)
    await store.publish(A, Publication.EPOCHS, b"epochs", TODAY)
    assert await store.latest_certificate(A) == b"new"


async def test_published_bytes_go_after_their_last_day(store: Store) -> None:
    """Old keys do not stay; a reader's cursor never comes to mean something else."""
    await store.publish(A, Publication.CERT, b"old", TODAY)
    await store.expire(NOW)
    (old,) = await store.published(0, 10)
    await store.expire(start_of(Day(TODAY + 1)))
    assert await store.published(0, 10) == ()
    assert await store.latest_certificate(A) is None
    await store.publish(A, Publication.CERT, b"new", Day(TODAY + 9))
    (new,) = await store.published(0, 10)
    assert new.cursor > old.cursor


# ── Sums ─────────────────────────────────────────────────────────────────────────────────────
async def test_monitoring_sees_sums_and_what_is_overdue(store: Store) -> None:
    """A batch that outlives its day shows, before anybody misses the room it takes."""
    empty = await store.counters(NOW)
    assert (empty.bytes, empty.overdue, empty.uploads, empty.damaged) == (0, 0, 0, 0)
    await store.admit(cell())
    await store.close_batch(CENTRE, LATER)
    await store.admit(cell(POLICE, S))
    await store.begin_upload(upload())
    seen = await store.counters(Instant(LATER + 60))
    assert seen.pending == {CENTRE: 0, POLICE: 1, REPLY: 0}
    assert seen.batches == {CENTRE: 1, POLICE: 0, REPLY: 0}
    assert (seen.bytes, seen.uploads, seen.overdue) == (CELL_BYTES[NOTE], 1, 60)
    assert (await store.counters(NOW)).overdue == 0


async def test_a_store_knows_its_name(store: Store) -> None:
    """It answers as the roster says."""
    assert store.instance == INSTANCE
