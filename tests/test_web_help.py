"""Help is one click from every page, the lock included; what the broker sees is said as plainly."""

import html
import re
import tomllib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import expect

from client.cli.commands import Commands
from client.web.helping import ACCESS, QUESTIONS, SEEN
from keys.words import Language, Words
from tests.browser import chromium, desk_of, needs_chromium
from tests.parties import Party, village
from tests.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGES: Final = ("/help", "/broker", "/accessibility")
WORDS: Final = Words("client")
ROOT: Final = Path(__file__).parents[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre() -> AsyncGenerator[tuple[World, Party, Party], None]:
    """Two centres, both in the directory; the desk is the first one's."""
    async with village("granlia", "fjordglott") as (here, (party, other)):
        yield here, party, other


async def test_help_is_read_at_the_lock_too_and_the_telephones_behind_it(
    centre: tuple[World, Party, Party],
) -> None:
    """Whoever has forgotten the passphrase at night still reads what to do."""
    here, party, other = centre
    async with desk_of(party, here.clock) as tab:
        await tab.start()
        for lang in Language:
            await tab.post("/language", language=lang.value)
            words = Words("client", lang)
            page = html.unescape((await tab.get("/help")).text)
            for name in QUESTIONS:
                assert words.say(f"web.help.{name}") in page
                assert words.say(f"web.help.{name}.do") in page
            assert words.say("web.help.locked") in page
            assert other.name not in page
            seen = html.unescape((await tab.get("/broker")).text)
            assert all(words.say(f"web.broker.{name}.do") in seen for name in SEEN)
            assert not re.search(r"\bweb\.[a-z_.]+\b", page + seen)
        await tab.enter()
        page = html.unescape((await tab.get("/help")).text)
        assert other.name in page
        members = (await party.do("directory"))["members"]
        assert isinstance(members, list)
        phones = {str(one["phone"]) for one in members if isinstance(one, dict)}
        assert len(members) > 1
        assert all(phone in page for phone in phones)
        assert words.say("web.help.locked") not in page


async def test_help_is_in_the_same_place_on_every_page(
    centre: tuple[World, Party, Party],
) -> None:
    """WCAG 2.2, 3.2.6: the first links of the foot, wherever one is."""
    here, party, _ = centre
    async with desk_of(party, here.clock) as tab:
        await tab.start()
        feet = [(await tab.get(path)).text for path in ("/unlock", *PAGES)]
        await tab.enter()
        feet += [(await tab.get(path)).text for path in ("/", "/list", *PAGES)]
    for page in feet:
        links = re.findall(r'<a class="ds-link" href="([^"]+)"', page.partition("<footer>")[2])
        assert links[:3] == [*PAGES]


async def test_what_was_tested_for_whom_is_said_at_the_lock_too(
    centre: tuple[World, Party, Party],
) -> None:
    """Also what nobody has tried; each test that is named is there."""
    here, party, _ = centre
    async with desk_of(party, here.clock) as tab:
        await tab.start()
        for lang in Language:
            await tab.post("/language", language=lang.value)
            words = Words("client", lang)
            page = html.unescape((await tab.get("/accessibility")).text)
            for name, lines in ACCESS:
                assert words.say(f"web.access.{name}") in page
                assert all(words.say(f"web.access.{name}.{line}") in page for line in lines)
            named = re.findall(r"tests/\w+\.py", page)
            assert len(named) == 3
            assert all((ROOT / path).is_file() for path in named)
            version = tomllib.loads((ROOT / "tests/vendor/VENDOR.toml").read_text("utf-8"))
            assert f"axe-core {version['axe.min.js']['version']}" in page


def _web_msgids() -> set[str]:
    """Return what templates say by name, and what the links and buttons of a row are called."""
    pages = "".join(path.read_text("utf-8") for path in (ROOT / "client/web/templates").iterdir())
    views = (ROOT / "client/web/views.py").read_text("utf-8")
    return {
        *re.findall(r'", "(web\.[a-z_.]*[a-z])"', views),
        *re.findall(r'say\("(web\.[a-z_.]*[a-z])"\)', pages),
    }


@pytest.mark.parametrize("lang", Language)
async def test_every_command_that_help_names_is_there(lang: Language) -> None:
    """Nobody is sent to a command that does not exist, at night least of all."""
    words, commands = Words("client", lang), Commands()
    named: set[str] = set()
    for name in QUESTIONS:
        for line in re.findall(r"[«“](folge [^»”]+)[»”]", words.say(f"web.help.{name}.do")):
            _, command, *options = line.split()
            given = {option for param in commands[command].params for option in param.opts}
            assert {one for one in options if one.startswith("--")} <= given, line
            named.add(command)
    assert named == {"add", "recuse"}


@pytest.mark.parametrize("lang", Language)
async def test_everything_that_help_quotes_stands_on_a_page(lang: Language) -> None:
    """A quoted word that is no command is a button, a link or a heading, letter for letter."""
    words = Words("client", lang)
    there = {words.say(msgid) for msgid in _web_msgids()}
    for name in QUESTIONS:
        quoted = re.findall(r"[«“]([^»”]+)[»”]", words.say(f"web.help.{name}.do"))
        assert {one for one in quoted if not one.startswith("folge ")} <= there, name


@pytest.mark.parametrize("lang", Language)
@pytest.mark.parametrize(
    ("question", "button"),
    [
        ("correct", "web.add"),
        ("back", "web.back_all"),
        ("wrong", "web.wrong"),
        ("not_ours", "web.not_ours"),
    ],
)
async def test_a_button_that_help_names_is_called_so(
    lang: Language, question: str, button: str
) -> None:
    """What help says in quotes stands on a button, letter for letter."""
    words = Words("client", lang)
    told = re.findall(r"[«“]([^»”]+)[»”]", words.say(f"web.help.{question}.do"))
    assert told[0] == words.say(button)


@needs_chromium
async def test_in_chromium_an_answer_opens_by_keyboard_on_a_narrow_screen(
    centre: tuple[World, Party, Party],
) -> None:
    """At 320 pixels; the answer is hidden until it is asked for, and nothing is wider."""
    here, party, _ = centre
    screen = {"width": 320, "height": 740}
    async with desk_of(party, here.clock) as tab, chromium(viewport=screen) as context:
        page = await context.new_page()
        await page.goto(tab.address)
        await page.click(f"footer >> text={WORDS.say('web.help')}")
        answer = page.get_by_text(WORDS.say("web.help.night.do"))
        await expect(answer).to_be_hidden()
        await page.locator("summary").first.focus()
        await page.keyboard.press("Enter")
        await expect(answer).to_be_visible()
        for path in PAGES:
            await page.goto(f"http://{tab.desk.host}{path}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    ("lang", "asked"),
    [("nb", "Var den låst opp?"), ("nn", "Var ho låst opp?"), ("en", "unlocked?")],
)
async def test_help_promises_nothing_of_a_machine_that_was_unlocked(lang: str, asked: str) -> None:
    """A passphrase guards a machine that is off; of one that was open everything may be read."""
    said = Words("client", lang).say("web.help.stolen.do")
    assert asked in said
