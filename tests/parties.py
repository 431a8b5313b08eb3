"""Members of the test world, each a real service with a desk, spoken to over its local socket.

Whoever holds a `Party` can do what the member's staff can with the command line, and no more: the
verbs go through the same door.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from client.control import ControlClient, Tell, say_nothing
from client.enrol import make_member
from client.home import Home
from client.ledger import Step
from client.service import Service
from client.settings import Settings
from keys.address import MemberId
from keys.keystore import Cost
from keys.wire import Packable, Value
from keys.words import Language
from tests.world import PLACES, Place, World

CHEAP: Final = Cost(passes=2, memory=19 << 20)
"""What guessing a passphrase costs here; they protect nothing."""
STAFF: Final = "Kari"
PASSPHRASE: Final = "en lang og rolig setning"
Said = Mapping[str, Value]


@dataclass(eq=False)
class Party:
    """One member: its directory, its service when it runs, and the door its staff use."""

    place: Place
    home: Home
    settings: Settings
    member_id: MemberId
    service: Service = field(repr=False)

    @property
    def name(self) -> str:
        """The member's name in the directory."""
        return self.place.name

    async def do(self, verb: str, *, tell: Tell = say_nothing, **arguments: Packable) -> Said:
        """Have the service carry out a verb.

        Raises:
            Refusal: what the service answered.
        """
        return await ControlClient(self.home.socket).do(verb, arguments, tell)

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
    after_step: Step | None = None,
) -> Party:
    """Make a member, enrol it, start and unlock its service; the next `publish` tells the others.

    Args:
        here: the world it joins.
        key: which of `PLACES`.
        home: another home district than the place's own.
        lang: of what its service says.
        directory: name of its directory when not `key`: a member that lost its machine.
        after_step: told every durable step of its ledger.
    """
    place = replace(PLACES[key], home=home or PLACES[key].home)
    at = Home(here.path / (directory or key))
    settings = Settings(here.doors, here.authority.pin, lang)
    identity = await make_member(at, settings, STAFF, PASSPHRASE, CHEAP)
    member_id = here.enrol(place, identity)
    steps = {} if after_step is None else {"after_step": after_step}
    service = await Service(at, settings, here.clock, **steps).start()
    party = Party(place, at, settings, member_id, service)
    here.services[at.path.name] = service
    await party.unlock()
    return party


async def leave(here: World, party: Party) -> None:
    """Stop a member's service; its files stay."""
    here.services.pop(party.home.path.name, None)
    await party.service.close()


@asynccontextmanager
async def parties(here: World, *keys: str) -> AsyncGenerator[list[Party], None]:
    """Run members, known to all and ready, until the block ends."""
    found: list[Party] = []
    try:
        for key in keys:
            found.append(await join(here, key))  # noqa: PERF401 - each is closed if a later one fails
        await here.publish()
        await here.tick(2)
        yield found
    finally:
        for name in tuple(here.services):
            service = here.services.pop(name)
            assert isinstance(service, Service)
            await service.close()
