"""The desk over TLS in Chromium: an enrolled PC works there, and any other sees nothing of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    Error,
    Page,
    async_playwright,
    expect,
)

from client.control import ControlClient
from client.verbs.pcs import FILE
from client.web.app import opened_to_pcs
from client.web.house import House, context
from client.web.pages import Paper
from keys.words import Words
from tests.browser import CHROMIUM, IDLE, needs_chromium
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.world import START

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]
SAY: Final = Words("client").say
HOST: Final = "desk.localhost"
ELSEWHERE: Final = "other.localhost"
_NAMES: Final = """
const dns = require("node:dns");
const ask = dns.promises.lookup;
dns.promises.lookup = (name, how) => ask(name.endsWith(".localhost") ? "127.0.0.1" : name, how);
"""


@dataclass(eq=False)
class Centre:
    """A centre whose desk is open to its PCs, and what was put on a stick for each."""

    party: Party
    sticks: Path
    house: House
    passwords: dict[str, str] = field(default_factory=dict[str, str])

    async def enrol(self, name: str) -> None:
        """Enrol a PC."""
        to = str(self.sticks / name)
        found = await self.party.do("pcs add", pc_name=name, path=to, passphrase=PASSPHRASE)
        self.passwords[name] = str(found["password"])


@asynccontextmanager
async def open_to_pcs(party: Party, sticks: Path, host: str) -> AsyncGenerator[Centre, None]:
    """Open a member's desk under that name, with one enrolled PC, until the block ends."""
    sticks.mkdir()
    await party.unlock()
    await party.do("pcs host", host=host, passphrase=PASSPHRASE)
    service = ControlClient(party.home.socket)
    house = House(service.do, DrivenClock(START), Paper(Words("client"), IDLE), host)
    house.tls = context(await service.do("pcs served", {}))
    async with opened_to_pcs(house, "127.0.0.1", 0):
        made = Centre(party, sticks, house)
        await made.enrol("vakt")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centres(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[tuple[Centre, Centre], None]:
    """Two centres, each with a desk that is open to its own PCs."""
    sticks = tmp_path_factory.mktemp("sticks")
    async with (
        village("granlia", "fjordglott") as (_, (one, two)),
        open_to_pcs(one, sticks / "one", HOST) as here,
        open_to_pcs(two, sticks / "two", ELSEWHERE) as there,
    ):
        yield here, there


@asynccontextmanager
async def browsers(path: Path) -> AsyncGenerator[Browser, None]:
    """Run Chromium in a centre whose names are resolved.

    Playwright shows a certificate on a connection of its own, so it is Playwright that is told,
    in the place of the centre's name server, where the desk is. Whom a browser trusts is its own
    affair: what the desk shows, and by whose authority, `tests/test_web_pcs.py` looks at.
    """
    names = path / "names.js"
    names.write_text(_NAMES, "ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NODE_OPTIONS", f"--require {names}")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
            )
            try:
                yield browser
            finally:
                await browser.close()


@asynccontextmanager
async def sat_down(
    browser: Browser, centre: Centre, name: str, at: str
) -> AsyncGenerator[Page, None]:
    """Sit down at a PC into which a stick's files were put, for the desk at an address."""
    file = centre.sticks / name / FILE
    secret = centre.passwords[name]
    pc = await browser.new_context(
        ignore_https_errors=True,
        client_certificates=[{"origin": at, "pfxPath": file, "passphrase": secret}],
    )
    try:
        yield await pc.new_page()
    finally:
        await pc.close()


async def unlocked(page: Page, origin: str) -> None:
    """Open the desk at an enrolled PC, and unlock."""
    await page.goto(origin)
    assert page.url == f"{origin}/unlock"
    assert await page.title() == SAY("web.title_locked")
    await page.fill("#name", STAFF)
    await page.fill("#passphrase", PASSPHRASE)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("body.inbox")


async def test_only_an_enrolled_pc_sees_the_desk_and_no_longer_than_it_is_enrolled(
    centres: tuple[Centre, Centre], tmp_path: Path
) -> None:
    """It works with the file and the password; a strange PC, or another centre's, sees nothing."""
    here, there = centres
    origin = here.house.origin
    await here.party.unlock()
    await here.enrol("baerbar")
    async with browsers(tmp_path) as browser:
        for centre, shown_at in ((here, there.house.origin), (there, origin)):
            # One shows none here, the other a certificate that another authority made.
            async with sat_down(browser, centre, "vakt", shown_at) as strange:
                with pytest.raises(Error, match="net::ERR_"):
                    await strange.goto(origin)
                assert SAY("web.unlock") not in (await strange.text_content("body") or "")
        async with (
            sat_down(browser, here, "vakt", origin) as page,
            sat_down(browser, here, "baerbar", origin) as lost,
        ):
            for one, pc in ((page, "vakt"), (lost, "baerbar")):
                await unlocked(one, origin)
                at_pc = SAY("web.at_pc", pc=pc, name=STAFF)
                await expect(one.locator("footer")).to_contain_text(at_pc)
            await page.locator("header nav a[href='/list']").click()
            await page.wait_for_selector("body.list")
            await here.party.unlock()
            await here.party.do("pcs remove", pc_name="baerbar")
            # Nobody touches it, and its page goes; whatever it asks for then is refused.
            await expect(lost.locator("body")).to_contain_text(SAY("web.no_pc"), timeout=20_000)
            for path in ("/", "/list", "/unlock"):
                answer = await lost.goto(f"{origin}{path}")
                assert answer is not None
                assert answer.status == 403
                assert SAY("web.list") not in await lost.content()
            await page.locator("header nav a[href='/']").click()
            await page.wait_for_selector("body.inbox")
        async with sat_down(browser, here, "baerbar", origin) as again:
            answer = await again.goto(origin)
            assert answer is not None
            assert answer.status == 403
