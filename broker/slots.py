"""The rhythm of a program: which slot it is, and when it ends.

This file knows slots, counted from the epoch, the same for all (PROTOCOL.md P-8.1). It refuses to
know what is done at their end, and how long they are: the roster says so, and it may change.
"""

from broker.mirror import Mirror
from keys.calendar import Clock, Instant
from keys.schedule import Schedule


class Slots:
    """The slots of one program.

    Args:
        clock: the program's only time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mirror: Mirror | None = None

    def follow(self, mirror: Mirror) -> None:
        """Count by this roster's schedule from now on, and no more by the usual one."""
        self._mirror = mirror

    @property
    def seconds(self) -> int:
        """How long a slot is."""
        schedule = Schedule() if self._mirror is None else self._mirror.roster.schedule
        return schedule.note_slot_seconds

    @property
    def number(self) -> int:
        """The number of the slot: the only time that the log may know."""
        return self._clock.now() // self.seconds

    async def end(self) -> None:
        """Wait until this slot is over."""
        await self._clock.sleep_until(Instant((self.number + 1) * self.seconds))
