"""The page that is turned towards the person: what a yes and a no lead to, each part, her answer.

This file knows the page and its buttons. It refuses to answer for her: nothing is ticked
beforehand, and what an answer permits is the verb's to say.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case import Release
from client.case.consent import Form, GivenBy
from client.cli import lines
from client.residentwords import ResidentWords, resident
from client.web import consentform
from client.web.consentform import ANSWERS, INFORMED, LONGEST, Filled
from client.web.days import iso, norwegian
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import centres, named, said
from client.web.pages import to
from client.web.views import Answer
from keys.errors import Locked, Refusal
from keys.wire import Packable, Value

Problem = tuple[str, str]
"""What is wrong, and the id of the field where it is, or nothing."""

_ANCHORS: Final[Mapping[str, str]] = MappingProxyType(
    {"consent.given_by": GivenBy.USER.value, "consent.ends_on": "ends_on"}
)
_NOT_FOUND: Final = "recipient_centre"
_AFRESH: Final = HTTPStatus.OK
_WRONG: Final = HTTPStatus.UNPROCESSABLE_ENTITY


async def before(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the page: what was written down before stands there, and no part is ticked."""
    code_name = named(visit, request)
    tongue = visit.tongues.get(code_name, desk.paper.words.lang.value)
    found = await _asked(desk, code_name, {"language": tongue})
    filled = Filled.before(_before(found), tongue)
    return await _page(desk, visit, code_name, found, filled, unfold=True)


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the page anew in her language, or write her answer down; nothing typed is lost."""
    code_name = named(visit, request)
    pressed = await said(request, "do")
    form = await request.post()
    plain = await _asked(desk, code_name, {})
    parts = _parts(plain)
    typed = {name: [str(one) for one in form.getall(name)] for name in form}
    filled = Filled.typed(typed, consentform.children(parts))
    try:
        found = await _asked(desk, code_name, _shown(filled))
    except Locked:
        raise
    except Refusal as refusal:  # a day that is none, a language that is not here
        problems = _problems(desk, refusal)
        return await _page(desk, visit, code_name, plain, filled, problems=problems, unfold=True)
    visit.tongues[code_name] = filled.language
    if pressed not in ANSWERS:
        return await _page(desk, visit, code_name, found, filled)
    if pressed == "yes" and not filled.ticked & set(parts):
        untold = resident(filled.language).say("consentsheet.what.none")
        return await _page(desk, visit, code_name, found, filled, problems=[(untold, "parts")])
    text = consentform.written(filled, pressed, parts, _before(found))
    try:
        # A no counts whatever was shown; a yes is one to the page that she was shown.
        look = await said(request, "look") if pressed == "yes" else ""
        await desk.do("consent", {"code_name": code_name, "case": text, "seen": look})
    except Locked:
        raise
    except Refusal as refusal:
        problems = _problems(desk, refusal)
        return await _page(desk, visit, code_name, found, filled, problems=problems, unfold=True)
    return to(f"/consented/{visit.word(code_name)}")


async def answered(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what was written down, and ask the other question: the one about the police."""
    code_name = named(visit, request)
    tongue = visit.tongues.get(code_name, desk.paper.words.lang.value)
    found = await _asked(desk, code_name, {"language": tongue})
    shared = lines.texts(found, "shared")
    told: Answer = {"consent": bool(shared), "centre": lines.text(found, "centre")}
    return desk.paper.write(
        "consented",
        visit,
        word=visit.word(code_name),
        code_name=code_name,
        told=lines.consented(desk.paper, told),
        yes=bool(shared),
        parts=[lines.part_label(desk.paper, one) for one in shared],
        asked=_blocks(found).get("police", ("", [])),
        hers=resident(tongue),
        answers=list(ANSWERS),
        police=_before(found).get("police_contact_consent", ""),
    )


