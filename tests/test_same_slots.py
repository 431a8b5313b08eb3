"""Whoever watches the line of a member sees the same slot, whatever the slot is about (P2)."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.owed import owe
from client.refusals import StaleSync
from client.verbs.receiving import SYNC_SECONDS
from keys.address import Board, CellClass, PackageId
from keys.calendar import Day, start_of
from keys.errors import Refusal
from keys.receipt import Receipt, ReceiptStatus
from tests import acts
from tests.leaking import alike
from tests.planted import LEAKS, Leak, differences, planted
from tests.watched import Watched, two_centres

pytestmark = pytest.mark.asyncio(loop_scope="module")

BLOBS = MappingProxyType({CellClass.S: 6, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched() -> AsyncGenerator[Watched, None]:
    """Two centres that came up together, each behind a tap."""
    async with two_centres(BLOBS) as found:
        yield found


async def test_two_members_who_do_nothing_look_the_same(watched: Watched) -> None:
    """The baseline: requests, header names, lengths and connections, one by one."""
    await watched.same(3)


async def test_whoever_receives_answers_and_is_taken_back_from_looks_idle(watched: Watched) -> None:
    """A package comes, receipts go, she arrives, it is confirmed: no slot tells either desk."""
    here, sender, centre = watched.here, watched.sender, watched.centre
    name = await acts.ready(here, sender, acts.sample("GRAN-427"))
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert sent["kept"]
    await watched.same(3)
    (package,) = await acts.known(centre, "in")
    await centre.do("arrive", code_name=package, arrival_code=str(sent["arrival_code"]))
    await watched.same(2)
    await centre.do("confirm", code_name=package)
    await watched.same(3)
    assert await acts.state(sender, "out", name) == "confirmed"


async def test_whoever_waits_for_what_is_new_looks_idle(watched: Watched) -> None:
    """Somebody stands at the door and the boards are old: the next slot's reading is waited for."""
    here, sender, centre = watched.here, watched.sender, watched.centre
    before = await acts.known(centre, "in")
    name = await acts.ready(here, sender, acts.sample("GRAN-427", name="DOR-602"))
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty")
    await watched.same(1)
    await watched.lines.mark()
    here.clock.advance(SYNC_SECONDS + 1)
    package = await acts.fresh(centre, "in", before)
    with pytest.raises(StaleSync):
        await centre.do("arrive", code_name=package, arrival_code=str(sent["arrival_code"]))
    told = asyncio.Event()
    waits = asyncio.create_task(centre.do("sync", tell=lambda _step, _done, _of: told.set()))
    await asyncio.wait_for(told.wait(), 10)
    assert await watched.lines.silent()
    assert not waits.done()
    await watched.same(1)
    assert set(await asyncio.wait_for(waits, 10)) == {"notes", "blobs"}
    await centre.do("arrive", code_name=package, arrival_code=str(sent["arrival_code"]))
    await watched.same(2)


async def test_a_withdrawal_looks_like_any_slot(watched: Watched) -> None:
    """Taking back goes with the lane, at the sender as at the receiver."""
    here, sender = watched.here, watched.sender
    name = await acts.ready(here, sender, acts.sample("GRAN-427", name="STILLE-600"))
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    await watched.same(1)
    await sender.do("withdraw", code_name=name)
    await watched.same(3)
    assert await acts.state(sender, "out", name) == "withdrawn"


async def test_a_locked_desk_looks_like_an_open_one(watched: Watched) -> None:
    """Nobody sees from outside whether somebody is at the desk; a day's first key is its own."""
    here = watched.here
    here.clock.set(start_of(Day(here.today + 1)) + 6 * 3_600)
    for party in (watched.sender, watched.centre):
        await party.unlock()
    await here.tick(2)
    await watched.centre.do("lock")
    await watched.same(2)
    await watched.centre.unlock()
    await watched.same(2)


async def test_a_refused_note_changes_no_slot(watched: Watched) -> None:
    """A receipt for what was never sent is set aside without a sound."""
    centre, office = watched.centre, watched.sender.service.office
    before = (await centre.do("status"))["refused"]
    receipt = Receipt(PackageId(bytes(16)), bytes(32), ReceiptStatus.OPENED, office.today)
    async with office.ledger.transaction("forged") as rows:
        await owe(rows, office, centre.member_id, receipt)
    await watched.same(4)
    assert (await centre.do("status"))["refused"] != before


@pytest.mark.parametrize("leak", LEAKS, ids=[leak.__name__ for leak in LEAKS])
async def test_a_planted_leak_is_seen(watched: Watched, leak: Leak) -> None:
    """The comparison is not blind: each small thing that a program might show makes it fail."""
    ears = watched.lines.ears[watched.centre.place.key]
    with planted(watched.centre, leak, ears, dummies=True) as plant:
        sender, centre = await watched.slot()
    assert plant.cells
    assert differences(centre, sender) == LEAKS[leak]
    with pytest.raises(AssertionError):
        alike([sender, centre])
    await watched.same(1)


async def test_how_far_the_keys_had_come_is_left_out_only_after_they_were_told(
    watched: Watched,
) -> None:
    """Who reads a moment later reads more: in the next slot too, although a mark came between."""
    with pytest.raises(Refusal):
        await watched.centre.service.office.transport.publish("certificate", b"none")
    await watched.lines.mark()
    left_out: list[bool] = []
    for _ in range(2):
        line, _ = await watched.slot()
        left_out.append(any("/v1/keys?after=…" in one.request for one in line))
    assert left_out == [True, False]


async def test_a_member_that_posts_later_is_seen(watched: Watched) -> None:
    """The same requests, after the clock went on a second: the lines are no longer the same."""
    here = watched.here

    async def one_after_another() -> None:
        here.clock.advance(here.step)
        await here.close_slot()
        await watched.sender.service.tick()
        here.clock.advance(1)
        await watched.centre.service.tick()

    sender, centre = await watched.during(one_after_another)
    assert [one.request for one in sender] == [one.request for one in centre]
    assert sender != centre
    later = [replace(one, moment=one.moment - 1, closed=()) for one in centre]
    assert [replace(one, closed=()) for one in sender] == later


async def test_a_reading_for_the_door_is_seen(watched: Watched) -> None:
    """As `folge sync` was: the boards are read when somebody asks, beside the slots."""
    sender, centre = await watched.during(watched.centre.service.office.read_boards)
    assert not sender
    assert centre


async def test_a_member_that_asks_once_more_is_seen(watched: Watched) -> None:
    """One request more in a slot, and the lines are no longer the same."""

    async def once_more() -> None:
        await watched.here.tick()
        await watched.centre.service.office.transport.leaves(Board.CENTRE, 1, 33 * 8)

    sender, centre = await watched.during(once_more)
    assert sender != centre
