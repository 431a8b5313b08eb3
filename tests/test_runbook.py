"""The runbook walked from the first key to a restored backup, by the installed programs.

Every step is a process of its own, on this machine's clock and on loopback, in the order of
`deploy/RUNBOOK.md`; what is handed from person to person is a file.
"""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

PASSPHRASE: Final = "tolv bokstaver til sammen"
STAFF: Final = f"Kari\n{PASSPHRASE}\n"
SLOT: Final = 10
PATIENCE: Final = 150
ROOT: Final = Path(__file__).parent.parent
PUBLIC: Final = 0o644
REFUSED: Final = 4
GONE: Final = 5
NOWHERE: Final = "http://127.0.0.1:1"
ENTRY: Final = {
    "instance": "prove.folge",
    "role": "centre",
    "region": "",
    "units": "",
    "access": "",
    "call_back_phone": "+47 22 00 00 00",
}


@dataclass
class Machine:
    """One directory that stands for everybody's machines."""

    path: Path
    stack: ExitStack = field(repr=False)

    def run(self, program: str, *words: str, typed: str = "", secret: str = "") -> str:
        """Run a program to its end, which must be a good one; return what it said."""
        done = self.ended(program, *words, typed=typed, secret=secret)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def ended(
        self, program: str, *words: str, typed: str = "", secret: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; `FD` among the words is where the secret can be read."""
        near, far = os.pipe()
        os.write(far, secret.encode())
        os.close(far)
        try:
            return subprocess.run(
                command(program, *[str(near) if word == "FD" else word for word in words]),
                cwd=self.path,
                input=typed,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
                pass_fds=(near,),
            )
        finally:
            os.close(near)

    def asked(self, program: str, *words: str) -> dict[str, object]:
        """Run a program for an answer in JSON."""
        found: dict[str, object] = json.loads(self.run(program, "--json", *words))
        return found

    def sign(self, bundle: str, *names: str) -> None:
        """Let each of them read and sign."""
        published = () if bundle == "root" else ("--published", "published")
        for name in names:
            words = ("sign", bundle, "--key", name, "--passphrase-fd", "FD", *published)
            self.run("keys", *words, typed="ja\n", secret=f"{PASSPHRASE}\n")

    def deliver(self) -> None:
        """Bring the published files to the broker, as `install -m 0644` does."""
        for file in (self.path / "published").iterdir():
            there = self.path / "roster" / file.name
            if not there.exists():
                there.write_bytes(file.read_bytes())
                there.chmod(PUBLIC)

    def settings(self, name: str, pin: str, data: Path | None = None) -> str:
        """Write the settings of the broker or the issuer; return the file's name."""
        text = (
            f'listen = "127.0.0.1:0"\ndata = "{data or self.path / name}"\n'
            f'roster = "{self.path / "roster"}"\nroot_pin = "{pin}"\n'
        )
        (self.path / f"{name}.toml").write_text(text, "utf-8")
        return f"{name}.toml"


def command(program: str, *words: str) -> list[str]:
    """Return the line that starts one of the three programs."""
    return [sys.executable, "-m", program, *words]


def member_settings(pin: str, broker: str = NOWHERE, issuer: str = NOWHERE) -> str:
    """Return what a member's settings file says."""
    return f'broker = "{broker}"\nissuer = "{issuer}"\nroot_pin = "{pin}"\nlanguage = "nb"\n'


@contextmanager
def serving(machine: Machine, program: str, *words: str) -> Generator[str, None, None]:
    """Run a program that stays; give the line with its address, and stop it as systemd does."""
    log = (machine.path / f"{'-'.join(words)}.log").open("a", encoding="utf-8")
    with (
        log,
        subprocess.Popen(
            command(program, *words),
            cwd=machine.path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            stdout=log if program == "client" else subprocess.PIPE,
            stderr=log,
            text=True,
        ) as popen,
    ):
        try:
            yield "" if popen.stdout is None else popen.stdout.readline().strip()
            popen.terminate()
            assert popen.wait(timeout=30) == 0
        finally:
            popen.kill()


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        pytest.param({"role": "center"}, "bad_settings", id="no-such-role"),
        pytest.param({"home_district": "ost"}, "bad_settings", id="no-number"),
        pytest.param({"home_district": "00"}, "wrong_shape", id="short-number"),
        pytest.param({"name": "N" * 2_000}, "wrong_shape", id="long-name"),
        pytest.param({}, "already_there", id="a-request-there"),
    ],
)
def test_init_makes_nothing_of_a_wrong_entry(
    machine: Machine, entry: dict[str, str], code: str
) -> None:
    """A slip in the directory entry costs a word, and never half a member."""
    if not entry:
        (machine.path / "nord.request").touch()
    (machine.path / "member.toml").write_text(member_settings("0" * 64), "utf-8")
    said = {**ENTRY, "name": "nord", "home_district": "0" * 64} | entry
    (machine.path / "entry.json").write_text(json.dumps(said), "utf-8")
    words = ("init", "member.toml", "entry.json", "nord.request", "--passphrase-fd", "FD")
    done = machine.ended("client", "--json", "--home", "nord", *words, secret=STAFF)
    assert json.loads(done.stdout)["refused"] == code
    assert not (machine.path / "nord").exists()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Machine, None, None]:
    """Give an empty machine; whatever runs on it at the end is stopped."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("broker", "issuer"):
        (tmp_path / name).mkdir(mode=0o700)
    for name in ("roster", "published"):
        (tmp_path / name).mkdir(mode=0o755)
    with ExitStack() as stack:
        yield Machine(tmp_path, stack)


def ceremony(machine: Machine) -> str:
    """Make the programs' own keys, the persons' keys and the first root; return its pin."""
    broker, issuer = (machine.settings(name, "0" * 64) for name in ("broker", "issuer"))
    machine.run("broker", "init", "--config", broker, "--out", "broker/public")
    machine.run("broker", "issuer-keys", "--config", issuer, "--weeks", "2", "--out", "sheet")
    for name in ("anne", "berit", "randi", "siri"):
        words = ("key", "create", name, "--passphrase-fd", "FD")
        machine.run("keys", *words, secret=f"{PASSPHRASE}\n")
    holders = ("--holder", "anne.card", "--holder", "berit.card")
    registrars = ("--registrar", "randi.card", "--registrar", "siri.card")
    online = ("--online", "broker/public/online.card", "--needed", "2", "2")
    machine.run("keys", "authority", "create", *holders, *registrars, *online, "--out", "root")
    machine.sign("root", "anne", "berit")
    machine.run("keys", "publish", "root", "--to", "published")
    pin = str(machine.asked("keys", "show", "published")["pin"])
    for name in ("broker", "issuer"):
        machine.settings(name, pin)
    return pin


def first_list(machine: Machine) -> None:
    """Publish a list of members with nobody in it, by which broker and issuer can start."""
    named = ("--instance", "prove.folge", "--checkpoint", "broker/public/checkpoint.public")
    machine.run(
        *("keys", "draft", "published", "--out", "first", *named),
        *("--note-slot-seconds", str(SLOT)),
    )
    machine.run("keys", "issuers", "first", "sheet")
    machine.sign("first", "randi", "siri")
    machine.run("keys", "publish", "first", "--to", "published")
    machine.deliver()


def become(machine: Machine, name: str, home: str, doors: tuple[str, str], pin: str) -> None:
    """Make a member and its request to be enrolled."""
    (machine.path / "member.toml").write_text(member_settings(pin, *doors), "utf-8")
    role = "centre" if home else "police"
    entry = {**ENTRY, "role": role, "name": name, "home_district": home}
    (machine.path / "entry.json").write_text(json.dumps(entry), "utf-8")
    words = ("init", "member.toml", "entry.json", f"{name}.request", "--passphrase-fd", "FD")
    machine.run("client", "--home", name, *words, secret=STAFF)


def enrol(machine: Machine, bundle: str, name: str) -> str:
    """Enrol a member after having heard the words over the telephone; return its number."""
    asked = machine.asked("keys", "request", "show", f"{name}.request")
    machine.run("keys", "enrol", bundle, f"{name}.request", "--words", str(asked["words"]))
    return str(asked["member"])


def until_it_listens(machine: Machine) -> None:
    """Wait for the member's service to open its door."""
    deadline = time.monotonic() + PATIENCE
    while machine.ended("client", "--home", "nord", "status").returncode == GONE:
        assert time.monotonic() < deadline


