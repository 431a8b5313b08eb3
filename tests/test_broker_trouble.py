"""When things go wrong around the broker: full, slow, damaged, stopping; it says so and goes on."""

import asyncio
import io
import shutil
import socket
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from broker import reading
from broker.app import OVERDUE_SECONDS, Broker
from broker.mirror import Mirror
from broker.readers import Used
from broker.settings import Address, Settings
from broker.web import DRAIN_SECONDS
from keys.address import CELL_BYTES, Board, CellClass
from keys.calendar import DAY_SECONDS, Instant
from keys.errors import (
    BadSettings,
    BrokerBusy,
    NotHere,
    NotYet,
    ProofReplayed,
    Refusal,
    RosterMalformed,
    StoreDamaged,
    http_status,
)
from keys.proof import HEADER, WINDOW_SECONDS, Proof
from keys.register import MOST_CONTENT
from tests.brokers import (
    CC_M,
    Answer,
    DrivenClock,
    World,
    cell,
    prepared,
    proof,
    running,
    token,
)
from tests.rosters import NOW, authority

BATCHES = "/v1/boards/centre/batches"
NOTES = "/v1/boards/centre/batches/1/cells/note"


def refused(answer: Answer, leaf: type[Refusal]) -> None:
    """Show that an answer is that refusal."""
    assert answer.leaf is leaf, answer
    assert answer.status == http_status(leaf)


async def with_note(world: World) -> None:
    """Post a note."""
    answer = await world.post(Board.CENTRE, CellClass.NOTE, cell(), token())
    assert answer.status == 201


# ── Readers ──────────────────────────────────────────────────────────────────────────────────
async def overdue(world: World) -> float:
    """Return by how much the oldest batch has outlived its expiry, as monitoring reads it."""
    shown = (await world.ask("GET", "/metrics")).body.decode()
    (value,) = [
        sample.value
        for family in text_string_to_metric_families(shown)
        for sample in family.samples
        if sample.name == "folge_expiry_overdue_seconds"
    ]
    return value


async def test_when_too_many_files_are_being_sent_the_next_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crowd of readers cannot use up the machine; the last ones are told when to come."""
    async with running(tmp_path) as world:
        await with_note(world)
        await world.broker.close_slot()
        monkeypatch.setattr(reading, "FILES_AT_ONCE", 0)
        refused(await world.read("sor", NOTES), BrokerBusy)
        monkeypatch.undo()
        assert (await world.read("sor", NOTES)).status == 200


async def test_a_file_that_expires_while_it_is_asked_for_is_not_here(tmp_path: Path) -> None:
    """The last moment of a batch looks like all the moments after it."""
    async with running(tmp_path) as world:
        await with_note(world)
        await world.broker.close_slot()
        (tmp_path / "broker" / "store" / "batches" / "centre" / "1.note").unlink()
        refused(await world.read("sor", NOTES), NotHere)


async def test_a_reader_that_does_not_read_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for a large file and takes none of it does not keep it open for ever."""
    async with running(tmp_path) as world:
        for _ in range(3):
            answer = await world.post(Board.CENTRE, CellClass.M, cell(CellClass.M), token(CC_M))
            assert answer.status == 201
        await world.broker.close_slot()
        monkeypatch.setattr(reading, "FILES_AT_ONCE", 1)
        monkeypatch.setattr(reading, "PATIENCE_SECONDS", 0.2)
        monkeypatch.setattr(reading, "SLOWEST", 1 << 40)
        target = NOTES.replace("note", "m")
        host, port = world.broker.url.removeprefix("http://").split(":")
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.connect((host, int(port)))
        reader, writer = await asyncio.open_connection(sock=narrow, limit=1)
        shown = f"{HEADER}: {proof('sor', 'GET', target)}\r\n"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\n{shown}\r\n".encode())
        await reader.readexactly(8)
        async with asyncio.timeout(10):
            while (await world.read("sor", target, Range="bytes=0-9")).leaf is BrokerBusy:
                pass
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(3 * CELL_BYTES[CellClass.M])
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    assert "fault" not in world.log.getvalue()


def used(nonce: int, instant: int = NOW) -> Proof:
    """Return a proof that has been verified."""
    shown = Proof.parse(proof("sor", "GET", BATCHES))
    return Proof(shown.member_id, Instant(instant), bytes([nonce] * 16), shown.signature)


def test_used_proofs_are_remembered_as_long_as_they_count() -> None:
    """Not a second less, so that none is used twice; not much more, so that memory is bounded."""
    memory = Used(most=2)
    memory.use(used(1), NOW)
    memory.use(used(2, NOW + WINDOW_SECONDS), NOW)
    with pytest.raises(ProofReplayed):
        memory.use(used(1), Instant(NOW + WINDOW_SECONDS))
    with pytest.raises(BrokerBusy):
        memory.use(used(3), NOW)
    memory.use(used(3), Instant(NOW + 2 * WINDOW_SECONDS))
    with pytest.raises(ProofReplayed):
        memory.use(used(2, NOW + WINDOW_SECONDS), Instant(NOW + 2 * WINDOW_SECONDS))


# ── Disks ────────────────────────────────────────────────────────────────────────────────────
async def test_a_cell_that_the_disk_altered_is_told_and_not_given(tmp_path: Path) -> None:
    """Damage shows on the operator's screen, and nobody downloads it."""
    async with running(tmp_path) as world:
        await with_note(world)
        slab = tmp_path / "broker" / "store" / "note.slab"
        slab.write_bytes(bytes(byte ^ 255 for byte in slab.read_bytes()))
        await world.broker.close_slot()
        refused(await world.read("sor", NOTES), NotHere)
        answer = await world.ask("GET", "/health")
        assert (answer.status, answer.leaf) == (503, StoreDamaged)


