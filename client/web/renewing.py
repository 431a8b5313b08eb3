"""A new yes at the new centre: to what, by whom, how, in which language, and until when.

This file knows a form. It refuses to choose for anybody: nothing is picked beforehand, and what a
new yes permits, the service says.
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case.consent import Form, GivenBy
from client.case.declaration import choice_msgid
from client.cli import lines
from client.vocabulary import Purpose
from client.web.days import iso
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, opened_here, said
from client.web.pages import to
from client.web.writing import KEEP
from client.yamltree import parse
from client.yamltree import write as as_yaml
from keys.errors import Locked, Refusal

LANGUAGE: Final = 80
"""The longest name of a language."""
CHOSEN: Final = MappingProxyType({"purpose": Purpose, "given_by": GivenBy, "form": Form})
_DAYS: Final = ("given", "ends")
_TYPED: Final = ("language", *_DAYS)
_FIELD: Final = "renew."


@dataclass(frozen=True, slots=True)
class _Page:
    """What stands on the page: what was chosen and typed, and what is wrong with it."""

    filled: dict[str, str] = field(repr=False)
    wrong: dict[str, str] = field(default_factory=dict[str, str])
    told: tuple[str, ...] = ()


async def asked(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the form; nothing is picked but the language that the desk speaks."""
    code_name = named(visit, request)
    await opened_here(desk, code_name)
    spoken = desk.paper.say(f"web.language.{desk.paper.words.lang.value}")
    filled = dict.fromkeys((*CHOSEN, *_TYPED), "") | {"language": spoken}
    typed = lines.text(await desk.do("renew", {"code_name": code_name, "left": True}), "typed")
    left = parse(typed) if typed else None
    if not isinstance(left, dict):
        return _form(desk, visit, code_name, _Page(filled))
    filled |= {name: str(left.get(name) or "") for name in filled}
    told = (desk.paper.say("web.recheck.typed"),)
    return _form(desk, visit, code_name, _Page(filled, told=told), HTTPStatus.OK)


async def renew(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write the new yes down beside the one that came."""
    code_name = named(visit, request)
    filled = {name: await said(request, name) for name in (*CHOSEN, *_TYPED)}
    if await said(request, "then") == KEEP:
        # Words and days as they were typed: nobody judges them before they are saved.
        await desk.do("renew", {"code_name": code_name, "keep": as_yaml({**filled})})
        return to(f"/renew/{visit.word(code_name)}")
    wrong = _wrong(desk, filled)
    if wrong:
        return _form(desk, visit, code_name, _Page(filled, wrong))
    days = {name: iso(filled[name]) for name in _DAYS}
    try:
        found = await desk.do("renew", {"code_name": code_name, **filled, **days})
    except Locked:
        raise
    except Refusal as refusal:
        at = str(refusal.facts.get("field", "")).removeprefix(_FIELD)
        if at in _DAYS:
            wrong = {at: desk.paper.say(f"web.renew.{at}.wrong")}
            return _form(desk, visit, code_name, _Page(filled, wrong))
        return _form(desk, visit, code_name, _Page(filled, told=(*desk.paper.told(refusal),)))
    day = lines.day(desk.paper, lines.number(found, "ends"))
    visit.told = desk.paper.say("cli.renewed", day=day)
    return to(f"/opened/{visit.word(code_name)}")


def _wrong(desk: Desk, filled: dict[str, str]) -> dict[str, str]:
    """Return what is to be mended before anybody is asked, by field."""
    words = {name: {*one} for name, one in CHOSEN.items()}
    none = [name for name in CHOSEN if filled[name] not in words[name]]
    wrong = {name: desk.paper.say(f"web.renew.{name}.none") for name in none}
    if not filled["language"]:
        wrong["language"] = desk.paper.say("web.renew.language.none")
    return wrong


def _form(
    desk: Desk, visit: Visit, code_name: str, page: _Page, status: HTTPStatus | None = None
) -> web.Response:
    refused = page.wrong or page.told
    return desk.paper.write(
        "renew",
        visit,
        status or (HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK),
        code_name=code_name,
        back=f"/opened/{visit.word(code_name)}",
        chosen={name: [(one, choice_msgid(one)) for one in kind] for name, kind in CHOSEN.items()},
        filled=page.filled,
        wrong=page.wrong,
        told=[*page.told],
        most=LANGUAGE,
    )
