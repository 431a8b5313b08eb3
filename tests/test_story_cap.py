"""Own keys go on their day, from the rows and from the bytes of the file, whatever a broker does.

A real service under a driven clock: its outer, inner and one-time keys go when all that they could
open was read, and after a fortnight in any case, also when no roster counts and no broker answers.
"""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from client import tidying
from client.desk import Desk
from client.keyring import BEHIND_DAYS, Keyring
from client.offers import week_in
from client.office import Office
from client.shelf import Shelf
from keys.calendar import DAY_SECONDS, Day
from keys.epoch import BATCH_DAYS
from keys.prekeysheet import last_day
from tests import acts
from tests.fourfold import FEW, SATURDAY
from tests.parties import Party, leave, village
from tests.test_forgotten_bytes import traces
from tests.world import World

KEYS = (Shelf.OUTER_KEY, Shelf.INNER_KEY, Shelf.PREKEY)
STEP = DAY_SECONDS // 4
Keyed = tuple[Shelf, Day]
"""A kind of key, and the last day for which it counts."""


@dataclass(eq=False)
class Watched:
    """A member, and every sealed form in which a key of its ever lay in its store."""

    here: World
    party: Party
    path: Path
    seen: dict[Keyed, set[bytes]] = field(default_factory=dict[Keyed, set[bytes]])

    async def look(self) -> set[Keyed]:
        """Take note of how every key lies there now; return which there are."""
        copy = self.path / "copy.db"
        copy.unlink(missing_ok=True)
        await self.party.service.office.ledger.copy_to(copy)
        now: set[Keyed] = set()
        with closing(sqlite3.connect(copy)) as rows:
            for shelf in KEYS:
                found = rows.execute("SELECT id, sealed FROM rows WHERE shelf = ?", (shelf.value,))
                for row, sealed in found:
                    one = (shelf, _last(shelf, bytes(row)))
                    now.add(one)
                    self.seen.setdefault(one, set()).add(bytes(sealed))
        return now

    async def overdue(self, before: int, shelves: tuple[Shelf, ...] = KEYS) -> set[Keyed]:
        """Return the keys of days before that one of which a row or a byte is left."""
        now = await self.look()
        old = {one for one in self.seen if one[0] in shelves and one[1] < before}
        files = self.party.home.path
        return {one for one in old if one in now or traces(files, self.seen[one])}

    async def day(self, *, answers: bool) -> None:
        """Let a day go by; with a broker that answers, a roster of that day is there."""
        if answers:
            self.here.clock.advance(DAY_SECONDS - self.here.step)
            self.here.put_roster()
            await self.here.tick()
        else:
            for _ in range(DAY_SECONDS // STEP):
                self.here.clock.advance(STEP)
                await self.party.service.tick()


def _last(shelf: Shelf, row: bytes) -> Day:
    return last_day(week_in(row)) if shelf is Shelf.PREKEY else Day(int.from_bytes(row[:4], "big"))


@asynccontextmanager
async def watched(path: Path) -> AsyncGenerator[Watched, None]:
    """Run a sender and a centre whose lists of one-time keys are told."""
    async with village("granlia", "fjordglott", start=SATURDAY, blobs=FEW) as (here, found):
        sender, centre = found
        await here.tick(3)
        await centre.do("lock")
        text = acts.sample("GRAN-427", name="TAK-501", of=sender.name, to=centre.name)
        await acts.ready(here, sender, text)
        await sender.do("send", code_name="TAK-501", agreed_by_phone="duty", urgent=True)
        await here.tick()
        await leave(here, sender)
        yield Watched(here, centre, path)


async def test_keys_go_when_all_that_they_could_open_was_read(tmp_path: Path) -> None:
    """The watermark: two days behind, and for what waits for staff when they have opened it."""
    async with watched(tmp_path) as one:
        began = one.here.today
        assert {shelf for shelf, _ in await one.look()} == set(KEYS)
        async with one.party.service.office.ledger.reading() as rows:
            assert len(await rows.ids(Shelf.ARRIVED)) == 1
        for _ in range(4):
            await one.day(answers=True)
        done = one.here.today - BEHIND_DAYS
        assert await one.overdue(done, (Shelf.OUTER_KEY,)) == set()
        # The layer that waits keeps the inner key of its day, and of no other.
        assert await one.overdue(done, (Shelf.INNER_KEY,)) == {(Shelf.INNER_KEY, began)}
        await one.party.unlock()
        while one.here.today < began + 13:
            await one.day(answers=True)
        gone = {shelf for shelf, day in one.seen if day < one.here.today - BEHIND_DAYS}
        assert gone == set(KEYS)
        assert await one.overdue(one.here.today - BEHIND_DAYS) == set()


async def dark(one: Watched, days: int) -> set[Keyed]:
    """Let days go by under a broker that shows nothing; return what has outlived its fortnight."""
    await one.look()
    await one.here.stop()
    for _ in range(days):
        await one.day(answers=False)
        await one.look()
    return await one.overdue(one.here.today - BATCH_DAYS)


async def test_at_fourteen_days_every_key_is_gone_whatever_the_broker_shows(
    tmp_path: Path,
) -> None:
    """The cap: no board could be read, a note waits, no roster counts; each day takes its keys."""
    async with watched(tmp_path) as one:
        began = one.here.today
        assert await dark(one, BATCH_DAYS) == set()
        assert {(Shelf.OUTER_KEY, began), (Shelf.INNER_KEY, began)} <= await one.look()
        assert not one.party.service.office.following.fresh(one.here.clock.now())
        assert await dark(one, 9) == set()
        gone = {shelf for shelf, day in one.seen if day < one.here.today - BATCH_DAYS}
        assert gone == set(KEYS)


async def test_a_service_that_destroys_only_while_a_roster_counts_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the rule that there was before; a broker kept keys alive by showing no roster."""
    real = tidying._keys  # pyright: ignore[reportPrivateUsage] - the rule that is replaced

    async def only_while_fresh(office: Office, desk: Desk) -> None:
        if office.following.fresh(office.now):
            await real(office, desk)

    monkeypatch.setattr(tidying, "_keys", only_while_fresh)
    async with watched(tmp_path) as one:
        assert {shelf for shelf, _ in await dark(one, BATCH_DAYS + 1)} == set(KEYS[:2])


async def test_a_service_that_drops_no_key_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the chore runs, and the keys stay."""

    async def never(_keyring: Keyring, _today: Day, _until: Day, _waiting: object) -> None:
        return None

    monkeypatch.setattr(Keyring, "drop", never)
    async with watched(tmp_path) as one:
        for _ in range(4):
            await one.day(answers=True)
        found = await one.overdue(one.here.today - BEHIND_DAYS)
        assert {shelf for shelf, _ in found} == set(KEYS[:2])


async def test_a_clock_that_jumps_destroys_nothing(tmp_path: Path) -> None:
    """A month ahead, for a while: what waits can be opened when the clock is right again."""
    async with watched(tmp_path) as one:
        before = await one.look()
        await one.here.stop()
        right = one.here.clock.now()
        one.here.clock.advance(30 * DAY_SECONDS)
        for _ in range(3):
            await one.party.service.tick()
            one.here.clock.advance(600)
        assert await one.look() == before
        one.here.clock.set(right)
        await one.party.service.tick()
        assert await one.look() == before
