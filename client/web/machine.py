"""The settings: when the desk locks, who unlocks, which PCs, a backup, and how the machine is.

This file knows one page and the forms behind it. It refuses to keep a setting: what the service
does not know, such as when this desk locks, ends with the desk.
"""

from functools import partial
from typing import Final

from aiohttp import web

from client.cli import lines
from client.cli.desk import health
from client.cli.pcs import added, inside, until
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import named_as, said
from client.web.settled import behind, carried_out, form, lacks, secret, settled
from client.web.staffing import listed

MINUTES: Final = (2, 5, 10)
"""After how many minutes that nobody touches anything the desk may lock."""
_MINUTE: Final = 60
_PC: Final = "pc\n"


async def settings(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show everything that may be set here, and how the machine is."""
    pcs = await desk.do("pcs list", {})
    return desk.paper.write(
        "settings",
        visit,
        done=visit.take(),
        minutes=MINUTES,
        chosen=desk.paper.idle // _MINUTE,
        staff=await listed(desk, visit),
        host=lines.text(pcs, "host"),
        pcs=[_pc(desk, visit, one) for one in lines.rows(pcs, "pcs")],
        inside=inside(desk.paper, pcs),
        health=health(desk.paper, await desk.do("doctor", {})),
    )


def _pc(desk: Desk, visit: Visit, row: views.Answer) -> tuple[str, str, str]:
    """Return a PC's name, until when it is enrolled, and where it is removed."""
    name = lines.text(row, "name")
    told = desk.paper.say("pcs.line", name=name, day=until(desk.paper, row))
    return name, told, f"/pc/{visit.word(_PC + name)}"


async def lock_after(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Lock this desk after another time from now on; whatever is no choice changes nothing."""
    typed = await said(request, "minutes")
    if typed not in {str(one) for one in MINUTES}:
        raise web.HTTPBadRequest
    desk.paper.idle = int(typed) * _MINUTE
    return settled(visit, desk.paper.say("web.settings.lock.done", count=int(typed)))


async def before_removing(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say what it means to remove a PC."""
    return desk.paper.write("pc_remove", visit, pc=named_as(visit, request, _PC))


async def remove(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Let a PC ask no more; whoever is in there is logged out."""
    name = named_as(visit, request, _PC)
    await desk.do("pcs remove", {"pc_name": name})
    return settled(visit, desk.paper.say("cli.pcs_removed", name=name))


async def before_enrolling(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the form for a PC more."""
    return await _enrolling(desk, visit, request, [])


async def enrol(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Enrol a PC: its files lie in the directory then, and the password is shown once."""
    again = partial(_enrolling, desk, visit, request)
    given = {"pc_name": await said(request, "pc_name"), "path": await said(request, "folder")}
    if not all(given.values()):
        return await again(lacks(desk, "web.settings.fill"))

    def done(found: views.Answer) -> web.Response:
        told = [*added(desk.paper, found), desk.paper.say("sent.nothing")]
        return desk.paper.write("said", visit, told=told)

    return await carried_out(desk, "pcs add", {**given, **await behind(request)}, again, done)


async def _enrolling(
    desk: Desk, visit: Visit, request: web.Request, told: list[str]
) -> web.Response:
    pc, folder = await said(request, "pc_name"), await said(request, "folder")
    return form(desk, visit, "pc_add", told, pc=pc, folder=folder, by=await said(request, "by"))


async def before_backup(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show the form for a backup."""
    return await _backup(desk, visit, request, [])


async def backup(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write a sealed backup to a new file on the machine, under the passphrase of whoever asks."""
    again, path = partial(_backup, desk, visit, request), await said(request, "file")
    if not path:
        return await again(lacks(desk, "web.settings.fill"))
    given = {"name": visit.name, "passphrase": await secret(request, "passphrase"), "path": path}

    def done(found: views.Answer) -> web.Response:
        return settled(visit, desk.paper.say("cli.backup", count=lines.number(found, "bytes")))

    return await carried_out(desk, "backup", given, again, done)


async def _backup(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    return form(desk, visit, "backup", told, file=await said(request, "file"))
