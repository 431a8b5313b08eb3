"""A small world for tests and the demo: a broker with its issuer, registrars, and members.

Everything is real but the time and the people: HTTP on loopback, signed rosters, files on disk,
one directory for each program. Only the clock is driven, so that an hour costs nothing. Keys are
as few and as cheap as the formats allow.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, TextIO

from yarl import URL

from broker.app import Broker
from broker.issuer import KEYS, Issuer
from broker.ownkeys import CHECKPOINT_KEY, ONLINE_KEY
from broker.settings import Address, Settings
from client.doors import Doors
from keys.address import TOKEN_CLASSES, CellClass, MemberId, Role, TokenClass
from keys.authority import Authority
from keys.calendar import Day, Instant, Week, day_of, week_of
from keys.enrolment import EnrolmentRequest
from keys.identity import Identity
from keys.roster import CheckpointKey, Directory, Register, Schedule
from keys.secretfile import write_secret
from keys.signednote import public_of
from keys.token import IssuerSecret
from tests.clock import DrivenClock, PromptClock

INSTANCE: Final = "demo.folge"
START: Final = Instant(1_794_214_800)
"""Monday 9 November 2026, 10.00 in Norway."""
SLOT: Final = 3_600
"""A slot of an hour: a day costs each member 26 note tokens a board, not 300."""
BLOBS: Final = MappingProxyType(
    {CellClass.S: 4, CellClass.M: 3, CellClass.XL64: 2, CellClass.XL256: 0}
)
NO_LANES: Final = (0, 0)
"""No lane for blobs: what staff send leaves at once, and most tests need not wait for a slot."""
_CHECKPOINT_SEED: Final = sha256(b"checkpoint key of the test world").digest()
_LATE: Final = 1_439
_BROKERS_OWN: Final = ("timestamp.json", "snapshot.json")


@dataclass(frozen=True, slots=True)
class Place:
    """A centre or a police district of the sample cases; every one is invented."""

    key: str
    name: str
    role: Role
    home: str = ""
    """The key of a centre's home district."""
    region: str = ""

    @property
    def directory(self) -> Directory:
        """Its directory entry; the number rings nowhere."""
        digits = int.from_bytes(sha256(self.key.encode()).digest()[:2], "big") % 100
        return Directory(
            self.name, self.region, "Kvinner, menn og barn", "Heis", f"000 00 9{digits:02}"
        )


def _places() -> Iterable[Place]:
    for key, name in (
        ("innlandet", "Innlandet politidistrikt"),
        ("vest", "Vest politidistrikt"),
        ("trondelag", "Trøndelag politidistrikt"),
        ("agder", "Agder politidistrikt"),
        ("troms", "Troms politidistrikt"),
        ("finnmark", "Finnmark politidistrikt"),
        ("moreogromsdal", "Møre og Romsdal politidistrikt"),
    ):
        yield Place(key, name, Role.POLICE)
    for key, name, home in (
        ("granlia", "Krisesenteret Granlia", "innlandet"),
        ("fjordglott", "Krisesenteret Fjordgløtt", "vest"),
        ("elvebredden", "Krisesenteret Elvebredden", "trondelag"),
        ("skjargarden", "Krisesenteret Skjærgården", "agder"),
        ("nordlysgarden", "Krisesenteret Nordlysgarden", "troms"),
        ("viddeheim", "Krisesenteret Viddeheim", "finnmark"),
        ("kysthamna", "Krisesenteret Kysthamna", "moreogromsdal"),
    ):
        yield Place(key, name, Role.CENTRE, home)


PLACES: Final[Mapping[str, Place]] = MappingProxyType({place.key: place for place in _places()})


class Ticking(Protocol):
    """Whatever does its slot's work when the world's clock has moved."""

    async def tick(self) -> object:
        """Do one slot's work."""
        ...


_issuer_keys: dict[tuple[TokenClass, Week], IssuerSecret] = {}
"""Made once in this process: they protect nothing, and every world may have the same."""


