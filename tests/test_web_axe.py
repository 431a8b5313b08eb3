"""Every page of the desk is looked at by axe: wide and narrow, light and dark, in a real browser.

WCAG 2.2, A and AA, without a fault; nothing is wider than the screen; a title, a language, one
first heading; each page says whether something was sent (`saysent.py`). The pages are met by a
walk (`tour.py`), which tells when it misses one.
"""

import re
from typing import Final

import pytest
from playwright.async_api import ConsoleMessage, Page

from client.web.addresses import ERRANDS
from tests import tourstops
from tests.axe import LOOKS, faults
from tests.browser import chromium, needs_chromium
from tests.saysent import silent
from tests.tour import EXEMPT, PIECES, TEMPLATES, Met, address_of

PLANTED: Final = {
    "image-alt": "<img src='data:,'>",
    "label": "<input>",
    "color-contrast": "<p style='color:#999;background:#aaa'>nesten usynlig</p>",
    "target-size": "<button style='width:9px;height:9px;padding:0' aria-label='a'></button>" * 2,
    "pixels wide": "<p style='width:2000px'>bred</p>",
    "first headings": "<h1>En til</h1>",
}
"""What is wrong, by the word that names it."""
_COMPLAINTS: Final = ("error", "warning")
FADING: Final = (
    "<style>@keyframes a { 0% { opacity: .2 } } @keyframes b { to { rotate: 1turn } }"
    ".in { animation: a 3600s } .round { animation: b 1s infinite }</style>"
    "<p class=in>Kommer til syne</p><p class=round>Noe som går rundt</p>"
)
"""What comes into sight for an hour, and what never comes to rest."""
ONLY_LIGHT: Final = {"image-alt", "label", "target-size"}
"""What is the same in the dark, and not asked for there again."""


@needs_chromium
async def test_no_page_has_a_fault_and_none_is_missed() -> None:
    """With a case in every state that a page shows; nothing complains, nothing is asked abroad."""
    found: list[str] = []
    heard: list[str] = []
    watched: set[Page] = set()

    def heard_said(message: ConsoleMessage) -> None:
        if message.type in _COMPLAINTS:  # advice on how a form might be divided is none
            heard.append(message.text)

    def heard_of(page: Page) -> None:
        watched.add(page)
        page.on("console", heard_said)
        page.on("pageerror", lambda error: heard.append(str(error)))

    async def seeing(page: Page, name: str) -> None:
        if page not in watched:
            heard_of(page)
        found.extend(f"{name} says not what was sent: {said}" for said in await silent(page))
        for look in LOOKS:
            found.extend(f"{name}: {fault}" for fault in await faults(page, look))

    met = await tourstops.walk(seeing)
    assert found == []
    assert met.lacks() == [], "see the head of tests/tour.py"
    # A page that says «no» has another status than 200, and the browser writes that down.
    assert [line for line in heard if not re.search(r"status of 4(04|03|09|22)", line)] == []


@needs_chromium
@pytest.mark.parametrize("rule", PLANTED)
async def test_a_fault_is_seen(rule: str) -> None:
    """What is planted on a page that is well is named, in every look."""
    async with chromium() as context:
        page = await context.new_page()
        well = "<title>t</title><main><h1>En overskrift</h1><p>Tekst.</p>"
        await page.set_content(f"<!doctype html><html lang=nb>{well}</main></html>")
        assert [await faults(page, look) for look in LOOKS] == [[]] * len(LOOKS)
        await page.set_content(f"<!doctype html><html lang=nb>{well}{PLANTED[rule]}</main></html>")
        for look in LOOKS:
            seen = [fault for fault in await faults(page, look) if rule in fault]
            assert seen or (look.scheme == "dark" and rule in ONLY_LIGHT), rule
        await page.set_content("<!doctype html><p>uten språk og tittel</p>")
        assert {"1280 light: no title", "1280 light: no language"} <= {
            *await faults(page, LOOKS[0])
        }


@needs_chromium
async def test_what_comes_into_sight_is_judged_as_it_will_be_seen() -> None:
    """A fault that is there only while it fades in is none; one that stays is named."""
    async with chromium() as context:
        page = await context.new_page()
        for inside, wrong in (("", False), (PLANTED["color-contrast"], True)):
            held = f"<title>t</title><main><h1>En overskrift</h1>{FADING}{inside}</main>"
            await page.set_content(f"<!doctype html><html lang=nb>{held}</html>")
            for look in LOOKS:
                seen = await faults(page, look)
                assert all("nesten usynlig" in fault for fault in seen)
                assert bool(seen) == wrong


def test_a_page_that_nobody_came_to_is_named() -> None:
    """By its address and by its template; a piece of a page and an exempt address are not."""
    lacking = Met().lacks()
    gets = {address for method, address in ERRANDS if method == "GET"}
    assert {*lacking} >= gets - {*EXEMPT}
    assert "steps.html" in lacking
    assert not {*lacking} & {*EXEMPT, *(f"{piece}.html" for piece in PIECES)}
    assert "steps.html" not in Met(templates={"steps"}).lacks()
    assert "/case/{word}" not in Met(addresses={"/case/{word}"}).lacks()


def test_what_is_exempt_is_there_and_says_why() -> None:
    """No exemption outlives its address; pieces are templates that others take in."""
    assert {*EXEMPT} <= {address for _, address in ERRANDS}
    assert all(EXEMPT.values())
    assert all((TEMPLATES / f"{piece}.html").is_file() for piece in PIECES)
    assert address_of("/case/abc") == "/case/{word}"
    assert address_of("/case/abc/d") == ""
