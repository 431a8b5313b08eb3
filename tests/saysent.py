"""Whether a page says what has left this machine, by the sentences that the desk says it with.

A sentence counts when it stands in an element of the class `sent`, is the second word of a
topic's head (`fields.html`), is a msgid that ends with `.sends`, tells a refusal (`sent.…`), or
tells what became of something (`OUTCOMES`). What these sentences say is read from the templates
and the catalogues: a text that changes changes here too. Only what is shown counts.
"""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from playwright.async_api import Page

import client.web
from keys.words import Language, catalogue

OUTCOMES: Final = frozenset(
    {
        *("cli.kept", "cli.waiting", "cli.rides", "cli.soon", "cli.stopped", "cli.stopped_maybe"),
        *("cli.withdrawn_here", "cli.withdrawn_here_only"),
        *("cli.withdrawn_nothing", "cli.withdrawn_yes", "cli.withdrawn_rest", "cli.withdrawn_anew"),
        *("cli.answered", "cli.confirmed", "cli.journal", "cli.misrouted", "cli.released"),
        *("emergency.sent", "emergency.queued", "emergency.not_sent", "emergency.nothing_sent"),
        *("police.taken_back", "police.taken_back_nothing", "web.police.answered"),
    }
)
"""What the page says that follows a button, in the words that the command line has too."""
_TEMPLATES: Final = Path(client.web.__file__).parent / "templates"
_SENT: Final = re.compile(r'<p class="sent"[^>]*>(.*?)</p>')
_HEAD: Final = re.compile(r'f\.head\("[^"]*", ("[^"]*")')
_MSGID: Final = re.compile(r'"([a-z_.]+)"')
_FACT: Final = re.compile(r"\\\{\w+\\\}")
_SEEN: Final = "[document.querySelector('main').innerText, document.documentElement.lang]"
_VOID: Final = frozenset({"br", "hr", "input", "link", "meta", "path"})


def texts(lang: str) -> dict[str, str]:
    """Return every text of a language that has one form, by its msgid."""
    found = {**catalogue("keys", Language(lang)), **catalogue("client", Language(lang))}
    return {msgid: text for msgid, text in found.items() if isinstance(text, str)}


@cache
def msgids() -> frozenset[str]:
    """Return the msgids that say whether something was sent."""
    known = texts(Language.NB)
    found = {one for one in known if one.endswith(".sends") or one.startswith("sent.")}
    for path in _TEMPLATES.glob("*.html"):
        source = path.read_text("utf-8")
        for said in (*_SENT.findall(source), *_HEAD.findall(source)):
            found |= {one for one in _MSGID.findall(said) if one in known}
    return frozenset(found | OUTCOMES)


@cache
def _sentences(lang: str) -> re.Pattern[str]:
    known = texts(lang)
    said = (_FACT.sub(".+", re.escape(" ".join(known[one].split()))) for one in msgids())
    return re.compile("|".join(sorted(said)))


def tells(text: str, lang: str) -> bool:
    """Tell whether what is read on a page in that language says whether something was sent."""
    return bool(_sentences(lang).search(" ".join(text.split())))


async def silent(page: Page) -> list[str]:
    """Return what can be read on a page that does not say whether something was sent.

    Args:
        page: any page of the desk, in a browser.
    """
    text, lang = await page.evaluate(_SEEN)
    return [] if tells(str(text), str(lang)) else [" ".join(str(text).split())[:400]]


class _Shown(HTMLParser):
    """What a page shows in its main part, without a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = ""
        self.said: list[str] = []
        self._inside: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go into an element."""
        held = dict(attrs)
        self.lang = self.lang or str(held.get("lang", ""))
        if tag not in _VOID:
            shut = tag == "details" and "open" not in held
            self._inside.append((tag, shut or "hidden" in held))

    def handle_endtag(self, tag: str) -> None:
        """Go out of an element, and of what was left open in it."""
        at = [one for one, _ in self._inside]
        if tag in at:
            del self._inside[len(at) - 1 - at[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        tags = {tag for tag, _ in self._inside}
        hidden = any(shut for _, shut in self._inside) and "summary" not in tags
        if "main" in tags and not hidden:
            self.said.append(data)


def quiet(html: str) -> bool:
    """Tell whether a page, as its bytes came, does not say whether something was sent."""
    shown = _Shown()
    shown.feed(html)
    return not tells(" ".join(shown.said), shown.lang or Language.NB)
