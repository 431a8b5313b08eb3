"""Work of several steps that goes to its end although whoever asked has hung up.

This file knows that a cancelled coroutine does not stop the thread it waits for. It refuses to
know what the work is. Without it a dropped connection would release a lock while a thread still
writes behind it, and the next caller would write in the same place.
"""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

Answer = TypeVar("Answer")


class Steady:
    """Keeps hold of what is under way."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    async def run(self, work: Coroutine[object, object, Answer]) -> Answer:
        """Do `work` and return its answer; a caller that is cancelled leaves it running."""
        task = asyncio.create_task(_hold(work))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        # Looked at here, because the one who asked may have gone away.
        if not task.cancelled():
            task.exception()

    async def finish(self) -> None:
        """Wait for all that is under way, however it ends."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _hold(work: Coroutine[object, object, Answer]) -> Answer:
    return await work
