"""Who listens at both doors of members, and makes comparable what was heard in a slot (P2).

This file knows what two members' lines may differ in without telling anything: the random name of
an upload, and how far the keys board had come when somebody told keys. It refuses to leave out
anything else, and to know what members do.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import aiohttp
import pytest

from client.doors import Doors
from tests.tap import Exchange, Tap, tapped

_UPLOAD: Final = re.compile(r"/uploads/[\w-]{16,}")
_TELLS: Final = "POST /v1/keys "
_READS: Final = "GET /v1/keys?"
_CONNECTOR: Final = aiohttp.TCPConnector
_LASTS: Final = 24 * 3_600


@dataclass(eq=False)
class Ears:
    """Somebody who listens at both doors of one member."""

    broker: Tap
    issuer: Tap

    @property
    def doors(self) -> Doors:
        """What the member is given instead of the doors."""
        return Doors(self.broker.url, self.issuer.url)

    async def mark(self) -> None:
        """Forget what was heard."""
        for tap in (self.broker, self.issuer):
            await tap.settle()
            tap.mark()

    async def heard(self) -> list[Exchange]:
        """Return everything since the mark, without the names of uploads."""
        return [
            replace(one, request=_UPLOAD.sub("/uploads/…", one.request), door=door)
            for door, tap in (("broker", self.broker), ("issuer", self.issuer))
            for one in await tap.trace()
        ]

    def told(self) -> bool:
        """Whether the member told keys since the mark."""
        return tells(self.broker.exchanges())


@dataclass(eq=False)
class Listeners:
    """Those who listen at the lines of several members, by a name for each."""

    ears: dict[str, Ears] = field(default_factory=dict[str, Ears])
    _told: bool = False

    def _tells(self) -> bool:
        return any(one.told() for one in self.ears.values())

    async def mark(self) -> None:
        """Forget what was heard, but for whether keys were told: who has not read it yet will."""
        self._told = self._told or self._tells()
        for one in self.ears.values():
            await one.mark()

    def cut(self) -> None:
        """Let no request be answered any more."""
        for one in self.ears.values():
            one.broker.cut()
            one.issuer.cut()

    def flow(self) -> None:
        """Let requests be answered again."""
        for one in self.ears.values():
            one.broker.flow()
            one.issuer.flow()

    async def silent(self) -> bool:
        """Whether nothing was heard at any door since the mark, not even a connection."""
        return not any([await one.heard() for one in self.ears.values()])

    async def during(self, happening: Callable[[], Awaitable[object]]) -> dict[str, list[Exchange]]:
        """Return what is heard at each line while something happens.

        Where somebody told keys, in it or in what went before, who reads a moment later reads
        more; then cursors and pages are left out, and only then.
        """
        await self.mark()
        before, self._told = self._told, False
        await happening()
        told = before or self._tells()
        heard = {name: await one.heard() for name, one in self.ears.items()}
        # Until all have read on: something may happen between two slots, and nobody reads in it.
        self._told = before and not all(map(_reads, heard.values()))
        return {name: without_news(one) if told else one for name, one in heard.items()}


def tells(heard: Iterable[Exchange]) -> bool:
    """Whether keys were told in what was heard: who reads a moment later then reads more."""
    return any(one.request.startswith(_TELLS) for one in heard)


def _reads(heard: Iterable[Exchange]) -> bool:
    return any(one.request.startswith(_READS) for one in heard)


def without_news(heard: Iterable[Exchange]) -> list[Exchange]:
    """Return what was heard without how far the keys board had come."""
    return [one.without_news() for one in heard]


@asynccontextmanager
async def listening(doors: Doors, now: Callable[[], float]) -> AsyncGenerator[Ears, None]:
    """Listen at broker's and issuer's door until the block ends.

    Args:
        doors: where they are; the member is given `Ears.doors` instead.
        now: the clock by which it is noted when something is heard: the member's own, so that
            what its program waits is heard.
    """
    async with tapped(doors.broker, now) as broker, tapped(doors.issuer, now) as issuer:
        yield Ears(broker, issuer)


@contextmanager
def lasting() -> Generator[None]:
    """Keep a connection that is kept however long the machine takes, until the block ends.

    The clock is driven and the sockets are not: between two slots a busy machine may take longer
    than a connection is kept, by member or broker, at the one line and not at the other.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("client.answers.aiohttp.TCPConnector", _keeping)
        patch.setattr("broker.web.IDLE_SECONDS", _LASTS)
        yield


def _keeping(*, force_close: bool, limit: int) -> aiohttp.TCPConnector:
    if force_close:
        return _CONNECTOR(force_close=True, limit=limit)
    return _CONNECTOR(keepalive_timeout=_LASTS, limit=limit)
