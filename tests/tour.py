"""A walk through every page of the desk, in a real browser, as it looks when something is there.

The walk follows every link that it finds, so a page that another page leads to is met by itself.
Whatever only a button shows is pressed for at a stop (`tourstops.py`, `tourothers.py`). `Met.lacks`
tells which address of `client.web.addresses.ERRANDS`, or which template, nobody came to: a new page
needs a link from a page that is met, a stop, or a reason in `EXEMPT`. The walk has two halves,
which `tourhalves.py` puts together; a page to which only the second comes stands in its `LATER`.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from playwright.async_api import Page, Response

import client.web
from client.web.addresses import ERRANDS
from client.web.door import COOKIE
from tests.browser import Tab

TEMPLATES: Final = Path(client.web.__file__).parent / "templates"
EXEMPT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "/alive": "answers a script with an empty body",
        "/picture/{word}": "answers with a picture, which the page of its part shows",
    }
)
"""Addresses that show no page, each with its reason."""
PIECES: Final = frozenset({"base", "fields", "macros", "settled"})
"""Templates that are parts of others."""
LANDINGS: Final = tuple(
    address
    for method, address in ERRANDS
    if method == "GET" and "{" not in address and address not in EXEMPT
)
"""Pages that anybody can open by their address."""
_ADDRESSES: Final = MappingProxyType(
    {
        address: re.compile(re.sub(r"\{\w+\}", "[^/]+", address))
        for method, address in ERRANDS
        if method == "GET"
    }
)
_SHAPE: Final = """() => [
    document.body.className,
    Array.from(document.querySelectorAll("body, body *"), one =>
        [one.tagName, one.className, one.type, one.getAttribute("role"), one.dataset.color,
         one.getAttribute("aria-invalid"), one.hidden].join(" ")).join("\\n"),
]"""
_LINKS: Final = "all => all.map(one => one.getAttribute('href').split('#')[0])"
_ONCE: Final = re.compile(r'name="look" value="[0-9a-f]{32}"')
"""What a page has of its own each time that it is shown."""

Seeing: TypeAlias = Callable[[Page, str], Awaitable[None]]
"""Does something with a page that is shown, and is told what to call it."""


def address_of(path: str) -> str:
    """Return the address of `ERRANDS` that shows this path; empty when none does."""
    found = (address for address, shape in _ADDRESSES.items() if shape.fullmatch(path))
    return next(found, "")


@dataclass(slots=True)
class Met:
    """What the walk has met so far: addresses, templates, and the shapes of pages."""

    addresses: set[str] = field(default_factory=set[str])
    templates: set[str] = field(default_factory=set[str])
    shapes: set[str] = field(default_factory=set[str])
    seen: int = 0

    def lacks(self) -> list[str]:
        """Return every address and template of the desk that nobody came to."""
        pages = {path.stem for path in TEMPLATES.glob("*.html")} - PIECES
        lacking = {*_ADDRESSES} - self.addresses - {*EXEMPT}
        return sorted(lacking | {f"{name}.html" for name in pages - self.templates})


@dataclass(frozen=True, slots=True)
class Given:
    """What the browser was given at a path, and where it led.

    Attributes:
        text: empty when it led elsewhere or said «no».
        links: what could be followed from there.
    """

    text: str
    links: tuple[str, ...]


@dataclass(slots=True)
class Walk:
    """One browser at one desk.

    Attributes:
        page: where things are pressed.
        tab: the desk.
        who: whose desk it is, for the names of pages.
        seeing: what is done with each page.
        met: shared by all desks.
        given: what each path gave when it was last crawled to.
    """

    page: Page
    tab: Tab
    who: str
    seeing: Seeing
    met: Met
    given: dict[str, Given] = field(default_factory=dict[str, Given])

    def word(self, code_name: str) -> str:
        """Return the word that stands for a case in addresses."""
        visit = self.tab.desk.door.visit
        assert visit is not None
        return visit.word(code_name)

    async def go(self, path: str) -> Response:
        """Open a path, and see the page that it leads to."""
        answer = await self.page.goto(f"http://{self.tab.desk.host}{path}")
        assert answer is not None
        assert answer.status < 500, path
        if answer.ok:
            shown = self.page.url.partition(self.tab.desk.host)[2]
            self.met.addresses.add(address_of(shown.partition("#")[0]))
        await self.see()
        return answer

    async def see(self) -> None:
        """See the page that is shown, unless one of the same shape was seen."""
        await self.page.wait_for_load_state()
        template, shape = await self.page.evaluate(_SHAPE)
        self.met.templates.add(template)
        if shape not in self.met.shapes:
            self.met.shapes.add(shape)
            await self.see_again(template)

    async def see_again(self, name: str) -> None:
        """See the page that is shown, also if its shape was seen."""
        self.met.seen += 1
        await self.seeing(self.page, f"{self.met.seen:03}-{self.who}-{name}")

    async def press(self, selector: str, body: str) -> None:
        """Press the first thing of that selector, and see the page with that template."""
        async with self.page.expect_navigation():
            await self.page.locator(selector).first.click()
        assert await self.page.evaluate("document.body.className") == body, selector
        await self.see()

    async def crawl(self, starts: Iterable[str] = LANDINGS) -> None:
        """See the pages at these paths, and every page that links lead to from there.

        A path that gives, byte for byte, what it gave when it was crawled to before is not loaded
        once more: the browser would show the same page.
        """
        cookies = await self.page.context.cookies()
        self.tab.cookie = next(one["value"] for one in cookies if one["name"] == COOKIE)
        waiting = list(starts)
        known = set(waiting)
        while waiting:
            path = waiting.pop(0)
            if not await self._gives_the_same(path):
                await self._load(path)
            fresh = [one for one in self.given[path].links if one not in known]
            known |= {*fresh}
            waiting += dict.fromkeys(fresh)

    async def _load(self, path: str) -> None:
        """Open a path, and keep what it gives."""
        answer = await self.go(path)
        straight = answer.ok and answer.request.redirected_from is None
        text = _ONCE.sub("", await answer.text()) if straight else ""
        self.given[path] = Given(text, tuple(await self._links()))

    async def _gives_the_same(self, path: str) -> bool:
        before = self.given.get(path)
        if before is None or not before.text:
            return False
        seen = await self.tab.get(path)
        return seen.status == HTTPStatus.OK and _ONCE.sub("", seen.text) == before.text

    async def links(self, start: str) -> list[str]:
        """Return where links of the first page lead, those that begin so."""
        await self.go("/")
        return [path for path in dict.fromkeys(await self._links()) if path.startswith(start)]

    async def _links(self) -> list[str]:
        found = await self.page.eval_on_selector_all("a[href^='/']", _LINKS)
        return [path for path in found if address_of(path)]
