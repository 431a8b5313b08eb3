"""`make demo-desk`: a desk for each role, that one can open, and that goes away by itself."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from string import Formatter
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
import pytest
from yarl import URL

from keys.words import Language, Words
from tests.deskdemo import TEXTS
from tests.parties import PASSPHRASE, STAFF
from tests.world import PLACES

ROOT: Final = Path(__file__).parents[1]
ROLES: Final = ("granlia", "fjordglott", "innlandet", "vest")
SAY: Final = Words("client").say


@pytest.fixture
def short() -> Generator[Path, None, None]:
    """Make a directory in which a socket's path is short enough."""
    with TemporaryDirectory(dir="/tmp", prefix="folge-") as path:
        yield Path(path)


@asynccontextmanager
async def started(at: Path, *given: str) -> AsyncGenerator[Process, None]:
    """Start it; whatever happens, it is not left running."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "tests/deskdemo.py", *given),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(at), "PYTHONUNBUFFERED": "1"},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def shown(process: Process) -> dict[str, str]:
    """Return the addresses that it shows, by the member's name."""
    said = ""
    assert process.stdout is not None
    while "Ctrl-C" not in said:
        line = await process.stdout.readline()
        assert line, said
        said += line.decode()
    assert f"{STAFF} / {PASSPHRASE}" in said
    return dict(re.findall(r"\((.+)\):\n  (http://\S+)\n", said))


async def inbox(address: str) -> str:
    """Open an address as a browser does, unlock, and return the first page."""
    url = URL(address)
    asked = {"Host": f"{url.host}:{url.port}", "Sec-Fetch-Dest": "document"}
    port, jar = url.port, aiohttp.DummyCookieJar()

    async def ask(path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        method = "GET" if form is None else "POST"
        at = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
        async with http.request(
            method, at, data=form, headers=asked, allow_redirects=False
        ) as answer:
            found = answer.headers.get("Set-Cookie", "").partition(";")[0]
            if found:
                asked["Cookie"] = found
            return answer.headers.get("Location", ""), await answer.text()

    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        asked["Sec-Fetch-Site"] = "none"
        assert (await ask(url.raw_path))[0] == "/unlock"
        _, lock = await ask("/unlock")
        csrf = lock.partition('name="csrf" value="')[2].partition('"')[0]
        asked |= {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{url.host}:{url.port}"}
        form = {"csrf": csrf, "name": STAFF, "passphrase": PASSPHRASE}
        assert (await ask("/unlock", form))[0] == "/"
        return (await ask("/"))[1]


async def test_each_role_has_a_desk_until_it_is_told_to_stop(short: Path) -> None:
    """Four addresses; behind each a desk with something on it; after Ctrl-C nothing is left."""
    async with asyncio.timeout(600), started(short) as process:
        addresses = await shown(process)
        assert [*addresses] == [PLACES[key].name for key in ROLES]
        _, centre, home, _ = [await inbox(address) for address in addresses.values()]
        assert SAY("state.in.waiting") in centre
        assert SAY("web.review.go") in home
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err.decode()) == (0, "")
    assert TEXTS[Language.NB]["end"] in out.decode()
    assert [*short.iterdir()] == []
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(f"http://127.0.0.1:{URL(addresses[PLACES['vest'].name]).port}/")


async def test_it_ends_by_itself(short: Path) -> None:
    """When its minutes are over; nobody has to remember that it runs."""
    async with asyncio.timeout(600), started(short, "--minutes", "0.02", "--lang", "en") as process:
        await shown(process)
        out, _ = await process.communicate()
    assert process.returncode == 0
    assert TEXTS[Language.EN]["end"] in out.decode()
    assert [*short.iterdir()] == []


def test_it_says_the_same_in_each_language() -> None:
    """No text is missing in one, and each names the same facts."""
    facts = {
        lang: {
            name: {one for _, one, _, _ in Formatter().parse(text) if one}
            for name, text in texts.items()
        }
        for lang, texts in TEXTS.items()
    }
    assert {*facts} == {*Language}
    assert all(one == facts[Language.NB] for one in facts.values())


def test_make_knows_it() -> None:
    """`make help` names it."""
    ran = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "demo-desk" in ran.stdout
    assert "screenshots" in ran.stdout
