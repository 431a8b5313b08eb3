"""Power fails while a case is corrected or sent anew: it happens once, and nothing is lost."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from keys.calendar import Instant
from tests import acts
from tests.deaths import UNLOCK, Act
from tests.dying import Mortal, correction, dying

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = Instant(1_794_376_800)
"""11 November 2026, 06.00 UTC: twelve days of tokens lie before it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Mortal, None]:
    """Two centres and a district for all deaths of this file."""
    async with dying(START, tmp_path_factory.mktemp("files")) as found:
        yield found


@pytest.mark.parametrize("step", ["again-intended", "sealed", "posted", "kept"])
async def test_a_case_is_sent_again_once(desks: Mortal, step: str) -> None:
    """Turned away and sent anew, with the power gone in the middle: one new package comes."""
    name, _, package = await desks.send()
    await desks.centre.do("misrouted", code_name=package)
    await desks.here.tick(3)
    yes = acts.sample("GRAN-427", name=name, of=desks.sender.name, to=desks.centre.name)
    await desks.sender.do("consent", code_name=name, case=yes)
    before = await acts.known(desks.centre, "in")
    again: Act = ("again", {"code_name": name, "agreed_by_phone": "duty"})
    await desks.doomed(desks.sender, [UNLOCK, again], step)
    answer = await desks.sender.do("send", code_name=name, agreed_by_phone="duty")
    await desks.here.tick(4)
    anew = await acts.fresh(desks.centre, "in", before)
    await acts.opened(desks.here, desks.centre, anew, str(answer["arrival_code"]))
    await desks.sound()


@pytest.mark.parametrize("step", ["update-sealed"])
async def test_a_correction_is_sent_once(desks: Mortal, step: str) -> None:
    """He has another car: the machine dies, and the new desk has the old car and the new, once."""
    name, package = await desks.open()
    await desks.doomed(desks.sender, [UNLOCK, correction(name)], step)
    await desks.here.tick(5)
    assert await desks.hows(package, "threat") == ["came", "update"]
    await desks.sound()
