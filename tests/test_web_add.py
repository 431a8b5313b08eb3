"""What was sent is corrected in the browser: one topic, looked over, and sent on."""

import html
import re
from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from client.refusals import ConsentMissing, MissingAnswer
from client.web.adding import WHERE
from client.web.writing import Place
from keys.address import CellClass
from keys.wire import Packable
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, village
from tests.test_web_arrival import BLOBS, NOON, Waiting, unlocked

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")
NAME: Final = "GRAN-427"
PART: Final = "person"
FIELD: Final = "call_name"
NEW: Final = "Marte-Lill"


@pytest_asyncio.fixture(loop_scope="module")
async def sent() -> AsyncGenerator[Waiting, None]:
    """Two centres; one has sent a case to the other, which has not opened it."""
    blobs = {**BLOBS, CellClass.S: 24}
    async with village("granlia", "fjordglott", start=NOON, blobs=blobs) as (here, found):
        sender, centre = found
        text = acts.sample(NAME, of=sender.name, to=centre.name)
        await acts.ready(here, sender, text, centre)
        code, package = await acts.send(here, sender, centre, NAME)
        yield Waiting(here, sender, centre, code, package, DrivenClock(here.clock.now()))


def place(tab: Tab) -> str:
    """Return where the first topic of the part is corrected."""
    visit = tab.desk.door.visit
    assert visit is not None
    return Place(NAME, PART).address(visit, WHERE)


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


