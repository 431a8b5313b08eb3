"""Members of the test world, each a real service with a desk, spoken to over its local socket.

Whoever holds a `Party` can do what the member's staff can with the command line, and no more: the
verbs go through the same door.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final, TypeAlias

from client.control import ControlClient, Tell, say_nothing
from client.doors import Doors
from client.enrol import make_member
from client.home import Home
from client.service import Service
from client.settings import Settings
from keys.address import CellClass, MemberId, Role
from keys.calendar import Clock, Instant
from keys.identity import Identity
from keys.keystore import Cost
from keys.wire import Packable, Value
from keys.words import Language
from tests.world import BLOBS, NO_LANES, PLACES, SLOT, START, Place, World, world

CHEAP: Final = Cost(passes=2, memory=19 << 20)
"""What guessing a passphrase costs here; they protect nothing."""
STAFF: Final = "Kari"
PASSPHRASE: Final = "en lang og rolig setning"
NOTHING: Final[Mapping[str, Packable]] = MappingProxyType({})
NO_REGIONS: Final[Mapping[str, str]] = MappingProxyType({})
Said: TypeAlias = Mapping[str, Value]


@dataclass(eq=False)
class Party:
    """One member: its directory, its service when it runs, and the door its staff use.

    `clock` is that of its machine.
    """

    place: Place
    home: Home
    settings: Settings
    member_id: MemberId
    service: Service = field(repr=False)
    clock: Clock = field(repr=False)

    @property
    def name(self) -> str:
        """The member's name in the directory."""
        return self.place.name

    async def do(
        self,
        verb: str,
        given: Mapping[str, Packable] = NOTHING,
        /,
        *,
        tell: Tell = say_nothing,
        **arguments: Packable,
    ) -> Said:
        """Have the service carry out a verb.

        Args:
            verb: its name.
            given: arguments under names that are not Python's.
            tell: told how far it is.
            arguments: the others.

        Raises:
            Refusal: what the service answered.
        """
        return await ControlClient(self.home.socket).do(verb, {**given, **arguments}, tell)

    async def sync(self) -> Said:
        """Wait for the next reading, as staff do by `folge sync`, and let it come now.

        Raises:
            Refusal: what hindered it.
        """
        waits = asyncio.Event()
        asked = asyncio.create_task(self.do("sync", tell=lambda _step, _done, _of: waits.set()))
        waiting = asyncio.create_task(waits.wait())
        await asyncio.wait((asked, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not asked.done():
            await self.service.read()
        return await asked

    async def unlock(self, passphrase: str = PASSPHRASE) -> Said:
        """Open the staff lock."""
        return await self.do("unlock", name=STAFF, passphrase=passphrase)

    async def again(self, here: World) -> "Party":
        """Start a service in the same directory once more, as whoever has it could."""
        service = await Service(self.home, self.settings, here.clock).start()
        return replace(self, service=service)


async def join(
    here: World,
    key: str,
    *,
    home: str = "",
    lang: Language = Language.NB,
    directory: str = "",
    doors: Doors | None = None,
    staffed: type[Party] = Party,
    region: str = "",
    clock: Clock | None = None,
) -> Party:
    """Make a member, enrol it, start and unlock its service; the next `publish` tells the others.

    Args:
        here: the world it joins.
        key: which of `PLACES`.
        home: another home district than the place's own.
        lang: of what its service says.
        directory: name of its directory when not `key`: a member that lost its machine.
        doors: where it finds broker and issuer, when that is not where they listen.
        staffed: how its staff do things, when they do not speak to the service themselves.
        region: what its directory entry says of where it is.
        clock: that of its machine, when it is not the world's.
    """
    place = replace(PLACES[key], home=home or PLACES[key].home, region=region)
    at = Home(here.path / (directory or key))
    settings = Settings(doors or here.doors, here.authority.pin, lang)
    identity = await make_member(at, settings, STAFF, PASSPHRASE, CHEAP)
    member_id = here.enrol(place, identity)
    clock = clock or here.clock
    service = await Service(at, settings, clock).start()
    party = staffed(place, at, settings, member_id, service, clock)
    here.services[at.path.name] = service
    try:
        await party.unlock()
    except BaseException:
        await leave(here, party)
        raise
    return party


async def leave(here: World, party: Party) -> None:
    """Stop a member's service, if it runs; its files stay."""
    if here.services.pop(party.home.path.name, None) is not None:
        await party.service.close()


@asynccontextmanager
async def village(
    *keys: str,
    start: Instant = START,
    home: str = "",
    blobs: Mapping[CellClass, int] = BLOBS,
    regions: Mapping[str, str] = NO_REGIONS,
    slot: int = SLOT,
    lang: Language = Language.NB,
    lanes: tuple[int, int] = NO_LANES,
) -> AsyncGenerator[tuple[World, list[Party]], None]:
    """Run a world and members in it, known to all and ready, until the block ends.

    A tick is two slots, so that members have as many tokens for urgent notes as for the lane.
    Districts that are homes and are not among `keys` stand in the register, and nobody is there.

    Args:
        keys: of the members that run.
        start: the instant at which the clock begins.
        home: one district that is home to every centre.
        blobs: tokens a day of every blob class.
        regions: what the directory says of where a member is, by key; else nothing.
        slot: seconds between two notes of a member.
        lang: of what the services say.
        lanes: seconds between two cells of class S, and of class M; 0 is none.
    """
    # A socket's path is short: a test's own directory may be too deep for it.
    with TemporaryDirectory(prefix="folge-") as path:
        pace = {"slot": slot, "step": 2 * slot}
        async with world(
            Path(path), start=start, blobs=blobs, weeks=2, lanes=lanes, **pace
        ) as here:
            found: list[Party] = []
            try:
                for key in sorted(keys, key=lambda key: PLACES[key].role is Role.CENTRE):
                    _absent_home(here, home or PLACES[key].home)
                    region = regions.get(key, "")
                    found.append(await join(here, key, home=home, region=region, lang=lang))
                await here.publish()
                await here.tick(2)
                yield here, sorted(found, key=lambda party: keys.index(party.place.key))
            finally:
                for name in tuple(here.services):
                    service = here.services.pop(name)
                    assert isinstance(service, Service)
                    await service.close()


def _absent_home(here: World, key: str) -> None:
    """Put a district into the register that no test speaks to."""
    names = {member.name for member in here.register.members}
    if key and PLACES[key].name not in names:
        here.enrol(PLACES[key], Identity.generate())
