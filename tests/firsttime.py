"""The pages of the first time, opened as `folge desk --begin` does, for whoever tries them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp

from client.home import Home
from client.joining import join
from client.settings import Settings
from client.web.app import opened
from client.web.desk import Desk
from client.web.door import Door
from client.web.first import First, Made
from client.web.pages import Paper
from keys.words import Language, Words
from tests.browser import Tab
from tests.clock import DrivenClock
from tests.parties import CHEAP
from tests.world import START

PASSPHRASE: Final = "lyng stein vind hav"
ENTRY_SAID: Final = {
    "role": "centre",
    "name": "Krisesenteret Nyheim",
    "region": "Innlandet",
    "units": "kvinner, menn, barn",
    "access": "heis",
    "call_back_phone": "000 00 777",
    "instance": "folge.invalid",
    "home_district": "",
}
FORM: Final = {**ENTRY_SAID, "who": "Dagny", "passphrase": PASSPHRASE, "again": PASSPHRASE}
SETTINGS: Final = (
    'broker = "https://broker.invalid"\nissuer = "https://issuer.invalid"\n'
    f'root_pin = "{"ab" * 32}"\n'
)


def settings(path: Path) -> Path:
    """Write the settings file that the letter has."""
    file = path / "member.toml"
    file.write_text(SETTINGS, "utf-8")
    return file


@asynccontextmanager
async def beginning(home: Home, told: Settings) -> AsyncGenerator[Tab, None]:
    """Open the pages of the first time, as `folge desk --begin` does, until the block ends."""

    async def make(said: Mapping[str, str], who: str, passphrase: str) -> Made:
        made = await join(home, told, said, (who, passphrase), CHEAP)
        return Made("ord", "12 34", made.encode())

    async def nobody(*_: object) -> Mapping[str, object]:
        raise AssertionError("there is no service to ask")

    clock = DrivenClock(START)
    desk = Desk(nobody, clock, Door(clock.now()), Paper(Words("client", Language.NB), 300))  # type: ignore[arg-type]
    async with (
        opened(desk, pages=First(make).pages) as address,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield Tab(desk, address, http)
