"""The test world is a real one: what the demo and the stories stand on is tested first."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import pytest
import pytest_asyncio

from client.enrol import make_member
from client.home import Home
from client.office import Office
from client.reader import Report
from client.settings import Settings
from keys.address import Board, CellClass
from keys.calendar import Instant
from keys.errors import BrokerGone, Refusal, RevokedMember
from keys.keystore import Cost
from tests.clock import DrivenClock
from tests.lookout import Lookout
from tests.world import BLOBS, PLACES, START, World, world

CHEAP = Cost(passes=2, memory=19 << 20)
PASSPHRASE = "en lang og rolig setning"
NO_BLOBS = MappingProxyType(dict.fromkeys(BLOBS, 0))

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Bare:
    """A member without a desk: it keeps its keys, tokens and lanes, and reads."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.report = Report()
        self.refusals: list[Refusal] = []

    async def tick(self) -> None:
        """Do what a service does in a slot, but for what only staff's verbs need."""
        try:
            await self._tick(self.office)
        except Refusal as refusal:
            self.refusals.append(refusal)

    async def _tick(self, office: Office) -> None:
        await office.upkeep.roster(office.transport, office.now, at_once=True)
        await office.upkeep.publish(office.transport)
        await office.upkeep.follow_keys(office.transport, office.roster, office.today)
        me = office.me
        tokens = office.upkeep.tokens(office.transport, office.roster, me, office.now)
        self.refusals += await tokens
        posted = office.poster().tick(office.transport, office.today, office.dummy)
        self.refusals += await posted
        self.report = await office.read_boards()


@dataclass(frozen=True, slots=True)
class Small:
    """A world with a district and a centre in it."""

    here: World
    bare: tuple[Bare, ...]

    async def joined(self, key: str) -> Bare:
        """Make a member, enrol it, and let it tick with the world from the next roster on."""
        made = await joined(self.here, key)
        await self.here.publish()
        return made

    async def left(self, key: str) -> None:
        """Stop a member that joined later."""
        gone = self.here.services.pop(key)
        assert isinstance(gone, Bare)
        await gone.office.close()

    async def counted(self) -> Counter[tuple[Board, CellClass]]:
        """Return every cell that the operator counts, when the slot is closed."""
        await self.here.close_slot()
        return Lookout(self.here).cells()


async def joined(here: World, key: str) -> Bare:
    """Make a member and enrol it; it knows nobody before the next roster."""
    home, settings = Home(here.path / key), Settings(here.doors, here.authority.pin)
    identity = await make_member(home, settings, "Kari", PASSPHRASE, CHEAP)
    here.enrol(PLACES[key], identity)
    office = await Office.open(home, settings, here.clock)
    await office.enter("Kari", PASSPHRASE)
    here.services[key] = made = Bare(office)
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small() -> AsyncGenerator[Small, None]:
    """One world for all tests of this file, two members in it, and two slots gone by."""
    with TemporaryDirectory(prefix="folge-") as path:
        async with world(Path(path), blobs=NO_BLOBS) as here:
            try:
                bare = [await joined(here, key) for key in ("innlandet", "granlia")]
                await here.publish()
                await here.tick(3)
                yield Small(here, tuple(bare))
            finally:
                for member in here.services.values():
                    assert isinstance(member, Bare)
                    await member.office.close()


def refused(bare: Iterable[Bare]) -> list[Refusal]:
    """Return everything that any of them was refused, and forget it."""
    found = [refusal for member in bare for refusal in member.refusals]
    for member in bare:
        member.refusals.clear()
    return found


async def test_members_come_up_from_nothing_and_read_their_own_notes(small: Small) -> None:
    """A district and a centre enrol, publish keys, get tokens, post, and read it back."""
    assert not refused(small.bare)
    await small.here.tick()
    assert not refused(small.bare)
    for member in small.bare:
        for other in member.office.roster.members:
            keys = await member.office.keys_of(other.member_id)
            assert keys.member_id == other.member_id
        assert member.report.own == 1
        assert (member.report.missing, member.report.lost, member.report.dropped) == (0, 0, 0)


async def test_every_member_posts_one_note_a_slot_on_each_board_it_writes(small: Small) -> None:
    """The operator counts the same number of equal cells in every slot."""
    before = await small.counted()
    await small.here.tick(2)
    assert not refused(small.bare)
    after = await small.counted()
    assert after - before == {
        (Board.CENTRE, CellClass.NOTE): 2,
        (Board.POLICE, CellClass.NOTE): 4,
        (Board.REPLY, CellClass.NOTE): 2,
    }


async def test_the_operator_sees_counts_and_members_and_no_writer(small: Small) -> None:
    """Names stand in the roster and in who was given tokens, and beside no cell."""
    cells, lookout = await small.counted(), Lookout(small.here)
    assert lookout.spent() == sum(cells.values())
    assert set(lookout.withdrawn()) >= {member.office.me.member_id for member in small.bare}
    assert not lookout.columns() & {"sender", "writer", "recipient", "address", "ip", "time"}
    names = [member.office.me.name for member in small.bare]
    found = lookout.holding(names)
    assert {path.suffix for paths in found.values() for path in paths} == {".msgpack"}
    assert "folge_cells_kept" in await lookout.metrics()
    assert {line["event"] for line in lookout.lines()} >= {"started", "slot_closed"}


async def test_a_late_member_is_found_by_all_and_is_known_when_it_is_revoked(small: Small) -> None:
    """A district joins later: all find it; after the next roster nobody writes to it."""
    here, late = small.here, await small.joined("vest")
    await here.tick(3)
    everyone = (*small.bare, late)
    assert not refused(everyone)
    for member in everyone:
        await member.office.keys_of(late.office.me.member_id)
    assert late.report.own == 1
    gone = here.member_id("vest")
    here.revoke(gone)
    await here.publish()
    await here.tick()
    with pytest.raises(RevokedMember):
        small.bare[0].office.roster.member(gone)
    assert {type(refusal) for refusal in refused([late])} == {RevokedMember}
    assert not refused(small.bare)
    await small.left("vest")


async def test_the_broker_goes_on_where_it_stopped(small: Small) -> None:
    """While it is away members are told so, and after it nothing is missing or doubled."""
    await small.here.stop()
    await small.bare[1].tick()
    assert {type(refusal) for refusal in refused(small.bare)} == {BrokerGone}
    await small.here.start()
    await small.here.tick(3)
    assert not refused(small.bare)
    assert all(member.report.missing == member.report.lost == 0 for member in small.bare)


async def test_the_clock_stands_still_until_it_is_moved() -> None:
    """Whoever sleeps wakes when the clock is moved far enough, and not before."""
    clock = DrivenClock(START)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(clock.sleep_until(Instant(START + 10)))
        await asyncio.sleep(0)
        assert clock.sleepers == 1
        clock.advance(9)
        await asyncio.sleep(0)
        assert not task.done()
        clock.advance(1)
    assert clock.now() == START + 10
    assert clock.sleepers == 0
