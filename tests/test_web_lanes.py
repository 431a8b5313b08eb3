"""At the desk and at the keyboard: a case that rides the lanes, and one that cannot wait."""

import html
from collections.abc import AsyncGenerator
from types import MappingProxyType

import pytest
import pytest_asyncio
from playwright.async_api import expect

from keys.address import CellClass
from keys.calendar import Instant
from keys.words import Words
from tests import acts
from tests.axe import LOOKS, faults
from tests.browser import Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import Party, village
from tests.program import in_process
from tests.test_web_arrival import unlocked
from tests.test_web_send import at, followed, says
from tests.world import SLOT, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

SATURDAY = Instant(1_794_636_000)
TOKENS = MappingProxyType({CellClass.S: 26, CellClass.M: 1, CellClass.XL64: 0, CellClass.XL256: 0})
SAY = Words("client").say
Desks = tuple[World, Party, Party]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Two centres whose network has a lane for small cases and none for larger ones."""
    keys = ("granlia", "fjordglott")
    async with village(*keys, start=SATURDAY, blobs=TOKENS, lanes=(SLOT, 0)) as (here, found):
        yield here, found[0], found[1]


async def ready(desks: Desks, name: str) -> None:
    """Write a case and its consent down; the place is agreed by phone."""
    here, sender, centre = desks
    await sender.unlock()  # whoever leaves the desk locks
    text = acts.sample("GRAN-427", name=name, of=sender.name, to=centre.name)
    await acts.ready(here, sender, text)


async def clicked(tab: Tab, name: str, **more: str) -> str:
    """Click a case through to where it leads, and return that page's address."""
    address = await at(tab, name, "web.send")
    sure = await tab.post(address, agreed_by_phone="duty")
    says(sure, SAY("web.send.how"), SAY("urgent.seen"), SAY("not_sent"))
    assert 'id="rides" name="urgent" value="" checked' in html.unescape(sure.text)
    sending = address.replace("/send/", "/sending/")
    begun = await tab.post(sending, agreed_by_phone="duty", **more)
    where, _ = await followed(tab, begun.headers["Location"])
    assert where == address.replace("/send/", "/sent/")
    return where


async def test_it_rides_and_the_page_says_by_when(desks: Desks) -> None:
    """The code is there at once, and nothing is called sent before it has left."""
    here, sender, centre = desks
    await ready(desks, "RUTE-621")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        where = await clicked(tab, "RUTE-621")
        row = await acts.row(sender, "out", "RUTE-621")
        moment = Words("client").moment(Instant(int(str(row["leaves_by"]))))
        shown = await tab.get(where)
        says(shown, SAY("web.rides"), SAY("not_sent"), SAY("cli.rides", moment=moment))
        says(shown, str(row["arrival_code"]), SAY("web.urgent.now"), SAY("web.job.stop"))
        assert SAY("web.sent.code") in html.unescape(shown.text)
        assert await acts.known(centre, "in") == set()
        await here.tick(4)
        assert len(await acts.known(centre, "in")) == 1
        shown = await tab.get(where)
        says(shown, SAY("web.sent"), SAY("web.sends_nothing"))
        assert SAY("web.urgent.now") not in shown.text
        late = await sender.do("send", code_name="RUTE-621", urgent=True)
        assert late["kept"]  # said too late, it changes nothing of how it left
        seen = await tab.get(where.replace("/sent/", "/operator/"))
        says(seen, SAY("operator.rode"), SAY("operator.content"))
        assert SAY("operator.address") not in html.unescape(seen.text)


async def test_in_haste_after_all(desks: Desks) -> None:
    """One click on the page of what waits, and it is there with the next batch; its code stays."""
    here, sender, centre = desks
    await ready(desks, "FORT-622")
    before = await acts.known(centre, "in")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        where = await clicked(tab, "FORT-622")
        code = (await acts.row(sender, "out", "FORT-622"))["arrival_code"]
        await tab.post(where.replace("/sent/", "/sending/"), urgent="yes")
        await followed(tab, where.replace("/sent/", "/job/"))
        row = await acts.row(sender, "out", "FORT-622")
        assert (row["state"], row["arrival_code"], row["rides"]) == ("kept", code, False)
        await here.tick()
        assert len(await acts.known(centre, "in") - before) == 1
        await here.tick()
        seen = await tab.get(where.replace("/sent/", "/operator/"))
        says(seen, SAY("operator.address"), SAY("operator.blob"))


