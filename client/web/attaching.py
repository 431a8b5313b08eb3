"""A file to a case: a picture or a PDF, made anew before it is kept, with what was taken out said.

This file knows a form. It refuses to keep the name that a file had, and to know what is in it.
"""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web

from client.case import WITHOUT_CASE, PartName, Source
from client.case.attachment import AttachmentType
from client.cli import lines
from client.filekind import FileKind, kind_of
from client.slugs import said_short
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named
from client.web.pages import to
from client.web.uploads import held
from client.yamltree import Node
from client.yamltree import write as as_yaml
from keys.errors import Locked, Refusal
from keys.wire import Packable

_BETWEEN: Final = "\n"
_ENDINGS: Final = MappingProxyType({FileKind.JPEG: "jpg", FileKind.PNG: "png", FileKind.PDF: "pdf"})
_FIELDS: Final = ("type", "belongs_to", "description", "source")

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def where(visit: Visit, code_name: str, number: int) -> str:
    """Return where the attachment of that number is added or changed."""
    return f"/attach/{visit.word(f'{code_name}{_BETWEEN}{number}')}"


async def shown(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what is known of one attachment, and where its file is chosen."""
    code_name, number = _of(visit, request)
    given = {"code_name": code_name, "part": f"{PartName.ATTACHMENT}.{number}"}
    found = (await desk.do("written", given)).get("answers")
    answers = found if isinstance(found, dict) else {}
    texts = {name: lines.text(answers, name) for name in _FIELDS}
    return await _form(desk, visit, (code_name, number), texts)


async def add(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Add a file, or change what is said of it; a file that is refused leaves nothing."""
    code_name, number = _of(visit, request)
    with held() as upload:
        try:
            await upload.take(request)
            wrong = await _wrong(desk, code_name, number, upload.texts, upload.length)
            if wrong:
                at = (code_name, number)
                again = (desk.paper.say("web.attach.again"),) if upload.length else ()
                return await _form(desk, visit, at, upload.texts, wrong=wrong, told=again)
            kind = kind_of(upload.head)
            given = _given(desk, number, upload.texts, kind)
            given |= {"code_name": code_name, "path": upload.path if upload.length else ""}
            await desk.do("write", given)
        except Locked:
            raise
        except Refusal as refusal:
            why = desk.paper.words.told(refusal)
            told = (why.what, why.sent, why.do, desk.paper.say("web.attach.again"))
            return await _form(desk, visit, (code_name, number), upload.texts, told=told)
    visit.told = desk.paper.say(_cleaned(kind) if upload.length else "web.form.saved")
    return to(f"/case/{visit.word(code_name)}")


def _of(visit: Visit, request: web.Request) -> tuple[str, int]:
    match named(visit, request).split(_BETWEEN):
        case [name, number]:
            return name, int(number)
        case _:
            raise web.HTTPNotFound


def _cleaned(kind: FileKind | None) -> str:
    return "web.attach.clean.pdf" if kind is FileKind.PDF else "web.attach.clean.picture"


def _given(
    desk: Desk, number: int, texts: Mapping[str, str], kind: FileKind | None
) -> dict[str, Packable]:
    answers: dict[str, Node] = {name: texts.get(name) or None for name in _FIELDS}
    if kind is not None:
        stem = said_short(PartName.ATTACHMENT, desk.paper.words.lang)
        answers["file"] = f"{stem}-{number}.{_ENDINGS[kind]}"
    part = f"{PartName.ATTACHMENT}.{number}"
    return {"part": part, "answers": as_yaml(answers)}


async def _wrong(
    desk: Desk, code_name: str, number: int, texts: Mapping[str, str], length: int
) -> dict[str, str]:
    """Return what a form lacks, by field."""
    found = await desk.do("written", {"code_name": code_name})
    there = f"{PartName.ATTACHMENT}.{number}" in lines.texts(found, "attached")
    lacks = [name for name in ("type", "belongs_to") if not texts.get(name)]
    lacks += [] if length or there else ["file"]
    return {name: desk.paper.say(f"web.attach.lacks.{name}") for name in lacks}


async def _form(
    desk: Desk,
    visit: Visit,
    at: tuple[str, int],
    texts: Mapping[str, str],
    *,
    wrong: Mapping[str, str] = _NONE,
    told: tuple[str, ...] = (),
) -> web.Response:
    code_name, number = at
    found = await desk.do("written", {"code_name": code_name})
    parts = [lines.text(one, "form") for one in lines.rows(found, "forms")]
    there = f"{PartName.ATTACHMENT}.{number}" in lines.texts(found, "attached")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong or told else HTTPStatus.OK
    return desk.paper.write(
        "attach",
        visit,
        status,
        code_name=code_name,
        number=number,
        there=there,
        types=[*AttachmentType],
        parts=[(one, lines.part_label(desk.paper, one)) for one in parts if _may_cover(one)],
        sources=[*Source],
        texts={name: texts.get(name, "") for name in _FIELDS},
        wrong=wrong,
        told=told,
        back=f"/case/{visit.word(code_name)}",
    )


def _may_cover(part: str) -> bool:
    name = part.partition(".")[0]
    return name in {*PartName} and name not in {PartName.ATTACHMENT, *WITHOUT_CASE}
