"""One day with real cryptography: real keys, notes, blobs, tokens, and the broker's real store.

This file knows how the client's own rider, line, postman, lists of one-time keys and keyring of
others' keys are driven for every member, against a store on disk; only the ledger, the clock and
the network are not there. What the rider lets out is
marked in the view as in any town, so that both can be compared. It measures bytes where they are
written or read, and processor time by what is being done; nobody else works in this process.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from typing import Any, Final, Self, TypeAlias

from broker.batcher import expiry
from broker.sqlite import SqliteStore
from broker.storage import NewCell, SpentKey
from client import lanes
from client.lanes import Lane
from client.offers import PREKEYS
from client.peers import EPOCHS
from client.posting import Cell
from client.postman import Postman
from client.prekeys import Telling
from client.riding import Rider
from client.transport import Progress
from client.upload import Wanted
from client.verbs.envelopes import one_time
from keys.address import (
    CLASS_CODE,
    NOTE_BYTES,
    Board,
    CellClass,
    CellHash,
    Role,
    TokenClass,
    readable,
    writer_class,
)
from keys.calendar import Day, Instant, day_of, week_of
from keys.checkpoint import records
from keys.note import open_outer
from keys.opening import BEGINS_PACKAGE
from keys.token import Token
from tests.bench.simulation.costs import Costs, Tokens
from tests.bench.simulation.habits import NEW_KEYS
from tests.bench.simulation.keysboard import KeysBoard
from tests.bench.simulation.people import KINDS, People
from tests.bench.simulation.rows import at_once
from tests.bench.simulation.scene import START, Scene
from tests.bench.simulation.town import BESIDE, ON_TIME, Member, Town
from tests.bench.simulation.traffic import Pool, Saying
from tests.cells import INSTANCE, signer

_CLASS: Final = {code: cls for cls, code in CLASS_CODE.items()}


class Post:
    """The way to the broker of one member: what `Transport` is, without the network."""

    def __init__(self, day: "RealDay", number: int, role: Role) -> None:
        self._day = day
        self._number = number
        self._role = role

    async def post_cell(self, board: Board, cls: CellClass, cell: bytes, token: Token) -> CellHash:
        """Post a note."""
        return await self._day.admit(self._number, Lane(board, cls), cell, token)

    async def post_large(
        self,
        board: Board,
        cls: CellClass,
        cell: BytesIO,
        token: Token,
        _progress: Progress,
        wanted: Wanted,
    ) -> CellHash:
        """Post a blob, which goes all the way: nothing is taken back here."""
        assert await wanted()
        return await self._day.admit(self._number, Lane(board, cls), cell.getvalue(), token)


class _Store:
    """The broker's own store, as a town sees it."""

    def __init__(self, store: SqliteStore, runner: asyncio.Runner, costs: Costs) -> None:
        self.store = store
        self.batches: Counter[Board] = Counter()
        self._runner = runner
        self._costs = costs

    def admit(self, board: Board, cls: CellClass, cell_hash: bytes, *, waited: bool) -> None:
        """Nothing: what rides has been admitted by the store itself."""

    def close(self, now: Instant) -> Mapping[tuple[Board, CellClass], list[bytes]]:
        """Close every board's batch, and read its leaf list."""
        found: dict[tuple[Board, CellClass], list[bytes]] = {}
        with self._costs.of("broker: close batches"):
            for board in Board:
                leaves = self._runner.run(self._close(board, now))
                for leaf in records(leaves):
                    found.setdefault((board, _CLASS[leaf[0]]), []).append(leaf[1:])
        return found

    async def _close(self, board: Board, now: Instant) -> bytes:
        made = await self.store.close_batch(board, expiry(now))
        if made is None:
            return b""
        self.batches[board] = made.number
        return await self.store.leaves(board, made.number)


