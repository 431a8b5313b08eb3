"""`folge-broker` as its operator meets it: started, stopped, killed, checked and restored."""

import asyncio
import json
import signal
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.__main__ import main
from broker.ownkeys import CHECKPOINT_KEY, ONLINE_KEY
from keys.address import CellClass
from keys.issuers import decode_issuers
from keys.tufkeys import KeyCard
from tests.brokers import (
    CC_M,
    CC_NOTE,
    cell,
    token,
)
from tests.processes import (
    NOTES,
    ask,
    closed,
    command,
    place,
    place_issuer,
    process,
    read_as_sor,
    run,
    settings,
    this_week,
)


# ── Running ──────────────────────────────────────────────────────────────────────────────────
async def test_a_broker_that_is_told_to_stop_finishes_what_it_has_begun(tmp_path: Path) -> None:
    """Stopping for an upgrade loses nothing: who is sending may finish, and no one new begins."""
    with process("serve", place(tmp_path)) as broker:
        host, port = broker.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body, by = cell(), token(CC_NOTE, this_week())
        head = f"POST {NOTES} HTTP/1.1\r\nHost: x\r\nContent-Length: 8192\r\n"
        asks = f"Expect: 100-continue\r\nFolge-Token: {by.to_header()}\r\n\r\n"
        writer.write((head + asks).encode())
        await reader.readuntil(b" 100 Continue\r\n\r\n")
        broker.popen.send_signal(signal.SIGTERM)
        await closed(host, int(port))
        writer.write(body)
        assert b"HTTP/1.1 201 Created" in await reader.read()
        writer.close()
        await writer.wait_closed()
        code, log = broker.end()
        assert code == 0
        events = [json.loads(line)["event"] for line in log.splitlines()]
        assert (events[-1], set(events)) == (
            "stopped",
            {"roster_signed", "roster_trusted", "started", "stopped"},
        )


async def test_what_was_kept_is_there_after_kill_nine(tmp_path: Path) -> None:
    """A power cut right after the answer loses nothing, and the token stays spent."""
    config = place(tmp_path)
    body, by = cell(), token(CC_NOTE, this_week())
    shown = {"Folge-Token": by.to_header()}
    with process("serve", config) as broker:
        assert (await ask(broker.url, "POST", NOTES, body, **shown)).status == 201
        broker.popen.kill()
    with process("serve", config) as broker:
        again = await ask(broker.url, "POST", NOTES, body, **shown)
        assert (again.status, again.cell_hash) == (201, sha256(body).digest())
        assert (await ask(broker.url, "POST", NOTES, cell(), **shown)).code == "double_spend"
        assert broker.end()[0] == 0


async def test_an_upload_goes_on_after_kill_nine(tmp_path: Path) -> None:
    """A large cell that was half there is finished after the restart."""
    config, body = place(tmp_path), cell(CellClass.M)
    with process("serve", config) as broker:
        shown = {"Folge-Token": token(CC_M, this_week()).to_header()}
        begun = await ask(broker.url, "POST", "/v1/boards/centre/uploads/m", b"", **shown)
        where = begun.headers["Location"]
        await ask(broker.url, "PATCH", where, body[:3_000_000], **{"Upload-Offset": "0"})
        broker.popen.kill()
    with process("serve", config) as broker:
        at = int((await ask(broker.url, "HEAD", where)).headers["Upload-Offset"])
        assert at == 3_000_000
        last = await ask(broker.url, "PATCH", where, body[at:], **{"Upload-Offset": str(at)})
        assert (last.status, last.cell_hash) == (201, sha256(body).digest())


async def test_an_issuer_starts_and_stops(tmp_path: Path) -> None:
    """The issuer is a program of its own, beside the broker."""
    place(tmp_path)
    with process("issue", place_issuer(tmp_path)) as issuer:
        assert (await ask(issuer.url, "GET", "/health")).status == 200
        code, log = issuer.end(signal.SIGINT)
    assert code == 0
    assert json.loads(log.splitlines()[-1])["event"] == "stopped"


