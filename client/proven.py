"""The time that is proven: by a roster that counts, and without one by the hours lived through.

This file knows that keys are destroyed by this time and by no other. A clock that has jumped ahead
would have all of them destroyed, and a broker that shows a member no new roster would keep them
alive for as long as it likes. So time goes on without a roster too, by what passed between one
reading and the next, some hours at most: a jump counts for no more. It refuses to know the keys.
"""

from typing import Final

from client.ledger import Ledger
from client.shelf import Shelf
from keys.calendar import Instant

MOST_SECONDS: Final = 6 * 3_600
"""How much counts between two readings at most. One may take hours on a slow line; a jump of the
clock, or a night without power, counts for no more, and for less than a roster's 48 hours."""
_STEP: Final = 3_600
_ROW: Final = b"proven"
_BYTES: Final = 8


class Proven:
    """The proven time of one member, in its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._at: int | None = None
        self._kept = 0
        self._before: Instant | None = None

    async def at(self, now: Instant, signed: Instant, *, fresh: bool) -> Instant:
        """Return the time that is proven at `now`: never a later one.

        Call it after every reading.

        Args:
            now: what the clock says.
            signed: not after the newest signature of the roster.
            fresh: whether the roster counts at `now`. That proves it, unless `now` lies before
                `signed`: a clock that is behind finds every roster fresh.

        Raises:
            DiskFull, StoreDamaged: it could not be read, or kept.
        """
        if self._at is None:
            async with self._ledger.reading() as rows:
                self._kept = int.from_bytes(await rows.get_whole(Shelf.META, _ROW) or b"", "big")
            self._at = self._kept
        passed = 0 if self._before is None else max(0, now - self._before)
        self._before = now
        by_clock = fresh and now >= signed
        lived = max(self._at + min(passed, MOST_SECONDS), signed)
        self._at = now if by_clock else lived
        if abs(self._at - self._kept) >= _STEP:
            async with self._ledger.transaction("time-proven") as rows:
                await rows.put(Shelf.META, _ROW, self._at.to_bytes(_BYTES, "big"))
            self._kept = self._at
        return Instant(min(now, self._at))
