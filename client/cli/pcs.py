"""Which other PCs may ask the desk of this machine.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from pathlib import Path

import click

from client.cli import lines
from client.cli.console import Console, here
from client.cli.spoken import Quiet
from client.cli.staffing import BY, PASSPHRASE, stands_behind
from client.cli.voice import Voice
from keys.calendar import Instant, day_of
from keys.wire import Value


@click.group(cls=Quiet)
def pcs() -> None:
    """Which PCs may ask."""


@pcs.command("host")
@click.argument("host")
@BY
@PASSPHRASE
@here
def pcs_host(console: Console, host: str, passphrase_fd: int | None, *, by: bool) -> None:
    """Say under which name other PCs find this desk."""
    behind = stands_behind(console, passphrase_fd, by=by)
    found = console.do("pcs host", host=host, **behind)
    console.answer(found, console.say("cli.pcs_host", host=lines.text(found, "host")))


@pcs.command("add")
@click.argument("pc_name")
@click.option("--to", required=True, type=click.Path(file_okay=False, path_type=Path))
@BY
@PASSPHRASE
@here
def pcs_add(
    console: Console, pc_name: str, to: Path, passphrase_fd: int | None, *, by: bool
) -> None:
    """Enrol a PC."""
    behind = stands_behind(console, passphrase_fd, by=by)
    path = str(to.resolve())
    found = console.do("pcs add", pc_name=pc_name, path=path, **behind)
    console.answer(found, *added(console, found))


def added(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return that a PC is enrolled, the password of its file, and what is to be done with it."""
    return [
        voice.say("cli.pcs_added", name=lines.text(found, "name")),
        voice.say("cli.pcs_password", password=lines.text(found, "password")),
        voice.say("cli.pcs_install", host=lines.text(found, "host")),
        voice.say("cli.pcs_until", day=until(voice, found)),
    ]


def until(voice: Voice, row: Mapping[str, Value]) -> str:
    """Return the day on which the enrolment of a PC ends."""
    return lines.day(voice, day_of(Instant(lines.number(row, "until"))))


@pcs.command("list")
@here
def pcs_list(console: Console) -> None:
    """Show which PCs may ask, and who is in."""
    found = console.do("pcs list")
    console.answer(found, *_listed(console, found))


def _listed(console: Console, found: Mapping[str, Value]) -> list[str]:
    host = lines.text(found, "host")
    shown = [console.say("pcs.host", host=host) if host else console.say("pcs.no_host")]
    for one in lines.rows(found, "pcs"):
        ends = until(console, one)
        shown.append(console.say("pcs.line", name=lines.text(one, "name"), day=ends))
    return shown + inside(console, found)


def inside(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return who is in, a line each: with the PC, or that they sit at this machine."""
    return [
        voice.say("pcs.inside", name=lines.text(one, "name"), pc=lines.text(one, "pc"))
        if lines.text(one, "pc")
        else voice.say("pcs.inside_here", name=lines.text(one, "name"))
        for one in lines.rows(found, "inside")
    ]


@pcs.command("remove")
@click.argument("pc_name")
@here
def pcs_remove(console: Console, pc_name: str) -> None:
    """Let a PC ask no more."""
    found = console.do("pcs remove", pc_name=pc_name)
    console.answer(found, console.say("cli.pcs_removed", name=lines.text(found, "name")))
