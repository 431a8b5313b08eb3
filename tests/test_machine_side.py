"""The machine side against the real broker and issuer: what the small ones promise holds there."""

import io
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

import pytest
from yarl import URL

from broker.issuer import Issuer
from client.arrived import Arrived
from client.cells import CellFiles
from client.doors import Doors
from client.following import Following
from client.keyring import Keyring
from client.lanes import Lane
from client.ledger import Ledger
from client.poster import Poster
from client.posting import Cell, Posting, note_cell
from client.reader import Reader, Report
from client.reception import open_outer
from client.shelf import Shelf
from client.transport import Transport
from client.wallet import Portion, Wallet
from keys.address import Board, CellClass, Role
from keys.epoch import EpochBatch, EpochSecret
from keys.errors import DoubleSpend, NotHere, QuotaSpent, Refusal, WrongTokenClass
from keys.identity import Identity
from keys.note import Addressee, seal_note
from keys.proof import Asked, make
from tests import brokers
from tests.brokers import (
    CC_M,
    CC_NOTE,
    CC_S,
    CP_NOTE,
    MEMBERS,
    TODAY,
    WEEK,
    World,
    certificate,
    running,
)
from tests.clock import PromptClock
from tests.machines import cell, hash_of, store
from tests.offices import asking, issuer_settings, requests
from tests.rosters import INSTANCE, NOW, authority, identity

CENTRE, POLICE = Board.CENTRE, Board.POLICE


@dataclass
class Member:
    """One member's machine side before the real broker."""

    name: str
    world: World
    ledger: Ledger
    transport: Transport
    cells: CellFiles
    following: Following

    @property
    def identity(self) -> Identity:
        """Its identity."""
        return identity(self.name)

    @property
    def role(self) -> Role:
        """What it is."""
        return MEMBERS[self.name]

    @property
    def wallet(self) -> Wallet:
        """Its tokens."""
        return Wallet(self.ledger)

    @property
    def poster(self) -> Poster:
        """What posts for it."""
        return Poster(self.ledger, self.wallet, self.cells, self.role, dict)

    @property
    def keyring(self) -> Keyring:
        """Its keys."""
        return Keyring(self.ledger)

    async def sync(self) -> Report:
        """Read every board."""
        me = self.identity.public.member_id

        def opened(note: bytes, board: Board, secrets: Sequence[EpochSecret]) -> Arrived | None:
            return open_outer(note, board, me, secrets)

        reader = Reader(self.ledger, self.keyring, self.cells, opened)
        roster = self.following.roster
        return await reader.sync(self.transport, roster, self.role, TODAY)

    async def withdraw(self, portion: Portion) -> int:
        """Ask for tokens."""
        roster = self.following.roster
        signed = certificate(self.name)
        return await self.wallet.withdraw(self.transport, roster, portion, 0, signed)

    async def keys(self) -> EpochBatch:
        """Publish keys for the fortnight."""
        batch = await self.keyring.refill(self.identity, TODAY)
        assert batch is not None
        await self.transport.publish("epochs", batch.encode())
        return batch


@asynccontextmanager
async def member(
    path: Path, world: World, issuer: Issuer, name: str
) -> AsyncGenerator[Member, None]:
    """Run a member that has found the roster."""

    def prove(method: str, target: str, body_hash: bytes) -> str:
        asked = Asked(INSTANCE, method, target, body_hash)
        me = identity(name).public.member_id
        return make(brokers.machine(name), me, asked, world.clock.now(), token_bytes(16))

    home = path / f"member-{name}"
    home.mkdir(mode=0o700)
    doors = Doors(URL(world.broker.url), URL(issuer.url))
    async with store(home) as ledger, Transport(doors, prove) as transport:
        following = Following(ledger, authority().pin)
        await following.update(transport, NOW)
        yield Member(name, world, ledger, transport, CellFiles(home / "cells"), following)


@asynccontextmanager
async def served(path: Path) -> AsyncGenerator[tuple[World, Issuer], None]:
    """Run the broker and the issuer."""
    async with (
        running(path) as world,
        Issuer(issuer_settings(path), PromptClock(world.clock), io.StringIO()) as issuer,
    ):
        yield world, issuer


async def none(_: Lane) -> Cell:
    """Make a dummy that opens for nobody."""
    return note_cell(cell())


def to(batch: EpochBatch, board: Board, *blobs: bytes) -> bytes:
    """Seal a note whose inner layer is noise: what a service sees of any note."""
    keys = batch.for_day(TODAY)
    me = batch.member_id
    where = Addressee(board, me, TODAY, keys.outer_public, keys.inner_public, token_bytes(16))
    return seal_note(where, b"body", b"", tuple(hash_of(blob) for blob in blobs))


