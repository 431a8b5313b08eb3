"""Whole moves clicked from the first time to the journal: two browsers and a real broker between.

Each of the guidance's adult and child cases is typed into the forms question by question, asked
about, sent, opened with the code that the screen shows, read part by part and confirmed. What the
receiving service holds then is what stood in the case; the police case has a story in
`test_web_police.py`.
"""

import datetime as dt
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from client.case import WITHOUT_CASE, PartId, PartName, decode_part, name_of
from client.casefile import CaseFile, read_case
from client.home import Home
from client.joining import asked
from client.service import Service
from client.settings import Settings
from client.web.first import DONE
from keys.address import CellClass
from keys.calendar import Instant
from keys.enrolment import EnrolmentRequest
from keys.identity import Identity
from keys.words import Language, Words
from tests import acts, samplefiles
from tests.browser import chromium, desk_of, needs_chromium
from tests.clicker import answers_of, bare, consent, type_case
from tests.clock import DrivenClock
from tests.firsttime import beginning
from tests.parties import PASSPHRASE, STAFF, Party, leave
from tests.test_web_arrival import unlocked
from tests.world import INSTANCE, PLACES, SLOT, World, world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]
SATURDAY: Final = Instant(1_794_636_000)
TODAY: Final = dt.date(2026, 11, 14)
BLOBS: Final = MappingProxyType(
    {CellClass.S: 10, CellClass.M: 4, CellClass.XL64: 0, CellClass.XL256: 0}
)
SAY: Final = Words("client").say
SCAN: Final = 200_000


@dataclass(eq=False)
class Pair:
    """Two centres whose whole life began in a browser."""

    here: World
    sender: Party
    centre: Party
    files: Path
    context: BrowserContext

    @asynccontextmanager
    async def at(self, party: Party) -> AsyncGenerator[Page, None]:
        """Sit down at a desk and unlock; what stands on the screen goes with the block."""
        async with desk_of(party, DrivenClock(self.here.clock.now())) as tab:
            page = await self.context.new_page()
            try:
                await unlocked(page, tab.address)
                yield page
            finally:
                await page.close()
        await party.unlock()  # the desk has locked; the story's own looks need it open


async def enrolled(here: World, context: BrowserContext, key: str) -> Party:
    """Make a member in the browser, admit it with the file fetched there, and start its service."""
    place, at = PLACES[key], Home(here.path / key)
    settings = Settings(here.doors, here.authority.pin, Language.NB)
    entry = {
        "name": place.name,
        "region": "Vestlandet",
        "units": place.directory.units,
        "access": place.directory.access,
        "call_back_phone": place.directory.call_back_phone,
        "instance": INSTANCE,
        "home_district": here.member_id(place.home).hex(),
    }
    async with beginning(at, settings) as tab:
        page = await context.new_page()
        await page.goto(tab.address)
        await page.check("#role")
        for name, said in {**entry, "who": STAFF, "passphrase": PASSPHRASE}.items():
            await page.fill(f"#{name}", said)
        await page.fill("#again", PASSPHRASE)
        await page.click("main form button")
        await page.wait_for_url(f"**{DONE}")
        async with page.expect_download() as fetching:
            await page.click("main form button")
        file = await (await fetching.value).path()
        request = EnrolmentRequest.decode(file.read_bytes())
        await page.close()
    assert asked(at) == request
    member_id = here.admit(request)
    service = await Service(at, settings, here.clock).start()
    here.services[key] = service
    return Party(replace(place), at, settings, member_id, service, here.clock)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair() -> AsyncGenerator[Pair, None]:
    """Two centres, enrolled by clicks, and known to each other."""
    async with AsyncExitStack() as stack:
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=SATURDAY, blobs=BLOBS, weeks=2, slot=SLOT, step=2 * SLOT)
        )
        context = await stack.enter_async_context(chromium(accept_downloads=True))
        for home in {PLACES[key].home for key in ("granlia", "fjordglott")}:
            here.enrol(PLACES[home], Identity.generate())
        made: list[Party] = []
        for key in ("granlia", "fjordglott"):
            party = await enrolled(here, context, key)
            stack.push_async_callback(leave, here, party)
            await party.unlock()
            made.append(party)
        await here.publish()
        await here.tick(3)
        yield Pair(here, made[0], made[1], path, context)


def case_of(pair: Pair, sample: str) -> CaseFile:
    """Return a sample case between these two."""
    text = acts.sample(sample, of=pair.sender.name, to=pair.centre.name)
    return read_case(text, today=TODAY)


async def begun(page: Page) -> str:
    """Begin an empty case from the first page on; return its code name."""
    await page.click("nav a[href='/list']")
    await page.click("a[href='/new']")
    await page.click("main section.way form button")
    await page.wait_for_selector("body.steps")
    return (await page.locator("p.code-name").inner_text()).partition(" · ")[0].strip()


async def sent(page: Page, *, by_phone: bool) -> str:
    """From the answer of the person, check and send; return the code on the screen."""
    await page.click("a[href^='/send/']")
    await page.wait_for_selector("body.send")
    if by_phone:
        await page.locator("[name=agreed_by_phone]").first.check()
    await page.click("main form button.ds-button")
    await page.wait_for_selector("body.send_sure")
    await page.click("form[action^='/sending/'] button")
    await page.wait_for_selector("body.sent_case", timeout=60_000)
    return await page.locator("p.code").inner_text()


async def opened(page: Page, code: str) -> str:
    """At the other desk, let her in with the code; return what stands on the card."""
    await page.click("a.ds-button[href^='/arrival/']")
    await page.fill("#code", code)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body.card")
    return await page.locator("main").inner_text()


