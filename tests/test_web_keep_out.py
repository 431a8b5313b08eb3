"""Keeping out of a case in the browser: nobody by silence, oneself, and reading it again."""

import html
from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.browser import Tab, desk_of
from tests.clock import DrivenClock
from tests.parties import STAFF, Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 4, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
NAME: Final = "GRAN-427"
SAY: Final = Words("client", Language.NB).say


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, Party], None]:
    """A centre with a case that is ready to be sent."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        await acts.ready(here, sender, acts.sample(NAME, of=sender.name, to=centre.name))
        yield here, sender


async def _said(tab: Tab, address: str, **form: str) -> str:
    """Return what a button answers, as it is read."""
    return html.unescape((await tab.post(address, **form)).text)


async def test_who_keeps_out_of_a_case_is_chosen_and_ended_on_one_page(
    desks: tuple[World, Party],
) -> None:
    """Nothing is done by silence; whoever keeps out cannot read until that is ended."""
    here, sender = desks
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        word = visit.word(NAME)
        page, case = f"/keep-out/{word}", f"/case/{word}"
        assert page in (await tab.get(case)).text
        asked = await tab.get(page)
        assert asked.status == 200
        assert "checked" not in asked.text
        assert SAY("web.sends_nothing") in html.unescape(asked.text)
        assert SAY("web.keep_out.lacks") in await _said(tab, page)
        assert page in (await tab.get(case)).text
        assert SAY("cli.recused", who=STAFF) in await _said(tab, page, who=STAFF)
        shut = html.unescape((await tab.get(case)).text)
        assert SAY("refusal.recused.what") in shut
        assert page in (await tab.get("/list")).text
        assert SAY("web.keep_out.is", who=STAFF) in html.unescape((await tab.get(page)).text)
        assert SAY("cli.let_in", who=STAFF) in await _said(tab, page, who=STAFF, lift="yes")
        assert page not in (await tab.get("/list")).text
        assert page in (await tab.get(case)).text


async def test_nobody_but_the_staff_is_kept_out(desks: tuple[World, Party]) -> None:
    """A name that nobody of the staff has is refused on the page."""
    here, sender = desks
    await sender.unlock()
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        told = await _said(tab, f"/keep-out/{visit.word(NAME)}", who="Ingen")
        assert SAY("refusal.no_such_staff.what") in told
