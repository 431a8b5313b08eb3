"""The one door to the broker and its issuer: HTTP with retry, resume and idempotency.

This file knows requests and answers. It refuses to know why they are made, and to log anything.
Writing goes over fresh connections that carry a token and no identity; reading and issuing are
signed as oneself (PROTOCOL P-5.2, P-7). It never waits: what could not be reached is
`BrokerGone`, or `ProxyGone` when it came no farther than the proxy, and the next tick tries the
same again with the same token and the same bytes.
"""

import hashlib
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Self

import aiohttp
from yarl import URL

from client.answers import (
    ANSWER_LIMIT,
    LOST,
    PIECE,
    SHUT,
    STREAM,
    WHOLE,
    again,
    check,
    kept,
    octets,
    session,
    structured,
)
from client.doors import Doors
from client.refusals import ProxyGone
from client.upload import Source, Upload, Wanted, always
from keys.address import Board, CellClass, CellHash
from keys.armour import to_url
from keys.errors import BrokerGone, NotHere, Sent, WrongShape
from keys.proof import HEADER as PROOF_HEADER
from keys.token import HEADER as TOKEN_HEADER
from keys.token import Token
from keys.wire import Value, pack, unpack

Prover = Callable[[str, str, bytes], str]
"""(method, path with query, SHA-256 of the body) → the `Folge-Proof` header of this member."""

Progress = Callable[[int], None]
"""Told how many bytes have gone or come since the last call."""

CERTIFICATE_HEADER: Final = "Folge-Certificate"
_PARTIAL: Final = 206
_EMPTY: Final = hashlib.sha256(b"").digest()
_UPLOAD: Final = re.compile(r"/v1/uploads/[A-Za-z0-9_-]{43}")
_ROSTER_FILE: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


def say_nothing(_bytes: int) -> None:
    """Tell nobody how much has come or gone."""


