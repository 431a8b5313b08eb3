"""The desk for the other PCs of a centre: TLS, a certificate for each PC, a desk for each visit.

This file knows certificates as bytes, and which visit came from which PC. It refuses to know who is
enrolled: it asks the service at every request, so that a PC that is removed is out at once, also on
a connection that is open already.
"""

import os
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from aiohttp import web

from client.control import Tell, say_nothing
from client.refusals import UnknownPc
from client.web.desk import LOOK, Desk, Do
from client.web.door import COOKIE, LONGEST, Door, Visit, fresh, same
from client.web.entrance import known_from_now
from client.web.pages import Paper, to
from keys.calendar import Clock, Instant
from keys.errors import Refusal
from keys.wire import Packable, Value

MOST: Final = 8
"""The most visits of one PC: browsers, or windows that share nothing."""
SLEPT: Final = 60
"""Seconds that nobody looked at the clock, after which the machine must have slept."""
RENEWED: Final = 21_600
"""Seconds between two looks at whether the desk's own certificate was made anew."""
_HTTPS: Final = 443
_PC: Final = web.RequestKey("pc", str)


@dataclass(slots=True)
class _Guest:
    """One visit: the PC it came from, by what the service knows it, and its desk."""

    pc: str
    visit: Visit
    word: str = field(repr=False)
    desk: Desk


def context(served: Mapping[str, Value]) -> ssl.SSLContext:
    """Return what TLS the desk speaks: 1.3, and only with a certificate of our own authority.

    Nothing is resumed, so that every connection shows its certificate anew.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.num_tickets = 0
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cadata=_octets(served, "trusts").decode())
    show(made, served)
    return made


def show(made: ssl.SSLContext, served: Mapping[str, Value]) -> None:
    """Show this key and chain from the next connection on; the key lies in memory, in no file."""
    descriptor = os.memfd_create("desk", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as sink:
            sink.write(_octets(served, "key") + _octets(served, "chain"))
        made.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _octets(served: Mapping[str, Value], name: str) -> bytes:
    found = served.get(name)
    return found if isinstance(found, bytes) else b""


class House:
    """Lets enrolled PCs in, each visit to a desk of its own.

    Args:
        service: has the service carry out a verb.
        clock: the only time there is.
        paper: what is written on to whoever is not in; visits begin in its language.
        name: under which PCs find the desk.
    """

    def __init__(self, service: Do, clock: Clock, paper: Paper, name: str) -> None:
        self._service = service
        self._clock = clock
        self._paper = paper
        self._guests: list[_Guest] = []
        self.name = name
        self.port = _HTTPS
        self.tls: ssl.SSLContext | None = None

    @property
    def origin(self) -> str:
        """The only address under which our own pages ask."""
        return f"https://{self.host}"

    @property
    def host(self) -> str:
        """The name with its port, where browsers say one."""
        return self.name if self.port == _HTTPS else f"{self.name}:{self.port}"

    @property
    def paper(self) -> Paper:
        """What is written on to whoever is not in."""
        return self._paper

    @property
    def desks(self) -> tuple[Desk, ...]:
        """The desks of all visits, in the order in which they came."""
        return tuple(one.desk for one in self._guests)

    async def turned_away(self, request: web.Request) -> web.Response | None:
        """Turn away a PC that is not enrolled (any more); lock a visit that the service has ended.

        Raises:
            ServiceGone: there is no service to ask.
        """
        pc = _pc_of(request)
        guest = self._guest(request, pc)
        asked = {"pc": pc, "visit": guest.word if guest else ""}
        try:
            answer = await self._service("pcs known", asked)
        except UnknownPc:
            self._forget(pc)
            response = self._paper.tell("web.no_pc", None, HTTPStatus.FORBIDDEN)
            response.force_close()
            return response
        request[_PC] = str(answer.get("name"))
        if guest is not None and guest.visit.name and not answer.get("open"):
            guest.visit.leave()
        return None

    async def desk_of(self, request: web.Request) -> Desk | None:
        """Return the desk of the visit that asks: the cookie is good from its own PC alone."""
        guest = self._guest(request, _pc_of(request))
        return guest.desk if guest else None

    async def stranger(self, request: web.Request) -> web.Response:
        """Begin a visit of an enrolled PC; it finds the lock."""
        if request.method != "GET":
            return self._paper.tell("web.no_visit_pc", None, HTTPStatus.FORBIDDEN)
        pc = _pc_of(request)
        theirs = [one for one in self._guests if one.pc == pc]
        if len(theirs) >= MOST:
            unused = [one for one in theirs if not one.visit.name]
            if not unused:
                return self._paper.tell("web.too_many_visits", None, HTTPStatus.CONFLICT)
            self._guests.remove(unused[0])
        visit = self._welcome(pc, request.get(_PC, ""))
        return known_from_now(to("/unlock"), visit)

    def _welcome(self, pc: str, name: str) -> Visit:
        now, word = self._clock.now(), fresh()
        door = Door(now)
        visit = door.launch(door.token, now)
        if visit is None:
            raise web.HTTPForbidden
        visit.pc, visit.touched = name, now

        async def do(
            verb: str, arguments: Mapping[str, Packable], tell: Tell = say_nothing, /
        ) -> Mapping[str, Value]:
            said = {"visit": word, **({"pc": pc} if verb == "unlock" else {})}
            return await self._service(verb, {**arguments, **said}, tell)

        paper = Paper(self._paper.words, self._paper.idle)
        desk = Desk(do, self._clock, door, paper, self.name, self.host)
        self._guests.append(_Guest(pc, visit, word, desk))
        return visit

    def _guest(self, request: web.Request, pc: str) -> _Guest | None:
        cookie = request.cookies.get(COOKIE, "")
        found = (one for one in self._guests if one.pc == pc and same(cookie, one.visit.cookie))
        return next(found, None)

    def _forget(self, pc: str) -> None:
        for one in self._guests:
            if one.pc == pc:
                one.visit.leave()
        self._guests = [one for one in self._guests if one.pc != pc]

    async def end(self) -> None:
        """End what is under way, and lock every visit and the service."""
        for one in self._guests:
            await one.desk.jobs.end()
        await self.lock()

    async def lock(self) -> None:
        """Lock every visit, and the service with them."""
        for one in self._guests:
            one.visit.leave()
        with suppress(Refusal):
            await self._service("lock", {})

    async def watch(self) -> None:
        """Lock who is idle; lock everybody when this machine has slept; show what was renewed."""
        looked, renewed = self._clock.now(), self._clock.now()
        while True:
            due = [one.desk.locks_at for one in self._guests if one.visit.name]
            await self._clock.sleep_until(min([Instant(looked + LOOK), *due]))
            now = self._clock.now()
            if now - looked > SLEPT:
                await self.lock()
            for one in tuple(self._guests):
                await one.desk.lock_when_idle()
            self._guests = [one for one in self._guests if not _is_over(one.visit, now)]
            if now - renewed >= RENEWED:
                renewed = now
                await self._renew()
            looked = now

    async def _renew(self) -> None:
        with suppress(Refusal):
            served = await self._service("pcs served", {})
            if self.tls is not None:
                show(self.tls, served)


def _is_over(visit: Visit, now: Instant) -> bool:
    return not visit.name and now >= visit.touched + LONGEST


def _pc_of(request: web.Request) -> str:
    """Return by what the service knows the PC that asks; empty when it shows nothing."""
    transport = request.transport
    shown = transport.get_extra_info("ssl_object") if transport is not None else None
    certificate = shown.getpeercert(binary_form=True) if shown is not None else None
    return sha256(certificate).hexdigest() if certificate else ""
