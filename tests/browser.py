"""A desk that is open on a member's machine, and two ways to it: plain requests, and Chromium."""

import re
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
import pytest
from playwright.async_api import BrowserContext, async_playwright
from yarl import URL

from client.control import ControlClient
from client.web.app import opened
from client.web.desk import Desk
from client.web.door import COOKIE, Door
from client.web.pages import Paper
from keys.words import Language, Words
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party
from tests.saysent import quiet

IDLE: Final = 300
CHROMIUM: Final = shutil.which("chromium") or ""
needs_chromium: Final = pytest.mark.skipif(
    not CHROMIUM, reason="no chromium: apt-get install chromium"
)


@dataclass(eq=False)
class Seen:
    """What a plain request was answered."""

    status: int
    headers: Mapping[str, str]
    text: str


def look_of(seen: Seen) -> str:
    """Return by what the look is known that a page showed (C-1.14)."""
    found = re.search(r'name="look" value="([0-9a-f]{32})"', seen.text)
    assert found
    return found[1]


@dataclass(eq=False)
class Tab:
    """A browser of no looks: it asks as a browser's own pages do, unless told otherwise."""

    desk: Desk
    address: str
    http: aiohttp.ClientSession = field(repr=False)
    cookie: str = ""

    async def ask(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Seen:
        """Ask; `headers` replace the usual ones, None leaves one out.

        Every page that is answered says whether something was sent.
        """
        usual: dict[str, str | None] = {
            "Host": self.desk.host,
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Dest": "document",
            "Origin": f"http://{self.desk.host}" if method == "POST" else None,
            "Cookie": f"{COOKIE}={self.cookie}" if self.cookie else None,
        }
        sent = {name: one for name, one in {**usual, **(headers or {})}.items() if one is not None}
        port = self.desk.host.rpartition(":")[2]
        url = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
        async with self.http.request(
            method, url, data=form, headers=sent, allow_redirects=False
        ) as answer:
            seen = Seen(answer.status, dict(answer.headers), await answer.text(errors="replace"))
        if answer.content_type == "text/html" and method != "HEAD":
            assert not quiet(seen.text), f"{path} does not say whether something was sent"
        return seen

    async def get(self, path: str) -> Seen:
        """Ask for a page."""
        return await self.ask("GET", path)

    async def post(self, path: str, **form: str) -> Seen:
        """Press a button: the form carries what the desk gave its forms."""
        visit = self.desk.door.visit
        return await self.ask("POST", path, {"csrf": visit.csrf if visit else "", **form})

    async def start(self) -> Seen:
        """Open the address that was shown."""
        answer = await self.ask("GET", URL(self.address).path, headers={"Sec-Fetch-Site": "none"})
        found = re.match(rf"{COOKIE}=([^;]+)", answer.headers.get("Set-Cookie", ""))
        self.cookie = found[1] if found else self.cookie
        return answer

    async def enter(self) -> None:
        """Open the address and unlock."""
        await self.start()
        await self.enter_again()

    async def enter_again(self) -> None:
        """Unlock what was locked."""
        answer = await self.post("/unlock", name=STAFF, passphrase=PASSPHRASE)
        assert answer.headers["Location"] == "/", answer.text


@asynccontextmanager
async def desk_of(
    party: Party, clock: DrivenClock, lang: Language = Language.NB, idle: int = IDLE
) -> AsyncGenerator[Tab, None]:
    """Open the desk of a member, whose service runs, until the block ends."""
    service = ControlClient(party.home.socket)
    made = Desk(service.do, clock, Door(clock.now()), Paper(Words("client", lang), idle))
    async with (
        opened(made) as address,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield Tab(made, address, http)


@asynccontextmanager
async def chromium(**options: object) -> AsyncGenerator[BrowserContext, None]:
    """Run Debian's Chromium, with its back/forward cache on, as people have it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        context = await browser.new_context(**options)  # type: ignore[arg-type]
        try:
            yield context
        finally:
            await browser.close()
