"""Cells, tokens and a signer for tests of the broker's store; small ones, made fresh each time."""

import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from nacl.signing import SigningKey

from broker.storage import Batch, CheckpointSigner, NewCell, NewUpload, SpentKey, Store
from keys.address import CELL_BYTES, Board, CellClass, CellHash
from keys.calendar import Day, Instant, Week, start_of, week_of
from keys.checkpoint import Checkpoint, Root, origin_of, parse_and_verify

TODAY: Final = Day(20_000)
NOW: Final = start_of(TODAY)
WEEK: Final = week_of(TODAY)
LATER: Final = Instant(NOW + 14 * 86_400)
INSTANCE: Final = "folge-test"
SEED: Final = bytes(32)
PUBLIC: Final = bytes(SigningKey(SEED).verify_key)


def signer(instance: str = INSTANCE) -> CheckpointSigner:
    """Sign checkpoints as the broker `instance`."""

    def sign(board: Board, number: int, size: int, root: bytes) -> str:
        return Checkpoint(origin_of(instance, board), size, Root(root), number).sign(SEED)

    return sign


def verified(batch: Batch, instance: str = INSTANCE) -> Checkpoint:
    """Read a batch's checkpoint as a member would."""
    return parse_and_verify(batch.checkpoint, PUBLIC, origin_of(instance, batch.board))


def hash_of(body: bytes) -> CellHash:
    """Hash a cell's bytes."""
    return CellHash(sha256(body).digest())


def token(number: int | None = None) -> SpentKey:
    """Make the trace of a token: the same for the same number, else a fresh one."""
    if number is None:
        return SpentKey(secrets.token_bytes(32))
    return SpentKey(sha256(b"token %d" % number).digest())


def body_of(cls: CellClass, number: int | None = None) -> bytes:
    """Make a cell's bytes: the same for the same number, else fresh ones."""
    mark = secrets.token_bytes(8) if number is None else b"cell %3d" % number
    return (mark * (CELL_BYTES[cls] // 8 + 1))[: CELL_BYTES[cls]]


def cell(
    board: Board = Board.CENTRE,
    cls: CellClass = CellClass.NOTE,
    *,
    number: int | None = None,
    spent_key: SpentKey | None = None,
    week: Week = WEEK,
) -> NewCell:
    """Make a cell with its token; a number makes both predictable."""
    body = body_of(cls, number)
    return NewCell(board, cls, hash_of(body), spent_key or token(number), week, body)


def upload(
    board: Board = Board.CENTRE,
    cls: CellClass = CellClass.S,
    *,
    spent_key: SpentKey | None = None,
    last_day: Day = TODAY,
) -> NewUpload:
    """Make the beginning of an upload with a fresh token."""
    return NewUpload(board, cls, spent_key or token(), WEEK, last_day)


async def cells_of(store: Store, batch: Batch) -> dict[CellClass, bytes]:
    """Read all files of a batch."""
    found: dict[CellClass, bytes] = {}
    for file in batch.files:
        there = await store.batch_file(batch.board, batch.number, file.cls)
        found[file.cls] = Path(there.path).read_bytes()[: there.length]
    return found