# ── Looking after it ─────────────────────────────────────────────────────────────────────────
def test_init_makes_keys_and_shows_only_their_public_halves(tmp_path: Path) -> None:
    """The operator gets two files to hand over, and nothing in them is secret."""
    config, out = settings(tmp_path), tmp_path / "out"
    done = run("init", "--config", config, "--out", out)
    assert done.exit_code == 0, done.output
    secrets = [(tmp_path / "broker" / name).read_bytes() for name in (CHECKPOINT_KEY, ONLINE_KEY)]
    assert len(bytes.fromhex((out / "checkpoint.public").read_text())) == 32
    assert KeyCard.decode((out / "online.card").read_bytes()).mldsa
    for file in out.iterdir():
        assert not [secret for secret in secrets if secret in file.read_bytes()]
    assert run("init", "--config", config, "--out", out).exit_code == 4


def test_issuer_keys_are_made_for_weeks_ahead(tmp_path: Path) -> None:
    """One command makes the coming weeks' keys and the sheet for the registrars."""
    config, out = settings(tmp_path, "issuer"), tmp_path / "sheet"
    done = run("issuer-keys", "--config", config, "--weeks", "1", "--out", out)
    assert done.exit_code == 0, done.output
    assert "16 keys are ready" in done.output
    assert {week for _, week in decode_issuers(out.read_bytes())} == {this_week()}


async def test_check_tells_what_is_wrong(tmp_path: Path) -> None:
    """The operator can see whether every stored byte is what it should be."""
    config = place(tmp_path)
    with process("serve", config) as broker:
        shown = {"Folge-Token": token(CC_NOTE, this_week()).to_header()}
        assert (await ask(broker.url, "POST", NOTES, cell(), **shown)).status == 201
        broker.end()
    sound = await asyncio.to_thread(run, "check", "--config", config)
    assert sound.exit_code == 0, sound.output
    assert "The store is in order." in sound.output
    (slab,) = [path for path in (tmp_path / "broker" / "store").rglob("*note*") if path.is_file()]
    data = slab.read_bytes()
    slab.write_bytes(bytes(byte ^ 255 for byte in data))
    damaged = await asyncio.to_thread(run, "check", "--config", config)
    assert damaged.exit_code == 5
    assert "cell: board centre" in damaged.output


async def test_a_restored_backup_is_a_new_instance(tmp_path: Path) -> None:
    """After a restore the old name is refused; under a new one the old cells are there."""
    config, body = place(tmp_path), cell()
    with process("serve", config) as broker:
        shown = {"Folge-Token": token(CC_NOTE, this_week()).to_header()}
        assert (await ask(broker.url, "POST", NOTES, body, **shown)).status == 201
        copy = tmp_path / "copy"
        done = await asyncio.to_thread(run, "backup", "--config", config, "--to", copy)
        assert done.exit_code == 0, done.output
        broker.end()
    (tmp_path / "broker" / "store").rename(tmp_path / "lost")
    restored = await asyncio.to_thread(run, "restore", "--config", config, "--from", copy)
    assert restored.exit_code == 0, restored.output
    looked = await asyncio.to_thread(run, "check", "--config", config)
    assert "0 files and 1 waiting" in looked.output
    refused = await asyncio.to_thread(
        subprocess.run, command("serve", config), capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stdout) == (4, "")
    place(tmp_path, "second.folge")
    with process("serve", config) as broker:
        assert (await ask(broker.url, "POST", NOTES, cell(), **shown)).code == "bad_token"
        assert (await read_as_sor(broker.url, "/v1/boards/centre/batches")).status == 200
        assert broker.end()[0] == 0


# ── Refusals on the command line ─────────────────────────────────────────────────────────────
def test_a_refusal_is_told_in_words_and_never_as_an_accident(tmp_path: Path) -> None:
    """A wrong setting is named in a sentence, in the operator's language."""
    config = settings(tmp_path)
    config.write_text(config.read_text("utf-8").replace("listen", "lytt"), "utf-8")
    done = run("serve", "--config", config)
    assert done.exit_code == 4
    assert 'The setting "unknown" is missing' in done.output
    norwegian = CliRunner().invoke(main, ["serve", "--config", str(config)])
    assert "Innstillingen «unknown»" in norwegian.output


@pytest.mark.parametrize("command", ["serve", "issue", "check", "restore"])
def test_without_keys_or_roster_nothing_begins(tmp_path: Path, command: str) -> None:
    """A program that lacks something says so and ends."""
    config = settings(tmp_path)
    (tmp_path / "broker").mkdir(mode=0o700)
    (tmp_path / "roster").mkdir()
    more = ["--from", str(tmp_path)] if command == "restore" else []
    done = run(command, "--config", config, *more)
    assert done.exit_code == 4, done.output
    assert "Traceback" not in done.output
