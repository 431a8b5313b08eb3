"""The local door: what stands behind it, and what does not get through."""

import asyncio
import stat
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from client.control import LIMIT, Answer, ControlClient, ControlServer, Tell, read_frame
from client.doors import Doors
from client.enrol import make_member
from client.home import Home
from client.refusals import MissingAnswer, ServiceFault, ServiceGone
from client.service import Service
from client.settings import Settings
from keys.calendar import Instant
from keys.errors import BadSettings, Malformed, OverLong, Refusal, Sent
from keys.wire import Value, pack, unpack
from tests.clock import DrivenClock
from tests.parties import CHEAP, PASSPHRASE, STAFF

Handle = Callable[[str, Mapping[str, Value], Tell], Awaitable[Answer]]


async def echo(verb: str, arguments: Mapping[str, Value], tell: Tell) -> Answer:
    """Answer with what was asked."""
    tell("progress.sealing", 1, 2)
    return {"verb": verb, "count": len(arguments)}


@asynccontextmanager
async def door(handle: Handle) -> AsyncGenerator[Path, None]:
    """Run a server on a socket until the block ends."""
    with TemporaryDirectory(prefix="folge-") as path:
        socket = Path(path) / "control.sock"
        server = ControlServer(socket, handle)
        await server.start()
        try:
            yield socket
        finally:
            await server.close()


async def said(socket: Path, octets: bytes) -> list[Value] | None:
    """Write octets to the door as they are; return its answer, or None when it hung up."""
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        writer.write(octets)
        writer.write_eof()
        value = unpack(await read_frame(reader), limit=LIMIT)
        assert isinstance(value, list)
        return list(value)
    except asyncio.IncompleteReadError:
        return None
    finally:
        writer.close()
        await writer.wait_closed()


def frame(value: bytes) -> bytes:
    """Put a length before a value."""
    return len(value).to_bytes(4, "big") + value


async def test_a_verb_is_carried_out_and_its_progress_told() -> None:
    """What is asked is answered, and how far it is comes first."""
    told: list[tuple[str, int, int]] = []

    def tell(msgid: str, done: int, total: int) -> None:
        told.append((msgid, done, total))

    async with door(echo) as socket:
        client = ControlClient(socket)
        found = await client.do("status", {"one": 1}, tell)
    assert found == {"verb": "status", "count": 1}
    assert told == [("progress.sealing", 1, 2)]


async def test_only_the_user_may_open_the_door() -> None:
    """The socket is for its owner alone, whatever the directory is."""
    async with door(echo) as socket:
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert not socket.exists()


async def test_another_user_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel says who stands there; a stranger gets no answer at all."""
    async with door(echo) as socket:
        monkeypatch.setattr("client.control._same_user", lambda _writer: False)
        with pytest.raises(ServiceGone):
            await ControlClient(socket).do("status", {})


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(frame(b"\xc1"), id="no msgpack"),
        pytest.param(frame(b""), id="nothing"),
        pytest.param(frame(pack(["do", 1, "status"])), id="no arguments"),
        pytest.param(frame(pack(["do", 2, "status", {}])), id="unknown version"),
        pytest.param(frame(pack(["do", 1, "status", {}, 1])), id="one more field"),
        pytest.param(frame(pack(["do", 1, "status", {}]) + b"\x00"), id="trailing byte"),
        pytest.param(frame(pack(["do", 1, "x" * 41, {}])), id="a verb that is too long"),
        pytest.param((LIMIT + 1).to_bytes(4, "big"), id="a length that is too long"),
    ],
)
async def test_what_is_no_request_is_refused_by_name(octets: bytes) -> None:
    """Garbage gets a refusal, and the door stays open for the next."""
    async with door(echo) as socket:
        answer = await said(socket, octets)
        assert answer is not None
        assert answer[0] == "refusal"
        assert answer[3] == "nothing"
        assert await ControlClient(socket).do("status", {})


@pytest.mark.parametrize("octets", [b"", b"\x00", frame(pack(["do", 1, "status", {}]))[:-1]])
async def test_who_hangs_up_halfway_is_forgotten(octets: bytes) -> None:
    """A request that does not end is none, and the door stays open for the next."""
    async with door(echo) as socket:
        assert await said(socket, octets) is None
        assert await ControlClient(socket).do("status", {})


async def test_what_was_asked_is_done_though_nobody_waits_for_the_answer() -> None:
    """A terminal that is closed while a case is being sealed stops nothing, and hangs nothing."""
    began, done = asyncio.Event(), asyncio.Event()
    gone = asyncio.Event()

    async def long(_verb: str, _arguments: Mapping[str, Value], tell: Tell) -> Answer:
        began.set()
        await gone.wait()
        for count in range(500):
            await asyncio.to_thread(tell, "progress.sealing", count, 500)
        done.set()
        return {}

    async with door(long) as socket:
        _, writer = await asyncio.open_unix_connection(socket)
        writer.write(frame(pack(["do", 1, "send", {}])))
        await began.wait()
        writer.close()
        await writer.wait_closed()
        gone.set()
        async with asyncio.timeout(10):
            await done.wait()


async def test_a_refusal_comes_through_with_its_facts() -> None:
    """The sentence on the screen is made of the same refusal that the service met."""

    async def refuse(_verb: str, _arguments: Mapping[str, Value], _tell: Tell) -> Answer:
        raise MissingAnswer(sent=Sent.MAYBE, field="consent.decision")

    async with door(refuse) as socket:
        with pytest.raises(MissingAnswer) as met:
            await ControlClient(socket).do("send", {})
    assert met.value.sent is Sent.MAYBE
    assert met.value.facts == {"field": "consent.decision"}


async def test_a_fault_of_ours_is_named_and_quotes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error may hold what somebody wrote: neither log nor answer repeats it."""

    async def fall(_verb: str, _arguments: Mapping[str, Value], _tell: Tell) -> Answer:
        raise KeyError("Marte Solbakk")

    async with door(fall) as socket:
        with pytest.raises(ServiceFault) as met:
            await ControlClient(socket).do("send", {})
        assert met.value.sent is Sent.MAYBE
    assert "KeyError" in caplog.text
    assert "Marte" not in caplog.text