async def test_a_slot_that_cannot_be_closed_is_closed_with_the_next(tmp_path: Path) -> None:
    """A disk that fails for a while loses nothing: the cells ride in a later batch."""
    async with running(tmp_path) as world:
        await with_note(world)
        place = tmp_path / "broker" / "store" / "batches" / "centre"
        place.rmdir()
        place.touch()
        await world.broker.close_slot()
        told = [line for line in world.lines() if line["event"] == "refused"]
        assert [line["room"] for line in told] == ["store"]
        place.unlink()
        place.mkdir()
        await world.broker.close_slot()
        assert (await world.read("sor", NOTES)).status == 200


async def test_what_is_over_goes_also_when_nothing_can_be_added(tmp_path: Path) -> None:
    """A disk on which no batch can be written is freed all the same."""
    async with running(tmp_path) as world:
        await with_note(world)
        await world.broker.close_slot()
        place = tmp_path / "broker" / "store" / "batches" / "centre"
        assert list(place.rglob("*"))
        place.rename(tmp_path / "aside")
        place.touch()
        world.clock.set(NOW + 17 * DAY_SECONDS)
        await world.broker.close_slot()
        assert [line["room"] for line in world.lines() if line["event"] == "refused"]
        assert not await overdue(world)


async def test_what_cannot_be_forgotten_shows_how_late_it_is(tmp_path: Path) -> None:
    """The operator sees the seconds grow; mended and started anew, none are left."""
    kept = tmp_path / "broker" / "store" / "kept.sqlite"
    async with running(tmp_path) as world:
        await with_note(world)
        await world.broker.close_slot()
        with closing(sqlite3.connect(kept)) as store:
            (over,) = store.execute("SELECT min(expires) FROM batches").fetchone()
            store.execute(
                "CREATE TRIGGER stuck BEFORE UPDATE OF gone ON batches "
                "BEGIN SELECT RAISE(ABORT, 'stuck'); END"
            )
        for late in (OVERDUE_SECONDS + 60, OVERDUE_SECONDS + 360):
            world.clock.set(over + late)
            await world.broker.close_slot()
            assert await overdue(world) == late
            assert (await world.ask("GET", "/health")).status == 503
        then = world.clock
    with closing(sqlite3.connect(kept)) as store:
        store.execute("DROP TRIGGER stuck")
    async with running(tmp_path, clock=then) as world:
        await world.broker.close_slot()
        assert not await overdue(world)


async def test_a_disk_that_fills_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator hears of it while there is still room for some cells."""
    async with running(tmp_path) as world:
        free = shutil.disk_usage(tmp_path).free
        monkeypatch.setattr("broker.app.FREE_BYTES", 2 * free)
        answer = await world.ask("GET", "/health")
        assert (answer.status, answer.code) == (503, "disk_full")


# ── Beginning and ending ─────────────────────────────────────────────────────────────────────
async def test_an_address_that_is_taken_is_a_wrong_setting(tmp_path: Path) -> None:
    """Two programs on one port: the second says which setting is wrong."""
    async with running(tmp_path) as world:
        _, _, port = world.broker.url.rpartition(":")
        (tmp_path / "second").mkdir()
        good = prepared(tmp_path / "second")
        listen = Address("127.0.0.1", int(port))
        taken = Settings(listen, good.data, good.roster, good.root_pin)
        with pytest.raises(BadSettings) as refusal:
            await Broker(taken, DrivenClock(), io.StringIO()).__aenter__()
        assert refusal.value.facts == {"field": "listen"}


async def test_a_broker_that_is_stopping_begins_nothing_new(tmp_path: Path) -> None:
    """While the last ones finish, everybody else is told to come back."""
    async with running(tmp_path) as world:
        host, port = world.broker.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = cell()
        head = "POST /v1/boards/centre/cells/note HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
        head += f"Folge-Token: {token().to_header()}\r\nContent-Length: 8192\r\n\r\n"
        writer.write(head.encode())
        await reader.readuntil(b" 100 Continue\r\n\r\n")
        assert (await world.ask("GET", "/health")).status == 200
        ending = asyncio.create_task(world.broker.__aexit__())
        for _ in range(10):
            await asyncio.sleep(0)
        late = await world.ask("GET", "/health")
        refused(late, BrokerBusy)
        assert late.headers["Retry-After"] == str(DRAIN_SECONDS)
        writer.write(body)
        assert b"HTTP/1.1 201 Created" in await reader.read()
        writer.close()
        await writer.wait_closed()
        await ending


async def test_what_is_not_running_has_no_address(tmp_path: Path) -> None:
    """A broker that has not begun cannot be mistaken for one that has."""
    broker = Broker(prepared(tmp_path), DrivenClock(), io.StringIO())
    with pytest.raises(NotYet):
        _ = broker.url
    with pytest.raises(NotYet):
        _ = Mirror(tmp_path, authority().pin, broker.log).roster


async def test_a_roster_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    """A file that fills the memory is refused, and the roster that was goes on."""
    async with running(tmp_path) as world:
        with (tmp_path / "roster" / "9.targets.json").open("wb") as file:
            file.truncate(MOST_CONTENT + 1)
        await world.broker.close_slot()
        told = [line for line in world.lines() if line["event"] == "refused"]
        assert [(line["room"], line["code"]) for line in told] == [("roster", RosterMalformed.code)]
        async with aiohttp.ClientSession() as http, http.get(f"{world.broker.url}/health") as well:
            assert well.status == 200
