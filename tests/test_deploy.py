"""The deployment files do what the runbook says, as far as a program can check it."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
TIGHT = 2.0
"""Systemd's exposure level runs from 0 (none) to 10; its own word for anything below 2 is OK."""


def needs(program: str, package: str) -> str:
    """Return the path of a program, or skip with the one command that installs it."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is missing; run: apt-get install {package}")
    return found


def run(*command: str, **env: str) -> str:
    """Run a checker and return all it said; its exit code must be 0."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | env
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def installed(unit: Path, to: Path) -> Path:
    """Return a copy of a unit whose program and user exist on this machine."""
    text = re.sub(r"/opt/folge/bin/[a-z-]+", "/bin/true", unit.read_text("utf-8"))
    copy = to / unit.name
    copy.write_text(re.sub(r"file:///usr\S+", "https://folge.invalid/", text), "utf-8")
    return copy


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    """The unit files hold no word that systemd does not understand."""
    said = run(needs("systemd-analyze", "systemd"), "verify", str(installed(unit, tmp_path)))
    assert unit.name not in said, said


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_is_shut_in(unit: Path) -> None:
    """A process that is taken over can reach next to nothing else on the machine."""
    said = run(
        needs("systemd-analyze", "systemd"),
        "security",
        "--offline=true",
        "--no-pager",
        str(unit),
    )
    level = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert level, said
    assert float(level.group(1)) < TIGHT


def caddy_config() -> dict[str, object]:
    """Return the Caddyfile as Caddy itself reads it."""
    caddy = needs("caddy", "caddy")
    path = str(DEPLOY / "Caddyfile")
    run(caddy, "validate", "--config", path, "--adapter", "caddyfile", FOLGE_HOST="folge.invalid")
    done = subprocess.run(
        [caddy, "adapt", "--config", path, "--adapter", "caddyfile"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {"FOLGE_HOST": "folge.invalid"},
    )
    parsed: dict[str, object] = json.loads(done.stdout)
    return parsed


def test_caddy_keeps_no_access_log() -> None:
    """Nobody can read from the proxy's disk who connected, or when."""
    config = caddy_config()
    servers = config["apps"]["http"]["servers"]  # type: ignore[index]
    assert servers
    assert all("logs" not in server for server in servers.values())
    encoder = config["logging"]["logs"]["default"]["encoder"]  # type: ignore[index]
    assert encoder["fields"] == {"request": {"filter": "delete"}}


def test_caddy_passes_no_address_on() -> None:
    """The broker is not even told the address of the one who asks."""
    text = json.dumps(caddy_config())
    assert text.count('"X-Forwarded-For"') >= 2
    assert "{http.request.remote" not in text


def test_health_and_metrics_are_not_public() -> None:
    """From outside there is nothing but the protocol's own paths."""
    text = json.dumps(caddy_config())
    assert "/metrics" not in text
    assert "/health" not in text
    assert '"status_code": 404' in text


def test_compose_gives_no_service_more_than_it_needs() -> None:
    """The containers cannot write to their own system or gain rights."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
    assert compose["services"]["caddy"]["logging"] == {"driver": "none"}
    assert not any("ports" in compose["services"][name] for name in ("broker", "issuer"))


def test_the_image_is_built_from_hashed_dependencies() -> None:
    """Nobody can slip another library into the image on its way."""
    dockerfile = (DEPLOY / "Dockerfile").read_text("utf-8")
    assert "--require-hashes -r requirements.lock" in dockerfile
    lines = (DEPLOY / "requirements.lock").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert pins
    assert all(re.match(r"[a-z0-9._-]+==\S+ .*\\$", pin) for pin in pins)
    assert "USER folge" in dockerfile
