"""The cells of a slot leave before anything by which a member is known.

Whoever asks for tokens, tells keys or reads is known to the operator; whoever posts is not. A cell
that came later whenever its member asks first would be known by it, also behind a proxy. A day is
lived through behind taps at both doors, with every minute of the member's in it (design §§ 7, 8).
"""

from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest

from client.doors import Doors
from client.upkeep import Upkeep
from keys.address import Role
from keys.calendar import DAY_SECONDS, Day, Instant
from keys.identity import Identity
from tests.parties import join
from tests.tap import Exchange, tapped
from tests.world import PLACES, SLOT, world

SATURDAY = Instant(1_794_636_000)
CELL = "POST /v1/boards/"
KNOWN = ("POST /v1/tokens", "POST /v1/keys")


async def _day(path: Path) -> list[list[str]]:
    """Return what is asked in each slot of a day, in the order in which it is asked."""
    async with AsyncExitStack() as stack:
        # A slot a tick: the clock by which the taps note a request only counts them.
        here = await stack.enter_async_context(world(path, start=SATURDAY, weeks=2, step=SLOT))
        now = count().__next__
        broker, issuer = [
            await stack.enter_async_context(tapped(door, now))
            for door in (here.doors.broker, here.doors.issuer)
        ]
        here.enrol(PLACES["innlandet"], Identity.generate())
        doors = Doors(broker.url, issuer.url)
        party = await join(here, "granlia", home="innlandet", doors=doors)
        stack.push_async_callback(party.service.close)
        await here.publish()
        await here.tick(3)
        slots: list[list[str]] = []
        for _ in range(DAY_SECONDS // SLOT):
            for tap in (broker, issuer):
                tap.mark()
            await here.tick()
            heard: list[Exchange] = [*broker.exchanges(), *issuer.exchanges()]
            slots.append([one.request for one in sorted(heard, key=lambda one: one.moment)])
        return slots


def _late(slots: list[list[str]]) -> list[int]:
    """Return the slots in which something was asked before the last cell had left."""
    found: list[int] = []
    for at, asked in enumerate(slots):
        cells = [one.startswith(CELL) for one in asked]
        assert any(cells)
        if not all(cells[: sum(cells)]):
            found.append(at)
    return found


@pytest.mark.asyncio
async def test_cells_leave_before_anybody_is_known(tmp_path: Path) -> None:
    """Also in the slots in which tokens are asked for and keys are told, which there are."""
    slots = await _day(tmp_path)
    assert _late(slots) == []
    for known in KNOWN:
        assert any(one.startswith(known) for asked in slots for one in asked), known


@pytest.mark.asyncio
async def test_who_asks_first_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of before: the roster, the keys and the tokens, and then the cells."""

    async def _no_token_yet(_upkeep: Upkeep, _role: Role, _today: Day) -> bool:
        return False

    monkeypatch.setattr(Upkeep, "stocked", _no_token_yet)
    slots = await _day(tmp_path)
    assert len(_late(slots)) == len(slots)
