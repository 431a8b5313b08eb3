"""No token twice: two client processes, one broker process that is killed with -9, over HTTP."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from broker.sqlite import SqliteStore
from keys.checkpoint import records
from tests.brokers import CC_NOTE, token
from tests.cells import LATER, signer
from tests.processes import place, process, run, this_week
from tests.rival_client import note_of
from tests.stores import CENTRE

TREE: Final = Path(__file__).parents[1]
TOKENS: Final = 40
NAMES: Final = ("one", "two")
Heard = dict[str, dict[int, str]]


async def client(url: str, tokens: Path, name: str) -> Process:
    """Start a client as a process of its own."""
    command = (sys.executable, "-m", "tests.rival_client", url, str(tokens), name)
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, cwd=TREE)


async def both_post(url: str, tokens: Path, after_each: Callable[[int], None]) -> Heard:
    """Let both clients post with the same tokens; tell after each answer how many there were."""
    heard: Heard = {name: {} for name in NAMES}

    async def listen(name: str, started: Process) -> None:
        assert started.stdout is not None
        async for line in started.stdout:
            number, said = line.decode().split()
            heard[name][int(number)] = said
            after_each(sum(map(len, heard.values())))
        assert await started.wait() == 0

    clients = [await client(url, tokens, name) for name in NAMES]
    await asyncio.gather(*map(listen, NAMES, clients))
    return heard


def nothing(_count: int) -> None:
    """Let it go on."""


@pytest.mark.parametrize("answers", [1, 23, 61])
async def test_two_clients_and_a_killed_broker_spend_no_token_twice(
    tmp_path: Path, answers: int
) -> None:
    """Each token pays for one cell; what either client was told is kept stays kept."""
    config, tokens = place(tmp_path), tmp_path / "tokens"
    tokens.write_text("\n".join(token(CC_NOTE, this_week()).to_header() for _ in range(TOKENS)))
    with process("serve", config) as broker:

        def kill(count: int) -> None:
            if count == answers:
                broker.popen.kill()

        before = await both_post(broker.url, tokens, kill)
        assert broker.popen.wait(10) == -9
    assert answers <= sum(map(len, before.values())) < 2 * TOKENS
    with process("serve", config) as broker:
        after = await both_post(broker.url, tokens, nothing)
        assert broker.end()[0] == 0
    for number in range(TOKENS):
        said = {name: after[name][number] for name in NAMES}
        assert sorted(said.values()) == ["double_spend", "kept"], number
        for name in NAMES:  # a client that heard before hears the same again
            assert before[name].get(number, said[name]) == said[name]
    await assert_on_the_board(tmp_path, after)
    looked = await asyncio.to_thread(run, "check", "--config", config)
    assert looked.exit_code == 0, looked.output


async def assert_on_the_board(path: Path, heard: Heard) -> None:
    """Close the batches, and find on the board what was kept, each cell once, and nothing else."""
    store = await SqliteStore.open(path / "broker" / "store", "test.folge", signer("test.folge"))
    await store.close_batch(CENTRE, LATER)
    on_board = [
        record[1:]
        for batch in await store.batches(CENTRE, 0, 100)
        for record in records(await store.leaves(CENTRE, batch.number))
    ]
    await store.close()
    kept = [
        sha256(note_of(name, number)).digest()
        for name in NAMES
        for number, said in heard[name].items()
        if said == "kept"
    ]
    assert sorted(on_board) == sorted(kept)
    assert len(kept) == TOKENS
