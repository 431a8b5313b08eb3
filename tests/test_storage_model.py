"""Whatever is asked in whatever order, the store on SQLite answers as the plain reference does."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from broker.sqlite import SqliteStore
from broker.storage import Batch, NewCell, NewUpload, Store, Upload, UploadId
from keys.address import CELL_BYTES, Board, CellClass
from keys.calendar import Day, Instant, Week, start_of
from keys.errors import Refusal
from tests.cells import INSTANCE, TODAY, WEEK, body_of, hash_of, signer, token
from tests.memory_store import MemoryStore
from tests.stores import CENTRE, NOTE, POLICE, S

FEW: Final = st.integers(0, 3)
BOARDS: Final = st.sampled_from([CENTRE, POLICE])
CLASSES: Final = st.sampled_from([NOTE, S])
PIECE: Final = CELL_BYTES[S] // 2
BODIES: Final = {(cls, number): body_of(cls, number) for cls in (NOTE, S) for number in range(4)}


def shown(answer: object) -> object:
    """An answer without the random name of an upload."""
    if isinstance(answer, Upload):
        return (answer.cls, answer.offset, answer.kept)
    return answer


class SameAnswers(RuleBasedStateMachine):
    """Asks both stores the same, and restarts one of them now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.place = tempfile.TemporaryDirectory()
        folder = Path(self.place.name)
        self.plain = MemoryStore(folder, INSTANCE, signer())
        self.store = self.runner.run(SqliteStore.open(folder / "store", INSTANCE, signer()))
        self.uploads: list[tuple[UploadId, UploadId]] = []
        self.today = TODAY

    def teardown(self) -> None:
        """Let go of everything."""
        self.runner.run(self.store.close())
        self.runner.close()
        self.place.cleanup()

    def ask(self, question: Callable[[Store, int], Awaitable[object]]) -> list[object]:
        """Ask both; they agree, also on a refusal and its facts."""
        answers: list[object] = []
        for which, store in enumerate((self.plain, self.store)):
            try:
                answers.append(self.runner.run(_awaited(question(store, which))))
            except Refusal as refusal:
                answers.append((refusal.code, dict(refusal.facts)))
        assert shown(answers[0]) == shown(answers[1])
        return answers

    @rule(board=BOARDS, cls=CLASSES, number=FEW, key=FEW, week=st.integers(0, 1))
    def admit(self, board: Board, cls: CellClass, number: int, key: int, week: int) -> None:
        """Post a cell with one of a few tokens."""
        body = BODIES[cls, number]
        spent = token(key + 10 * week)
        new = NewCell(board, cls, hash_of(body), spent, Week(WEEK + week), body)
        self.ask(lambda store, _: store.admit(new))

    @rule(board=BOARDS, key=FEW)
    def begin(self, board: Board, key: int) -> None:
        """Begin an upload, or find it again."""
        new = NewUpload(board, S, token(key), WEEK, TODAY)
        plain, stored = self.ask(lambda store, _: store.begin_upload(new))
        if isinstance(plain, Upload) and isinstance(stored, Upload):
            self.uploads.append((plain.upload_id, stored.upload_id))

    @precondition(lambda self: self.uploads)
    @rule(which=FEW, offset=st.sampled_from([0, PIECE]), number=FEW)
    def append(self, which: int, offset: int, number: int) -> None:
        """Send a piece of one of them, perhaps in the wrong place."""
        names = self.uploads[which % len(self.uploads)]
        piece = BODIES[S, number][offset : offset + PIECE]
        self.ask(lambda store, n: store.append(names[n], offset, piece))

    @precondition(lambda self: self.uploads)
    @rule(which=FEW)
    def finish(self, which: int) -> None:
        """Finish one of them, perhaps too early."""
        names = self.uploads[which % len(self.uploads)]
        self.ask(lambda store, n: store.finish(names[n]))
        self.ask(lambda store, n: store.upload(names[n]))

    @rule(board=BOARDS, days=st.integers(0, 3))
    def close(self, board: Board, days: int) -> None:
        """Close a batch, and read all of it."""
        expires = start_of(Day(self.today + days))
        batch, _ = self.ask(lambda store, _: store.close_batch(board, expires))
        if isinstance(batch, Batch):
            self.ask(lambda store, _: store.leaves(board, batch.number))
            for file in batch.files:
                self.ask(lambda store, _, cls=file.cls: _read(store, batch, cls))

    @rule(days=st.integers(0, 4))
    def expire(self, days: int) -> None:
        """Let days go by."""
        self.today = Day(self.today + days)
        self.ask(lambda store, _: _expired(store, start_of(self.today)))

    @rule()
    def restart(self) -> None:
        """Stop the one that has a disk, and start it again."""
        self.runner.run(self.store.close())
        place = Path(self.place.name) / "store"
        self.store = self.runner.run(SqliteStore.open(place, INSTANCE, signer()))

    @invariant()
    def agree(self) -> None:
        """They show the same batches and count the same."""
        for board in (CENTRE, POLICE):
            self.ask(lambda store, _, board=board: store.batches(board, 0, 100))
        self.ask(lambda store, _: store.counters(start_of(self.today)))


async def _awaited(answer: Awaitable[object]) -> object:
    return await answer


async def _read(store: Store, batch: Batch, cls: CellClass) -> bytes:
    there = await store.batch_file(batch.board, batch.number, cls)
    return await asyncio.to_thread(there.path.read_bytes)


async def _expired(store: Store, now: Instant) -> None:
    await store.expire(now)


SameAnswers.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestSameAnswers = SameAnswers.TestCase
