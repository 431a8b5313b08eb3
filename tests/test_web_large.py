"""160 megabytes from a browser, on a line that stands still and by a broker that goes away."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from client.doors import Doors
from client.web.jobs import Job
from keys.address import CELL_BYTES, CellClass
from keys.calendar import Instant
from keys.words import Words
from tests import acts, samplefiles
from tests.browser import Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, leave, village
from tests.tap import Tap, tapped
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]
SATURDAY: Final = Instant(1_794_636_000)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 12, CellClass.M: 0, CellClass.XL64: 2, CellClass.XL256: 1}
)
SAY: Final = Words("client").say
WHY: Final = re.compile(
    "|".join(SAY(f"refusal.{one}.what") for one in ("broker_gone", "broker_busy"))
)
"""A broker that is closing turns away what comes, and one that is closed does not answer."""
LARGE: Final = (72_000_000, 88_000_000)
MIDDLE: Final = 12_000_000
PATIENCE: Final = 60_000
"""The longest that anything here may take, in thousandths of a second."""


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that sends, behind a tap on its line, one that receives, and files to attach."""

    here: World
    sender: Party
    centre: Party
    tap: Tap
    files: Path

    async def begun(self, name: str) -> None:
        """Write a case down; nothing is attached to it yet, and nobody has said yes to it."""
        text = acts.sample("GRAN-427", name=name, of=self.sender.name, to=self.centre.name)
        await self.sender.unlock()
        await self.sender.do("new", case=text)

    def up(self) -> int:
        """Return how many bytes have gone up the line since the tap's mark."""
        return sum(len(line.up) for line in self.tap.lines)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Desks, None]:
    """Two centres; what the first sends goes through the tap."""
    files = tmp_path_factory.mktemp("files")
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=BLOBS) as (here, found):
        sender, centre = found
        async with tapped(here.doors.broker) as tap:
            await leave(here, sender)
            doors = Doors(tap.url, here.doors.issuer)
            behind = replace(sender, settings=replace(sender.settings, doors=doors))
            sender = await behind.again(here)
            here.services[sender.home.path.name] = sender.service
            yield Desks(here, sender, centre, tap, files)


async def at_the_desk(context: BrowserContext, tab: Tab) -> Page:
    """Unlock in Chromium, and open the list."""
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    await unlocked(page, tab.address)
    await page.goto(f"http://{tab.desk.host}/list")
    return page


async def attached(page: Page, name: str, path: Path) -> None:
    """From the list, attach a file to the threat of a case, and come back to the list."""
    row = page.locator("li.row", has_text=name)
    await row.get_by_role("link", name=SAY("web.steps.go_on")).click()
    await page.wait_for_selector("body.steps")
    await page.get_by_role("link", name=SAY("web.attach"), exact=True).click()
    await page.locator("#type-court_decision").check()
    await page.select_option("#belongs_to", "threat")
    await page.set_input_files("#file", path)
    await page.get_by_role("button", name=SAY("web.attach.add")).click()
    await page.wait_for_selector("body.steps")
    await expect(page.locator("main")).to_contain_text(SAY("web.attach.clean.pdf"))
    await page.goto(re.sub(r"/case/.*", "/list", page.url))


async def agreed_and_sent(page: Page, name: str, centre: str) -> None:
    """From the list, let her say yes to two parts, and press what sends them."""
    row = page.locator("li.row", has_text=name)
    await row.get_by_role("link", name=SAY("web.consent")).click()
    for one in ("#user", "#threat", "#person"):
        await page.locator(one).check()
    await page.get_by_role("button", name=SAY("consentsheet.question.yes")).click()
    await page.locator("[name=do][value=no]").click()
    await page.get_by_role("link", name=SAY("web.send")).first.click()
    await sent(page, centre)


async def sent(page: Page, centre: str) -> None:
    """From what is looked over before it is sent, press what sends it."""
    await page.locator("#duty").check()
    for _ in range(2):
        await page.get_by_role("button", name=SAY("web.send.yes", centre=centre)).click()
    await page.wait_for_selector("body.job")


async def job_at(tab: Tab, name: str, msgid: str, part: float) -> Job:
    """Wait until a job has done that part of one of its steps."""
    for _ in range(PATIENCE):
        job = tab.desk.jobs.find(name)
        assert job is None or not job.over, job
        if job is not None and job.msgid == msgid and job.done >= part * job.total:
            return job
        await asyncio.sleep(0.001)
    raise AssertionError(name)


async def test_a_large_case_goes_on_where_the_broker_went_away(desks: Desks) -> None:
    """It says what is true meanwhile, goes on when nobody looks, and arrives byte for byte."""
    name, size = "STOR-901", CELL_BYTES[CellClass.XL256]
    files = [samplefiles.scan(desks.files / f"{one}.pdf", one) for one in LARGE]
    await desks.begun(name)
    clock = DrivenClock(desks.here.clock.now())
    before = await acts.known(desks.centre, "in")
    async with desk_of(desks.sender, clock) as tab, chromium() as context:
        page = await at_the_desk(context, tab)
        for one in files:
            await attached(page, name, one)
        desks.tap.mark()
        await agreed_and_sent(page, name, desks.centre.name)
        await job_at(tab, name, "progress.sending", 0.3)
        desks.tap.halt()  # so slow a line that one can look away from it
        await _runs(page, name)
        stopping = asyncio.create_task(desks.here.stop())
        desks.tap.flow()
        await stopping
        try:
            await _waits(page, name)
        finally:
            await desks.here.start()
        # Nobody presses anything: the service goes on, and the page that looks shows it.
        going = asyncio.create_task(desks.here.tick())
        await page.wait_for_selector("body.sent_case")
        await going
        code = await page.locator("p.code").inner_text()
        assert size < desks.up() < size + (4 << 20)
    await desks.sender.unlock()
    await _arrived(desks, before, code, files)