class RealDay(Town):
    """A town whose cells are real: `with RealDay.begun(…) as day: day.run()`."""

    def __init__(self, scene: Scene, store: _Store, runner: asyncio.Runner, costs: Costs) -> None:
        super().__init__(scene, store)
        self._stock = None
        self.costs = costs
        self.store = store
        self.people = People(scene.seed, scene.pool, day_of(START))
        self.board = KeysBoard(store.store, runner, self.people.register, costs)
        self.real: dict[bytes, tuple[Saying, bytes]] = {}
        self.once: set[bytes] = set()
        """Which of them were sealed to a one-time key."""
        self._runner = runner
        self._tokens = Tokens(costs, day_of(START))
        self._posts = [Post(self, one.number, one.role) for one in self._members]
        self._riders = [self._rider(one.number) for one in self._members]

    @classmethod
    @contextmanager
    def begun(cls, scene: Scene, path: Path) -> Iterator[Self]:
        """Open a store in `path` for a scene of one day in which everything rides."""
        costs = Costs()
        with asyncio.Runner() as runner:
            store = runner.run(SqliteStore.open(path, INSTANCE, signer()))
            day = cls(scene, _Store(store, runner, costs), runner, costs)
            try:
                yield day
            finally:
                runner.run(store.close())

    def _rider(self, number: int) -> Rider:
        one, memory = self._members[number], self.people.memory
        postman = Postman(one.rows, self._tokens, memory, one.role)
        return Rider(one.rows, self._tokens, memory, postman, one.line)

    # ── the keys board ───────────────────────────────────────────────────────────────────────
    def _week_before(self) -> None:
        """Let everybody have told keys and lists of before, and have read them; not counted."""
        for number in range(len(self._members)):
            self.board.publish(
                EPOCHS, self.people.fortnight(number, -1).encode(), self.people.today
            )
        super()._week_before()
        self._read_board()
        self.costs.forget()

    def _make_lists(self, member: Member, today: Day) -> None:
        me = self.people.members[member.number]
        others = [one.member_id for one in self.people.members if one is not me]
        weeks = at_once(member.habits.peers.prekeys.lacking(today))
        with self.costs.of("member: make lists"):
            self._runner.run(member.habits.peers.prekeys.make(me.secret, others, today))
        self.costs.lists += len(weeks)
        member.habits.made()

    def _list_told(self, member: Member, telling: Telling, now: Instant) -> None:  # noqa: ARG002
        self.board.publish(PREKEYS, telling.sheet, day_of(now))

    def _keys_told(self, member: Member, keys: str, now: Instant) -> None:
        first = 0 if keys == NEW_KEYS else -1
        batch = self.people.fortnight(member.number, first)
        self.board.publish(EPOCHS, batch.encode(), day_of(now))

    def _read_board(self) -> None:
        readers = zip(self.people.members, self._members, strict=True)
        peers = [(me.member_id, one.habits.peers) for me, one in readers]
        self.board.read(peers, self.people.today)

    def _close(self, slot: int) -> None:
        super()._close(slot)
        self._read_board()

    # ── a slot ───────────────────────────────────────────────────────────────────────────────
    def _ride(self, due: Mapping[Role, tuple[lanes.Lane, ...]], today: Day) -> None:
        """Let every member's rider make its cells, and then post them."""
        needed: Counter[TokenClass] = Counter()
        for one in self._members:
            for lane in due[one.role]:
                needed[TokenClass(writer_class(one.role, lane.board), lane.cls)] += 1
        self._tokens.stock(needed)
        with self.costs.of("member: make and bind cells"):
            for one, rider in zip(self._members, self._riders, strict=True):
                dummy = self._dummy(one.number)
                refused = at_once(rider.prepare(today, due[one.role], dummy))
                assert not refused, refused
        with self.costs.of("broker: check and keep cells"):
            self._runner.run(self._post_all(due, today))

    async def _post_all(self, due: Mapping[Role, tuple[lanes.Lane, ...]], today: Day) -> None:
        refused = await asyncio.gather(
            *(
                rider.tick(post, today, due[one.role], self._dummy(one.number))
                for one, rider, post in zip(self._members, self._riders, self._posts, strict=True)
            )
        )
        assert not any(refused), refused

    def _dummy(self, number: int):  # noqa: ANN202 - a `MakeDummy`
        async def make(lane: Lane) -> Cell:
            return self.people.dummy(number, lane)

        return make

    def _once_more(self, member: Member, lane: Lane, slot: int) -> None:
        cls = TokenClass(writer_class(member.role, lane.board), lane.cls)
        self._tokens.stock({cls: 1})
        today = day_of(Instant(START + slot * self.schedule.note_slot_seconds))
        with self.costs.of("member: make and bind cells"):
            cell = self.people.dummy(member.number, lane)
        token = at_once(self._tokens.take(member.rows, cls, today))
        with self.costs.of("broker: check and keep cells"):
            self._runner.run(self.admit(member.number, lane, cell.note, token, BESIDE))

    async def admit(
        self, number: int, lane: Lane, body: bytes, token: Token, when: str = ON_TIME
    ) -> CellHash:
        """Do what the broker does with a cell: token, hash, store; and mark it in the view."""
        role = self._members[number].role
        cls = TokenClass(writer_class(role, lane.board), lane.cls)
        self._tokens.check(token, cls)
        cell_hash = CellHash(sha256(body).digest())
        spent = SpentKey(token.spent_key)
        week = week_of(day_of(START))
        await self.store.store.admit(NewCell(lane.board, lane.cls, cell_hash, spent, week, body))
        self._post(number, lane, cell_hash, when, real=cell_hash in self._real)
        self.costs.up[role, lane.cls] += len(body)
        self.costs.cells += 1
        return cell_hash

    def _cells(self, said: Saying) -> list[Cell]:
        with self.costs.of("member: seal what is real"):
            cells, once = at_once(self._seal(said))
        self.real[cells[0].cell_hash] = said, cells[0].note
        if once:
            self.once.add(cells[0].cell_hash)
        return cells

    async def _seal(self, said: Saying) -> tuple[list[Cell], bool]:
        """Seal an envelope, to a one-time key when it begins a package; say whether it had one."""
        if KINDS[said.word] not in BEGINS_PACKAGE:
            return self.people.sealed(said), False
        member, other = self._members[said.sender], self.people.members[said.recipient]
        office: Any = SimpleNamespace(keyring=member.habits.peers)
        async with one_time(office, other.member_id, self.people.today) as once:
            cells = self.people.sealed(said, once.key)
            async with member.rows.transaction("sealed") as rows:
                once.bind(rows)  # type: ignore[arg-type]
        self.costs.begun += 1
        self.costs.once += once.key is not None
        return cells, once.key is not None

    # ── reading ──────────────────────────────────────────────────────────────────────────────
    def read(self, pool: Executor) -> dict[bytes, list[int]]:
        """Let every member try every note of the boards it reads; return who opened which.

        Dummies are left out of the answer when their own maker opened them, as it must.
        """
        jobs = [
            (self.scene.seed, self.scene.pool, board, self._path(board, number))
            for board, last in self.store.batches.items()
            for number in range(1, last + 1)
        ]
        found: dict[bytes, list[int]] = {}
        for opened, tried, seconds in pool.map(_try_batch, jobs, chunksize=8):
            self.costs.tried += tried
            for role in Role:
                self.costs.seconds[f"{role}: try all notes"] += seconds[role]
            for cell_hash, member in opened:
                found.setdefault(cell_hash, []).append(member)
        self._count_bytes()
        return found

    @property
    def posted_notes(self) -> int:
        """How many real notes stand on the boards."""
        waiting = sum(at == envelope.note for at, envelope in self._real.items())
        return len(self.real) - waiting

    def open(self, found: Mapping[bytes, list[int]]) -> int:
        """Let each real note's finder open it wholly; return how many were opened by the right one.

        Raises:
            AssertionError: somebody else found it, or it says something else.
        """
        assert all(len(members) == 1 for members in found.values())
        came: dict[int, list[bytes]] = {}
        for cell_hash, (said, _) in self.real.items():
            if cell_hash in found:
                assert found[cell_hash] == [said.recipient]
                came.setdefault(said.recipient, []).append(cell_hash)
        for number, cell_hashes in came.items():
            with self.costs.of("member: open by trial"):
                at_once(self._open_all(number, cell_hashes))
        return sum(map(len, came.values()))

    async def _open_all(self, number: int, cell_hashes: Iterable[bytes]) -> None:
        """Open what came to a member, as its postroom does: a key that was used is destroyed."""
        own, rows = self._members[number].habits.peers.prekeys, self._members[number].habits.rows
        prekeys = [*await own.secrets(rows)]  # type: ignore[arg-type]
        for cell_hash in cell_hashes:
            said, note = self.real[cell_hash]
            opened = self.people.opened(number, note, said, prekeys)
            assert (opened.prekey is not None) == (cell_hash in self.once)
            if opened.prekey is not None:
                await own.destroy(rows, opened.prekey)  # type: ignore[arg-type]
                prekeys.remove(opened.prekey)
                self.costs.opened_once += 1

    def _path(self, board: Board, number: int) -> Path:
        cell = CellClass.NOTE
        return self._runner.run(self.store.store.batch_file(board, number, cell)).path

    def _count_bytes(self) -> None:
        """Sum up what each role downloads: its boards' files, all leaf lists, the keys board."""
        sizes: Counter[Board] = Counter()
        lists = 0
        for board, last in self.store.batches.items():
            for batch in self._runner.run(self.store.store.batches(board, 0, last)):
                lists += 33 * sum(file.count for file in batch.files)
                for file in batch.files:
                    where = self.store.store.batch_file(board, batch.number, file.cls)
                    sizes[board] += self._runner.run(where).length
        keys = self.costs.board // len(self._members)
        for role in Role:
            self.costs.down[role] = keys + lists + sum(sizes[board] for board in readable(role))
        self.costs.disk = sum(sizes.values())


_Tried: TypeAlias = tuple[list[tuple[bytes, int]], Counter[Role], Mapping[Role, float]]


def _try_batch(job: tuple[str, Pool, Board, Path]) -> _Tried:
    """Try one batch's notes as each of its readers; in a process of its own."""
    seed, pool, board, path = job
    people = _people(seed, pool)
    data = path.read_bytes()
    notes = [data[at : at + NOTE_BYTES] for at in range(0, len(data), NOTE_BYTES)]
    opened: list[tuple[bytes, int]] = []
    tried, seconds = Counter[Role](), Counter[Role]()
    for number, me in enumerate(people.members):
        if board not in readable(me.role):
            continue
        outers = people.outers(number)
        began = process_time()
        opened += [
            (sha256(note).digest(), number)
            for note in notes
            if open_outer(note, board, me.member_id, outers) is not None
        ]
        tried[me.role] += len(notes)
        seconds[me.role] += process_time() - began  # type: ignore[assignment]
    return opened, tried, seconds


@cache
def _people(seed: str, pool: Pool) -> People:
    """Return the members, made once in each process."""
    return People(seed, pool, day_of(START))
