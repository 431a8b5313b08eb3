"""The issuer: signs blinded tokens for members, each its daily portion and no more.

This file knows who asks, for which class and day, and signs what it cannot see (PROTOCOL.md P-10).
It refuses to know what becomes of a signature: the token inside is unblinded by the member alone,
and this process shares neither a store nor a key with the broker that takes it.
"""

import asyncio
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Final, Self, TextIO

from aiohttp import web

from broker.admission import check_issue
from broker.bodies import CHUNK, Bodies, declared
from broker.issuerkeys import WeeklyKeys
from broker.log import Event, Log, Room
from broker.mirror import Mirror
from broker.pace import Pace
from broker.portions import Portions, SqlitePortions, Withdrawal
from broker.readers import Readers
from broker.settings import Settings
from broker.slots import Slots
from broker.storage import Digest
from broker.web import MSGPACK, Ask, Listener, Route, Site, answer, refusal_answer
from keys.address import MemberId, TokenClass
from keys.armour import from_url
from keys.calendar import Clock, Day, Week, day_of, week_of
from keys.errors import (
    BadSettings,
    BrokerBusy,
    NotYet,
    Refusal,
    RosterExpired,
    WrongSize,
)
from keys.member import Member
from keys.token import AUTHENTICATOR_BYTES, IssuerSecret
from keys.wire import Fields, pack

MOST: Final = 400
"""Blinded messages in one request: more than a day's notes of one writer class."""
THREADS: Final = 2
WAITING: Final = 16
"""Requests being signed or waiting for it; a full one takes about three seconds."""
BUSY_SECONDS: Final = 20
KEYS: Final = "issuer"
"""In `data`: the directory of weekly keys."""
PORTIONS: Final = "portions"
"""In `data`: the directory of the issuer's memory."""
_LAST: Final = (1 << 32) - 1
_CLASS_LIMIT: Final = 16


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What a member asks to have signed."""

    token_class: TokenClass
    week: Week
    day: Day
    blinded: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read the body of P-10.1.

        Raises:
            Malformed: `data` has not that form.
        """
        fields = Fields.decode(data, "issue", limit=CHUNK)
        token_class = TokenClass.parse(fields.text("token_class", most=_CLASS_LIMIT))
        week = Week(fields.number("week", most=_LAST))
        day = Day(fields.number("day", most=_LAST))
        blinded = fields.strings("blinded", least=1, most=MOST, size=AUTHENTICATOR_BYTES)
        fields.end()
        return cls(token_class, week, day, blinded)


Usable = Mapping[tuple[TokenClass, Week], IssuerSecret]
"""The secret keys whose public halves stand in the roster."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What there is while an issuer runs."""

    mirror: Mirror
    readers: Readers
    portions: Portions
    pool: ThreadPoolExecutor
    listener: Listener


