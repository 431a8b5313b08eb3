"""The HTTP edge: what is refused before it is read, and what an accident tells: nothing."""

import io
import json
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from broker.log import Log
from broker.settings import Address
from broker.web import Ask, Listener, Route, Site
from keys.address import CellClass
from keys.errors import (
    BrokerFault,
    Refusal,
    http_status,
)
from tests.brokers import (
    CP_NOTE,
    Answer,
    cell,
    running,
    token,
)

NOTE, SMALL, MEDIUM = CellClass.NOTE, CellClass.S, CellClass.M
POST_NOTE = "/v1/boards/centre/cells/note"


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal: its status, its code and nothing more."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)
    assert len(answer.body) < 64


CODED = [
    pytest.param(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", id="chunked"),
    pytest.param(b"Content-Encoding: gzip\r\nContent-Length: 8192\r\n", b"", id="compressed"),
    pytest.param(b"", b"", id="without-a-length"),
]


@pytest.mark.parametrize(("head", "begin"), CODED)
async def test_a_coded_body_is_refused_before_it_is_read(
    tmp_path: Path, head: bytes, begin: bytes
) -> None:
    """A body whose length is not known, or that could swell, is never begun."""
    async with running(tmp_path) as world:
        by = b"Folge-Token: " + token().to_header().encode() + b"\r\n"
        line = f"POST {POST_NOTE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode()
        sent = line + by + head + b"\r\n"
        answer = await world.raw(sent + begin)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"wrong_size" in answer


async def test_a_refused_client_is_spared_sending_the_body(tmp_path: Path) -> None:
    """A client that asks first hears the refusal instead of being told to go on."""
    async with running(tmp_path) as world:
        head = f"POST {POST_NOTE} HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n"
        asks = "Connection: close\r\nExpect: 100-continue\r\n"
        wrong = f"{head}{asks}Folge-Token: {token(CP_NOTE).to_header()}\r\n\r\n"
        assert b" 100 " not in await world.raw(wrong.encode())
        right = f"{head}{asks}Folge-Token: {token().to_header()}\r\n\r\n"
        answer = await world.raw(right.encode(), b" 100 Continue\r\n\r\n", cell())
        assert b"HTTP/1.1 201 Created" in answer


async def test_what_nobody_foresaw_is_one_answer_and_a_class_name() -> None:
    """An accident inside tells the client nothing and the log only what kind it was."""
    log = io.StringIO()

    async def accident(ask: Ask) -> web.StreamResponse:
        raise ZeroDivisionError(ask.request.raw_path)

    told, counted = Log(log, lambda: 7), list[str]()
    site = Site((Route("GET", "/{word}", accident),), told, counted.append)
    async with (
        Listener(site, told, Address("127.0.0.1", 0)) as listener,
        aiohttp.ClientSession() as http,
        http.get(f"{listener.url}/kanari") as answer,
    ):
        refused(Answer(answer.status, dict(answer.headers), await answer.read()), BrokerFault)
    line = {"event": "fault", "slot": 7, "room": "server", "error": "ZeroDivisionError"}
    assert json.loads(log.getvalue()) == line
    assert counted == ["broker_fault"]
