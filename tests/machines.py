"""One member's machine side for tests: a ledger on disk, keys in it, a roster, connections."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from client.arrived import Arrived
from client.cells import CellFiles
from client.keyring import Keyring
from client.ledger import Ledger, Step
from client.poster import Poster
from client.reader import Reader
from client.reception import open_outer
from client.shelf import Shelf
from client.spares import Spares
from client.transport import Transport
from client.wallet import Wallet
from keys.address import CELL_BYTES, Board, CellClass, CellHash, Role, TokenClass
from keys.calendar import Day, Instant, Week, start_of, week_of
from keys.epoch import EpochSecret
from keys.keystore import RowSealer, StoreKey
from keys.proof import Asked, make
from keys.roster import CheckpointKey, Directory, Member, Register, Roster, Schedule
from keys.token import Challenge, Token, prepare
from tests import notes
from tests.crooked import INSTANCE, PUBLIC, Crooked, crooked, issuer_key

TODAY = notes.TODAY
NOW = Instant(start_of(TODAY) + 36_000)
WEEK = week_of(TODAY)
INDEX = b"x" * 32
CC_NOTE = TokenClass.parse("cc-note")
CP_NOTE = TokenClass.parse("cp-note")
CC_S = TokenClass.parse("cc-s")
CC_M = TokenClass.parse("cc-m")


def nothing(_step: str) -> None:
    """Do nothing after a step."""


@asynccontextmanager
async def store(
    path: Path, *, unlocked: bool = True, after_step: Step = nothing
) -> AsyncGenerator[Ledger, None]:
    """Open the ledger at `path`, which has the same keys in every test."""
    machine = RowSealer(StoreKey(b"m" * 32))
    ledger = await Ledger.open(path / "ledger.db", machine, INDEX, after_step=after_step)
    if unlocked:
        ledger.unlock(RowSealer(StoreKey(b"s" * 32)))
    try:
        yield ledger
    finally:
        await ledger.close()


@asynccontextmanager
async def spoiling(ledger: Ledger, shelf: Shelf, row: bytes) -> AsyncGenerator[None, None]:
    """Have one row not open as it was sealed, until the block ends."""
    sealed = "UPDATE rows SET sealed = ? WHERE shelf = ? AND id = ?"
    async with ledger.transaction("damage") as rows:
        found = await rows._sql(  # pyright: ignore[reportPrivateUsage] - damage is no row's own doing
            "SELECT sealed FROM rows WHERE shelf = ? AND id = ?", shelf.value, row
        )
        await rows._sql(sealed, b"\0" * 60, shelf.value, row)  # pyright: ignore[reportPrivateUsage]
    yield
    async with ledger.transaction("mended") as rows:
        await rows._sql(sealed, bytes(found[0][0]), shelf.value, row)  # pyright: ignore[reportPrivateUsage]


def roster(
    instance: str = INSTANCE,
    version: int = 1,
    classes: Sequence[TokenClass] = (),
    weeks: Sequence[Week] = (WEEK,),
    members: Sequence[notes.Member] = (notes.EVA, notes.IDA, notes.OLE, notes.PER),
    slot: int = 3_600,
) -> Roster:
    """Return a roster of the members that tests write notes between."""
    listed = [_listed(one) for one in members]
    issuers = {(cls, week): issuer_key(cls, week).public for cls in classes for week in weeks}
    register = Register(
        instance,
        CheckpointKey(instance, PUBLIC),
        Schedule(note_slot_seconds=slot),
        members=tuple(sorted(listed, key=lambda one: one.member_id)),
        issuers=dict(sorted(issuers.items(), key=lambda one: (str(one[0][0]), one[0][1]))),
    )
    return Roster.decode(register.encode(), version)


def _listed(one: notes.Member) -> Member:
    home = notes.OLE.member_id if one.role is Role.CENTRE else None
    about = Directory(one.member_id.hex()[:8], "", "", "", "+47 22 00 00 00")
    return Member(one.identity, one.role, home, about, 0)


def token(token_class: TokenClass = CC_NOTE, week: Week = WEEK) -> Token:
    """Return a token that nobody has seen; by one key for every class, for keys are dear."""
    secret = issuer_key(CC_NOTE, week)
    asked = prepare(secret.public, Challenge(INSTANCE, token_class, week))
    return asked.finalize(secret.blind_sign(asked.blinded))


async def fill(ledger: Ledger, token_class: TokenClass, count: int, week: Week = WEEK) -> None:
    """Put tokens into the wallet."""
    group = ledger.key(str(token_class).encode(), week.to_bytes(8, "big"))
    async with ledger.transaction("filled") as rows:
        for _ in range(count):
            made = token(token_class, week)
            await rows.put(Shelf.TOKEN, group + made.spent_key, made.encode())


def cell(cls: CellClass = CellClass.NOTE) -> bytes:
    """Return random bytes of that class's size: what a sealed cell looks like from outside."""
    return token_bytes(CELL_BYTES[cls])


def hash_of(body: bytes) -> CellHash:
    """Return a cell's hash."""
    return CellHash(sha256(body).digest())


def prove(method: str, target: str, body_hash: bytes) -> str:
    """Sign a read as Ida's machine."""
    asked = Asked(INSTANCE, method, target, body_hash)
    return make(notes.IDA.machine, notes.IDA.member_id, asked, NOW, token_bytes(16))


@dataclass
class Machine:
    """Ida's machine side, before a broker that a test may bend."""

    ledger: Ledger
    broker: Crooked
    transport: Transport
    cells: CellFiles
    held: dict[TokenClass, int] = field(default_factory=dict)
    """Tokens that are the lanes' alone, of every class that has a lane."""
    spares: Spares = field(default_factory=Spares)
    """Dummies that were made and not needed."""

    @property
    def keyring(self) -> Keyring:
        """Its keys."""
        return Keyring(self.ledger)

    @property
    def poster(self) -> Poster:
        """What posts for it."""
        wallet = Wallet(self.ledger)
        return Poster(self.ledger, wallet, self.cells, Role.CENTRE, lambda: self.held, self.spares)

    @property
    def reader(self) -> Reader:
        """What reads for it, at most forty batches of a board at once."""

        def opened(note: bytes, board: Board, secrets: Sequence[EpochSecret]) -> Arrived | None:
            return open_outer(note, board, notes.IDA.member_id, secrets)

        return Reader(self.ledger, self.keyring, self.cells, opened, most=40)

    async def keys(self, *days: Day) -> None:
        """Put the outer and inner keys of those days into the ledger."""
        async with self.ledger.transaction("keys") as rows:
            for day in days or (TODAY,):
                row = day.to_bytes(4, "big")
                await rows.put(Shelf.OUTER_KEY, row, notes.IDA.outer.seed)
                await rows.put(Shelf.INNER_KEY, row, notes.IDA.inner.seed)


@asynccontextmanager
async def machine(path: Path, broker: Crooked | None = None) -> AsyncGenerator[Machine, None]:
    """Run Ida's machine side and a broker."""
    async with (
        store(path) as ledger,
        crooked(broker) as served,
        Transport(served.doors, prove) as transport,
    ):
        yield Machine(ledger, served, transport, CellFiles(path / "cells"))