class Issuer:
    """One issuer. Use as an async context manager: inside, it answers at `url`.

    Entering raises the refusal for which it cannot begin (the roster, its store, this week's
    keys), and leaves nothing open then.

    Args:
        settings: where to listen and what to use.
        clock: the only time there is.
        stream: where the log goes.
    """

    def __init__(self, settings: Settings, clock: Clock, stream: TextIO | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._slots = Slots(clock)
        self._pace = Pace(clock)
        self._log = Log(stream or sys.stderr, lambda: self._slots.number)
        self._keys = WeeklyKeys(settings.data / KEYS)
        self._usable: Usable = {}
        self._loaded: tuple[bytes, Week] | None = None
        self._bodies = Bodies(small=WAITING * 4, large=0)
        self._waiting = 0
        self._stack = AsyncExitStack()
        self._running: _Running | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._running = await self._begin(stack)
            self._stack = stack.pop_all()
        self._log.say(Event.STARTED)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pace.leave()
        await self._stack.aclose()
        self._log.say(Event.STOPPED)

    @property
    def log(self) -> Log:
        """The one door to this issuer's log."""
        return self._log

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return self._parts.listener.url

    @property
    def moved(self) -> bool:
        """True once the roster names another instance: it must end, and begin anew under it."""
        return self._parts.mirror.moved

    async def run(self) -> None:
        """Keep up with the roster and the weeks at every slot's end, until the instance changes."""
        while not self.moved:
            await self._slots.end()
            try:
                await self.keep_up()
            except Refusal as refusal:
                self._log.say(Event.REFUSED, room=Room.ISSUER, code=refusal.code)

    async def keep_up(self) -> None:
        """Take up a new roster, destroy the keys of weeks that are over, forget old portions.

        Raises:
            UnsafeFile, StoreDamaged, DiskFull: a key or the store cannot be used.
        """
        now, parts = self._clock.now(), self._parts
        today = day_of(now)
        await parts.mirror.refresh(now)
        for week in await asyncio.to_thread(self._keys.destroy_before, week_of(today)):
            self._log.say(Event.WEEK_CLOSED, week=week)
        await parts.portions.expire(today)
        await self._load(parts.mirror, week_of(today))

    async def issue(self, ask: Ask) -> web.StreamResponse:
        """Sign a member's blinded tokens, within its portion of the day (P-10).

        What nobody vouches for is refused at once: it says nothing of a member, and nobody but a
        member has a connection held open. All else is answered when it is time (P-10.10).
        """
        size = declared(ask.request)
        if size > CHUNK:
            raise WrongSize
        with self._bodies.reading(ask.request, size) as reading:
            body = await reading.whole()
        came, digest = self._clock.now(), sha256(body).digest()
        member = await self._parts.readers.member(ask, partial(_shown_by, ask), digest)
        signed = await self._pace.keep(came, self._granted(member, body, Digest(digest)))
        return web.Response(body=signed, status=201, content_type=MSGPACK)

    async def _granted(self, member: Member, body: bytes, digest: Digest) -> bytes:
        """Return the signatures that a member has asked for, once they are on disk."""
        asked = IssueRequest.decode(body)
        today = day_of(self._clock.now())
        check_issue(asked.token_class, member.role, asked.week, asked.day, today)
        secret = self._usable.get((asked.token_class, asked.week))
        if secret is None:
            raise NotYet
        withdrawal = Withdrawal(
            member.member_id,
            asked.token_class,
            asked.week,
            asked.day,
            digest,
            len(asked.blinded),
        )
        quota = self._parts.mirror.roster.quota(asked.token_class)
        return await self._answered(withdrawal, quota, secret, asked.blinded)

    async def _answered(
        self, withdrawal: Withdrawal, quota: int, secret: IssuerSecret, blinded: tuple[bytes, ...]
    ) -> bytes:
        """Return the earlier answer to this request, or take from the quota and sign."""
        if self._waiting >= WAITING:
            raise BrokerBusy(seconds=BUSY_SECONDS)
        self._waiting += 1
        try:
            portions = self._parts.portions
            earlier = await portions.portion(withdrawal, quota)
            if earlier is not None:
                return earlier
            loop = asyncio.get_running_loop()
            signed = await loop.run_in_executor(self._parts.pool, _sign, secret, blinded)
            await portions.remember(withdrawal, signed)
            return signed
        finally:
            self._waiting -= 1

    async def _begin(self, stack: AsyncExitStack) -> _Running:
        data, now = self._settings.data, self._clock.now()
        mirror = Mirror(self._settings.roster, self._settings.root_pin, self._log)
        await mirror.load(now)
        self._slots.follow(mirror)
        week = week_of(day_of(now))
        await self._load(mirror, week)
        wanted = {at for at in mirror.roster.issuers if at[1] == week}
        if not wanted or not wanted <= self._usable.keys():
            raise BadSettings(field="issuer_keys")
        portions = await SqlitePortions.open(data / PORTIONS)
        stack.push_async_callback(portions.close)
        pool = stack.enter_context(ThreadPoolExecutor(THREADS, thread_name_prefix="sign"))
        routes = (
            Route("POST", "/v1/tokens", self.issue),
            Route("GET", "/health", self._health),
        )
        site = Site(routes, self._log, _uncounted)
        listener = Listener(site, self._log, self._settings.listen)
        await stack.enter_async_context(listener)
        return _Running(mirror, Readers(mirror, self._clock), portions, pool, listener)

    async def _load(self, mirror: Mirror, week: Week) -> None:
        """Load this week's and the next week's keys, those of them that the roster names."""
        issuers, state = mirror.roster.issuers, (mirror.roster.hash, week)
        if self._loaded == state:
            return
        usable: dict[tuple[TokenClass, Week], IssuerSecret] = {}
        for near in (week, Week(week + 1)):
            held = await asyncio.to_thread(self._keys.load, near)
            named = {at for at in issuers if at[1] == near}
            for token_class, secret in held.items():
                at = (token_class, near)
                if at in named and issuers[at] == secret.public:
                    usable[at] = secret
            if not named or not named <= usable.keys():
                self._log.say(Event.KEYS_MISSING, week=near)
        self._usable, self._loaded = usable, state

    async def _health(self, _: Ask) -> web.StreamResponse:
        now, mirror = self._clock.now(), self._parts.mirror
        week = week_of(day_of(now))
        if not mirror.fresh(now):
            return refusal_answer(RosterExpired(), 503)
        if not any(at[1] == week for at in self._usable):
            return refusal_answer(NotYet(), 503)
        return answer(["health", 1, "ok"])

    @property
    def _parts(self) -> _Running:
        if self._running is None:
            raise NotYet
        return self._running


async def _shown_by(ask: Ask, _: MemberId) -> bytes | None:
    """Return the certificate that a request brings with it (P-10.2)."""
    header = ask.header("Folge-Certificate")
    return None if header is None else from_url(header, "certificate")


def _sign(secret: IssuerSecret, blinded: tuple[bytes, ...]) -> bytes:
    return pack(["issued", 1, [secret.blind_sign(one) for one in blinded]])


def _uncounted(_code: str) -> None:
    """Count nothing: the issuer has no metrics, for each would be of an act of a member."""
