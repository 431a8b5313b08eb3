"""The same weeks at a real broker and issuer, lived through with whoever sends (P3).

This file knows who plays, what they post and publish, and by which doors: those of the client's
own `Transport`, a blob in pieces as every blob is. It refuses to look at what is left of it.
"""

import asyncio
import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Never

from yarl import URL

from broker.storage import SpentKey
from client.doors import Doors
from client.transport import Transport
from keys.address import Board, CellClass, TokenClass
from keys.body import Kind
from keys.calendar import Day
from keys.epoch import EpochBatch, EpochRole, EpochSecret
from keys.prekeys import generate, issue
from keys.register import Register
from keys.schedule import Schedule
from keys.token import Token
from tests.brokers import (
    CC_M,
    CC_NOTE,
    CC_S,
    MEMBERS,
    PP_NOTE,
    QUOTA,
    TODAY,
    WEEK,
    DrivenClock,
    World,
    cell,
    register,
    running,
    token,
)
from tests.leftovers import Left, Posted, Slot, Trait, found_in, outline, while_waiting
from tests.notes import EVA, IDA, INQUIRY_NOTE, OLE, PER, STORED_NOTE, Member, Note
from tests.offices import asking, office, requests, signed
from tests.rosters import NOW, identity

SLOTS: Final = 16
PUBLISHING: Final = 4
"""Keys go up in every fourth slot, whatever else happens."""
FEW: Final = 8
"""Slots enough for what is planted: that tells the weeks apart in every one of them."""
OWNERS: Final[dict[SpentKey, str]] = {}
"""Whose each token is: what an operator of a store that tells has learned from elsewhere."""


# ── Who plays ────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Game:
    """What is swapped: cells of one class on one board, between two of those who write there.

    Attributes:
        board: where they are posted.
        paid: by what; its cell class is theirs.
        who: the two members, by their names at the broker.
        real: an honest note from the one to the other; of a blob, bytes as random as its own.
    """

    board: Board
    paid: TokenClass
    who: Mapping[str, Member]
    real: Note = INQUIRY_NOTE

    @property
    def cls(self) -> CellClass:
        """The class of the cells."""
        return self.paid.cell

    def sealed(self, by: str, to: str) -> bytes:
        """Return a cell to the other, or a dummy when a member writes to itself."""
        if self.cls is not CellClass.NOTE:
            return cell(self.cls)  # a sealed blob is that to whoever has no key of it (P7)
        to_whom, said = self.who[to], self.real if by != to else dummy(self.real)
        return replace(said, sender=self.who[by], named=to_whom, reader=to_whom).sealed

    def other(self, name: str) -> str:
        """Return who of the two is not meant."""
        return next(one for one in self.who if one != name)


_CENTRES: Final = MappingProxyType({"nord": EVA, "sor": IDA})
_DISTRICTS: Final = MappingProxyType({"ost": OLE, "vest": PER})
_RECEIPT: Final = replace(
    STORED_NOTE, kind=Kind.POLICE_RECEIPT, channel=Board.POLICE, board=Board.POLICE
)
GAMES: Final = MappingProxyType(
    {
        "notes between centres": Game(Board.CENTRE, CC_NOTE, _CENTRES),
        "cases between centres": Game(Board.CENTRE, CC_S, _CENTRES),
        "photos between centres": Game(Board.CENTRE, CC_M, _CENTRES),
        "notes between districts": Game(Board.POLICE, PP_NOTE, _DISTRICTS, _RECEIPT),
    }
)


def dummy(note: Note) -> Note:
    """Return a note of the same size that says nothing."""
    return replace(note, kind=Kind.DUMMY, manifest=b"")


def generous() -> Register:
    """Return the register of the tests, with a token of each small class for every slot."""
    quota = QUOTA | {CellClass.S: SLOTS, CellClass.M: SLOTS}
    return replace(
        register(), schedule=Schedule(s_slot_seconds=0, m_slot_seconds=0, blob_quota=quota)
    )


# ── What they do ─────────────────────────────────────────────────────────────────────────────
async def drawn(
    path: Path, game: Game, counts: Mapping[str, int]
) -> tuple[dict[str, list[Token]], str]:
    """Let the members draw tokens at a real issuer; return whose are which, and its log."""
    path.mkdir()
    found: dict[str, list[Token]] = {}
    async with office(path, generous()) as there:
        for name, count in counts.items():
            asked = requests(count, game.paid)
            answers = signed(await there.ask(name, asking(asked, game.paid)))
            found[name] = [one.finalize(by) for one, by in zip(asked, answers, strict=True)]
    return found, there.log.getvalue()


