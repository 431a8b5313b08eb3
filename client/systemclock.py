"""The system's clock, which nothing moves.

This file knows the one place where the member's programs read the time. It refuses everything
else: whoever needs a time is given one.
"""

import asyncio
import time
from typing import Final

from keys.calendar import Instant

_LOOK: Final = 15
"""Seconds after which the clock is looked at again: while a machine is suspended no sleep ends."""


class SystemClock:
    """The system's clock."""

    def now(self) -> Instant:
        """Return the current instant."""
        return Instant(int(time.time()))  # noqa: TID251 - the edge where time is read

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant`, also when the machine slept through it and has woken."""
        while (left := instant - time.time()) > 0:  # noqa: TID251, ASYNC110 - the same; no event
            await asyncio.sleep(min(left, _LOOK))