def fields(seen: Seen) -> dict[str, str]:
    """Return what a page carries in hidden fields."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', seen.text)
    return {html.unescape(name): html.unescape(one) for name, one in found if name != "csrf"}


async def updates(sent: Waiting) -> int:
    """Return how often something was shared since the case was sent, after a slot."""
    await sent.here.tick(2)
    found = (await sent.sender.do("record", code_name=NAME))["shared"]
    assert isinstance(found, list)
    return len(found) - 1


async def test_a_correction_is_looked_over_and_then_sent(sent: Waiting) -> None:
    """Nothing leaves before the second button, and the receiver reads old and new."""
    say = WORDS.say
    async with desk_of(sent.sender, sent.clock) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        which = f"/add/{visit.word(NAME)}"
        assert which in (await tab.get(which.replace("add", "sent"))).text
        for lang in Language:
            await tab.post("/language", language=lang.value)
            there = Words("client", lang).say
            says(await tab.get(which), there("web.add.sends"), there("web.add.other"))
            page = await tab.get(place(tab))
            says(page, there("web.add.look"), there("page.person.name"))
            assert not re.search(r"\b(?:web|field|page|choice)\.[a-z_.]+\b", page.text)
        await tab.post("/language", language="nb")
        same = await tab.post(place(tab), **await _as_it_stands(tab))
        assert same.status == 422
        says(same, say("web.add.none"), say("sent.nothing"))
        long = await tab.post(place(tab), **{**await _as_it_stands(tab), FIELD: "a" * 9_999})
        assert long.status == 422
        says(long, say("web.mend"), "a" * 9_999)
        typed = {**await _as_it_stands(tab), FIELD: NEW}
        sure = await tab.post(place(tab), **typed, then="look")
        says(sure, say("web.add.sure", centre=sent.centre.name), NEW, say("not_sent"))
        says(sure, say("web.add.shut"))
        assert await updates(sent) == 0
        again = await tab.post(place(tab), **fields(sure), then="change")
        says(again, NEW)
        unseen = await tab.post(place(tab), **fields(sure), then="sure")
        assert unseen.status == 422
        says(unseen, say("check.since_yes"), say("sent.nothing"), NEW)
        assert await updates(sent) == 0
        done = await tab.post(place(tab), **fields(unseen), then="sure", seen="yes")
        says(done, say("cli.added"), say("part.person"), say("cli.kept"))
        assert await updates(sent) == 1
        twice = await tab.post(place(tab), **fields(sure), then="sure", seen="yes")
        says(twice, say("web.add.none"))
    await sent.centre.do("arrive", code_name=sent.package, arrival_code=sent.code)
    await sent.here.tick(2)
    assert NEW in str(await acts.card(sent.centre, sent.package))


async def _as_it_stands(tab: Tab) -> dict[str, str]:
    """Return what a browser would post of the page unchanged, where a name has one value."""
    page = (await tab.get(place(tab))).text
    found = dict(
        re.findall(
            r'<input class="ds-input[^>]*? name="([^"]+)" value="([^"]*)"[^>]*? autocomplete', page
        )
    )
    found |= dict(re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', page))
    found |= dict(re.findall(r'type="radio"[^>]* name="([^"]+)" value="([^"]*)" checked', page))
    found |= {
        name: chosen[1]
        for name, options in re.findall(
            r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
        )
        if (chosen := re.search(r'value="([^"]*)" selected', options))
    }
    return {html.unescape(name): html.unescape(one) for name, one in found.items()}


async def test_what_nobody_said_yes_to_is_not_added(sent: Waiting) -> None:
    """The verb looks without sending, and refuses a part that the consent does not name."""
    person: dict[str, Packable] = {"code_name": NAME, "part": PART, "look": True}
    found = await sent.sender.do("add", {**person, "answers": f"{FIELD}: {{value: {NEW}}}"})
    assert (found["parts"], found["to"], found["opened"]) == ([PART], sent.centre.name, False)
    with pytest.raises(MissingAnswer):
        await sent.sender.do("add", {**person, "answers": "{}"})
    given: dict[str, Packable] = {
        **person,
        "part": "residence",
        "answers": "status: {state: not_asked}",
    }
    with pytest.raises(ConsentMissing):
        await sent.sender.do("add", given)
    wrong: dict[str, Packable] = {**person, "answers": f"{FIELD}: {{value: {'a' * 9_999}}}"}
    assert (await sent.sender.do("add", wrong))["wrong"]
    assert await updates(sent) == 0


@needs_chromium
async def test_in_chromium_a_correction_goes_to_whoever_has_opened_it(sent: Waiting) -> None:
    """By keyboard at 320 pixels, from the page of what was sent; no address names anything."""
    await acts.opened(sent.here, sent.centre, sent.package, sent.code)
    await sent.here.tick(3)
    await sent.sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
    screen = {"width": 320, "height": 740}
    async with desk_of(sent.sender, sent.clock) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}/list")
        await page.get_by_role("link", name=WORDS.say("web.sent.show")).first.click()
        await page.get_by_role("link", name=WORDS.say("web.add"), exact=True).click()
        await page.get_by_text(WORDS.say("part.person"), exact=True).focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("link", name=WORDS.say("page.person.name")).focus()
        await page.keyboard.press("Enter")
        await page.locator(f"#{FIELD}").fill(NEW)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert NAME not in page.url + await page.title()
        await page.get_by_role("button", name=WORDS.say("web.add.look")).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(WORDS.say("web.add.opened"))).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        changed = page.locator("dl.said dt")
        await expect(changed).to_have_count(1)  # a browser sends every other answer unchanged
        await page.get_by_label(WORDS.say("web.send.seen")).focus()
        await page.keyboard.press("Space")
        button = page.get_by_role("button", name=WORDS.say("web.send.yes", centre=sent.centre.name))
        await button.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(WORDS.say("cli.added_opened"))).to_be_visible()
    await sent.sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)  # the desk has locked
    assert await updates(sent) == 1


async def test_what_was_typed_when_it_locked_is_offered_again(sent: Waiting) -> None:
    """It is kept sealed, is not sent, comes back on its own topic, and goes when it is sent."""
    async with desk_of(sent.sender, sent.clock) as tab:
        await tab.enter()
        typed = {**await _as_it_stands(tab), FIELD: NEW}
        await tab.post(place(tab), **typed, then="keep")
        await tab.post("/lock")
        raw = b"".join(one.read_bytes() for one in sent.sender.home.path.rglob("*.db*"))
        assert raw
        assert NEW.encode() not in raw
        await tab.enter_again()
        other = Place(NAME, PART, 1).address(tab.desk.door.visit or pytest.fail("shut"), WHERE)
        assert WORDS.say("web.add.typed") not in html.unescape((await tab.get(other)).text)
        again = await tab.get(place(tab))
        says(again, WORDS.say("web.add.typed"), WORDS.say("not_sent"), NEW)
        assert await updates(sent) == 0
        sure = await tab.post(place(tab), **typed, then="look")
        await tab.post(place(tab), **fields(sure), then="sure", seen="yes")
        assert WORDS.say("web.add.typed") not in html.unescape((await tab.get(place(tab))).text)
        assert await updates(sent) == 1


async def test_what_was_being_typed_goes_when_its_part_is_taken_back(sent: Waiting) -> None:
    """Of that part alone; with all of it, whatever was being typed."""
    await acts.opened(sent.here, sent.centre, sent.package, sent.code)
    await acts.until_state(sent.here, sent.sender, "out", NAME, "opened")
    async with desk_of(sent.sender, sent.clock) as tab:
        await tab.enter()
        typed = {**await _as_it_stands(tab), FIELD: NEW}
        await tab.post(place(tab), **typed, then="keep")
    await sent.sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)

    async def kept(part: str) -> object:
        return (await sent.sender.do("written", code_name=NAME, part=part))["typed"]

    other = "call_name: Annen"
    await sent.sender.do("add", code_name=NAME, part="child.1", answers=other, keep="0")
    assert await kept(PART)
    assert await kept("child.1")
    await sent.sender.do("withdraw", code_name=NAME, parts=[PART])
    assert await kept(PART) == []
    assert await kept("child.1") == [["0", other]]
    await sent.sender.do("withdraw", code_name=NAME)
    assert await kept("child.1") == []


@needs_chromium
async def test_in_chromium_the_lock_keeps_what_is_being_typed(sent: Waiting) -> None:
    """Shift three times in the middle of a word; after unlocking it stands there again."""
    async with desk_of(sent.sender, sent.clock) as tab, chromium() as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}{place(tab)}")
        await page.fill(f"#{FIELD}", NEW)
        for _ in range(3):
            await page.keyboard.press("Shift")
        await page.wait_for_selector("body.unlock")
        await page.fill("#name", STAFF)
        await page.fill("#passphrase", PASSPHRASE)
        await page.click("main form button")
        await page.wait_for_selector("body.inbox")
        await page.goto(f"http://{tab.desk.host}{place(tab)}")
        await expect(page.locator(f"#{FIELD}")).to_have_value(NEW)
        assert await page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
