"""A store that is killed with -9 at one of its durable steps, again and again.

`python -m tests.doomed_broker DIRECTORY race TOKENS` runs two writers for the same tokens.
`python -m tests.doomed_broker DIRECTORY STEP` runs one workload in a process of its own, killed at
the first such step, then in another, killed at the second, and so on until one lives to the end.
Each has a directory `DIRECTORY/<number>`, with the store and the file `answers`: what its callers
had heard before it died.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

from broker.sqlite import SqliteStore
from broker.storage import AfterStep, NewCell, Publication
from broker.writer import no_step
from keys.calendar import Instant
from keys.errors import DoubleSpend
from tests.cells import INSTANCE, LATER, NOW, TODAY, body_of, cell, signer, token, upload
from tests.stores import CENTRE, NOTE, POLICE, A, M, S

NOTES: Final = range(6)
BLOBS: Final = range(10, 13)
LARGE: Final = 20
IN_PIECES: Final = 30
SECOND: Final = range(40, 43)
RIVALS: Final = (50, 51)
"""Two cells that are posted with one token, at the same time."""
STEPS: Final = (
    "group.bodies",
    "group.commit",
    "group.forgotten",
    "admit.staged",
    "upload.piece",
    "upload.hashed",
    "close.file",
    "close.wiped",
    "expire.removed",
)
EXPIRES_FIRST: Final = Instant(NOW + 60)


def numbered(number: int) -> NewCell:
    """The cell of that number, the same in every process."""
    cls = M if number == LARGE else S if number in {*BLOBS, IN_PIECES} else NOTE
    spent = token(RIVALS[0]) if number in RIVALS else None
    return cell(cls=cls, number=number, spent_key=spent)


class Work:
    """Everything a broker does in two slots, any part of it repeatable."""

    def __init__(self, store: SqliteStore, answers: Path) -> None:
        self._store = store
        self._answers = answers

    def heard(self, number: int) -> None:
        """Note that somebody was told «kept»."""
        with self._answers.open("a") as file:
            file.write(f"{number}\n")

    async def post(self, number: int) -> None:
        """Post a cell."""
        await self._store.admit(numbered(number))
        self.heard(number)

    async def rival(self, number: int) -> None:
        """Post a cell whose token another may have spent first."""
        try:
            await self.post(number)
        except DoubleSpend:
            return

    async def in_pieces(self) -> None:
        """Send a cell in pieces, from wherever it stands."""
        body = body_of(S, IN_PIECES)
        begun = await self._store.begin_upload(upload(spent_key=token(IN_PIECES)))
        for at in range(begun.offset, len(body), 30_000):
            await self._store.append(begun.upload_id, at, body[at : at + 30_000])
        await self._store.finish(begun.upload_id)
        self.heard(IN_PIECES)

    async def first_slot(self) -> None:
        """Many at once, and a batch."""
        await asyncio.gather(
            *(self.post(number) for number in (*NOTES, *BLOBS, LARGE)),
            *(self.rival(number) for number in RIVALS),
            self.in_pieces(),
        )
        await self._store.close_batch(CENTRE, EXPIRES_FIRST)

    async def second_slot(self) -> None:
        """Some more, while another batch closes; then the first expires."""
        await asyncio.gather(
            *(self.post(number) for number in SECOND), self._store.close_batch(POLICE, LATER)
        )
        await self._store.publish(A, Publication.CERT, b"certificate", TODAY)
        await self._store.close_batch(CENTRE, LATER)
        await self._store.expire(EXPIRES_FIRST)


async def live(directory: Path, after_step: AfterStep = no_step) -> None:
    """Do all the work, if nothing stops it."""
    store = await SqliteStore.open(directory / "store", INSTANCE, signer(), after_step)
    work = Work(store, directory / "answers")
    await work.first_slot()
    await work.second_slot()
    await store.close()


def rival(writer: int, number: int) -> NewCell:
    """The cell that one of two writers wants to post with token `number`."""
    return cell(number=number + 1_000 * writer, spent_key=token(number))


async def race(directory: Path, tokens: int) -> None:
    """Let two writers spend the same tokens, each on cells of its own; say who was told «kept»."""
    store = await SqliteStore.open(directory, INSTANCE, signer())

    async def write(writer: int) -> None:
        for number in range(tokens):
            try:
                await store.admit(rival(writer, number))
            except DoubleSpend:
                continue
            print(writer, number, flush=True)  # noqa: T201 - the answer, to whoever asked

    await asyncio.gather(write(0), write(1))
    await store.close()


def kill_at(wanted: str, nth: int) -> AfterStep:
    """Be killed at the step of that name when it comes for the `nth` time."""
    seen = 0

    def after_step(step: str) -> None:
        nonlocal seen
        seen += step == wanted
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return after_step


def run_in_child(work: Coroutine[object, object, None]) -> int:
    """Run `work` in a forked process; give how that ended."""
    child = os.fork()
    if child == 0:
        asyncio.run(work)
        os._exit(0)
    work.close()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main(directory: Path, step: str) -> None:
    """Kill one process after another until one lives."""
    nth, status = 0, -signal.SIGKILL
    while status == -signal.SIGKILL:
        nth += 1
        place = directory / str(nth)
        place.mkdir()
        (place / "answers").touch()
        status = run_in_child(live(place, kill_at(step, nth)))
    if status:
        raise SystemExit(status)


if __name__ == "__main__":
    if sys.argv[2] == "race":
        asyncio.run(race(Path(sys.argv[1]), int(sys.argv[3])))
    else:
        main(Path(sys.argv[1]), sys.argv[2])
