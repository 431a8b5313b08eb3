"""A machine's clock is wrong, ahead or behind: what lives on is neither destroyed nor opened twice.

Real services, one of them by a clock of its own. It comes back with the right one.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from client.portions import own_day
from client.rounds import ask
from client.service import Service
from client.shelf import Shelf
from keys.calendar import DAY_SECONDS, Instant
from keys.errors import Refusal, UnknownMember
from keys.identity import Identity
from tests import acts, fourfold
from tests.clock import DrivenClock
from tests.parties import Party, leave, village
from tests.world import World

NAME = "KLOKKE-701"


@dataclass(frozen=True, slots=True)
class Wrong:
    """A sender and a reader; the reader's clock may be set."""

    here: World
    sender: Party
    reader: Party

    @asynccontextmanager
    async def clock(self, now: int) -> AsyncGenerator[Party, None]:
        """Run the reader by a clock that stands at `now`, until the block ends."""
        await leave(self.here, self.reader)
        at, clock = self.reader, DrivenClock(Instant(now))
        service = await Service(at.home, at.settings, clock).start()
        try:
            yield replace(at, service=service, clock=clock)
        finally:
            await service.close()

    @asynccontextmanager
    async def put_right(self) -> AsyncGenerator[Party, None]:
        """Run the reader by the right clock again."""
        again = await self.reader.again(self.here)
        self.here.services[self.reader.home.path.name] = again.service
        yield again
        await leave(self.here, again)


@asynccontextmanager
async def wrong() -> AsyncGenerator[Wrong, None]:
    """Two centres that know each other."""
    start, blobs = fourfold.SATURDAY, fourfold.FEW
    async with village("granlia", "fjordglott", start=start, blobs=blobs) as (
        here,
        (sender, reader),
    ):
        yield Wrong(here, sender, reader)


async def on(party: Party, *shelves: Shelf) -> dict[Shelf, list[bytes]]:
    """Return the ids of the rows that lie on some shelves."""
    async with party.service.office.ledger.reading() as rows:
        return {shelf: await rows.ids(shelf) for shelf in shelves}


async def test_a_clock_ahead_forgets_nothing_that_was_opened() -> None:
    """Twenty days ahead, staff unlock: what was opened is known as long as its keys live."""
    async with wrong() as it:
        await it.sender.do("new", case=acts.sample("GRAN-427", name=NAME))
        await acts.inquire(it.here, it.sender, it.reader, NAME)
        before = await on(it.reader, Shelf.REPLAY, Shelf.OUTER_KEY)
        assert all(before.values())
        async with it.clock(it.here.clock.now() + 20 * DAY_SECONDS) as ahead:
            await ahead.unlock()
            await ahead.service.read()
            assert (await on(ahead, Shelf.REPLAY)) == {Shelf.REPLAY: before[Shelf.REPLAY]}
        async with it.put_right() as reader:
            await reader.unlock()
            left = await on(reader, Shelf.REPLAY, Shelf.OUTER_KEY)
            assert left[Shelf.REPLAY] == before[Shelf.REPLAY]
            assert set(left[Shelf.OUTER_KEY]) >= set(before[Shelf.OUTER_KEY])


async def waiting(it: Wrong) -> dict[Shelf, list[bytes]]:
    """Let a case wait until staff of the reader's are there; return its row."""
    await it.reader.do("lock")
    text = acts.sample("GRAN-427", name=NAME, of=it.sender.name, to=it.reader.name)
    await acts.ready(it.here, it.sender, text)
    await it.sender.do("send", code_name=NAME, agreed_by_phone="duty", urgent=True)
    await it.here.tick(2)
    found = await on(it.reader, Shelf.ARRIVED)
    assert len(found[Shelf.ARRIVED]) == 1
    return found


async def last_day(it: Wrong) -> None:
    """Let days go by until the last one of the case that was sent."""
    (sent,) = await acts.rows(it.sender, "out")
    while it.here.today != sent["expires"]:
        it.here.clock.advance(DAY_SECONDS - it.here.step)
        it.here.put_roster()
        await it.here.tick()


