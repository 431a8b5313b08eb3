"""The one door to the broker: what goes out, what is believed, and what a bad broker can do."""

import asyncio
import io
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from client.answers import ANSWER_LIMIT, GOOD, PIECE, TRIES, kept, number
from client.doors import Doors
from client.stream import Stream, pieces
from client.transport import Transport
from keys import errors
from keys.address import CELL_BYTES, Board, CellClass, CellHash
from keys.errors import (
    BadCertificate,
    BatchMismatch,
    BrokerBusy,
    BrokerFault,
    BrokerGone,
    DiskFull,
    DoubleSpend,
    Malformed,
    NotHere,
    OverLong,
    ProofReplayed,
    Refusal,
    Sent,
    WrongOffset,
    WrongShape,
    http_status,
    leaves,
)
from keys.wire import Value, pack
from tests.crooked import Crooked, Handler, answer, crooked, refuses
from tests.machines import cell, hash_of, prove, token

BOARD = Board.CENTRE
NOTE = cell()
CELLS = "/v1/boards/centre/cells/note"
UPLOADS = "/v1/boards/centre/uploads/m"
LEAVES = "/v1/boards/centre/batches/1/leaves"
LARGE = cell(CellClass.M)


@asynccontextmanager
async def talking() -> AsyncGenerator[tuple[Crooked, Transport], None]:
    """Run a broker and connections to it."""
    async with crooked() as broker, Transport(broker.doors, prove) as transport:
        yield broker, transport


def cut(request: web.Request) -> None:
    """Cut the connection under a request."""
    assert request.transport is not None
    request.transport.abort()


def gone_for(times: int, then: Handler) -> Handler:
    """Return a handler that cuts the connection so many times before it answers."""
    left = times

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal left
        if left:
            left -= 1
            cut(request)
            raise ConnectionResetError
        return await then(request)

    return handler


def always(made: Callable[[], web.StreamResponse]) -> Handler:
    """Return a handler that always answers so."""

    async def handler(_: web.Request) -> web.StreamResponse:
        return made()

    return handler


# ── writing as nobody ────────────────────────────────────────────────────────────────────────
async def test_a_cell_is_posted_with_a_token_and_no_name() -> None:
    """What posts a cell shows that it may, and nothing about who it is."""
    async with talking() as (broker, transport):
        by = token()
        assert await transport.post_cell(BOARD, CellClass.NOTE, NOTE, by) == hash_of(NOTE)
        (asked,) = broker.asked
        assert asked.body == NOTE
        assert {name.lower() for name in asked.headers} == {
            "host",
            "user-agent",
            "accept",
            "accept-encoding",
            "connection",
            "folge-token",
            "content-length",
            "content-type",
        }
        assert asked.headers["Folge-Token"] == by.to_header()
        assert broker.waiting[BOARD] == [(CellClass.NOTE, NOTE)]


