"""Posting a cell, whole or in pieces: a token in, «kept» out, and no question who.

This file knows the order in which a post is judged (PROTOCOL.md P-5, P-6): place, size, token,
body, store. It refuses to know who posts: it looks at no header but those the clauses name, and
no proof of identity comes near it.
"""

import re
from hashlib import sha256
from typing import Final

from aiohttp import web

from broker.admission import Permit, Place, place
from broker.bodies import CHUNK, Bodies, declared
from broker.metrics import Metrics
from broker.mirror import Mirror
from broker.storage import Kept, NewCell, NewUpload, SpentKey, Store, Upload, UploadId
from broker.web import Ask, Route, answer, empty
from keys.address import CELL_BYTES, CellHash
from keys.calendar import Clock, Day, day_of
from keys.errors import Truncated, WrongOffset, WrongShape, WrongSize
from keys.token import Challenge, Token, verify

PIECE: Final = 1 << 20
"""Bytes of a large body that are in memory before they are on disk."""
UPLOAD_DAYS: Final = 2
"""Days after its first on which an upload may be continued (P-6.7)."""
_OFFSET: Final = re.compile(r"0|[1-9][0-9]{0,11}")
_KEPT: Final = 201


class Writing:
    """The routes by which cells come in.

    Args:
        store: where they are kept.
        mirror: the roster, for its issuer keys.
        clock: the broker's time, by which weeks begin and end.
        bodies: the places for bodies being read.
        metrics: told of every cell that was kept.
    """

    def __init__(
        self, store: Store, mirror: Mirror, clock: Clock, bodies: Bodies, metrics: Metrics
    ) -> None:
        self._store = store
        self._mirror = mirror
        self._clock = clock
        self._bodies = bodies
        self._metrics = metrics

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of P-5 and P-6."""
        return (
            Route("POST", "/v1/boards/{board}/cells/{cls}", self.post),
            Route("POST", "/v1/boards/{board}/uploads/{cls}", self.begin),
            Route("HEAD", "/v1/uploads/{id}", self.progress),
            Route("PATCH", "/v1/uploads/{id}", self.go_on),
        )

    async def post(self, ask: Ask) -> web.StreamResponse:
        """Keep a whole cell (P-5)."""
        where = place(ask.words["board"], ask.words["cls"])
        size = declared(ask.request)
        if size != CELL_BYTES[where.cls]:
            raise WrongSize
        token, permit = self._paid(ask, where)
        if size > CHUNK:
            kept = await self._post_large(ask, where, token, permit)
        else:
            kept = await self._post_small(ask, where, token, permit)
        self._metrics.kept(where)
        return answer(["kept", 1, kept.cell_hash], _KEPT)

    async def _post_small(self, ask: Ask, where: Place, token: Token, permit: Permit) -> Kept:
        spent = SpentKey(token.spent_key)
        await self._bodies.settle(spent)
        with self._bodies.reading(ask.request, CELL_BYTES[where.cls], spent) as reading:
            body = await reading.whole()
        # 64 KiB hash faster than a thread can be woken to do it.
        cell_hash = CellHash(sha256(body).digest())
        cell = NewCell(where.board, where.cls, cell_hash, spent, permit.week, body)
        return await self._store.admit(cell)

    async def _post_large(self, ask: Ask, where: Place, token: Token, permit: Permit) -> Kept:
        """Keep a large cell as an upload in one piece, so that a cut costs only what is missing."""
        upload = await self._settled((await self._begun(where, token, permit)).upload_id)
        if upload.offset:
            raise WrongOffset(offset=upload.offset)
        upload = await self._pour(ask, upload, CELL_BYTES[where.cls])
        return await self._store.finish(upload.upload_id)

    async def begin(self, ask: Ask) -> web.StreamResponse:
        """Begin an upload, or find it again (P-6.1)."""
        where = place(ask.words["board"], ask.words["cls"])
        if ask.request.body_exists:
            raise WrongSize
        token, permit = self._paid(ask, where)
        upload = await self._begun(where, token, permit)
        return empty(
            _KEPT,
            Location=f"/v1/uploads/{upload.upload_id}",
            Upload_Offset=str(upload.offset),
        )

    async def progress(self, ask: Ask) -> web.StreamResponse:
        """Say how many bytes of an upload are on disk (P-6.3)."""
        upload = await self._settled(UploadId(ask.words["id"]))
        return empty(204, Upload_Offset=str(upload.offset))

    async def go_on(self, ask: Ask) -> web.StreamResponse:
        """Take the next piece of an upload (P-6.4 to P-6.6)."""
        said = ask.header("Upload-Offset")
        if said is None or not _OFFSET.fullmatch(said):
            raise WrongShape(field="upload_offset")
        size = declared(ask.request)
        upload = await self._settled(UploadId(ask.words["id"]))
        if int(said) != upload.offset:
            raise WrongOffset(offset=upload.offset)
        if upload.offset + size > CELL_BYTES[upload.cls]:
            raise WrongSize
        upload = await self._pour(ask, upload, size)
        if upload.offset < CELL_BYTES[upload.cls]:
            return empty(204, Upload_Offset=str(upload.offset))
        kept = await self._store.finish(upload.upload_id)
        return answer(["kept", 1, kept.cell_hash], _KEPT)

    def _paid(self, ask: Ask, where: Place) -> tuple[Token, Permit]:
        """Return a request's token, verified for `where` (P-5.3 to P-5.5).

        Verified here and not in a thread: the verification takes half as long as the way there
        and back.
        """
        header = ask.header("Folge-Token")
        if header is None:
            raise WrongShape(field="token")
        token = Token.from_header(header)
        permit = self._mirror.permits.find(token.key_id, where, self._clock.now())
        instance = self._mirror.roster.instance
        verify(token, permit.issuer, Challenge(instance, permit.token_class, permit.week))
        return token, permit

    async def _begun(self, where: Place, token: Token, permit: Permit) -> Upload:
        last_day = Day(day_of(self._clock.now()) + UPLOAD_DAYS)
        spent = SpentKey(token.spent_key)
        new = NewUpload(where.board, where.cls, spent, permit.week, last_day)
        return await self._store.begin_upload(new)

    async def _settled(self, upload_id: UploadId) -> Upload:
        """Return an upload as it stands once no earlier piece of it is being read."""
        await self._bodies.settle(upload_id.encode())
        return await self._store.upload(upload_id)

    async def _pour(self, ask: Ask, upload: Upload, size: int) -> Upload:
        """Keep a body's bytes as they come, also those before a cut (P-6.6)."""
        key = upload.upload_id.encode()
        with self._bodies.reading(ask.request, size, key) as reading:
            while reading.left:
                buffer = bytearray()
                whole = await reading.into(buffer, PIECE)
                if buffer:
                    upload = await self._store.append(
                        upload.upload_id, upload.offset, bytes(buffer)
                    )
                if not whole:
                    raise Truncated
        return upload
