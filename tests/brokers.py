"""A real broker on loopback for tests: a driven clock, a small roster, members with machines."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

import aiohttp

from broker.app import Broker
from broker.ownkeys import CHECKPOINT_KEY, ONLINE_KEY
from broker.settings import Address, Settings
from keys.address import CELL_BYTES, Board, CellClass, Role, TokenClass, WriterClass
from keys.calendar import Day, Instant, Week, day_of, week_of
from keys.enrolment import EnrolmentRequest
from keys.errors import Refusal, by_code
from keys.identity import MachineCertificate, MachineKey
from keys.proof import HEADER, Asked, make
from keys.register import Register
from keys.schedule import CheckpointKey, Schedule
from keys.secretfile import write_secret
from keys.signednote import public_of
from keys.token import Challenge, IssuerSecret, Token, prepare
from keys.wire import Fields, Value, pack, unpack
from tests.rosters import INSTANCE, NOW, authority, directory, identity

TODAY = day_of(NOW)
WEEK = week_of(TODAY)
CHECKPOINT_SEED = b"c" * 32
CC_NOTE = TokenClass(WriterClass.CC, CellClass.NOTE)
CC_S = TokenClass(WriterClass.CC, CellClass.S)
CC_M = TokenClass(WriterClass.CC, CellClass.M)
CP_NOTE = TokenClass(WriterClass.CP, CellClass.NOTE)
PP_NOTE = TokenClass(WriterClass.PP, CellClass.NOTE)
PR_NOTE = TokenClass(WriterClass.PR, CellClass.NOTE)
CLASSES = (CC_NOTE, CC_S, CC_M, CP_NOTE, PP_NOTE, PR_NOTE)
QUOTA = {CellClass.S: 5, CellClass.M: 4, CellClass.XL64: 2, CellClass.XL256: 1}
"""Few, so that a portion is soon used up."""
MEMBERS = {"ost": Role.POLICE, "vest": Role.POLICE, "nord": Role.CENTRE, "sor": Role.CENTRE}


class DrivenClock:
    """A clock that stands still until a test moves it; nothing installed can do that."""

    def __init__(self, now: Instant = NOW) -> None:
        self._now = now
        self._moved = asyncio.Event()
        self._asleep = asyncio.Event()
        self.sleepers = 0
        """How many wait for a later instant."""

    def now(self) -> Instant:
        """Return the instant that was set last."""
        return self._now

    async def sleep_until(self, instant: Instant) -> None:
        """Wait until a test has moved the clock that far."""
        self.sleepers += 1
        try:
            while self._now < instant:
                self._asleep.set()
                await self._moved.wait()
        finally:
            self.sleepers -= 1

    def set(self, instant: int) -> None:
        """Move to `instant` and wake whoever waited for it."""
        self._now = Instant(instant)
        self._asleep.clear()
        self._moved.set()
        self._moved = asyncio.Event()

    async def asleep(self) -> None:
        """Wait until somebody sleeps by this clock: until its work is done, that is."""
        await self._asleep.wait()


# ── Keys and roster ──────────────────────────────────────────────────────────────────────────
@cache
def issuer_key(_class: TokenClass, _week: Week) -> IssuerSecret:
    """Return the issuer's key for that class and week, the same in every test."""
    return IssuerSecret.generate()


@cache
def machine(name: str) -> MachineKey:
    """Return that member's machine key."""
    return MachineKey.from_seed(sha256(b"machine" + name.encode()).digest())


@cache
def certificate(name: str, first: Day = TODAY, days: int = 30) -> bytes:
    """Return the certificate by which that member's identity vouches for its machine."""
    made = MachineCertificate.issue(identity(name), machine(name).public, first, days)
    return made.encode()


def issuers(weeks: Iterable[Week] = (WEEK,)) -> dict[tuple[TokenClass, Week], IssuerSecret]:
    """Return every key that the issuer of the tests has."""
    named = {(cls, week): issuer_key(cls, week) for week in weeks for cls in CLASSES}
    return dict(sorted(named.items(), key=lambda item: (str(item[0][0]), item[0][1])))


def register(instance: str = INSTANCE, weeks: Iterable[Week] = (WEEK,)) -> Register:
    """Return a register with both districts, both centres and the issuer's public keys."""
    made = Register(
        instance,
        CheckpointKey(instance, public_of(CHECKPOINT_SEED)),
        Schedule(s_slot_seconds=0, m_slot_seconds=0, blob_quota=QUOTA),
        issuers={at: secret.public for at, secret in issuers(weeks).items()},
    )
    for name, role in MEMBERS.items():
        home = identity("ost").public.member_id if role is Role.CENTRE else None
        asked = EnrolmentRequest.make(identity(name), instance, role, directory(name), home)
        made = made.enrolled(asked.member())
    return made


def roster_in(
    path: Path, made: Register | None = None, now: Instant = NOW, files: Mapping[str, bytes] = {}
) -> dict[str, bytes]:
    """Write a signed roster into the directory `path`, as registrars would."""
    path.mkdir(exist_ok=True)
    published = authority().publish(made or register(), now, dict(files))
    for name, data in published.items():
        (path / name).write_bytes(data)
    return published


