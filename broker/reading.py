"""Reading boards, keys and roster files: everything to everybody who may, nothing by name.

This file knows the routes by which sealed bytes go out (PROTOCOL.md P-8, P-9.3, P-9.4). It refuses
to know which of them concern the one who reads: every reader is given all of a batch, and what it
may not have looks exactly like what is not there.
"""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from aiohttp import hdrs, web

from broker.admission import board, may_read
from broker.metrics import Metrics
from broker.mirror import Mirror
from broker.readers import Readers
from broker.storage import Batch, BatchFile, Store
from broker.web import OCTETS, Ask, Route, answer, octets
from keys.address import CLASS_CODE, Board, CellClass
from keys.errors import BrokerBusy, NotHere, WrongShape
from keys.member import Member
from keys.wire import Packable

MOST: Final = 100
"""The most batches, or entries of the `keys` board, in one answer."""
FILES_AT_ONCE: Final = 256
"""Batch files being sent at once; each costs an open file and no memory."""
SLOWEST: Final = 16_384
"""Bytes a second below which a reader is let go."""
PATIENCE_SECONDS: Final = 30
"""What even the smallest file may take."""
BUSY_SECONDS: Final = 30
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,15}")
_RANGE: Final = re.compile(r"bytes=(0|[1-9][0-9]{0,15})-([1-9][0-9]{0,15}|0)?")


class Reading:
    """The routes by which bytes go out.

    Args:
        store: what is kept.
        mirror: the roster and its files.
        readers: tells which member asks.
        metrics: told of every batch file served.
    """

    def __init__(self, store: Store, mirror: Mirror, readers: Readers, metrics: Metrics) -> None:
        self._store = store
        self._mirror = mirror
        self._readers = readers
        self._metrics = metrics
        self._sending = 0

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of P-8, P-9.3 and P-9.4."""
        return (
            Route("GET", "/v1/boards/{board}/batches", self.batches),
            Route("GET", "/v1/boards/{board}/batches/{n}/leaves", self.leaves),
            Route("GET", "/v1/boards/{board}/batches/{n}/cells/{cls}", self.cells),
            Route("GET", "/v1/keys", self.keys),
            Route("GET", "/v1/roster/{file}", self.roster_file),
        )

    async def batches(self, ask: Ask) -> web.StreamResponse:
        """Describe batches (P-8.4)."""
        await self._member(ask)
        after, most = _page(ask)
        found = await self._store.batches(board(ask.words["board"]), after, most)
        return answer(["batches", 1, [_packed(batch) for batch in found]])

    async def leaves(self, ask: Ask) -> web.StreamResponse:
        """Give a batch's leaf list (P-8.5)."""
        await self._member(ask)
        where = board(ask.words["board"])
        return octets(await self._store.leaves(where, _number(ask.words["n"])))

    async def cells(self, ask: Ask) -> web.StreamResponse:
        """Give a batch's file of one class, or a range of it (P-8.6, P-8.7)."""
        member = await self._member(ask)
        where = board(ask.words["board"])
        cls = next((cls for cls in CellClass if cls == ask.words["cls"]), None)
        if cls is None:
            raise NotHere
        found = await self._store.batch_file(where, _number(ask.words["n"]), cls)
        # Denied only here, after the same work, so that the time tells no more than the answer.
        if not may_read(member.role, where):
            raise NotHere
        return await self._send(ask, where, found)

    async def keys(self, ask: Ask) -> web.StreamResponse:
        """Give a page of the `keys` board (P-9.3)."""
        await self._member(ask)
        after, most = _page(ask)
        found = await self._store.published(after, most)
        cursor = found[-1].cursor if found else after
        return answer(["keys", 1, cursor, [[entry.kind, entry.signed] for entry in found]])

    async def roster_file(self, ask: Ask) -> web.StreamResponse:
        """Give a file of the roster to anybody (P-9.4)."""
        found = self._mirror.file(ask.words["file"])
        if found is None:
            raise NotHere
        return octets(found)

    async def _member(self, ask: Ask) -> Member:
        return await self._readers.member(ask, self._store.latest_certificate)

    async def _send(self, ask: Ask, where: Board, found: BatchFile) -> web.StreamResponse:
        """Send a file, or the range of it that was asked for, straight from the disk's cache."""
        span = _span(ask.header(hdrs.RANGE), found.length)
        if self._sending >= FILES_AT_ONCE:
            raise BrokerBusy(seconds=BUSY_SECONDS)
        self._sending += 1
        try:
            with _opened(found.path) as file:
                return await _stream(ask.request, file, span, found.length)
        finally:
            self._sending -= 1
            self._metrics.served(where)


@dataclass(frozen=True, slots=True)
class _Span:
    """The bytes to send: from `first` to before `end`; `part` when a range was asked for."""

    first: int
    end: int
    part: bool


def _span(header: str | None, length: int) -> _Span:
    if header is None:
        return _Span(0, length, part=False)
    found = _RANGE.fullmatch(header)
    if found is None:
        raise WrongShape(field="range")
    first = int(found[1])
    end = length if found[2] is None else min(int(found[2]) + 1, length)
    if first >= end:
        raise WrongShape(field="range")
    return _Span(first, end, part=True)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise NotHere from None  # it expired a moment ago


async def _stream(
    request: web.BaseRequest, file: BinaryIO, span: _Span, length: int
) -> web.StreamResponse:
    count = span.end - span.first
    headers = {hdrs.CONTENT_TYPE: OCTETS, hdrs.ACCEPT_RANGES: "bytes"}
    if span.part:
        headers[hdrs.CONTENT_RANGE] = f"bytes {span.first}-{span.end - 1}/{length}"
    response = web.StreamResponse(status=206 if span.part else 200, headers=headers)
    response.content_length = count
    await response.prepare(request)
    transport = request.transport
    if transport is None:
        raise ConnectionResetError
    try:
        async with asyncio.timeout(PATIENCE_SECONDS + count / SLOWEST):
            await asyncio.get_running_loop().sendfile(transport, file, span.first, count)
    except TimeoutError:
        transport.abort()
        raise ConnectionResetError from None
    await response.write_eof()
    return response


def _page(ask: Ask) -> tuple[int, int]:
    numbers = ask.numbers(after=0, most=MOST)
    if not 1 <= numbers["most"] <= MOST:
        raise WrongShape(field="query")
    return numbers["after"], numbers["most"]


def _number(word: str) -> int:
    if not _NUMBER.fullmatch(word):
        raise NotHere
    return int(word)


def _packed(batch: Batch) -> Packable:
    files: list[Packable] = [
        [CLASS_CODE[file.cls], file.count, file.sha256] for file in batch.files
    ]
    leaves, tree = batch.leaves_sha256, batch.frontier
    return ["batch", 1, batch.number, files, leaves, tree, batch.checkpoint]