async def test_every_write_has_a_connection_of_its_own() -> None:
    """Two posts cannot be told to come from one hand, nor a post from a reader's hand."""
    async with talking() as (broker, transport):
        ports: dict[str, list[object]] = {"POST": [], "GET": []}
        honest = broker.honest

        async def noted(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            ports[request.method].append(request.transport.get_extra_info("peername"))
            broker.bent.clear()
            found = await honest(request)
            bend()
            return found

        def bend() -> None:
            broker.bent["POST", CELLS] = noted
            broker.bent["GET", "/v1/keys"] = noted

        bend()
        for _ in range(3):
            await transport.keys(0, 1)
            await transport.post_cell(BOARD, CellClass.NOTE, cell(), token())
        assert len(set(ports["POST"])) == 3
        assert len(set(ports["GET"])) == 1
        assert not set(ports["POST"]) & set(ports["GET"])


async def test_a_post_whose_answer_is_lost_is_made_again_as_it_was() -> None:
    """Same token, same bytes: however often it arrives, it counts once."""
    async with talking() as (broker, transport):

        async def lost(request: web.Request) -> web.StreamResponse:
            del broker.bent["POST", CELLS]
            await broker.honest(request)
            cut(request)
            raise ConnectionResetError

        broker.bent["POST", CELLS] = lost
        await transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
        first, second = broker.asked
        assert first == second
        assert broker.waiting[BOARD] == [(CellClass.NOTE, NOTE)]


async def test_after_a_few_tries_the_broker_is_gone() -> None:
    """A broker that does not answer is named so; something may have left."""
    async with talking() as (broker, transport):
        broker.bent["POST", CELLS] = gone_for(99, broker.honest)
        with pytest.raises(BrokerGone) as caught:
            await transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
        assert caught.value.sent is Sent.MAYBE
        assert len(broker.asked) == TRIES


async def test_nobody_at_home_is_the_broker_gone() -> None:
    """With the network down nothing is sent, and that is what is said."""
    async with Transport(Doors(URL("http://127.0.0.1:9"), URL("http://127.0.0.1:9")), prove) as t:
        for asked in (
            t.keys(0, 1),
            t.batches(BOARD, 0, 1),
            t.leaves(BOARD, 1, 33),
            t.note_file(BOARD, 1, 8_192),
            t.roster_file("timestamp.json", 100),
        ):
            with pytest.raises(BrokerGone) as caught:
                await asked
            assert caught.value.sent is Sent.NOTHING
        for asked in (
            t.publish("cert", b"x"),
            t.issue(b"x", b"c"),
            t.post_large(BOARD, CellClass.M, io.BytesIO(LARGE), token()),
        ):
            with pytest.raises(BrokerGone) as caught:
                await asked
            assert caught.value.sent is Sent.MAYBE


# ── large cells ──────────────────────────────────────────────────────────────────────────────
async def send(transport: Transport, told: list[int] | None = None) -> CellHash | None:
    """Post a large cell."""
    progress = [0] if told is None else told
    return await transport.post_large(
        BOARD, CellClass.M, io.BytesIO(LARGE), token(), progress.append
    )


def upload_of(broker: Crooked) -> str:
    """Return the path of the one upload."""
    (place,) = broker.uploads
    return f"/v1/uploads/{place}"


async def test_a_large_cell_goes_up_piece_by_piece() -> None:
    """A megabyte at a time, each on a connection without a name, and the count adds up."""
    async with talking() as (broker, transport):
        told: list[int] = []
        assert await send(transport, told) == hash_of(LARGE)
        assert broker.waiting[BOARD] == [(CellClass.M, LARGE)]
        assert sum(told) == len(LARGE)
        assert not any("Folge-Proof" in one.headers for one in broker.asked)
        sizes = [len(one.body) for one in broker.asked if one.method == "PATCH"]
        assert sizes == [PIECE] * 4 + [len(LARGE) - 4 * PIECE]


async def test_a_cut_upload_goes_on_where_the_broker_stopped() -> None:
    """What has arrived is not sent again, also when the cut came in the middle of a piece."""
    async with talking() as (broker, transport):
        arrived = 0

        async def half(request: web.Request) -> web.StreamResponse:
            nonlocal arrived
            _, _, data = broker.uploads[request.path.rsplit("/", 1)[1]]
            del broker.bent[request.method, request.path]
            data += (await request.read())[: PIECE // 3]
            arrived = len(data)
            cut(request)
            raise ConnectionResetError

        async def begin(request: web.Request) -> web.StreamResponse:
            del broker.bent["POST", UPLOADS]
            found = await broker.honest(request)
            broker.bent["PATCH", upload_of(broker)] = half
            return found

        broker.bent["POST", UPLOADS] = begin
        assert await send(transport) == hash_of(LARGE)
        offsets = [int(x.headers["Upload-Offset"]) for x in broker.asked if x.method == "PATCH"]
        assert offsets[:2] == [0, arrived]
        assert broker.waiting[BOARD] == [(CellClass.M, LARGE)]


async def test_an_upload_that_was_begun_before_is_found_again() -> None:
    """After a restart the same token finds the same upload, as far as it came."""
    async with talking() as (broker, transport):
        by = token()
        broker.bent["PATCH", ""] = broker.honest
        first = await transport.post_large(BOARD, CellClass.M, io.BytesIO(LARGE), by)
        told: list[int] = []
        second = await transport.post_large(BOARD, CellClass.M, io.BytesIO(LARGE), by, told.append)
        assert first == second == hash_of(LARGE)
        assert sum(told) == len(LARGE)
        assert len(broker.waiting[BOARD]) == 1


def patched(broker: Crooked, bent: Handler) -> None:
    """Bend every piece of the next upload."""

    async def begin(request: web.Request) -> web.StreamResponse:
        del broker.bent["POST", UPLOADS]
        found = await broker.honest(request)
        broker.bent["PATCH", upload_of(broker)] = bent
        return found

    broker.bent["POST", UPLOADS] = begin


def said(status: int, offset: str) -> Handler:
    """Return a handler that says an offset."""
    return always(lambda: web.Response(status=status, headers={"Upload-Offset": offset}))


CIRCLES: dict[str, tuple[Handler, type[Refusal]]] = {
    "always the wrong offset": (always(lambda: refuses(WrongOffset(offset=0))), BrokerGone),
    "never any headway": (said(204, "0"), BrokerGone),
    "an offset beyond the cell": (said(204, str(CELL_BYTES[CellClass.M] + 1)), WrongShape),
    "an offset that is no number": (said(204, "²"), WrongShape),
    "no offset at all": (always(lambda: web.Response(status=204)), WrongShape),
    "something that is no acknowledgement": (always(lambda: answer(["kept", 1], 201)), WrongShape),
    "a refusal": (always(lambda: refuses(BrokerBusy(seconds=5))), BrokerBusy),
}


@pytest.mark.parametrize(("bent", "refusal"), CIRCLES.values(), ids=CIRCLES)
async def test_an_upload_that_gets_nowhere_ends(bent: Handler, refusal: type[Refusal]) -> None:
    """A broker that lets an upload run in a circle holds up nothing behind it."""
    async with talking() as (broker, transport):
        patched(broker, bent)
        with pytest.raises(refusal):
            await send(transport)
        assert len(broker.asked) < 60


@pytest.mark.parametrize(
    "place",
    [
        "",
        "/v1/uploads/short",
        "/v1/uploads/../../" + "a" * 43,
        "//evil.example/v1/uploads/" + "a" * 43,
        "http://127.0.0.1:9/v1/uploads/" + "a" * 43,
        "/v1/uploads/" + "a" * 43 + "?x",
    ],
)
async def test_an_upload_stays_with_its_broker(place: str) -> None:
    """A broker cannot send a cell somewhere else by naming another place."""
    async with talking() as (broker, transport):
        broker.bent["POST", UPLOADS] = always(
            lambda: web.Response(status=201, headers={"Location": place})
        )
        with pytest.raises(WrongShape):
            await send(transport)
        assert len(broker.asked) == 1


@pytest.mark.parametrize(("status", "refusal"), [(404, NotHere), (500, BrokerGone)])
async def test_an_upload_that_is_forgotten_is_named_so(status: int, refusal: type[Refusal]) -> None:
    """Without a body to read, a status still says whether it is worth trying again."""
    async with talking() as (broker, transport):

        async def begin(request: web.Request) -> web.StreamResponse:
            del broker.bent["POST", UPLOADS]
            found = await broker.honest(request)
            broker.bent["HEAD", upload_of(broker)] = always(lambda: web.Response(status=status))
            return found

        broker.bent["POST", UPLOADS] = begin
        with pytest.raises(refusal):
            await send(transport)


async def test_a_token_spent_on_something_else_begins_no_upload() -> None:
    """The broker's refusal of an upload comes through as it is."""
    async with talking() as (broker, transport):
        broker.bent["POST", UPLOADS] = always(lambda: refuses(DoubleSpend()))
        with pytest.raises(DoubleSpend):
            await send(transport)


# ── reading as oneself ───────────────────────────────────────────────────────────────────────
async def test_every_try_proves_anew_who_reads() -> None:
    """A proof counts once, so that a retry is not taken for a replay."""
    async with talking() as (broker, transport):
        broker.close(BOARD, (CellClass.NOTE, NOTE))
        leaves_of = broker.boards[BOARD][0].leaves
        there = always(lambda: web.Response(body=leaves_of))
        broker.bent["GET", LEAVES] = gone_for(TRIES - 1, there)
        assert await transport.leaves(BOARD, 1, 99) == leaves_of
        proofs = [one.headers["Folge-Proof"] for one in broker.asked]
        assert len(set(proofs)) >= TRIES - 1


async def test_a_proof_that_was_used_before_is_a_lost_answer() -> None:
    """When the first answer was lost on the way, the next try has a proof of its own."""
    async with talking() as (broker, transport):
        broker.close(BOARD, (CellClass.NOTE, NOTE))
        again = [refuses(ProofReplayed()), refuses(ProofReplayed())]

        async def twice(request: web.Request) -> web.StreamResponse:
            if again:
                return again.pop()
            del broker.bent[request.method, request.path]
            return await broker.honest(request)

        broker.bent["GET", LEAVES] = twice
        assert await transport.leaves(BOARD, 1, 99) == broker.boards[BOARD][0].leaves
        broker.bent["GET", LEAVES] = always(lambda: refuses(ProofReplayed()))
        with pytest.raises(BrokerGone):
            await transport.leaves(BOARD, 1, 99)


async def test_asking_for_tokens_again_proves_anew_and_asks_the_same() -> None:
    """A lost answer costs nothing: the same request, a fresh proof."""
    async with talking() as (broker, transport):
        times = 0

        async def second(request: web.Request) -> web.StreamResponse:
            nonlocal times
            times += 1
            if times == 1:
                cut(request)
                raise ConnectionResetError
            return answer(["issued", 1, []], 201)

        broker.bent["POST", "/v1/tokens"] = second
        assert await transport.issue(b"body", b"certificate") == ["issued", 1, []]
        one, two = broker.asked
        assert one.body == two.body == b"body"
        assert one.headers["Folge-Proof"] != two.headers["Folge-Proof"]
        assert one.headers["Folge-Certificate"] == two.headers["Folge-Certificate"]


async def test_what_is_proved_is_what_stands_on_the_wire() -> None:
    """Path and query go out letter for letter as they were signed."""
    asked: list[tuple[str, str, bytes]] = []

    def noted(method: str, target: str, body_hash: bytes) -> str:
        asked.append((method, target, body_hash))
        return prove(method, target, body_hash)

    async with crooked() as broker, Transport(broker.doors, noted) as transport:
        broker.close(BOARD, (CellClass.NOTE, NOTE), (CellClass.S, cell(CellClass.S)))
        await transport.batches(BOARD, 0, 20)
        await transport.leaves(BOARD, 1, 99)
        await transport.note_file(BOARD, 1, len(NOTE))
        async for _ in transport.blob_file(BOARD, 1, CellClass.S, 7):
            pass
        await transport.keys(3, 100)
        assert [one.target for one in broker.asked] == [target for _, target, _ in asked]
        assert {method for method, _, _ in asked} == {"GET"}
        assert broker.asked[3].headers["Range"] == "bytes=7-"


async def test_publishing_shows_its_signature_and_no_proof() -> None:
    """Keys are put on the board by what is signed inside them."""
    async with talking() as (broker, transport):
        await transport.publish("cert", b"signed")
        assert broker.keys == [["cert", b"signed"]]
        assert "Folge-Proof" not in broker.asked[0].headers


async def test_a_roster_file_is_fetched_or_is_not_there() -> None:
    """A missing file is an answer and no error; a name with a slash is asked of nobody."""
    async with talking() as (broker, transport):
        broker.files["1.root.json"] = b"root"
        assert await transport.roster_file("1.root.json", 10) == b"root"
        assert await transport.roster_file("2.root.json", 10) is None
        with pytest.raises(OverLong):
            await transport.roster_file("1.root.json", 3)
        for name in ("../keys", "", "a/b", "x?y"):
            with pytest.raises(WrongShape):
                await transport.roster_file(name, 10)
        assert len(broker.asked) == 3


# ── what a bad broker can do ─────────────────────────────────────────────────────────────────
async def test_a_redirection_is_followed_nowhere() -> None:
    """A broker cannot send a member, its proof or its token to another host."""
    async with crooked() as other, talking() as (broker, transport):
        for status in (301, 302, 303, 307, 308):
            away = always(
                lambda status=status: web.Response(status=status, headers={"Location": other.url})
            )
            paths = ["/v1/keys", LEAVES, "/v1/tokens", CELLS, UPLOADS, "/v1/roster/a"]
            broker.bent = {(m, p): away for m in ("GET", "POST") for p in paths}
            for asked in (
                transport.keys(0, 1),
                transport.leaves(BOARD, 1, 99),
                transport.issue(b"x", b"c"),
                transport.publish("cert", b"x"),
                transport.post_cell(BOARD, CellClass.NOTE, NOTE, token()),
                send(transport),
                transport.roster_file("a", 9),
            ):
                with pytest.raises(BrokerGone):
                    await asked
        assert not other.asked


async def test_a_cookie_is_not_kept() -> None:
    """A broker cannot mark a member and know it again."""
    async with talking() as (broker, transport):
        marked = always(
            lambda: web.Response(headers={"Set-Cookie": "you=1; Path=/"}, body=pack(None))
        )
        broker.bent["GET", "/v1/keys"] = marked
        broker.bent["POST", CELLS] = always(
            lambda: web.Response(headers={"Set-Cookie": "you=1"}, body=pack(["kept", 1, b"h" * 32]))
        )
        for _ in range(2):
            await transport.keys(0, 1)
            await transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
        assert not any("Cookie" in one.headers for one in broker.asked)


async def test_no_proxy_from_the_surroundings_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable in somebody's shell cannot turn the traffic elsewhere."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with talking() as (broker, transport):
        await transport.keys(0, 1)
        assert len(broker.asked) == 1


ENDLESS = bytes(1 << 20)


async def endless(request: web.Request) -> web.StreamResponse:
    """Answer, and never stop answering."""
    response = web.StreamResponse(status=206 if "Range" in request.headers else 200)
    await response.prepare(request)
    with suppress(ConnectionError):
        for _ in range(1_000):
            await response.write(ENDLESS)
    return response


async def test_an_answer_without_end_is_cut_off() -> None:
    """A broker cannot fill a member's memory: every answer has a bound."""
    async with talking() as (broker, transport):
        broker.bent["GET", "/v1/keys"] = endless
        broker.bent["GET", LEAVES] = endless
        broker.bent["GET", "/v1/boards/centre/batches/1/cells/note"] = endless
        broker.bent["GET", "/v1/roster/a"] = endless
        for asked in (
            transport.keys(0, 1),
            transport.leaves(BOARD, 1, 99),
            transport.note_file(BOARD, 1, 8_192),
            transport.roster_file("a", 9),
        ):
            with pytest.raises(OverLong):
                await asked
        assert 1_000 * len(ENDLESS) > ANSWER_LIMIT


RAW: dict[str, bytes] = {
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "less than it promised": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
    "a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000,
    "a bad status": b"HTTP/1.1 xyz OK\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
}


@pytest.mark.parametrize("sent", RAW.values(), ids=RAW)
async def test_what_is_no_answer_is_the_broker_gone(sent: bytes) -> None:
    """Whatever stands at the other end, the program says that the broker is not there."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sent)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    door = URL(f"http://127.0.0.1:{port}")
    async with server, Transport(Doors(door, door), prove) as transport:
        for asked in (
            transport.leaves(BOARD, 1, 1_000),
            transport.post_cell(BOARD, CellClass.NOTE, NOTE, token()),
        ):
            with pytest.raises(BrokerGone):
                await asked
        with pytest.raises((BrokerGone, WrongShape)):
            await anext(transport.blob_file(BOARD, 1, CellClass.S, 0))


def self_signed(path: Path) -> ssl.SSLContext:
    """Return the TLS side of a server that nobody vouches for."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .sign(key, SHA256())
    )
    file = path / "tls.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_server_that_nobody_vouches_for_hears_nothing(tmp_path: Path) -> None:
    """Somebody in between gets neither a proof nor a token."""
    heard: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    server = await asyncio.start_server(
        connected, "127.0.0.1", 0, ssl=self_signed(tmp_path), ssl_handshake_timeout=5
    )
    port = server.sockets[0].getsockname()[1]
    door = URL(f"https://127.0.0.1:{port}")
    async with server, Transport(Doors(door, door), prove) as transport:
        with pytest.raises(BrokerGone):
            await transport.keys(0, 1)
        with pytest.raises(BrokerGone):
            await transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
    assert not any(heard)


# ── refusals ─────────────────────────────────────────────────────────────────────────────────
OURS = {
    "locked",
    "disk_full",
    "store_damaged",
    "store_in_use",
    "wrong_passphrase",
    "out_of_tokens",
    "no_keys",
    "bad_settings",
    "cell_missing",
    "checkpoint_forked",
}


async def test_a_broker_speaks_only_for_itself() -> None:
    """What it may refuse comes through as our own word; what only we can know does not."""
    async with talking() as (broker, transport):
        for leaf in leaves():
            broker.bent["GET", "/v1/keys"] = always(
                lambda leaf=leaf: answer(["refusal", 1, leaf.code], http_status(leaf))
            )
            with pytest.raises(Refusal) as caught:
                await transport.keys(0, 1)
            found = type(caught.value)
            assert found in (leaf, BrokerFault if leaf is DiskFull else BrokerGone)
            assert leaf.code not in OURS or found is not leaf
            assert leaf not in (NotHere, BadCertificate, BrokerBusy, WrongOffset) or found is leaf


ODD: dict[str, Value] = {
    "no list": 7,
    "another tag": ["refused", 1, "locked"],
    "another version": ["refusal", 2, "not_here"],
    "an unknown code": ["refusal", 1, "boo"],
    "a number for a code": ["refusal", 1, 7],
    "too much": ["refusal", 1, "not_here", {}, 1],
    "facts that are none": ["refusal", 1, "not_here", 7],
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
async def test_an_odd_refusal_is_no_answer(value: Value) -> None:
    """A proxy's error page, or a code from nowhere, is the broker not being there."""
    async with talking() as (broker, transport):
        broker.bent["GET", "/v1/keys"] = always(lambda: answer(value, 403))
        with pytest.raises(BrokerGone):
            await transport.keys(0, 1)
        broker.bent["GET", "/v1/keys"] = always(lambda: web.Response(text="Bad", status=502))
        with pytest.raises(BrokerGone):
            await transport.keys(0, 1)
        broker.bent["GET", "/v1/keys"] = always(
            lambda: web.Response(body=bytes(100_000), status=502)
        )
        with pytest.raises(BrokerGone):
            await transport.keys(0, 1)


async def test_facts_that_help_come_through_and_others_do_not() -> None:
    """How long to wait is told; anything else a broker adds is not even looked at."""
    facts = {"seconds": 20, "offset": True, "day": -1, "text": "x", "tries": 3}
    async with talking() as (broker, transport):
        broker.bent["GET", "/v1/keys"] = always(
            lambda: answer(["refusal", 1, "broker_busy", facts], 503)
        )
        with pytest.raises(BrokerBusy) as caught:
            await transport.keys(0, 1)
        assert dict(caught.value.facts) == {"seconds": 20}


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=100), st.sampled_from([200, 201, 204, 206, 302, 400, 403, 404, 503]))
def test_any_answer_is_a_value_or_one_refusal(body: bytes, status: int) -> None:
    """Whatever bytes a broker answers with, nothing but a value or a refusal comes out."""

    async def go() -> None:
        async with talking() as (broker, transport):
            made = always(lambda: web.Response(body=body, status=status))
            broker.bent = {("GET", "/v1/keys"): made, ("POST", CELLS): made}
            for asked in (
                transport.keys(0, 1),
                transport.post_cell(BOARD, CellClass.NOTE, NOTE, TOKEN),
            ):
                with suppress(Refusal):
                    await asked

    asyncio.run(go())


