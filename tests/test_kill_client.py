"""A member whose power fails between any two steps sends once, opens once and loses nothing."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from keys.address import CellClass
from keys.calendar import Instant
from tests import acts
from tests.deaths import TICK, UNLOCK, Act, Desks, mortals
from tests.parties import leave, village

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEDNESDAY = Instant(1_794_376_800)
"""11 November 2026, 06.00 UTC: eleven days of tokens lie before it."""
BLOBS = MappingProxyType({CellClass.S: 40, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})

SENDING = ("send-intended", "prekey-used-up", "sealed", "posted", "kept")
"""Every durable step between the click and the broker's last yes."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all deaths of this file."""
    async with (
        mortals() as ready,
        village("granlia", "fjordglott", start=WEDNESDAY, blobs=BLOBS) as (here, found),
    ):
        sender, centre = found
        yield Desks(here, sender, centre, ready)


def _send(name: str) -> Act:
    return "send", {"code_name": name, "agreed_by_phone": "duty"}


async def test_sending_has_the_steps_that_are_killed_below(desks: Desks) -> None:
    """A new durable step in sending must get its own death."""
    name = await desks.written()
    steps = await desks.doomed(desks.sender, [UNLOCK, _send(name)])
    begun = steps.index("send-intended")
    assert set(steps[begun:]) == set(SENDING)
    assert steps.count("posted") == 2
    await desks.here.tick(4)
    await desks.sound()


@pytest.mark.parametrize(
    ("step", "nth"),
    [
        ("send-intended", 1),
        ("prekey-used-up", 1),
        ("sealed", 1),
        ("posted", 1),
        ("posted", 2),
        ("kept", 1),
    ],
)
async def test_a_sender_killed_while_sending_sends_once(desks: Desks, step: str, nth: int) -> None:
    """P6: whatever the moment, one package comes, and its one code opens it."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    name = await desks.written()
    before = await acts.known(centre, "in")
    await desks.doomed(sender, [UNLOCK, _send(name)], step, nth)
    answer = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert answer["kept"]
    await here.tick(4)
    package = await acts.fresh(centre, "in", before)
    assert await acts.state(sender, "out", name) == "stored"
    await acts.opened(here, centre, package, str(answer["arrival_code"]))
    await desks.sound()


RECEIVING = [
    ("lane-bound", 2),
    ("posted", 1),
    ("posted", 2),
    ("batch", 1),
    ("batch", 3),
    ("board-read", 2),
    ("read-until", 1),
    ("received", 1),
    ("incoming-advanced", 1),
    ("answer-queued", 1),
    ("time-proven", 1),
]
"""The durable steps of a slot in which a package comes in, the first and the last of a kind."""
RARE = {
    "daily",
    "epoch-keys",
    "epochs-published",
    "keys-dropped",
    "keys-followed",
    "lane-stale",
    "roster",
    "tokens-forgotten",
    "tokens-kept",
    "tokens-prepared",
    "unlocked",
}
"""Steps of upkeep, which come when their hour has come; the first start below dies after them."""


async def _on_its_way(desks: Desks) -> str:
    """Send a case and take the receiver out of the world before it has read it."""
    name = await desks.written()
    await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    await leave(desks.here, desks.centre)
    await desks.here.tick()
    desks.here.services[desks.centre.home.path.name] = desks.centre.service
    return name


async def test_receiving_has_the_steps_that_are_killed_below(desks: Desks) -> None:
    """A new durable step in a slot must get its own death."""
    await _on_its_way(desks)
    steps = await desks.doomed(desks.centre, [UNLOCK, TICK])
    assert set(steps) - RARE == {step for step, _ in RECEIVING}
    await desks.here.tick(4)
    await desks.sound()


@pytest.mark.parametrize(("step", "nth"), RECEIVING)
async def test_a_receiver_killed_in_a_slot_gets_it_once(desks: Desks, step: str, nth: int) -> None:
    """P6: whatever the moment, the package is here once, and the sender hears of it."""
    before = await acts.known(desks.centre, "in")
    name = await _on_its_way(desks)
    await desks.doomed(desks.centre, [UNLOCK, TICK], step, nth)
    await desks.here.tick(4)
    package = await acts.fresh(desks.centre, "in", before)
    assert await acts.state(desks.centre, "in", package) == "waiting"
    assert await acts.state(desks.sender, "out", name) == "stored"
    await desks.sound()


@pytest.mark.parametrize("step", ["opened", "confirm"])
async def test_a_receiver_killed_at_the_door_opens_once(desks: Desks, step: str) -> None:
    """Power fails as she stands there: it opens again, it is opened once, and the sender knows."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    name = await desks.written()
    code, package = await acts.send(here, sender, centre, name, by_phone="duty")
    arrive: Act = ("arrive", {"code_name": package, "arrival_code": code})
    confirm: Act = ("confirm", {"code_name": package})
    await desks.doomed(centre, [UNLOCK, arrive, confirm], step)
    if step == "opened":
        await centre.do("arrive", code_name=package, arrival_code=code)
    assert any("Marte" in line for line in await acts.card(centre, package))
    if step == "opened":
        await centre.do("confirm", code_name=package)
    await here.tick(5)
    assert await acts.state(sender, "out", name) == "confirmed"
    assert not (await acts.row(sender, "out", name))["contradicted"]
    await desks.sound()


async def test_a_sender_killed_while_taking_back_has_taken_back(desks: Desks) -> None:
    """Once the click is on disk the withdrawal goes out, whatever happens to the machine."""
    here, sender, centre = desks.here, desks.sender, desks.centre
    name = await desks.written()
    _, package = await acts.send(here, sender, centre, name, by_phone="duty")
    withdraw: Act = ("withdraw", {"code_name": name})
    await desks.doomed(sender, [UNLOCK, withdraw], "withdrawn")
    await here.tick(4)
    assert await acts.state(sender, "out", name) == "withdrawn"
    assert await acts.state(centre, "in", package) == "withdrawn"
    await desks.sound()
