"""The long-lived process by its own clock: a slot's cells are made before it, and posted in it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from client import tidying
from client.desk import Desk
from client.following import Following
from client.lanes import Lane
from client.office import Office
from client.posting import Posting
from client.service import Service
from client.shelf import Shelf
from keys.address import Board, CellClass
from keys.calendar import Instant
from tests.lookout import Lookout
from tests.parties import village
from tests.world import SLOT, World

SATURDAY = Instant(1_794_636_000)
TOKENS = {CellClass.S: 26, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
LANES = {Lane(board, cls) for board in (Board.CENTRE, Board.POLICE) for cls in ("note", "s")}
AHEAD = 20


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing sleep but what waits for a slot: what goes on beside the lanes begins at once."""
    monkeypatch.setattr("client.service._moment_of", lambda _seconds: 0)


async def bound(service: Service) -> set[Lane]:
    """Return the lanes that have a cell bound to their next slot."""
    async with service.office.ledger.reading() as rows:
        found = [Posting.decode(value) for _, value in await rows.rows(Shelf.POSTING)]
    return {Lane(one.board, one.cls) for one in found}


async def asleep(here: World) -> None:
    """Wait until the process has done what it does at this moment, and sleeps."""
    for _ in range(1_000):
        await asyncio.sleep(0.01)
        if here.clock.sleepers:
            return
    raise AssertionError


async def test_cells_are_made_before_their_slot_and_posted_in_it() -> None:
    """Between slots nothing is bound; shortly before, all lanes are; in the slot all have left."""
    async with village("granlia", start=SATURDAY, blobs=TOKENS, lanes=(SLOT, 0)) as (here, found):
        service = found[0].service
        here.services.pop(found[0].home.path.name)
        work = asyncio.create_task(service.run())
        try:
            await asleep(here)
            slot = (here.clock.now() // SLOT + 1) * SLOT
            for _ in range(2):
                here.clock.set(slot - AHEAD - 1)
                await asleep(here)
                assert await bound(service) == set()
                here.clock.set(slot - AHEAD)
                await asleep(here)
                assert await bound(service) == LANES
                here.clock.set(slot)
                await asyncio.sleep(0)
                await here.close_slot()
                for _ in range(500):
                    await asyncio.sleep(0.01)
                    if here.clock.sleepers and not await bound(service):
                        break
                assert await bound(service) == set()
                slot += SLOT
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            await service.close()
        # Whoever starts again in the same slot posts a note, and no blob more.
        again = (await found[0].again(here)).service
        try:
            await here.close_slot()
            before = Lookout(here).cells()
            await again.tick()
            await here.close_slot()
            boards = (Board.CENTRE, Board.POLICE)
            assert Lookout(here).cells() - before == {(one, CellClass.NOTE): 1 for one in boards}
        finally:
            await again.close()


@asynccontextmanager
async def runs(service: Service) -> AsyncGenerator[None]:
    """Let the process go on by its own clock until the block ends."""
    work = asyncio.create_task(service.run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await service.close()


async def test_who_never_answers_stops_no_lane_and_keeps_nothing_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broker takes the question for the roster and says nothing: cells leave, keys die."""
    tidied: list[Instant] = []
    real = tidying._keys  # pyright: ignore[reportPrivateUsage] - only listened to

    async def never(*_given: object) -> None:
        await asyncio.Event().wait()

    async def heard(office: Office, desk: Desk) -> None:
        await real(office, desk)
        tidied.append(office.now)

    async with village("granlia", start=SATURDAY, blobs=TOKENS, lanes=(SLOT, 0)) as (here, found):
        service = found[0].service
        here.services.pop(found[0].home.path.name)
        monkeypatch.setattr(Following, "update", never)
        monkeypatch.setattr(tidying, "_keys", heard)
        monkeypatch.setattr("client.service._LONG", 0.01)
        async with runs(service):
            await asleep(here)
            await here.close_slot()  # whoever starts in a slot posts a note at once
            for _ in range(2):
                before, count = Lookout(here).cells(), len(tidied)
                here.clock.set((here.clock.now() // SLOT + 1) * SLOT)
                await asyncio.sleep(0)
                for _ in range(500):
                    await asyncio.sleep(0.01)
                    if len(tidied) > count:
                        break
                await here.close_slot()
                came = Lookout(here).cells() - before
                assert came == {(lane.board, lane.cls): 1 for lane in LANES}
                assert tidied[-1] == here.clock.now()
