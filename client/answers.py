"""What an answer of the broker is: bytes, a value, a refusal, or nothing at all.

This file knows statuses and bodies (PROTOCOL P-4) and which refusals a broker may speak. It
refuses to know what was asked, and to let a broker speak for this machine: «locked» and «disk
full» are our own words.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import aiohttp
from yarl import URL

from client.refusals import ProxyGone
from keys.address import CellHash
from keys.errors import (
    BadCertificate,
    BadProof,
    BadSignature,
    BadToken,
    BrokerBusy,
    BrokerFault,
    BrokerGone,
    DiskFull,
    DoubleSpend,
    Expired,
    Malformed,
    NotHere,
    NotYet,
    OverLong,
    ProofReplayed,
    ProofStale,
    QuotaSpent,
    Refusal,
    RevokedMember,
    RosterExpired,
    Sent,
    Truncated,
    UnknownMember,
    UnknownVersion,
    WrongBoard,
    WrongOffset,
    WrongShape,
    WrongSize,
    WrongTokenClass,
)
from keys.wire import Fields, Value, unpack

Answer = TypeVar("Answer")

PIECE: Final = 1 << 20
"""Bytes in one piece of an upload or download."""
ANSWER_LIMIT: Final = 8 << 20
"""The longest structured answer that is read, in bytes."""
TRIES: Final = 3
GOOD: Final = frozenset({200, 201, 204, 206})
LOST: Final = (aiohttp.ClientError, TimeoutError, OSError, ProofReplayed)
"""What a request ends in when there is no answer. Every try has its own proof, so «used before»
says that one arrived and its answer did not: aiohttp asks again by itself on a connection that
was kept alive too long."""
SHUT: Final = (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)
"""Those of them that came no farther than the proxy: it is away, or does not say 200."""
GONE: Final = (BrokerGone, ProxyGone)
"""What both come to; whoever goes on when one of them is met goes on when the other is."""
WHOLE: Final = aiohttp.ClientTimeout(total=60, connect=10, sock_connect=10, sock_read=30)
"""Of a short request: however slowly a broker talks, the next slot is not late for it."""
STREAM: Final = aiohttp.ClientTimeout(total=None, connect=10, sock_connect=10, sock_read=60)
"""Of a long download, which goes on as long as something comes."""

_SAYS: Final[Mapping[str, type[Refusal]]] = MappingProxyType(
    {
        leaf.code: leaf
        for leaf in (
            BadCertificate,
            BadProof,
            BadSignature,
            BadToken,
            BrokerBusy,
            BrokerFault,
            DoubleSpend,
            Expired,
            NotHere,
            NotYet,
            OverLong,
            ProofReplayed,
            ProofStale,
            QuotaSpent,
            RevokedMember,
            RosterExpired,
            Truncated,
            UnknownMember,
            UnknownVersion,
            WrongBoard,
            WrongOffset,
            WrongShape,
            WrongSize,
            WrongTokenClass,
        )
    }
    # The broker's disk, not ours.
    | {DiskFull.code: BrokerFault}
)
"""What a broker or issuer may say (broker/PROTOCOL.md), and which leaf it is here."""

_FACTS: Final = ("seconds", "offset", "day")
_MOST_FACT: Final = 1 << 48
_REFUSAL_LIMIT: Final = 4_096
_DIGITS: Final = 12


def session(*, keep: bool, proxy: URL | None = None) -> aiohttp.ClientSession:
    """Make a session: kept alive for reading, a fresh connection each time for writing.

    It obeys no proxy from the environment and no cookie, asks for no compression, and verifies
    TLS by the system's authorities. Through `proxy` it opens a tunnel to an `https` door, one for
    each connection that it would have made without.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=not keep, limit=4),
        timeout=WHOLE,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "folge", "Accept": "*/*", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
        proxy=proxy,
    )


async def again(go: Callable[[], Awaitable[Answer]], *, sent: Sent = Sent.NOTHING) -> Answer:
    """Try a request that counts once however often it arrives; give up after a few tries.

    Raises:
        BrokerGone: no try was answered.
        ProxyGone: no try came past the proxy.
    """
    shut = True
    for _ in range(TRIES):
        try:
            return await go()
        except LOST as lost:
            shut = shut and isinstance(lost, SHUT)
    raise (ProxyGone if shut else BrokerGone)(sent=sent)


async def octets(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Read at most `most` bytes of a good answer, or raise the refusal it is.

    Raises:
        OverLong: more came.
        Refusal: what the broker said.
    """
    await check(answer)
    return await _body(answer, most)


async def structured(answer: aiohttp.ClientResponse) -> Value:
    """Return the value of a good answer (None when it has no body), or raise its refusal.

    Raises:
        Malformed: it is longer than `ANSWER_LIMIT`, or no value.
        Refusal: what the broker said.
    """
    body = await octets(answer, ANSWER_LIMIT)
    return unpack(body, limit=ANSWER_LIMIT) if body else None


async def check(answer: aiohttp.ClientResponse) -> None:
    """Accept a good answer before its body is read.

    Raises:
        Refusal: what the broker said instead; a redirection is no answer.
    """
    if answer.status not in GOOD:
        raise await _refusal(answer)


async def _body(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_chunked(PIECE):
        body += piece
        if len(body) > most:
            raise OverLong(limit=most)
    return bytes(body)


async def _refusal(answer: aiohttp.ClientResponse) -> Refusal:
    """Turn an answer into our own word for it; what a broker may not say is no answer."""
    # Who only asked has sent nothing, whatever a proxy answers in the broker's place.
    nothing = BrokerGone(sent=Sent.NOTHING if answer.method == "GET" else Sent.MAYBE)
    try:
        value = unpack(await _body(answer, _REFUSAL_LIMIT))
    except Malformed:
        return nothing
    match value:
        case ["refusal", 1, str(code)] if code in _SAYS:
            return _SAYS[code]()
        case ["refusal", 1, str(code), dict(told)] if code in _SAYS:
            return _SAYS[code](sent=Sent.NOTHING, **_facts(told))
        case _:
            return nothing


def _facts(told: Mapping[str, Value]) -> dict[str, int]:
    """Return the facts that help to go on; the rest is not looked at."""
    found: dict[str, int] = {}
    for name in _FACTS:
        value = told.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_FACT:
            found[name] = value
    return found


def kept(value: Value) -> CellHash:
    """Return the hash in the acknowledgement of a cell (PROTOCOL P-5.6).

    Raises:
        Malformed: it is no acknowledgement.
    """
    fields = Fields(value, "kept")
    found = CellHash(fields.octets("cell_hash", size=32))
    fields.end()
    return found


def number(text: str) -> int:
    """Return the number in an `Upload-Offset` header.

    Raises:
        WrongShape: it is no such number.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise WrongShape(field="upload_offset")
    return int(text)
