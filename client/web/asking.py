"""Asking for a place: whom, about what, and what each has answered.

This file knows a form, and the rows of what was asked. It refuses to know a person: the question
holds counts, needs and days, and the page shows all of it before it leaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case import PlaceInquiryInput
from client.cli import lines
from client.cli.attention import other
from client.cli.voice import Voice
from client.forms import form
from client.web import views
from client.web.answers import read
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import centres_in, hastened, named, status
from client.web.fields import fields
from client.web.pages import to
from client.web.writing import Place
from keys.errors import Locked, Refusal
from keys.wire import Packable

_COLOURS: Final = MappingProxyType({"yes": "success", "yes_from": "success", "phone_me": "warning"})
_ACCEPTS: Final = ("yes", "yes_from")


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre that may be asked.

    Attributes:
        name, region, phone: as the directory says them.
        receives: whether it can take anything in now, in words.
        asked: that it was asked already and what it said, in words, or nothing.
    """

    name: str
    region: str
    phone: str
    receives: str
    asked: str


async def asked(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what is asked, who was asked, and who may be asked now; nobody is ticked beforehand."""
    return await _page(desk, visit, request, [])


async def ask(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Ask the centres that are ticked; what is refused is told, and the ticks stay."""
    code_name = named(visit, request)
    chosen = [str(one) for one in (await request.post()).getall("centre", [])]
    if not chosen:
        told = [desk.paper.say("web.ask.none"), desk.paper.say("sent.nothing")]
        return await _page(desk, visit, request, told)
    urgent = await hastened(request)
    asked_: dict[str, Packable] = {"code_name": code_name, "centres": [*chosen], "urgent": urgent}
    try:
        found = await desk.do("inquire", asked_)
    except Locked:
        raise
    except Refusal as refusal:
        return await _page(desk, visit, request, desk.paper.told(refusal))
    told = [desk.paper.say("cli.inquired", count=lines.number(found, "asked"))]
    waits = [desk.paper.say("cli.waiting")] if not found.get("left") else []
    told += lines.waits(desk.paper, found) or waits
    visit.told = " ".join(told)
    return to(f"/ask/{visit.word(code_name)}")


async def _page(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    code_name, form_ = named(visit, request), await request.post()
    asked_ = {"code_name": code_name, "part": PlaceInquiryInput.WORD}
    found = await desk.do("written", asked_)
    rows = of_case(await status(desk), code_name)
    known = await desk.do("directory", {})
    word, there = visit.word(code_name), _centres(desk.paper, centres_in(known), rows)
    return desk.paper.write(
        "ask",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        code_name=code_name,
        word=word,
        told=told,
        done=visit.take(),
        there=bool(found.get("there")),
        facts=_facts(desk.paper, found),
        write=Place(code_name, PlaceInquiryInput.WORD).address(visit),
        answers=[_answer(desk.paper, one) for one in rows],
        yes=any(lines.text(one, "answer") in _ACCEPTS for one in rows),
        centres=there,
        rides=bool(known.get("rides")),
        haste=lines.asking(desk.paper, known, len(there)),
        ticked={str(one) for one in form_.getall("centre", [])},
    )


def of_case(answer: views.Answer, code_name: str) -> list[views.Answer]:
    """Return what was asked for a case, the newest first."""
    rows = lines.rows(answer, "asked")
    return [one for one in reversed(rows) if lines.text(one, "code_name") == code_name]


def how_far(voice: Voice, rows: list[views.Answer]) -> tuple[str, str]:
    """Return how far asking is, in words, and how that is shown: who has answered, or a yes."""
    said = [lines.text(one, "answer") for one in rows]
    if yes := next((one for one in said if one in _ACCEPTS), ""):
        return voice.say(f"inquiry.{yes}"), "success"
    if not rows:
        return voice.say("form.how.not_begun"), "neutral"
    count = len([one for one in said if one])
    return voice.say("web.ask.how_far", answered=count, asked=len(rows)), "warning"


def _facts(voice: Voice, found: views.Answer) -> list[str]:
    answers = found.get("answers")
    told = answers if isinstance(answers, dict) else {}
    pages = form(PlaceInquiryInput.WORD).pages
    return [line for page in pages for line in read(voice, fields(page.questions, told))]


def _answer(voice: Voice, row: views.Answer) -> views.Row:
    said = lines.text(row, "answer")
    day = voice.say("web.ask.on", day=lines.day(voice, lines.number(row, "day")))
    notes = (day, *lines.onward(voice, row))
    colour = _COLOURS.get(said, "neutral" if said else "info")
    state = voice.say(f"inquiry.{said or 'none'}")
    return views.Row(other(voice, row, "centre"), state, colour, (), notes)


def _centres(
    voice: Voice, members: Iterable[views.Answer], rows: list[views.Answer]
) -> list[Centre]:
    """Return every other centre; of one that was asked twice, what it said last."""
    newest = {lines.text(one, "centre"): lines.text(one, "answer") for one in reversed(rows)}
    return [
        Centre(
            lines.text(one, "name"),
            lines.text(one, "region"),
            lines.text(one, "phone"),
            voice.say("directory.ready" if one.get("receives") else "directory.call"),
            _before(voice, newest, lines.text(one, "name")),
        )
        for one in members
        if not one.get("ours")
    ]


def _before(voice: Voice, newest: dict[str, str], name: str) -> str:
    if name not in newest:
        return ""
    return voice.say("web.ask.before", said=voice.say(f"inquiry.{newest[name] or 'none'}"))
