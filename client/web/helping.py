"""Help: what to do in trouble, whom to ring, what the broker sees, who can use these pages.

This file knows which questions there are. It refuses to know what is in a case: help is read at the
lock too, where it lacks the phone list alone.
"""

from typing import Final

from aiohttp import web

from client.cli import lines, operatortext
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named

QUESTIONS: Final = (
    *("night", "no", "not_come", "code", "back", "wrong", "not_ours", "elsewhere", "full"),
    *("correct", "second", "down", "keys", "unasked", "file", "refused"),
    *("stolen", "known", "copy", "passphrase"),
)
"""`web.help.<question>`, and `.do` for what to do; those of the night first."""
SEEN: Final = ("never", "sees", "guess", "notes")
"""`web.broker.<heading>`, and `.do` for what stands under it."""

ACCESS: Final = (
    ("aim", ("wcag", "own")),
    ("tested", ("axe", "narrow", "keys")),
    ("untested", ("reader", "others", "browsers", "machine")),
    ("lacks", ("script", "browser")),
    ("tell", ("leader", "authority")),
)
"""`web.access.<heading>`, and below it `web.access.<heading>.<line>`."""


async def help_(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show what to do when something goes wrong, and whom to ring."""
    phones: list[tuple[str, str, str]] = []
    if visit.name:
        answer = await desk.do("directory", {})
        phones = [
            (
                lines.text(one, "name"),
                desk.paper.say(f"role.{lines.text(one, 'role')}"),
                lines.text(one, "phone"),
            )
            for one in lines.rows(answer, "members")
        ]
    return desk.paper.write("help", visit, questions=QUESTIONS, phones=phones)


async def broker(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show what the broker sees, and what it can guess."""
    return desk.paper.write("broker", visit, headings=SEEN)


async def operator(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what whoever runs the broker can tell of one case: counted here, asked of nobody."""
    code_name = named(visit, request)
    found = await desk.do("operator-view", {"code_name": code_name})
    told = operatortext.view(desk.paper, found)
    word = visit.word(code_name)
    return desk.paper.write("operator", visit, code_name=code_name, word=word, told=told)


async def accessibility(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show what of these pages was tested for whom, what was not, and who is to be told."""
    return desk.paper.write("accessibility", visit, told=ACCESS)
