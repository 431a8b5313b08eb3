"""Whoever else is on this machine or in this browser gets nothing from the desk, and cannot act."""

import re
from collections.abc import AsyncGenerator, Mapping
from typing import Final

import pytest
import pytest_asyncio

from client.web.addresses import ERRANDS
from client.web.app import MOST
from client.web.defence import HEADERS
from client.web.door import LAUNCH
from keys.words import Words
from tests.browser import Tab, desk_of
from tests.clock import DrivenClock
from tests.parties import PASSPHRASE, STAFF, Party, village
from tests.world import START, World

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORDS: Final = Words("client")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre() -> AsyncGenerator[tuple[World, Party], None]:
    """One centre whose service runs."""
    async with village("granlia") as (here, (party,)):
        yield here, party


@pytest_asyncio.fixture(loop_scope="module")
async def tab(centre: tuple[World, Party]) -> AsyncGenerator[Tab, None]:
    """Its desk, opened and unlocked in one browser."""
    here, party = centre
    async with desk_of(party, here.clock) as made:
        await made.enter()
        yield made


FOREIGN: Final[Mapping[str, Mapping[str, str | None]]] = {
    "another name for this machine (DNS rebinding)": {"Host": "evil.example:80"},
    "the machine's address in place of its name": {"Host": "127.0.0.1"},
    "another name ending in ours": {"Host": "evil.localhost"},
    "a page of another site": {"Sec-Fetch-Site": "cross-site"},
    "a page of another program on this machine": {"Sec-Fetch-Site": "same-site"},
    "a browser that does not say who asks": {"Sec-Fetch-Site": None},
    "a frame in somebody's page": {"Sec-Fetch-Dest": "iframe"},
    "an object in somebody's page": {"Sec-Fetch-Dest": "object"},
    "a browser that does not say what for": {"Sec-Fetch-Dest": None},
    "a foreign origin": {"Origin": "http://evil.example"},
    "an origin that is none": {"Origin": "null"},
}


@pytest.mark.parametrize("how", FOREIGN)
async def test_a_foreign_request_reads_nothing(tab: Tab, how: str) -> None:
    """Even with the cookie, a request that is not of our own pages is turned away."""
    found = await tab.ask("GET", "/", headers=FOREIGN[how])
    assert (found.status, WORDS.say("web.foreign") in found.text) == (403, True)
    assert (await tab.get("/")).status == 200


@pytest.mark.parametrize("how", [*FOREIGN, "no origin at all", "typed by hand"])
async def test_a_foreign_request_does_nothing(tab: Tab, how: str) -> None:
    """Even with cookie and token, a form on a foreign page presses no button of ours."""
    beside = {"no origin at all": {"Origin": None}, "typed by hand": {"Sec-Fetch-Site": "none"}}
    visit = tab.desk.door.visit
    assert visit is not None
    headers = {**FOREIGN, **beside}[how]
    found = await tab.ask("POST", "/lock", {"csrf": visit.csrf}, headers)
    assert found.status == 403
    assert visit.name == STAFF


@pytest.mark.parametrize("token", ["", "wrong", None])
async def test_a_form_without_our_token_does_nothing(tab: Tab, token: str | None) -> None:
    """A form that the desk did not give out in this visit is an old one."""
    form = {} if token is None else {"csrf": token}
    found = await tab.ask("POST", "/lock", form)
    assert (found.status, WORDS.say("web.old_form") in found.text) == (403, True)
    assert tab.desk.door.visit is not None
    assert tab.desk.door.visit.name == STAFF


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_the_desk_knows_two_methods(tab: Tab, method: str) -> None:
    """Pages are read and buttons are pressed; nothing else is answered."""
    assert (await tab.ask(method, "/")).status == 403