TOKEN = token()


@given(st.recursive(st.none() | st.integers() | st.binary() | st.text(), st.lists, max_leaves=6))
def test_any_value_is_an_acknowledgement_or_refused(value: Value) -> None:
    """Only an acknowledgement acknowledges."""
    with suppress(Malformed):
        assert len(kept(value)) == 32


@given(st.text(max_size=20))
def test_any_header_is_an_offset_or_refused(text: str) -> None:
    """An offset is a plain number of a plain size."""
    with suppress(WrongShape):
        assert 0 <= number(text) < 10**12


def test_only_what_succeeded_is_good() -> None:
    """A status that is not one of four is no success."""
    assert frozenset({200, 201, 204, 206}) == GOOD
    assert errors.BrokerGone.code not in OURS


# ── blob files ───────────────────────────────────────────────────────────────────────────────
SMALL = b"".join(sorted((cell(CellClass.S) for _ in range(3)), key=hash_of))
FILE = "/v1/boards/centre/batches/1/cells/s"


async def whole(transport: Transport, total: int = len(SMALL)) -> bytes:
    """Read a blob file to its end."""
    return b"".join([piece async for piece in pieces(transport, BOARD, 1, CellClass.S, total)])


def sliced(sizes: list[int]) -> Handler:
    """Return a handler that sends so many bytes each time before the connection breaks."""
    left = list(sizes)

    async def handler(request: web.Request) -> web.StreamResponse:
        start = int(request.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        response = web.StreamResponse(status=206)
        response.content_length = len(SMALL) - start
        await response.prepare(request)
        size = left.pop(0) if left else len(SMALL)
        await response.write(SMALL[start : start + size])
        if start + size < len(SMALL):
            cut(request)
        return response

    return handler


async def test_a_blob_file_goes_on_after_every_cut() -> None:
    """However often the line breaks, the file is whole in the end and nothing comes twice."""
    async with talking() as (broker, transport):
        broker.bent["GET", FILE] = sliced([70_000, 1, 0, 50_000])
        assert await whole(transport) == SMALL


async def test_a_blob_file_that_gets_nowhere_ends() -> None:
    """A line that breaks again and again without a byte is given up until the next tick."""
    async with talking() as (broker, transport):
        broker.bent["GET", FILE] = sliced([100, *[0] * 50])
        with pytest.raises(BrokerGone):
            await whole(transport)
        assert len(broker.asked) < 10


BAD_FILES: dict[str, tuple[Handler, type[Refusal]]] = {
    "the whole file for a part": (always(lambda: web.Response(body=SMALL)), WrongShape),
    "more than the file": (
        always(lambda: web.Response(body=SMALL + b"x", status=206)),
        BatchMismatch,
    ),
    "no end": (endless, BatchMismatch),
    "not here": (always(lambda: refuses(NotHere())), NotHere),
}


@pytest.mark.parametrize(("bent", "refusal"), BAD_FILES.values(), ids=BAD_FILES)
async def test_a_bad_blob_file_is_refused(bent: Handler, refusal: type[Refusal]) -> None:
    """Too much, too little to know where, or nothing: each has its name."""
    async with talking() as (broker, transport):
        broker.bent["GET", FILE] = bent
        with pytest.raises(refusal):
            await whole(transport)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=30), max_size=8), st.data())