def until_ready(machine: Machine, home: str) -> dict[str, object]:
    """Ask the doctor until the member is ready, has tokens and has read the boards."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = machine.asked("client", "--home", home, "doctor")
        has_tokens = found["tokens"] not in ({}, {"cc-note": 0, "cp-note": 0})
        if found["ready"] and has_tokens and found["seconds_since_sync"] != -1:
            return found
        assert time.monotonic() < deadline, found


def until_logged(machine: Machine, name: str, said: str) -> None:
    """Wait until a program has said something in its log."""
    log, deadline = machine.path / f"{name}.log", time.monotonic() + PATIENCE
    while said not in log.read_text("utf-8"):
        assert time.monotonic() < deadline, said
        threading.Event().wait(0.2)


def get(url: str) -> bytes:
    """Ask as the one who watches does."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        data: bytes = answer.read()
        return data


def shows_nothing_of(machine: Machine, member: str, metrics: bytes) -> None:
    """Show that neither logs nor numbers nor the store's own names say who was there."""
    logs = b"".join(file.read_bytes() for file in machine.path.glob("*.log"))
    for secret in (member.encode(), b"nord", b"Nord", b"127.0.0.1", PASSPHRASE.encode()):
        assert secret not in metrics, secret
        assert secret not in logs.replace(b"http://127.0.0.1", b""), secret
    names = "\n".join(str(file) for file in (machine.path / "broker" / "store").rglob("*"))
    assert member not in names


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("init", "--out", "public"), id="first-keys"),
        pytest.param(("issuer-keys", "--out", "sheet"), id="weekly-keys"),
        pytest.param(("backup", "--to", "copy"), id="backup"),
    ],
)
def test_another_user_than_the_program_s_leaves_nothing(
    machine: Machine, words: tuple[str, ...]
) -> None:
    """A command given by root by mistake makes no file that the program then cannot read."""
    data = machine.path / "broker"
    if os.geteuid() == 0:
        os.chown(data, 1, 1)
    else:
        data = Path("/usr")
    before = sorted(data.iterdir())
    machine.settings("broker", "0" * 64, data)
    refused = machine.ended("broker", "--lang", "en", *words, "--config", "broker.toml")
    assert refused.returncode == REFUSED, refused.stderr
    assert (sorted(data.iterdir()), (machine.path / words[-1]).exists()) == (before, False)


