"""Cells that come in pieces: where an upload stands, and each piece on disk before it is counted.

This file knows offsets. The offset in the database is the truth; a staged file may be longer
after a crash, by bytes nobody was told are kept, and is cut back by the next piece. It refuses to
trust a hash from before a crash: the whole body is hashed when it is whole, from the disk.
"""

import asyncio
import secrets
from base64 import urlsafe_b64encode
from functools import partial
from hashlib import sha256
from pathlib import Path
from weakref import WeakValueDictionary

from broker import spending
from broker.database import Reader
from broker.files import pieces, remove, write_piece
from broker.steady import Steady
from broker.storage import AfterStep, Kept, NewUpload, Upload, UploadId
from broker.writer import Writer
from keys.address import CELL_BYTES, CellHash
from keys.errors import NotHere, WrongOffset, WrongSize


def random_name() -> UploadId:
    """Return 43 characters of 32 random bytes: a name that tells nothing and nobody guesses."""
    return UploadId(urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode())


class Uploads:
    """The uploads of one store; see `Store.begin_upload` and what follows it."""

    def __init__(
        self,
        staged: Path,
        writer: Writer,
        reader: Reader,
        steady: Steady,
        after_step: AfterStep,
    ) -> None:
        self._steady = steady
        self._staged = staged
        self._writer = writer
        self._reader = reader
        self._after_step = after_step
        self._locks: WeakValueDictionary[UploadId, asyncio.Lock] = WeakValueDictionary()

    async def begin(self, new: NewUpload) -> Upload:
        """Spend the token on an upload; see `Store.begin_upload`."""
        return await self._writer.run(partial(spending.begin, new=new, fresh=random_name()))

    async def find(self, upload_id: UploadId) -> Upload:
        """Say how far an upload is; see `Store.upload`."""
        found = await self._reader.rows(spending.upload_of, spending.FIND_UPLOAD, upload_id)
        if not found:
            raise NotHere
        return found[0]

    async def append(self, upload_id: UploadId, offset: int, piece: bytes) -> Upload:
        """Keep one piece; see `Store.append`."""
        return await self._steady.run(self._append(upload_id, offset, piece))

    async def _append(self, upload_id: UploadId, offset: int, piece: bytes) -> Upload:
        async with self._alone(upload_id):
            upload = await self.find(upload_id)
            if offset != upload.offset:
                raise WrongOffset(offset=upload.offset)
            if not piece:
                return upload
            end = offset + len(piece)
            if end > CELL_BYTES[upload.cls]:
                raise WrongSize
            await asyncio.to_thread(write_piece, self._staged / upload_id, offset, piece)
            self._after_step("upload.piece")
            await self._writer.run(
                partial(spending.advance, upload_id=upload_id, offset=end),
            )
            return Upload(upload_id, upload.cls, end)

    async def finish(self, upload_id: UploadId) -> Kept:
        """Make the whole body a cell that waits; see `Store.finish`."""
        return await self._steady.run(self._finish(upload_id))

    async def _finish(self, upload_id: UploadId) -> Kept:
        async with self._alone(upload_id):
            upload = await self.find(upload_id)
            if upload.kept is not None:
                return upload.kept
            size = CELL_BYTES[upload.cls]
            if upload.offset < size:
                raise WrongOffset(offset=upload.offset)
            path = self._staged / upload_id
            cell_hash = await asyncio.to_thread(_hash, path, size)
            self._after_step("upload.hashed")
            admitted = await self._writer.run(
                partial(spending.finish, upload_id=upload_id, cell_hash=cell_hash)
            )
            if not admitted.is_new:
                await asyncio.to_thread(remove, path)
            return admitted.kept

    def _alone(self, upload_id: UploadId) -> asyncio.Lock:
        """Return the lock by which two connections do not write one body at once."""
        return self._locks.setdefault(upload_id, asyncio.Lock())


def _hash(path: Path, size: int) -> CellHash:
    digest = sha256()
    for piece in pieces(path, size):
        digest.update(piece)
    return CellHash(digest.digest())
