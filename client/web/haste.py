"""A move that cannot wait: three fields and one question, shown once more before anything leaves.

This file knows a form, and a list of centres that nobody has to type. It refuses to guess: what is
no hours is asked for again, and whoever was not asked has not said yes.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines
from client.cli.outcome import left_to_do, outcome, until
from client.hours import LINE, hours_in
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import centres, said
from keys.errors import Locked, Refusal

ASKED: Final = ("yes", "no", "not_asked")
"""What the person may have said; none is chosen beforehand, and none chosen is «not asked»."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, as it was typed."""

    centre: str = ""
    window: str = field(default="", repr=False)
    danger: str = field(default="", repr=False)
    asked: str = ""

    @property
    def sends(self) -> bool:
        """Whether it leaves as soon as it is said to be right."""
        return self.asked == "yes" and bool(self.centre)


async def asked(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show the three fields."""
    return await _form(desk, visit, _Typed())


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what was understood, and when that is right, write it down and send on a yes."""
    names = ("centre", "window", "danger", "asked")
    typed = _Typed(*[await said(request, name) for name in names])
    then = await said(request, "then")
    wrong = _wrong(desk, typed)
    if wrong:
        return await _form(desk, visit, typed, wrong)
    if then == "change":
        return await _form(desk, visit, typed)
    if then != "sure":
        return desk.paper.write("urgent_sure", visit, typed=typed)
    given = {name: getattr(typed, name) for name in names} | {"asked": typed.asked or "not_asked"}
    try:
        found = await desk.do("emergency", given)
    except Locked:
        raise
    except Refusal as refusal:
        return await _form(desk, visit, typed, told=(*desk.paper.told(refusal),))
    word = visit.word(lines.text(found, "code_name"))
    return desk.paper.write(
        "urgent_done",
        visit,
        outcome=outcome(desk.paper, found),
        code_name=lines.text(found, "code_name"),
        code=lines.text(found, "arrival_code"),
        until=until(desk.paper, found),
        tasks=left_to_do(desk.paper, found),
        case=f"/case/{word}",
        police=lines.text(found, "asked") != "yes",
    )


def _wrong(desk: Desk, typed: _Typed) -> dict[str, str]:
    """Return what is to be mended, by field."""
    say = desk.paper.say
    long = {
        name: say("refusal.text_too_long.do_limit", limit=LINE) for name in ("window", "danger")
    }
    found = {name: why for name, why in long.items() if len(getattr(typed, name)) > LINE}
    if typed.window and hours_in(typed.window) is None:
        found.setdefault("window", say("emergency.window_again"))
    if typed.asked not in ("", *ASKED):
        found["asked"] = say("web.journal.none")
    return found


async def _form(
    desk: Desk,
    visit: Visit,
    typed: _Typed,
    wrong: dict[str, str] | None = None,
    told: tuple[str, ...] = (),
) -> web.Response:
    others = [one for one in await centres(desk) if not one.get("ours")]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong or told else HTTPStatus.OK
    return desk.paper.write(
        "urgent",
        visit,
        status,
        typed=typed,
        centres=[(lines.text(one, "name"), lines.text(one, "phone")) for one in others],
        answers=ASKED,
        wrong=wrong or {},
        told=told,
        most=LINE,
    )
