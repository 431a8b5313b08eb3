"""A move that cannot wait: three fields and one question, shown once more before anything leaves.

This file knows a form, a list of centres that nobody has to type, and what may be answered instead
of a line. It refuses to guess: what is no hours is asked for again, and whoever was not asked has
not said yes.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines
from client.cli.outcome import left_to_do, outcome, until
from client.hours import LINE, hours_in
from client.slugs import LACKS, find_lack
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import centres, said
from keys.errors import Locked, Refusal

ASKED: Final = ("yes", "no", "not_asked")
"""What the person may have said; none is chosen beforehand, and none chosen is «not asked»."""
NAMES: Final = ("centre", "window", "danger", "asked", "window_lack", "danger_lack")


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, as it was typed."""

    centre: str = ""
    window: str = field(default="", repr=False)
    danger: str = field(default="", repr=False)
    asked: str = ""
    window_lack: str = ""
    danger_lack: str = ""

    @property
    def lines(self) -> dict[str, str]:
        """What is said in each line: what was typed, or else the lack that was chosen."""
        window, danger = self.window or self.window_lack, self.danger or self.danger_lack
        return {"window": window, "danger": danger}

    @property
    def sends(self) -> bool:
        """Whether it leaves as soon as it is said to be right."""
        return self.asked == "yes" and bool(self.centre)


async def asked(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show the three fields."""
    return await _form(desk, visit, _Typed())


async def answer(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what was understood, and when that is right, write it down and send on a yes."""
    typed = _Typed(*[await said(request, name) for name in NAMES])
    then = await said(request, "then")
    wrong = _wrong(desk, typed)
    if wrong:
        return await _form(desk, visit, typed, wrong)
    if then == "change":
        return await _form(desk, visit, typed)
    if then != "sure":
        known = {**await desk.do("directory", {}), "rides": True}
        haste = lines.haste(desk.paper, known)
        return desk.paper.write("urgent_sure", visit, typed=typed, names=NAMES, haste=haste)
    given = {"centre": typed.centre, "asked": typed.asked or "not_asked", **typed.lines}
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
    for name in ("window", "danger"):
        if getattr(typed, f"{name}_lack") not in ("", *LACKS):
            found[name] = say("web.journal.none")
    if typed.window and hours_in(typed.window) is None and find_lack(typed.window) is None:
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
        lacks=LACKS,
        wrong=wrong or {},
        told=told,
        most=LINE,
    )
