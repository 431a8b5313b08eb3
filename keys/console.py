"""What every `folge-keys` command shares: words, files, passphrases, a yes, and how it ends.

This file knows the terminal and the disk. It refuses to take a passphrase from an argument or
the environment, where other users and shell histories read it, and to print a stack trace.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

import click

from keys.address import MemberId
from keys.bundle import BUNDLE_LIMIT, Bundle
from keys.calendar import Instant
from keys.errors import (
    NotHere,
    OverLong,
    Refusal,
    UnknownMember,
)
from keys.exits import EXITS, REFUSED
from keys.identity import fingerprint_digits, fingerprint_words
from keys.metadata import CONTENT
from keys.register import MOST_CONTENT, Register
from keys.secretfile import write_secret
from keys.words import Words

Fact: TypeAlias = "str | int | Sequence[str] | Sequence[Mapping[str, str | int]]"
Facts: TypeAlias = Mapping[str, Fact]

_MOMENTS: Final = ("expires", "fresh", "at")
_CHOICES: Final = ("role", "kind", "settings", "what", "chain")
_LEAST_DIGITS: Final = 8  # of a member id, when it is shortened
_LONGEST_LINE: Final = 4_096


@dataclass(frozen=True, slots=True)
class Console:
    """One run of the program: its language, its form of answer, its clock."""

    words: Words
    as_json: bool
    now: Callable[[], Instant]

    def tell(self, outcome: str, facts: Facts) -> None:
        """Answer: one sentence and its facts, or one JSON object."""
        if self.as_json:
            click.echo(json.dumps({"outcome": outcome, **facts}, ensure_ascii=False))
            return
        click.echo(self.words.say(f"keys.{outcome}"))
        self.list(facts)

    def list(self, facts: Facts, *, err: bool = False) -> None:
        """Print facts as a person reads them, one to a line."""
        for name, value in facts.items():
            label = self.words.say(f"keys.label.{name}")
            if isinstance(value, str | int):
                click.echo(f"{label}: {self._said(name, value)}", err=err)
                continue
            click.echo(f"{label}: {len(value)}", err=err)
            for line in value:
                parts = {name: line} if isinstance(line, str) else line
                said = [self._said(part, found) for part, found in parts.items()]
                click.echo(f"  {' · '.join(said)}", err=err)

    def _said(self, name: str, value: str | int) -> str:
        """Say a value as a person reads it; JSON has the bare word or number."""
        if name in _MOMENTS:
            return self.words.moment(Instant(int(value)))
        return self.words.say(f"keys.{name}.{value}") if name in _CHOICES else str(value)

    def confirm(self, msgid: str, facts: Facts) -> None:
        """Show `facts` and go on only when the word for yes is typed out.

        Raises:
            SystemExit: 4, when it is not; nothing has been done.
        """
        self.list(facts, err=True)
        yes = self.words.say("keys.yes")
        typed: str = click.prompt(
            self.words.say(msgid, yes=yes), default="", show_default=False, err=True
        )
        if typed.strip().lower() != yes:
            click.echo(self.words.say("keys.declined"), err=True)
            raise SystemExit(REFUSED)

    def passphrase(self, descriptor: int | None, *, new: bool = False) -> str:
        """Ask for a passphrase, twice when it is new, or read a line of a file descriptor."""
        if descriptor is not None:
            return _line_of(descriptor)
        again = self.words.say("keys.passphrase.again") if new else False
        typed: str = click.prompt(
            self.words.say("keys.passphrase.ask"),
            hide_input=True,
            confirmation_prompt=again,
            err=True,
        )
        return typed

    def refuse(self, refusal: Refusal) -> NoReturn:
        """Say why not, in a sentence, and end with the code of its family.

        Raises:
            SystemExit: always.
        """
        if self.as_json:
            click.echo(json.dumps({"refused": refusal.code}))
        click.echo(self.words.refusal(refusal), err=True)
        code = next((code for kind, code in EXITS if isinstance(refusal, kind)), REFUSED)
        raise SystemExit(code)


class Quiet(click.Group):
    """A command group whose refusals are told in words."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            console = ctx.obj
            assert isinstance(console, Console)  # noqa: S101 - main made it before any command
            console.refuse(refusal)


def _line_of(descriptor: int) -> str:
    """Read one line, byte by byte so that what follows it stays for the next reader."""
    line = bytearray()
    try:
        while (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > _LONGEST_LINE:
                raise OverLong(limit=_LONGEST_LINE)
    except OSError:
        raise NotHere from None
    return line.decode("utf-8", "surrogateescape")


def read(path: Path, most: int) -> bytes:
    """Read a public file of at most `most` bytes.

    Raises:
        NotHere: it cannot be read.
        OverLong: it is longer.
    """
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        raise NotHere from None
    if len(data) > most:
        raise OverLong(limit=most)
    return data


def read_bundle(path: Path) -> Bundle:
    """Read a bundle.

    Raises:
        Refusal: as `read` and `Bundle.decode`.
    """
    return Bundle.decode(read(path, BUNDLE_LIMIT))


def write_bundle(path: Path, bundle: Bundle, *, fresh: bool = False) -> None:
    """Write a bundle.

    Raises:
        Refusal: as `write_secret`.
    """
    write_secret(path, bundle.encode(), fresh=fresh)


def read_roster(directory: Path) -> dict[str, bytes]:
    """Read every file of a published roster.

    Raises:
        NotHere, OverLong: a file cannot be read or is too long.
    """
    try:
        paths = sorted(directory.iterdir())
    except OSError:
        raise NotHere from None
    served = [path for path in paths if path.name.endswith((".json", CONTENT))]
    return {path.name: read(path, MOST_CONTENT) for path in served}


def fingerprint(member_id: MemberId) -> dict[str, str]:
    """Return what is read aloud."""
    return {
        "words": " ".join(fingerprint_words(member_id)),
        "digits": " ".join(fingerprint_digits(member_id)),
    }


def find(register: Register, text: str) -> MemberId:
    """Return the member whose id begins with `text`, eight hexadecimal digits or more.

    Raises:
        UnknownMember: none does, or several do.
    """
    ids = [member.member_id for member in register.members]
    found = [one for one in ids if one.hex().startswith(text.lower())]
    if len(text) < _LEAST_DIGITS or len(found) != 1:
        raise UnknownMember
    return found[0]


FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW: Final = click.Path(dir_okay=False, path_type=Path)
DIRECTORY: Final = click.Path(exists=True, file_okay=False, path_type=Path)
PASSPHRASE_FD: Final = click.option("--passphrase-fd", type=click.IntRange(0), default=None)