@pytest.mark.parametrize("days", [1, 15, 40])
async def test_a_clock_ahead_sends_nothing_away_that_waits_for_staff(days: int) -> None:
    """By it, the package is over and so are its keys: it is there when the clock is right.

    One that is a day ahead finds every roster fresh; the case is on its last day.
    """
    async with wrong() as it:
        waits = await waiting(it)
        if days == 1:
            await last_day(it)
        async with it.clock(it.here.clock.now() + days * DAY_SECONDS) as ahead:
            moves = ahead.clock
            assert isinstance(moves, DrivenClock)
            await ahead.unlock()
            for _ in range(3):
                await ahead.service.read()
                if days > 1:
                    moves.advance(DAY_SECONDS)
            assert ahead.service.office.following.fresh(moves.now()) is (days == 1)
            found = await on(ahead, Shelf.ARRIVED, Shelf.QUARANTINE)
            assert found == {**waits, Shelf.QUARANTINE: []}
        async with it.put_right() as reader:
            await reader.unlock()
            await it.here.tick()
            assert len(await acts.known(reader, "in")) == 1
            left = await on(reader, Shelf.ARRIVED, Shelf.QUARANTINE)
            assert left == {Shelf.ARRIVED: [], Shelf.QUARANTINE: []}


async def test_what_is_over_goes_when_the_broker_has_agreed_with_the_clock() -> None:
    """The day after its last one, what waited for staff is let go, with the reason."""
    async with wrong() as it:
        await waiting(it)
        await last_day(it)
        it.here.clock.advance(DAY_SECONDS)
        it.here.put_roster()
        await it.here.tick()
        await it.reader.unlock()
        assert await on(it.reader, Shelf.ARRIVED) == {Shelf.ARRIVED: []}
        async with it.reader.service.office.ledger.reading() as rows:
            ((_, said),) = await rows.rows(Shelf.QUARANTINE)
        assert said.split()[-1] == b"expired"


async def test_a_dead_battery_destroys_nothing() -> None:
    """It is 1970, and every roster is fresh: tokens and what others' lists hold are kept."""
    shelves = (Shelf.TOKEN, Shelf.PORTION, Shelf.PEER_PREKEYS, Shelf.OUTER_KEY)
    async with wrong() as it:
        await it.here.tick(2)
        before = await on(it.reader, *shelves)
        assert all(before.values())
        async with it.clock(60) as behind:
            await behind.service.read()
            assert await on(behind, *shelves) == before
        async with it.put_right() as reader:
            await reader.service.read()
            assert (await on(reader, Shelf.TOKEN))[Shelf.TOKEN] == before[Shelf.TOKEN]


async def test_a_certificate_of_a_clock_ahead_is_replaced() -> None:
    """Sixty days ahead, staff unlock: the broker takes what is told when the clock is right."""
    async with wrong() as it:
        async with it.clock(it.here.clock.now() + 60 * DAY_SECONDS) as ahead:
            await ahead.unlock()
            made = await ahead.service.office.keyring.newest_machine()
            assert made is not None
            assert made.certificate.first_day > it.here.today + 30
        async with it.put_right() as reader:
            await reader.unlock()
            newest = await reader.service.office.keyring.newest_machine()
            assert newest is not None
            assert newest.certificate.first_day == it.here.today
            for _ in range(3):
                it.here.clock.advance(DAY_SECONDS // 3)
                it.here.put_roster()
                await it.here.tick()
            assert reader.service.office.machine.certificate == newest.certificate
            assert not reader.service.health.refusals
            peer = await it.sender.service.office.keys_of(reader.member_id)
            assert peer.for_day(it.here.today)
            # Its dummies come back to it and open: it sees that sealing and reading work.
            assert reader.service.health.report.own


async def test_keys_are_told_although_the_certificate_is_refused() -> None:
    """Each is told on its own: others can go on to write here."""
    async with wrong() as it:
        office = it.reader.service.office
        minute = office.me.token_minute
        it.here.clock.advance(2 * DAY_SECONDS)
        await office.keyring.certify_machine(Identity.generate(), it.here.today, 30)
        own = own_day(office.now, minute)
        batch = await office.keyring.to_publish(it.here.today, own)
        assert batch is not None
        refusals: list[Refusal] = []
        await ask(office, refusals)
        assert UnknownMember in {type(one) for one in refusals}
        assert await office.keyring.certificate_to_tell(it.here.today, own) is not None
        assert await office.keyring.to_publish(it.here.today, own) is None
