"""How a page is written: a template, the words, and what every page has.

This file knows templates. It refuses to know an address, and to write anything unescaped.
"""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Final

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from client.web.door import Visit
from keys.errors import BadSettings, Refusal
from keys.words import Language, Words


def to(place: str) -> web.Response:
    """Send the browser to another page; it asks for it anew."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("client.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


SIZES: Final = ("normal", "large", "larger")
"""How large the text may be: `web.size.<word>` in the catalogues, `data-text` in the style."""


@dataclass(slots=True)
class Paper:
    """What pages are written on: a language, how large, and when they lock.

    Attributes:
        words: in the language that was chosen last.
        idle: seconds after which a page that nobody touches locks.
        size: of the text, one of `SIZES`.
    """

    words: Words
    idle: int
    size: str = SIZES[0]

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return a text of the catalogue."""
        return self.words.say(msgid, **facts)

    def speak(self, tag: str) -> None:
        """Write the next pages in another language.

        Raises:
            BadSettings: this version has no such language.
        """
        self.words = Words("client", tag)

    def enlarge(self, size: str) -> None:
        """Write the next pages with text of another size.

        Raises:
            BadSettings: this version has no such size.
        """
        if size not in SIZES:
            raise BadSettings(field="size")
        self.size = size

    def write(
        self, name: str, visit: Visit | None, status: HTTPStatus = HTTPStatus.OK, **holds: object
    ) -> web.Response:
        """Return a page.

        Args:
            name: of its template.
            visit: whose page it is.
            status: of the answer.
            holds: what the template needs beside what every page has.
        """
        page = _templates().get_template(f"{name}.html")
        body = page.render(
            say=self.say,
            lang=self.words.lang.value,
            languages=[one.value for one in Language],
            size=self.size,
            sizes=SIZES,
            visit=visit,
            idle=self.idle,
            page=name,
            **holds,
        )
        return web.Response(text=body, content_type="text/html", status=status)

    def told(self, refusal: Refusal) -> list[str]:
        """Return what happened, whether anything left, and what to do."""
        told = self.words.told(refusal)
        return [told.what, told.sent, told.do]

    def refuse(self, refusal: Refusal, visit: Visit | None) -> web.Response:
        """Return the page of a refusal."""
        return self.write("said", visit, HTTPStatus.CONFLICT, told=self.told(refusal))

    def tell(self, msgid: str, visit: Visit | None, status: HTTPStatus) -> web.Response:
        """Return a page with one sentence, and the word that nothing was sent."""
        return self.write("said", visit, status, told=[self.say(msgid), self.say("sent.nothing")])
