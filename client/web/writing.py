"""Writing a case: one topic to a page, saved at every button, and nothing typed is lost.

This file knows forms, and addresses that name nobody: which case, which part and which page a word
stands for only this visit knows. It refuses to judge an answer, which the service does.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Final, Self, cast

from aiohttp import web

from client.case import Source
from client.case.declaration import Kind
from client.cli import lines
from client.forms import FORMS, Form, FormPage, FormQuestion, asked_in, form
from client.labels import labelled
from client.refusals import WrongAnswer
from client.web.answers import read
from client.web.answers import said as said_in
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, said
from client.web.fields import Field, fields, odd, typed, with_rest
from client.web.pages import to
from client.yamltree import Node
from client.yamltree import write as as_yaml
from keys.errors import Locked, Refusal, Sent, by_code
from keys.wire import Value

_BETWEEN: Final = "\n"
_MORE: Final = "more."
KEEP: Final = "keep"
"""What the script says when it locks: what was typed is saved, whoever wrote here meanwhile."""
_KINDS: Final = frozenset({Kind.DATE, Kind.MOMENT, Kind.NUMBER})


@dataclass(frozen=True, slots=True)
class Place:
    """One page of one form of one case.

    Attributes:
        code_name: of the case.
        part: the name of the part, such as `child.2`.
        page: which of its pages, from 0.
        more: the list that gets a row more, or nothing.
    """

    code_name: str
    part: str
    page: int = 0
    more: str = ""

    def address(self, visit: Visit, where: str = "form") -> str:
        """Return where it is shown, under `/form/` or another beginning."""
        both = self.code_name, self.part, self.page, self.more
        return f"/{where}/{visit.word(_BETWEEN.join(map(str, both)))}"

    @classmethod
    def of(cls, visit: Visit, request: web.Request) -> Self:
        """Return which page an address stands for.

        Raises:
            HTTPNotFound: none.
        """
        match named(visit, request).split(_BETWEEN):
            case [name, part, page, more] if part.partition(".")[0] in FORMS:
                return cls(name, part, int(page), more)
            case _:
                raise web.HTTPNotFound

    @property
    def form(self) -> Form:
        """The form that it is a page of."""
        return form(self.part.partition(".")[0])

    @property
    def questions(self) -> FormPage:
        """The page of the form."""
        return self.form.pages[self.page]

    def after(self) -> Self | None:
        """Return the next page of the form, if there is one."""
        last = self.page + 1 >= len(self.form.pages)
        return None if last else type(self)(self.code_name, self.part, self.page + 1)


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands on a page of a topic.

    Attributes:
        answers: what is typed, or was saved.
        wrong: why some were refused, by the name of the field.
        told: what is said over the page.
        source: whose answers they are.
        more: the list that gets a row more, or nothing.
        kept: whether the rest was saved where something was refused.
        stood: the mark of what was saved when the page was made.
    """

    answers: Mapping[str, Value] = field(repr=False)
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    told: Sequence[str] = ()
    source: str = Source.STAFF.value
    more: str = ""
    kept: bool = True
    stood: str = ""


