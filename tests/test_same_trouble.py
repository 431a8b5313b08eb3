"""A broker that fails makes nobody look different: not whom it refuses, cuts off or leaves unread.

Two centres stand at the same failing broker, each behind a tap. One has a case in line, the other
nothing. Whatever the broker refuses, both try as often, with the same lengths and connections (P2).
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import pytest
import pytest_asyncio

from client.doors import Doors
from client.lanes import Lane
from client.riding import MakeDummy, Rider
from client.transport import Transport
from keys.address import CellClass
from keys.calendar import Day
from keys.errors import Refusal
from keys.identity import Identity
from tests import acts
from tests.bent import (
    BEGIN,
    NOTE,
    PIECE,
    READ,
    ROSTER,
    Failing,
    Line,
    bad_token,
    bent_line,
    broken,
    busy,
    full,
)
from tests.listening import Listeners, lasting
from tests.parties import Party, join
from tests.tap import Exchange
from tests.watched import HOME, SATURDAY, overheard
from tests.world import PLACES, SLOT, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKENS = MappingProxyType({CellClass.S: 26, CellClass.M: 13, CellClass.XL64: 0, CellClass.XL256: 0})
LANES: Final = (SLOT, 2 * SLOT)
"""A blob of each class in every tick, which is two slots."""
_names: Final = count(601)


TROUBLE: Final[tuple[tuple[str, tuple[tuple[str, Failing], ...]], ...]] = (
    ("busy for notes", ((NOTE, busy),)),
    ("busy for all cells", ((NOTE, busy), (BEGIN, busy), (PIECE, busy))),
    ("tokens that are good are called bad", ((NOTE, bad_token), (BEGIN, bad_token))),
    ("uploads that are cut", ((PIECE, None),)),
    ("notes that are cut", ((NOTE, None),)),
    ("no answer that is one", ((NOTE, broken), (BEGIN, broken), (READ, broken))),
    ("a full disk in the middle of an upload", ((PIECE, full),)),
    ("nothing is read, and no roster", ((READ, busy), (ROSTER, broken))),
)


@dataclass(frozen=True, slots=True)
class Troubled:
    """One that has something waiting and one that has not, at lines that fail alike."""

    here: World
    sender: Party
    idle: Party
    listeners: Listeners
    lines: tuple[Line, Line]

    def fail(self, *fails: tuple[str, Failing]) -> None:
        """Let both lines fail in these ways from now on, or in none."""
        for line in self.lines:
            line.fails[:] = fails

    async def slot(self) -> tuple[list[Exchange], list[Exchange]]:
        """Let a slot pass; return what was heard at the sender's line and at the idle one's."""
        heard = await self.listeners.during(self.here.tick)
        return heard[self.sender.place.key], heard[self.idle.place.key]

    async def same(self, slots: int) -> None:
        """Let slots pass in which both lines must look the same."""
        for _ in range(slots):
            sender, idle = await self.slot()
            assert sender == idle
            assert any(one.request.startswith("POST /v1/boards/") for one in idle)

    async def waiting(self) -> None:
        """Put a case to the third centre in line."""
        name = f"TUNG-{next(_names)}"
        made = await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=name))
        await self.sender.do("send", code_name=made, agreed_by_phone="duty")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def troubled() -> AsyncGenerator[Troubled, None]:
    """Three centres that came up together; the third is there to be sent to."""
    async with AsyncExitStack() as stack:
        stack.enter_context(lasting())
        path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
        here = await stack.enter_async_context(
            world(path, start=SATURDAY, weeks=2, lanes=LANES, blobs=TOKENS, step=2 * SLOT)
        )
        here.enrol(PLACES[HOME], Identity.generate())
        listeners, lines, found = Listeners(), list[Line](), list[Party]()
        for key in ("granlia", "skjargarden"):
            lines.append(await stack.enter_async_context(bent_line(here.doors.broker)))
            doors = Doors(lines[-1].url, here.doors.issuer)
            party = await stack.enter_async_context(overheard(here, listeners, key, doors))
            found.append(party)
        receiver = await join(here, "fjordglott", home=HOME)
        stack.push_async_callback(receiver.service.close)
        await here.publish()
        await here.tick(3)
        yield Troubled(here, found[0], found[1], listeners, (lines[0], lines[1]))


@pytest.mark.parametrize(("what", "fails"), TROUBLE, ids=[what for what, _ in TROUBLE])
async def test_a_failing_broker_learns_nothing(
    troubled: Troubled, what: str, fails: tuple[tuple[str, Failing], ...]
) -> None:
    """A case waits at one of the two: two slots of trouble and three after look the same."""
    before = [line.bent for line in troubled.lines]
    await troubled.waiting()
    troubled.fail(*fails)
    await troubled.same(2)
    met = [line.bent - was for line, was in zip(troubled.lines, before, strict=True)]
    assert met[0] == met[1] > 0, what
    troubled.fail()
    await troubled.same(3)


async def test_one_more_try_for_what_is_real_is_found(
    troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The leak that is planted: what was refused is tried once more where something real waited."""
    await troubled.waiting()
    troubled.fail((NOTE, busy))
    first = Rider.tick

    async def eager(
        rider: Rider, transport: Transport, today: Day, due: Collection[Lane], dummy: MakeDummy
    ) -> tuple[Refusal, ...]:
        refused = await first(rider, transport, today, due, dummy)
        async with rider._ledger.reading() as rows:
            waits = await rider._line.lanes(rows)
        return await first(rider, transport, today, due, dummy) if waits else refused

    monkeypatch.setattr(Rider, "tick", eager)
    sender, idle = await troubled.slot()
    troubled.fail()
    assert len(sender) > len(idle)
