"""The local door: a Unix socket that only this member's own user may open.

This file knows frames and who stands behind a connection. It refuses to know what the verbs do,
and to listen on any network.

A request is `["do", 1, verb, {…}]`; the answers are any number of
`["progress", 1, msgid, done, total]` and then `["done", 1, {…}]` or
`["refusal", 1, code, sent, {facts}]`, each a strict msgpack value behind its length as a u32.
"""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from client.refusals import ServiceFault, ServiceGone
from keys.errors import BadSettings, BrokerFault, OverLong, Refusal, Sent, WrongShape, by_code
from keys.wire import Fields, Packable, Value, pack, unpack

Answer: TypeAlias = Mapping[str, Packable]
Tell: TypeAlias = Callable[[str, int, int], None]
"""Told a message id, how much is done and how much there is."""
Handler: TypeAlias = Callable[[str, Mapping[str, Value], Tell], Awaitable[Answer]]

LIMIT: Final = 4 << 20
"""The longest frame in bytes: a case file with room to spare."""
_LENGTH: Final = 4
_LONGEST_PATH: Final = 107  # what Linux takes (unix(7)), without the closing zero
_PEER: Final = struct.Struct("3i")
_VERB: Final = 40
_QUEUE: Final = 64
_log: Final = logging.getLogger("folge")


def say_nothing(_msgid: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


class ControlServer:
    """Listens for this user's commands.

    Args:
        path: of the socket; its directory is the user's alone.
        handle: carries out a verb.
    """

    def __init__(self, path: Path, handle: Handler) -> None:
        self._path = path
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen, in place of a socket that a killed service left.

        Raises:
            BadSettings: the directory's path is too long for a socket in it.
        """
        if len(os.fsencode(self._path)) > _LONGEST_PATH:
            raise BadSettings(field="home")
        self._path.unlink(missing_ok=True)
        old = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._connected, path=self._path)
        finally:
            os.umask(old)

    async def close(self) -> None:
        """Stop listening and end what is under way."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        try:
            if _same_user(writer):
                await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the command line went away; what it asked for is done or durable
        except asyncio.CancelledError:
            writer.transport.abort()  # a service that stops waits for nobody to read
            raise
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            if task is not None:
                self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._carried_out(await read_frame(reader), writer)
        except Refusal as refusal:
            answer = _refused(refusal)
        except (ConnectionError, asyncio.IncompleteReadError):
            raise
        except Exception as fault:  # noqa: BLE001 - a fault of ours may quote a case in its trace
            _log.error("a verb failed: %s", type(fault).__name__)
            answer = _refused(ServiceFault(sent=Sent.MAYBE))
        await write_frame(writer, answer)

    async def _carried_out(self, frame: bytes, writer: asyncio.StreamWriter) -> bytes:
        fields = Fields.decode(frame, "do", limit=LIMIT)
        verb = fields.text("verb", most=_VERB)
        arguments = fields.mapping("arguments")
        fields.end()
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[bytes] = asyncio.Queue(_QUEUE)

        def put(frame: bytes) -> None:
            if not told.full():
                told.put_nowait(frame)

        def tell(msgid: str, done: int, total: int) -> None:
            # Sealing and opening tell it from a thread of their own.
            loop.call_soon_threadsafe(put, pack(["progress", 1, msgid, done, total]))

        async def pump() -> None:
            while True:
                await write_frame(writer, await told.get())

        pumping = asyncio.create_task(pump())
        try:
            done = await self._handle(verb, arguments, tell)
        finally:
            # Nobody may be reading any more: what is done does not wait for what is told.
            pumping.cancel()
            await asyncio.gather(pumping, return_exceptions=True)
        while not told.empty():
            await write_frame(writer, told.get_nowait())
        return pack(["done", 1, dict(done)])


def _refused(refusal: Refusal) -> bytes:
    facts: dict[str, Packable] = dict(refusal.facts)
    return pack(["refusal", 1, refusal.code, refusal.sent.value, facts])


def _same_user(writer: asyncio.StreamWriter) -> bool:
    """Ask the kernel who stands behind the connection."""
    sock: socket.socket = writer.get_extra_info("socket")
    _, uid, _ = _PEER.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return bool(uid == os.geteuid())


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """Read one frame.

    Raises:
        OverLong: it is longer than `LIMIT`.
    """
    length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
    if length > LIMIT:
        raise OverLong(limit=LIMIT)
    return await reader.readexactly(length)


async def write_frame(writer: asyncio.StreamWriter, frame: bytes) -> None:
    """Write one frame.

    Raises:
        OverLong: it is longer than `LIMIT`; nothing was written.
    """
    writer.write(len(_checked(frame)).to_bytes(_LENGTH, "big") + frame)
    await writer.drain()


def _checked(frame: bytes) -> bytes:
    if len(frame) > LIMIT:
        raise OverLong(limit=LIMIT)
    return frame


class ControlClient:
    """Talks to the service of this user, one command a connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def do(
        self, verb: str, arguments: Mapping[str, Packable], tell: Tell = say_nothing
    ) -> Mapping[str, Value]:
        """Have a verb carried out.

        Raises:
            OverLong: it is more than a request may be; nothing was asked.
            ServiceGone: no service runs for this user.
            Refusal: what the service answered.
        """
        asked = _checked(pack(["do", 1, verb, dict(arguments)]))
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            raise ServiceGone from None
        try:
            await write_frame(writer, asked)
            while True:
                found = _answered(await read_frame(reader), tell)
                if found is not None:
                    return found
        except (ConnectionError, asyncio.IncompleteReadError):
            raise ServiceGone(sent=Sent.MAYBE) from None
        finally:
            writer.close()


def _answered(frame: bytes, tell: Tell) -> Mapping[str, Value] | None:
    value = unpack(frame, limit=LIMIT)
    match value:
        case ["progress", 1, str(msgid), int(done), int(total)]:
            tell(msgid, done, total)
            return None
        case ["done", 1, dict(answer)]:
            return answer
        case ["refusal", 1, str(code), str(sent), dict(facts)]:
            raise _refusal(code, sent, facts)
        case _:
            raise WrongShape(field="control")


def _refusal(code: str, sent: str, facts: Mapping[str, Value]) -> Refusal:
    leaf = by_code(code)
    if leaf is None:
        return BrokerFault()
    kept = {name: value for name, value in facts.items() if isinstance(value, int | str)}
    return leaf(sent=Sent(sent), **kept)
