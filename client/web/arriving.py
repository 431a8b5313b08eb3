"""At the door: the code, the card, its sheet of paper, and the word that it is in the journal.

This file knows forms, and addresses that name nobody. It refuses to know what a verb does, and it
has no button that turns a person away.
"""

from http import HTTPStatus

from aiohttp import web

from client.cli import lines
from client.refusals import StaleSync
from client.vocabulary import JournalWord
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, said
from client.web.pages import to
from keys.errors import Locked, Refusal


async def code(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask for the arrival code."""
    return _code(desk, visit, named(visit, request), [], stale=False)


async def arrive(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Open with the code, or without one where the sender has confirmed; then show the card."""
    code_name = named(visit, request)
    typed = await said(request, "code")
    called = await said(request, "called") == "yes"
    without = await said(request, "without") == "yes"
    try:
        if not typed and not without:
            return _code(desk, visit, code_name, [desk.paper.say("web.code.none")], stale=called)
        given = {"code_name": code_name, "arrival_code": "" if without else typed}
        await desk.do("arrive", {**given, "called": called})
    except Locked:
        raise
    except Refusal as refusal:
        stale = called or isinstance(refusal, StaleSync)
        return _code(desk, visit, code_name, desk.paper.told(refusal), stale=stale)
    return to(f"/card/{visit.word(code_name)}")


def _code(
    desk: Desk, visit: Visit, code_name: str, told: list[str], *, stale: bool
) -> web.Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK
    word = visit.word(code_name)
    return desk.paper.write(
        "code", visit, status, code_name=code_name, word=word, told=told, stale=stale
    )


async def _card(desk: Desk, visit: Visit, code_name: str, name: str) -> web.Response:
    language = desk.paper.words.lang.value
    answer = await desk.do("card", {"code_name": code_name, "language": language})
    blocks = views.blocks(answer)
    word = visit.word(code_name)
    holds: dict[str, object] = {"code_name": code_name, "word": word, "blocks": blocks}
    holds["open"] = answer.get("state") == "opened"
    holds["spoilt"] = [
        desk.paper.say("cli.attachment_spoilt", name=lines.part_label(desk.paper, one))
        for one in lines.texts(answer, "attachments_spoilt")
    ]
    return desk.paper.write(name, visit, HTTPStatus.OK, **holds)


async def card(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the arrival card, on one screen."""
    return await _card(desk, visit, named(visit, request), "card")


async def paper(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the card as one sheet of paper; the log knows that it was printed."""
    code_name = named(visit, request)
    await desk.do("print", {"code_name": code_name, "what": "card"})
    return await _card(desk, visit, code_name, "paper")


async def before_confirming(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say what happens when receipt is confirmed."""
    code_name = named(visit, request)
    word = visit.word(code_name)
    return desk.paper.write("confirm", visit, code_name=code_name, word=word)


async def confirm(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say that it is in the journal: the sender is told, and forgets where."""
    found = await desk.do("confirm", {"code_name": named(visit, request)})
    told = [desk.paper.say("cli.confirmed"), *lines.soon(desk.paper, found)]
    return desk.paper.write("said", visit, told=told)


async def journal(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask what became, in the journal, of what was taken back."""
    return _asked(desk, visit, named(visit, request), HTTPStatus.OK, [])


def _asked(
    desk: Desk, visit: Visit, code_name: str, status: HTTPStatus, told: list[str]
) -> web.Response:
    holds = {"code_name": code_name, "words": [*JournalWord], "told": told}
    return desk.paper.write("journal", visit, status, **holds)


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Answer what became of it in the journal."""
    code_name = named(visit, request)
    word = await said(request, "word")
    if word not in {*JournalWord}:
        told = [desk.paper.say("web.journal.none"), desk.paper.say("sent.nothing")]
        return _asked(desk, visit, code_name, HTTPStatus.UNPROCESSABLE_ENTITY, told)
    found = await desk.do("journal", {"code_name": code_name, "word": word})
    told = [desk.paper.say("cli.journal"), *lines.soon(desk.paper, found)]
    return desk.paper.write("said", visit, told=told)
