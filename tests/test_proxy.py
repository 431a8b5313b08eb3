"""An HTTP CONNECT proxy before the broker: a process of its own that sees names and lengths."""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from aiohttp import web

from client.answers import TRIES
from client.refusals import ProxyGone
from client.transport import Transport
from keys.address import Board, CellClass
from keys.errors import BrokerGone
from keys.identity import Identity
from keys.wire import pack
from tests import acts
from tests.behindproxy import behind, fronts, shown, trusted
from tests.connectproxy import ConnectProxy, proxying
from tests.crooked import Crooked, crooked
from tests.fourfold import FEW, SATURDAY
from tests.listening import lasting
from tests.machines import WEEK, cell, prove, token
from tests.parties import Party, join, leave
from tests.world import PLACES, SLOT, World, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOARD = Board.CENTRE
NOTE = cell()
BROKER, ISSUER = (f"CONNECT {name}.invalid:443 HTTP/1.1" for name in ("broker", "issuer"))
SAID = {
    "Host",
    "Connection",
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Content-Type",
    "Content-Length",
}
"""What a tunnel may be asked for with: nothing of it says who asks, or what for."""
FROM_OUTSIDE = ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class Between:
    """A broker, the proxy before it, and connections through that."""

    broker: Crooked
    proxy: ConnectProxy
    transport: Transport


@pytest_asyncio.fixture(loop_scope="module")
async def between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Between, None]:
    """Connections to a broker through a proxy."""
    trusted(monkeypatch)
    async with crooked() as broker, fronts(tmp_path, broker.doors) as ports:
        with proxying(**ports) as proxy:
            async with Transport(behind(proxy.url), prove) as transport:
                yield Between(broker, proxy, transport)


async def test_everything_goes_through_the_tunnel_and_nothing_beside_it(between: Between) -> None:
    """Posting, uploading, reading and issuing arrive; the proxy hears two names and no path."""
    broker, transport = between.broker, between.transport
    await transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
    large = io.BytesIO(cell(CellClass.M))
    await transport.post_large(BOARD, CellClass.M, large, token())
    broker.close(BOARD)
    assert len(await transport.leaves(BOARD, 1, 1 << 10)) == 66
    assert await transport.note_file(BOARD, 1, len(NOTE)) == NOTE
    pieces = [one async for one in transport.blob_file(BOARD, 1, CellClass.M, 0)]
    assert b"".join(pieces) == large.getvalue()
    request = pack(["issue", 1, "cc-note", WEEK, 1, []])
    assert await transport.issue(request, b"certificate") == ["issued", 1, []]
    seen = between.proxy.seen()
    assert {one.asked for one in seen} == {BROKER, ISSUER}
    assert {name for one in seen for name in one.names} <= SAID
    assert sum(one.up for one in seen) > len(large.getvalue()) + len(NOTE)


async def test_writing_makes_a_tunnel_each_time_and_reading_keeps_its_own(
    between: Between,
) -> None:
    """A proxy joins no two notes on one connection, and costs the readers none more."""
    for _ in range(3):
        await between.transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
    assert len(between.proxy.seen()) == 3
    between.proxy.mark()
    for _ in range(3):
        await between.transport.keys(0, 1)
    assert sum(one.open for one in between.proxy.seen()) == 1


@pytest.mark.parametrize("status", [407, 502, 403, 204])
async def test_a_proxy_that_says_no_is_named(between: Between, status: int) -> None:
    """It wants a password, or does not reach the broker: the refusal says which of both it was.

    As often as a broker that is away is tried, and nothing of a request is told to the proxy.
    """
    between.proxy.answers(status)
    for asked in (
        between.transport.post_cell(BOARD, CellClass.NOTE, NOTE, token()),
        between.transport.leaves(BOARD, 1, 99),
        between.transport.issue(b"request", b"certificate"),
        between.transport.roster_file("1.root.json", 99),
    ):
        between.proxy.mark()
        with pytest.raises(ProxyGone):
            await asked
        assert len(between.proxy.seen()) == TRIES
    with pytest.raises(ProxyGone):
        await anext(between.transport.blob_file(BOARD, 1, CellClass.S, 0))
    assert between.broker.asked == []
    between.proxy.answers(200)
    await between.transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())