def test_the_runbook_leads_from_nothing_to_a_restored_broker(machine: Machine) -> None:
    """Whoever follows the page gets a broker, a member that is ready, and a way back."""
    pin = ceremony(machine)
    first_list(machine)
    with serving(machine, "broker", "serve", "--config", "broker.toml") as said:
        broker = said.rpartition(" ")[2]
        with serving(machine, "broker", "issue", "--config", "issuer.toml") as issued:
            doors = (broker, issued.rpartition(" ")[2])
            member = enrolled(machine, doors, pin)
            with serving(machine, "client", "--home", "nord", "service"):
                until_it_listens(machine)
                unlock = ("unlock", "--passphrase-fd", "FD")
                machine.run("client", "--home", "nord", *unlock, secret=STAFF)
                assert until_ready(machine, "nord")["alarms"] == []
                until_logged(machine, "serve---config-broker.toml", '"batch_closed"')
        assert b"ok" in get(f"{broker}/health")
        shows_nothing_of(machine, member, get(f"{broker}/metrics"))
        machine.run("broker", "backup", "--config", "broker.toml", "--to", "copy")
    machine.run("broker", "check", "--config", "broker.toml")
    put_back(machine)


def enrolled(machine: Machine, doors: tuple[str, str], pin: str) -> str:
    """Enrol a district and then a centre in a second list; return the centre's number."""
    become(machine, "ost", "", doors, pin)
    machine.run("keys", "draft", "published", "--out", "second")
    district = enrol(machine, "second", "ost")
    become(machine, "nord", district, doors, pin)
    member = enrol(machine, "second", "nord")
    machine.sign("second", "randi", "siri")
    machine.run("keys", "publish", "second", "--to", "published")
    machine.deliver()
    until_logged(machine, "serve---config-broker.toml", '"version": 2')
    until_logged(machine, "issue---config-issuer.toml", '"version": 2')
    return member


def put_back(machine: Machine) -> None:
    """Lose the store, put the backup in its place, and go on under another name only."""
    (machine.path / "broker" / "store").rename(machine.path / "lost")
    machine.run("broker", "restore", "--config", "broker.toml", "--from", "copy")
    refused = machine.ended("broker", "serve", "--config", "broker.toml")
    assert (refused.returncode, refused.stdout) == (4, "")
    machine.run("keys", "draft", "published", "--out", "third")
    machine.run("keys", "rename", "third", "andre.folge")
    machine.sign("third", "randi", "siri")
    machine.run("keys", "publish", "third", "--to", "published")
    machine.deliver()
    with serving(machine, "broker", "serve", "--config", "broker.toml") as said:
        assert b"ok" in get(f"{said.rpartition(' ')[2]}/health")
    machine.run("broker", "check", "--config", "broker.toml")
