"""A case as steps: each part with how far it is, in an order that nobody has to keep to.

This file knows which step stands where, and which page is behind it. It refuses to know an answer:
it shows that there are some, and how many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case import NUMBERED, PartName, PlaceInquiryInput
from client.cli import lines
from client.cli.voice import Voice
from client.formlayout import STEPS
from client.web import views
from client.web.asking import how_far, of_case
from client.web.attaching import where
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, status
from client.web.writing import Place
from keys.wire import Value

_COLOURS: Final = MappingProxyType(
    {"not_begun": "neutral", "begun": "warning", "done": "success", "can_wait": "neutral"}
)
_BUTTONS: Final = MappingProxyType(
    {"not_begun": "web.steps.begin", "can_wait": "web.steps.begin", "begun": "web.steps.go_on"}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the overview.

    Attributes:
        title: what it is.
        state: how far it is, in words.
        colour: how the state is shown beside the words.
        count: how many answers there are, in words; nothing where it is not begun.
        address, button: where one goes, and the msgid of what stands there.
    """

    title: str
    state: str
    colour: str
    count: str
    address: str
    button: str


async def overview(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a case as steps."""
    code_name = named(visit, request)
    found = await desk.do("written", {"code_name": code_name})
    tasks = await desk.do("tasks", {"code_name": code_name})
    word = visit.word(code_name)
    ask = _ask(desk.paper, word, of_case(await status(desk), code_name))
    groups = [
        (heading, _steps(desk.paper, visit, found, words, ask)) for heading, words in STEPS.items()
    ]
    urgent = views.tasks(desk.paper, visit, tasks) if found.get("urgent") else []
    return desk.paper.write(
        "steps",
        visit,
        code_name=code_name,
        sent=bool(found.get("sent")),
        to=lines.text(found, "to"),
        groups=groups,
        child=_another(visit, found, PartName.CHILD),
        attach=where(visit, code_name, _number(found, PartName.ATTACHMENT) + 1),
        decision=lines.text(found, "decision"),
        consent=bool(found.get("consent")),
        word=word,
        tasks=urgent,
        saved=visit.take(),
    )


def _ask(voice: Voice, word: str, rows: list[views.Answer]) -> Step:
    """Return the step that is no form: asking for a place, with what was answered."""
    state, colour = how_far(voice, rows)
    button = "web.steps.look" if rows else "web.steps.begin"
    return Step(voice.say("web.ask"), state, colour, "", f"/ask/{word}", button)


def _number(found: Mapping[str, Value], name: PartName) -> int:
    """Return how many children or attachments there are."""
    forms = (lines.text(one, "form") for one in lines.rows(found, "forms"))
    return sum(one.partition(".")[0] == name for one in forms)


def _another(visit: Visit, found: Mapping[str, Value], name: PartName) -> str:
    part = f"{name}.{_number(found, name) + 1}"
    return Place(lines.text(found, "code_name"), part).address(visit)


def _steps(
    voice: Voice, visit: Visit, found: Mapping[str, Value], words: tuple[str, ...], ask: Step
) -> list[Step]:
    rows = lines.rows(found, "forms")
    steps: list[Step] = []
    for name in words:
        steps += [_step(voice, visit, found, one) for one in rows if _is(one, name)]
        steps += [ask] if name == PlaceInquiryInput.WORD else []  # as soon as it is written
    return steps


def _is(row: Mapping[str, Value], name: str) -> bool:
    return lines.text(row, "form").partition(".")[0] == name


def _step(voice: Voice, visit: Visit, found: Mapping[str, Value], row: Mapping[str, Value]) -> Step:
    form, how = lines.text(row, "form"), lines.text(row, "how")
    code_name, (name, _, number) = lines.text(found, "code_name"), form.partition(".")
    begun = lines.number(row, "answered")
    count = voice.say("web.steps.count", count=begun, asked=lines.number(row, "asked"))
    address = Place(code_name, form).address(visit)
    state, colour = voice.say(f"form.how.{how}"), _COLOURS.get(how, "neutral")
    if name == PartName.ATTACHMENT:
        address = where(visit, code_name, int(number))
        there = form in lines.texts(found, "attached")
        state = voice.say("web.attach.there" if there else "web.attach.lacks")
        colour, count = ("success" if there else "danger"), ""
    title = lines.part_label(voice, form)
    button = _BUTTONS.get(how, "web.steps.look")
    shown = count if begun and name not in NUMBERED - {PartName.CHILD} else ""
    return Step(title, state, colour, shown, address, button)
