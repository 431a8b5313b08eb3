"""A move that cannot wait, by keyboard: three fields, one look, and it is sent; nothing on a no."""

import asyncio
import html
import re
from collections.abc import AsyncGenerator
from time import monotonic
from typing import Final, cast

import pytest
import pytest_asyncio

from keys.words import Language, Words
from tests import acts
from tests.browser import chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")
DANGER: Final = "Han leter i bilen nå"
MOST_SECONDS: Final = 300


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, Party, Party], None]:
    """A centre at night, and the one that has said yes on the phone."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        yield here, sender, centre


async def clock_of(here: World, sender: Party) -> DrivenClock:
    """Unlock, for the last desk locked; return a clock of the desk's own."""
    await sender.do("unlock", name=STAFF, passphrase=PASSPHRASE)
    return DrivenClock(here.clock.now())


async def test_nothing_is_sent_before_it_was_looked_over_and_nothing_on_a_no(
    desks: tuple[World, Party, Party],
) -> None:
    """In each language; what is no hours is asked for again, and all that was typed stays."""
    here, sender, centre = desks
    async with desk_of(sender, await clock_of(here, sender)) as tab:
        await tab.enter()
        for lang in Language:
            await tab.post("/language", language=lang.value)
            say = Words("client", lang).say
            page = html.unescape((await tab.get("/urgent")).text)
            assert centre.name in page
            assert f'value="{sender.name}"' not in page  # nobody sends to themselves
            assert " checked" not in page.partition(say("web.urgent.asked"))[2]
            typed = {"centre": centre.name, "danger": DANGER, "asked": "yes"}
            wrong = await tab.post("/urgent", **typed, window="i morgen")
            assert wrong.status == 422
            told = html.unescape(wrong.text)
            assert all(one in told for one in (say("emergency.window_again"), DANGER, "i morgen"))
            long = await tab.post("/urgent", **(typed | {"danger": "x" * 121}))
            assert say("refusal.text_too_long.do_limit", limit=120) in html.unescape(long.text)
            looked = html.unescape((await tab.post("/urgent", **typed, window="16–20")).text)
            assert say("web.urgent.leaves", centre=centre.name) in looked
            assert DANGER in looked
            no = html.unescape((await tab.post("/urgent", **(typed | {"asked": ""}))).text)
            assert say("web.urgent.stays") in no
            changed = await tab.post("/urgent", **typed, then="change")
            assert f'value="{DANGER}"' in html.unescape(changed.text)
            number = await tab.post("/urgent", danger="01017012345", then="sure")
            assert say("refusal.national_id.do") in html.unescape(number.text)
        assert await acts.known(sender, "out") == set()
        assert await acts.known(sender, "drafts") == set()
        await tab.post("/language", language="nb")
        kept = html.unescape(
            (await tab.post("/urgent", danger=DANGER, asked="no", then="sure")).text
        )
        assert WORDS.say("emergency.nothing_sent") in kept
        assert WORDS.say("emergency.ring_police") in kept
        (case,) = re.findall(r'href="(/case/[^"]+)"', kept)
        assert WORDS.say("web.tasks") in html.unescape((await tab.get(case)).text)
        assert await acts.known(sender, "out") == set()
        assert len(await acts.known(sender, "drafts")) == 1


async def test_what_is_not_known_and_what_was_not_asked_are_two_answers(
    desks: tuple[World, Party, Party],
) -> None:
    """Chosen beside a line, or typed in it; what was typed counts before what was chosen."""
    here, sender, _ = desks
    unasked = {"window_lack": "not_asked", "danger_lack": "unknown"}
    async with desk_of(sender, await clock_of(here, sender)) as tab:
        await tab.enter()
        looked = html.unescape((await tab.post("/urgent", **unasked)).text)
        for word in ("not_asked", "unknown"):
            assert f"<dd>{WORDS.say(f'choice.state.{word}')}</dd>" in looked
            assert f'value="{word}"' in looked
        assert (await tab.post("/urgent", danger_lack="given")).status == 422
        assert (await tab.post("/urgent", window="Ikke spurt")).status == 200
        for typed in (unasked, unasked | {"danger": DANGER}):
            before = await acts.known(sender, "drafts")
            await tab.post("/urgent", **typed, then="sure")
            name = await acts.fresh(sender, "drafts", before)
            threat = await sender.do("written", code_name=name, part="threat")
            journey = await sender.do("written", code_name=name, part="journey")
            fear = cast("dict[str, dict[str, object]]", threat["answers"])["worst_fear"]
            until = cast("dict[str, dict[str, object]]", journey["answers"])["arrival_until"]
            assert until.get("state") == "not_asked"
            said = (fear.get("state"), fear.get("value"))
            assert said == (("given", DANGER) if "danger" in typed else ("unknown", None))


@needs_chromium
async def test_in_chromium_it_is_sent_by_keyboard_within_five_minutes(
    desks: tuple[World, Party, Party],
) -> None:
    """On a narrow screen, from the list to the arrival code; the other desk opens it with that."""
    here, sender, centre = desks
    screen, began = {"width": 320, "height": 740}, monotonic()
    clock = await clock_of(here, sender)
    async with desk_of(sender, clock) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}/list")
        for address, body in (("/new", "new"), ("/urgent", "urgent")):
            await page.focus(f'a.ds-button[href="{address}"]')
            await page.keyboard.press("Enter")
            await page.wait_for_selector(f"body.{body}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.focus("#centre-1")
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        await page.keyboard.type("16–20")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")  # past «or: unknown, not asked»
        await page.keyboard.type(DANGER)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body.urgent_sure")
        assert centre.name in await page.text_content("dl.said")
        await page.focus('button[value="sure"]')
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body.urgent_done")
        told = await page.text_content("main") or ""
        assert WORDS.say("emergency.sent") in told
        assert centre.name not in page.url + await page.title()
        (code,) = re.findall(WORDS.say("cli.code", code="([^.]+)"), told)
    assert monotonic() - began < MOST_SECONDS
    await here.tick()
    await asyncio.sleep(0)
    (package,) = await acts.known(centre, "in")
    card = await acts.opened(here, centre, package, code)
    assert DANGER in "\n".join(card)
