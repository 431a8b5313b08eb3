"""Check and send: what is missing, to whom it goes, and how far it is.

This file knows in which order the pages come. It refuses to choose a recipient: it is the centre of
the consent, which has said yes to the place.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.cli import lines
from client.cli.backtext import stopped
from client.control import Tell
from client.vocabulary import PhoneRole
from client.web import comparing, views
from client.web.desk import Desk
from client.web.door import Visit
from client.web.errands import hastened, named, said, status
from client.web.jobs import Job
from client.web.pages import to
from keys.calendar import Day, Instant
from keys.wire import Packable

_SENDING: Final = "progress.sending"
_MEGA: Final = 1_000_000
_TENTH: Final = 10
_HERE: Final = frozenset({"intended", "sealed"})


async def before(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show what the look before sending finds, and to whom it would go."""
    code_name = named(visit, request)
    row = lines.row(await status(desk), "out", code_name, "case_package") or {}
    if lines.text(row, "state") in _HERE:
        return to(f"/job/{visit.word(code_name)}")
    if row and not row.get("again"):
        return to(f"/sent/{visit.word(code_name)}")
    return await _looked(desk, visit, code_name, [])


async def _looked(desk: Desk, visit: Visit, code_name: str, told: list[str]) -> web.Response:
    found = await desk.do("check", {"code_name": code_name})
    wrong = HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK
    ends = lines.number(found, "ends")
    return desk.paper.write(
        "send",
        visit,
        wrong,
        code_name=code_name,
        word=visit.word(code_name),
        told=told,
        found=views.findings(desk.paper, found),
        ready=bool(found.get("ready")),
        accepted=bool(found.get("accepted")),
        roles=[*PhoneRole],
        centre=lines.text(found, "centre"),
        phone=lines.text(found, "phone"),
        key=comparing.place(visit, lines.text(found, "centre")),
        parts=_parts(desk, found),
        ends=desk.paper.words.day(Day(ends)) if ends else "",
        **leaves(desk, found),
    )


def leaves(desk: Desk, found: views.Answer) -> dict[str, object]:
    """Return whether it rides the lanes, by when it has left, and what waits if it is urgent."""
    by = lines.number(found, "leaves_by")
    moment = desk.paper.words.moment(Instant(by)) if by else ""
    haste = lines.haste(desk.paper, found)
    return {"rides": bool(found.get("rides")), "moment": moment, "haste": haste}


def _parts(desk: Desk, found: views.Answer) -> list[str]:
    return [lines.part_label(desk.paper, one) for one in lines.texts(found, "parts")]


async def sure(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Say once more to whom what goes, before anything does."""
    return await _sure(desk, visit, request, [])


async def _sure(desk: Desk, visit: Visit, request: web.Request, told: list[str]) -> web.Response:
    code_name = named(visit, request)
    found = await desk.do("check", {"code_name": code_name})
    by_phone = await said(request, "agreed_by_phone")
    if not found.get("accepted") and by_phone not in {*PhoneRole}:
        none = [desk.paper.say("web.send.by_phone_none"), desk.paper.say("sent.nothing")]
        return await _looked(desk, visit, code_name, none)
    return desk.paper.write(
        "send_sure",
        visit,
        HTTPStatus.UNPROCESSABLE_ENTITY if told else HTTPStatus.OK,
        code_name=code_name,
        word=visit.word(code_name),
        centre=lines.text(found, "centre"),
        parts=_parts(desk, found),
        by_phone="" if found.get("accepted") else by_phone,
        changed=[lines.part_label(desk.paper, one) for one in lines.texts(found, "changed")],
        look=lines.text(found, "look"),
        told=told,
        not_urgent=not found.get("accepted") and lines.phone_not_urgent(found),
        **leaves(desk, found),
    )


async def send(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Begin to seal and send, or go on with it; the page after this one says how far it is."""
    code_name = named(visit, request)
    row = lines.row(await status(desk), "out", code_name, "case_package") or {}
    look = await said(request, "look")
    if not row or row.get("again"):  # what is on its way already goes on
        found = await desk.do("check", {"code_name": code_name})
        since = bool(lines.texts(found, "changed")) and await said(request, "seen") != "yes"
        if since or look not in {"", lines.text(found, "look")}:
            why = "check.since_yes" if since else "refusal.not_seen.what"
            told = [desk.paper.say(why), desk.paper.say("sent.nothing")]
            return await _sure(desk, visit, request, told)
    verb = "again" if row.get("again") else "send"
    given: dict[str, Packable] = {
        "code_name": code_name,
        "agreed_by_phone": await said(request, "agreed_by_phone"),
        "seen": look,
        "urgent": await hastened(request),
    }

    async def work(tell: Tell) -> views.Answer:
        return await desk.do(verb, given, tell)

    desk.jobs.begin(code_name, work)
    return to(f"/job/{visit.word(code_name)}")


async def job(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Show how far it is; when the broker has all of it, the code."""
    code_name = named(visit, request)
    found = desk.jobs.find(code_name)
    # Asked before the row: what ends between the two runs still, and the next look finds its end.
    busy = found is not None and not found.over
    row = lines.row(await status(desk), "out", code_name, "case_package") or {}
    state = lines.text(row, "state")
    goes = "gone" in row  # also when the service goes on with it by itself
    runs = goes or busy
    # What rides is sealed and waits for its slot: nothing more is done for it here.
    left = state not in _HERE or bool(row.get("rides"))
    if row and not runs and left and not row.get("again"):
        return to(f"/sent/{visit.word(code_name)}")
    refused = found.refusal if found is not None and not runs else None
    if not runs and refused is None and state not in _HERE:
        return to(f"/send/{visit.word(code_name)}")
    why = f"refusal.{found.why}.what" if found is not None and not runs else ""
    return desk.paper.write(
        "job",
        visit,
        code_name=code_name,
        word=visit.word(code_name),
        how="runs" if runs else "waits" if refused is None else "refused",
        stage=_stage(found if runs and not goes else None, state),
        far=_far(row, found),
        told=desk.paper.told(refused) if refused is not None else [],
        why=desk.paper.say(why) if why in desk.paper.words else "",
        may_stop=state in _HERE,
    )


def _stage(found: Job | None, state: str) -> str:
    """Return which step it is at: `sealing`, `sending`."""
    if found is not None and found.msgid:
        return found.msgid.rpartition(".")[2]
    return "sending" if state == "sealed" else "sealing"


def _far(row: views.Answer, found: Job | None) -> tuple[int, int, int] | None:
    """Return how much is done, of how much, in megabytes, and in whole tenths of a hundred.

    While nothing goes on, what was done when it stopped: the broker keeps it.
    """
    if "gone" in row:
        done, total = lines.number(row, "gone"), lines.number(row, "of")
    elif found is not None and (not found.over or found.msgid == _SENDING):
        done, total = found.done, found.total
    else:
        return None
    most = max(total, 1)
    tenths = min(done, most) * _TENTH // most * _TENTH
    return -(-done // _MEGA), -(-total // _MEGA), tenths


async def stop(desk: Desk, visit: Visit, request: web.Request) -> web.Response:
    """Stop what the broker does not have yet; the consent stands."""
    code_name = named(visit, request)
    found = await desk.do("stop", {"code_name": code_name})
    desk.jobs.drop(code_name)
    return desk.paper.write("said", visit, told=stopped(desk.paper, found))
