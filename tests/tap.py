"""A tap on the line between a member and the broker: it passes everything on and writes it down.

It stands where a network stands, and sees what a network sees before TLS hides it from all but the
broker: connections, requests and answers, in their order, with every byte.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from yarl import URL

_PIECE: Final = 1 << 16
_HEAD: Final = b"\r\n\r\n"
_TURNS: Final = 30
"""Turns of the loop in which what a socket has is read: more than enough, and they cost nothing."""


_Message: TypeAlias = tuple[str, tuple[str, ...], int]


class Side(StrEnum):
    """Who closed a connection."""

    MEMBER = "member"
    DOOR = "door"


class _When(NamedTuple):
    """Which of all that happened at this door something was, and what the clock said."""

    order: int
    moment: float


class _Piece(NamedTuple):
    """Where in what went up a piece began, and when it came."""

    begin: int
    when: _When


@dataclass(eq=False, slots=True)
class Line:
    """One connection: what went up and what came down, when each piece came, and its two ends."""

    opened: _When | None
    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)
    pieces: list[_Piece] = field(default_factory=list[_Piece])
    closed: dict[Side, _When] = field(default_factory=dict["Side", _When])

    @property
    def heard(self) -> bool:
        """Whether anything happened on it: it was opened or closed, or something went up."""
        return bool(self.up) or self.opened is not None or bool(self.closed)


_LENGTH: Final = re.compile(rb"\r\nContent-Length: (\d+)\r\n")
_CURSOR: Final = re.compile(r"/v1/keys\?after=\d+")


@dataclass(frozen=True, slots=True)
class Closed:
    """One end of a connection was closed.

    Attributes:
        by: which side did it.
        moment: what the clock said.
        after: how many requests had begun at this door before, on whichever connection.
    """

    by: Side
    moment: float
    after: int


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
        closed: with the last request of a connection: who closed it, and who did afterwards. Only
            `trace` says it.
        door: at which door, where a member has two.
    """

    connection: int
    request: str
    names: tuple[str, ...]
    length: int
    status: int
    answer: int
    moment: float = 0
    closed: tuple[Closed, ...] = ()
    door: str = ""

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
        self._order = 0
        self._cuts = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()
        self.lines: list[Line] = []
        self.url = door

    def mark(self) -> None:
        """Forget what was heard; connections that stand open go on as new ones."""
        kept = [line for line in self._open if not line.closed]
        for line in kept:
            line.opened = None
            line.up.clear()
            line.down.clear()
            line.pieces.clear()
        self.lines = kept

    async def settle(self) -> None:
        """See that a connection which was closed a moment ago is heard to be closed."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    def cut(self) -> None:
        """Hang up on each request once it has been made, and pass it on to nobody."""
        self._cuts = True

    def halt(self) -> None:
        """Let nothing go up any more: the line stands, and nobody hangs up."""
        self._flows.clear()

    def flow(self) -> None:
        """Let it go up again, from where it stood."""
        self._cuts = False
        self._flows.set()

    @property
    def octets(self) -> bytes:
        """Every byte since the mark."""
        return b"".join(bytes(line.up) + bytes(line.down) for line in self.lines)

    def exchanges(self) -> list[Exchange]:
        """Return the requests and answers since the mark, connection by connection."""
        heard = [line for line in self.lines if line.up]
        return [one for number, line in enumerate(heard) for one in _exchanges(number, line)]

    async def trace(self) -> list[Exchange]:
        """Return the exchanges since the mark with how each connection ended.

        A connection on which nothing was asked is one too, with an empty request: a door that is
        away is knocked at, and whoever listens counts how often.
        """
        await self.settle()
        heard = [line for line in self.lines if line.heard]
        began = [one for line in heard for one in _begins(line)]
        found: list[Exchange] = []
        for number, line in enumerate(heard):
            said = _exchanges(number, line) or [_silent(number, line)]
            ends = tuple(
                Closed(by, when.moment, sum(one < when for one in began))
                for by, when in line.closed.items()
            )
            found += [*said[:-1], replace(said[-1], closed=ends)]
        return found

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        line = Line(self._when())
        self.lines.append(line)
        self._open[line] = None
        try:
            assert self._door.host is not None
            try:
                there, back = await asyncio.open_connection(self._door.host, self._door.port)
            except OSError:
                await self._hung_up(line, reader, writer)  # the broker is away
                return
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._up(line, reader, back, writer))
                    group.create_task(self._down(line, there, writer))
            finally:
                back.close()
        except* OSError:
            pass  # somebody hung up
        finally:
            writer.close()
            self._open.pop(line, None)
            self._tasks.discard(task)

    async def _hung_up(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Hang up on a member, and hear when it does so too."""
        self._ended(line, Side.DOOR)
        _end(writer)
        async for _ in _pieces(reader, lambda: self._ended(line, Side.MEMBER)):
            pass

    async def _up(
        self,
        line: Line,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        member: asyncio.StreamWriter,
    ) -> None:
        async for piece in _pieces(reader, lambda: self._ended(line, Side.MEMBER)):
            await self._flows.wait()
            line.pieces.append(_Piece(len(line.up), self._when()))
            line.up += piece
            if not self._cuts:
                await _passed_on(writer, piece)
            elif _whole(bytes(line.up)):
                await self._hung_up(line, reader, member)
        _end(writer)

    async def _down(
        self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async for piece in _pieces(reader, lambda: self._ended(line, Side.DOOR)):
            line.down += piece
            await _passed_on(writer, piece)
        _end(writer)

    def _ended(self, line: Line, by: Side) -> None:
        line.closed.setdefault(by, self._when())

    def _when(self) -> _When:
        self._order += 1
        return _When(self._order, self._now())

    async def start(self) -> None:
        """Begin to listen."""
        self._open: dict[Line, None] = {}  # in the order in which they came
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


async def _pieces(
    reader: asyncio.StreamReader, ended: Callable[[], None]
) -> AsyncGenerator[bytes, None]:
    """Yield what comes, and tell when its sender hangs up, politely or not."""
    try:
        while piece := await reader.read(_PIECE):
            yield piece
    except OSError:
        ended()
        raise
    ended()


async def _passed_on(writer: asyncio.StreamWriter, piece: bytes) -> None:
    writer.write(piece)
    await writer.drain()


def _end(writer: asyncio.StreamWriter) -> None:
    if writer.can_write_eof():
        writer.write_eof()


def _whole(octets: bytes) -> bool:
    """Whether the last request has come to its end."""
    *_, (_, _, length) = _messages(octets)
    last = octets[-length:]
    _, end, body = last.partition(_HEAD)
    return bool(end) and len(body) == _body(last.removesuffix(body))


def _begins(line: Line) -> list[_When]:
    """Return when each request of a connection began."""
    begins, at = list[_When](), 0
    for _, _, length in _messages(bytes(line.up)):
        begins.append([when for begin, when in line.pieces if begin <= at][-1])
        at += length
    return begins


def _silent(connection: int, line: Line) -> Exchange:
    """Return what a connection is on which nothing was asked."""
    moment = 0 if line.opened is None else line.opened.moment
    return Exchange(connection, "", (), 0, 0, 0, moment)


def _exchanges(connection: int, line: Line) -> list[Exchange]:
    requests, answers = _messages(bytes(line.up)), _messages(bytes(line.down))
    moments = [when.moment for when in _begins(line)]
    unanswered = [("HTTP/1.1 0", (), 0)] * (len(requests) - len(answers))
    return [
        Exchange(connection, first, names, length, int(answer.split(" ")[1]), size, moment)
        for (first, names, length), (answer, _, size), moment in zip(
            requests, [*answers, *unanswered], moments, strict=True
        )
    ]


def _messages(octets: bytes) -> list[_Message]:
    """Cut one direction into messages: first line, header names and length of each.

    The last may have been cut off with its connection, in its head or in its body.
    """
    found: list[_Message] = []
    at = 0
    while at < len(octets):
        end = octets.find(_HEAD, at)
        end = len(octets) if end < 0 else end + len(_HEAD)
        first, *rest = octets[at:end].decode("latin-1").rstrip("\r\n").split("\r\n")
        names = tuple(one.partition(": ")[0] for one in rest)
        until = min(end + _body(octets[at:end]), len(octets))
        found.append((first, names, until - at))
        at = until
    return found


def _body(head: bytes) -> int:
    """Return how long the body is, as its head says."""
    said = _LENGTH.search(head)
    return int(said[1]) if said else 0
