"""The sender asks centres for a place in the browser, and sees who has answered what."""

import html
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")


@dataclass(frozen=True, slots=True)
class Desks:
    """A centre that asks, and three that are asked."""

    here: World
    asker: Party
    others: tuple[Party, ...]

    async def case(self, name: str) -> DrivenClock:
        """Begin a case that says what the place must have; return a clock of the desk's own."""
        for one in (self.asker, *self.others):
            await one.do("unlock", name=STAFF, passphrase=PASSPHRASE)
        ends = {"of": self.asker.name, "to": self.others[0].name}
        await self.asker.do("new", case=acts.sample("ODDE-771", name=name, **ends))
        return DrivenClock(self.here.clock.now())

    async def answered(self, centre: Party, **said: object) -> None:
        """Let the newest question come to a centre, and its answer back."""
        await self.here.tick()
        waiting = [one for one in await acts.rows(centre, "inquiries") if not one["answer"]]
        given = {"code_name": str(waiting[-1]["code_name"]), **said}
        await centre.do("answer", given)  # type: ignore[arg-type]
        await self.here.tick(2)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Desks, None]:
    """Four centres for all stories of this file."""
    keys = ("fjordglott", "granlia", "elvebredden", "viddeheim")
    async with village(*keys) as (here, (asker, *others)):
        yield Desks(here, asker, tuple(others))


def ask_of(tab: Tab, name: str) -> str:
    """Return where one asks for a place for a case."""
    visit = tab.desk.door.visit
    assert visit is not None
    return f"/ask/{visit.word(name)}"


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


async def test_who_is_asked_and_what_each_answered_stands_on_one_page(desks: Desks) -> None:
    """Nobody is ticked beforehand; a yes, a call and a no with its reasons come to the page."""
    say = WORDS.say
    granlia, elvebredden, third = desks.others
    async with desk_of(desks.asker, await desks.case("SPOR-411")) as tab:
        await tab.enter()
        at = ask_of(tab, "SPOR-411")
        assert at in (await tab.get(at.replace("ask", "case"))).text
        assert at in (await tab.get(at.replace("ask", "send"))).text
        for lang in Language:
            await tab.post("/language", language=lang.value)
            heard, page = Words("client", lang).say, await tab.get(at)
            says(
                page,
                heard("web.ask.sends"),
                heard("web.ask.nobody"),
                *(one.name for one in desks.others),
            )
            assert " checked" not in page.text
            assert desks.asker.name not in re.findall(r'name="centre" value="([^"]+)"', page.text)
            assert not re.search(r"\b(?:web|field|inquiry|choice)\.[a-z_.]+\b", page.text)
        await tab.post("/language", language="nb")
        nobody = await tab.post(at)
        assert nobody.status == 422
        says(nobody, say("web.ask.none"), say("sent.nothing"))
        stranger = await tab.post(at, centre="Et senter som ikke finnes")
        assert stranger.status == 422
        says(stranger, say("sent.nothing"))
        assert not await acts.rows(desks.asker, "asked")
        for one in desks.others:
            assert (await tab.post(at, centre=one.name)).status == 303
        asked = await tab.get(at)
        says(asked, say("cli.inquired", count=1), say("inquiry.none"))
        assert asked.text.count(say("web.ask.before", said=say("inquiry.none"))) == 3
        await desks.answered(granlia, value="no", reasons=["full"], suggest=third.name)
        await desks.answered(elvebredden, value="phone_me")
        says(await tab.get(at.replace("ask", "case")), say("web.ask.how_far", answered=2, asked=3))
        seen = await tab.get(at)
        says(seen, say("inquiry.reason.full"), say("inquiry.suggest", centre=third.name))
        says(seen, say("inquiry.phone_me"))
        assert "/consent/" not in seen.text  # nobody has said yes
        await desks.answered(third, **{"value": "yes_from", "from": "2026-12-01"})
        yes = await tab.get(at)
        says(yes, say("inquiry.yes_from"), say("inquiry.first", day="1. desember 2026"))
        assert "/consent/" in yes.text
        says(await tab.get(at.replace("ask", "case")), say("inquiry.yes_from"))
        assert at in (await tab.get("/list")).text


async def test_what_the_place_must_have_is_written_first(desks: Desks) -> None:
    """A case that says nothing of it leads to the form, and has nothing to send."""
    async with desk_of(desks.asker, await desks.case("FORST-412")) as tab:
        await tab.enter()
        begun = await tab.post("/new")
        at = begun.headers["Location"].replace("/case/", "/ask/")
        page = await tab.get(at)
        says(page, WORDS.say("web.ask.unwritten"), WORDS.say("not_sent"))
        assert 'name="centre"' not in page.text
        refused = await tab.post(at, centre=desks.others[0].name)
        assert refused.status == 422
        says(refused, WORDS.say("sent.nothing"))
        (form,) = re.findall(r'<a class="ds-button" href="(/form/[^"]+)"', page.text)
        await tab.post(form, adults_count="1", then="list")
        says(await tab.get(at), WORDS.say("field.place_inquiry.adults_count") + ": 1")
        assert 'name="centre"' in (await tab.get(at)).text


@needs_chromium
async def test_in_chromium_two_are_asked_by_keyboard_on_a_narrow_screen(desks: Desks) -> None:
    """Space, Tab, Space, Enter at 320 pixels; the address and the title name nobody."""
    clock, screen = await desks.case("TAST-413"), {"width": 320, "height": 740}
    async with desk_of(desks.asker, clock) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}{ask_of(tab, 'TAST-413')}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert "TAST" not in page.url + await page.title()
        await page.focus("#centre-1")
        for key in ("Space", "Tab", "Space", "Enter"):
            await page.keyboard.press(key)
        await expect(page.get_by_role("status")).to_contain_text(WORDS.say("cli.inquired", count=2))
    await desks.asker.do("unlock", name=STAFF, passphrase=PASSPHRASE)  # the desk has locked
    asked = [one for one in await acts.rows(desks.asker, "asked") if one["code_name"] == "TAST-413"]
    assert len({one["centre"] for one in asked}) == 2
