"""What is lacking comes after the note: who sent it, or an own key of the lock.

Real services over days: the note waits as long as its keys may live, it is tried again when
something has changed, and it is opened as if it had just come.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from client import reception, waiting
from client.arrived import Arrived
from client.received import Known, Received
from client.shelf import Shelf
from keys.calendar import DAY_SECONDS, Day
from keys.epoch import BATCH_DAYS
from tests import acts
from tests.fourfold import FEW, SATURDAY
from tests.machines import spoiling
from tests.parties import Party, join, village
from tests.world import PLACES, World

NAME = "SEIN-501"


async def _nothing(*_given: object, **_named: object) -> None:
    """Bring nothing: what a broker does that shows a member only what is old."""


@dataclass(eq=False)
class Late:
    """A reader to whom something is not shown, and how often it tries a note."""

    here: World
    reader: Party
    tries: list[Day] = field(default_factory=list[Day])

    async def days(self, count: int) -> None:
        """Let days go by, some slots each."""
        for _ in range(count):
            self.here.clock.advance(DAY_SECONDS - 3 * self.here.step)
            self.here.put_roster()
            await self.here.tick(3)

    async def lived(self, count: int) -> None:
        """Let days go by in which the machine runs: without a roster, time counts by that."""
        for _ in range(4 * count):
            self.here.clock.advance(DAY_SECONDS // 4 - self.here.step)
            self.here.put_roster()
            await self.here.tick()

    async def on(self, shelf: Shelf) -> list[bytes]:
        """Return what lies on a shelf of the reader's."""
        async with self.reader.service.office.ledger.reading() as rows:
            return [value for _, value in await rows.rows(shelf)]

    def counting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count from now on how often the reader tries to open a note."""
        real = reception.open_inner

        def tried(arrived: Arrived, by: reception.Opener, known: Known, today: Day) -> Received:
            if by.me.member_id == self.reader.member_id:
                self.tries.append(today)
            return real(arrived, by, known, today)

        monkeypatch.setattr(reception, "open_inner", tried)


async def _send(here: World, sender: Party, centre: Party) -> str:
    text = acts.sample("GRAN-427", name=NAME, of=sender.name, to=centre.name)
    await acts.ready(here, sender, text)
    await sender.do("send", code_name=NAME, agreed_by_phone="duty", urgent=True)
    return NAME


@asynccontextmanager
async def by_a_new_member(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[tuple[Late, Callable[[], None]], None]:
    """Run a centre that is not shown the roster in which its writer stands, and what shows it."""
    async with village("fjordglott", start=SATURDAY, blobs=FEW) as (here, (centre,)):
        following = centre.service.office.following
        with monkeypatch.context() as frozen:
            frozen.setattr(following, "update", _nothing)
            sender = await join(here, "granlia", home=PLACES["fjordglott"].home)
            await here.publish()
            await here.tick(3)
            late = Late(here, centre)
            late.counting(monkeypatch)
            await _send(here, sender, centre)
            await here.tick(3)
            assert len(await late.on(Shelf.ARRIVED)) == 1

            def shown() -> None:
                frozen.undo()

            yield late, shown


@pytest.mark.parametrize("days", [0, 6])
async def test_a_sender_who_is_known_later_is_believed_then(
    monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Days without the roster it stands in, and then the case is there, to be opened."""
    async with by_a_new_member(monkeypatch) as (late, shown):
        await late.days(days)
        assert await late.on(Shelf.QUARANTINE) == []
        assert not await acts.known(late.reader, "in")
        # Once when it came, and once a day: never again for nothing.
        assert len(late.tries) == len(set(late.tries)) == days + 1
        shown()
        await late.here.tick()
        assert len(await acts.known(late.reader, "in")) == 1
        assert await late.on(Shelf.ARRIVED) == await late.on(Shelf.QUARANTINE) == []


@pytest.mark.parametrize("forgets", ["at once", "after a day"])
async def test_a_reader_that_does_not_wait_is_found(
    monkeypatch: pytest.MonkeyPatch, forgets: str
) -> None:
    """Planted: whoever lets the note go, or waits for one day as before, has lost the case."""

    def over(day: Day, today: Day) -> bool:
        return forgets == "at once" or day + 1 < today

    monkeypatch.setattr(waiting, "is_over", over)
    async with village("fjordglott", start=SATURDAY, blobs=FEW) as (here, (centre,)):
        following = centre.service.office.following
        update = following.update
        following.update = _nothing  # type: ignore[method-assign]
        sender = await join(here, "granlia", home=PLACES["fjordglott"].home)
        await here.publish()
        await here.tick(3)
        late = Late(here, centre)
        await _send(here, sender, centre)
        await here.tick(3)
        await late.days(2)
        following.update = update  # type: ignore[method-assign]
        await here.tick(2)
        assert not await acts.known(centre, "in")
        assert [one.split()[-1] for one in await late.on(Shelf.QUARANTINE)] == [b"unknown_member"]


async def test_what_waits_in_vain_is_let_go_on_the_day_its_keys_die(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not before, and staff are told why: whoever writes in vain keeps a day's keys no longer."""
    async with by_a_new_member(monkeypatch) as (late, _):
        ((note,), keyring) = await late.on(Shelf.ARRIVED), late.reader.service.office.keyring
        day = Arrived.decode(note).day

        async def days() -> set[Day]:
            async with late.reader.service.office.ledger.reading() as rows:
                return {one.day for one in await keyring.inners(rows)}

        await late.lived(BATCH_DAYS)
        assert len(await late.on(Shelf.ARRIVED)) == 1
        assert day in await days()
        await late.lived(2)
        assert await late.on(Shelf.ARRIVED) == []
        assert day not in await days()
        assert [one.split()[-1] for one in await late.on(Shelf.QUARANTINE)] == [b"unknown_member"]


def _never(_shut: waiting.Shut, _day: Day) -> bool:
    return False


@pytest.mark.parametrize(
    ("shelf", "waits"),
    [(Shelf.INNER_KEY, True), (Shelf.PREKEY, True), (Shelf.INNER_KEY, False)],
)
async def test_a_note_waits_for_a_key_of_the_lock_that_does_not_open(
    monkeypatch: pytest.MonkeyPatch,
    shelf: Shelf,
    waits: bool,  # noqa: FBT001 - a parameter
) -> None:
    """As long as its row is there; planted: one that waits for members only has lost the case."""
    if not waits:
        monkeypatch.setattr(waiting, "may_open", _never)
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=FEW) as (here, found):
        sender, centre = found
        await here.tick(3)
        if shelf is Shelf.INNER_KEY:
            monkeypatch.setattr(sender.service.office.keyring.offers, "key", _nothing)
        await centre.do("lock")
        await _send(here, sender, centre)
        await here.tick(2)
        late, ledger = Late(here, centre), centre.service.office.ledger
        assert len(await late.on(Shelf.ARRIVED)) == 1
        async with AsyncExitStack() as damaged:
            async with ledger.reading() as rows:
                there = await rows.ids(shelf)
            for row in there:
                await damaged.enter_async_context(spoiling(ledger, shelf, row))
            late.counting(monkeypatch)
            await centre.unlock()
            # On the same day: with the next, the key of a spoilt row's generation is destroyed.
            for _ in range(2):
                await centre.service.tick()
            assert len(late.tries) == 1
        await centre.service.tick()
        assert len(await acts.known(centre, "in")) == waits
        assert [one.split()[-1] for one in await late.on(Shelf.QUARANTINE)] == (
            [] if waits else [b"damaged"]
        )
