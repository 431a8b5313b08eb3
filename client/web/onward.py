"""A second move: what comes along from the case that is open here, and what is asked anew.

This file knows a page and where its button leads. It refuses to carry over a yes, a place or an
assessment: what a new case begins with, the service says.
"""

from typing import Final

from aiohttp import web

from client.case import AFRESH, PartName
from client.cli import lines
from client.forms import form
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, opened_here
from client.web.pages import to
from client.web.writing import Place

_WHY: Final = f"{PartName.MOVE_ASSESSMENT}.why_previous_failed"


async def before(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show which parts come along; nothing is begun yet."""
    code_name = named(visit, request)
    await opened_here(desk, code_name)
    found = await desk.do("read", {"code_name": code_name})
    parts = [one for one in lines.texts(found, "parts") if one not in {*AFRESH}]
    return desk.paper.write(
        "onward",
        visit,
        code_name=code_name,
        word=visit.word(code_name),
        parts=[lines.part_label(desk.paper, one) for one in parts],
    )


async def begin(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Begin the case of the next move, and ask first why the last place failed."""
    found = await desk.do("onward", {"code_name": named(visit, request)})
    name = lines.text(found, "code_name")
    visit.told = desk.paper.say("cli.onward", name=name)
    return to(_why(name).address(visit))


def _why(code_name: str) -> Place:
    pages = form(PartName.MOVE_ASSESSMENT).pages
    (at,) = [at for at, page in enumerate(pages) if _WHY in {one.path for one in page.questions}]
    return Place(code_name, PartName.MOVE_ASSESSMENT, at)
