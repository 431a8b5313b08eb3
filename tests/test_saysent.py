"""What `saysent.py` takes for a page that says whether something was sent, and what it does not.

The pages themselves are asked in `browser.py` (every page that any test is answered) and in
`test_web_axe.py` and `test_web_axe_besides.py` (every page of the walk, in a real browser).
"""

import re
from pathlib import Path
from typing import Final

import pytest

import client
from keys.words import Language, Words
from tests.browser import chromium, needs_chromium
from tests.saysent import OUTCOMES, msgids, quiet, silent, texts

ABOUT: Final = {
    "nb": r"\b(ikke )?send|sent|går |gått|får |blir på denne|senteret får det ikke",
    "nn": r"\bsend|sent|går |gått|får |blir på denne|senteret får det ikkje",
    "en": r"\bsen[dt]|go(es)? |leave|left|receives?|told|learn|gets? |stays on|passed",
}
"""Words without which nothing is said of what leaves, or does not leave, a machine."""


def _page(inside: str, lang: str = "nb") -> str:
    return f"<!doctype html><html lang={lang}><body><main>{inside}</main></body></html>"


@pytest.mark.parametrize("lang", Language)
def test_each_sentence_is_one_about_sending(lang: Language) -> None:
    """In every language; nothing gets into the set by another way than its meaning."""
    known = texts(lang)
    assert len(msgids()) > len(OUTCOMES)
    about = re.compile(ABOUT[lang], re.IGNORECASE)
    lacking = {one: known[one] for one in msgids() if not about.search(known[one])}
    assert lacking == {}


def test_what_is_said_after_a_button_is_in_use() -> None:
    """No sentence stands among the outcomes that the program does not say."""
    floor = Path(client.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in floor.rglob("*.py"))
    ways = {f'"{one}"' for one in OUTCOMES} | {'f"cli.withdrawn_{left}"'}
    unused = {one for one in ways if one not in source}
    assert unused <= {'"cli.withdrawn_nothing"', '"cli.withdrawn_yes"'}  # said by the last way


@pytest.mark.parametrize("lang", Language)
def test_a_page_that_does_not_say_it_is_seen(lang: Language) -> None:
    """Also when the sentence is folded away, hidden, outside, or in another language."""
    said = Words("client", lang).say("web.urgent.leaves", centre="Krisesenteret Elvebredden")
    other = Language.EN if lang != Language.EN else Language.NB
    held = f"<p>{said}</p>"
    assert not quiet(_page(held, lang))
    assert not quiet(_page(f"<details open><summary>s</summary>{held}</details>", lang))
    assert not quiet(_page(f"<p hidden>x<br></p>{held}", lang))
    assert quiet(_page("<h1>Uten</h1>", lang))
    assert quiet(_page(f"<details><summary>s</summary>{held}</details>", lang))
    assert quiet(_page(f"<div hidden>{held}</div>", lang))
    assert quiet(_page("<p>tomt</p></main>" + held, lang))
    assert quiet(_page(held, other))


@needs_chromium
async def test_a_page_that_does_not_show_it_is_seen() -> None:
    """In a browser, what a style hides does not count either."""
    said = Words("client").say("not_sent")
    async with chromium() as context:
        page = await context.new_page()
        await page.set_content(_page(f"<p>{said}</p>"))
        assert await silent(page) == []
        for inside in ("<p>tomt</p>", f"<p>tomt</p><p style='display:none'>{said}</p>"):
            await page.set_content(_page(inside))
            assert await silent(page) == ["tomt"]
