"""What a district answers without passing anything on: told elsewhere, a no, one word on a place.

Each is a page that says what the centre reads of it. This file knows the closed words. It refuses
free text: nothing that a district thinks goes to a centre.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from aiohttp import web

from client.cli import lines
from client.vocabulary import DeclineReason, PlaceWord
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, said
from keys.wire import Packable


async def before_outside(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask whether the other district was told in the police's own channel."""
    return _sure(desk, visit, request, "web.outside")


async def outside(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say so, and close the request."""
    return await _told(desk, visit, request, "outside", {}, "police.status.relayed_outside")


async def before_not_ours(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask whether it was never meant for this district."""
    return _sure(desk, visit, request, "web.not_our_district")


async def not_ours(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Destroy it here, and tell whoever sent it."""
    answer = await desk.do("police misrouted", {"code_name": named(visit, request)})
    told = [desk.paper.say("cli.misrouted"), *lines.soon(desk.paper, answer)]
    return desk.paper.write("said", visit, told=told)


def _sure(desk: Desk, visit: Visit, request: web.Request, about: str) -> web.Response:
    return desk.paper.write("sure", visit, code_name=named(visit, request), about=about)


async def before_decline(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask for one of the closed reasons why nothing is passed on."""
    return _words(desk, visit, request, "web.decline", "police.reason", DeclineReason)


async def decline(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say no with the reason that was chosen; without one nothing is sent."""
    word = await said(request, "word")
    if word not in {*DeclineReason}:
        return _words(
            desk, visit, request, "web.decline", "police.reason", DeclineReason, lacks=True
        )
    given = {"reason": word}
    read = ("police.status.declined", f"police.reason.{word}")
    return await _told(desk, visit, request, "decline", given, *read)


async def before_reply(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask for one closed word on the place that a centre asked about."""
    return _words(desk, visit, request, "web.reply", "police.status", PlaceWord)


async def reply(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Answer the centre with the word that was chosen; without one nothing is sent."""
    word = await said(request, "word")
    if word not in {*PlaceWord}:
        return _words(desk, visit, request, "web.reply", "police.status", PlaceWord, lacks=True)
    return await _told(desk, visit, request, "reply", {"word": word}, f"police.status.{word}")


def _words(
    desk: Desk,
    visit: Visit,
    request: web.Request,
    about: str,
    labels: str,
    words: Iterable[str],
    *,
    lacks: bool = False,
) -> web.Response:
    """Show closed words, none of them chosen, each with what the centre reads."""
    say = desk.paper.say
    return desk.paper.write(
        "closed_word",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if lacks else HTTPStatus.OK,
        code_name=named(visit, request),
        word=request.match_info["word"],
        about=about,
        choices=[(str(one), say(f"{labels}.{one}")) for one in words],
        slips=[(say("web.journal.none"), "word.0"), (say("sent.nothing"), "")] if lacks else [],
    )


async def _told(
    desk: Desk,
    visit: Visit,
    request: web.Request,
    verb: str,
    given: Mapping[str, Packable],
    *read: str,
) -> web.Response:
    """Close a request, and show what the centre reads of it."""
    answer = await desk.do(f"police {verb}", {"code_name": named(visit, request), **given})
    say = desk.paper.say
    head = say("web.police.answered")
    told = [say("police.told_centre", said=say(msgid)) for msgid in read]
    return desk.paper.write("said", visit, told=[head, *told, *lines.soon(desk.paper, answer)])
