"""The test world is a real one: what the demo and the stories stand on is tested first."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

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
from tests.world import PLACES, START, World, world

CHEAP = Cost(passes=2, memory=19 << 20)
PASSPHRASE = "en lang og rolig setning"


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
        await office.following.update(office.transport, office.now)
        for tell in (office.upkeep.tell_certificate, office.upkeep.tell_keys):
            await tell(office.transport, office.now, office.me.token_minute)
        await office.upkeep.follow_keys(office.transport, office.roster, office.today)
        me = office.me
        tokens = office.upkeep.tokens(office.transport, office.roster, me, office.now)
        self.refusals += await tokens
        posted = office.poster().tick(office.transport, office.today, office.dummy)
        self.refusals += await posted
        self.report = await office.read_boards()


async def joined(here: World, key: str) -> Bare:
    """Make a member, enrol it, and let it tick with the world."""
    home, settings = Home(here.path / key), Settings(here.doors, here.authority.pin)
    identity = await make_member(home, settings, "Kari", PASSPHRASE, CHEAP)
    here.enrol(PLACES[key], identity)
    office = await Office.open(home, settings, here.clock)
    await office.enter("Kari", PASSPHRASE)
    here.services[key] = made = Bare(office)
    return made


@asynccontextmanager
async def members(here: World, *keys: str) -> AsyncGenerator[list[Bare], None]:
    """Run members until the block ends; those that join later end with it too."""
    bare = [await joined(here, key) for key in keys]
    await here.publish()
    try:
        yield bare
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


async def test_members_come_up_from_nothing_and_read_their_own_notes(tmp_path: Path) -> None:
    """Two districts and a centre enrol, publish keys, get tokens, post, and read it back."""
    async with world(tmp_path) as here, members(here, "innlandet", "vest", "granlia") as bare:
        await here.tick(3)
        assert not refused(bare)
        for member in bare:
            office = member.office
            names = {one.name for one in office.roster.members}
            assert names == {PLACES[key].name for key in here.services}
            for other in office.roster.members:
                keys = await office.keys_of(other.member_id)
                assert keys.member_id == other.member_id
            assert member.report.own == 1
            assert (member.report.missing, member.report.lost, member.report.dropped) == (0, 0, 0)


async def test_every_member_posts_one_note_a_slot_on_each_board_it_writes(tmp_path: Path) -> None:
    """The operator counts the same number of equal cells in every slot."""
    async with world(tmp_path) as here, members(here, "innlandet", "granlia") as bare:
        await here.tick(4)
        await here.close_slot()
        assert not refused(bare)
        batches = Lookout(here).batches()
        notes = {(seen.board, seen.number): dict(seen.cells) for seen in batches}
        expected = {Board.CENTRE: 1, Board.POLICE: 2, Board.REPLY: 1}
        assert notes == {
            (board, number): {CellClass.NOTE: count}
            for board, count in expected.items()
            for number in range(1, 5)
        }


async def test_a_late_member_is_found_by_all_and_begins_at_the_newest_batch(
    tmp_path: Path,
) -> None:
    """A centre that joins later finds the others, they find it, and nothing is amiss."""
    async with world(tmp_path) as here, members(here, "innlandet", "vest", "granlia") as bare:
        await here.tick(2)
        late = await joined(here, "fjordglott")
        await here.publish()
        await here.tick(3)
        everyone = [*bare, late]
        assert not refused(everyone)
        for member in everyone:
            found = {one.member_id for one in member.office.roster.members}
            assert late.office.me.member_id in found
            await member.office.keys_of(late.office.me.member_id)
        assert late.report.own == 1


async def test_a_revoked_member_is_known_as_such_and_no_longer_served(tmp_path: Path) -> None:
    """After the next roster nobody writes to the member, and the broker reads to it no more."""
    async with world(tmp_path) as here, members(here, "innlandet", "vest", "granlia") as bare:
        await here.tick(2)
        gone = here.member_id("granlia")
        here.revoke(gone)
        await here.publish()
        await here.tick(1)
        district, _, centre = bare
        with pytest.raises(RevokedMember):
            district.office.roster.member(gone)
        assert {type(refusal) for refusal in refused([centre])} == {RevokedMember}
        assert not refused([district])


async def test_the_broker_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """While it is away members are told so, and after it nothing is missing or doubled."""
    async with world(tmp_path) as here, members(here, "innlandet", "granlia") as bare:
        await here.tick(2)
        await here.stop()
        await bare[1].tick()
        assert {type(refusal) for refusal in refused(bare)} == {BrokerGone}
        await here.start()
        await here.tick(4)
        assert not refused(bare)
        assert all(member.report.missing == member.report.lost == 0 for member in bare)


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


async def test_the_operator_sees_counts_and_members_and_no_writer(tmp_path: Path) -> None:
    """Names stand in the roster and in who was given tokens, and beside no cell."""
    async with world(tmp_path) as here, members(here, "innlandet", "granlia") as bare:
        await here.tick(2)
        await here.close_slot()
        lookout = Lookout(here)
        assert lookout.spent() == sum(lookout.cells().values()) == 8
        assert set(lookout.withdrawn()) == {member.office.me.member_id for member in bare}
        assert not lookout.columns() & {"sender", "writer", "recipient", "address", "ip", "time"}
        for member in bare:
            name = member.office.me.name
            assert {path.suffix for path in lookout.holding([name])[name]} == {".msgpack"}
        assert "folge_cells_kept" in await lookout.metrics()
        assert {line["event"] for line in lookout.lines()} >= {"started", "slot_closed"}
