"""It went to the wrong desk, or to one that is full after all: each story from four sides."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, WrongState
from tests import acts
from tests.fourfold import FEW, SAMPLE, SATURDAY, THREE, Fourfold, fourfold

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file: who sends, who gets it, who should have."""
    async with fourfold(*THREE, start=SATURDAY, blobs=FEW) as made:
        yield made


async def onward(desks: Fourfold, name: str, old: tuple[str, str]) -> None:
    """Send what was taken back to the third desk: on a new consent and by a new code alone."""
    here, (sender, centre, right) = desks.here, desks.sides
    with pytest.raises(ConsentMissing):
        await sender.party.do("again", code_name=name, agreed_by_phone="duty")
    text = acts.sample(SAMPLE, name=name, to=right.party.name)
    assert (await sender.party.do("consent", code_name=name, case=text))["consent"]
    before = await acts.known(centre.party, "in")
    there = await acts.known(right.party, "in")
    answer = await sender.party.do("again", code_name=name, agreed_by_phone="duty")
    assert answer["arrival_code"] != old[0]
    await desks.alike(2)
    package = await acts.fresh(right.party, "in", there)
    card = await acts.opened(here, right.party, package, str(answer["arrival_code"]))
    assert any("Marte" in line for line in card)
    assert await right.holds()
    assert await acts.known(centre.party, "in") == before


async def test_what_went_to_the_wrong_centre_is_taken_back_and_goes_to_the_right_one(
    desks: Fourfold,
) -> None:
    """Nobody had opened it: it is taken back, she says yes to the right one, and it goes there."""
    sender, centre, _ = desks.sides
    old = await desks.sent("VILL-701")
    assert not await centre.holds()
    with desks.still():
        await sender.party.do("withdraw", code_name="VILL-701")
    await desks.alike(3)
    await sender.says("VILL-701", "state.withdrawn")
    await centre.says(old[1], "state.in.withdrawn")
    with pytest.raises(WrongState):
        await centre.party.do("arrive", code_name=old[1], arrival_code=old[0])
    assert not await centre.holds()
    desks.dark()
    await desks.takes_in(sender, centre, "ANNEN-702")
    await onward(desks, "VILL-701", old)


async def test_a_centre_that_is_full_after_its_yes_is_passed_by_with_a_new_consent(
    desks: Fourfold,
) -> None:
    """They ring: there is no bed after all. It is taken back there, and another centre gets it."""
    here, (sender, centre, third) = desks.here, desks.sides
    text = acts.sample(SAMPLE, name="FULL-703")
    await acts.ready(here, sender.party, text, centre.party)
    old = await acts.send(here, sender.party, centre.party, "FULL-703")
    with desks.still():
        await sender.party.do("withdraw", code_name="FULL-703")
    await desks.alike(3)
    await sender.says("FULL-703", "state.withdrawn")
    await centre.says(old[1], "state.in.withdrawn")
    desks.dark()
    await desks.takes_in(third, centre, "ANNEN-704")
    await onward(desks, "FULL-703", old)