async def _far(page: Page) -> None:
    """Show that the page says how much of it the broker has, which is some and not all."""
    done = int(await page.locator("progress").get_attribute("value") or 0)
    whole = -(-CELL_BYTES[CellClass.XL256] // 1_000_000)
    assert 0.3 * whole <= done < whole
    said = SAY("web.job.far", done=done, total=whole)
    await expect(page.locator("#job-more")).to_contain_text(said)


async def _back(page: Page, name: str) -> None:
    """From the list, look at the job again."""
    row = page.locator("li.row", has_text=SAY("state.sealed")).filter(has_text=name)
    await row.get_by_role("link", name=SAY("web.job.runs")).click()
    await page.wait_for_selector("body.job")


async def _runs(page: Page, name: str) -> None:
    """Show how far it is: on the page, on the same page later, and after the desk was locked."""
    current = page.locator("li[aria-current=step]", has_text=SAY("web.job.step.sending"))
    await expect(current).to_be_visible(timeout=PATIENCE)
    await page.get_by_role("link", name=SAY("web.job.leave")).click()
    await _back(page, name)
    for locked in (False, True):
        if locked:
            await page.get_by_role("button", name=SAY("web.lock")).click()
            await page.fill("#name", STAFF)
            await page.fill("#passphrase", PASSPHRASE)
            await page.keyboard.press("Enter")
            await page.get_by_role("link", name=SAY("web.list")).first.click()
            await _back(page, name)
        await expect(page.locator("h1")).to_have_text(SAY("web.job.runs"))
        await expect(current).to_be_visible()
        await _far(page)


async def _waits(page: Page, name: str) -> None:
    """Show that the page says that it waits and nothing is lost, and the same when one is back."""
    for _ in range(2):
        await expect(page.locator("h1")).to_have_text(SAY("web.job.waits"), timeout=PATIENCE)
        for msgid in ("web.job.again", "web.job.sends"):
            await expect(page.locator("main")).to_contain_text(SAY(msgid))
        await page.get_by_role("link", name=SAY("web.job.leave")).click()
        await _back(page, name)
    await page.get_by_role("button", name=SAY("web.job.try")).click()
    await expect(page.locator("main")).to_contain_text(WHY, timeout=PATIENCE)
    await expect(page.locator("h1")).to_have_text(SAY("web.job.waits"))


async def _arrived(desks: Desks, before: set[str], code: str, files: list[Path]) -> None:
    """Show that the other desk can open it, and that each file is what was attached."""
    await desks.here.tick()
    package = await acts.fresh(desks.centre, "in", before)
    await acts.opened(desks.here, desks.centre, package, code)
    for number, one in enumerate(files, start=1):
        back = one.with_suffix(".back")
        given = {"code_name": package, "part": f"attachment.{number}", "path": str(back)}
        await desks.centre.do("read", given)
        assert back.read_bytes() == one.read_bytes()


async def test_what_is_stopped_while_it_is_sealed_or_sent_goes_no_further(desks: Desks) -> None:
    """Stopped before it is sealed nothing has gone; stopped on its way, the rest stays here."""
    name, size = "STOPP-902", CELL_BYTES[CellClass.XL64]
    file = samplefiles.scan(desks.files / "stopp.pdf", MIDDLE)
    await desks.begun(name)
    office = desks.sender.service.office
    clock = DrivenClock(desks.here.clock.now())
    async with desk_of(desks.sender, clock) as tab, chromium() as context:
        page = await at_the_desk(context, tab)
        await attached(page, name, file)
        desks.tap.mark()
        async with office.sealing:  # a colleague's case is being sealed, and this one comes next
            await agreed_and_sent(page, name, desks.centre.name)
            await page.get_by_role("button", name=SAY("web.job.stop")).click()
            await expect(page.locator("main")).to_contain_text(SAY("cli.stopped"))
            assert name in await acts.known(desks.sender, "drafts")
        assert desks.up() == 0
        await page.goto(f"http://{tab.desk.host}/list")
        row = page.locator("li.row", has_text=name)
        await row.get_by_role("link", name=SAY("web.send")).click()
        await sent(page, desks.centre.name)
        await job_at(tab, name, "progress.sending", 0.1)
        desks.tap.halt()
        try:
            await page.get_by_role("button", name=SAY("web.job.stop")).click()
            await expect(page.locator("main")).to_contain_text(SAY("cli.stopped_maybe"))
        finally:
            desks.tap.flow()
        async with office.going.posting():  # whatever was on its way has ended
            assert 0.1 * size < desks.up() < 0.9 * size
    await desks.sender.unlock()
    assert await acts.state(desks.sender, "out", name) == "withdrawn"
    before = await acts.known(desks.centre, "in")
    await desks.here.tick(3)
    assert desks.up() < 0.9 * size
    for fresh in await acts.known(desks.centre, "in") - before:
        assert await acts.state(desks.centre, "in", fresh) == "withdrawn"