async def test_a_dead_proxy_is_named_and_not_gone_round(between: Between) -> None:
    """Nobody answers where the proxy was: nothing goes to the broker another way."""
    between.proxy.popen.kill()
    between.proxy.popen.wait()
    with pytest.raises(ProxyGone):
        await between.transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
    with pytest.raises(ProxyGone):
        await between.transport.keys(0, 1)
    assert between.broker.asked == []


async def test_what_came_past_the_proxy_once_is_the_broker_gone(between: Between) -> None:
    """A tunnel that was cut may have carried the note: the refusal says «maybe»."""
    proxy = between.proxy

    async def cut(request: web.Request) -> web.StreamResponse:
        await asyncio.to_thread(proxy.answers, 502)
        assert request.transport is not None
        request.transport.abort()
        raise ConnectionResetError

    between.broker.bent["POST", f"/v1/boards/{BOARD}/cells/note"] = cut
    with pytest.raises(BrokerGone) as caught:
        await between.transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
    assert caught.value.sent.value == "maybe"


async def test_a_proxy_that_leads_elsewhere_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends TLS itself, with a name that is not the broker's: no token and no proof is sent."""
    trusted(monkeypatch)
    heard: list[bytes] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    context = shown(tmp_path, "issuer")
    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    with proxying(broker=port) as proxy:
        async with server, Transport(behind(proxy.url), prove) as transport:
            with pytest.raises(BrokerGone):
                await transport.post_cell(BOARD, CellClass.NOTE, NOTE, token())
    assert not any(heard)


async def test_the_surroundings_neither_give_a_proxy_nor_take_it_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in somebody's shell turns no traffic, with a proxy in the settings or without."""
    trusted(monkeypatch)
    async with crooked() as broker, fronts(tmp_path, broker.doors) as ports:
        with proxying(**ports) as proxy:
            for name in FROM_OUTSIDE:
                monkeypatch.setenv(name, str(proxy.url))
            async with Transport(behind(None), prove) as transport:
                with pytest.raises(BrokerGone):
                    await transport.keys(0, 1)
            assert proxy.seen() == []
            for name in FROM_OUTSIDE:
                monkeypatch.setenv(name, "http://127.0.0.1:9")
            monkeypatch.setenv("NO_PROXY", "*")
            async with Transport(behind(proxy.url), prove) as transport:
                await transport.keys(0, 1)
            assert len(proxy.seen()) == 1


# ── whole members ────────────────────────────────────────────────────────────────────────────
Seen = list[tuple[str, tuple[str, ...], int, bool]]


@dataclass(frozen=True, slots=True)
class Members:
    """Two centres, each behind a proxy of its own."""

    here: World
    parties: tuple[Party, Party]
    proxies: tuple[ConnectProxy, ConnectProxy]

    async def slot(self) -> tuple[Seen, Seen]:
        """Let a slot pass; return what each proxy saw of it."""
        for proxy in self.proxies:
            proxy.mark()
        await self.here.tick()
        one, other = [await _hung_up(proxy) for proxy in self.proxies]
        return one, other

    async def same(self, slots: int) -> None:
        """Let slots pass in which both proxies see the same."""
        for _ in range(slots):
            one, other = await self.slot()
            assert one == other
            assert len(one) > len(BOARDS)


BOARDS = (Board.CENTRE, Board.POLICE)
"""What a centre writes on, each over a tunnel of its own in every slot."""


