"""The digital check gone through here, and a child's contact person: one topic to a page.

This file knows forms, and that only what is answered anew is written down. It refuses to change
what came: the answers stand beside it, and leave the machine with nothing.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final, cast

from aiohttp import web

from client.case import PartName, Source, decode_part, number_of, parse_part_id
from client.case.declaration import Kind
from client.cli import lines
from client.forms import FormQuestion
from client.web import views
from client.web.answers import said as said_in
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, opened_here, said
from client.web.fields import fields, typed
from client.web.pages import to
from client.web.writing import KEEP, Place, Stands, as_values, held, wrong_in
from client.yamltree import Node, parse
from client.yamltree import write as as_yaml
from keys.errors import Locked, Refusal
from keys.wire import Value

WHERE: Final = "check-again"
_OF_A_CHILD: Final = frozenset({"child.digital", "child.contact_person_new"})


async def which(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the topics of the check: the person's, and each child's."""
    code_name = named(visit, request)
    await opened_here(desk, code_name)
    found = await desk.do("read", {"code_name": code_name})
    there = lines.texts(found, "parts")
    children = [one for one in there if one.partition(".")[0] == PartName.CHILD]
    return desk.paper.write(
        "recheck",
        visit,
        code_name=code_name,
        back=f"/opened/{visit.word(code_name)}",
        done=visit.take(),
        parts=[
            (lines.part_label(desk.paper, one), _topics(visit, code_name, one))
            for one in (PartName.DIGITAL_SAFETY, *children)
        ],
    )


def _topics(visit: Visit, code_name: str, part: str) -> list[tuple[str, str]]:
    places = [Place(code_name, part, at) for at, _ in enumerate(Place(code_name, part).form.pages)]
    return [(one.address(visit, WHERE), one.questions.title) for one in places if _is_ours(one)]


def _is_ours(place: Place) -> bool:
    """Tell whether this desk fills the page in; of a child only what it answers itself."""
    name = place.part.partition(".")[0]
    asked = {one.path for one in place.questions.questions}
    ours = name == PartName.CHILD and asked <= _OF_A_CHILD
    return ours or name == PartName.DIGITAL_SAFETY


def _place(visit: Visit, request: web.Request) -> Place:
    place = Place.of(visit, request)
    if not _is_ours(place):
        raise web.HTTPNotFound
    return place


async def shown(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a topic with what is known of it here."""
    place = _place(visit, request)
    await opened_here(desk, place.code_name)
    at = {"code_name": place.code_name, "part": place.part, "page": f"{place.page}"}
    typed_ = lines.text(await desk.do("recheck", {**at, "left": True}), "typed")
    left = parse(typed_) if typed_ else None
    if not isinstance(left, dict):
        return _page(desk, visit, place, Stands(await _known(desk, place)))
    told = (desk.paper.say("web.recheck.typed"),)
    stands = Stands(as_values(left), told=told)
    return _page(desk, visit, place, stands, HTTPStatus.OK)


async def _known(desk: Desk, place: Place) -> Mapping[str, Value]:
    """Return the answers that count here now; none where the part did not come."""
    there = lines.texts(await desk.do("read", {"code_name": place.code_name}), "parts")
    if place.part not in there:
        return {}
    found = await desk.do("read", {"code_name": place.code_name, "part": place.part})
    octets = found.get("octets")
    if not isinstance(octets, bytes):
        return {}
    content = decode_part(parse_part_id(place.part), octets)
    return cast("Mapping[str, Value]", content.model_dump(mode="json", exclude_none=True))


async def save(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write down what is answered otherwise than before; what is refused is shown with why."""
    place = _place(visit, request)
    nodes = typed(place.questions.questions, await request.post())
    source = await said(request, "source")
    source = source if source in {*Source} else Source.STAFF.value
    at = {"code_name": place.code_name, "part": place.part, "page": f"{place.page}"}
    if await said(request, "then") == KEEP:
        await desk.do("recheck", {**at, "case": as_yaml(dict(nodes)), "keep": True})
        return to(place.address(visit, WHERE))
    stands = Stands(as_values(nodes), source=source)
    anew = _anew(desk, place.questions.questions, await _known(desk, place), nodes)
    gone = {name: desk.paper.say("web.recheck.stays") for name in _emptied(anew)}
    if gone:
        again = Stands(stands.answers, gone, source=source)
        return _page(desk, visit, place, again)
    if not anew:
        told = desk.paper.say("web.recheck.none"), desk.paper.say("sent.nothing")
        return _page(desk, visit, place, Stands(stands.answers, told=told, source=source))
    case = as_yaml({"source": source, **_in_case(place, anew)})
    try:
        await desk.do("recheck", {**at, "case": case})
    except Locked:
        raise
    except Refusal as refusal:
        return _page(desk, visit, place, _refused(desk, place, nodes, refusal, source))
    visit.told = desk.paper.say("cli.rechecked")
    return to(f"/recheck/{visit.word(place.code_name)}")


def _refused(
    desk: Desk, place: Place, nodes: Mapping[str, Node], refusal: Refusal, source: str
) -> Stands:
    """Return the page with a refusal at its field; without one, over the page."""
    if not str(refusal.facts.get("field", "")).startswith(f"{place.part}."):
        return Stands(as_values(nodes), told=(*desk.paper.told(refusal),), source=source)
    row: views.Answer = {"why": refusal.code, **refusal.facts}
    wrong = wrong_in(desk, place, nodes, [row])
    return Stands(as_values(nodes), wrong, source=source)


def _anew(
    desk: Desk,
    asked: tuple[FormQuestion, ...],
    before: Mapping[str, Value],
    nodes: Mapping[str, Node],
) -> dict[str, Node]:
    """Return what is answered otherwise than it stands; of a child's check, row by row."""
    found: dict[str, Node] = {}
    both = zip(fields(asked, before), fields(asked, as_values(nodes)), strict=True)
    for old, new in both:
        if said_in(desk.paper, old) == said_in(desk.paper, new):
            continue
        name, node = new.asked.path.rpartition(".")[2], nodes[new.name]
        if new.asked.path == "child.digital" and new.asked.kind is Kind.GROUP:
            inner, rows = before.get(name), node if isinstance(node, dict) else {}
            every_row: dict[str, Node] = dict.fromkeys(
                one.path.rpartition(".")[2] for one in new.asked.inner
            )
            known = inner if isinstance(inner, dict) else {}
            node = _anew(desk, new.asked.inner, known, every_row | rows)
        found[name] = node
    return found


def _emptied(anew: Mapping[str, Node], above: str = "") -> Iterable[str]:
    """Yield the fields whose answer was taken away: beside what came it can only be said anew."""
    for name, node in anew.items():
        if node is None:
            yield above + name
        elif isinstance(node, dict) and name == "digital":
            yield from _emptied(node, f"{name}.")


def _in_case(place: Place, anew: Mapping[str, Node]) -> dict[str, Node]:
    """Return answers as a case file has them: children stand in a list, in order."""
    if place.part == PartName.DIGITAL_SAFETY:
        return {place.part: dict(anew)}
    others: list[Node] = [{} for _ in range(number_of(parse_part_id(place.part)) - 1)]
    return {"children": [*others, dict(anew)]}


def _page(
    desk: Desk,
    visit: Visit,
    place: Place,
    stands: Stands,
    status: HTTPStatus | None = None,
) -> web.Response:
    refused = stands.wrong or stands.told
    status = status or (HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK)
    holds = held(desk, visit, place, stands, "recheck")
    return desk.paper.write("check_again", visit, status, **holds)
