"""One shape of every form behind the settings: asked, carried out, and told on the settings' page.

This file knows how such a form goes on. It refuses to know what is asked, and to show a passphrase
again.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import web

from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import said
from client.web.pages import to
from keys.errors import Locked, Refusal
from keys.wire import Packable

Again: TypeAlias = Callable[[list[str]], Awaitable[web.Response]]
"""Shows a form with what was typed in it, and why it was refused."""


async def secret(request: web.Request, name: str) -> str:
    """Return a passphrase as it was typed: blanks at its ends are part of it."""
    found = (await request.post()).get(name, "")
    return found if isinstance(found, str) else ""


async def behind(request: web.Request) -> dict[str, Packable]:
    """Return who stands behind a change, and their passphrase, as a verb takes them."""
    return {"by": await said(request, "by"), "passphrase": await secret(request, "passphrase")}


def form(desk: Desk, visit: Visit, name: str, told: list[str], **holds: object) -> web.Response:
    """Return a form, with what is to be mended over it."""
    code = HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK
    return desk.paper.write(name, visit, code, told=told, **holds)


def lacks(desk: Desk, msgid: str) -> list[str]:
    """Return what is to be mended before anybody is asked, and that nothing was sent."""
    return [desk.paper.say(msgid), desk.paper.say("sent.nothing")]


async def carried_out(
    desk: Desk,
    verb: str,
    given: Mapping[str, Packable],
    again: Again,
    done: Callable[[views.Answer], web.Response],
) -> web.Response:
    """Have the service do what was asked; what it refuses is shown with why, on the form.

    Raises:
        Locked: somebody locked at the keyboard.
    """
    try:
        found = await desk.do(verb, given)
    except Locked:
        raise
    except Refusal as refusal:
        return await again(desk.paper.told(refusal))
    return done(found)


def settled(visit: Visit, told: str) -> web.Response:
    """Go to the settings, and say there what was done."""
    visit.told = told
    return to("/settings")
