"""The transaction in which a token is spent: on a cell, or on an upload that becomes one.

This file knows the rule «no token twice, and the same answer to the same question», as jobs for
the writer: each refuses before it writes anything. It refuses to know a writer or a moment.
"""

import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from broker.slab import Slabs
from broker.storage import Kept, NewCell, NewUpload, SpentKey, Upload, UploadId
from keys.address import CELL_BYTES, CLASS_CODE, Board, CellClass, CellHash
from keys.calendar import Week
from keys.errors import DoubleSpend, Expired, NotHere
from keys.wire import lp

CLASS_OF: Final = {code: cls for cls, code in CLASS_CODE.items()}
"""The cell class of each class code."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The answer to a cell, and whether its body was taken in or had been here before."""

    kept: Kept
    is_new: bool


def bound_to(board: Board, cls: CellClass, cell_hash: CellHash) -> bytes:
    """Return 32 bytes that say what a token was spent on, for asking «the same?» and no more."""
    return sha256(lp(board.encode(), bytes([CLASS_CODE[cls]]), cell_hash)).digest()


def admit(
    connection: sqlite3.Connection, cell: NewCell, slabs: Slabs, staged: str | None
) -> Admitted:
    """Spend the token and let the cell wait: in a slot, or in the file `staged` already written.

    Raises:
        DoubleSpend, Expired, DiskFull: as `Store.admit`.
    """
    bound = bound_to(cell.board, cell.cls, cell.cell_hash)
    spent = _spent(connection, cell.spent_key)
    if spent is not None:
        if spent != (bound,):
            raise DoubleSpend
        return Admitted(Kept(cell.cell_hash), is_new=False)
    _check_week(connection, cell.week)
    is_new = not _waits(connection, cell.board, cell.cls, cell.cell_hash)
    slot = slabs[cell.cls].fill(cell.body) if is_new and staged is None else None
    _spend(connection, cell.spent_key, cell.board, cell.week, bound)
    if is_new:
        _let_wait(connection, cell.board, cell.cls, cell.cell_hash, slot, staged)
    return Admitted(Kept(cell.cell_hash), is_new=is_new)


def begin(connection: sqlite3.Connection, new: NewUpload, fresh: UploadId) -> Upload:
    """Spend the token on an upload named `fresh`, or find the one it was spent on.

    Raises:
        DoubleSpend, Expired: as `Store.begin_upload`.
    """
    found = _uploaded(connection, new)
    if found is not None:
        return found
    if _spent(connection, new.spent_key) is not None:
        raise DoubleSpend
    _check_week(connection, new.week)
    _spend(connection, new.spent_key, new.board, new.week, None)
    connection.execute(
        "INSERT INTO uploads VALUES (?, ?, ?, ?, 0, ?, NULL)",
        (fresh, new.spent_key, new.board, CLASS_CODE[new.cls], new.last_day),
    )
    return Upload(fresh, new.cls, 0)


FIND_UPLOAD: Final = """
SELECT upload_id, class, "offset", kept FROM uploads WHERE upload_id = :id
UNION ALL SELECT upload_id, class, -1, kept FROM finished WHERE upload_id = :id
"""
_FIND_PAID_BY: Final = """
SELECT board, upload_id, class, "offset", kept FROM uploads WHERE spent_key = :key
UNION ALL SELECT board, upload_id, class, -1, kept FROM finished WHERE spent_key = :key
"""


def _uploaded(connection: sqlite3.Connection, new: NewUpload) -> Upload | None:
    """Return the upload that this token was spent on; it outlives the token's week."""
    found = connection.execute(_FIND_PAID_BY, {"key": new.spent_key}).fetchone()
    if found is None:
        return None
    board, *row = found
    upload = upload_of(*row)
    if (board, upload.cls) != (new.board, new.cls):
        raise DoubleSpend
    return upload


def upload_of(upload_id: str, code: int, offset: int, kept: bytes | None) -> Upload:
    """Return the record of a row; a kept cell is whole, whatever its row says of an offset."""
    cls = CLASS_OF[code]
    if kept is None:
        return Upload(UploadId(upload_id), cls, offset)
    return Upload(UploadId(upload_id), cls, CELL_BYTES[cls], Kept(CellHash(kept)))


def advance(connection: sqlite3.Connection, upload_id: UploadId, offset: int) -> None:
    """Note that `offset` bytes of an upload are on disk.

    Raises:
        NotHere: the upload has expired meanwhile.
    """
    _update(connection, 'UPDATE uploads SET "offset" = ? WHERE upload_id = ?', offset, upload_id)


def finish(connection: sqlite3.Connection, upload_id: UploadId, cell_hash: CellHash) -> Admitted:
    """Let the staged body of an upload wait as a cell.

    Raises:
        NotHere: the upload has expired meanwhile.
    """
    _update(connection, "UPDATE uploads SET kept = ? WHERE upload_id = ?", cell_hash, upload_id)
    board, code = connection.execute(
        "SELECT board, class FROM uploads WHERE upload_id = ?", (upload_id,)
    ).fetchone()
    cls = CLASS_OF[code]
    is_new = not _waits(connection, Board(board), cls, cell_hash)
    if is_new:
        _let_wait(connection, Board(board), cls, cell_hash, None, upload_id)
    return Admitted(Kept(cell_hash), is_new=is_new)


def _update(connection: sqlite3.Connection, query: str, value: object, key: str) -> None:
    if connection.execute(query, (value, key)).rowcount != 1:
        raise NotHere


def _spent(connection: sqlite3.Connection, key: SpentKey) -> tuple[bytes | None] | None:
    """Return what a token was spent on, in a tuple; None when it was not spent."""
    found: tuple[bytes | None] | None = connection.execute(
        "SELECT bound FROM spent_new WHERE spent_key = :key "
        "UNION ALL SELECT bound FROM spent WHERE spent_key = :key",
        {"key": key},
    ).fetchone()
    return found


def _check_week(connection: sqlite3.Connection, week: Week) -> None:
    (closed,) = connection.execute("SELECT closed_week FROM store").fetchone()
    if week <= closed:
        raise Expired


def _waits(
    connection: sqlite3.Connection, board: Board, cls: CellClass, cell_hash: CellHash
) -> bool:
    return (
        connection.execute(
            "SELECT 1 FROM pending WHERE board = ? AND class = ? AND cell_hash = ?",
            (board, CLASS_CODE[cls], cell_hash),
        ).fetchone()
        is not None
    )


def _spend(
    connection: sqlite3.Connection, key: SpentKey, board: Board, week: Week, bound: bytes | None
) -> None:
    connection.execute("INSERT INTO spent_new VALUES (?, ?, ?, ?)", (key, board, week, bound))


def _let_wait(
    connection: sqlite3.Connection,
    board: Board,
    cls: CellClass,
    cell_hash: CellHash,
    slot: int | None,
    staged: str | None,
) -> None:
    connection.execute(
        "INSERT INTO pending VALUES (?, ?, ?, ?, ?)",
        (board, CLASS_CODE[cls], cell_hash, slot, staged),
    )