async def test_in_haste_from_the_start(desks: Desks) -> None:
    """Whoever chooses haste on the last page has it leave at once."""
    here, sender, centre = desks
    await ready(desks, "STRAKS-623")
    before = await acts.known(centre, "in")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        where = await clicked(tab, "STRAKS-623", urgent="yes")
        says(await tab.get(where), SAY("web.sent"), SAY("state.kept"))
    await here.tick()
    assert len(await acts.known(centre, "in") - before) == 1


async def test_what_rides_is_stopped_with_one_click(desks: Desks) -> None:
    """A dummy goes in its place; she may say yes anew."""
    here, sender, centre = desks
    await ready(desks, "STANS-624")
    before = await acts.known(centre, "in")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        where = await clicked(tab, "STANS-624")
        stopped = await tab.post(where.replace("/sent/", "/stop/"))
        assert stopped.status == 200
    await here.tick(4)
    await sender.unlock()
    assert await acts.known(centre, "in") == before
    assert await acts.state(sender, "out", "STANS-624") == "withdrawn"


async def test_the_keyboard_says_the_same(desks: Desks) -> None:
    """By when it leaves, how it leaves at once, and what is seen then, before it does."""
    here, sender, centre = desks
    await ready(desks, "TAST-625")
    line = ("send", "TAST-625", "--agreed-by-phone", "vakt", "--yes")
    rides = await in_process(sender, *line)
    row = await acts.row(sender, "out", "TAST-625")
    moment = Words("client").moment(Instant(int(str(row["leaves_by"]))))
    assert SAY("cli.rides", moment=moment) in rides.out
    assert SAY("cli.rides_why") in rides.out
    assert SAY("urgent.seen") not in rides.err
    now = await in_process(sender, *line, "--urgent")
    assert SAY("cli.kept") in now.out
    assert SAY("urgent.seen") in now.err
    before = await acts.known(centre, "in")
    await here.tick()
    assert len(await acts.known(centre, "in") - before) == 1


async def test_a_question_rides_too(desks: Desks) -> None:
    """Asking for a place tells nobody that somebody asks; the answer comes as ever."""
    here, sender, centre = desks
    await sender.unlock()
    text = acts.sample("GRAN-427", name="PLASS-626", of=sender.name, to=centre.name)
    await sender.do("new", case=text)
    before = await acts.known(centre, "inquiries")
    asked = await sender.do("inquire", code_name="PLASS-626", centres=[centre.name])
    assert not asked["left"]
    assert int(str(asked["leaves_by"])) > here.clock.now()
    await here.tick(4)
    assert len(await acts.known(centre, "inquiries") - before) == 1


@needs_chromium
async def test_in_chromium_both_pages_are_without_fault(desks: Desks) -> None:
    """By keyboard and eye: the question when it leaves, and the page of what waits."""
    here, sender, _ = desks
    await ready(desks, "SYN-627")
    async with desk_of(sender, DrivenClock(here.clock.now())) as tab, chromium() as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        address = await page.evaluate("location.origin")
        await page.goto(address + "/list")
        row = page.locator("li.row", has_text="SYN-627")
        await row.locator("a[href^='/send/']").first.click()
        await page.locator("input[name=agreed_by_phone]").first.check()
        await page.locator("main form button").first.click()
        await expect(page.locator("#rides")).to_be_checked()
        for look in LOOKS:
            assert await faults(page, look) == []
        await page.locator("form[action^='/sending/'] button").click()
        await expect(page.locator("h1")).to_have_text(SAY("web.rides"), timeout=20_000)
        for look in LOOKS:
            assert await faults(page, look) == []
