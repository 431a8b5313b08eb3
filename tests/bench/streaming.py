"""How much memory broker and client hold while the largest class goes up and comes down, over HTTP.

`rows()` gives the table's lines; `python tests/bench/streaming.py` prints them. Broker and client
are processes of their own. Each tells its peak twice: once it is up and has spoken with the other,
and over the whole of one upload or one download. The kernel forgets the peak in between. The client
is the part that carries cells; sealing and opening have their own line among the blobs.
"""

import asyncio
import io
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from secrets import token_bytes
from time import perf_counter
from typing import IO, Final, NamedTuple

from yarl import URL

sys.path.insert(0, str(Path(__file__).parents[2]))  # run as a script, from anywhere

from broker.app import Broker
from client.boards import Cursor
from client.cells import CellFiles
from client.doors import Doors
from client.fetching import BlobFiles
from client.transport import Transport
from keys.address import CELL_BYTES, Board, CellClass, CellHash, TokenClass, WriterClass
from keys.proof import Asked, make
from keys.token import Challenge, IssuerSecret, Token, prepare
from tests import brokers
from tests.clock import DrivenClock
from tests.rosters import INSTANCE, NOW, identity

CLASS: Final = CellClass.XL256
KIND: Final = TokenClass(WriterClass.CC, CLASS)
BOARD: Final = Board.CENTRE
MEGA: Final = 1_000_000
_PIECE: Final = 1 << 20
_SECONDS: Final = 300


class Row(NamedTuple):
    """A line of the table."""

    what: str
    peak_mb: float
    more_mb: float
    """Above what the same process held when nothing went through it."""
    mb_per_second: float
    """Of the whole upload or download; 0 where nothing goes."""


def rows() -> list[Row]:
    """Send one cell of the largest class to a broker, and fetch it again."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place)
        with (path / "cell").open("wb") as file:
            for _ in range(CELL_BYTES[CLASS] // _PIECE):
                file.write(token_bytes(_PIECE))
            file.write(token_bytes(CELL_BYTES[CLASS] % _PIECE))
        with _process("--broker", path) as broker:
            url = _line(broker)
            with _process("--client", path, url) as client:
                return list(_measured(broker, client))


def _measured(broker: "_Process", client: "_Process") -> Generator[Row, None, None]:
    idle: dict[str, float] = {}
    for name, process in (("client", client), ("broker", broker)):
        idle[name] = _ask(process, "peak") / MEGA
        yield Row(f"{name}, nothing under way", idle[name], 0.0, 0.0)
    for word, what in (("up", "sending"), ("down", "fetching")):
        if word == "down":
            _ask(broker, "close")
        for process in (client, broker):
            _ask(process, "forget")
        seconds = _ask(client, word) / 1e6
        rate = CELL_BYTES[CLASS] / MEGA / seconds
        for name, process in (("client", client), ("broker", broker)):
            peak = _ask(process, "peak") / MEGA
            yield Row(f"{name}, {what} {CLASS}", peak, peak - idle[name], rate)


# ── The two processes ────────────────────────────────────────────────────────────────────────
_Process = subprocess.Popen[str]


@contextmanager
def _process(*words: str | Path) -> Generator[_Process, None, None]:
    command = [sys.executable, __file__, *map(str, words)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def _line(process: _Process) -> str:
    return _pipe(process.stdout).readline().strip()


def _ask(process: _Process, word: str) -> int:
    print(word, file=_pipe(process.stdin), flush=True)
    return int(_line(process))


def _peak() -> int:
    status = Path("/proc/self/status").read_text("ascii")
    kibi = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return kibi << 10


def _forget() -> int:
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return 0


async def _broker(path: Path) -> None:
    """Run a broker; each line of standard input is a word, answered with a number."""
    secret = IssuerSecret.generate()
    made = brokers.register().with_issuers({(KIND, brokers.WEEK): secret.public}, brokers.WEEK)
    settings = brokers.prepared(path, made)
    (path / "token").write_text(_token(secret).to_header(), "ascii")
    async with Broker(settings, DrivenClock(NOW), io.StringIO()) as broker:
        print(broker.url, flush=True)
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if word == "close":
                await broker.close_slot()
            print({"peak": _peak, "forget": _forget}.get(word, int)(), flush=True)


def _token(secret: IssuerSecret) -> Token:
    asked = prepare(secret.public, Challenge(INSTANCE, KIND, brokers.WEEK))
    return asked.finalize(secret.blind_sign(asked.blinded))


async def _client(path: Path, url: str) -> None:
    """Be one member's connections; as `_broker`."""

    def prove(method: str, target: str, digest: bytes) -> str:
        asked = Asked(INSTANCE, method, target, digest)
        member = identity("sor").public.member_id
        return make(brokers.machine("sor"), member, asked, NOW, token_bytes(16))

    token = Token.from_header((path / "token").read_text("ascii"))
    with (path / "cell").open("rb") as cell:
        wanted = CellHash(file_digest(cell, "sha256").digest())
    async with Transport(Doors(URL(url), URL(url)), prove) as transport:
        await transport.publish("cert", brokers.certificate("sor"))
        while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
            began = perf_counter()
            if word == "up":
                with (path / "cell").open("rb") as cell:
                    await transport.post_large(BOARD, CLASS, cell, token)
            if word == "down":
                await _fetch(transport, path, wanted)
            took = round((perf_counter() - began) * 1e6)
            told = {"peak": _peak, "forget": _forget}.get(word)
            print(took if told is None else told(), flush=True)


async def _fetch(transport: Transport, path: Path, wanted: CellHash) -> None:
    files = BlobFiles(transport, CellFiles(path / "cells"), lambda _done: None)
    cursor = Cursor(INSTANCE, BOARD, 1)
    kept, absent = await files.fetch(cursor, {CLASS: (wanted,)}, frozenset({wanted}))
    assert (len(kept), absent) == (1, 0)


def main(words: list[str]) -> None:
    """Print the table; with a word be one of the two processes."""
    if words:
        path = Path(words[1])
        run = _broker(path) if words[0] == "--broker" else _client(path, words[2])
        asyncio.run(asyncio.wait_for(run, _SECONDS))
        return
    for row in rows():
        rate = f"{row.mb_per_second:8.0f} MB/s" if row.mb_per_second else ""
        print(f"{row.what:<34}{row.peak_mb:8.0f} MB{row.more_mb:8.0f} MB more{rate}")


if __name__ == "__main__":
    main(sys.argv[1:])
