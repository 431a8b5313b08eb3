"""Before something goes to the centre's own police district: read as it will be, by one or by two.

This file knows the page that asks, and who lets it go. It refuses to send what nobody has seen as
the police will read it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import hastened, named, said, status
from client.web.pages import to
from client.web.policing import KINDS, anchor, written
from client.web.reviewform import Blocks, Slip, slips_of
from keys.errors import Locked, Refusal
from keys.wire import Packable

_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True, slots=True)
class Sheet:
    """One message as it would be read by the own district, and what may be done with it."""

    kind: str
    blocks: Blocks = field(repr=False)
    waits: bool
    sent: bool
    emergency: bool
    rides: bool
    haste: tuple[str, ...]
    lacks: tuple[Slip, ...]


async def check(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show exactly what the own district would read, and who may let it go."""
    return await _check(desk, visit, request)


async def _check(
    desk: Desk, visit: Visit, request: web.Request, slips: Sequence[Slip] = ()
) -> web.Response:
    code_name = named(visit, request)
    found = await written(desk, code_name)
    if not found:
        return to(f"/police/{request.match_info['word']}")
    out = lines.rows(await status(desk), "out")
    sheets = [_sheet(desk, found, out, code_name)]
    if any(one is True for one in lines.items(found, "marked")):
        asked = await written(desk, code_name, view=True)
        sheets += [_sheet(desk, asked, out, code_name)] if asked else []
    return desk.paper.write(
        "police_check",
        visit,
        _WRONG if slips else HTTPStatus.OK,
        code_name=code_name,
        word=request.match_info["word"],
        district=lines.text(found, "district"),
        phone=lines.text(found, "district_phone"),
        sheets=sheets,
        views=KINDS,
        slips=slips,
        which=await said(request, "kind"),
        second=await said(request, "second"),
    )


def _sheet(desk: Desk, found: views.Answer, out: Sequence[views.Answer], code_name: str) -> Sheet:
    kind = lines.text(found, "kind")
    live = any(
        lines.text(one, "code_name") == code_name
        and lines.text(one, "kind") == kind
        and lines.text(one, "state") in views.LIVE
        for one in out
    )
    return Sheet(
        kind=kind,
        blocks=views.blocks(found),
        waits=bool(found.get("waits_for_second")),
        sent=live,
        emergency=bool(found.get("emergency")),
        rides=bool(found.get("rides")),
        haste=tuple(lines.haste(desk.paper, found, "urgent.seen_police")),
        lacks=tuple(_lacks(desk, lines.texts(found, "lacks"))),
    )


def _lacks(desk: Desk, said_: Sequence[str]) -> list[Slip]:
    """Return why it cannot go yet, and below it which question that is."""
    words = desk.paper.words
    match said_:
        case [code, path]:
            label = f"field.{path}"
            found = [(words.say(f"refusal.{code}.what"), "")]
            return [*found, (words.say(label), anchor(path, ()))] if label in words else found
        case _:
            return []


async def send(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Let it go, or let it wait for a colleague; which of it is on the button that was pressed."""
    code_name = named(visit, request)
    kind, how = await said(request, "kind"), await said(request, "how")
    if kind not in KINDS:
        raise web.HTTPNotFound
    urgent = await hastened(request)
    given: dict[str, Packable] = {"code_name": code_name, "urgent": urgent}
    verb = "police view" if KINDS[kind] else "police request"
    if how == "approve":
        verb, given["view"] = "police approve", KINDS[kind]
    if how == "two":
        typed = (await request.post()).get("second_passphrase", "")
        given["second"] = await said(request, "second")
        given["second_passphrase"] = typed if isinstance(typed, str) else ""
        slips = _nobody(desk, given, ".view" if KINDS[kind] else "")
        if slips:
            return await _check(desk, visit, request, slips)
    try:
        found = await desk.do(verb, given)
    except Locked:
        raise
    except Refusal as refusal:
        return await _check(desk, visit, request, slips_of(desk, refusal))
    say = desk.paper.say
    waits = bool(found.get("waits_for_second"))
    told = [say("web.police.waits"), say("web.police.waits.how")]
    sent = [*lines.sent(desk.paper, found), say("police_only")]
    return desk.paper.write("said", visit, told=told if waits else sent)


def _nobody(desk: Desk, given: Mapping[str, Packable], ending: str) -> list[Slip]:
    """Return which half of the second person's login is missing; fields have that ending."""
    wanted = ("second", "web.police.no_second"), ("second_passphrase", "web.police.no_passphrase")
    found = [(desk.paper.say(msgid), name + ending) for name, msgid in wanted if not given[name]]
    return [*found, (desk.paper.say("sent.nothing"), "")] if found else []
