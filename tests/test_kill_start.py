"""A new member whose power fails while it comes up comes up all the same, and loses no token."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.enrol import make_member
from client.home import Home
from client.service import Service
from client.settings import Settings
from keys.address import CellClass
from keys.calendar import Instant
from tests.deaths import TICK, UNLOCK, Mortals, mortals
from tests.parties import CHEAP, PASSPHRASE, STAFF, Party, leave, village
from tests.world import PLACES, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEDNESDAY = Instant(1_794_376_800)
BLOBS = MappingProxyType({CellClass.S: 1, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})
NOTES = 26
"""Note tokens of a class and a day, when a slot is an hour."""
STARTING = (
    "machine-key",
    "epoch-keys",
    "roster",
    "certificate-told",
    "epochs-published",
    "tokens-prepared",
    "tokens-kept",
    "board-joined",
)
"""The durable steps of a first start, which no later slot repeats."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here() -> AsyncGenerator[World, None]:
    """One district that is there already, for all starts of this file."""
    async with village("moreogromsdal", start=WEDNESDAY, blobs=BLOBS) as (made, _):
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dying() -> AsyncGenerator[Mortals, None]:
    """One process whose children die."""
    async with mortals() as ready:
        yield ready


@pytest.mark.parametrize("step", STARTING)
async def test_a_killed_first_start_goes_on(here: World, dying: Mortals, step: str) -> None:
    """A new member whose machine dies while it comes up comes up, with every token of its day."""
    home = Home(here.path / f"start-{step}")
    settings = Settings(here.doors, here.authority.pin)
    identity = await make_member(home, settings, STAFF, PASSPHRASE, CHEAP)
    member_id = here.enrol(PLACES["kysthamna"], identity)
    await here.publish()
    await here.tick()
    await dying.died(here, home, [UNLOCK, TICK], step)
    service = await Service(home, settings, here.clock).start()
    party = Party(PLACES["kysthamna"], home, settings, member_id, service, here.clock)
    here.services[home.path.name] = service
    try:
        await party.unlock()
        await here.tick(2)
        doctor = await party.do("doctor")
        assert doctor["ready"], doctor
        assert service.health.self_tested
        spent = 3 if step == "board-joined" else 2
        assert doctor["tokens"] == {"cc-note": NOTES - spent, "cp-note": NOTES - spent}
        assert (await party.do("status"))["alarms"] == []
    finally:
        await leave(here, party)
        here.revoke(member_id)
