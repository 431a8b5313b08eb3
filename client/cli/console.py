"""What every `folge` command shares: the service, the words, the progress and how it ends.

This file knows the terminal. It refuses to print a stack trace, to take a secret from an argument,
and to say anything without saying whether something left the machine.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, Self, cast

import click
from rich.console import Console as Terminal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from client.control import ControlClient
from client.home import Home
from client.systemclock import SystemClock
from keys.calendar import Clock
from keys.errors import NotHere, OverLong, Refusal
from keys.exits import EXITS, REFUSED
from keys.wire import Packable, Value
from keys.words import Words

CASE_LIMIT: Final = 1 << 20
_LONGEST_LINE: Final = 4_096


@dataclass(frozen=True, slots=True)
class Console:
    """One run of the program.

    Attributes:
        home: the member's directory.
        words: in the language that was asked for.
        as_json: whether answers are one JSON object.
        clock: of what is done without the service, which has its own; the system's, as a rule.
    """

    home: Home
    words: Words
    as_json: bool
    clock: Clock = field(default_factory=SystemClock)

    def do(self, verb: str, **arguments: Packable) -> Mapping[str, Value]:
        """Have the service carry out a verb, and show how far it is.

        Raises:
            Refusal: what the service answered.
        """
        with _Bar(self.words, quiet=self.as_json) as bar:
            client = ControlClient(self.home.socket)
            return asyncio.run(client.do(verb, arguments, bar.tell))

    def answer(self, answer: Mapping[str, Value], *lines: str) -> None:
        """Print an answer: the lines for a person, or the whole of it as JSON."""
        if self.as_json:
            click.echo(json.dumps(_plain(dict(answer)), ensure_ascii=False))
            return
        for line in lines:
            click.echo(line)

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return a text of the catalogue."""
        return self.words.say(msgid, **facts)

    def secret(self, msgid: str, descriptor: int | None, *, again: bool = False) -> str:
        """Ask for a secret, or read a line of a file descriptor."""
        if descriptor is not None:
            return line_of(descriptor)
        while True:
            typed: str = click.prompt(self.say(msgid), hide_input=True, err=True)
            if not again or typed == click.prompt(self.say("cli.again"), hide_input=True, err=True):
                return typed
            self.note("cli.differ")

    def told(self, msgid: str, descriptor: int | None) -> str:
        """Ask for a text that is no secret, or read a line of a file descriptor."""
        return self.ask(msgid) if descriptor is None else self.secret(msgid, descriptor)

    def ask(self, msgid: str) -> str:
        """Ask for a text that is no secret."""
        typed: str = click.prompt(self.say(msgid), err=True)
        return typed

    def maybe(self, msgid: str, descriptor: int | None) -> str:
        """Ask for a text that may be left empty, or read a line of a file descriptor."""
        if descriptor is not None:
            return line_of(descriptor)
        typed: str = click.prompt(self.say(msgid), default="", show_default=False, err=True)
        return typed

    def note(self, msgid: str) -> None:
        """Say something before the questions, where it is no part of the answer."""
        click.echo(self.say(msgid), err=True)

    def refuse(self, refusal: Refusal, *more: str) -> NoReturn:
        """Say what happened, whether anything left the machine, and what to do.

        Args:
            refusal: what was refused.
            more: lines that only this desk can add, such as a number of the directory.

        Raises:
            SystemExit: always, with the code of the refusal's family.
        """
        if self.as_json:
            facts = dict(refusal.facts)
            refused = {"refused": refusal.code, "sent": refusal.sent.value, **facts}
            click.echo(json.dumps(refused))
        for line in (self.words.refusal(refusal), *more):
            click.echo(line, err=True)
        code = next((code for kind, code in EXITS if isinstance(refusal, kind)), REFUSED)
        raise SystemExit(code)


class _Bar:
    """A progress bar on standard error; on no terminal, a line at each quarter."""

    def __init__(self, words: Words, *, quiet: bool) -> None:
        self._words = words
        self._quiet = quiet
        self._terminal = Terminal(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=self._terminal,
            transient=True,
        )
        self._tasks: dict[str, int] = {}
        self._quarters: dict[str, int] = {}

    def __enter__(self) -> Self:
        if not self._quiet and self._terminal.is_terminal:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def tell(self, msgid: str, done: int, total: int) -> None:
        """Show that `done` of `total` is done; a `total` of 0 is one not known."""
        if self._quiet:
            return
        if not self._terminal.is_terminal:
            self._line(msgid, done, total)
            return
        if msgid not in self._tasks:
            for task in self._progress.tasks:
                self._progress.update(task.id, visible=task.completed > 0)  # waited, and no more
            made = self._progress.add_task(self._words.say(msgid), total=total or None)
            self._tasks[msgid] = int(made)
        for task in self._progress.tasks:
            if int(task.id) == self._tasks[msgid]:
                self._progress.update(task.id, completed=done, total=total or None)

    def _line(self, msgid: str, done: int, total: int) -> None:
        quarter = 4 * done // total if total > _SMALL else 0
        if quarter > self._quarters.get(msgid, 0):
            self._quarters[msgid] = quarter
            click.echo(f"{self._words.say(msgid)}: {25 * quarter} %", err=True)


_SMALL: Final = 1 << 20


def line_of(descriptor: int) -> str:
    """Read one line, byte by byte so that what follows it stays for the next reader.

    Raises:
        NotHere: nothing can be read there, or no text.
        OverLong: the line does not end.
    """
    line = bytearray()
    try:
        while (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > _LONGEST_LINE:
                raise OverLong(limit=_LONGEST_LINE)
        return line.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotHere from None


def read_case(path: Path | None) -> str:
    """Read a case file, or standard input when there is no path or it is `-`.

    Raises:
        NotHere: it cannot be read.
        OverLong: it is longer than a case file may be.
    """
    try:
        if path is None or str(path) == "-":
            data = sys.stdin.buffer.read(CASE_LIMIT + 1)
        else:
            with path.open("rb") as file:
                data = file.read(CASE_LIMIT + 1)
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotHere from None
    if len(data) > CASE_LIMIT:
        raise OverLong(limit=CASE_LIMIT)
    return text


def _plain(value: object) -> object:
    """Return a value as JSON has it; bytes as hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in cast("dict[object, object]", value).items()}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[object]", value)]
    return value


here = click.make_pass_decorator(Console)
CASE_FILE: Final = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
"""A path, or `-` for standard input."""
FD: Final = click.IntRange(0)
