"""An HTTP CONNECT proxy in a process of its own: it carries tunnels, and says what it saw.

Run as `python -m tests.connectproxy NAME=PORT ...` it listens on loopback, prints its address, and
takes everything for NAME to that port here; nobody else knows where NAME is. A line on its standard
input is an order: `mark` begins anew, `tell` prints what was seen since, `wait 2` waits until two
connections have ended, and `answer 407` says so to everybody from now on. It ends with its standard
input, or by the clock.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Final

from yarl import URL

OPEN: Final = 200
_SECONDS: Final = 900
_PIECE: Final = 1 << 16
_HEAD: Final = b"\r\n\r\n"
_RECORD: Final = 5
_PROTECTED: Final = 23
_ALERT: Final = 2 + 1 + 16
"""Two bytes, their type, and the tag."""


@dataclass(slots=True)
class Tunnel:
    """What a proxy knows of one connection.

    Attributes:
        asked: the first line of what was asked of the proxy.
        names: the names of its headers.
        up: bytes that went through towards the broker since the mark, but for TLS's farewell: who
            hangs up first says it alone, and on a busy machine that is either.
        down: bytes that came back.
        open: whether it stands.
    """

    asked: str
    names: list[str]
    up: int = 0
    down: int = 0
    open: bool = True


class _Farewells:
    """Tells the records of a TLS 1.3 stream that are as short as a closing alert (RFC 8446 § 5)."""

    def __init__(self) -> None:
        self._left = bytearray()

    def octets(self, piece: bytes) -> int:
        """Return how many bytes of farewells ended in the next piece."""
        self._left += piece
        found = 0
        while len(self._left) >= _RECORD:
            whole = _RECORD + int.from_bytes(self._left[3:_RECORD])
            if len(self._left) < whole:
                break
            if self._left[0] == _PROTECTED and whole == _RECORD + _ALERT:
                found += whole
            del self._left[:whole]
        return found


class _Proxy:
    def __init__(self, ports: Mapping[str, int]) -> None:
        self._ports = ports
        self._status = OPEN
        self._tunnels: list[Tunnel] = []
        self._ended = asyncio.Event()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tunnel: Tunnel | None = None
        try:
            head = await reader.readuntil(_HEAD)
            asked, *rest = head.decode("latin-1").rstrip("\r\n").split("\r\n")
            tunnel = Tunnel(asked, [one.partition(":")[0] for one in rest])
            self._tunnels.append(tunnel)
            await self._answered(tunnel, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # somebody hung up
        finally:
            writer.close()
            if tunnel is not None:
                tunnel.open = False
                self._ended.set()

    async def _answered(
        self, tunnel: Tunnel, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        method, target, _ = tunnel.asked.split(" ")
        status = self._status if method == "CONNECT" else 405
        writer.write(f"HTTP/1.1 {status} So\r\n\r\n".encode())
        await writer.drain()
        if status != OPEN:
            return
        port = self._ports[target.rpartition(":")[0]]
        there, back = await asyncio.open_connection("127.0.0.1", port)

        async def go(one: asyncio.StreamReader, other: asyncio.StreamWriter, way: str) -> None:
            farewells = _Farewells()
            with suppress(OSError):
                while piece := await one.read(_PIECE):
                    said = len(piece) - farewells.octets(piece)
                    setattr(tunnel, way, getattr(tunnel, way) + said)
                    other.write(piece)
                    await other.drain()
            # Whoever ends one way has hung up: TLS has no half that stays open.
            other.close()

        await asyncio.gather(go(reader, back, "up"), go(there, writer, "down"))

    async def told(self, order: str, number: int) -> str:
        if order == "tell":
            return json.dumps([asdict(one) for one in self._tunnels])
        if order == "wait":
            while sum(not one.open for one in self._tunnels) < number:
                self._ended.clear()
                await self._ended.wait()
        elif order == "mark":
            self._tunnels = [one for one in self._tunnels if one.open]
            for one in self._tunnels:
                one.up = one.down = 0
        else:
            self._status = number
        return "done"


async def _serve(ports: Mapping[str, int]) -> None:
    proxy = _Proxy(ports)
    server = await asyncio.start_server(proxy.connected, "127.0.0.1", 0)
    _say(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    orders = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            while order := await orders.readline():
                word, _, number = order.decode().strip().partition(" ")
                _say(await proxy.told(word, int(number or 0)))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class ConnectProxy:
    """A proxy that runs, and orders to it. Use `proxying`."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        self.url = URL(self._line())

    def seen(self) -> list[Tunnel]:
        """Return the connections that were made or stood since the mark."""
        return [Tunnel(**one) for one in json.loads(self._told("tell"))]

    def mark(self) -> None:
        """Forget what was seen; connections that stand go on."""
        self._told("mark")

    def answers(self, status: int) -> None:
        """Let it answer everybody with a status from now on."""
        self._told(f"answer {status}")

    def wait(self, count: int) -> None:
        """Wait until so many connections since the mark have ended."""
        self._told(f"wait {count}")

    def _told(self, order: str) -> str:
        assert self.popen.stdin is not None
        self.popen.stdin.write(f"{order}\n")
        self.popen.stdin.flush()
        return self._line()

    def _line(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()


@contextmanager
def proxying(**ports: int) -> Generator[ConnectProxy, None, None]:
    """Run a proxy until the block ends; it takes what is for `NAME.invalid` to a port here."""
    named = [f"{name}.invalid={port}" for name, port in ports.items()]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.connectproxy", *named],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as popen:
        try:
            yield ConnectProxy(popen)
        finally:
            popen.kill()


if __name__ == "__main__":
    asyncio.run(_serve({name: int(at) for name, _, at in (a.partition("=") for a in sys.argv[1:])}))
