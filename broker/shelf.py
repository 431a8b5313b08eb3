"""What a store shows: batches, leaf lists, published keys and sums.

This file knows how rows become records. It refuses to write: its connection cannot.
"""

from dataclasses import dataclass
from typing import TypeVar

from broker.database import Reader
from broker.layout import Layout
from broker.spending import CLASS_OF
from broker.storage import Batch, BatchFile, ClassFile, Counters, Digest, Publication, Published
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass, MemberId
from keys.calendar import Instant
from keys.checkpoint import Frontier
from keys.errors import NotHere

_BATCHES = """
SELECT number, leaves_sha256, frontier, checkpoint FROM batches
WHERE board = ? AND number > ? ORDER BY number LIMIT ?
"""
_FILES = """
SELECT number, class, count, sha256 FROM files
WHERE board = ? AND number > ? AND number <= ? ORDER BY number, class
"""
_LAST = "SELECT number, frontier FROM batches WHERE board = ? ORDER BY number DESC LIMIT 1"
_LEAVES = "SELECT records FROM leaves WHERE board = ? AND number = ?"
_COUNT = """
SELECT count FROM files JOIN batches USING (board, number)
WHERE board = ? AND number = ? AND class = ? AND gone = 0
"""
_PUBLISHED = """
SELECT cursor, kind, signed FROM published WHERE cursor > ? ORDER BY cursor LIMIT ?
"""
_LATEST = """
SELECT signed FROM published WHERE member_id = ? AND kind = ? ORDER BY cursor DESC LIMIT 1
"""
_PENDING = "SELECT board, count(*) FROM pending GROUP BY board"
_UPLOADS = "SELECT count(*) FROM uploads WHERE kept IS NULL"
_KEPT = "SELECT board, count(*) FROM batches WHERE gone = 0 GROUP BY board"
_SIZES = """
SELECT class, sum(count) FROM files JOIN batches USING (board, number) WHERE gone = 0
GROUP BY class
"""
_OLDEST = "SELECT min(expires) FROM batches WHERE gone = 0"

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    leaves_sha256: bytes
    frontier: bytes
    checkpoint: str

    def with_files(self, board: Board, files: tuple[ClassFile, ...]) -> Batch:
        digest = Digest(self.leaves_sha256)
        return Batch(board, self.number, files, digest, self.frontier, self.checkpoint)


class Shelf:
    """The reading side of one store."""

    def __init__(self, layout: Layout, reader: Reader) -> None:
        self._layout = layout
        self._reader = reader

    async def batches(self, board: Board, after: int, most: int) -> tuple[Batch, ...]:
        """See `Store.batches`."""
        rows = await self._reader.rows(_Row, _BATCHES, board, after, most)
        if not rows:
            return ()
        files: dict[int, list[ClassFile]] = {}
        last = rows[-1].number
        for number, file in await self._reader.rows(_file_of, _FILES, board, after, last):
            files.setdefault(number, []).append(file)
        return tuple(row.with_files(board, tuple(files[row.number])) for row in rows)

    async def tree(self, board: Board) -> tuple[int, Frontier]:
        """Return the number of the board's last batch, 0 for none, and the tree after it."""
        found = await self._reader.rows(_tree_of, _LAST, board)
        return found[0] if found else (0, Frontier())

    async def leaves(self, board: Board, number: int) -> bytes:
        """See `Store.leaves`."""
        return _only(await self._reader.rows(bytes, _LEAVES, board, number))

    async def batch_file(self, board: Board, number: int, cls: CellClass) -> BatchFile:
        """See `Store.batch_file`."""
        rows = await self._reader.rows(int, _COUNT, board, number, CLASS_CODE[cls])
        return BatchFile(self._layout.batch(board, number, cls), _only(rows) * CELL_BYTES[cls])

    async def published(self, after: int, most: int) -> tuple[Published, ...]:
        """See `Store.published`."""
        return tuple(await self._reader.rows(_published_of, _PUBLISHED, after, most))

    async def latest_certificate(self, member_id: MemberId) -> bytes | None:
        """See `Store.latest_certificate`."""
        rows = await self._reader.rows(bytes, _LATEST, member_id, Publication.CERT)
        return rows[0] if rows else None

    async def counters(self, now: Instant, damaged: int) -> Counters:
        """See `Store.counters`."""
        sizes = await self._reader.rows(_bytes_of, _SIZES)
        oldest = _only(await self._reader.rows(_maybe, _OLDEST))
        return Counters(
            pending=await self._by_board(_PENDING),
            damaged=damaged,
            uploads=_only(await self._reader.rows(int, _UPLOADS)),
            batches=await self._by_board(_KEPT),
            bytes=sum(sizes),
            overdue=0 if oldest is None else max(0, now - oldest),
        )

    async def _by_board(self, query: str) -> dict[Board, int]:
        found = dict(await self._reader.rows(_board_and_count, query))
        return {board: found.get(board, 0) for board in Board}


def _only(rows: list[Made]) -> Made:
    if not rows:
        raise NotHere
    return rows[0]


def _tree_of(number: int, frontier: bytes) -> tuple[int, Frontier]:
    return number, Frontier.decode(frontier)


def _file_of(number: int, code: int, count: int, sha256: bytes) -> tuple[int, ClassFile]:
    return number, ClassFile(CLASS_OF[code], count, Digest(sha256))


def _published_of(cursor: int, kind: str, signed: bytes) -> Published:
    return Published(cursor, Publication(kind), signed)


def _board_and_count(board: str, count: int) -> tuple[Board, int]:
    return Board(board), count


def _bytes_of(code: int, count: int) -> int:
    return count * CELL_BYTES[CLASS_OF[code]]


def _maybe(value: int | None) -> int | None:
    return value
