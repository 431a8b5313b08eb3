"""The real `folge` program in a process of its own, run against a service of the test world.

Whoever holds this sees what staff see: what stands on the screen, and how the program ends.
"""

import asyncio
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from client.__main__ import cli
from keys.calendar import Clock
from tests.parties import PASSPHRASE, STAFF, Party

_SECONDS: Final = 60
UNLOCKING: Final = f"{STAFF}\n{PASSPHRASE}\n"
"""What a file descriptor says to unlock: the name and the passphrase."""
_screen: Final = threading.Lock()
"""Running the program here changes where this whole process prints to: one at a time."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How one run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything on the screen."""
        return self.out + self.err


async def folge(
    party: Party, *words: str, lang: str = "nb", typed: str = "", secret: str | None = None
) -> Ended:
    """Run the program at a member's machine; arguments as of `run`."""
    return await run(party.home.path, *words, lang=lang, typed=typed, secret=secret)


async def in_process(
    party: Party,
    *words: str,
    lang: str = "nb",
    typed: str = "",
    secret: str = "",
    clock: Clock | None = None,
) -> Ended:
    """Run the program in this process, which spares its start; arguments as of `run`.

    Args:
        party: at whose machine.
        words: what is typed after `folge`; `FD` becomes the number of the descriptor.
        lang: the language that is asked for; when none is, it is the desk's own.
        typed: standard input.
        secret: what can be read from the descriptor.
        clock: by which the program goes where no service runs; else the system's.
    """
    near, far = os.pipe()
    os.write(far, secret.encode())
    os.close(far)
    line = ["--home", str(party.home.path), *(["--lang", str(lang)] if lang else [])]
    line += [str(near if word == "FD" else word) for word in words]
    try:
        return await asyncio.to_thread(_run_here, line, typed, clock)
    finally:
        os.close(near)


def _run_here(line: list[str], typed: str, clock: Clock | None) -> Ended:
    """Run the program in this thread; a fault of its own is raised as it is."""
    with _screen:
        done = CliRunner().invoke(cli, line, input=typed.encode(), obj=clock)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ended(done.exit_code, done.stdout, done.stderr)


async def run(
    home: Path, *words: str, lang: str = "nb", typed: str = "", secret: str | None = None
) -> Ended:
    """Run the program.

    Args:
        home: the member's directory.
        words: what is typed after `folge`; `FD` becomes the number of the descriptor.
        lang: the language that is asked for.
        typed: standard input.
        secret: what can be read from the descriptor.
    """
    near, far = os.pipe()
    os.write(far, (secret or "").encode())
    os.close(far)
    said = [str(near) if word == "FD" else word for word in words]
    environment = {**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1"}
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "client", "--home", str(home), "--lang", lang),
            *said,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(near,),
            env=environment,
        )
        async with asyncio.timeout(_SECONDS):
            out, err = await process.communicate(typed.encode())
    finally:
        os.close(near)
    return Ended(process.returncode or 0, out.decode(), err.decode())
