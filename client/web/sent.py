"""When it is sent: the arrival code as text, as a picture and on a card, and what comes after.

This file knows the code of what nobody has opened yet. It refuses to put it into an address, and to
write anything else on the card.
"""

from http import HTTPStatus

from aiohttp import web

from client.cli import lines
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.drawing import drawn
from client.web.errands import named, row_of, said, status
from client.web.sending import leaves

_LIVE = frozenset({"kept", "stored", "opened"})
_SHUT = frozenset({"kept", "stored"})


async def sent(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the code, and what may be done with the case now."""
    code_name = named(visit, request)
    row = await _row(desk, code_name)
    state, code = lines.text(row, "state"), lines.text(row, "arrival_code")
    return desk.paper.write(
        "sent_case",
        visit,
        HTTPStatus.OK,
        code_name=code_name,
        word=visit.word(code_name),
        state=desk.paper.say(f"state.{state}"),
        centre=lines.text(row, "to"),
        phone=lines.text(row, "phone"),
        code=code,
        qr=drawn(code),
        shut=state in _SHUT,
        live=state in _LIVE,
        notes=[*lines.notes_out(desk.paper, row, ()), *lines.secrecy(desk.paper, row)],
        begun=bool(row.get("begun")),
        held_up=bool(row.get("held_up")),
        waits=bool(row.get("haste_waits")),
        hastens=not row.get("held_up") or not row.get("haste_waits"),
        **leaves(desk, row),
    )


async def slip(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the card for her pocket: the code, and nothing else."""
    code_name = named(visit, request)
    code = lines.text(await _row(desk, code_name), "arrival_code")
    if not code:
        raise web.HTTPNotFound
    word = visit.word(code_name)
    return desk.paper.write("slip", visit, code=code, qr=drawn(code), word=word)


async def _row(desk: Desk, code_name: str) -> views.Answer:
    return await row_of(desk, "out", code_name, "case_package")


async def before_release(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask whether they were rung back: whoever rings may be anybody."""
    return await _release(desk, visit, request, [])


async def _release(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    code_name = named(visit, request)
    row = await _row(desk, code_name)
    return desk.paper.write(
        "release",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        told=told,
        code_name=code_name,
        word=visit.word(code_name),
        centre=lines.text(row, "to"),
        phone=lines.text(row, "phone"),
    )


async def release(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Confirm that she has come; the log says that they were rung back."""
    if await said(request, "called_back") != "yes":
        told = [desk.paper.say("web.release.ring_first"), desk.paper.say("sent.nothing")]
        return await _release(desk, visit, request, told)
    code_name = named(visit, request)
    found = await desk.do("release", {"code_name": code_name, "called_back": True})
    span = desk.paper.words.span(lines.number(found, "seconds"))
    return desk.paper.write("said", visit, told=[desk.paper.say("cli.released", span=span)])


async def not_come(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what to do when she has not come, and whom to ring, in order."""
    code_name = named(visit, request)
    answer = await status(desk)
    row = lines.row(answer, "out", code_name, "case_package") or {}
    reminders = [
        lines.reminder(desk.paper, one)[1:]
        for one in lines.rows(answer, "reminders")
        if lines.text(one, "code_name") == code_name and lines.text(one, "what") == "not_come"
    ]
    return desk.paper.write(
        "not_come",
        visit,
        code_name=code_name,
        word=visit.word(code_name),
        centre=lines.text(row, "to"),
        phone=lines.text(row, "phone"),
        ring=[line.strip() for rest in reminders for line in rest],
    )
