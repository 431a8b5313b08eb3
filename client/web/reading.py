"""A whole case that was opened here: each part in words, notes beside it, and its attachments.

This file knows pages. It refuses to write a file where the desk runs: what a browser fetches comes
from memory, and a picture is shown without being fetched. Nothing leaves the machine by it.
"""

from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case.part_id import PartName
from client.cli import lines
from client.filekind import HEAD, FileKind, kind_of
from client.web import inmemory, views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named, named_as, said
from client.web.pages import to
from client.web.writing import KEEP
from keys.errors import Locked, Refusal
from keys.wire import Packable

_PART: Final = "part\n"
_TYPES: Final = MappingProxyType(
    {
        FileKind.JPEG: ("image/jpeg", "jpg"),
        FileKind.PNG: ("image/png", "png"),
        FileKind.PDF: ("application/pdf", "pdf"),
    }
)
_UNKNOWN: Final = ("application/octet-stream", "bin")
_PICTURES: Final = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Version:
    """What was said at a part at one time; `when` is empty where it was said only once."""

    when: str
    blocks: list[tuple[str, list[tuple[str, str]]]]


async def whole(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show which parts there are, each with a page of its own."""
    code_name = named(visit, request)
    found = await desk.do("read", {"code_name": code_name})
    parts = [
        (
            f"/part/{_word(visit, code_name, one)}",
            lines.part_label(desk.paper, one),
            [desk.paper.say(f"web.reading.{how}") for how in _beside(found, one)],
        )
        for one in lines.texts(found, "parts")
    ]
    word = visit.word(code_name)
    return desk.paper.write(
        "opened", visit, code_name=code_name, word=word, parts=parts, done=visit.take()
    )


async def part(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show everything that was said at one part, the oldest first."""
    return await _part(desk, visit, request)


async def note(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write a note beside a part; it stays at this desk."""
    code_name, which = _of(visit, request)
    text = await said(request, "text")
    if await said(request, "then") == KEEP:
        await desk.do("note", {"code_name": code_name, "part": which, "text": text, "keep": True})
        return to(f"/part/{_word(visit, code_name, which)}")
    if not text:
        told = [desk.paper.say("web.part.note.none"), desk.paper.say("sent.nothing")]
        return await _part(desk, visit, request, told=told)
    try:
        await desk.do("note", {"code_name": code_name, "part": which, "text": text})
    except Locked:
        raise
    except Refusal as refusal:
        return await _part(desk, visit, request, told=desk.paper.told(refusal), text=text)
    visit.told = desk.paper.say("cli.noted")
    return to(f"/part/{_word(visit, code_name, which)}")


async def picture(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Give the picture of an attachment to the page that shows it."""
    found = await _fetched(desk, visit, request, screen=True)
    return found if found.content_type.startswith("image/") else web.Response(status=404)


async def file(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Give an attachment as a file: from then on staff are asked about it if it is taken back."""
    return await _fetched(desk, visit, request, screen=False)


async def journal(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Give every page for the centre's own journal as one PDF."""
    language = desk.paper.words.lang.value
    given: dict[str, Packable] = {"code_name": named(visit, request), "what": "journal"}
    with inmemory.held() as file_:
        await desk.do("print", {**given, "path": file_.path, "language": language})
        return _given(file_.octets(), "utskrift.pdf", "application/pdf")


def _word(visit: Visit, code_name: str, which: str) -> str:
    return visit.word(f"{_PART}{code_name}\n{which}")


def _beside(answer: views.Answer, which: str) -> list[str]:
    """Return what stands beside a part: a note, what its sender corrected, or a check."""
    rows = [one for one in lines.items(answer, "beside") if isinstance(one, list)]
    return [str(how) for part, how in rows if part == which]


def _of(visit: Visit, request: web.Request) -> tuple[str, str]:
    """Return the case and the part that an address stands for."""
    code_name, _, which = named_as(visit, request, _PART).partition("\n")
    return code_name, which


async def _part(
    desk: Desk, visit: Visit, request: web.Request, told: list[str] | None = None, text: str = ""
) -> web.Response:
    code_name, which = _of(visit, request)
    language = desk.paper.words.lang.value
    given: dict[str, Packable] = {"code_name": code_name, "part": which, "language": language}
    found = await desk.do("read", given)
    name = lines.text(found, "file")
    return desk.paper.write(
        "part",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        code_name=code_name,
        title=lines.part_label(desk.paper, which),
        back=f"/opened/{visit.word(code_name)}",
        word=_word(visit, code_name, which),
        versions=_versions(desk, found),
        file=bool(name),
        picture=name.lower().endswith(_PICTURES),
        lacks=_lacks(desk, which, found),
        told=told or [],
        done=visit.take(),
        text=text or lines.text(found, "typed"),
        typed=not text and bool(lines.text(found, "typed")),
    )


def _lacks(desk: Desk, which: str, answer: views.Answer) -> str:
    """Return why an attachment cannot be looked at; nothing where there is nothing to say."""
    if not which.startswith(PartName.ATTACHMENT) or lines.text(answer, "file"):
        return ""
    if answer.get("spoilt"):
        return desk.paper.say("cli.attachment_spoilt", name=lines.part_label(desk.paper, which))
    return desk.paper.say("web.part.travels")


def _versions(desk: Desk, answer: views.Answer) -> list[Version]:
    said_ = lines.items(answer, "versions")
    found: list[Version] = []
    for one, shown in zip(said_, lines.items(answer, "shown"), strict=True):
        match one:
            case [str(how), int(day), bytes()]:
                when = desk.paper.say(f"version.{how}", day=lines.day(desk.paper, day))
                several = len(said_) > 1
                found.append(Version(when if several else "", views.blocks({"blocks": shown})))
            case _:
                continue
    return found


async def _fetched(desk: Desk, visit: Visit, request: web.Request, *, screen: bool) -> web.Response:
    code_name, which = _of(visit, request)
    with inmemory.held() as file_:
        given: dict[str, Packable] = {"code_name": code_name, "part": which, "path": file_.path}
        given["screen"] = screen
        await desk.do("read", given)
        data = file_.octets()
    kind = kind_of(data[:HEAD])
    type_, ending = _UNKNOWN if kind is None else _TYPES[kind]
    number = which.partition(".")[2]
    return _given(data, "" if screen else f"vedlegg-{number}.{ending}", type_)


def _given(data: bytes, name: str, type_: str) -> web.Response:
    """Return a file; with a neutral name, a browser keeps it instead of showing it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    return web.Response(body=data, content_type=type_, headers=headers)
