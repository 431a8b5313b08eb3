"""The receiving desk in the browser: who is waited for, the code, the card, the journal."""

import html
import io
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pikepdf
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from keys.address import CellClass
from keys.arrival import ArrivalCode
from keys.calendar import Instant
from keys.words import Language, Words
from tests import acts
from tests.browser import CHROMIUM, Tab, chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOON: Final = Instant(1_794_999_600)
"""18 November 2026, 12.00 in Norway."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 16, CellClass.M: 0, CellClass.XL64: 0, CellClass.XL256: 0}
)
WORDS: Final = Words("client")
SECRET: Final = ("Marte", "Solbakk", "jaktrifle", "Trond")
"""What stands in the sample case and must stand in no title, address or log."""


@dataclass(eq=False)
class Waiting:
    """A centre where a package waits."""

    here: World
    sender: Party
    centre: Party
    code: str
    package: str
    clock: DrivenClock
    """The desk's own: what the world does in days takes nobody at the desk so long."""


@pytest_asyncio.fixture(loop_scope="module")
async def waiting() -> AsyncGenerator[Waiting, None]:
    """Two centres; one has sent a case to the other."""
    async with village("granlia", "fjordglott", start=NOON, blobs=BLOBS) as (here, found):
        sender, centre = found
        text = acts.sample("GRAN-427", of=sender.name, to=centre.name)
        await acts.ready(here, sender, text, centre)
        code, package = await acts.send(here, sender, centre, "GRAN-427")
        yield Waiting(here, sender, centre, code, package, DrivenClock(here.clock.now()))


def button(page: str, msgid: str, lang: Language = Language.NB) -> str:
    """Return where the button of that name leads."""
    said = re.escape(html.escape(Words("client", lang).say(msgid)))
    found = re.search(rf'<a class="ds-button"[^>]*href="([^"]+)">{said}<', page)
    assert found, (msgid, page)
    return found[1]


def says(page: str, *msgids: str, lang: Language = Language.NB, **facts: int | str) -> None:
    """Show that a page says each of these texts."""
    for msgid in msgids:
        assert str(html.escape(Words("client", lang).say(msgid, **facts))) in page, msgid


async def test_from_the_door_to_the_journal_without_a_script(waiting: Waiting) -> None:
    """Slip, wrong code, right code, card, paper, confirmed, taken back, answered: plain pages."""
    sender, centre = waiting.sender, waiting.centre
    async with desk_of(centre, waiting.clock) as tab:
        await tab.enter()
        first = (await tab.get("/")).text
        says(first, "state.in.waiting", "web.sends_nothing")
        assert waiting.package in first
        door = button(first, "web.arrived")
        says((await tab.get(door)).text, "web.code.sends", "web.code.lost", "web.keep_out")
        empty = await tab.post(door, code="")
        says(empty.text, "web.code.none")
        slip = await tab.post(door, code=waiting.code[:-1] + "?")
        assert slip.status == 422
        says(slip.text, "refusal.code_slip.what", "sent.nothing", "refusal.code_slip.do")
        assert (await acts.row(centre, "in", waiting.package))["tries"] == 0
        wrong = await tab.post(door, code=ArrivalCode.generate().text)
        says(wrong.text, "refusal.wrong_code.what", "sent.nothing")
        says((await tab.get("/")).text, "web.tries", count=1)
        without = await tab.post(door, without="yes")
        assert without.status == 422
        opened = await tab.post(door, code=f" {waiting.code.lower()} ")
        card = await tab.get(opened.headers["Location"])
        lines = (await centre.do("card", code_name=waiting.package))["lines"]
        assert isinstance(lines, list)
        assert _words(" ".join(map(str, lines))) <= _words(_text(card.text))
        await _confirmed_and_answered(tab, waiting, card.text)
        assert await acts.state(sender, "out", "GRAN-427") == "confirmed"


async def _confirmed_and_answered(tab: Tab, waiting: Waiting, card: str) -> None:
    here, centre = waiting.here, waiting.centre
    sheet = await tab.post(button(card, "web.card.confirm").replace("confirm", "paper"))
    says(sheet.text, "print.shred", "web.paper.how")
    acts_ = (await centre.do("log"))["lines"]
    assert isinstance(acts_, list)
    assert "printed_card" in {line[1] for line in acts_ if isinstance(line, list)}
    await here.tick(4)
    copied = {"code_name": waiting.package, "path": str(here.path / "journal"), "language": "nb"}
    await centre.do("export", copied)  # only of what may stand in a journal is asked
    await waiting.sender.do("withdraw", code_name="GRAN-427", parts=["threat"])
    await here.tick(4)
    asked = button((await tab.get("/")).text, "web.answer_journal")
    says((await tab.get(asked)).text, "web.journal.asked", "web.journal.sends")
    assert (await tab.post(asked, word="nothing of the kind")).status == 422
    says((await tab.post(asked, word="deleted")).text, "cli.journal")
    sure = button(card, "web.card.confirm")
    says((await tab.get(sure)).text, "web.confirm.title", "web.confirm.sends")
    says((await tab.post(sure)).text, "cli.confirmed")
    assert 'href="/confirm/' not in (await tab.get(sure.replace("confirm", "card"))).text
    await here.tick(4)


def _text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