def issuer_keys(
    weeks: Iterable[Week], schedule: Schedule
) -> Mapping[tuple[TokenClass, Week], IssuerSecret]:
    """Return the issuer's keys of `weeks`, those classes whose quota is more than nothing."""
    classes = [found for found in TOKEN_CLASSES if schedule.quota(found)]
    wanted = [(token_class, week) for week in weeks for token_class in classes]
    lacking = [at for at in wanted if at not in _issuer_keys]
    with ThreadPoolExecutor(2) as pool:
        made = [(at, pool.submit(IssuerSecret.generate)) for at in lacking]
        _issuer_keys.update({at: key.result() for at, key in made})
    return {at: _issuer_keys[at] for at in wanted}


@dataclass(eq=False)
class World:
    """One world, running. Make it with `world`.

    Attributes:
        path: where everything lies; `broker`, `issuer`, `roster` and a directory for each member.
        clock: the only time there is.
        register: what the registrars last signed.
        services: what ticks with the world.
        step: seconds by which a tick moves the clock; a slot, unless members should sleep through
            some slots and have their tokens left.
    """

    path: Path
    clock: DrivenClock
    authority: Authority = field(repr=False)
    register: Register = field(repr=False)
    step: int
    services: dict[str, Ticking] = field(default_factory=dict[str, Ticking])
    _programs: AsyncExitStack = field(default_factory=AsyncExitStack, repr=False)
    _ports: dict[str, int] = field(default_factory=dict[str, int])

    # ── registrars ───────────────────────────────────────────────────────────────────────────
    def enrol(self, place: Place, identity: Identity) -> MemberId:
        """Put a member into the register; the next `publish` tells everybody."""
        home = None if place.role is Role.POLICE else self.member_id(place.home)
        request = EnrolmentRequest.make(identity, INSTANCE, place.role, place.directory, home)
        return self.admit(request)

    def admit(self, request: EnrolmentRequest) -> MemberId:
        """Put whoever asks for it into the register, as registrars do with a file."""
        # Its tokens come as late as may be, so that a day that nobody plays costs nothing.
        self.register = self.register.enrolled(replace(request.member(), token_minute=_LATE))
        return request.member_id

    def revoke(self, member_id: MemberId) -> None:
        """Take a member out of the register; the next `publish` tells everybody."""
        self.register = self.register.revoking(member_id, self.today)

    def member_id(self, key: str) -> MemberId:
        """Return the id under which the register has a place now."""
        name = PLACES[key].name
        (found,) = (member for member in self.register.members if member.name == name)
        return found.member_id

    async def publish(self) -> None:
        """Put what registrars sign into the broker's directory; the broker takes it up."""
        self.put_roster()
        await self.close_slot()

    def put_roster(self) -> None:
        """Write the registrars' files; timestamp and snapshot are the broker's to sign."""
        files = {path.name: path.read_bytes() for path in self.roster.iterdir()}
        for name, data in self.authority.publish(self.register, self.clock.now(), files).items():
            if not name.endswith(_BROKERS_OWN):
                (self.roster / name).write_bytes(data)

    # ── operator ─────────────────────────────────────────────────────────────────────────────
    @property
    def roster(self) -> Path:
        """The directory that the broker serves the roster from."""
        return self.path / "roster"

    def settings(self, program: str) -> Settings:
        """Return the settings of `broker` or `issuer`: its data directory, port and pin."""
        address = Address("127.0.0.1", self._ports.get(program, 0))
        return Settings(address, self.path / program, self.roster, self.authority.pin)

    async def start(self) -> None:
        """Start broker and issuer, at the addresses they had before if they ran before."""
        async with AsyncExitStack() as stack:
            log = stack.enter_context(self._log("broker"))
            self.broker = await stack.enter_async_context(
                Broker(self.settings("broker"), self.clock, log)
            )
            log = stack.enter_context(self._log("issuer"))
            self.issuer = await stack.enter_async_context(
                Issuer(self.settings("issuer"), PromptClock(self.clock), log)
            )
            self._programs = stack.pop_all()
        for name, url in (("broker", self.broker.url), ("issuer", self.issuer.url)):
            self._ports[name] = URL(url).port or 0

    async def stop(self) -> None:
        """Stop broker and issuer; members find nobody until `start`."""
        await self._programs.aclose()

    def _log(self, program: str) -> TextIO:
        return (self.path / f"{program}.log").open("a", buffering=1, encoding="utf-8")

    @property
    def doors(self) -> Doors:
        """Where members find broker and issuer."""
        return Doors(URL(self.broker.url), URL(self.issuer.url))

    # ── time ─────────────────────────────────────────────────────────────────────────────────
    @property
    def today(self) -> Day:
        """The current day."""
        return day_of(self.clock.now())

    @property
    def week(self) -> Week:
        """The current week."""
        return week_of(self.today)

    @property
    def slot(self) -> int:
        """How long a slot is, in seconds."""
        return self.register.schedule.note_slot_seconds

    async def tick(self, slots: int = 1) -> None:
        """Let slots end: what was posted becomes readable, then every service does its work."""
        for _ in range(slots):
            self.clock.advance(self.step)
            await self.close_slot()
            async with asyncio.TaskGroup() as group:
                for service in tuple(self.services.values()):
                    group.create_task(_ticked(service))

    async def close_slot(self) -> None:
        """Do what broker and issuer do at a slot's end."""
        await self.broker.close_slot()
        await self.issuer.keep_up()


