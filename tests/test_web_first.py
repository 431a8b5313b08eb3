"""The first time, in the browser: who this member is, its keys, and the file for the registrars."""

import asyncio
import html
import re
import sys
from pathlib import Path

import aiohttp
import pytest

from client.home import Home
from client.joining import ENTRY, asked, join
from client.settings import Settings
from client.web.first import DONE, FIRST, MOST
from keys.address import Role
from keys.enrolment import EnrolmentRequest
from keys.errors import AlreadyThere, BadSettings, WeakPassphrase
from keys.words import Words
from tests.axe import LOOKS, faults
from tests.browser import Seen, Tab, chromium, needs_chromium
from tests.firsttime import ENTRY_SAID, FORM, PASSPHRASE, beginning, settings
from tests.parties import CHEAP

pytestmark = pytest.mark.asyncio


def said(seen: Seen) -> str:
    """Return what a page says."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", seen.text)).split())


async def test_the_first_time_ends_with_a_file_for_the_registrars(tmp_path: Path) -> None:
    """One form; then the file, whose signature holds, and the words that are read aloud."""
    home = Home(tmp_path / "hus")
    async with beginning(home, Settings.read(settings(tmp_path))) as tab:
        assert (await tab.start()).headers["Location"] == FIRST
        page = await tab.get(FIRST)
        assert Words("client").say("web.first.sends") in said(page)
        done = await tab.post(FIRST, **FORM)
        assert done.headers["Location"] == DONE
        shown = said(await tab.get(DONE))
        assert "12 34" in shown
        assert Words("client").say("web.first.done.sends") in shown
        fetched = await tab.post(DONE)
        assert fetched.headers["Content-Disposition"].endswith('"innmelding.request"')
    kept = asked(home)
    assert kept is not None
    assert (kept.role, kept.directory.name) == (Role.CENTRE, ENTRY_SAID["name"])
    assert kept.instance == ENTRY_SAID["instance"]
    assert EnrolmentRequest.decode(home.request.read_bytes()) == kept
    assert home.ledger.exists()
    assert home.slots.exists()
    assert PASSPHRASE.encode() not in b"".join(
        one.read_bytes() for one in home.path.rglob("*") if one.is_file()
    )


async def test_what_is_wrong_is_named_and_nothing_is_made(tmp_path: Path) -> None:
    """Each field that is wrong has its sentence, what was typed stays, and no key exists."""
    home = Home(tmp_path / "hus")
    wrong = {
        **{name: "x" * (most + 1) for name, most in MOST.items()},
        "role": "operator",
        "who": "",
        "again": "noe annet",
    }
    async with beginning(home, Settings.read(settings(tmp_path))) as tab:
        await tab.start()
        for name, value in wrong.items():
            seen = await tab.post(FIRST, **{**FORM, name: value})
            assert seen.status == 422, name
            assert Words("client").say(f"web.first.wrong.{name}") in said(seen), name
            assert seen.text.count('class="ds-validation-message"') == 1, name
            assert PASSPHRASE not in seen.text
            if name != "name":
                assert ENTRY_SAID["name"] in seen.text
        named = {**FORM, "role": "police", "home_district": "ab" * 32, "name": ""}
        seen = await tab.post(FIRST, **named)
        order = re.findall(r'<li><a class="ds-link" href="#([a-z_]+)">', seen.text)
        assert order == ["name", "home_district"]
        assert (await tab.post(FIRST, **{**FORM, "home_district": "ab"})).status == 422
        short = await tab.post(FIRST, **{**FORM, "passphrase": "kort", "again": "kort"})
        assert short.status == 422
        assert Words("keys").say("refusal.weak_passphrase.do") in said(short)
        assert not home.path.exists() or not [*home.path.iterdir()]
        # Nothing but these pages is there.
        for path in ("/", "/list", "/settings", "/unlock", "/new"):
            assert (await tab.get(path)).headers["Location"] == FIRST
        assert (await tab.get("/help")).status == 200
        assert (await tab.get(DONE)).headers["Location"] == FIRST


async def test_nobody_else_gets_the_page(tmp_path: Path) -> None:
    """The same guards stand before it as before the desk."""
    home = Home(tmp_path / "hus")
    async with beginning(home, Settings.read(settings(tmp_path))) as tab:
        assert (await tab.get(FIRST)).status == 403  # no launch
        await tab.start()
        foreign = await tab.ask("GET", FIRST, headers={"Host": "evil.invalid"})
        assert foreign.status == 403
        assert (await tab.ask("POST", FIRST, {**FORM, "csrf": "x"})).status == 403
        other = Tab(tab.desk, tab.address, tab.http)
        assert (await other.start()).status == 403
    assert not home.ledger.exists()


async def test_an_entry_that_the_registrars_would_refuse_makes_nothing(tmp_path: Path) -> None:
    """Before there is a key, and so is a second member in one place refused."""
    home, told = Home(tmp_path / "hus"), Settings.read(settings(tmp_path))
    who = ("Dagny", PASSPHRASE)
    with pytest.raises(BadSettings):
        await join(home, told, {**ENTRY_SAID, "role": "broker"}, who, CHEAP)
    with pytest.raises(WeakPassphrase):
        await join(home, told, ENTRY_SAID, ("Dagny", "kort"), CHEAP)
    assert asked(home) is None
    assert {*ENTRY} < {*ENTRY_SAID}
    first = await join(home, told, ENTRY_SAID, who, CHEAP)
    with pytest.raises(AlreadyThere):
        await join(home, told, ENTRY_SAID, who, CHEAP)
    assert asked(home) == first
    home.settings.unlink()  # as a machine leaves it that died before the last step
    assert asked(home) is None
    with pytest.raises(AlreadyThere):
        await join(home, told, ENTRY_SAID, who, CHEAP)


async def run(home: Path, file: Path) -> tuple[asyncio.subprocess.Process, list[str]]:
    """Run `folge desk --begin`; return the process and its first two lines."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "client", "--home", str(home)),
        *("desk", "--no-browser", "--begin", str(file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return process, [(await process.stdout.readline()).decode().strip() for _ in range(2)]


async def test_a_browser_that_was_closed_finds_the_file_again(tmp_path: Path) -> None:
    """Made, closed, begun again: the same file; a member that was made otherwise has none."""
    home, file = Home(tmp_path / "hus"), settings(tmp_path)
    made = await join(home, Settings.read(file), ENTRY_SAID, ("Dagny", PASSPHRASE), CHEAP)
    process, (_, address) = await run(home.path, file)
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            host, _, rest = address.removeprefix("http://").partition("/")
            port = host.rpartition(":")[2]
            headers = {"Host": host, "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
            url = f"http://127.0.0.1:{port}/{rest}"
            async with http.get(url, headers=headers, allow_redirects=False) as first:
                cookie = first.headers["Set-Cookie"].partition(";")[0]
            headers |= {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
            async with http.get(
                f"http://127.0.0.1:{port}{DONE}", headers=headers, allow_redirects=False
            ) as done:
                assert done.status == 200
                csrf = re.search(r'name="csrf" value="([^"]+)"', await done.text())
            assert csrf
            headers["Origin"] = f"http://{host}"
            async with http.post(
                f"http://127.0.0.1:{port}{DONE}", headers=headers, data={"csrf": csrf[1]}
            ) as fetched:
                assert await fetched.read() == made.encode()
    finally:
        process.terminate()
        assert await process.wait() == 0
    home.request.unlink()
    process, (told, _) = await run(home.path, file)
    assert await process.wait() != 0
    assert told.startswith(Words("keys").say("refusal.already_there.what"))


@needs_chromium
async def test_the_first_pages_in_chromium_have_no_fault(tmp_path: Path) -> None:
    """Filled by keyboard alone, wide and narrow, light and dark."""
    home = Home(tmp_path / "hus")
    async with beginning(home, Settings.read(settings(tmp_path))) as tab, chromium() as context:
        page = await context.new_page()
        await page.goto(tab.address)
        found = [one for look in LOOKS for one in await faults(page, look)]
        await page.focus("main button")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".ds-error-summary")
        found += [one for look in LOOKS for one in await faults(page, look)]
        await page.focus("#role")
        await page.keyboard.press("Space")
        for name, value in FORM.items():
            if name != "role":
                await page.focus(f"#{name}")
                await page.keyboard.insert_text(value)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".fingerprint")
        found += [one for look in LOOKS for one in await faults(page, look)]
        assert found == []
        async with page.expect_download() as fetching:
            await page.click("main form button")
        assert (await fetching.value).suggested_filename == "innmelding.request"
