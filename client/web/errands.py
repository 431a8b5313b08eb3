"""The lock, the language and the two lists.

This file knows forms. It refuses to know what a verb does.
"""

from http import HTTPStatus

from aiohttp import web

from client.cli import lines
from client.cli.pcs import inside
from client.cli.statustext import last_read
from client.web import views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.pages import to
from keys.errors import Locked, Refusal


def named(visit: Visit, request: web.Request) -> str:
    """Return the code name that an address stands for.

    Raises:
        HTTPNotFound: none, since it was locked for one.
    """
    found = visit.code_name(request.match_info["word"])
    if found is None:
        raise web.HTTPNotFound
    return found


def named_as(visit: Visit, request: web.Request, kind: str) -> str:
    """Return the name that an address stands for, of a kind that its word begins with.

    Raises:
        HTTPNotFound: none of that kind.
    """
    found = named(visit, request)
    if not found.startswith(kind):
        raise web.HTTPNotFound
    return found.removeprefix(kind)


async def hastened(request: web.Request) -> bool:
    """Return whether staff said that it is urgent: it leaves at once, and that is seen."""
    return await said(request, "urgent") == "yes"


async def said(request: web.Request, name: str) -> str:
    """Return what stands in a field of the form; nothing where there is none."""
    found = (await request.post()).get(name, "")
    return found.strip() if isinstance(found, str) else ""


async def locked(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show the lock; it knows nothing of what is behind."""
    if visit.name:
        return to("/")
    return desk.paper.write("unlock", visit, told=[], who="")


async def unlock(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Open the lock with one's own name and passphrase."""
    name = await said(request, "name")
    typed = (await request.post()).get("passphrase", "")
    passphrase = typed if isinstance(typed, str) else ""
    try:
        answer = await desk.do("unlock", {"name": name, "passphrase": passphrase})
    except Refusal as refusal:
        told = desk.paper.words.told(refusal)
        told_lines = [told.what, told.do]
        status = HTTPStatus.FORBIDDEN
        return desk.paper.write("unlock", visit, status, told=told_lines, who=name)
    visit.enter(name, desk.clock.now(), lines.text(answer, "role"))
    return to("/")


async def lock(desk: Desk, _visit: Visit, _request: web.Request) -> web.Response:
    """Lock at once."""
    await desk.lock()
    return to("/unlock")


async def before_everybody(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Say who is in, and what it means to lock for all of them."""
    found = await desk.do("pcs list", {})
    return desk.paper.write("everybody", visit, inside=inside(desk.paper, found))


async def everybody(desk: Desk, _visit: Visit, _request: web.Request) -> web.Response:
    """Lock for everybody at once: the service lets go of the keys."""
    await desk.do("lock", {"everybody": True})
    await desk.lock()
    return to("/unlock")


async def stay(_desk: Desk, _visit: Visit, _request: web.Request) -> web.Response:
    """Note that somebody is there."""
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def language(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Speak another language from now on, and show the same page in it."""
    desk.paper.speak(await said(request, "language"))
    return to(visit.at)


async def text_size(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Write larger or smaller from now on, and show the same page so."""
    desk.paper.enlarge(await said(request, "size"))
    return to(visit.at)


async def status(desk: Desk) -> views.Answer:
    """Ask for the lists.

    Raises:
        Locked: somebody locked at the keyboard.
    """
    answer = await desk.do("status", {})
    if not answer.get("unlocked"):
        raise Locked
    return answer


async def row_of(desk: Desk, which: str, code_name: str, kind: str = "") -> views.Answer:
    """Return the newest row of a case in one of the lists, of a kind if one is named.

    Raises:
        HTTPNotFound: it has none.
        Locked: as `status`.
    """
    found = lines.row(await status(desk), which, code_name, kind)
    if found is None:
        raise web.HTTPNotFound
    return found


async def opened_here(desk: Desk, code_name: str) -> None:
    """Accept a case that came to this centre and is open here.

    Raises:
        HTTPNotFound: it did not come, or is not open.
        Locked: as `status`.
    """
    row = await row_of(desk, "in", code_name, "case_package")
    if lines.text(row, "state") not in views.OPEN:
        raise web.HTTPNotFound


async def centres(desk: Desk) -> list[views.Answer]:
    """Return the rows of the directory that are centres, our own among them."""
    return centres_in(await desk.do("directory", {}))


def centres_in(directory: views.Answer) -> list[views.Answer]:
    """Return which rows of the directory are centres, our own among them."""
    members = lines.rows(directory, "members")
    return [one for one in members if lines.text(one, "role") == "centre"]


async def inbox(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show what came: who is waited for, and what is to be done next."""
    answer = await status(desk)
    came = views.came_to(desk.paper, visit, answer)
    notices = views.notices(desk.paper, answer)
    read = last_read(desk.paper, answer)
    return desk.paper.write("inbox", visit, came=came, notices=notices, read=read)


async def list_(desk: Desk, visit: Visit, _request: web.Request) -> web.Response:
    """Show what goes out, with whether it was sent, and what is left to do."""
    answer = await status(desk)
    return desk.paper.write(
        "list",
        visit,
        out=views.out(desk.paper, visit, answer),
        tasks=views.tasks(desk.paper, visit, answer),
        reminders=views.reminders(desk.paper, visit, answer),
        look=views.look(desk.paper, answer),
        kept_out=_kept_out(visit, answer),
        notices=views.notices(desk.paper, answer),
    )


def _kept_out(visit: Visit, answer: views.Answer) -> list[tuple[str, str]]:
    """Return the cases that somebody keeps out of, and where that is ended."""
    names = dict.fromkeys(name for name, _ in lines.kept_out(answer))
    return [(name, f"/keep-out/{visit.word(name)}") for name in names]


async def seen(desk: Desk, _visit: Visit, _request: web.Request) -> web.Response:
    """Mark alarms and the list of cases to look at as seen."""
    await desk.do("attended", {})
    return to("/list")
