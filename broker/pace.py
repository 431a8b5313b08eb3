"""When an answer leaves: a fixed time after its request came, whatever it is and took.

This file knows the clock, when a request was there, and that the program may end. It refuses to
know what was asked and what is answered: so nobody reads from the moment of an answer whether the
issuer signed one token or a hundred, had signed them before, or refused (PROTOCOL.md P-10.10).
"""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from broker.web import DRAIN_SECONDS
from keys.calendar import Clock, Instant
from keys.errors import BrokerBusy

Answer = TypeVar("Answer")

ANSWER_SECONDS: Final = 3
"""How long after its request an answer leaves. More than signing the largest request of a member
takes, a hundred tokens: less than a second, and a second and a half when two are signed at once
on a machine that has other work. Well below the half minute for which a member waits."""


class Pace:
    """Holds answers until it is their time, and lets go of all when the program ends.

    Args:
        clock: the program's only time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Hold nothing any more: the program ends, and must not wait."""
        self._leaving.set()

    async def keep(self, came: Instant, work: Awaitable[Answer]) -> Answer:
        """Do `work` at once; return its answer, or raise its refusal, when it is time.

        It is time `ANSWER_SECONDS` after the request came, or twice, three times … as long after
        it when the work has taken longer: always whole steps, so that the moment says no more
        than how many. Whoever hangs up meanwhile stops no work.

        Args:
            came: when the whole request was there.
            work: what answers it; durable when it has ended.

        Raises:
            BrokerBusy: the program ends. What was done is done: the same request again is told.
            Refusal: what `work` raised.
        """
        try:
            made = await work
        except Exception:
            await self._hold(came)
            raise
        await self._hold(came)
        return made

    async def _hold(self, came: Instant) -> None:
        steps = (self._clock.now() - came) // ANSWER_SECONDS + 1
        due = Instant(came + steps * ANSWER_SECONDS)
        waits = (
            asyncio.ensure_future(self._clock.sleep_until(due)),
            asyncio.ensure_future(self._leaving.wait()),
        )
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        if self._leaving.is_set():
            # As to whoever comes now: an answer before its time would say what it took.
            raise BrokerBusy(seconds=DRAIN_SECONDS) from None