def settings_in(path: Path, data: str = "broker") -> Settings:
    """Return the settings of a program whose data lies in `path`."""
    place = path / data
    place.mkdir(mode=0o700, exist_ok=True)
    return Settings(Address("127.0.0.1", 0), place, path / "roster", authority().pin)


def prepared(path: Path, made: Register | None = None) -> Settings:
    """Return the settings of a broker that can begin: keys and roster are in place."""
    settings = settings_in(path)
    if not (settings.data / CHECKPOINT_KEY).exists():
        write_secret(settings.data / CHECKPOINT_KEY, CHECKPOINT_SEED)
        write_secret(settings.data / ONLINE_KEY, authority().online.seed)
    roster_in(settings.roster, made)
    return settings


# ── Tokens, cells, proofs ────────────────────────────────────────────────────────────────────
def token(token_class: TokenClass = CC_NOTE, week: Week = WEEK, instance: str = INSTANCE) -> Token:
    """Return a token that nobody has seen."""
    secret = issuer_key(token_class, week)
    asked = prepare(secret.public, Challenge(instance, token_class, week))
    return asked.finalize(secret.blind_sign(asked.blinded))


def cell(cls: CellClass = CellClass.NOTE) -> bytes:
    """Return random bytes of that class's size: what a sealed cell looks like from outside."""
    return token_bytes(CELL_BYTES[cls])


def proof(
    name: str, method: str, target: str, now: Instant = NOW, body: bytes = b"", **changed: str
) -> str:
    """Return the header by which that member's machine proves a request."""
    instance = changed.get("instance", INSTANCE)
    asked = Asked(instance, method, target, sha256(body).digest())
    return make(machine(name), identity(name).public.member_id, asked, now, token_bytes(16))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers and body, all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def value(self) -> Value:
        """The structured body."""
        return unpack(self.body)

    @property
    def code(self) -> str:
        """The refusal's code; empty for an answer that is none."""
        if self.headers.get("Content-Type") != "application/msgpack":
            return ""
        value = self.value
        if not isinstance(value, list) or value[0] != "refusal":
            return ""
        return str(value[2])

    @property
    def leaf(self) -> type[Refusal] | None:
        """The refusal's leaf in the vocabulary."""
        return by_code(self.code) if self.code else None

    @property
    def cell_hash(self) -> bytes:
        """The hash in a `kept` answer."""
        fields = Fields(self.value, "kept")
        found = fields.octets("hash", size=32)
        fields.end()
        return found


@dataclass(frozen=True, slots=True)
class World:
    """A broker that runs, and hands to reach it by."""

    broker: Broker
    clock: DrivenClock
    http: aiohttp.ClientSession
    path: Path
    log: io.StringIO = field(repr=False)

    async def ask(
        self, method: str, target: str, body: bytes | None = None, /, **headers: str
    ) -> Answer:
        """Make one request; an underscore in a header's name is a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.broker.url + target
        data = None if body is None else io.BytesIO(body)
        async with self.http.request(method, url, data=data, headers=named) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def read(self, name: str, target: str, **headers: str) -> Answer:
        """Read as that member."""
        shown = proof(name, "GET", target, self.clock.now())
        return await self.ask("GET", target, None, **{HEADER: shown}, **headers)

    async def post(
        self, board: Board, cls: CellClass, body: bytes, by: Token | None, **headers: str
    ) -> Answer:
        """Post a whole cell with a token."""
        shown = {} if by is None else {"Folge-Token": by.to_header()}
        return await self.ask("POST", f"/v1/boards/{board}/cells/{cls}", body, **shown, **headers)

    async def publish(self, name: str, first: Day = TODAY) -> Answer:
        """Publish that member's machine certificate."""
        body = pack(["publish", 1, "cert", certificate(name, first)])
        return await self.ask("POST", "/v1/keys", body)

    async def raw(self, sent: bytes, until: bytes = b"", then: bytes = b"") -> bytes:
        """Send bytes over a connection of their own; return all until the broker closes it.

        Args:
            sent: the first bytes.
            until: wait for these before going on.
            then: what is sent after them.
        """
        host, port = self.broker.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(sent)
            answer = await reader.readuntil(until) if until else b""
            writer.write(then)
            await writer.drain()
            return answer + await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()

    def renew(self, made: Register) -> None:
        """Put a new signed roster into the broker's directory, as registrars would."""
        directory_of = self.path / "roster"
        files = {path.name: path.read_bytes() for path in directory_of.iterdir()}
        roster_in(directory_of, made, self.clock.now(), files)

    def lines(self) -> list[dict[str, object]]:
        """Return the log so far."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@asynccontextmanager
async def running(
    path: Path,
    made: Register | None = None,
    clock: DrivenClock | None = None,
    published: Iterable[str] = tuple(MEMBERS),
) -> AsyncGenerator[World, None]:
    """Run a broker in `path`, with the certificates of the members `published` on its board."""
    settings = prepared(path, made)
    log, clock = io.StringIO(), clock or DrivenClock()
    async with (
        Broker(settings, clock, log) as broker,
        aiohttp.ClientSession(auto_decompress=False) as http,
    ):
        world = World(broker, clock, http, path, log)
        for name in published:
            assert (await world.publish(name)).status == 201
        yield world
