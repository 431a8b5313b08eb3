"""Staff who wait for what the next slot reads; for none of them is anything read sooner.

This file knows who waits, and tells them how far the reading is. It refuses to read: a reading
of its own would tell whoever runs the broker that somebody stands at a door just now.
"""

import asyncio
from collections.abc import Sequence

from client.report import Report
from client.transport import Progress
from keys.errors import Refusal


class NextRead:
    """Those who wait, all of one member."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[Report], Progress] = {}
        self._heard: frozenset[asyncio.Future[Report]] = frozenset()

    async def wait(self, progress: Progress) -> Report:
        """Return what the reading brought that begins next.

        Args:
            progress: told how many bytes have come.

        Raises:
            Refusal: what hindered it.
        """
        ended: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        self._waiting[ended] = progress
        try:
            return await ended
        finally:
            del self._waiting[ended]

    def came(self, count: int) -> None:
        """Tell all that so many bytes have come."""
        for progress in self._waiting.values():
            progress(count)

    def begun(self) -> None:
        """Take note that a reading begins: whoever comes later waits for the one after it."""
        self._heard = frozenset(self._waiting)

    def ended(self, report: Report, refusals: Sequence[Refusal]) -> None:
        """Tell those who waited when it began that it has ended, and what hindered it first."""
        for one in self._heard:
            if one.done():
                continue
            if refusals:
                one.set_exception(refusals[0])
            else:
                one.set_result(report)
