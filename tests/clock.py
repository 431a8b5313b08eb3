"""A clock that stands still until somebody moves it; nothing that is installed can do that."""

import asyncio
from typing import Final

from broker.pace import ANSWER_SECONDS
from keys.calendar import Clock, Instant

A_MOMENT: Final = ANSWER_SECONDS
"""How long an issuer holds an answer: in most worlds no time goes by meanwhile."""
A_SECOND: Final = 1
"""The least that a program can wait by its clock, which knows whole seconds."""


class DrivenClock:
    """A `keys.calendar.Clock` in the hand of a test or of the demo.

    Args:
        now: the instant at which it stands.
    """

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._moved = asyncio.Event()
        self.sleepers = 0
        """How many wait for a later instant."""

    def now(self) -> Instant:
        """Return the instant that was set last."""
        return self._now

    async def sleep_until(self, instant: Instant) -> None:
        """Wait until somebody has moved the clock that far."""
        self.sleepers += 1
        try:
            while self._now < instant:
                await self._moved.wait()
        finally:
            self.sleepers -= 1

    def set(self, instant: int) -> None:
        """Move to `instant` and wake whoever waited for it."""
        self._now = Instant(instant)
        self._moved.set()
        self._moved = asyncio.Event()

    def advance(self, seconds: int) -> None:
        """Move on by `seconds`."""
        self.set(self._now + seconds)


class PromptClock:
    """The driven clock as an issuer has it where nobody would move it while it holds an answer.

    A wait of no more than a moment is over at once; longer ones are waited for.

    Args:
        clock: the world's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> Instant:
        """Return the world's instant."""
        return self._clock.now()

    async def sleep_until(self, instant: Instant) -> None:
        """Wait until somebody has moved the clock that far, unless that is but a moment."""
        if instant > self._clock.now() + A_MOMENT:
            await self._clock.sleep_until(instant)


class OwnClock:
    """The driven clock as one member's machine has it, where nobody would move it within a slot.

    A program that waits up to a second has waited it at this machine: from then on it is that much
    later here, and whoever listens at its line by this clock hears it, though the program's own
    clock knows whole seconds. The world's clock soon passes it.

    Args:
        clock: the world's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waited: float = clock.now()

    def now(self) -> Instant:
        """Return the world's instant, or the later one until which this machine has waited."""
        return Instant(int(self.exact()))

    def exact(self) -> float:
        """Return the same with fractions of a second, for whoever listens."""
        return max(self._clock.now(), self._waited)

    async def sleep_until(self, instant: Instant) -> None:
        """Have waited up to a second, or wait until somebody has moved the world's clock so far."""
        if instant > self.now() + A_SECOND:
            await self._clock.sleep_until(instant)
        else:
            self._waited = max(self._waited, instant)
