"""Whoever is asked for a place answers in the browser: four words, and nothing about anybody."""

import html
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio

from client.case.declaration import choice_msgid
from client.vocabulary import AnswerValue, NoReason
from keys.words import Language, Words
from tests import acts
from tests.browser import Seen, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")


@dataclass(frozen=True, slots=True)
class Asked:
    """The centre that asks, the one that is asked, and a third."""

    here: World
    asker: Party
    centre: Party
    third: Party

    def clock(self) -> DrivenClock:
        """Return a clock of the desk's own: what the world does in hours takes nobody so long."""
        return DrivenClock(self.here.clock.now())

    async def ask(self, name: str) -> None:
        """Write a case and ask for a place."""
        await self.centre.do("unlock", name=STAFF, passphrase=PASSPHRASE)  # the last desk locked
        ends = {"of": self.asker.name, "to": self.centre.name}
        await self.asker.do("new", case=acts.sample("ODDE-771", name=name, **ends))
        await acts.inquire(self.here, self.asker, self.centre, name)

    async def heard(self, name: str) -> dict[str, object]:
        """Return what the asker has heard."""
        await self.here.tick(2)
        return dict(await acts.row(self.asker, "asked", name))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[Asked, None]:
    """Three centres for all stories of this file."""
    async with village("fjordglott", "granlia", "elvebredden") as (here, found):
        yield Asked(here, *found)


def door(page: str) -> str:
    """Return where the button to the one inquiry that waits leads."""
    (found,) = re.findall(r'href="(/place/[^"]+)"', page)
    return str(found)


def says(seen: Seen, *texts: str) -> None:
    """Show that a page says each of these."""
    page = html.unescape(seen.text)
    assert not [text for text in texts if text not in page]


async def test_a_no_has_its_reasons_and_a_way_on(desks: Asked) -> None:
    """Nothing is chosen beforehand, and what lacks is asked for again while nothing is sent."""
    await desks.ask("NEI-401")
    async with desk_of(desks.centre, desks.clock()) as tab:
        await tab.enter()
        at = door((await tab.get("/")).text)
        for lang in Language:
            await tab.post("/language", language=lang.value)
            say = Words("client", lang).say
            shown = await tab.get(at)
            says(shown, say("web.place.sends"), *(say(choice_msgid(one)) for one in AnswerValue))
            says(shown, *(say(choice_msgid(one)) for one in NoReason), desks.third.name)
            assert "checked" not in shown.text
            assert f"<option>{desks.asker.name}</option>" not in shown.text
        nothing = await tab.post(at)
        says(nothing, say("web.place.none"), say("sent.nothing"))
        bare = await tab.post(at, value="no", suggest=desks.third.name)
        says(bare, say("sent.nothing"), f"<option selected>{desks.third.name}</option>")
        assert bare.text.count(" checked") == 1  # what was chosen stands, and nothing else
        assert {nothing.status, bare.status} == {422}
        assert not (await desks.heard("NEI-401"))["answer"]
        sent = await tab.post(at, value="no", reason="full", suggest=desks.third.name)
        says(sent, say("cli.answered"))
        assert 'href="/place/' not in (await tab.get("/")).text
        twice = await tab.post(at, value="yes")
        says(twice, say("sent.nothing"))
    heard = await desks.heard("NEI-401")
    assert (heard["answer"], heard["reasons"]) == ("no", ["full"])
    assert heard["suggest"] == desks.third.name


async def test_a_yes_from_a_day_needs_the_day(desks: Asked) -> None:
    """A day that is none is asked for again."""
    await desks.ask("DAG-402")
    async with desk_of(desks.centre, desks.clock()) as tab:
        await tab.enter()
        at = door((await tab.get("/")).text)
        for wrong in ("", "i morgen", "2026-02-30", "30.02.2026"):
            seen = await tab.post(at, value="yes_from", **{"from": wrong})
            assert seen.status == 422
            says(seen, WORDS.say("sent.nothing"), f'name="from" value="{wrong}"')
        says(
            await tab.post(at, value="yes_from", **{"from": "15.1.2027"}),
            WORDS.say("cli.answered"),
        )
        assert (await tab.get("/place/ingen")).status == 404
        await tab.post("/lock")
        assert (await tab.get(at)).headers["Location"] == "/unlock"
    assert (await desks.heard("DAG-402"))["answer"] == "yes_from"


@needs_chromium
async def test_in_chromium_it_is_answered_by_keyboard_on_a_narrow_screen(desks: Asked) -> None:
    """Four keys and Enter, at 320 pixels; the address and the title say nothing."""
    await desks.ask("TAST-403")
    screen = {"width": 320, "height": 740}
    async with desk_of(desks.centre, desks.clock()) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await page.goto(f"http://{tab.desk.host}{door(await page.content())}")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        assert desks.asker.name not in page.url + await page.title()
        await page.focus("#yes")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("body.said")
    assert (await desks.heard("TAST-403"))["answer"] == "yes"