async def read_through(page: Page) -> dict[str, str]:
    """From the card, read every part; return what each page says, and come back to the card."""
    card = page.url
    await page.click("main a[href^='/opened/']")
    whole = page.url
    found: dict[str, str] = {}
    for at in range(await page.locator("main a[href^='/part/']").count()):
        await page.locator("main a[href^='/part/']").nth(at).click()
        await page.wait_for_selector("body.part")
        found[await page.locator("h1").inner_text()] = await page.locator("main").inner_text()
        await page.goto(whole)
    await page.goto(card)
    return found


async def confirmed(page: Page) -> None:
    """Say that it is in the journal."""
    await page.click("main a[href^='/confirm/']")
    await page.click("main form button")
    await expect(page.locator("h1")).to_have_text(SAY("cli.confirmed"))


async def came(pair: Pair, case: CaseFile, chosen: list[PartId], package: str) -> None:
    """See that the other service holds each part that was chosen, as it stood, and no other."""
    held = (await pair.centre.do("read", code_name=package))["parts"]
    assert isinstance(held, list)
    beside = (PartName.ATTACHMENT, *WITHOUT_CASE)
    more = [one for one in case.parts if name_of(one) in beside]
    assert {*chosen} <= {*map(str, held)} <= {*chosen, *more}
    for part in chosen:
        octets = (await pair.centre.do("read", code_name=package, part=part))["octets"]
        assert isinstance(octets, bytes)
        got = bare(answers_of(decode_part(part, octets)))
        assert got == bare(answers_of(case.parts[part])), part


async def moved(pair: Pair, sample: str, *, by_phone: bool = True) -> tuple[str, dict[str, str]]:
    """Play a whole move of a sample case; return what the card and the pages of the parts say."""
    case = case_of(pair, sample)
    before = await acts.known(pair.centre, "in")
    async with pair.at(pair.sender) as page:
        name = await begun(page)
        await type_case(page, case)
        if not by_phone:
            await _asked(pair, page, name)
        await attached(pair, page, case)
        chosen = await consent(page, case, pair.centre.name)
        code = await sent(page, by_phone=by_phone)
    await pair.here.tick(2)
    package = await acts.fresh(pair.centre, "in", before)
    async with pair.at(pair.centre) as page:
        card = await opened(page, code)
        pages = await read_through(page)
        await confirmed(page)
    await came(pair, case, chosen, package)
    await acts.until_state(pair.here, pair.sender, "out", name, "confirmed")
    assert pair.centre.name not in str(await acts.row(pair.sender, "out", name))
    return card, pages


async def _asked(pair: Pair, page: Page, name: str) -> None:
    """From the overview, ask the other centre for a place, which says yes at its own desk."""
    back = page.url
    await page.click("li.step a[href^='/ask/']")
    label = page.locator("label", has_text=pair.centre.name)
    await label.click()
    await page.click("main form.writing button.ds-button")
    await expect(page.locator("main")).to_contain_text(pair.centre.name)
    await pair.here.tick(2)
    async with desk_of(pair.centre, DrivenClock(pair.here.clock.now())) as tab:
        other = await pair.context.new_page()
        await unlocked(other, tab.address)
        await other.click("main a.ds-button[href^='/place/']")
        await other.check("#yes")
        await other.click("main form.stack button.ds-button")
        await other.wait_for_selector("body.said")
        await other.close()
    await pair.centre.unlock()
    await pair.here.tick(3)
    assert (await acts.row(pair.sender, "asked", name))["answer"] == "yes"
    await page.goto(back)


async def attached(pair: Pair, page: Page, case: CaseFile) -> None:
    """From the overview, attach a photo and a scan where the case has them."""
    for part, one in case.parts.items():
        if name_of(part) is not PartName.ATTACHMENT:
            continue
        said = answers_of(one)
        made = pair.files / str(said["file"])
        if made.suffix == ".pdf":
            samplefiles.scan(made, SCAN)
        else:
            samplefiles.photo(made)
        await page.click("a[href^='/attach/']:has-text(" + repr(SAY("web.attach")) + ")")
        await page.check(f"[name=type][value='{said['type']}']")
        await page.select_option("#belongs_to", str(said["belongs_to"]))
        await page.set_input_files("#file", made)
        await page.click("main form.writing button.ds-button")
        await page.wait_for_selector("body.steps")


async def test_t1_everything_goes_with_her(pair: Pair) -> None:
    """Asked for by clicks, every part agreed to; the card says the danger, and it is confirmed."""
    card, pages = await moved(pair, "GRAN-427", by_phone=False)
    assert "Marte" in card
    assert "jaktrifle" in card
    assert "Ikke bestill pakker" in pages[SAY("part.digital_safety")]


async def test_t2_what_she_keeps_to_herself_is_not_there(pair: Pair) -> None:
    """Health and earlier stays were typed, and are her own: no page and no byte of them."""
    card, pages = await moved(pair, "ELV-118")
    assert SAY("card.not_shared").lower() in card.lower()
    assert SAY("part.history") not in pages
    assert SAY("part.health_access") not in pages


async def test_t4_two_children_a_photo_and_a_scan(pair: Pair) -> None:
    """Each child has a page of its own, with every letter; the files came with their parts."""
    card, pages = await moved(pair, "VIDDE-256")
    for word in ("Máret", "Ánde", "Biret"):
        assert word in card
    assert "EpiPen" in pages[f"{SAY('part.child')} 2"]
    assert sum(name.startswith(SAY("part.attachment")) for name in pages) == 2


async def test_t5_what_must_gate_nothing_is_read_after_arrival(pair: Pair) -> None:
    """Neither the question for a place nor the card says it; the page of the part does."""
    card, pages = await moved(pair, "ODDE-771")
    for part in ("trafficking", "residence"):
        assert SAY(f"part.{part}") in pages
        assert SAY(f"part.{part}") not in card
