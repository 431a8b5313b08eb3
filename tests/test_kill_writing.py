"""A desk whose power fails between two saves has the first one, and the second where told."""

from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.web.writing import Place
from keys.address import CellClass
from keys.calendar import Instant
from tests.browser import desk_of
from tests.clock import DrivenClock
from tests.deaths import UNLOCK, Act, Desks, mortals
from tests.parties import village

pytestmark = pytest.mark.asyncio(loop_scope="module")
WEDNESDAY: Final = Instant(1_794_376_800)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 1, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres for all deaths of this file."""
    async with (
        mortals() as ready,
        village("granlia", "fjordglott", start=WEDNESDAY, blobs=BLOBS) as (here, found),
    ):
        sender, centre = found
        yield Desks(here, sender, centre, ready)


def _writes(name: str, answers: str) -> Act:
    return "write", {"code_name": name, "part": "person", "answers": answers, "partly": True}


async def test_what_was_saved_in_the_browser_is_there_after_the_power_came_back(
    desks: Desks,
) -> None:
    """The service dies right behind one save, and another time with a third one never begun."""
    name = desks.name()
    await desks.sender.do("new", case=f"code_name: {name}\n")
    clock = DrivenClock(desks.here.clock.now())
    async with desk_of(desks.sender, clock) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        first = Place(name, "person", 0).address(visit)
        assert (await tab.post(first, call_name="Marte", then="list")).status == 303
        later = [_writes(name, "pronoun: hun"), _writes(name, "birth_year: 1991")]
        await desks.doomed(desks.sender, [UNLOCK, *later], "case-written", 1)
        page = (await tab.get(first)).text
        assert 'value="Marte"' in page
        assert 'value="hun"' in page
        assert "1991" not in page
        await desks.doomed(desks.sender, [UNLOCK, *later[1:]], "case-written", 1)
        assert 'value="1991"' in (await tab.get(first)).text
        assert (await tab.post(first, call_name="Marte Å", pronoun="hun")).status == 303
    await desks.sender.unlock()
    found = (await desks.sender.do("written", code_name=name, part="person"))["answers"]
    assert isinstance(found, dict)
    assert isinstance(found["call_name"], dict)
    assert found["call_name"]["value"] == "Marte Å"
    assert "birth_year" not in found  # the last page named it and left it empty
    await desks.sound()