async def _ticked(service: Ticking) -> None:
    await service.tick()


@asynccontextmanager
async def world(
    path: Path,
    *,
    start: Instant = START,
    slot: int = SLOT,
    step: int = 0,
    blobs: Mapping[CellClass, int] = BLOBS,
    weeks: int = 1,
    lanes: tuple[int, int] = NO_LANES,
) -> AsyncGenerator[World, None]:
    """Run a broker and its issuer in `path`; everything is closed when the block ends.

    Args:
        path: an empty directory.
        start: the instant at which the clock begins.
        slot: seconds between two notes of a member.
        step: seconds between two ticks, when that is more than a slot.
        blobs: tokens a day of every blob class.
        weeks: how many weeks the issuer has keys for, this one counted.
        lanes: seconds between two cells of class S, and of class M; 0 is none.
    """
    authority = Authority.create(
        start, holders=2, root_persons=2, registrars=2, registrar_persons=2
    )
    schedule = Schedule(slot, *lanes, blobs)
    first = week_of(day_of(start))
    secrets = await asyncio.to_thread(
        issuer_keys, [Week(first + ahead) for ahead in range(weeks)], schedule
    )
    checkpoint = CheckpointKey(INSTANCE, public_of(_CHECKPOINT_SEED))
    register = Register(INSTANCE, checkpoint, schedule).with_issuers(
        {at: secret.public for at, secret in secrets.items()}, first
    )
    made = World(path, DrivenClock(start), authority, register, step or slot)
    await asyncio.to_thread(_furnish, made, secrets)
    made.put_roster()
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def _furnish(made: World, secrets: Mapping[tuple[TokenClass, Week], IssuerSecret]) -> None:
    """Write the keys that a broker and an issuer begin with, each in its own directory."""
    made.roster.mkdir()
    for program in ("broker", "issuer"):
        made.settings(program).data.mkdir(mode=0o700)
    data = made.settings("broker").data
    write_secret(data / CHECKPOINT_KEY, _CHECKPOINT_SEED)
    write_secret(data / ONLINE_KEY, made.authority.online.seed)
    for (token_class, week), secret in secrets.items():
        place = made.settings("issuer").data / KEYS / str(week)
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_secret(place / f"{token_class}.key", secret.to_der())
