"""A broker that shows two members two boards is found out by the first note between them."""

import io
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
import pytest
from yarl import URL

from broker.app import Broker
from broker.settings import Address
from client.history import History
from client.reader import history_row
from client.shelf import Shelf
from keys.address import CELL_BYTES, Board, CellClass, TokenClass, WriterClass
from keys.checkpoint import Root
from keys.token import Challenge, prepare
from tests import acts
from tests.parties import Party, leave, village
from tests.world import INSTANCE, World, issuer_keys

CODE = "checkpoint_forked"


async def shown_another_board(party: Party) -> None:
    """Leave a member as it is when the broker signed other roots for it, at the same sizes."""
    row = history_row(Board.CENTRE)
    async with party.service.office.ledger.transaction("shown") as rows:
        history = History.decode(await rows.get(Shelf.CURSOR, row))
        other = tuple((size, Root(bytes(reversed(root)))) for size, root in history.seen)
        await rows.put(Shelf.CURSOR, row, History(other).encode())


@pytest.mark.asyncio
@pytest.mark.parametrize("forked", [True, False])
async def test_the_first_note_between_two_members_tells_of_a_fork(*, forked: bool) -> None:
    """The receiver's staff see whose note contradicts what was seen here, and the case arrives."""
    async with village("granlia", "fjordglott") as (here, (sender, centre)):
        await acts.ready(here, sender, acts.sample("GRAN-427", name="GAFFEL-307"))
        if forked:
            await shown_another_board(centre)
        _, package = await acts.send(here, sender, centre, "GAFFEL-307", by_phone="duty")
        await here.tick(2)
        status = await centre.do("status")
        assert package in str(status["in"])
        named = f"{sender.name} ({CODE})"
        assert (named in str(status["attention"])) is forked
        assert CODE not in str(status["alarms"])


# ── A broker that really forks ───────────────────────────────────────────────────────────────
@dataclass(eq=False)
class Forked:
    """One broker whose operator runs it twice from now on, under one name and with one key."""

    here: World
    other: Broker

    async def shown_the_other(self, party: Party) -> Party:
        """Let a member find the second broker at the address that it has."""
        return await self._moved(party, self.other)

    async def shown_the_first(self, party: Party) -> Party:
        """Let a member find the first broker again."""
        return await self._moved(party, self.here.broker)

    async def _moved(self, party: Party, to: Broker) -> Party:
        await leave(self.here, party)
        doors = replace(party.settings.doors, broker=URL(to.url))
        again = await replace(party, settings=replace(party.settings, doors=doors)).again(self.here)
        self.here.services[party.home.path.name] = again.service
        await again.unlock()
        return again

    async def tick(self, slots: int = 1) -> None:
        """Let slots end at both."""
        for _ in range(slots):
            await self.other.close_slot()
            await self.here.tick()
        await self.other.close_slot()

    async def relay(self) -> None:
        """Put what stands in the first one's last batch on the second one's board too."""
        shelves = [*(self.here.path / "broker").rglob("*.note"), *self.here.path.rglob("*.s")]
        async with aiohttp.ClientSession() as http:
            for cls in (CellClass.S, CellClass.NOTE):
                files = [one for one in shelves if one.suffix == f".{cls}" and "centre" in str(one)]
                data = max(files, key=lambda one: int(one.stem)).read_bytes()
                for at in range(0, len(data), CELL_BYTES[cls]):
                    where = f"{self.other.url}/v1/boards/centre/cells/{cls}"
                    head = {"Folge-Token": self._token(cls)}
                    cell = data[at : at + CELL_BYTES[cls]]
                    async with http.post(where, data=cell, headers=head) as answer:
                        assert answer.status == 201

    def _token(self, cls: CellClass) -> str:
        paid, week = TokenClass(WriterClass.CC, cls), self.here.week
        secret = issuer_keys([week], self.here.register.schedule)[paid, week]
        asked = prepare(secret.public, Challenge(INSTANCE, paid, week))
        return asked.finalize(secret.blind_sign(asked.blinded)).to_header()


@asynccontextmanager
async def forked(here: World) -> AsyncGenerator[Forked, None]:
    """Copy the broker as it is now, and run the copy beside it."""
    await here.stop()
    shutil.copytree(here.path / "broker", here.path / "second")
    await here.start()
    listen = Address("127.0.0.1", 0)
    settings = replace(here.settings("broker"), listen=listen, data=here.path / "second")
    async with Broker(settings, here.clock, io.StringIO()) as other:
        yield Forked(here, other)


@pytest.mark.asyncio
async def test_a_broker_that_runs_twice_is_named_by_the_first_note_that_crosses() -> None:
    """Each of two members sees a board of its own; a case that is carried over tells them so."""
    async with village("granlia", "fjordglott") as (here, (sender, there)), forked(here) as two:
        centre = await two.shown_the_other(there)
        await acts.ready(here, sender, acts.sample("GRAN-427", name="GAFFEL-308"))
        await two.tick(3)
        assert CODE not in str(await centre.do("status"))
        await sender.do("send", code_name="GAFFEL-308", agreed_by_phone="duty")
        await here.close_slot()
        await two.relay()
        await two.tick(2)
        status = await centre.do("status")
        assert "case_package" in str(status["in"])
        assert f"{sender.name} ({CODE})" in str(status["attention"])


@pytest.mark.asyncio
async def test_a_broker_that_leads_a_member_back_from_its_other_board_is_caught_at_once() -> None:
    """What it signed there does not go on here: an alarm by name, and nothing of it is taken in."""
    async with village("granlia", "fjordglott") as (here, (sender, there)), forked(here) as two:
        centre = await two.shown_the_other(there)
        await two.tick(3)
        assert (await centre.do("status"))["alarms"] == []
        back = await two.shown_the_first(centre)
        await two.tick(2)
        assert CODE in str((await back.do("status"))["alarms"])
        assert (await sender.do("status"))["alarms"] == []
