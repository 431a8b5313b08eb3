"""A tap on the line between a member and the broker: it passes everything on and writes it down.

It stands where a network stands, and sees what a network sees before TLS hides it from all but the
broker: connections, requests and answers, in their order, with every byte.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from yarl import URL

_PIECE: Final = 1 << 16
_HEAD: Final = b"\r\n\r\n"


@dataclass(eq=False, slots=True)
class Line:
    """One connection: what went up and what came down, and when each piece of the first began."""

    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    moments: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])


_CURSOR: Final = re.compile(r"/v1/keys\?after=\d+")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as whoever listens can describe them.

    Attributes:
        connection: which of the connections since the mark, counted from 0.
        request: method, target and version.
        names: the names of the request's headers, in their order.
        length: of the request, head and body.
        status: of the answer.
        answer: length of the answer, head and body.
        moment: what the clock said when the request began, in seconds; 0 without a clock.
    """

    connection: int
    request: str
    names: tuple[str, ...]
    length: int
    status: int
    answer: int
    moment: float = 0

    def without_news(self) -> "Exchange":
        """Return it without how far the keys board had come: a cursor, and the length of a page.

        Members that tell their keys in one slot tell them one after another. Who asks a moment
        later hears more, whatever either has done; what each asks is the same.
        """
        asked, after = _CURSOR.subn("/v1/keys?after=…", self.request)
        if not after:
            return self
        shorter = len(self.request) - len(asked)
        return replace(self, request=asked, length=self.length - shorter, answer=0)


class Tap:
    """Listens in on one door. Use `tapped`."""

    def __init__(self, door: URL, now: Callable[[], float]) -> None:
        self._door = door
        self._now = now
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.lines: list[Line] = []
        self.url = door

    def mark(self) -> None:
        """Forget what was heard; connections that stand open go on as new ones."""
        kept = [line for line in self.lines if line in self._open]
        for line in kept:
            line.up.clear()
            line.down.clear()
            line.moments.clear()
        self.lines = kept

    def halt(self) -> None:
        """Let nothing go up any more: the line stands, and nobody hangs up."""
        self._flows.clear()

    def flow(self) -> None:
        """Let it go up again, from where it stood."""
        self._flows.set()

    @property
    def octets(self) -> bytes:
        """Every byte since the mark."""
        return b"".join(bytes(line.up) + bytes(line.down) for line in self.lines)

    def exchanges(self) -> list[Exchange]:
        """Return the requests and answers since the mark, connection by connection."""
        heard = [line for line in self.lines if line.up]
        return [one for number, line in enumerate(heard) for one in _exchanges(number, line)]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        line = Line()
        self.lines.append(line)
        self._open.add(line)
        try:
            assert self._door.host is not None
            there, back = await asyncio.open_connection(self._door.host, self._door.port)
            try:
                async with asyncio.TaskGroup() as group:
                    up = _pass_on(reader, back, line.up, self._heard(line), self._flows)
                    group.create_task(up)
                    group.create_task(_pass_on(there, writer, line.down, _unheard))
            finally:
                back.close()
        except* OSError:
            pass  # the broker is away, or somebody hung up
        finally:
            writer.close()
            self._open.discard(line)
            self._tasks.discard(task)

    def _heard(self, line: Line) -> Callable[[], None]:
        return lambda: line.moments.append((len(line.up), self._now()))

    async def start(self) -> None:
        """Begin to listen."""
        self._open: set[Line] = set()
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = self._door.with_port(port)

    async def stop(self) -> None:
        """Hang up."""
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()


@asynccontextmanager
async def tapped(door: URL, now: Callable[[], float] = lambda: 0) -> AsyncGenerator[Tap, None]:
    """Listen in on a door until the block ends; members are given the tap's `url` instead.

    Args:
        door: where it passes everything on to.
        now: the clock by which it notes when a request begins.
    """
    tap = Tap(door, now)
    await tap.start()
    try:
        yield tap
    finally:
        await tap.stop()


async def _pass_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    heard: bytearray,
    tell: Callable[[], None],
    flows: asyncio.Event | None = None,
) -> None:
    while piece := await reader.read(_PIECE):
        if flows is not None:
            await flows.wait()
        tell()
        heard += piece
        writer.write(piece)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def _unheard() -> None:
    """Note nothing: an answer comes when the broker likes."""


def _exchanges(connection: int, line: Line) -> list[Exchange]:
    requests, answers = _messages(bytes(line.up)), _messages(bytes(line.down))
    begins = [sum(length for _, _, length in requests[:at]) for at in range(len(requests))]
    moments = [[when for at, when in line.moments if at <= begin][-1] for begin in begins]
    return [
        Exchange(
            connection,
            first,
            names,
            length,
            int(answer.split(" ")[1]),
            size,
            moment,
        )
        for (first, names, length), (answer, _, size), moment in zip(
            requests, answers, moments, strict=True
        )
    ]


def _messages(octets: bytes) -> list[tuple[str, tuple[str, ...], int]]:
    """Cut one direction into messages: first line, header names and length of each."""
    found: list[tuple[str, tuple[str, ...], int]] = []
    at = 0
    while at < len(octets):
        end = octets.index(_HEAD, at) + len(_HEAD)
        first, *rest = octets[at:end].decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = [one.partition(": ") for one in rest]
        body = next((int(value) for name, _, value in headers if name == "Content-Length"), 0)
        found.append((first, tuple(name for name, _, _ in headers), end + body - at))
        at = end + body
    return found
