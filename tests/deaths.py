"""Letting a member act in a process of its own that kills itself after a step."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from client.home import Home
from keys.wire import Packable
from tests.parties import PASSPHRASE, STAFF
from tests.world import World

SCRIPT = Path(__file__).parent / "doomed_client.py"
Act: TypeAlias = tuple[str, Mapping[str, Packable]]
UNLOCK: Final[Act] = ("unlock", {"name": STAFF, "passphrase": PASSPHRASE})
TICK: Final[Act] = ("tick", {})


async def died(
    here: World, home: Home, doing: Sequence[Act], kill: str = "", nth: int = 1
) -> list[str]:
    """Act in a process that kills itself; return the steps of one that was to live."""
    told = {"home": str(home.path), "now": here.clock.now(), "acts": list(doing)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        json.dumps({**told, "kill": kill, "nth": nth}),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    expected = -signal.SIGKILL if kill else 0
    assert process.returncode == expected, err.decode() or out.decode()
    return out.decode().split()
