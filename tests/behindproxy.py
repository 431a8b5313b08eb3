"""Broker and issuer that can be reached through a proxy alone: TLS before them, names nobody knows.

What ends TLS here is what stands before an installed broker. The authority that vouches for it is
the tests' own, and for the time of a test the client trusts no other.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

import aiohttp.connector
import pytest
from yarl import URL

from client.doors import Doors
from client.systemclock import SystemClock
from keys.deskca import DeskAuthority

NAMES: Final = ("broker", "issuer")
_PIECE: Final = 1 << 16


@cache
def authority(name: str) -> DeskAuthority:
    """Return the authority for `NAME.invalid`, the same in every test."""
    return DeskAuthority.create(f"{name}.invalid", SystemClock().now())


def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client trust what vouches for these doors, and nobody else."""
    context = ssl.create_default_context(
        cadata="".join(authority(name).pem.decode() for name in NAMES)
    )
    context.set_alpn_protocols(["http/1.1"])
    # A private name: the program has no setting for whom it trusts, and none is made for tests.
    assert isinstance(vars(aiohttp.connector)["_SSL_CONTEXT_VERIFIED"], ssl.SSLContext)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", context)


def shown(path: Path, name: str) -> ssl.SSLContext:
    """Return the TLS side of `NAME.invalid`; its key lies in `path`."""
    served = authority(name).serve(SystemClock().now())
    file = path / f"{name}.pem"
    file.write_bytes(served.key + served.chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@asynccontextmanager
async def fronts(path: Path, doors: Doors) -> AsyncGenerator[dict[str, int], None]:
    """End TLS before broker and issuer until the block ends; yields the port of each, by name."""
    async with AsyncExitStack() as stack:
        ports: dict[str, int] = {}
        for name, door in zip(NAMES, (doors.broker, doors.issuer), strict=True):
            ports[name] = await stack.enter_async_context(_front(shown(path, name), door))
        yield ports


def behind(proxy: URL | None) -> Doors:
    """Return doors that only a proxy can find."""
    broker, issuer = (URL(f"https://{name}.invalid") for name in NAMES)
    return Doors(broker, issuer, proxy)


@asynccontextmanager
async def _front(context: ssl.SSLContext, door: URL) -> AsyncGenerator[int, None]:
    tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks[task] = writer
        with suppress(OSError):
            there, back = await asyncio.open_connection(door.host, door.port)
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
        writer.close()
        del tasks[task]

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in tuple(tasks.values()):
            writer.transport.abort()
        await asyncio.gather(*tasks)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()
