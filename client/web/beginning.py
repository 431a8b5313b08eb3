"""A new move: the ordinary one, the one that cannot wait, and the one that nothing is shared about.

This file knows three ways to begin. It refuses to send anything.
"""

from aiohttp import web

from client.case import PoliceRequestInput
from client.cli import lines
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import said
from client.web.pages import to
from client.web.writing import Place
from client.yamltree import write as as_yaml


async def choose(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show the ways to begin."""
    return desk.paper.write("new", visit)


async def begin(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Begin a case empty of all but who sends it; show its steps, or what the police are told."""
    members = lines.rows(await desk.do("directory", {}), "members")
    ours = next((lines.text(one, "name") for one in members if one.get("ours")), "")
    language = desk.paper.words.lang.value
    case = as_yaml({"language": language, "sender": {"centre": {"value": ours}} if ours else {}})
    code_name = lines.text(await desk.do("new", {"case": case}), "code_name")
    visit.told = desk.paper.say("cli.new", name=code_name)
    if await said(request, "then") == "police":
        return to(Place(code_name, PoliceRequestInput.WORD).address(visit))
    return to(f"/case/{visit.word(code_name)}")
