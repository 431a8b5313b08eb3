"""A whole handover by keyboard alone: no mouse, no address typed, in two browsers.

Only Tab, Enter, Space and what one types. Wherever the keyboard stands, it is seen: focus is drawn.
"""

from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from client.web.writing import Place
from keys.words import Words
from tests import acts
from tests.browser import chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.focus import stops, unseen
from tests.parties import Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
SAY: Final = Words("client").say
MOST: Final = 150
"""How often Tab is pressed at most before something is reached."""
NARROW: Final = {"width": 320, "height": 740}
WIDE: Final = {"width": 1280, "height": 800}
_UNFOLD: Final = "document.querySelectorAll('main details').forEach(one => one.open = true)"
_BAR: Final = "position:fixed;left:0;right:0;height:300px;background:#ddd"
PLANTED: Final = (
    ("<style>a:focus { outline: none }</style>", "not drawn"),
    (f"<div style='{_BAR};top:0'></div>", "covered"),
    (f"<div style='{_BAR};bottom:0'></div>", "covered"),
    ("<button style='position:absolute;left:-900px'>Borte</button>", "out of sight"),
)
"""What hides where the keyboard stands, with the word for it."""
_SEEN: Final = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const drawn = getComputedStyle(one), outer = getComputedStyle(one.parentElement);
    return one.matches(":focus-visible") && box.bottom > 0 && box.top < innerHeight
        && [drawn, outer].some(it => it.outlineStyle !== "none" || it.boxShadow !== "none");
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, Party, Party], None]:
    """A centre, and the one that has said yes on the phone."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        yield here, sender, centre


async def reach(page: Page, selector: str) -> None:
    """Press Tab until it stands on something of that selector, and see that it is shown there."""
    for _ in range(MOST):
        await page.keyboard.press("Tab")
        if await page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            assert await page.evaluate(_SEEN), selector
            return
    raise AssertionError(selector, await page.locator("body").inner_text())


async def press(page: Page, selector: str, body: str, key: str = "Enter") -> None:
    """Reach a link or a button, press it, and see the page with that template."""
    await reach(page, selector)
    async with page.expect_navigation():
        await page.keyboard.press(key)
    await page.wait_for_selector(f"body.{body}")


async def write(page: Page, selector: str, text: str) -> None:
    """Reach a field and write in it."""
    await reach(page, selector)
    await page.keyboard.type(text)


async def tick(page: Page, selector: str) -> None:
    """Reach a box or a choice, and say yes to it."""
    await reach(page, selector)
    await page.keyboard.press("Space")
    assert await page.evaluate("document.activeElement.checked"), selector


async def written(page: Page, part: str, **answers: str) -> None:
    """From the steps of a case, fill in a page of a form, and come back to the steps."""
    title = SAY(f"part.{part}")
    at = await page.evaluate(
        "title => [...document.querySelectorAll('li.step')].find("
        "one => one.querySelector('strong').textContent === title)"
        ".querySelector('a').getAttribute('href')",
        title,
    )
    await press(page, f"a[href='{at}']", "form")
    for name, text in answers.items():
        await write(page, f"#{name}", text)
    await press(page, "button.ds-button[value=list]", "steps")


@needs_chromium
async def test_from_a_new_case_to_confirmed_by_keyboard_alone(
    desks: tuple[World, Party, Party],
) -> None:
    """Written, asked, checked, sent; opened at the door with the code, and in the journal."""
    here, sender, centre = desks
    before = await acts.known(centre, "in")
    async with (
        desk_of(sender, DrivenClock(here.clock.now())) as tab,
        chromium(viewport=NARROW) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        code = await _sent(page, centre.name)
        await sender.unlock()
        await here.tick()
        package = await acts.fresh(centre, "in", before)
        await _opened(here, centre, code)
        await centre.unlock()
        assert await acts.state(centre, "in", package) == "confirmed"
    await sender.unlock()
    (name,) = await acts.known(sender, "out")
    await acts.until_state(here, sender, "out", name, "confirmed")


async def _sent(page: Page, centre: str) -> str:
    """Write a case, ask the person, check and send; return the arrival code."""
    await press(page, "a[href='/list']", "list")
    await press(page, "a[href='/new']", "new")
    await press(page, "main form button", "steps", "Space")
    await written(page, "person", call_name="Marte")
    told = {"dest_police_contacted_at": "08.11.2026 kl. 10.20"}
    await written(page, "destination_assessment", **told)
    await press(page, "a[href^='/consent/']", "consent")
    await write(page, "#recipient_centre", centre)
    await tick(page, "#user")
    await press(page, "button[value=show]", "consent")
    await tick(page, "#person")
    await press(page, "button[value=yes]", "consented")
    await press(page, "a[href^='/send/']", "send")
    await tick(page, "[name=agreed_by_phone]")
    await press(page, "main form button.ds-button", "send_sure")
    await reach(page, "main form button.ds-button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body.sent_case", timeout=60_000)
    return await page.locator("p.code").inner_text()


async def _opened(here: World, centre: Party, code: str) -> None:
    """Let her in at the other centre, and write it into the journal."""
    async with (
        desk_of(centre, DrivenClock(here.clock.now())) as tab,
        chromium(viewport=NARROW) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        await press(page, "a.ds-button[href^='/arrival/']", "code")
        if not await page.evaluate("document.activeElement.id === 'code'"):
            await reach(page, "#code")
        await page.keyboard.type(code)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        await page.wait_for_selector("body.card")
        await expect(page.locator(".blocks")).to_contain_text("Marte")
        await press(page, "a[href^='/confirm/']", "confirm")
        await press(page, "main form button", "said")
        await expect(page.locator("h1")).to_have_text(SAY("cli.confirmed"))


@needs_chromium
async def test_what_the_keyboard_does_not_reach_is_missed() -> None:
    """A button that Tab passes by, and one that shows no focus, fail the story above."""
    async with chromium() as context:
        page = await context.new_page()
        await page.set_content("<p><button id=a tabindex=-1>a</button><button id=b>b</button></p>")
        await reach(page, "#b")
        with pytest.raises(AssertionError, match="#a"):
            await reach(page, "#a")
        await page.set_content("<p><button id=c style='outline:0'>c</button></p>")
        with pytest.raises(AssertionError, match="#c"):
            await reach(page, "#c")


async def test_wherever_the_keyboard_stands_it_is_seen_on_the_longest_pages(
    desks: tuple[World, Party, Party],
) -> None:
    """A form, her page, the lines to the police and the settings, on a desk and on a telephone."""
    here, sender, centre = desks
    name = "SYN-207"
    await sender.unlock()
    await sender.do("new", case=acts.sample("GRAN-427", name=name, of=sender.name, to=centre.name))
    async with (
        desk_of(sender, DrivenClock(here.clock.now())) as tab,
        chromium(viewport=dict(WIDE)) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        visit = tab.desk.door.visit
        assert visit is not None
        word = visit.word(name)
        form = Place(name, "person").address(visit)
        for path in (form, f"/consent/{word}", f"/police/{word}", "/settings"):
            for size in (WIDE, NARROW):
                await page.set_viewport_size(size)
                await page.goto(f"http://{tab.desk.host}{path}")
                await page.evaluate(_UNFOLD)
                assert await unseen(page) == [], (path, size)


@pytest.mark.parametrize(("planted", "fault"), PLANTED)
async def test_what_hides_the_keyboard_is_named(planted: str, fault: str) -> None:
    """No outline, a bar that stays above, and a button beside the window; all else is well."""
    rows = "".join(f"<p style='margin:40px 0'><a href='#{at}'>Lenke {at}</a>" for at in range(30))
    async with chromium(viewport=dict(NARROW)) as context:
        page = await context.new_page()
        await page.set_content(f"<!doctype html><main>{rows}</main>")
        assert await unseen(page) == []
        await page.set_content(f"<!doctype html>{planted}<main>{rows}</main>")
        found = {fault for faults in (await stops(page)).values() for fault in faults}
        assert fault in found