async def shown(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show a page of a form, with what is written there."""
    place = Place.of(visit, request)
    answers = await _saved(desk, place)
    return _page(desk, visit, place, Stands(answers, stood=_mark(place, answers)))


async def _saved(desk: Desk, place: Place) -> Mapping[str, Value]:
    found = await desk.do("written", {"code_name": place.code_name, "part": place.part})
    answers = found.get("answers")
    return answers if isinstance(answers, dict) else {}


def _mark(place: Place, answers: Mapping[str, Value]) -> str:
    """Return by what one sees whether a page's answers are still those that it was made of."""
    asked = (one.path.rpartition(".")[2] for one in place.questions.questions)
    said_ = json.dumps({name: answers.get(name) for name in asked}, sort_keys=True, default=str)
    return sha256(said_.encode()).hexdigest()


def _news(
    desk: Desk, place: Place, saved: Mapping[str, Value], typed_: Mapping[str, Value]
) -> tuple[str, ...]:
    """Return that somebody has written here meanwhile, and what stands there that was not typed."""
    asked = place.questions.questions
    both = zip(fields(asked, saved), fields(asked, typed_), strict=True)
    other = [now for now, new in both if said_in(desk.paper, now) != said_in(desk.paper, new)]
    both_ = desk.paper.say("web.form.since"), desk.paper.say("web.form.since.do")
    return (*both_, *read(desk.paper, other), desk.paper.say("sent.nothing"))


async def save(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Save what was typed; what is refused is shown again with why, and the rest is kept."""
    place = Place.of(visit, request)
    asked = place.questions.questions
    nodes = typed(asked, await request.post())
    then, source = await said(request, "then"), await said(request, "source")
    if then == "rest":
        nodes = with_rest(asked, nodes)
    given = {"code_name": place.code_name, "part": place.part, "answers": as_yaml(dict(nodes))}
    source = source if source in {*Source} else Source.STAFF.value
    saved, stood = await _saved(desk, place), await said(request, "stood")
    if stood and stood != (mark := _mark(place, saved)) and then != KEEP:
        news = _news(desk, place, saved, as_values(nodes))
        stands = Stands(as_values(nodes), told=news, source=source, stood=mark)
        return _page(desk, visit, place, stands, HTTPStatus.CONFLICT)
    try:
        found = await desk.do("write", {**given, "source": source, "partly": True})
    except Locked:
        raise
    except Refusal as refusal:
        why = (*desk.paper.told(refusal),)
        stands = Stands(as_values(nodes), told=why, source=source, stood=stood)
        return _page(desk, visit, place, stands, HTTPStatus.CONFLICT)
    refused = lines.rows(found, "wrong")
    if refused or not found.get("saved"):
        wrong = wrong_in(desk, place, nodes, refused)
        kept, mark = bool(found.get("saved")), _mark(place, await _saved(desk, place))
        stands = Stands(as_values(nodes), wrong, source=source, kept=kept, stood=mark)
        return _page(desk, visit, place, stands, HTTPStatus.UNPROCESSABLE_ENTITY)
    visit.told = desk.paper.say("web.form.saved")
    return to(_next(visit, place, then))


def _next(visit: Visit, place: Place, then: str) -> str:
    """Return where a button leads when all is saved."""
    if then.startswith(_MORE):
        more = then.removeprefix(_MORE)
        return f"{Place(place.code_name, place.part, place.page, more).address(visit)}#more-{more}"
    after = None if then == "list" else place.after()
    return after.address(visit) if after else f"/case/{visit.word(place.code_name)}"


def wrong_in(
    desk: Desk, place: Place, nodes: Mapping[str, Node], refused: list[Mapping[str, Value]]
) -> dict[str, str]:
    """Return why fields were refused, by the name of each.

    A refusal names an entry of a list or the note of an answer: it is told at the answer's field.
    """
    questions = place.questions.questions
    strange = odd(questions, nodes)
    there = {one.name: one.asked for one in every(fields(questions, as_values(nodes)))}
    found: dict[str, str] = {}
    for one in refused:
        name = lines.text(one, "field").removeprefix(f"{place.part}.")
        while name not in there and name:
            name = name.rpartition(".")[0]
        asked = there.get(name, questions[0])
        msgid = strange.get(name)
        found.setdefault(name, desk.paper.say(msgid) if msgid else _why(desk, one, asked))
    return found


def as_values(nodes: Mapping[str, Node]) -> Mapping[str, Value]:
    """Return what was typed as what stands on a page: a tree of texts is one of values too."""
    return cast("Mapping[str, Value]", nodes)


def every(shown_: Iterable[Field]) -> Iterator[Field]:
    """Yield every field, those of rows behind their group."""
    for one in shown_:
        yield one
        for row in one.rows:
            yield from every(row)


def _why(desk: Desk, one: Mapping[str, Value], asked: FormQuestion) -> str:
    leaf = by_code(lines.text(one, "why"))
    if leaf is None or (leaf is WrongAnswer and asked.kind in _KINDS):
        least, most = asked.least or 0, asked.most or 0
        return desk.paper.say(f"web.form.wrong.{asked.kind}", least=least, most=most)
    facts = {name: lines.number(one, name) for name in ("limit", "count") if name in one}
    return desk.paper.words.told(leaf(sent=Sent.NOTHING, **facts)).do


def _page(
    desk: Desk,
    visit: Visit,
    place: Place,
    stands: Stands,
    status: HTTPStatus = HTTPStatus.OK,
) -> web.Response:
    told = visit.take()  # of what another page did, where this one was refused
    return desk.paper.write(
        "form",
        visit,
        status,
        **held(desk, visit, place, stands, "case"),
        at=place.page + 1,
        of=len(place.form.pages),
        before=_before(visit, place),
        kept=stands.kept,
        saved="" if stands.told or stands.wrong else told,
        stood=stands.stood,
        lacking=any(one.lacks for one in place.questions.questions),
    )


def held(desk: Desk, visit: Visit, place: Place, stands: Stands, back: str) -> dict[str, object]:
    """Return what every page of a topic holds, wherever its answers go.

    Args:
        desk: whose page it is.
        visit: knows the words of addresses.
        place: which page.
        stands: what stands on it.
        back: the beginning of the address that it was opened from.
    """
    asked = place.questions.questions
    shown_ = fields(asked, stands.answers, stands.wrong, stands.more or place.more)
    return {
        "code_name": place.code_name,
        "title": lines.part_label(desk.paper, place.part),
        "topic": place.questions,
        "banner": place.form.banner,
        "back": f"/{back}/{visit.word(place.code_name)}",
        "fields": shown_,
        "wrong": summary(desk, shown_),
        "told": [*stands.told],
        "special": any(one.asked.special for one in every(shown_)),
        "sources": [*Source] if any(one.lacks for one in asked_in(place.form)) else [],
        "source": stands.source,
    }


def summary(desk: Desk, shown_: Iterable[Field]) -> list[tuple[str, str]]:
    """Return what was refused, in the order of the page: the name of the field, and why."""
    refused = [one for one in every(shown_) if one.wrong]
    return [(one.name, labelled(desk.paper.say(one.asked.label), one.wrong)) for one in refused]


def _before(visit: Visit, place: Place) -> str:
    if not place.page:
        return ""
    return Place(place.code_name, place.part, place.page - 1).address(visit)
