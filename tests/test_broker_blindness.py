"""What the broker must not know, say or keep: looked for in its code, log, disk and metrics."""

import ast
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import broker
from broker.log import FIELDS, Event, Log, Room, take_over
from keys.address import Board, CellClass
from keys.armour import to_url
from keys.errors import leaves
from keys.proof import HEADER
from tests.brokers import CC_S, Answer, World, cell, proof, running, token
from tests.rosters import identity

SOURCES = sorted(Path(broker.__file__).parent.glob("*.py"))
CANARY = "kanarifugl"
OUT_OF_REACH = ("hpke", "note", "blob", "container", "arrival", "sealing", "keystore", "epoch")


# ── In the code ──────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("program", ["broker.app", "broker.issuer", "broker.__main__"])
def test_the_running_broker_has_no_code_that_opens(program: str) -> None:
    """A broker that is taken over can open nothing: it does not even have the program for it."""
    script = f"import sys, {program}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert program in loaded
    assert not {f"keys.{name}" for name in OUT_OF_REACH} & loaded


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.lower()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_line_asks_for_an_address(path: Path) -> None:
    """No program text of the broker reads where a connection comes from."""
    asked = {"remote", "peername", "get_extra_info", "forwarded", "x-forwarded-for", "user-agent"}
    assert not asked & set(_names(path))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_only_the_log_writes_and_only_the_command_line_reads_time(path: Path) -> None:
    """There is one door to the log, and one place where time comes in."""
    tree = ast.parse(path.read_text("utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert "print" not in called or path.name == "log.py"
    assert "logging" not in imported or path.name == "log.py"
    assert not {"time", "datetime"} & imported or path.name == "__main__.py"


# ── In the log ───────────────────────────────────────────────────────────────────────────────
def told(**facts: int | str) -> dict[str, object]:
    """Return the line that the log writes for a refusal with these facts."""
    stream = io.StringIO()
    Log(stream, lambda: 5).say(Event.REFUSED, **facts)
    line: dict[str, object] = json.loads(stream.getvalue())
    return line


def test_a_line_is_an_event_its_fields_and_the_slot() -> None:
    """A line has exactly what the list allows."""
    line = told(room=Room.ROSTER, code="roster_expired")
    assert line == {"event": "refused", "slot": 5, "room": "roster", "code": "roster_expired"}


WRONG: list[tuple[str, dict[str, int | str]]] = [
    ("missing", {"room": "roster"}),
    ("unknown-field", {"room": "roster", "code": "expired", "member": "x"}),
    ("word-not-in-the-list", {"room": CANARY, "code": "expired"}),
    ("code-that-is-none", {"room": "roster", "code": CANARY}),
    ("number-for-a-word", {"room": 1, "code": "expired"}),
]


@pytest.mark.parametrize("facts", [pytest.param(row[1], id=row[0]) for row in WRONG])
def test_nothing_else_can_be_said(facts: dict[str, int | str]) -> None:
    """A programmer who wants to log more is stopped, not a reviewer who has to notice."""
    with pytest.raises(TypeError):
        told(**facts)


@pytest.mark.parametrize(("event", "facts"), [(Event.WEEK_CLOSED, {"week": "x"})])
def test_a_number_is_a_number(event: Event, facts: dict[str, int | str]) -> None:
    """No text hides in a field for numbers."""
    with pytest.raises(TypeError):
        Log(io.StringIO(), lambda: 0).say(event, **facts)


def test_every_event_has_its_fields() -> None:
    """No event is without its line in the table."""
    assert set(FIELDS) == set(Event)


def test_a_library_is_heard_but_not_quoted() -> None:
    """When somebody else's program wants to log an address, only that it spoke is told."""
    stream = io.StringIO()
    log = Log(stream, lambda: 9)
    before = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        take_over(log)
        logging.getLogger("aiohttp.server").error("from %s", CANARY)
        logging.getLogger("whoever").warning(CANARY)
        error = KeyError(CANARY)
        log.library("asyncio").error("about %s", CANARY, exc_info=error)
    finally:
        logging.getLogger().handlers[:], level = before
        logging.getLogger().setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["library"] for line in lines] == ["aiohttp", "other", "asyncio"]
    assert [line["error"] for line in lines] == ["none", "none", "KeyError"]
    assert CANARY not in stream.getvalue()


# ── On the disk and everywhere ───────────────────────────────────────────────────────────────
async def _plant(world: World) -> list[Answer]:
    """Say the canary in every place where a client can say something."""
    secret, other = token(), token(CC_S)
    heads = {"Folge-Token": secret.to_header(), "X-Canary": CANARY, "Cookie": f"c={CANARY}"}
    heads |= {"User-Agent": CANARY, "X-Forwarded-For": CANARY, "Referer": f"http://{CANARY}/"}
    post = "/v1/boards/centre/cells/note"
    shown = proof("sor", "GET", "/v1/keys?after=0")
    answers = [
        await world.ask("POST", post, cell(), **heads),
        await world.ask("POST", post, CANARY.encode() * 20, **heads),
        await world.ask("POST", f"/v1/boards/{CANARY}/cells/note", cell(), **heads),
        await world.ask("GET", f"/{CANARY}?{CANARY}={CANARY}", None, **heads),
        await world.ask("GET", f"/v1/keys?{CANARY}", None, **{HEADER: shown}),
        await world.ask("GET", "/v1/keys?after=0", None, **{HEADER: shown, "X": CANARY}),
        await world.ask("GET", "/v1/keys", None, **{HEADER: CANARY}),
        await world.ask("POST", "/v1/keys", CANARY.encode()),
        await world.ask("HEAD", f"/v1/uploads/{CANARY}"),
        await world.ask(CANARY.upper(), "/v1/keys", None),
        await world.post(Board.CENTRE, CellClass.S, cell(CellClass.S), other),
    ]
    for broken in ("{}\r\n\r\n", "GET /{} HTTP/9\r\n\r\n", "GET / HTTP/1.1\r\n{}\r\n\r\n"):
        raw = await world.raw(broken.format(CANARY).encode())
        assert CANARY.encode() not in raw
        assert b"Server:" not in raw
    await world.broker.close_slot()
    return answers


async def test_canaries_are_found_nowhere(tmp_path: Path) -> None:
    """Words planted in paths, headers and bodies come back in no answer, log line or file."""
    async with running(tmp_path) as world:
        answers = await _plant(world)
        metrics = await world.ask("GET", "/metrics")
        answers.append(metrics)
    for answer in answers:
        said = repr(answer.headers).encode() + answer.body
        assert CANARY.encode() not in said
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert CANARY.encode() not in data, path
        assert b"127.0.0.1" not in data, path
    assert CANARY not in world.log.getvalue()
    assert "127.0.0.1" not in world.log.getvalue()


async def test_the_log_names_no_member_and_no_moment(tmp_path: Path) -> None:
    """After a day's work the log holds slots, codes and batch numbers, and nothing else."""
    async with running(tmp_path) as world:
        await _plant(world)
        await world.read("sor", "/v1/boards/centre/batches/1/cells/note")
    for line in world.lines():
        event = Event(str(line.pop("event")))
        assert isinstance(line.pop("slot"), int)
        assert set(line) == set(FIELDS[event])
    ids = [to_url(identity(name).public.member_id) for name in ("nord", "sor")]
    hexes = [identity(name).public.member_id.hex() for name in ("nord", "sor")]
    assert not [one for one in (*ids, *hexes) if one in world.log.getvalue()]


# ── In the metrics ───────────────────────────────────────────────────────────────────────────
LABELS: dict[str, set[str]] = {
    "board": {str(board) for board in Board},
    "cell_class": {str(cls) for cls in CellClass},
    "code": {leaf.code for leaf in leaves()},
}
METRICS = {
    "folge_cells_kept",
    "folge_files_served",
    "folge_batches_closed",
    "folge_refusals",
    "folge_cells_waiting",
    "folge_batches_held",
    "folge_cells_damaged",
    "folge_uploads_open",
    "folge_batch_bytes",
    "folge_expiry_overdue_seconds",
    "folge_roster_version",
    "folge_roster_fresh",
}


async def test_metrics_count_and_never_name(tmp_path: Path) -> None:
    """Monitoring sees sums by board and class; there is no label that could hold a member."""
    async with running(tmp_path) as world:
        await _plant(world)
        await world.read("sor", "/v1/boards/centre/batches/1/cells/note")
        await world.broker.close_slot()
        answer = await world.ask("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    found = list(text_string_to_metric_families(answer.body.decode()))
    assert {family.name for family in found} == METRICS
    for family in found:
        for sample in family.samples:
            assert not sample.timestamp
            assert not sample.name.endswith("_created")
            for label, value in sample.labels.items():
                assert value in LABELS[label]
    values = {
        (one.name, *one.labels.values()): one.value for family in found for one in family.samples
    }
    assert values["folge_cells_kept_total", "centre", "note"] == 1
    assert values["folge_files_served_total", "centre"] == 1
    assert values["folge_batches_closed_total", "centre"] == 1


async def test_metrics_stand_still_within_a_slot(tmp_path: Path) -> None:
    """Who samples the metrics every second learns no more than who looks once in a slot."""
    async with running(tmp_path) as world:
        before = await world.ask("GET", "/metrics")
        assert (await world.post(Board.CENTRE, CellClass.NOTE, cell(), token())).status == 201
        assert (await world.ask("GET", "/metrics")).body == before.body
        await world.broker.close_slot()
        assert (await world.ask("GET", "/metrics")).body != before.body


async def test_an_answer_has_no_banner_and_no_mark(tmp_path: Path) -> None:
    """An answer tells nothing of the program behind it, and leaves nothing with the client."""
    allowed = {"Content-Type", "Content-Length", "Date", "Accept-Ranges", "Connection"}
    allowed |= {"Location", "Upload-Offset", "Content-Range", "Retry-After"}
    async with running(tmp_path) as world:
        for answer in await _plant(world):
            assert set(answer.headers) <= allowed, answer


async def test_who_reads_changes_nothing_that_is_kept_or_said(tmp_path: Path) -> None:
    """The same day with two centres swapped leaves the same log, metrics and files behind."""
    left: list[tuple[object, ...]] = []
    for reader in ("nord", "sor"):
        (tmp_path / reader).mkdir()
        async with running(tmp_path / reader) as world:
            assert (await world.post(Board.CENTRE, CellClass.NOTE, cell(), token())).status == 201
            await world.broker.close_slot()
            for _ in range(3):
                read = await world.read(reader, "/v1/boards/centre/batches/1/cells/note")
                assert read.status == 200
            await world.broker.close_slot()
            metrics = (await world.ask("GET", "/metrics")).body
        place = tmp_path / reader / "broker"
        files = sorted(
            (path.relative_to(place), path.stat().st_size)
            for path in place.rglob("*")
            if path.is_file()
        )
        left.append((world.log.getvalue(), metrics, files))
    assert left[0] == left[1]
