"""The first time: who this member is, its keys made here, and the request for the registrars.

This file knows three pages that are shown before there is a desk. It refuses to know how a member
is made, and it sends nothing: whoever has the request gives it to the registrars.
"""

import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

from aiohttp import web

from client.web import errands, helping
from client.web.addresses import Errand
from client.web.app import Pages
from client.web.desk import Desk
from client.web.door import Visit
from client.web.pages import to
from keys.errors import Refusal

FIRST: Final = "/first"
DONE: Final = "/first-done"
ROLES: Final = ("centre", "police")
MOST: Final = {
    "name": 80,
    "region": 80,
    "units": 200,
    "access": 400,
    "call_back_phone": 40,
    "home_district": 64,
    "instance": 64,
}
"""The fields of the directory entry in their order, and how many characters each may have."""
_ORDER: Final = ("role", *MOST, "who", "again")
_DISTRICT: Final = re.compile(r"[0-9A-Fa-f]{64}")
_LEAST: Final = ("name", "region", "call_back_phone", "instance", "who")
_FILE: Final = "innmelding.request"


@dataclass(frozen=True, slots=True)
class Made:
    """What there is when the keys are made.

    Attributes:
        words, digits: of the fingerprint, read aloud when the registrars ring.
        request: the bytes of their file.
    """

    words: str
    digits: str
    request: bytes = field(repr=False)


class Make(Protocol):
    """Makes the member, durably, and returns what there is then; raises what it refuses."""

    def __call__(self, said: Mapping[str, str], who: str, passphrase: str, /) -> Awaitable[Made]:
        """Make it of a directory entry and the first colleague's name and passphrase."""
        ...


@dataclass(slots=True)
class First:
    """The three pages.

    Attributes:
        make: makes the member.
        made: what was made, now or before a browser was closed.
    """

    make: Make
    made: Made | None = None

    @property
    def pages(self) -> Pages:
        """Every address there is before there is a desk."""
        found: dict[tuple[str, str], Errand] = {
            ("GET", FIRST): self.asked,
            ("POST", FIRST): self.answer,
            ("GET", DONE): self.done,
            ("POST", DONE): self.fetched,
            ("POST", "/language"): errands.language,
            ("POST", "/text-size"): errands.text_size,
            ("GET", "/help"): helping.help_,
            ("GET", "/broker"): helping.broker,
            ("GET", "/accessibility"): helping.accessibility,
        }
        return Pages(found, FIRST, frozenset(path for _, path in found))

    async def asked(self, desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
        """Ask who this member is."""
        return to(DONE) if self.made is not None else _form(desk, visit, {}, {}, [])

    async def answer(self, desk: Desk, visit: Visit, request: web.Request) -> web.Response:
        """Make the keys; what is wrong is named, and nothing was made."""
        if self.made is not None:
            return to(DONE)
        said = {name: await errands.said(request, name) for name in (*MOST, "role", "who")}
        form = await request.post()
        typed, again = str(form.get("passphrase", "")), str(form.get("again", ""))
        wrong = _wrong(said, typed, again)
        if wrong:
            named = {name: desk.paper.say(f"web.first.wrong.{name}") for name in wrong}
            return _form(desk, visit, said, named, [])
        entry = {name: one for name, one in said.items() if name != "who"}
        try:
            self.made = await self.make(entry, said["who"], typed)
        except Refusal as refusal:
            return _form(desk, visit, said, {}, desk.paper.told(refusal))
        return to(DONE)

    async def done(self, desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
        """Show what is read aloud, and what is done next."""
        if self.made is None:
            return to(FIRST)
        return desk.paper.write("first_done", visit, words=self.made.words, digits=self.made.digits)

    async def fetched(self, _desk: Desk, _visit: Visit, _request: web.Request) -> web.Response:
        """Give the file for the registrars; it can be fetched as often as one likes."""
        if self.made is None:
            return to(FIRST)
        headers = {"Content-Disposition": f'attachment; filename="{_FILE}"'}
        return web.Response(body=self.made.request, headers=headers)


def _wrong(said: Mapping[str, str], typed: str, again: str) -> list[str]:
    """Return the fields that are lacking, too long, or no such thing, in the page's order."""
    found = [name for name in _LEAST if not said[name]]
    found += [name for name, most in MOST.items() if len(said[name]) > most]
    if said["role"] not in ROLES:
        found.append("role")
    home = said["home_district"]
    if home and (said["role"] == "police" or not _DISTRICT.fullmatch(home)):
        found.append("home_district")
    if typed != again or not typed:
        found.append("again")
    return sorted({*found}, key=_ORDER.index)


def _form(
    desk: Desk, visit: Visit, said: Mapping[str, str], wrong: Mapping[str, str], told: list[str]
) -> web.Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong or told else HTTPStatus.OK
    return desk.paper.write(
        "first",
        visit,
        status,
        said={name: said.get(name, "") for name in (*MOST, "role", "who")},
        most=MOST,
        roles=ROLES,
        wrong=wrong,
        told=told,
    )
