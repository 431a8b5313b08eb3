"""Leaks planted in a member's own program: each acts when a cell leaves that is no dummy.

This file knows how a careless program could show that something leaves: once more, a byte longer,
late, on a connection that stays, with a word to the issuer, or with a knock at the door. Nothing
of a record is changed here, and no clock of whoever listens: what is heard is what a real program
said to a real broker, and when. It refuses to know how a leak is found.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Final, TypeAlias, cast

import pytest
from aiohttp import ServerDisconnectedError
from aiohttp.client_proto import ResponseHandler

from client.posting import NOBODY, Posting
from client.postman import Postman
from client.transport import Transport
from client.wallet import Portion, needed
from keys.address import CellClass
from keys.calendar import Day, Instant, week_of
from keys.errors import BrokerGone
from tests.listening import Ears
from tests.parties import Party
from tests.tap import Exchange

A_MILLISECOND: Final = 0.001
_SERIALS: Final = count(1_000)


@dataclass(eq=False)
class Plant:
    """A leak in one member's program.

    Attributes:
        cells: of which class each cell is with which it acted.
        standing: hangs up the connections that it left standing.
    """

    party: Party
    ears: Ears | None
    cells: list[CellClass] = field(default_factory=list[CellClass])
    standing: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])

    @property
    def transport(self) -> Transport:
        """The member's connections."""
        return self.party.service.office.transport


Post: TypeAlias = Callable[[], Awaitable[None]]
Leak: TypeAlias = Callable[[Plant, Post], Awaitable[None]]


async def nothing(_plant: Plant, post: Post) -> None:
    """Leak nothing: whoever planted it hears of the cells that leave."""
    await post()


async def again(plant: Plant, post: Post) -> None:
    """Post the cell once more, although it was acknowledged."""
    transport = plant.transport
    with pytest.MonkeyPatch.context() as patch:
        for name in ("post_cell", "post_large"):
            patch.setattr(transport, name, partial(_twice, getattr(transport, name)))
        await post()


async def _twice(posted: Callable[..., Awaitable[object]], *cell: object) -> object:
    try:
        await posted(*cell)
    finally:
        kept = await posted(*cell)
    return kept


async def longer(plant: Plant, post: Post) -> None:
    """Say one byte more in a header of each request."""
    said = plant.transport._writer.headers  # pyright: ignore[reportPrivateUsage]
    true = said["User-Agent"]
    said["User-Agent"] = f"{true}1"
    try:
        await post()
    finally:
        said["User-Agent"] = true


async def late(plant: Plant, post: Post) -> None:
    """Wait a millisecond by the member's clock before the cell leaves."""
    office = plant.party.service.office
    # Of no program in use: its clock knows whole seconds, and none waits for less.
    await office.sleep_until(cast("Instant", office.now + A_MILLISECOND))
    await post()


async def asking(plant: Plant, post: Post) -> None:
    """Ask the issuer for tokens, in place of the one that was spent."""
    office = plant.party.service.office
    machine = office.upkeep.machine
    assert machine is not None
    token_class = needed(office.me.role)[0]
    # More than any day holds: the issuer says no, and nobody lacks a token for this later.
    most = office.roster.schedule.quota(token_class) + 1
    portion = Portion(token_class, week_of(office.today), office.today, most)
    with suppress(BrokerGone):
        await office.wallet.withdraw(
            office.transport, office.roster, portion, next(_SERIALS), machine.certificate.encode()
        )
    await post()


async def knocking(plant: Plant, post: Post) -> None:
    """Open a connection and hang up, as a look at whether the broker is there."""
    assert plant.ears is not None
    door = plant.ears.broker.url
    _, writer = await asyncio.open_connection(door.host, door.port)
    writer.close()
    await writer.wait_closed()
    await post()


async def staying(plant: Plant, post: Post) -> None:
    """Leave the connections standing on which the cell went; `planted` hangs up in the end."""
    connector = plant.transport._writer.connector  # pyright: ignore[reportPrivateUsage]
    assert connector is not None
    with pytest.MonkeyPatch.context() as patch:
        loop = asyncio.get_running_loop()
        patch.setattr(connector, "_factory", lambda: _Staying(loop, plant.standing))
        await post()


class _Staying(ResponseHandler):
    """The member's end of a connection that it does not close, whatever the broker does."""

    def __init__(self, loop: asyncio.AbstractEventLoop, standing: list[Callable[[], None]]) -> None:
        super().__init__(loop)
        self._standing = standing

    def eof_received(self) -> bool:  # type: ignore[override]
        """Stay, although the broker has hung up; who still waits for its answer is told."""
        super().eof_received()
        self.set_exception(ServerDisconnectedError())
        return True

    def close(self) -> None:
        """Hang up one day."""
        self._standing.append(super().close)


LEAKS: Final[Mapping[Leak, frozenset[str]]] = MappingProxyType(
    {
        again: frozenset({"broker"}),
        longer: frozenset({"length"}),
        late: frozenset({"moment", "closed"}),
        staying: frozenset({"closed"}),
        asking: frozenset({"issuer"}),
        knocking: frozenset({"broker"}),
    }
)
"""Each leak, and in what the record of its line then differs: see `differences`."""


def differences(one: Sequence[Exchange], other: Sequence[Exchange]) -> set[str]:
    """Return in what two records differ: at which door something more is asked, or in what."""
    found: set[str] = set()
    for door in ("broker", "issuer"):
        here, there = ([each for each in line if each.door == door] for line in (one, other))
        if len(here) != len(there):
            found.add(door)
        else:
            found |= {
                name.name
                for mine, yours in zip(here, there, strict=True)
                for name in fields(Exchange)
                if getattr(mine, name.name) != getattr(yours, name.name)
            }
    return found


def differing(one: Sequence[Exchange], other: Sequence[Exchange]) -> str:
    """Return which exchanges stand in one record alone, for whoever reads of a failed test."""
    here, there = ([each for each in a if each not in b] for a, b in ((one, other), (other, one)))
    return "\n".join(["", *map(str, here), "and", *map(str, there)])


@contextmanager
def planted(
    party: Party, leak: Leak, ears: Ears | None = None, *, dummies: bool = False
) -> Generator[Plant]:
    """Plant a leak in a member's program until the block ends.

    Args:
        party: the member.
        leak: what it does.
        ears: who listens at its lines, for a leak that has to do with them.
        dummies: whether it acts with every cell, where no other leaves.
    """
    plant = Plant(party, ears)
    true = Postman.post

    async def post(
        self: Postman, transport: Transport, row: bytes, posting: Posting, *more: Day
    ) -> None:
        onward = partial(true, self, transport, row, posting, *more)
        if transport is not plant.transport or (posting.owner == NOBODY and not dummies):
            await onward()
        else:
            plant.cells.append(posting.cls)
            await leak(plant, onward)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Postman, "post", post)
        try:
            yield plant
        finally:
            for hang_up in plant.standing:
                hang_up()
