"""Letting a member act in a process of its own that kills itself after a step."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from client.home import Home
from keys.wire import Packable
from tests import acts
from tests.lookout import Lookout
from tests.parties import PASSPHRASE, STAFF, Party, leave
from tests.world import World

SCRIPT: Final = Path(__file__).parent / "doomed_client.py"
Act: TypeAlias = tuple[str, Mapping[str, Packable]]
UNLOCK: Final[Act] = ("unlock", {"name": STAFF, "passphrase": PASSPHRASE})
TICK: Final[Act] = ("tick", {})
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Mortals:
    """The process whose children live and die; make it with `mortals`."""

    process: asyncio.subprocess.Process

    async def died(
        self, here: World, home: Home, doing: Sequence[Act], kill: str = "", nth: int = 1
    ) -> list[str]:
        """Act in a process that kills itself; return the steps of one that was to live.

        Args:
            here: the world, for the time.
            home: the member's directory, which no other process uses now.
            doing: what it does.
            kill: the durable step after which it dies; it lives when there is none.
            nth: how often that step must have come.
        """
        told = {"home": str(home.path), "now": here.clock.now(), "acts": list(doing)}
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({**told, "kill": kill, "nth": nth}).encode() + b"\n")
        await stdin.drain()
        status, steps = json.loads(await asyncio.wait_for(stdout.readline(), _SECONDS))
        assert status == (-signal.SIGKILL if kill else 0)
        return [str(step) for step in steps]


@asynccontextmanager
async def mortals() -> AsyncGenerator[Mortals, None]:
    """Have a process ready whose children can be killed, until the block ends."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), stdin=pipe, stdout=pipe
    )
    try:
        yield Mortals(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.wait(), _SECONDS)


@dataclass(eq=False)
class Desks:
    """Two centres; either may be taken out of this process and killed in one of its own."""

    here: World
    sender: Party
    centre: Party
    mortals: Mortals
    names: int = 500
    counted: tuple[int, int] = (0, 0)
    """The spent tokens and the cells when they were counted last."""

    def name(self) -> str:
        """Return a code name that no other story has."""
        self.names += 1
        return f"DREP-{self.names}"

    async def written(self) -> str:
        """Write a case that may be sent; return its code name."""
        return await acts.ready(self.here, self.sender, acts.sample("GRAN-427", name=self.name()))

    async def doomed(
        self, party: Party, doing: Sequence[Act], kill: str = "", nth: int = 1
    ) -> list[str]:
        """Let a member act in a process of its own, and die there; return the steps if it lived.

        Afterwards the member's service runs here again, with its staff lock open.
        """
        await leave(self.here, party)
        try:
            steps = await self.mortals.died(self.here, party.home, doing, kill, nth)
        finally:
            again = await party.again(self.here)
            party.service = again.service
            self.here.services[party.home.path.name] = again.service
            await party.unlock()
        return steps

    async def sound(self) -> None:
        """Accept when nobody was alarmed, nothing was refused, and each token paid one cell."""
        for party in (self.sender, self.centre):
            status = await party.do("status")
            assert (status["alarms"], status["refused"]) == ([], 0), status
            assert not party.service.health.refusals
        await self.here.close_slot()
        lookout = Lookout(self.here)
        spent, cells = lookout.spent(), sum(lookout.cells().values())
        before = self.counted
        if spent >= before[0]:  # else the broker has forgotten the tokens of a week that is over
            assert spent - before[0] == cells - before[1]
        self.counted = (spent, cells)
