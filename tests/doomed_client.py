"""One member's service in a process of its own, killed by itself after a step that is told to it.

The first argument is JSON: the member's `home`, the time `now`, and the `acts` to do, each a verb
with its arguments, or `tick`. With `kill`, the process ends by SIGKILL right after the durable step
of that name, the `nth` time that it comes. Without, it prints the names of all steps, a line each.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from client.control import say_nothing
from client.home import Home
from client.service import Service
from client.settings import Settings
from keys.calendar import Instant
from keys.wire import Value
from tests.clock import DrivenClock

Acts = list[tuple[str, dict[str, Value]]]


@dataclass(slots=True)
class Fate:
    """When to die, and what has been survived so far."""

    step: str
    nth: int
    survived: list[str] = field(default_factory=list[str])
    armed: bool = False

    def after_step(self, name: str) -> None:
        """Note a durable step, and die if it is the one."""
        if not self.armed:
            return
        self.survived.append(name)
        if name == self.step and self.survived.count(name) == self.nth:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(home: Path, now: int, acts: Acts, fate: Fate) -> None:
    """Do the acts, with no other program between them and the disk."""
    clock = DrivenClock(Instant(now))
    place = Home(home)
    settings = Settings.read(place.settings)
    service = await Service(place, settings, clock, after_step=fate.after_step).start()
    try:
        fate.armed = True
        for verb, arguments in acts:
            if verb == "tick":
                await service.tick()
            else:
                await service.desk.do(verb, arguments, say_nothing)
        fate.armed = False
    finally:
        await service.close()
    sys.stdout.write("\n".join(fate.survived))


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    fate = Fate(str(told.get("kill", "")), int(told.get("nth", 1)))
    acts = cast("Acts", told["acts"])
    asyncio.run(main(Path(told["home"]), int(told["now"]), acts, fate))
