"""The centre's request to its own police district: what is written, what went, and taking it back.

This file knows a form. It refuses to tick a line by itself, and to show more of what the police did
than their one word.
"""

from collections.abc import Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case.answer import State
from client.case.declaration import choice_msgid
from client.case.police_request import VIEW_LINES, InConsultation, PoliceBasis
from client.case.words import YesNo
from client.cli import lines
from client.refusals import WrongState
from client.web import linefields, views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, status
from client.web.linefields import Entry, Typed
from client.web.pages import to
from client.web.reviewform import Slip, first, slips_of, typed_in
from client.yamltree import Node, write
from keys.errors import Locked, NotHere, Refusal
from keys.wire import Packable

_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY
KINDS: Final = MappingProxyType({"police_request": False, "police_view_request": True})
"""What goes to the own district, and whether it is the question about the new place."""
_MEETING: Final = "move_in_consultation_with_police"
_PLAIN: Final = ("police_basis", "user_told", "user_told_why_not", "user_objects")
_MET: Final = ("answer", "role", "at")
CHOICES: Final = MappingProxyType(
    {
        "police_basis": [(one.value, choice_msgid(one)) for one in PoliceBasis],
        "user_told": [(one.value, choice_msgid(one)) for one in YesNo],
        "user_objects": [
            *((one.value, choice_msgid(one)) for one in YesNo),
            ("", choice_msgid(State.NOT_ASKED)),  # then the request says nothing of it
        ],
        "answer": [(one.value, choice_msgid(one)) for one in InConsultation],
    }
)
"""The closed answers beside the lines, each a word and the msgid of its label."""


async def written(desk: Desk, code_name: str, *, view: bool = False) -> views.Answer | None:
    """Return what is written for the police in a case; empty while nothing is, None without it."""
    language = desk.paper.words.lang.value
    given: dict[str, Packable] = {"code_name": code_name, "language": language, "view": view}
    try:
        return await desk.do("police waiting", given)
    except NotHere:
        return None
    except WrongState as refusal:
        if refusal.facts.get("kind") == "request.unwritten":
            return {}
        if refusal.facts.get("kind") == "case.forgotten":
            return None
        raise


async def request_(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what is written, every line off until somebody ticks it, and what the police said."""
    found = await written(desk, named(visit, request))
    there = found or {}
    return await _form(desk, visit, request, _typed(there), _entries(there), here=found is not None)


async def save(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Keep what was written, and show it as the police would read it; nothing is sent."""
    typed = await typed_in(request)
    entries = linefields.of_form(typed)
    text = write({"police_request": _tree(typed, entries)})
    try:
        await desk.do("part", {"code_name": named(visit, request), "case": text})
    except Locked:
        raise
    except Refusal as refusal:
        slips = slips_of(desk, refusal)
        slips[0] = slips[0][0], anchor(str(refusal.facts.get("field", "")), entries)
        return await _form(desk, visit, request, typed, entries, slips)
    if first(typed, "do") == "save":
        return to(f"/police/{request.match_info['word']}")
    return to(f"/police-check/{request.match_info['word']}")


def _entries(found: views.Answer) -> list[Entry]:
    return linefields.of_answer(lines.items(found, "lines"), lines.items(found, "marked"))


def _typed(found: views.Answer) -> dict[str, list[str]]:
    """Return the stored answers beside the lines as they stand in the form."""
    names = {"basis": "police_basis", **{name: name for name in _PLAIN[1:]}}
    made = {field_: [lines.text(found, name)] for name, field_ in names.items()}
    for name, one in zip(_MET, lines.items(found, "consultation"), strict=False):
        made[name] = [linefields.spoken(str(one)) if name == "at" else str(one)]
    return made


def _tree(typed: Typed, entries: Sequence[Entry]) -> Node:
    plain: dict[str, Node] = {name: first(typed, name) or None for name in _PLAIN}
    met: dict[str, Node] = {name: first(typed, name) or None for name in _MET}
    return {
        **plain,
        _MEETING: met if any(met.values()) else None,
        "lines": linefields.tree(entries),
    }


def anchor(path: str, entries: Sequence[Entry]) -> str:
    """Return the id of the field that a refusal names, or nothing."""
    words = path.removeprefix("police_request").strip(".").split(".")
    if words[0] != "lines":
        return words[-1] if words[-1] in (*_PLAIN, *_MET) else ""
    ticked = [at for at, one in enumerate(entries) if one.on]
    match words[1:]:
        case [place, *inner] if place.isdigit() and 0 < int(place) <= len(ticked):
            at = ticked[int(place) - 1]
            if inner[:1] == ["why_needed"]:
                return f"why.{at}"
            deeper = [one for one in inner[1:] if not one.isdigit()]
            name = ".".join(["line", str(at), *deeper])
            there = [one.name for one in linefields.fields(entries[at], at)]
            return name if name in there else there[0]
        case _:
            return ""


async def _form(
    desk: Desk,
    visit: Visit,
    request: web.Request,
    typed: Typed,
    entries: Sequence[Entry],
    slips: Sequence[Slip] = (),
    *,
    here: bool = True,
) -> web.Response:
    code_name = named(visit, request)
    groups: list[tuple[str, list[tuple[int, Entry, list[linefields.Field]]]]] = []
    at = 0
    for group, rows in linefields.sheetful(entries):
        shown: list[tuple[int, Entry, list[linefields.Field]]] = []
        for one in rows:
            shown.append((at, one, linefields.fields(one, at)))
            at += 1
        groups.append((group, shown))
    return desk.paper.write(
        "police",
        visit,
        _WRONG if slips else HTTPStatus.OK,
        code_name=code_name,
        word=request.match_info["word"],
        here=here,
        groups=groups,
        view_lines=VIEW_LINES,
        choices=CHOICES,
        values={name: first(typed, name) for name in (*_PLAIN, *_MET)},
        went=went(desk, await status(desk), code_name),
        slips=slips,
    )


def went(desk: Desk, answer: views.Answer, code_name: str) -> list[views.Row]:
    """Return what went to the own district for a case, with nothing of it but states and words."""
    return [
        views.told(desk.paper, one)
        for one in lines.rows(answer, "out")
        if lines.text(one, "code_name") == code_name and lines.text(one, "kind") in KINDS
    ]


async def before_back(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask whether she takes her consent to contact with the police back."""
    return desk.paper.write("sure", visit, code_name=named(visit, request), about="web.police_back")


async def back(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Take it back; the own district is told where it had something."""
    found = await desk.do("police withdraw", {"code_name": named(visit, request)})
    gone = bool(lines.number(found, "taken_back"))
    msgid = "police.taken_back" if gone else "police.taken_back_nothing"
    soon = lines.soon(desk.paper, found) if gone else []
    return desk.paper.write("said", visit, told=[desk.paper.say(msgid), *soon])
