"""The system's clock, which nothing moves.

This file knows the one place where the member's programs read the time. It refuses everything
else: whoever needs a time is given one.
"""

import asyncio
import time

from keys.calendar import Instant


class SystemClock:
    """The system's clock."""

    def now(self) -> Instant:
        """Return the current instant."""
        return Instant(int(time.time()))  # noqa: TID251 - the edge where time is read

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant`."""
        await asyncio.sleep(max(0.0, instant - time.time()))  # noqa: TID251 - the same