def test_a_stream_is_cut_to_measure(parts: list[bytes], data: st.DataObject) -> None:
    """Whatever sizes the network sends, the cells come out whole and in order."""
    everything = b"".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(everything)), max_size=5)))

    async def come() -> AsyncGenerator[bytes, None]:
        for part in parts:
            yield part

    async def go() -> None:
        told: list[int] = []
        stream = Stream(come(), told.append)
        at = 0
        for place in cuts:
            await stream.skip_to(place)
            at = max(at, place)
        rest = bytearray()
        while len(rest) < len(everything) - at:
            rest += await stream.next(7)
        assert bytes(rest) == everything[at:]
        with pytest.raises(BatchMismatch):
            await stream.next(1)
        assert sum(told) == len(everything)

    asyncio.run(go())


def test_every_call_is_awaited_somewhere() -> None:
    """The doors of this file are all there are: nothing else opens a socket to the broker."""
    doors: list[Callable[..., Awaitable[object] | AsyncGenerator[bytes, None]]] = [
        Transport.post_cell,
        Transport.post_large,
        Transport.batches,
        Transport.leaves,
        Transport.note_file,
        Transport.blob_file,
        Transport.keys,
        Transport.publish,
        Transport.issue,
        Transport.roster_file,
        Transport.close,
    ]
    public = {name for name in vars(Transport) if not name.startswith("_")}
    assert public == {door.__name__ for door in doors}