async def test_from_tokens_to_a_package_on_anothers_disk(tmp_path: Path) -> None:
    """Tokens from the real issuer, cells through the real broker, a blob in pieces, read whole."""
    small, medium = cell(CellClass.S), cell(CellClass.M)
    async with (
        served(tmp_path) as (world, issuer),
        member(tmp_path, world, issuer, "nord") as nord,
        member(tmp_path, world, issuer, "sor") as sor,
    ):
        assert (await sor.sync()).whole
        await sor.keys()
        roster = nord.following.roster
        assert await nord.keyring.follow(nord.transport, roster, TODAY) >= 1
        batch = await nord.keyring.peer(roster, sor.identity.public.member_id, TODAY)
        for token_class in (CC_NOTE, CC_S, CC_M):
            assert await nord.withdraw(Portion(token_class, WEEK, TODAY, 3)) == 3
        cells = [note_cell(to(batch, CENTRE, small, medium))]
        for cls, body in ((CellClass.S, small), (CellClass.M, medium)):
            with nord.cells.writing() as (name, file):
                file.write(body)
            cells.append(Cell(cls, hash_of(body), file=name))
        async with nord.ledger.transaction("sent") as rows:
            await nord.poster.bind(rows, CENTRE, b"o" * 16, cells, TODAY)
        assert await nord.poster.post_bound(nord.transport, TODAY) == ()
        assert await nord.poster.waiting(b"o" * 16) == 0
        await world.broker.close_slot()
        report = await sor.sync()
        assert (report.notes, report.blobs, report.whole) == (1, 2, True)
        async with sor.ledger.reading() as rows:
            files = {blob: name.decode() for blob, name in await rows.rows(Shelf.BLOB)}
        assert sor.cells.path(files[hash_of(small)]).read_bytes() == small
        assert sor.cells.path(files[hash_of(medium)]).read_bytes() == medium
        assert (await nord.sync()).whole
        async with nord.ledger.reading() as rows:
            assert not await rows.ids(Shelf.POSTED)


async def test_every_slot_has_a_note_on_both_boards_and_none_is_missed(tmp_path: Path) -> None:
    """Slot after slot, what was acknowledged stands on its board, also on one we cannot read."""
    async with (
        served(tmp_path) as (world, issuer),
        member(tmp_path, world, issuer, "nord") as nord,
    ):
        for token_class in (CC_NOTE, CP_NOTE):
            await nord.withdraw(Portion(token_class, WEEK, TODAY, 4))
        for _ in range(3):
            assert await nord.poster.tick(nord.transport, TODAY, none) == ()
            await world.broker.close_slot()
            report = await nord.sync()
            assert (report.missing, report.stalled, report.refusals) == (0, 0, ())
        async with nord.ledger.reading() as rows:
            assert not await rows.ids(Shelf.POSTED)


async def test_the_real_refusals_come_through(tmp_path: Path) -> None:
    """A spent token, a foreign class, a spent quota, a missing file: each by its name."""
    async with (
        served(tmp_path) as (world, issuer),
        member(tmp_path, world, issuer, "nord") as nord,
    ):
        await nord.withdraw(Portion(CC_NOTE, WEEK, TODAY, 2))
        async with nord.ledger.transaction("taken") as rows:
            token = await nord.wallet.take(rows, CC_NOTE, TODAY)
        note = cell()
        for _ in range(2):
            kept = await nord.transport.post_cell(CENTRE, CellClass.NOTE, note, token)
            assert kept == hash_of(note)
        refused: list[tuple[Board, type[Refusal]]] = [
            (CENTRE, DoubleSpend),
            (POLICE, WrongTokenClass),
        ]
        for board, refusal in refused:
            with pytest.raises(refusal):
                await nord.transport.post_cell(board, CellClass.NOTE, cell(), token)
        with pytest.raises(NotHere):
            await nord.transport.note_file(CENTRE, 99, 8_192)
        with pytest.raises(NotHere):
            await nord.transport.note_file(POLICE, 1, 8_192)
        quota = nord.following.roster.quota(CC_S)
        assert await nord.withdraw(Portion(CC_S, WEEK, TODAY, quota + 1)) == quota // 100 * 100
        with pytest.raises(QuotaSpent):
            await nord.transport.issue(asking(requests(quota + 1, CC_S), CC_S), certificate("nord"))


async def test_a_dead_token_of_the_real_broker_costs_one_more(tmp_path: Path) -> None:
    """A cell whose token was spent elsewhere leaves with another, and stands there once."""
    async with (
        served(tmp_path) as (world, issuer),
        member(tmp_path, world, issuer, "nord") as nord,
    ):
        await nord.withdraw(Portion(CC_NOTE, WEEK, TODAY, 3))
        await nord.withdraw(Portion(CP_NOTE, WEEK, TODAY, 1))
        await nord.poster.prepare(TODAY, none)
        async with nord.ledger.reading() as rows:
            held = [value for _, value in await rows.rows(Shelf.POSTING)]
        for value in held:
            posting = Posting.decode(value)
            if posting.board is CENTRE:
                await nord.transport.post_cell(CENTRE, CellClass.NOTE, cell(), posting.token)
        assert await nord.poster.tick(nord.transport, TODAY, none) == ()
        assert await nord.wallet.stock(CC_NOTE, WEEK) == 1
        await world.broker.close_slot()
        assert (await nord.sync()).missing == 0
