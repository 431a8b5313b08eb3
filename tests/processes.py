"""`folge-broker` as a process of its own, on today's roster, and requests to it."""

import asyncio
import io
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import aiohttp
from click.testing import CliRunner, Result

from broker.__main__ import SystemClock, main
from broker.issuer import KEYS
from broker.ownkeys import CHECKPOINT_KEY, ONLINE_KEY
from keys.authority import Authority
from keys.calendar import Instant, Week, day_of, week_of
from keys.identity import MachineCertificate
from keys.proof import HEADER
from keys.secretfile import write_secret
from keys.wire import pack
from tests.brokers import (
    CHECKPOINT_SEED,
    Answer,
    issuers,
    machine,
    proof,
    register,
)
from tests.rosters import identity

NOTES = "/v1/boards/centre/cells/note"


def now() -> Instant:
    """Return the time that an installed program goes by."""
    return SystemClock().now()


def this_week() -> Week:
    """Return the week that it is."""
    return week_of(day_of(now()))


@cache
def authority() -> Authority:
    """Return root holders and registrars of today."""
    return Authority.create(now(), holders=2, root_persons=2, registrars=2, registrar_persons=2)


def settings(path: Path, data: str = "broker") -> Path:
    """Write the settings file of a program whose data lies in `path`."""
    config = path / f"{data}.toml"
    config.write_text(
        f'listen = "127.0.0.1:0"\ndata = "{path / data}"\nroster = "{path / "roster"}"\n'
        f'root_pin = "{authority().pin.hex()}"\n',
        "utf-8",
    )
    return config


def place(path: Path, instance: str = "test.folge") -> Path:
    """Put keys, roster and settings of a broker into `path`; return the settings file."""
    home, roster = path / "broker", path / "roster"
    home.mkdir(mode=0o700, exist_ok=True)
    roster.mkdir(exist_ok=True)
    write_secret(home / CHECKPOINT_KEY, CHECKPOINT_SEED)
    write_secret(home / ONLINE_KEY, authority().online.seed)
    held = {file.name: file.read_bytes() for file in roster.iterdir()}
    made = authority().publish(register(instance, (this_week(),)), now(), held)
    for name, data in made.items():
        (roster / name).write_bytes(data)
    return settings(path)


def place_issuer(path: Path) -> Path:
    """Put an issuer beside the broker in `path`; return its settings file."""
    keys = path / "issuer" / KEYS / str(this_week())
    keys.mkdir(mode=0o700, parents=True)
    (path / "issuer").chmod(0o700)
    for (token_class, _), secret in issuers((this_week(),)).items():
        write_secret(keys / f"{token_class}.key", secret.to_der())
    return settings(path, "issuer")


def run(*args: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, ["--lang", "en", *map(str, args)])


class Process:
    """A program that runs, and its address."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        assert popen.stdout is not None
        self.popen = popen
        self.url = popen.stdout.readline().rstrip().rpartition(" ")[2]
        assert self.url.startswith("http://127.0.0.1:"), self.end()

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; return the exit code and the log."""
        self.popen.send_signal(how)
        _, log = self.popen.communicate(timeout=30)
        return self.popen.returncode, log


def command(word: str, config: Path) -> list[str]:
    """Return the line that runs a program as its supervisor would."""
    return [sys.executable, "-m", "broker", "--lang", "en", word, "--config", str(config)]


@contextmanager
def process(word: str, config: Path) -> Generator[Process, None, None]:
    """Run `folge-broker` as a process of its own."""
    with subprocess.Popen(
        command(word, config), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as popen:
        try:
            yield Process(popen)
        finally:
            popen.kill()


async def ask(url: str, method: str, target: str, body: bytes = b"", /, **headers: str) -> Answer:
    """Make one request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url + target, data=io.BytesIO(body), headers=named) as answer,
    ):
        return Answer(answer.status, dict(answer.headers), await answer.read())


async def read_as_sor(url: str, target: str) -> Answer:
    """Publish a certificate and read as the centre `sor` from the instance `second.folge`."""
    certificate = MachineCertificate.issue(identity("sor"), machine("sor").public, day_of(now()), 3)
    published = pack(["publish", 1, "cert", certificate.encode()])
    assert (await ask(url, "POST", "/v1/keys", published)).status == 201
    return await ask(
        url,
        "GET",
        target,
        b"",
        **{HEADER: proof("sor", "GET", target, now(), instance="second.folge")},
    )


async def closed(host: str, port: int) -> None:
    """Wait until nobody new is let in."""
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            while True:
                _, other = await asyncio.open_connection(host, port)
                other.close()
                await other.wait_closed()
