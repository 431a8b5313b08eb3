"""One member's service in a process of its own, killed by itself after a step that is told to it.

Each line on standard input is JSON: the member's `home`, the time `now`, and the `acts` to do, each
a verb with its arguments, or `tick`. A child is forked for it, so that the programs are loaded but
once. With `kill`, the child ends by SIGKILL right after the durable step of that name, the `nth`
time that it comes. One line answers: how the child ended, and the steps that it told of.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from client.control import say_nothing
from client.home import Home
from client.service import Service
from client.settings import Settings
from keys.calendar import Instant
from tests.clock import DrivenClock


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


async def live(told: Mapping[str, Any]) -> list[str]:
    """Do the acts, with no other program between them and the disk; return the steps."""
    fate = Fate(told["kill"], told["nth"])
    home, clock = Home(Path(told["home"])), DrivenClock(Instant(told["now"]))
    settings = Settings.read(home.settings)
    service = await Service(home, settings, clock, after_step=fate.after_step).start()
    try:
        fate.armed = True
        for verb, arguments in told["acts"]:
            if verb == "tick":
                await service.tick()
            else:
                await service.desk.do(verb, arguments, say_nothing)
        fate.armed = False
    finally:
        await service.close()
    return fate.survived


def fork(told: Mapping[str, Any]) -> tuple[int, list[str]]:
    """Let a child live; return its exit status, negative for a signal, and its steps."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        steps = asyncio.run(live(told))
        os.write(write, json.dumps(steps).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        steps = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(steps or b"[]")


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(fork(json.loads(line))) + "\n")
        sys.stdout.flush()
