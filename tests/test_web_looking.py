"""The directory and the log in the browser: whom to ring, and who did what by name."""

import csv
import html
import io
import re
from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio

from client.web import looking
from keys.words import Language, Words
from tests import acts
from tests.browser import chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.test_web_arrival import unlocked
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks() -> AsyncGenerator[tuple[World, list[Party]], None]:
    """Two centres and a district; the desk is the first one's, and one centre says its region."""
    keys = ("granlia", "fjordglott", "vest")
    async with village(*keys, regions={"fjordglott": "Rogaland"}) as (here, found):
        yield here, found


def names(page: str) -> list[str]:
    """Return what is strong in the rows of a page."""
    return [html.unescape(one) for one in re.findall(r"<strong>([^<]+)</strong>", page)]


async def test_the_directory_says_whom_to_ring_and_is_searched_without_an_address(
    desks: tuple[World, list[Party]],
) -> None:
    """Each with its telephone and whether it can receive; a search is posted."""
    here, (party, other, district) = desks
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        assert 'href="/directory"' in (await tab.get("/")).text
        members = (await party.do("directory"))["members"]
        assert isinstance(members, list)
        for lang in Language:
            await tab.post("/language", language=lang.value)
            say = Words("client", lang).say
            page = html.unescape((await tab.get("/directory")).text)
            for one in members:
                assert isinstance(one, dict)
                assert all(str(one[name]) in page for name in ("name", "phone", "units"))
            assert say("directory.ready") in page
            assert say("web.directory.police") in page
            assert not re.search(r"\b(?:web|directory)\.[a-z_.]+\b", page)
        for wanted, there in (
            ("rogaLAND", [other.name]),
            (f" {party.name.split()[-1].lower()} ", [party.name]),
            (district.name, [district.name]),
            ("finnes ikke", []),
        ):
            found = await tab.post("/directory", wanted=wanted)
            assert names(found.text) == there, wanted
            assert f'value="{html.escape(wanted.strip())}"' in found.text


async def test_the_log_says_who_did_what_the_newest_first(
    desks: tuple[World, list[Party]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is searched by case and by colleague; what is old is one button away."""
    here, (party, other, _) = desks
    await party.do("unlock", name=STAFF, passphrase=PASSPHRASE)  # the last desk has locked
    for name in ("GRAN-427", "ODDE-771"):
        await party.do("new", case=acts.sample(name, of=party.name, to=other.name))
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        page = html.unescape((await tab.get("/log")).text)
        assert names(page)[:2] == ["ODDE-771", "GRAN-427"]
        assert WORDS.say("act.created") in page
        assert STAFF in page
        assert names((await tab.post("/log", wanted="gran-427")).text) == ["GRAN-427"]
        mine = (await tab.post("/log", wanted=f"{STAFF} gran")).text
        assert names(mine) == ["GRAN-427"]
        none = html.unescape((await tab.post("/log", wanted="ELV-118")).text)
        assert WORDS.say("web.log.none") in none
        monkeypatch.setattr(looking, "LATEST", 1)
        short = html.unescape((await tab.get("/log")).text)
        assert "GRAN-427" not in short
        assert WORDS.say("web.log.whole") in short
        assert "GRAN-427" in (await tab.post("/log", wanted="", whole="yes")).text


async def test_a_leader_gets_the_log_as_a_table(desks: tuple[World, list[Party]]) -> None:
    """All of it, each line with its four cells; a colleague who does not lead has no such page."""
    here, (party, _, _) = desks
    await party.do("unlock", name=STAFF, passphrase=PASSPHRASE)
    other = {"name": "=Ola", "new": "fem fine fjellfinker", "passphrase": PASSPHRASE}
    await party.do("staff add", other, leads=False)
    async with desk_of(party, DrivenClock(here.clock.now())) as tab:
        await tab.enter()
        assert WORDS.say("web.log.file") in html.unescape((await tab.get("/log")).text)
        got = await tab.post("/log-file")
        assert got.headers["Content-Disposition"] == 'attachment; filename="logg.csv"'
        rows = list(csv.reader(io.StringIO(got.text.lstrip("\ufeff")), delimiter=";"))
        lines = (await party.do("log"))["lines"]
        assert isinstance(lines, list)
        assert len(rows) == len(lines) + 1
        assert {len(row) for row in rows} == {4}
        assert STAFF in {row[3] for row in rows}
        assert not [cell for row in rows for cell in row if cell.startswith("=")]
        await tab.post("/lock")
        await tab.post("/unlock", name="=Ola", passphrase="fem fine fjellfinker")
        assert WORDS.say("web.log.file") not in html.unescape((await tab.get("/log")).text)
        assert (await tab.post("/log-file")).status == 404


@needs_chromium
async def test_in_chromium_both_are_searched_by_keyboard_on_a_narrow_screen(
    desks: tuple[World, list[Party]],
) -> None:
    """At 320 pixels, from the foot of the page; what is searched for is in no address."""
    here, (party, other, _) = desks
    screen = {"width": 320, "height": 740}
    async with (
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium(viewport=screen) as context,
    ):
        page = await context.new_page()
        await unlocked(page, tab.address)
        for msgid, wanted in (("web.directory", other.name), ("web.log", STAFF)):
            await page.click(f"footer >> text={WORDS.say(msgid)}")
            await page.focus("#wanted")
            await page.keyboard.type(wanted)
            await page.keyboard.press("Enter")
            await page.wait_for_selector(f'#wanted[value="{wanted}"]')
            assert wanted not in page.url + await page.title()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320
            assert wanted in await page.inner_text("main")
