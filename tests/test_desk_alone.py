"""One desk at a time, and none for other PCs before the machine has a name for them."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from client.alone import only_desk
from client.home import Home
from client.refusals import DeskRunning, NoDeskHost
from keys.words import Words
from tests.parties import Party, village
from tests.program import in_process

WORDS = Words("client")


async def _desk(party: Party) -> tuple[asyncio.subprocess.Process, str]:
    """Run `folge desk` as a process of its own; return it, and the first line that it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "client", "--home", str(party.home.path)),
        *("desk", "--no-browser"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return process, (await process.stdout.readline()).decode().strip()


@pytest.mark.asyncio
async def test_a_second_desk_is_refused_and_one_that_was_killed_hinders_nobody() -> None:
    """It says what to do; after `kill -9` the next desk opens, whatever file is left."""
    async with village("granlia") as (_, (party,)):
        first, said = await _desk(party)
        assert said == WORDS.say("web.opened")
        second, said = await _desk(party)
        assert await second.wait() == 4
        assert said.startswith(WORDS.say("refusal.desk_running.what"))
        first.send_signal(signal.SIGKILL)
        await first.wait()
        assert party.home.desk_lock.exists()
        third, said = await _desk(party)
        assert said == WORDS.say("web.opened")
        third.send_signal(signal.SIGTERM)
        assert await third.wait() == 0
        await _has_no_name(party)


async def _has_no_name(party: Party) -> None:
    """Show that a desk for other PCs wants a name, and an address of this machine."""
    with pytest.raises(NoDeskHost):
        await party.do("pcs served")
    ended = await in_process(party, "desk", "--listen", "127.0.0.1:0")
    assert WORDS.say("refusal.no_desk_host.do") in ended.err
    for wrong in ("443", "granlia:443", "1.2.3.4:99999", "999.1.1.1:443"):
        ended = await in_process(party, "desk", "--listen", wrong)
        assert WORDS.say("refusal.bad_settings.what") in ended.err, ended.said


def test_the_lock_goes_with_the_process_and_not_with_the_file(tmp_path: Path) -> None:
    """While it is held a second is refused; what stands in the file means nothing."""
    home = Home(tmp_path / "hjem")
    home.make()
    home.desk_lock.write_text(str(os.getpid()), "ascii")
    with only_desk(home):
        with pytest.raises(DeskRunning), only_desk(home):
            pass
        assert home.desk_lock.exists()
    with only_desk(home):
        pass
