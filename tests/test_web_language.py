"""Another language, or larger text, keeps what was typed: nobody writes it twice."""

from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from keys.words import Language, Words
from tests.browser import chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.tour import LANDINGS
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
TYPED: Final = 'Bror "venter" ved bussen'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre() -> AsyncGenerator[tuple[World, Party], None]:
    """Two centres; the desk is the first one's."""
    async with village("granlia", "fjordglott") as (here, (party, _)):
        yield here, party


@needs_chromium
async def test_in_chromium_the_same_page_is_shown_and_the_answers_stay(
    centre: tuple[World, Party],
) -> None:
    """Text, what is chosen, and what was taken away; the lock still works on the new page."""
    here, party = centre
    async with (
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium() as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}/urgent")
        await page.fill("#danger", TYPED)
        await page.check("#centre-1")
        await page.check("#asked-no")
        for lang in (Language.NN, Language.EN, Language.NB):
            say = Words("client", lang).say
            await page.click(f"button[value={lang}]")
            await expect(page.locator("h1")).to_have_text(say("web.urgent"))
            await expect(page.locator("#lock button")).to_have_text(say("web.lock"))
            await expect(page.locator("html")).to_have_attribute("lang", lang.value)
            await expect(page.locator("#danger")).to_have_value(TYPED)
            await expect(page.locator("#centre-1")).to_be_checked()
            await expect(page.locator("#asked-no")).to_be_checked()
            await expect(page.locator("#asked")).not_to_be_checked()
            await expect(page.locator(f"button[value={lang}]")).to_be_focused()
        await page.click("form.writing button >> nth=0")
        await expect(page.locator("dl.said")).to_contain_text(TYPED)
        await page.click("#lock button")
        await page.wait_for_url("**/unlock")


@needs_chromium
async def test_in_chromium_a_draft_that_was_translated_is_saved_when_it_locks(
    centre: tuple[World, Party],
) -> None:
    """What was typed before the language and after it is there when somebody unlocks again."""
    here, party = centre
    async with (
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium() as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}/new")
        await page.click("section.way form button")
        await page.click("a[href^='/form/'] >> nth=0")
        await page.fill("#call_name", "Marte")
        await page.click("button[value=nn]")
        await expect(page.locator("html")).to_have_attribute("lang", "nn")
        await page.fill("#birth_year", "1991")
        await page.click("#lock button")
        await page.wait_for_url("**/unlock")
        await page.fill("#name", STAFF)
        await page.fill("#passphrase", PASSPHRASE)
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body.inbox")
        await page.goto(f"http://{tab.desk.host}/list")
        await page.click("main a[href^='/case/']")
        await page.click("a[href^='/form/'] >> nth=0")
        await expect(page.locator("#call_name")).to_have_value("Marte")
        await expect(page.locator("#birth_year")).to_have_value("1991")


@needs_chromium
async def test_in_chromium_larger_text_keeps_what_was_typed_and_fits_a_narrow_screen(
    centre: tuple[World, Party],
) -> None:
    """Two sizes more, for every page from then on; nothing is wider than 320 pixels by it."""
    here, party = centre
    async with (
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium() as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.set_viewport_size({"width": 320, "height": 900})
        await page.goto(f"http://{tab.desk.host}/urgent")
        await page.fill("#danger", TYPED)
        tall: list[float] = []
        for size in ("normal", "large", "larger"):
            await page.click(f"button[value={size}]")
            await expect(page.locator("html")).to_have_attribute("data-text", size)
            await expect(page.locator(f"button[value={size}]")).to_be_focused()
            await expect(page.locator(f"button[value={size}]")).to_have_attribute(
                "aria-current", "true"
            )
            await expect(page.locator("#danger")).to_have_value(TYPED)
            found = await page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
            tall.append(found)
        assert tall[0] * 1.2 < tall[1] < tall[2] / 1.15
        assert tall[2] >= tall[0] * 1.5
        for where in LANDINGS:
            await page.goto(f"http://{tab.desk.host}{where}")
            await expect(page.locator("html")).to_have_attribute("data-text", "larger")
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 320, where


async def test_a_size_that_is_none_is_refused_and_without_a_script_the_page_comes_back(
    centre: tuple[World, Party],
) -> None:
    """The buttons are a form: they work without a script, also before anybody has unlocked."""
    here, party = centre
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.start()
        assert 'data-text="normal"' in (await tab.get("/help")).text
        answer = await tab.post("/text-size", size="large")
        assert (answer.status, answer.headers["Location"]) == (303, "/help")
        assert 'data-text="large"' in (await tab.get("/help")).text
        for wrong in ("huge", "", '"><script>'):
            assert (
                "script>"
                not in (await tab.post("/text-size", size=wrong)).text.partition("<body")[2]
            )
        assert 'data-text="large"' in (await tab.get("/help")).text
        await tab.enter_again()
        assert 'data-text="large"' in (await tab.get("/list")).text