class Transport:
    """One member's connections. Make it inside the event loop; close it, or use `async with`.

    Args:
        doors: where to connect.
        prove: signs a read as this member.
    """

    def __init__(self, doors: Doors, prove: Prover) -> None:
        self._doors = doors
        self._prove = prove
        self._reader = session(keep=True, proxy=doors.proxy)
        self._writer = session(keep=False, proxy=doors.proxy)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.close()
        await self._writer.close()

    # ── writing as nobody ────────────────────────────────────────────────────────────────────
    async def post_cell(self, board: Board, cls: CellClass, cell: bytes, token: Token) -> CellHash:
        """Post a whole cell; returns the hash that the broker says it has on disk.

        Raises:
            BrokerGone: no answer; the same call may be repeated and counts once.
            Malformed: the answer is no acknowledgement.
            Refusal: what the broker answered.
        """
        target = f"/v1/boards/{board}/cells/{cls}"
        headers = {TOKEN_HEADER: token.to_header()}

        async def go() -> CellHash:
            async with self._writer.post(
                self._at(target), data=cell, headers=headers, allow_redirects=False
            ) as answer:
                return kept(await structured(answer))

        return await again(go, sent=Sent.MAYBE)

    async def post_large(
        self,
        board: Board,
        cls: CellClass,
        cell: Source,
        token: Token,
        progress: Progress = lambda _done: None,
        wanted: Wanted = always,
    ) -> CellHash | None:
        """Post a cell piece by piece from a file, going on where the broker says it stopped.

        Returns the hash that the broker says it has on disk, or None when between two pieces it
        was no longer `wanted`: the broker forgets what it has of it.

        Raises:
            BrokerGone: no answer, or no headway; the same call goes on from there.
            Malformed: an answer is not in its form.
            Refusal: what the broker answered.
        """
        headers = {TOKEN_HEADER: token.to_header()}
        target = f"/v1/boards/{board}/uploads/{cls}"

        async def begin() -> URL:
            async with self._writer.post(
                self._at(target), headers=headers, allow_redirects=False
            ) as answer:
                await check(answer)
                place = answer.headers.get("Location", "")
                if not _UPLOAD.fullmatch(place):
                    raise WrongShape(field="location")
                return self._at(place)

        where = await again(begin, sent=Sent.MAYBE)
        return await Upload(self._writer, where, cls, cell, progress, wanted).run()

    # ── reading as oneself ───────────────────────────────────────────────────────────────────
    async def batches(self, board: Board, after: int, most: int) -> Value:
        """Return the batch descriptors after number `after`, as they came.

        Raises:
            BrokerGone: no answer.
            Malformed: the answer is no value.
            Refusal: what the broker answered.
        """
        return await self._read(f"/v1/boards/{board}/batches?after={after}&most={most}")

    async def leaves(self, board: Board, number: int, most: int) -> bytes:
        """Return a batch's leaf list, 33 bytes a cell and at most `most` bytes.

        Raises:
            BrokerGone: no answer.
            OverLong: it is longer.
            Refusal: what the broker answered.
        """
        return await self._octets(f"/v1/boards/{board}/batches/{number}/leaves", most, STREAM)

    async def note_file(self, board: Board, number: int, size: int) -> bytes:
        """Return a batch's notes, all in one: `size` bytes at most.

        Raises:
            BrokerGone: no answer.
            NotHere: missing, expired or not ours to read.
            OverLong: it is longer than its leaf list says.
        """
        target = f"/v1/boards/{board}/batches/{number}/cells/{CellClass.NOTE}"
        return await self._octets(target, size, STREAM)

    async def blob_file(
        self, board: Board, number: int, cls: CellClass, start: int
    ) -> AsyncGenerator[bytes, None]:
        """Yield a batch's blob file in pieces from offset `start`, so that a cut can resume.

        Raises:
            BrokerGone: the connection broke; ask again from where it did.
            NotHere: missing, expired or not ours to read.
            WrongShape: the broker sends something else than was asked for.
        """
        target = f"/v1/boards/{board}/batches/{number}/cells/{cls}"
        headers = {PROOF_HEADER: self._prove("GET", target, _EMPTY), "Range": f"bytes={start}-"}
        try:
            async with self._get(target, headers, STREAM) as answer:
                await check(answer)
                if answer.status != _PARTIAL:
                    raise WrongShape(field="range")
                async for piece in answer.content.iter_chunked(PIECE):
                    yield piece
        except LOST as lost:
            raise (ProxyGone if isinstance(lost, SHUT) else BrokerGone) from None

    async def keys(self, after: int, most: int) -> Value:
        """Return what stands on the keys board after cursor `after`.

        Raises:
            BrokerGone, Malformed, Refusal: as `batches`.
        """
        return await self._read(f"/v1/keys?after={after}&most={most}")

    async def publish(self, kind: str, signed: bytes) -> None:
        """Put signed keys on the keys board; the signature inside is the right to do so.

        Raises:
            BrokerGone: no answer; the same bytes twice are one.
            Refusal: what the broker answered.
        """
        body = pack(["publish", 1, kind, signed])

        async def go() -> None:
            async with self._reader.post(
                self._at("/v1/keys"), data=body, allow_redirects=False
            ) as answer:
                await structured(answer)

        await again(go, sent=Sent.MAYBE)

    async def issue(self, request: bytes, certificate: bytes) -> Value:
        """Ask the issuer to sign blinded tokens, as oneself (PROTOCOL P-10.1).

        Raises:
            BrokerGone: no answer; the same request again gets the same answer.
            Malformed: the answer is no value.
            Refusal: what the issuer answered.
        """
        target, digest = "/v1/tokens", hashlib.sha256(request).digest()

        async def go() -> Value:
            headers = {
                # A proof counts once, so every try has its own.
                PROOF_HEADER: self._prove("POST", target, digest),
                CERTIFICATE_HEADER: to_url(certificate),
            }
            async with self._reader.post(
                _join(self._doors.issuer, target),
                data=request,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                return await structured(answer)

        return await again(go, sent=Sent.MAYBE)

    async def roster_file(self, name: str, most: int) -> bytes | None:
        """Return a roster file, or None when the broker has no such file.

        Raises:
            BrokerGone: no answer.
            OverLong: it is longer than `most` bytes.
            WrongShape: that is no name of a roster file.
        """
        if not _ROSTER_FILE.fullmatch(name):
            raise WrongShape(field="roster_file")

        async def go() -> bytes | None:
            async with self._get(f"/v1/roster/{name}", {}, STREAM) as answer:
                try:
                    return await octets(answer, most)
                except NotHere:
                    return None

        return await again(go)

    async def _read(self, target: str) -> Value:
        return unpack(await self._octets(target, ANSWER_LIMIT, WHOLE), limit=ANSWER_LIMIT)

    async def _octets(self, target: str, most: int, patience: aiohttp.ClientTimeout) -> bytes:
        async def go() -> bytes:
            headers = {PROOF_HEADER: self._prove("GET", target, _EMPTY)}
            async with self._get(target, headers, patience) as answer:
                return await octets(answer, most)

        return await again(go)

    def _get(
        self, target: str, headers: dict[str, str], patience: aiohttp.ClientTimeout
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._reader.get(
            self._at(target), headers=headers, timeout=patience, allow_redirects=False
        )

    def _at(self, target: str) -> URL:
        return _join(self._doors.broker, target)


def _join(door: URL, target: str) -> URL:
    """Return where `target` is, spelled on the wire exactly as a proof says it."""
    return door.join(URL(target, encoded=True))
