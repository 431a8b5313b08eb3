"""What takes long, and goes on while nobody looks: sealing and sending.

This file knows how far a job is. It refuses to keep what it answers, and to end when a page is
left: the service carries it out, and has it on disk, whoever looks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from client.control import Tell
from keys.errors import Refusal
from keys.wire import Value

Work = Callable[[Tell], Awaitable[Mapping[str, Value]]]


@dataclass(slots=True)
class Job:
    """One job.

    Attributes:
        msgid: what is being done, in the words of the catalogue; empty before it is told.
        done, total: in bytes.
        over: whether the service has answered.
        why: the code of what held the rest back, or nothing.
        refusal: what the service refused, if it did.
    """

    msgid: str = ""
    done: int = 0
    total: int = 0
    over: bool = False
    why: str = ""
    refusal: Refusal | None = None

    def tell(self, msgid: str, done: int, total: int) -> None:
        """Note how far it is."""
        self.msgid, self.done, self.total = msgid, done, total


@dataclass(slots=True)
class Jobs:
    """The jobs of one desk, by the code names of their cases."""

    _found: dict[str, Job] = field(default_factory=dict[str, Job], repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]], repr=False)

    def find(self, code_name: str) -> Job | None:
        """Return the job of a case, if one was begun since it was unlocked."""
        return self._found.get(code_name)

    def begin(self, code_name: str, work: Work) -> None:
        """Begin a job; one that is under way goes on, and no second is begun beside it."""
        found = self._found.get(code_name)
        if found is not None and not found.over:
            return
        job = self._found[code_name] = Job()
        task = asyncio.create_task(_carry_out(job, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def drop(self, code_name: str) -> None:
        """Look no more at the job of a case that was stopped; a new one may begin at once."""
        self._found.pop(code_name, None)

    def forget(self) -> None:
        """Forget every job: nobody looks any more, and the service goes on."""
        self._found.clear()

    async def end(self) -> None:
        """Look no more; for when the desk is closed."""
        self.forget()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _carry_out(job: Job, work: Work) -> None:
    try:
        answer = await work(job.tell)
        why = answer.get("why")
        job.why = why if isinstance(why, str) else ""
    except Refusal as refusal:
        job.refusal = refusal
    finally:
        job.over = True
