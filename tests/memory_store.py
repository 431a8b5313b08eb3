"""The reference: every promise of `Store` and `Portions` kept in the plainest way, in memory.

The contract suite runs on it too, so that a promise is one that more than one store can keep.
"""

# ruff: noqa: D102 - what each method promises stands in broker/storage.py and broker/portions.py

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from broker.portions import Withdrawal
from broker.storage import (
    Batch,
    BatchFile,
    CheckpointSigner,
    ClassFile,
    Counters,
    Digest,
    Kept,
    NewCell,
    NewUpload,
    Publication,
    Published,
    SpentKey,
    Upload,
    UploadId,
)
from keys.address import CELL_BYTES, Board, CellClass, CellHash, MemberId
from keys.calendar import Day, Instant, Week, day_of, week_of
from keys.checkpoint import Frontier, extend, leaf_record
from keys.errors import DoubleSpend, Expired, NotHere, QuotaSpent, WrongOffset, WrongSize

Bound = tuple[Board, CellClass, CellHash] | UploadId


@dataclass(slots=True)
class _Upload:
    new: NewUpload
    body: bytearray = field(default_factory=bytearray)
    kept: Kept | None = None


@dataclass(slots=True)
class _Batch:
    batch: Batch
    leaves: bytes
    tree: Frontier
    expires: Instant
    gone: bool = False


@dataclass(slots=True)
class _Entry:
    member_id: MemberId
    last_day: Day
    shown: Published