async def test_what_is_too_long_does_not_leave_the_program() -> None:
    """A file that no case can be is refused where it was typed."""
    async with door(echo) as socket:
        with pytest.raises(OverLong):
            await ControlClient(socket).do("new", {"case": "x" * LIMIT})


async def test_no_service_is_a_sentence(tmp_path: Path) -> None:
    """Where no service runs, nothing was sent, and the program says so."""
    with pytest.raises(ServiceGone) as met:
        await ControlClient(tmp_path / "control.sock").do("status", {})
    assert met.value.sent is Sent.NOTHING


async def test_a_socket_that_a_killed_service_left_is_replaced() -> None:
    """The next service listens in its place."""
    with TemporaryDirectory(prefix="folge-") as path:
        socket = Path(path) / "control.sock"
        socket.touch()
        server = ControlServer(socket, echo)
        await server.start()
        try:
            assert await ControlClient(socket).do("status", {})
        finally:
            await server.close()


async def test_closing_ends_what_is_under_way() -> None:
    """A service that stops waits for nobody at the door."""
    stuck = asyncio.Event()

    async def wait(_verb: str, _arguments: Mapping[str, Value], _tell: Tell) -> Answer:
        stuck.set()
        await asyncio.Event().wait()
        return {}

    async with door(wait) as socket:
        asking = asyncio.create_task(ControlClient(socket).do("send", {}))
        await stuck.wait()
    with pytest.raises(Refusal) as met:
        await asking
    assert met.value.sent is Sent.MAYBE
    assert not isinstance(met.value, Malformed)


async def test_a_directory_too_deep_for_a_socket_is_refused_in_words(tmp_path: Path) -> None:
    """A path that the system cannot listen on is named as a setting, not as a fault."""

    async def never(_verb: str, _given: Mapping[str, Value], _tell: Tell) -> Answer:
        return {}

    with pytest.raises(BadSettings) as refused:
        await ControlServer(tmp_path / ("d" * 120) / "control.sock", never).start()
    assert refused.value.facts["field"] == "home"


async def test_a_service_that_cannot_listen_lets_go_of_its_store(tmp_path: Path) -> None:
    """Nothing of it runs on in the background: the member starts where its path is shorter."""
    far = Home(tmp_path / ("d" * 120))
    settings = Settings(Doors("https://broker.invalid", "https://issuer.invalid"), bytes(32))
    await make_member(far, settings, STAFF, PASSPHRASE, CHEAP)
    clock = DrivenClock(Instant(1_794_376_800))
    with pytest.raises(BadSettings):
        await Service(far, settings, clock).start()
    with TemporaryDirectory(dir="/tmp", prefix="folge-") as short:
        near = Home(far.path.rename(Path(short) / "d"))
        service = await Service(near, settings, clock).start()
        await service.close()
