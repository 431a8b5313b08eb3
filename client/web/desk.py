"""What the pages of one desk share: the service, the clock, the door, the words.

This file knows how it locks: at the button, when nobody touches it, when the service locked. It
refuses to know a page.
"""

import secrets
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from client.control import Tell, say_nothing
from client.web.door import Door
from client.web.jobs import Jobs
from client.web.pages import Paper
from keys.calendar import Clock, Instant
from keys.errors import Refusal
from keys.wire import Packable, Value


class Do(Protocol):
    """Has the service carry out a verb; raises what it refuses."""

    def __call__(
        self, verb: str, arguments: Mapping[str, Packable], tell: Tell = say_nothing, /
    ) -> Awaitable[Mapping[str, Value]]:
        """Ask, and be told how far it is."""
        ...


LOOK: Final = 15
"""Seconds between two looks at the clock: it may have jumped while the machine slept."""
_OCTETS: Final = 8


def _name() -> str:
    return f"{secrets.token_hex(_OCTETS)}.localhost"


@dataclass(slots=True)
class Desk:
    """One desk that is open.

    Attributes:
        do: has the service carry out a verb.
        clock: the only time there is.
        door: who was let in.
        paper: what pages are written on.
        name: a name of this machine's loopback that no other program on it has, so that the
            cookie goes to none of them: browsers keep cookies by name, not by port.
        host: the name with its port, once it listens.
        jobs: what takes long, by code name.
    """

    do: Do
    clock: Clock
    door: Door
    paper: Paper
    name: str = field(default_factory=_name)
    host: str = ""
    jobs: Jobs = field(default_factory=Jobs)

    async def lock(self) -> None:
        """Lock, first here and then the service; a service that is gone is locked."""
        visit = self.door.visit
        if visit is not None and visit.name:
            visit.leave()
            self.jobs.forget()
            with suppress(Refusal):
                await self.do("lock", {})

    async def lock_when_idle(self) -> None:
        """Lock when nobody has touched anything for too long."""
        visit = self.door.visit
        if visit is not None and visit.name and self.clock.now() >= self.locks_at:
            await self.lock()

    @property
    def locks_at(self) -> Instant:
        """When it locks next if nobody does anything; now when nobody is in."""
        visit = self.door.visit
        return visit.locks_at(self.paper.idle) if visit is not None and visit.name else Instant(0)

    async def watch(self) -> None:
        """Look at the clock for ever, also while no page is asked for."""
        while True:
            now = self.clock.now()
            soon = Instant(now + LOOK)
            due = self.locks_at
            await self.clock.sleep_until(min(soon, due) if due > now else soon)
            await self.lock_when_idle()