async def test_every_list_speaks_each_language_and_says_what_is_sent(waiting: Waiting) -> None:
    """At the sender: what is not sent, what is, and what is over, each under its heading."""
    case = acts.sample("SKOG-903", of=waiting.sender.name, to=waiting.centre.name)
    await waiting.sender.do("new", case=case)
    async with desk_of(waiting.sender, waiting.clock) as tab:
        await tab.enter()
        for lang in Language:
            await tab.post("/language", language=lang.value)
            page = (await tab.get("/list")).text
            headings = ("web.not_sent", "web.sent", "web.over", "web.tasks", "web.sends_nothing")
            says(page, *headings, lang=lang)
            not_sent, _, sent = page.partition(f">{Words('client', lang).say('web.sent')}</h2>")
            says(not_sent, "status.draft", lang=lang)
            says(sent, "state.kept", lang=lang)
            assert f'<html lang="{lang}"' in page
            assert not re.search(r"\b(?:web|status|state|check|task)\.[a-z_]+\b", _text(page))


async def unlocked(page: Page, address: str) -> None:
    """Open the address in Chromium and unlock, by keyboard alone."""
    await page.goto(address)
    await page.wait_for_selector("#name:focus")
    await page.keyboard.type(STAFF)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSPHRASE)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body.inbox")


async def opened_card(page: Page, code: str) -> None:
    """Type the code at the door."""
    await page.click(f"a.ds-button:has-text('{WORDS.say('web.arrived')}')")
    await page.fill("#code", code)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body.card")


@needs_chromium
async def test_in_chromium_the_card_fits_and_the_lock_leaves_nothing(
    waiting: Waiting, caplog: pytest.LogCaptureFixture
) -> None:
    """One screen, one A4; Shift three times: all tabs are blank, and Back shows nothing."""
    asked: set[str] = set()
    told: list[str] = []
    screen = {"width": 1280, "height": 800}
    async with (
        desk_of(waiting.centre, waiting.clock) as tab,
        chromium(viewport=screen) as context,
    ):
        page, other = await context.new_page(), await context.new_page()
        context.on("request", lambda request: asked.add(request.url))
        context.on("console", lambda message: told.append(message.text))
        await unlocked(page, tab.address)
        await opened_card(page, waiting.code)
        await expect(page.locator(".blocks")).to_contain_text("jaktrifle")
        bottom = "document.querySelector('.blocks').getBoundingClientRect().bottom"
        assert await page.evaluate(bottom) <= 800
        await page.click("text=" + WORDS.say("web.card.paper"))
        await page.wait_for_selector("body.paper")
        paper = await page.pdf(prefer_css_page_size=True)
        with pikepdf.open(io.BytesIO(paper)) as pdf:
            assert len(pdf.pages) == 1
        for path in ("/", "/list", f"/card/{page.url.rpartition('/')[2]}"):
            await other.goto(f"http://{tab.desk.host}{path}")
        await expect(other.locator(".blocks")).to_contain_text("jaktrifle")
        await page.goto(other.url)
        for _ in range(3):
            await page.keyboard.press("Shift")
        await page.wait_for_selector("body.unlock")
        await other.wait_for_selector("body.unlock", timeout=2_000)
        assert not (await waiting.centre.do("status"))["unlocked"]
        for tab_ in (page, other):
            await tab_.evaluate("history.back()")
            await tab_.wait_for_selector("body.unlock", timeout=5_000)
            seen = await tab_.content()
            assert not any(word in seen for word in (*SECRET, waiting.package))
        await _nothing_kept(page)
        assert {await page.title(), await other.title()} == {WORDS.say("web.title_locked")}
    ours = (f"http://{tab.desk.host}/", "data:")
    assert not [url for url in asked if not url.startswith(ours)]
    assert not [url for url in asked if any(word in url for word in (*SECRET, waiting.package))]
    assert told == []
    assert not any(word in caplog.text for word in (*SECRET, waiting.package))


async def _nothing_kept(page: Page) -> None:
    """Show that the browser's own stores are empty."""
    await page.goto(page.url)
    kept = "[localStorage.length, sessionStorage.length, document.cookie]"
    assert await page.evaluate(kept) == [0, 0, ""]
    assert await page.evaluate("indexedDB.databases()") == []


@needs_chromium
async def test_in_chromium_no_page_is_wider_than_a_telephone(waiting: Waiting) -> None:
    """At 320 pixels nothing has to be moved sideways to be read."""
    screen = {"width": 320, "height": 740}
    async with (
        desk_of(waiting.centre, waiting.clock) as tab,
        chromium(viewport=screen) as context,
    ):
        page = await context.new_page()
        wide = "document.documentElement.scrollWidth"
        await unlocked(page, tab.address)
        assert await page.evaluate(wide) <= 320
        await opened_card(page, waiting.code)
        word = page.url.rpartition("/")[2]
        for path in ("/list", f"/card/{word}", f"/confirm/{word}", f"/arrival/{word}"):
            await page.goto(f"http://{tab.desk.host}{path}")
            assert await page.evaluate(wide) <= 320, path


@needs_chromium
async def test_in_chromium_without_scripts_everything_but_the_lock_is_as_strong(
    waiting: Waiting,
) -> None:
    """Forms work, a sentence says that the lock is weaker, and the page leaves by itself."""
    looks = {"java_script_enabled": False}
    async with desk_of(waiting.centre, waiting.clock) as tab, chromium(**looks) as context:
        page = await context.new_page()
        await unlocked(page, tab.address)
        await expect(page.locator("footer")).to_contain_text(
            WORDS.say("web.no_script"), use_inner_text=True
        )
        refresh = page.locator("meta[http-equiv=refresh]")
        assert await refresh.get_attribute("content") == "302;url=/unlock"
        await opened_card(page, waiting.code)
        await page.click("text=" + WORDS.say("web.lock"))
        await page.wait_for_selector("body.unlock")


async def test_chromium_is_what_ci_installs() -> None:
    """The stories above run in CI: what they need stands in what CI runs."""
    ci = (Path(__file__).parent.parent / ".ci" / "run").read_text("utf-8")
    assert "missing+=(chromium)" in ci
    assert CHROMIUM in ("", "/usr/bin/chromium")
