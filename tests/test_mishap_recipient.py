"""It went to the wrong desk, or to one that is full after all: each story from four sides."""

from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.refusals import ConsentMissing, WrongState
from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.fourfold import SAMPLE, Fourfold, Side, fourfold

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
BLOBS = MappingProxyType({CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Fourfold, None]:
    """Three centres for all stories of this file: who sends, who gets it, who should have."""
    keys = ("granlia", "fjordglott", "elvebredden")
    async with fourfold(*keys, start=SATURDAY, blobs=BLOBS) as made:
        yield made


async def sent(desks: Fourfold, name: str) -> tuple[str, str]:
    """Send Marte's case from the first desk to the second."""
    sender, centre, _ = desks.sides
    await acts.ready(desks.here, sender.party, acts.sample(SAMPLE, name=name))
    return await acts.send(desks.here, sender.party, centre.party, name, by_phone="duty")


async def reads(side: Side, name: str, word: str) -> None:
    """Whoever sits there reads that word beside that case, in bokmål and in English."""
    for lang in (Language.NB, Language.EN):
        assert Words("client", lang).say(word) in await side.status(name, lang)


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
    old = await sent(desks, "VILL-701")
    assert not await centre.holds()
    await sender.party.do("withdraw", code_name="VILL-701")
    await desks.alike(3)
    await reads(sender, "VILL-701", "state.withdrawn")
    await reads(centre, old[1], "state.in.withdrawn")
    with pytest.raises(WrongState):
        await centre.party.do("arrive", code_name=old[1], arrival_code=old[0])
    assert not await centre.holds()
    assert not any(side.plain() for side in desks.sides)
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
    await sender.party.do("withdraw", code_name="FULL-703")
    await desks.alike(3)
    await reads(sender, "FULL-703", "state.withdrawn")
    await reads(centre, old[1], "state.in.withdrawn")
    assert not any(side.plain() for side in desks.sides)
    await desks.takes_in(sender, third, "ANNEN-704")
    await onward(desks, "FULL-703", old)
