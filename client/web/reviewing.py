"""The home district's page: what a centre asks, line by line, and what leaves here of it.

This file knows a form, and which verb each of its buttons is. It refuses to judge a line, and it
has no button by which a centre reads anything but one closed word.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines, policetext
from client.vocabulary import LineChoice
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import hastened, named, row_of, said, status
from client.web.linefields import Typed
from client.web.pages import to
from client.web.reviewform import Blocks, Shown, Slip, first, slips_of, typed_in
from keys.address import Role
from keys.errors import Locked, Refusal

_BLANK: Final = "–"
_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY


async def review(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a request line by line; one that nobody has opened is not opened by being looked at."""
    code_name = named(visit, request)
    row = await row_of(desk, "in", code_name)
    if lines.text(row, "state") in views.UNREAD:
        return unread(desk, visit, request, row)
    shown = Shown(await read(desk, code_name), {})
    return await _page(desk, visit, request, shown)


def unread(desk: Desk, visit: Visit, request: web.Request, row: views.Answer) -> web.Response:
    """Ask whether to open what nobody has read: whoever sent it is told."""
    word = request.match_info["word"]
    kind = lines.text(row, "kind")
    code_name, by = lines.text(row, "code_name"), lines.text(row, "from")
    return desk.paper.write("unread", visit, code_name=code_name, kind=kind, sender=by, word=word)


async def read(desk: Desk, code_name: str) -> views.Answer:
    """Have the service open and show what came, in the language of the page."""
    language = desk.paper.words.lang.value
    return await desk.do("police review", {"code_name": code_name, "language": language})


async def pressed(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Do what a button of the page says: open, show what would leave, ask once more, or send."""
    code_name = named(visit, request)
    what = await said(request, "do")
    shown = Shown(await read(desk, code_name), await typed_in(request))
    match what:
        case "preview":
            left, slips = await _preview(desk, code_name, shown)
            return await _page(desk, visit, request, shown, slips, views.blocks(left))
        case "next":
            return await _sure(desk, visit, request, shown)
        case "send":
            return await _send(desk, visit, request, shown)
        case "open":
            return to(f"/review/{request.match_info['word']}")
        case _:  # back from the question whether to send
            return await _page(desk, visit, request, shown)


async def _preview(desk: Desk, code_name: str, shown: Shown) -> tuple[views.Answer, list[Slip]]:
    """Return what would leave, of the lines that are chosen so far; nothing leaves by it."""
    words = {shown.choice(at) for at in range(len(shown.entries))}
    if not words & {LineChoice.KEEP, LineChoice.REWORD}:
        return {}, []
    others = await districts(desk)
    asked = shown.relayed(code_name, desk.paper.words.lang.value)
    asked["district"] = asked["district"] or next(iter(others), _BLANK)
    asked["authority"] = asked["authority"] or _BLANK
    try:
        return await desk.do("police relay", {**asked, "preview": True}), []
    except Locked:
        raise
    except Refusal as refusal:
        return {}, slips_of(desk, refusal)


def _unchosen(desk: Desk, shown: Shown) -> list[Slip]:
    """Return what nobody has chosen yet; the service is asked when all of it is."""
    say = desk.paper.say
    found = [
        (say("web.review.choose", line=one.label), f"keep.{one.at}")
        for one in shown.lines()
        if not one.choice
    ]
    wanted = ("district", "web.review.no_district"), ("authority", "web.review.no_authority")
    found += [(say(msgid), name) for name, msgid in wanted if not first(shown.typed, name)]
    return [*found, (say("sent.nothing"), "")] if found else []


async def _sure(desk: Desk, visit: Visit, request: web.Request, shown: Shown) -> web.Response:
    """Show exactly what leaves and to whom, and ask once more."""
    code_name = named(visit, request)
    slips = _unchosen(desk, shown)
    if slips:
        return await _page(desk, visit, request, shown, slips)
    left, slips = await _preview(desk, code_name, shown)
    if slips or not left:
        none = [(desk.paper.say("web.review.no_line"), ""), (desk.paper.say("sent.nothing"), "")]
        return await _page(desk, visit, request, shown, slips or none)
    left_out = [one.label for one in shown.lines() if one.choice == LineChoice.REMOVE]
    return desk.paper.write(
        "review_sure",
        visit,
        code_name=code_name,
        district=first(shown.typed, "district"),
        blocks=views.blocks(left),
        rides=bool(left.get("rides")),
        haste=lines.haste(desk.paper, left),
        left_out=left_out,
        asks=lines.text(shown.answer, "kind") == "police_view_request",
        typed=_hidden(shown.typed),
    )


def _hidden(typed: Typed) -> list[tuple[str, str]]:
    away = ("csrf", "do")
    return [(name, one) for name, all_ in typed.items() if name not in away for one in all_]


async def _send(desk: Desk, visit: Visit, request: web.Request, shown: Shown) -> web.Response:
    """Send the district's own notice; a refusal loses nothing of what was typed."""
    slips = _unchosen(desk, shown)
    if slips:
        return await _page(desk, visit, request, shown, slips)
    asked = shown.relayed(named(visit, request), desk.paper.words.lang.value)
    try:
        urgent = await hastened(request)
        found = await desk.do("police relay", {**asked, "urgent": urgent})
    except Locked:
        raise
    except Refusal as refusal:
        return await _page(desk, visit, request, shown, slips_of(desk, refusal))
    told = [*lines.sent(desk.paper, found), desk.paper.say("police_only")]
    return desk.paper.write("said", visit, told=told)


async def districts(desk: Desk) -> list[str]:
    """Return the other districts of the directory."""
    members = lines.rows(await desk.do("directory", {}), "members")
    return [
        lines.text(one, "name")
        for one in members
        if lines.text(one, "role") == Role.POLICE.value and not one.get("ours")
    ]


async def _page(
    desk: Desk,
    visit: Visit,
    request: web.Request,
    shown: Shown,
    slips: Sequence[Slip] = (),
    sheet: Blocks = (),
) -> web.Response:
    code_name = named(visit, request)
    row = lines.row(await status(desk), "in", code_name) or {}
    answer = shown.answer
    return desk.paper.write(
        "review",
        visit,
        _WRONG if slips else HTTPStatus.OK,
        code_name=code_name,
        word=request.match_info["word"],
        kind=lines.text(answer, "kind"),
        open=lines.text(row, "state") == "opened",
        state=lines.state_in(desk.paper, row),
        about=views.blocks(answer)[0][1],
        objects=lines.text(answer, "user_objects") == "yes",
        heard=policetext.heard(desk.paper, answer),
        lines=shown.lines(),
        choices=[*LineChoice],
        districts=await districts(desk),
        district=first(shown.typed, "district"),
        authority=first(shown.typed, "authority"),
        slips=slips,
        sheet=sheet,
        previewed=first(shown.typed, "do") == "preview",
    )
