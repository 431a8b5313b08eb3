"""The desk itself: the lock, the lists, the log and how this machine is.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.console import FD, Console, here


@click.command()
@click.option("--passphrase-fd", type=FD, help="Read name and passphrase, a line each.")
@here
def unlock(console: Console, passphrase_fd: int | None) -> None:
    """Open the staff lock and show what has come."""
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    answer = console.do("unlock", name=name, passphrase=passphrase)
    console.answer(answer, *lines.status(console, answer))


@click.command()
@here
def lock(console: Console) -> None:
    """Close the staff lock; the service goes on."""
    answer = console.do("lock")
    console.answer(answer, console.say("cli.locked"))


@click.command()
@here
def status(console: Console) -> None:
    """Show the lists: out, in, and what to look at."""
    answer = console.do("status")
    console.answer(answer, *lines.status(console, answer))


@click.command()
@here
def attended(console: Console) -> None:
    """Mark alarms and the list of cases to look at as seen."""
    console.answer(console.do("attended"), console.say("cli.attended"))


@click.command()
@here
def sync(console: Console) -> None:
    """Read the boards now."""
    answer = console.do("sync")
    console.answer(answer, console.say("cli.synced"))


@click.command()
@here
def log(console: Console) -> None:
    """Show the log of this desk."""
    found = console.do("log")
    console.answer(found, *lines.log(console, found))


@click.command()
@here
def directory(console: Console) -> None:
    """Show the members and who can receive now."""
    found = console.do("directory")
    console.answer(found, *lines.directory(console, found))


@click.command()
@here
def doctor(console: Console) -> None:
    """Say how this machine is."""
    found = console.do("doctor")
    ready = console.say("doctor.ready" if found.get("ready") else "doctor.not_ready")
    warnings = [console.say(f"warning.{one}") for one in lines.texts(found, "warnings")]
    days = console.say("doctor.days_of_keys", count=lines.number(found, "days_of_keys"))
    console.answer(found, ready, days, *warnings)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-fd", type=FD, help="Read name and passphrase, a line each.")
@here
def backup(console: Console, file: Path, passphrase_fd: int | None) -> None:
    """Write a sealed backup to the new file FILE; any staff passphrase of today opens it."""
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    path = str(file.resolve())
    found = console.do("backup", name=name, passphrase=passphrase, path=path)
    console.answer(found, console.say("cli.backup", count=lines.number(found, "bytes")))