class MemoryStore:
    """`Store` without a disk, but for the batch files that a caller wants to send."""

    def __init__(self, directory: Path, instance: str, sign: CheckpointSigner) -> None:
        self._directory = directory
        self._instance = instance
        self._sign = sign
        self._spent: dict[SpentKey, tuple[Week, Bound]] = {}
        self._closed = Week(-1)
        self._pending: dict[Board, dict[tuple[CellClass, CellHash], bytes]] = {
            board: {} for board in Board
        }
        self._uploads: dict[UploadId, _Upload] = {}
        self._batches: dict[Board, list[_Batch]] = {board: [] for board in Board}
        self._published: list[_Entry] = []
        self._cursor = 0

    @property
    def instance(self) -> str:
        return self._instance

    def _spend(self, key: SpentKey, week: Week, bound: Bound) -> bool:
        """Spend a token; False when it was spent on the very same."""
        if key in self._spent:
            if self._spent[key][1] != bound:
                raise DoubleSpend
            return False
        if week <= self._closed:
            raise Expired
        self._spent[key] = (week, bound)
        return True

    async def admit(self, cell: NewCell) -> Kept:
        if len(cell.body) != CELL_BYTES[cell.cls]:
            raise WrongSize
        if self._spend(cell.spent_key, cell.week, (cell.board, cell.cls, cell.cell_hash)):
            self._pending[cell.board][cell.cls, cell.cell_hash] = cell.body
        return Kept(cell.cell_hash)

    async def begin_upload(self, new: NewUpload) -> Upload:
        for upload_id, there in self._uploads.items():
            if there.new.spent_key == new.spent_key:
                if (there.new.board, there.new.cls) != (new.board, new.cls):
                    raise DoubleSpend
                return await self.upload(upload_id)
        upload_id = UploadId(urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode())
        self._spend(new.spent_key, new.week, upload_id)
        self._uploads[upload_id] = _Upload(new)
        return await self.upload(upload_id)

    def _find(self, upload_id: UploadId) -> _Upload:
        if upload_id not in self._uploads:
            raise NotHere
        return self._uploads[upload_id]

    async def upload(self, upload_id: UploadId) -> Upload:
        there = self._find(upload_id)
        return Upload(upload_id, there.new.cls, len(there.body), there.kept)

    async def append(self, upload_id: UploadId, offset: int, piece: bytes) -> Upload:
        there = self._find(upload_id)
        if offset != len(there.body):
            raise WrongOffset(offset=len(there.body))
        if offset + len(piece) > CELL_BYTES[there.new.cls]:
            raise WrongSize
        there.body += piece
        return await self.upload(upload_id)

    async def finish(self, upload_id: UploadId) -> Kept:
        there = self._find(upload_id)
        if there.kept is None:
            if len(there.body) < CELL_BYTES[there.new.cls]:
                raise WrongOffset(offset=len(there.body))
            there.kept = Kept(CellHash(sha256(there.body).digest()))
            key = (there.new.cls, there.kept.cell_hash)
            self._pending[there.new.board][key] = bytes(there.body)
        return there.kept

    async def close_batch(self, board: Board, expires: Instant) -> Batch | None:
        waiting, self._pending[board] = self._pending[board], {}
        if not waiting:
            return None
        order = [(cls, key) for cls in CellClass for key in sorted(waiting) if key[0] is cls]
        number = len(self._batches[board]) + 1
        files: list[ClassFile] = []
        for cls in CellClass:
            bodies = [waiting[key] for of, key in order if of is cls]
            if bodies:
                self._path(board, number, cls).write_bytes(b"".join(bodies))
                digest = Digest(sha256(b"".join(bodies)).digest())
                files.append(ClassFile(cls, len(bodies), digest))
        leaves = b"".join(leaf_record(*key) for _, key in order)
        tree = extend(self._tree(board), leaves)
        signed = self._sign(board, number, tree.size, tree.root)
        digest = Digest(sha256(leaves).digest())
        batch = Batch(board, number, tuple(files), digest, tree.encode(), signed)
        self._batches[board].append(_Batch(batch, leaves, tree, expires))
        return batch

    def _path(self, board: Board, number: int, cls: CellClass) -> Path:
        return self._directory / f"{board}-{number}.{cls}"

    def _tree(self, board: Board) -> Frontier:
        return self._batches[board][-1].tree if self._batches[board] else Frontier()

    def _batch(self, board: Board, number: int) -> _Batch:
        if not 1 <= number <= len(self._batches[board]):
            raise NotHere
        return self._batches[board][number - 1]

    async def batches(self, board: Board, after: int, most: int) -> tuple[Batch, ...]:
        return tuple(there.batch for there in self._batches[board][after : after + most])

    async def leaves(self, board: Board, number: int) -> bytes:
        return self._batch(board, number).leaves

    async def batch_file(self, board: Board, number: int, cls: CellClass) -> BatchFile:
        there = self._batch(board, number)
        for file in there.batch.files:
            if file.cls is cls and not there.gone:
                return BatchFile(self._path(board, number, cls), file.count * CELL_BYTES[cls])
        raise NotHere

    async def frontier(self, board: Board) -> bytes:
        return self._tree(board).encode()

    async def publish(
        self, member_id: MemberId, kind: Publication, signed: bytes, last_day: Day
    ) -> bool:
        for entry in self._published:
            if (entry.member_id, entry.shown.kind, entry.shown.signed) == (member_id, kind, signed):
                return False
        self._cursor += 1
        self._published.append(_Entry(member_id, last_day, Published(self._cursor, kind, signed)))
        return True

    async def published(self, after: int, most: int) -> tuple[Published, ...]:
        return tuple(e.shown for e in self._published if e.shown.cursor > after)[:most]

    async def latest_certificate(self, member_id: MemberId) -> bytes | None:
        for entry in reversed(self._published):
            if entry.member_id == member_id and entry.shown.kind is Publication.CERT:
                return entry.shown.signed
        return None

    async def expire(self, now: Instant) -> None:
        today = day_of(now)
        self._closed = Week(max(self._closed, week_of(today) - 1))
        self._spent = {key: how for key, how in self._spent.items() if how[0] > self._closed}
        self._published = [entry for entry in self._published if entry.last_day >= today]
        waiting = {key for cells in self._pending.values() for _, key in cells}
        self._uploads = {
            upload_id: there
            for upload_id, there in self._uploads.items()
            if there.new.last_day >= today or (there.kept and there.kept.cell_hash in waiting)
        }
        for board in Board:
            for there in self._batches[board]:
                if there.expires <= now and not there.gone:
                    there.gone = True
                    for file in there.batch.files:
                        self._path(board, there.batch.number, file.cls).unlink()

    async def counters(self, now: Instant) -> Counters:
        kept = {board: [b for b in self._batches[board] if not b.gone] for board in Board}
        files = [f for there in kept.values() for b in there for f in b.batch.files]
        ends = [there.expires for batches in kept.values() for there in batches]
        return Counters(
            pending={board: len(cells) for board, cells in self._pending.items()},
            damaged=0,
            uploads=sum(there.kept is None for there in self._uploads.values()),
            batches={board: len(there) for board, there in kept.items()},
            bytes=sum(file.count * CELL_BYTES[file.cls] for file in files),
            overdue=max(0, now - min(ends, default=now)),
        )

    async def close(self) -> None:
        """Nothing to let go of."""


class MemoryPortions:
    """`Portions` in a dictionary."""

    def __init__(self) -> None:
        self._had: dict[Withdrawal, bytes | None] = {}

    async def portion(self, withdrawal: Withdrawal, quota: int) -> bytes | None:
        if withdrawal in self._had:
            return self._had[withdrawal]
        same = replace(withdrawal, week=Week(0), request_hash=Digest(b""), count=0)
        had = sum(
            had.count
            for had in self._had
            if replace(had, week=Week(0), request_hash=Digest(b""), count=0) == same
        )
        if had + withdrawal.count > quota:
            raise QuotaSpent
        self._had[withdrawal] = None
        return None

    async def remember(self, withdrawal: Withdrawal, response: bytes) -> None:
        if withdrawal not in self._had:
            raise NotHere
        self._had[withdrawal] = self._had[withdrawal] or response

    async def expire(self, today: Day) -> None:
        self._had = {had: how for had, how in self._had.items() if had.day >= today - 1}

    async def close(self) -> None:
        """Nothing to let go of."""