async def _hung_up(proxy: ConnectProxy) -> Seen:
    """Return whom for, how and how much went up on each tunnel, and whether it still stands.

    Lengths count when whoever posted has hung up; what comes down is cut into pieces by the moment.
    """
    await asyncio.to_thread(proxy.wait, len(BOARDS))
    return [(one.asked, tuple(one.names), one.up, one.open) for one in proxy.seen()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def members() -> AsyncGenerator[Members, None]:
    """Two centres that came up together and find the broker through proxies alone."""
    with pytest.MonkeyPatch.context() as patch:
        trusted(patch)
        async with AsyncExitStack() as stack:
            stack.enter_context(lasting())
            path = Path(stack.enter_context(TemporaryDirectory(prefix="folge-")))
            here = await stack.enter_async_context(
                world(path, start=SATURDAY, step=2 * SLOT, blobs=FEW, weeks=2)
            )
            here.enrol(PLACES["innlandet"], Identity.generate())
            ports = await stack.enter_async_context(fronts(path, here.doors))
            proxies: list[ConnectProxy] = []
            found: list[Party] = []
            for key in ("granlia", "fjordglott"):
                proxies.append(stack.enter_context(proxying(**ports)))
                doors = behind(proxies[-1].url)
                found.append(await join(here, key, home="innlandet", doors=doors))
                stack.push_async_callback(leave, here, found[-1])
            await here.publish()
            await here.tick(3)
            yield Members(here, (found[0], found[1]), (proxies[0], proxies[1]))


async def test_members_behind_a_proxy_look_the_same_to_it(members: Members) -> None:
    """A package comes, receipts go, it is opened and confirmed: both proxies see the same slots."""
    sender, centre = members.parties
    await members.same(2)
    name = await acts.ready(members.here, sender, acts.sample("GRAN-427"))
    sent = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert sent["kept"]
    await members.same(2)
    (package,) = await acts.known(centre, "in")
    await centre.do("arrive", code_name=package, arrival_code=str(sent["arrival_code"]))
    await centre.do("confirm", code_name=package)
    await members.same(3)
    assert await acts.state(sender, "out", name) == "confirmed"


async def test_a_proxy_sees_when_one_of_them_posts_beside_the_lane(members: Members) -> None:
    """The comparison is not blind, and a proxy does not hide haste: that stands in the README."""
    sender, _ = members.parties
    name = await acts.ready(members.here, sender, acts.sample("GRAN-427", name="STILLE-600"))
    for proxy in members.proxies:
        proxy.mark()
    await sender.do("send", code_name=name, agreed_by_phone="duty")
    one, other = [proxy.seen() for proxy in members.proxies]
    assert [len(one) > len(other), sum(tunnel.up for tunnel in one) > 1 << 16] == [True, True]


async def test_a_proxy_that_fails_changes_nothing_but_the_word_for_it(members: Members) -> None:
    """An idle desk and one with work ask as often as each other; then everything goes on."""
    sender, _ = members.parties
    (name,) = await acts.known(sender, "out") - {"GRAN-427"}
    await members.same(1)
    for proxy in members.proxies:
        proxy.answers(407)
        proxy.mark()
    await sender.do("withdraw", code_name=name)
    await members.here.tick()
    one, other = [
        [(tunnel.asked, tuple(tunnel.names)) for tunnel in proxy.seen() if not tunnel.up]
        for proxy in members.proxies
    ]
    assert one == other
    assert len(one) > TRIES
    for party in members.parties:
        said = {refusal.code for refusal in party.service.health.refusals}
        assert said == {ProxyGone.code}
    for proxy in members.proxies:
        proxy.answers(200)
    await members.same(3)
    assert await acts.state(sender, "out", name) == "withdrawn"


async def test_staff_who_send_read_that_it_is_the_proxy(members: Members) -> None:
    """The answer to «send» names it; the case waits here, and leaves when the proxy lets it."""
    sender, centre = members.parties
    before = await acts.known(centre, "in")
    name = await acts.ready(members.here, sender, acts.sample("GRAN-427", name="MELLOM-118"))
    members.proxies[0].answers(502)
    said = await sender.do("send", code_name=name, agreed_by_phone="duty")
    assert (said["kept"], said["why"]) == (False, ProxyGone.code)
    members.proxies[0].answers(200)
    await members.here.tick(2)
    await acts.fresh(centre, "in", before)
