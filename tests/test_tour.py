"""The walk through the desk: a page that it misses is named, and one that changed is loaded again.

What is done with the pages stands in `test_web_axe.py` and `test_web_axe_besides.py`.
"""

from pathlib import Path

import pytest
from playwright.async_api import Page

from client.web.addresses import ERRANDS
from tests import tour, tourhalves
from tests.browser import chromium, desk_of, needs_chromium
from tests.clock import DrivenClock
from tests.parties import village
from tests.tour import EXEMPT, PIECES, TEMPLATES, Met, Walk, address_of
from tests.tourhalves import BESIDES, HALVES, LATER, SENDING
from tests.tourstops import AT_THE_LOCK


def test_a_page_that_nobody_came_to_is_named() -> None:
    """By its address and by its template; a piece of a page and an exempt address are not."""
    lacking = Met().lacks()
    gets = {address for method, address in ERRANDS if method == "GET"}
    assert {*lacking} >= gets - {*EXEMPT}
    assert "steps.html" in lacking
    assert not {*lacking} & {*EXEMPT, *(f"{piece}.html" for piece in PIECES)}
    assert "steps.html" not in Met(templates={"steps"}).lacks()
    assert "/case/{word}" not in Met(addresses={"/case/{word}"}).lacks()


def test_a_page_that_is_in_neither_half_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One half or the other owes each page; of a new one it is the first, until somebody says."""
    assert sorted(one for half in HALVES for one in half.lacks(Met())) == Met().lacks()
    assert {*BESIDES.lacks(Met())} == LATER
    (tmp_path / "ny.html").touch()
    monkeypatch.setattr(tour, "TEMPLATES", tmp_path)
    assert "ny.html" in SENDING.lacks(Met())
    assert "ny.html" not in BESIDES.lacks(Met())
    monkeypatch.setattr(tourhalves, "LATER", {"ny.html"})
    assert "ny.html" not in SENDING.lacks(Met())
    assert "ny.html" in BESIDES.lacks(Met())
    assert "ny.html" not in BESIDES.lacks(Met(templates={"ny"}))


def test_what_is_exempt_is_there_and_says_why() -> None:
    """No exemption outlives its address; pieces are templates that others take in."""
    assert {*EXEMPT} <= {address for _, address in ERRANDS}
    assert all(EXEMPT.values())
    assert all((TEMPLATES / f"{piece}.html").is_file() for piece in PIECES)
    assert address_of("/case/abc") == "/case/{word}"
    assert address_of("/case/abc/d") == ""


@needs_chromium
async def test_a_page_is_loaded_again_when_it_gives_something_else() -> None:
    """What is read at the lock: twice in one language, and once in another."""
    seen: list[str] = []

    async def seeing(_: Page, name: str) -> None:
        seen.append(name.rpartition("-")[2])

    async with (
        village("granlia") as (here, (party,)),
        desk_of(party, DrivenClock(here.clock.now())) as tab,
        chromium() as context,
    ):
        page = await context.new_page()
        await page.goto(tab.address)
        loaded: list[str] = []
        page.on("domcontentloaded", lambda page: loaded.append(page.url))
        pages = [f"http://{tab.desk.host}{path}" for path in AT_THE_LOCK]
        walk = Walk(page, tab, "sender", seeing, Met())
        for lang, anew in (("nb", pages), ("nb", []), ("nn", pages), ("nn", [])):
            await tab.post("/language", language=lang)
            await walk.crawl(AT_THE_LOCK)
            assert loaded == anew
            loaded.clear()
        assert seen == ["unlock", "help", "broker", "accessibility"]
