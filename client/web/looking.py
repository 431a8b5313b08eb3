"""What is looked up: who is in the directory and how to ring them, and who did what here.

This file knows two lists and how they are searched. It refuses to put what was searched for into an
address: it is posted, and stands in no history.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from client.cli import keys, lines
from client.cli.voice import Voice
from client.web import comparing, views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import said
from client.web.staffing import listed
from keys.calendar import Instant

LATEST: Final = 100
"""How many lines of the log are shown before anybody asks for all of it."""
_COLUMNS: Final = ("when", "about", "act", "by")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_ROLES: Final = ("centre", "police")


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the directory.

    Attributes:
        name, region, phone: as the directory says them.
        units, access: the same, of a centre; a police district houses nobody.
        receives: whether it can take anything in now, in words.
        ready: whether it can.
        ours: whether it is this member.
        key, shade: what is known of its key, in words, and how that is shown; empty for our own.
        at: where its key is compared.
    """

    name: str
    region: str
    units: str
    access: str
    phone: str
    receives: str
    ready: bool
    ours: bool
    key: str
    shade: str
    at: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log; `about` is a code name, a colleague, a PC, or nothing."""

    when: str
    about: str
    act: str
    by: str


async def directory(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the directory, all of it or what was searched for; centres stand first."""
    wanted = await said(request, "wanted")
    rows = lines.rows(await desk.do("directory", {}), "members")
    found = [one for one in rows if _has(wanted, map(lines.text, [one] * 2, ("name", "region")))]
    groups = [
        (f"web.directory.{role}", [_member(desk.paper, visit, one) for one in _of(found, role)])
        for role in _ROLES
        if _of(found, role)
    ]
    return desk.paper.write("directory", visit, groups=groups, wanted=wanted)


def _of(rows: Iterable[views.Answer], role: str) -> list[views.Answer]:
    return [one for one in rows if lines.text(one, "role") == role]


def _has(wanted: str, texts: Iterable[str]) -> bool:
    """Tell whether every word that is searched for begins or lies in one of the texts."""
    there = " ".join(texts).casefold()
    return all(word in there for word in wanted.casefold().split())


def _member(voice: Voice, visit: Visit, row: views.Answer) -> Member:
    name, key = lines.text(row, "name"), lines.text(row, "key")
    houses = lines.text(row, "role") == "centre"
    ready = bool(row.get("receives"))
    return Member(
        name,
        lines.text(row, "region"),
        lines.text(row, "units") if houses else "",
        lines.text(row, "access") if houses else "",
        lines.text(row, "phone"),
        voice.say("directory.ready" if ready else "directory.call"),
        ready,
        bool(row.get("ours")),
        keys.state(voice, {**row, "day": row.get("key_day", 0)}),
        comparing.SHADES[key],
        comparing.place(visit, name),
    )


async def log(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show who did what, the newest first: the last lines, those of a case or colleague, or all."""
    wanted, whole = await said(request, "wanted"), await said(request, "whole") == "yes"
    rows = lines.items(await desk.do("log", {}), "lines")
    every = _lines(desk.paper, rows)
    found = [one for one in every if _has(wanted, (one.about, one.by, one.act))]
    shown = found if whole else found[:LATEST]
    return desk.paper.write(
        "log",
        visit,
        found=shown,
        more=len(found) - len(shown),
        wanted=wanted,
        latest=LATEST,
        leads=await _leads(desk, visit),
    )


async def log_file(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Give a leader all of the log as a table; to anybody else there is no such page."""
    if not await _leads(desk, visit):
        raise web.HTTPNotFound
    every = _lines(desk.paper, lines.items(await desk.do("log", {}), "lines"))
    sheet = io.StringIO()
    table = csv.writer(sheet, delimiter=";", quoting=csv.QUOTE_ALL)
    table.writerow([desk.paper.say(f"web.log.column.{one}") for one in _COLUMNS])
    table.writerows([_cell(getattr(line, one)) for one in _COLUMNS] for line in every)
    headers = {"Content-Disposition": 'attachment; filename="logg.csv"'}
    data = sheet.getvalue().encode("utf-8-sig")  # without its mark, Excel spells no æ, ø, å
    return web.Response(body=data, content_type="text/csv", charset="utf-8", headers=headers)


async def _leads(desk: Desk, visit: Visit) -> bool:
    return any(leads and mine for _, leads, mine, _ in await listed(desk, visit))


def _cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(voice: Voice, rows: Sequence[object]) -> list[Line]:
    found: list[Line] = []
    for row in reversed(rows):
        match row:
            case [int(at), str(act), str(about), str(by)]:
                when = voice.words.moment(Instant(at))
                by = by or voice.say("web.log.program")
                found.append(Line(when, about, voice.say(f"act.{act}"), by))
            case _:
                continue
    return found
