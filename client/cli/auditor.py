"""The auditor's key of this member, and the trail that is sealed to it.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.console import Console, here
from client.cli.spoken import Quiet
from client.cli.staffing import BY, PASSPHRASE, stands_behind

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=Quiet)
def auditor() -> None:
    """Who can read where cases went."""


@auditor.command("show")
@here
def auditor_show(console: Console) -> None:
    """Show whose key the trail is sealed to."""
    found = console.do("auditor")
    digits = lines.text(found, "fingerprint")
    first = console.say("cli.auditor", digits=digits) if digits else console.say("cli.no_auditor")
    console.answer(found, first, console.say("cli.trail_lines", count=lines.number(found, "lines")))


@auditor.command("use")
@click.argument("file", type=FILE)
@click.option("--fingerprint", required=True)
@BY
@PASSPHRASE
@here
def auditor_use(
    console: Console, file: Path, fingerprint: str, passphrase_fd: int | None, *, by: bool
) -> None:
    """Seal the trail from now on to the key in FILE."""
    behind = stands_behind(console, passphrase_fd, by=by)
    path = str(file.resolve())
    found = console.do("auditor use", path=path, fingerprint=fingerprint, **behind)
    console.answer(found, console.say("cli.auditor_used", digits=lines.text(found, "fingerprint")))


@auditor.command("end")
@BY
@PASSPHRASE
@here
def auditor_end(console: Console, passphrase_fd: int | None, *, by: bool) -> None:
    """Write no trail any more."""
    found = console.do("auditor end", **stands_behind(console, passphrase_fd, by=by))
    console.answer(found, console.say("cli.auditor_ended"))


@auditor.command("trail")
@click.argument("file", type=FILE)
@BY
@PASSPHRASE
@here
def auditor_trail(console: Console, file: Path, passphrase_fd: int | None, *, by: bool) -> None:
    """Write the trail, sealed as it is, to the new file FILE."""
    behind = stands_behind(console, passphrase_fd, by=by)
    found = console.do("auditor trail", path=str(file.resolve()), **behind)
    console.answer(found, console.say("cli.trail_written", count=lines.number(found, "lines")))
