"""Whatever bytes come, the broker answers with a value or one refusal, and stays up."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from broker.admission import Place, board, place
from broker.issuer import IssueRequest
from broker.publishing import Publishing, read_publication
from keys.address import Board, CellClass
from keys.errors import Refusal
from keys.register import Roster
from keys.wire import pack
from tests.brokers import TODAY, WEEK, World, cell, certificate, register, running, token

ROSTER = Roster.decode(register().encode(), 1)
WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=64) | WORDS,
    lambda inner: st.lists(inner, max_size=8),
    max_leaves=16,
)
FEW = settings(deadline=None, max_examples=150)


# ── Readers of bytes ─────────────────────────────────────────────────────────────────────────
@FEW
@given(st.binary(max_size=300))
def test_any_bytes_are_a_publication_or_one_refusal(data: bytes) -> None:
    """Nothing that is sent to the keys board is an accident."""
    with suppress(Refusal):
        assert isinstance(read_publication(data, ROSTER, TODAY), Publishing)


@FEW
@given(st.sampled_from(["cert", "epochs"]), st.integers(0, 3_600), st.integers(0, 255))
def test_a_flipped_bit_is_no_publication(kind: str, at: int, bits: int) -> None:
    """Keys that were altered on their way are never taken for the member's own."""
    signed = bytearray(certificate("nord", TODAY))
    signed[at % len(signed)] ^= bits
    body = pack(["publish", 1, kind, bytes(signed)])
    if bits == 0 and kind == "cert":
        assert read_publication(body, ROSTER, TODAY).signed == bytes(signed)
    else:
        with pytest.raises(Refusal):
            read_publication(body, ROSTER, TODAY)


@FEW
@given(
    st.binary(max_size=300)
    | st.lists(ANYTHING, max_size=6).map(lambda x: ["issue", 1, *x]).map(pack)
)
def test_any_bytes_are_a_request_for_tokens_or_one_refusal(data: bytes) -> None:
    """Nothing that is sent to the issuer is an accident."""
    with suppress(Refusal):
        assert isinstance(IssueRequest.decode(data), IssueRequest)


@FEW
@given(st.lists(st.binary(min_size=256, max_size=256), min_size=1, max_size=4))
def test_a_request_for_tokens_is_read_as_it_was_written(blinded: list[bytes]) -> None:
    """What a member asks is what the issuer understands."""
    read = IssueRequest.decode(pack(["issue", 1, "cc-note", WEEK, TODAY, blinded]))
    assert (str(read.token_class), read.week, read.day) == ("cc-note", WEEK, TODAY)
    assert read.blinded == tuple(blinded)


@FEW
@given(WORDS, WORDS)
def test_any_words_are_a_place_or_one_refusal(where: str, cls: str) -> None:
    """No path leads to a board or a size that is not in the table."""
    with suppress(Refusal):
        assert isinstance(place(where, cls), Place)
    with suppress(Refusal):
        assert isinstance(board(where), Board)


# ── Over the wire ────────────────────────────────────────────────────────────────────────────
LINES = [
    pytest.param(lambda: b"\r\n" * 40 + b"x\r\n\r\n", id="empty-lines"),
    pytest.param(lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), id="tls"),
    pytest.param(lambda: b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", id="long-path"),
    pytest.param(lambda: b"GET / HTTP/1.1\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", id="long-header"),
    pytest.param(lambda: b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n", id="many-headers"),
    pytest.param(lambda: b"GET \xff\xfe HTTP/1.1\r\nConnection: close\r\n\r\n", id="no-ascii"),
    pytest.param(lambda: b"GET http://x/y HTTP/1.1\r\nConnection: close\r\n\r\n", id="absolute"),
    pytest.param(lambda: b"OPTIONS * HTTP/1.1\r\nConnection: close\r\n\r\n", id="asterisk"),
    pytest.param(lambda: b"GET / HTTP/1.0\r\n\r\n", id="http-1.0"),
    pytest.param(
        lambda: _twice(b"Content-Length: 8192\r\nContent-Length: 1\r\n"), id="two-lengths"
    ),
    pytest.param(lambda: _twice(b"Content-Length: -1\r\n"), id="negative-length"),
    pytest.param(
        lambda: _twice(b"Content-Length: 8192\r\nTransfer-Encoding: chunked\r\n"), id="smuggling"
    ),
    pytest.param(
        lambda: _twice(f"Folge-Token: {token().to_header()}\r\nContent-Length: 8192\r\n".encode()),
        id="two-tokens",
    ),
]


def _twice(head: bytes) -> bytes:
    """Return a post that is right but for `head`."""
    line = b"POST /v1/boards/centre/cells/note HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    shown = f"Folge-Token: {token().to_header()}\r\n".encode()
    return line + shown + head + b"\r\n" + cell()


async def still_works(world: World) -> None:
    """Show that an honest client notices nothing."""
    answer = await world.post(Board.CENTRE, CellClass.NOTE, cell(), token())
    assert answer.status == 201


@pytest.mark.parametrize("sent", LINES)
async def test_what_is_no_request_is_refused_in_words(
    tmp_path: Path, sent: Callable[[], bytes]
) -> None:
    """Garbage, tricks and foreign protocols get a refusal, and the next client an answer."""
    async with running(tmp_path) as world:
        answer = await world.raw(sent())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer
        assert body.startswith(b"\x93\xa7refusal\x01")
        await still_works(world)


async def test_a_post_that_is_pipelined_behind_another_is_judged_alone(tmp_path: Path) -> None:
    """A second request in the same breath cannot ride on the first one's permission."""
    async with running(tmp_path) as world:
        line = b"POST /v1/boards/centre/cells/note HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n"
        first = line + f"Folge-Token: {token().to_header()}\r\n\r\n".encode() + cell()
        second = line + b"Connection: close\r\n\r\n" + cell()
        answer = await world.raw(first + second)
        assert answer.count(b"HTTP/1.1 201 ") == 1
        assert answer.count(b"HTTP/1.1 400 ") == 1


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"]),
            st.sampled_from(["/v1/keys", "/v1/uploads/x", "/v1/boards/centre/cells/note", "/"]),
            st.dictionaries(
                st.sampled_from(["Folge-Token", "Folge-Proof", "Upload-Offset", "Range", "Expect"]),
                st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
                max_size=3,
            ),
            st.none() | st.binary(max_size=100),
        ),
        max_size=12,
    )
)
def test_any_requests_are_answered(
    tmp_path_factory: pytest.TempPathFactory,
    asked: list[tuple[str, str, dict[str, str], bytes | None]],
) -> None:
    """Any mixture of methods, paths, headers and bodies is answered, one by one."""

    async def ask() -> None:
        async with running(tmp_path_factory.mktemp("broker"), published=()) as world:
            for method, target, headers, body in asked:
                answer = await world.ask(method, target, body, **headers)
                assert 200 <= answer.status < 500, (answer, CIMultiDict(headers))
            await still_works(world)

    asyncio.run(ask())
