"""Adding to a case that was sent, and correcting it: one topic, looked over, and sent.

This file knows forms of parts that the person has said yes to. It refuses to send what nobody has
looked over; what was typed when the desk locks is kept, and offered again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.case import PartName, Source
from client.cli import lines
from client.web import views
from client.web.answers import said as said_in
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import hastened, named, row_of, said
from client.web.fields import fields, typed
from client.web.pages import to
from client.web.writing import KEEP, Place, Stands, as_values, held, wrong_in
from client.yamltree import Node, parse
from client.yamltree import write as as_yaml
from keys.errors import Locked, Refusal
from keys.wire import Packable, Value

WHERE: Final = "addition"
_LIVE: Final = frozenset({"kept", "stored", "opened"})
_MORE: Final = "more."


@dataclass(frozen=True, slots=True)
class Change:
    """What one question says anew.

    Attributes:
        label: the question.
        before, now: in words; empty where nothing was said, or nothing is.
    """

    label: str
    before: str = field(repr=False)
    now: str = field(repr=False)


async def which(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the parts that may be added to, with their topics."""
    code_name = named(visit, request)
    row = await row_of(desk, "out", code_name, "case_package")
    if lines.text(row, "state") not in _LIVE:
        return to(f"/sent/{visit.word(code_name)}")
    found = await desk.do("consent show", {"code_name": code_name, "form": True})
    every_part = lines.texts(found, "shared")
    shared = [one for one in every_part if one.partition(".")[0] != PartName.ATTACHMENT]
    return desk.paper.write(
        "add",
        visit,
        code_name=code_name,
        word=visit.word(code_name),
        centre=lines.text(row, "to"),
        parts=[
            (lines.part_label(desk.paper, one), _topics(visit, code_name, one)) for one in shared
        ],
    )


def _topics(visit: Visit, code_name: str, part: str) -> list[tuple[str, str]]:
    pages = Place(code_name, part).form.pages
    return [
        (Place(code_name, part, at).address(visit, WHERE), one.title)
        for at, one in enumerate(pages)
    ]


async def shown(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a topic with what was sent of it."""
    place = Place.of(visit, request)
    found = await desk.do("written", {"code_name": place.code_name, "part": place.part})
    left = _left(found, place)
    if left is None:
        return _form(desk, visit, place, Stands(_answers(found)))
    told = (desk.paper.say("web.add.typed"), desk.paper.say("not_sent"))
    return _form(desk, visit, place, Stands(left, told=told))


def _left(found: views.Answer, place: Place) -> Mapping[str, Value] | None:
    """Return what somebody was typing on a page when the desk locked; None where nobody was."""
    for one in lines.items(found, "typed"):
        match one:
            case [str(page), str(text)] if page == f"{place.page}":
                nodes = parse(text)
                return as_values(nodes) if isinstance(nodes, dict) else None
            case _:
                continue
    return None


async def _before(desk: Desk, place: Place) -> Mapping[str, Value]:
    found = await desk.do("written", {"code_name": place.code_name, "part": place.part})
    return _answers(found)


def _answers(found: views.Answer) -> Mapping[str, Value]:
    answers = found.get("answers")
    return answers if isinstance(answers, dict) else {}


async def pressed(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Look over what was typed, send it when it was looked over, or go back and mend it."""
    place, then = Place.of(visit, request), await said(request, "then")
    nodes = typed(place.questions.questions, await request.post())
    source = await said(request, "source")
    source = source if source in {*Source} else Source.STAFF.value
    stands = Stands(as_values(nodes), source=source, more=then.removeprefix(_MORE))
    if then == KEEP:
        kept: dict[str, Packable] = {"part": place.part, "answers": as_yaml(dict(nodes))}
        await desk.do("add", {"code_name": place.code_name, **kept, "keep": f"{place.page}"})
        return to(place.address(visit, WHERE))
    if then == "change" or then.startswith(_MORE):
        return _form(desk, visit, place, stands)
    try:
        return await _looked(desk, visit, request, place, nodes, stands)
    except Locked:
        raise
    except Refusal as refusal:
        told = (*desk.paper.told(refusal),)
        again = Stands(stands.answers, told=told, source=source)
        return _form(desk, visit, place, again, HTTPStatus.CONFLICT)


async def _looked(
    desk: Desk,
    visit: Visit,
    request: web.Request,
    place: Place,
    nodes: Mapping[str, Node],
    stands: Stands,
) -> web.Response:
    """Return the summary, the form with what was refused, or, when it was seen, what was sent."""
    changes = _changes(desk, place, await _before(desk, place), stands.answers)
    if not changes:
        told = (desk.paper.say("web.add.none"), desk.paper.say("sent.nothing"))
        again = Stands(stands.answers, told=told, source=stands.source)
        return _form(desk, visit, place, again, HTTPStatus.UNPROCESSABLE_ENTITY)
    given: dict[str, Packable] = {
        "code_name": place.code_name,
        "part": place.part,
        "answers": as_yaml(dict(nodes)),
        "source": stands.source,
    }
    sure = await said(request, "then") == "sure"
    if sure and await said(request, "seen") == "yes":
        urgent = await hastened(request)
        sent = {**given, "seen": True, "urgent": urgent}
        return _sent(desk, visit, await desk.do("add", sent))
    found = await desk.do("add", {**given, "look": True})
    if refused := lines.rows(found, "wrong"):
        wrong = wrong_in(desk, place, nodes, refused)
        again = Stands(stands.answers, wrong, source=stands.source)
        return _form(desk, visit, place, again, HTTPStatus.UNPROCESSABLE_ENTITY)
    carried = [(name, str(one)) for name, one in (await request.post()).items()]
    return desk.paper.write(
        "add_sure",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if sure else HTTPStatus.OK,
        told=[desk.paper.say("check.since_yes"), desk.paper.say("sent.nothing")] if sure else [],
        code_name=place.code_name,
        title=lines.part_label(desk.paper, place.part),
        centre=lines.text(found, "to"),
        opened=bool(found.get("opened")),
        rides=bool(found.get("rides")),
        haste=lines.haste(desk.paper, found),
        changes=changes,
        carried=[(name, one) for name, one in carried if name not in ("csrf", "then", "seen")],
    )


def _changes(
    desk: Desk, place: Place, before: Mapping[str, Value], now: Mapping[str, Value]
) -> list[Change]:
    """Return the questions that say something else than what was sent, in the order of the page."""
    asked = place.questions.questions
    both = zip(fields(asked, before), fields(asked, now), strict=True)
    return [
        Change(desk.paper.say(new.asked.label), said_in(desk.paper, old), said_in(desk.paper, new))
        for old, new in both
        if said_in(desk.paper, old) != said_in(desk.paper, new)
    ]


def _sent(desk: Desk, visit: Visit, found: views.Answer) -> web.Response:
    parts = [lines.part_label(desk.paper, one) for one in lines.texts(found, "parts")]
    added = desk.paper.say("cli.added_opened" if found.get("opened") else "cli.added")
    told = [added, *parts, *lines.sent(desk.paper, found)]
    return desk.paper.write("said", visit, told=told)


def _form(
    desk: Desk, visit: Visit, place: Place, stands: Stands, status: HTTPStatus = HTTPStatus.OK
) -> web.Response:
    holds = held(desk, visit, place, stands, "add")
    return desk.paper.write("addition", visit, status, **holds)