class Halt:
    """Asked between two pieces of an upload: lets it stand still after the first."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self) -> bool:
        """Want the rest, once it may come."""
        self.reached.set()
        await self.go_on.wait()
        return True


async def post(
    transport: Transport,
    game: Game,
    cells: Sequence[tuple[Posted, bytes]],
    look: Callable[[str], None],
) -> None:
    """Post cells as the client does: a note whole, and blobs in pieces, all of them under way."""
    if game.cls is CellClass.NOTE:
        for one, body in cells:
            kept = await transport.post_cell(game.board, game.cls, body, one.token)
            assert kept == one.cell_hash
        return
    halts = [Halt() for _ in cells]
    async with asyncio.TaskGroup() as group:
        tasks = []
        for (one, body), halt in zip(cells, halts, strict=True):
            source = io.BytesIO(body)
            sending = transport.post_large(game.board, game.cls, source, one.token, wanted=halt)
            tasks.append(group.create_task(sending))
            tasks[-1].add_done_callback(lambda _, halt=halt: halt.reached.set())
            await halt.reached.wait()
        look("half")
        for (one, _), halt, task in zip(cells, halts, tasks, strict=True):
            halt.go_on.set()
            assert await task == one.cell_hash


async def publish(transport: Transport, game: Game, number: int) -> None:
    """Let every member put fresh keys on the keys board when it is time, whatever it does else."""
    if number % PUBLISHING:
        return
    for name in sorted(game.who):
        secrets = [EpochSecret.generate(role, Day(TODAY + 1)) for role in EpochRole]
        await transport.publish("epochs", EpochBatch.issue(identity(name), secrets).encode())
        others = [identity(one).public.member_id for one in MEMBERS if one != name]
        for sheet in issue(identity(name), WEEK, generate(others, WEEK)):
            await transport.publish("prekeys", sheet.encode())


async def live_through(
    path: Path, sender: str, game: str, *, count: int = SLOTS, issuer: bool = True
) -> Left:
    """Let a broker take all slots, in which `sender` sends; return what is left.

    Args:
        path: where everything lies until then.
        sender: who sends; the other receives.
        game: which of `GAMES`.
        count: how many slots there are.
        issuer: whether tokens are drawn at a real one, which is then looked at as well.
    """
    played, slots, looks = GAMES[game], list[Slot](), list[object]()
    waiting: list[dict[Trait, object]] = []
    wanted, log = dict.fromkeys(sorted(played.who), count), ""
    if issuer:
        tokens, log = await drawn(path, played, wanted)
    else:
        path.mkdir()
        tokens = {name: [token(played.paid) for _ in range(count)] for name in wanted}
    OWNERS.update({one.spent_key: name for name, several in tokens.items() for one in several})
    clock, idle = DrivenClock(), played.other(sender)
    async with (
        running(path, generous(), clock) as world,
        Transport(Doors(URL(world.broker.url), URL(world.broker.url)), unasked) as transport,
    ):
        for number in range(1, count + 1):
            bodies = {name: played.sealed(name, idle) for name in (sender, idle)}
            made = {name: Posted.of(name, bodies[name], tokens[name].pop()) for name in bodies}
            slots.append((made[sender], made[idle]))
            waiting.append({})

            def look(when: str) -> None:
                said, about = while_waiting(path / "broker", when, slots[-1])
                looks.append(said)
                waiting[-1].update(about)

            # Every member has its place in the slot, whatever it has to say.
            cells = [(made[name], bodies[name]) for name in sorted(bodies)]
            await post(transport, played, cells, look)
            await publish(transport, played, number)
            look("whole")
            clock.set(NOW + 300 * number)
            await world.broker.close_slot()
            await read(world, played, number)
    disks = [path / program for program in ("broker", "issuer")[: 1 + issuer]]
    kept = [found_in(disk, slots) for disk in disks]
    for several in kept:
        for about, more in zip(waiting, several, strict=True):
            about.update(more)
    outlines = [outline(disk) for disk in disks]
    shutil.rmtree(path)
    return Left((outlines, looks, log, world.log.getvalue()), waiting)


async def read(world: World, game: Game, number: int) -> None:
    """Let both members read what is there."""
    for reader in sorted(game.who):
        target = f"/v1/boards/{game.board}/batches/{number}/cells/{game.cls}"
        assert (await world.read(reader, target)).status == 200


def unasked(method: str, target: str, _body: bytes) -> Never:
    """Refuse to prove who posts: nothing that goes up says that."""
    raise AssertionError(method, target)
