"""Every page of the desk is looked at by axe: wide and narrow, light and dark, in a real browser.

WCAG 2.2, A and AA, without a fault; nothing is wider than the screen; a title, a language, one
first heading; each page says whether something was sent (`saysent.py`). The pages are met by a
walk (`tour.py`), which tells when it misses one (`test_tour.py`). Its first half is here, and what
would be found; the second half is in `test_web_axe_besides.py`, so that each has a core.
"""

from collections.abc import AsyncGenerator
from typing import Final

import pytest
import pytest_asyncio

from keys.words import Words
from tests.axe import LOOKS, faults
from tests.browser import chromium, needs_chromium
from tests.pagewatch import Watch, Watched, watched
from tests.tourhalves import SENDING

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]
PLANTED: Final = {
    "image-alt": "<img src='data:,'>",
    "label": "<input>",
    "color-contrast": "<p style='color:#999;background:#aaa'>nesten usynlig</p>",
    "target-size": "<button style='width:9px;height:9px;padding:0' aria-label='a'></button>" * 2,
    "pixels wide": "<p style='width:2000px'>bred</p>",
    "first headings": "<h1>En til</h1>",
}
"""What is wrong, by the word that names it."""
FADING: Final = (
    "<style>@keyframes a { 0% { opacity: .2 } } @keyframes b { to { rotate: 1turn } }"
    ".in { animation: a 3600s } .round { animation: b 1s infinite }</style>"
    "<p class=in>Kommer til syne</p><p class=round>Noe som går rundt</p>"
)
"""What comes into sight for an hour, and what never comes to rest."""
ONLY_LIGHT: Final = {"image-alt", "label", "target-size"}
"""What is the same in the dark, and not asked for there again."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked() -> AsyncGenerator[Watched, None]:
    """The first half of the walk."""
    async with watched(SENDING) as found:
        yield found


@pytest.mark.parametrize("stop", SENDING.names)
async def test_no_page_has_a_fault(walked: Watched, stop: str) -> None:
    """With a case in every state that a page shows; nothing complains, nothing is asked abroad."""
    assert await walked.wrong_at(stop) == []


async def test_no_page_is_missed(walked: Watched) -> None:
    """Whatever is not said to come later was met; nothing complained when the desk was left."""
    assert await walked.missed() == [], "see the head of tests/tour.py"


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


async def test_what_a_browser_complains_of_is_heard() -> None:
    """An error of a page and what is written down of it; that a page said «no» is none."""
    watch = Watch()
    async with chromium() as context:
        page = await context.new_page()
        said = f"<h1>En overskrift</h1><p>{Words('client').say('not_sent')}</p>"
        await page.set_content(f"<!doctype html><html lang=nb><title>t</title><main>{said}</main>")
        await watch.see(page, "side")
        assert watch.taken() == []
        await page.evaluate("console.log('ja'); console.error('status of 404')")
        await page.evaluate("console.warn('varsel'); console.error('feil')")
        async with page.expect_event("pageerror"):
            await page.evaluate("setTimeout(() => { throw new Error('brast') })")
        assert watch.taken() == ["varsel", "feil", "brast"]
        await page.set_content("<!doctype html><html lang=nb><title>t</title><main>tomt</main>")
        await watch.see(page, "side")
        assert {"side: says not what was sent: tomt"} < {*watch.taken()}
