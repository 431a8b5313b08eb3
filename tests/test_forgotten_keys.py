"""On the lock the keys are gone from the memory of the process: its pages are read from outside.

The service is the real program. What is looked for is what whoever holds the slots file and the
passphrase can work out: the staff's store key, the key that opens their slot, the key of their
rows. The rows' key is there while it is unlocked, which shows that the search finds what is there.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from client.control import ControlClient
from keys.errors import Refusal
from keys.keystore import StaffSlots
from keys.rows import FIRST, GENERATION_BYTES
from keys.secretfile import read_secret
from keys.slots import SlotFile
from tests.parties import PASSPHRASE, STAFF, Party, leave, village
from tests.processes import now

MEMORY: Final = Path("/proc/self/mem")
_SECONDS: Final = 30


def held(pid: int, wanted: Mapping[str, bytes]) -> set[str]:
    """Return which of these bytes stand anywhere in what a process may write to."""
    at = Path(f"/proc/{pid}")
    found: set[str] = set()
    with (at / "mem").open("rb", 0) as memory:
        for line in (at / "maps").read_text("ascii").splitlines():
            where, rights = line.split()[:2]
            first, _, last = where.partition("-")
            if not rights.startswith("rw"):
                continue
            try:
                memory.seek(int(first, 16))
                page = memory.read(int(last, 16) - int(first, 16))
            except (OSError, ValueError, OverflowError):
                continue  # what the kernel keeps there for itself, or what has just gone
            found |= {name for name, octets in wanted.items() if octets in page}
    return found


@asynccontextmanager
async def running(party: Party) -> AsyncGenerator[tuple[int, ControlClient], None]:
    """Run the program's service at a member's, in a process of its own, until the block ends."""
    line = ("-m", "client", "--home", str(party.home.path), "service")
    process = await asyncio.create_subprocess_exec(sys.executable, *line)
    service = ControlClient(party.home.socket)
    try:
        async with asyncio.timeout(_SECONDS):
            while not await _answers(service):
                assert process.returncode is None
                await asyncio.sleep(0.1)
        yield process.pid, service
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), _SECONDS)


async def _answers(service: ControlClient) -> bool:
    try:
        await service.do("status", {})
    except Refusal:
        return False
    return True


@pytest.mark.skipif(not MEMORY.is_file(), reason="this system shows no memory of a process")
async def test_after_the_lock_no_key_of_the_staff_is_in_the_memory_of_the_service() -> None:
    """Unlocked, used and locked, twice; the process goes on all the while."""
    moment = now()
    async with village("granlia", start=moment) as (here, (party,)):
        await leave(here, party)
        store = StaffSlots(party.home.slots).unlock(STAFF, PASSPHRASE, moment)
        slot = SlotFile.decode(read_secret(party.home.slots)).find(STAFF)
        wanted = {
            "store": store.reveal(),
            "slot": bytes(slot.derive(PASSPHRASE)),
            "rows": store.derive("rows", FIRST.to_bytes(GENERATION_BYTES, "big")),
        }
        async with running(party) as (pid, service):
            assert held(pid, wanted) == set()
            for _ in range(2):
                await service.do("unlock", {"name": STAFF, "passphrase": PASSPHRASE})
                assert "rows" in held(pid, wanted)
                await service.do("log", {})
                await service.do("lock", {"everybody": True})
                assert held(pid, wanted) == set()