async def police(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write down what she answers about the police; it opens nothing by itself."""
    code_name = named(visit, request)
    pressed = await said(request, "do")
    if pressed in ANSWERS:
        await desk.do("consent", {"code_name": code_name, "police": pressed})
    return to(f"/consented/{visit.word(code_name)}")


async def copy(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the case as she gets it on paper: where she goes is named only when that is asked."""
    code_name = named(visit, request)
    names = await said(request, "named") == "yes"
    tongue = desk.paper.words.lang.value
    given: dict[str, Packable] = {"code_name": code_name, "what": "copy", "language": tongue}
    found = await desk.do("print", {**given, "named": names})
    shown = lines.texts(found, "lines")
    word = visit.word(code_name)
    return desk.paper.write("copy", visit, lines=shown, word=word, named=names)


async def _asked(desk: Desk, code_name: str, shown: Mapping[str, Packable]) -> Answer:
    return await desk.do("consent show", {"code_name": code_name, "form": True, **shown})


def _shown(filled: Filled) -> dict[str, Packable]:
    """Return how the page is to be shown, as far as staff have said."""
    return {
        "language": filled.language,
        "named": filled.named,
        "ends": iso(filled.values["ends_on"]),
        "release": filled.values["release"],
    }


def _before(found: Answer) -> Mapping[str, Value]:
    before = found.get("said")
    return before if isinstance(before, dict) else {}


def _parts(found: Answer) -> list[str]:
    """Return the parts that she answers for: an attachment goes with its own."""
    return [
        str(one[0]) for one in lines.items(found, "parts") if isinstance(one, list) and not one[-1]
    ]


def _blocks(found: Answer) -> dict[str, tuple[str, list[tuple[bool, str]]]]:
    """Return the page's blocks by their names: a heading, and lines with whether one is a box."""
    made: dict[str, tuple[str, list[tuple[bool, str]]]] = {}
    for block in lines.items(found, "blocks"):
        match block:
            case [str(name), str(title), list(rows)]:
                said_ = [(bool(one[0]), str(one[1])) for one in rows if isinstance(one, list)]
                made[name] = (title, said_)
            case _:
                continue
    return made


def _shelf(found: Answer) -> list[dict[str, object]]:
    """Return each part with all it says, and within it the attachments that go with it."""
    rows = [one for one in lines.items(found, "parts") if isinstance(one, list)]
    made = [
        {"id": one[0], "line": one[1], "rows": one[2], "exact": one[3], "with": one[4]}
        for one in rows
    ]
    tops: list[dict[str, object]] = []
    for one in made:
        if not one["with"]:
            within = [other for other in made if other["with"] == one["id"]]
            tops.append({**one, "within": within})
    return tops


def _problems(desk: Desk, refusal: Refusal) -> list[Problem]:
    told = desk.paper.words.told(refusal)
    field = str(refusal.facts.get("field", ""))
    anchor = _ANCHORS.get(field, _NOT_FOUND if refusal.code == "not_in_directory" else "")
    return [(told.what, anchor), (told.sent, ""), (told.do, "")]


async def _page(
    desk: Desk,
    visit: Visit,
    code_name: str,
    found: Answer,
    filled: Filled,
    *,
    problems: list[Problem] | None = None,
    unfold: bool = False,
) -> web.Response:
    others = [lines.text(one, "name") for one in await centres(desk) if not one.get("ours")]
    tongues = [ResidentWords(one) for one in lines.texts(found, "languages")]
    shelf = _shelf(found)
    return desk.paper.write(
        "consent",
        visit,
        _WRONG if problems else _AFRESH,
        code_name=code_name,
        problems=problems or [],
        unfold=unfold,
        filled=filled,
        chosen={"given_by": GivenBy, "form": Form, "release": Release},
        centres=others,
        centre=filled.values["recipient_centre"] or lines.text(found, "centre"),
        ends=norwegian(filled.values["ends_on"] or lines.text(found, "ends")),
        release=lines.text(found, "release"),
        look=lines.text(found, "look"),
        told=INFORMED,
        longest=LONGEST,
        children=[(one, lines.part_label(desk.paper, one)) for one in _children(shelf)],
        tongues=tongues,
        tongue=lines.text(found, "language"),
        title=lines.text(found, "title"),
        warning=lines.text(found, "warning"),
        direction=lines.text(found, "direction"),
        blocks=_blocks(found),
        parts=shelf,
        hers=resident(lines.text(found, "language")),
        answers=list(ANSWERS),
    )


def _children(shelf: list[dict[str, object]]) -> list[str]:
    return consentform.children([str(one["id"]) for one in shelf])