@pytest.mark.parametrize("cookie", ["", "wrong"])
@pytest.mark.parametrize("path", sorted({path for method, path in ERRANDS if method == "GET"}))
async def test_another_browser_sees_no_page(tab: Tab, path: str, cookie: str) -> None:
    """Who has not brought the launch address is told how to, and sees nothing."""
    tab.cookie = cookie
    found = await tab.get(path.replace("{word}", "x"))
    assert (found.status, WORDS.say("web.no_visit") in found.text) == (403, True)


async def test_the_address_that_was_shown_works_once(tab: Tab) -> None:
    """A second browser with the same address is not let in, and the first stays."""
    again = await tab.start()
    assert (again.status, "Set-Cookie" in again.headers) == (403, False)
    assert WORDS.say("web.used") in again.text
    assert (await tab.get("/")).status == 200


async def test_the_address_works_for_ten_minutes(centre: tuple[World, Party]) -> None:
    """An address that was shown long ago lets nobody in; nor does a guess."""
    clock = DrivenClock(START)
    async with desk_of(centre[1], clock) as late:
        guess = await late.ask("GET", "/start/guess", headers={"Sec-Fetch-Site": "none"})
        assert guess.status == 403
        clock.advance(LAUNCH + 1)
        assert (await late.start()).status == 403
    async with desk_of(centre[1], clock) as soon:
        clock.advance(LAUNCH)
        assert (await soon.start()).status == 303


async def test_the_cookie_stays_in_this_browser_and_with_this_desk(
    centre: tuple[World, Party],
) -> None:
    """No script reads it, no foreign page has it sent, no other name or path gets it."""
    async with desk_of(centre[1], centre[0].clock) as tab:
        answer = await tab.start()
        name, *rest = answer.headers["Set-Cookie"].split("; ")
        assert name.startswith("__Host-desk=")
        assert sorted(rest) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
        assert answer.headers["Location"] == "/unlock"
    async with desk_of(centre[1], centre[0].clock) as other:
        assert other.desk.name != tab.desk.name


@pytest.mark.parametrize(
    "path", ["/", "/list", "/unlock", "/no-such-page", "/static/desk.css", "/static/nothing"]
)
async def test_every_answer_carries_the_headers_of_the_desk(tab: Tab, path: str) -> None:
    """Pages, files, redirects and refusals alike: no cache, no frame, no foreign word."""
    found = await tab.get(path)
    for name, value in HEADERS.items():
        assert found.headers[name] == value
    turned = await tab.ask("GET", path, headers={"Host": "evil.example"})
    assert turned.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_form_that_is_too_long_is_not_read(tab: Tab) -> None:
    """The desk reads no more than its own forms can be."""
    found = await tab.post("/unlock", name="x" * MOST, passphrase=PASSPHRASE)
    assert found.status == 413


async def test_an_address_of_a_case_names_nobody_and_ends_with_the_lock(
    centre: tuple[World, Party],
) -> None:
    """The word in the address is random, and after the lock it stands for nothing."""
    async with desk_of(centre[1], centre[0].clock) as tab:
        await tab.enter()
        visit = tab.desk.door.visit
        assert visit is not None
        word = visit.word("GRAN-427")
        assert visit.word("GRAN-427") == word
        assert re.fullmatch(r"[\w-]{32}", word)
        assert (await tab.get(f"/arrival/{word}")).status == 200
        await tab.post("/lock")
        await tab.post("/unlock", name=STAFF, passphrase=PASSPHRASE)
        assert (await tab.get(f"/arrival/{word}")).status == 404


async def test_a_fault_of_ours_is_a_sentence_and_quotes_nothing(
    tab: Tab, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither page nor log repeats what somebody wrote."""

    async def fall(*_: object) -> Mapping[str, None]:
        raise KeyError("Marte Solbakk")

    monkeypatch.setattr(tab.desk, "do", fall)
    found = await tab.get("/")
    assert (found.status, found.text) == (500, WORDS.say("web.fault"))
    assert "KeyError" in caplog.text
    assert "Marte" not in caplog.text + found.text
    monkeypatch.undo()
