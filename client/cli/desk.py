"""The desk itself: the lock, the lists, the log and how this machine is.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from pathlib import Path

import click

from client.cli import lines, members, operatortext, statustext
from client.cli.console import FD, Console, here
from client.cli.spoken import Spoken
from client.cli.voice import Voice
from keys.calendar import Instant
from keys.wire import Value


@click.command(cls=Spoken)
@click.option("--passphrase-fd", type=FD)
@here
def unlock(console: Console, passphrase_fd: int | None) -> None:
    """Open the staff lock and show what has come."""
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    answer = console.do("unlock", name=name, passphrase=passphrase)
    console.answer(answer, *statustext.status(console, answer))


@click.command(cls=Spoken)
@here
def lock(console: Console) -> None:
    """Close the staff lock; the service goes on."""
    answer = console.do("lock")
    console.answer(answer, console.say("cli.locked"))


@click.command(cls=Spoken)
@here
def status(console: Console) -> None:
    """Show the lists: out, in, and what to look at."""
    answer = console.do("status")
    console.answer(answer, *statustext.status(console, answer))


@click.command(cls=Spoken)
@here
def attended(console: Console) -> None:
    """Mark alarms and the list of cases to look at as seen."""
    console.answer(console.do("attended"), console.say("cli.attended"))


@click.command(cls=Spoken)
@here
def sync(console: Console) -> None:
    """Wait for the next slot's reading of the boards."""
    console.note("cli.sync_waits")
    answer = console.do("sync")
    console.answer(answer, console.say("cli.synced"))


def _log(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return the log, a line each."""
    found: list[str] = []
    for line in lines.items(answer, "lines"):
        match line:
            case [int(at), str(act), str(code_name), str(by)]:
                when = console.words.moment(Instant(at))
                line_ = f"{when}  {code_name or '–'}  {console.say(f'act.{act}')}  {by}"
                found.append(line_.rstrip())
            case _:
                continue
    return found


@click.command(cls=Spoken)
@here
def log(console: Console) -> None:
    """Show the log of this desk."""
    found = console.do("log")
    console.answer(found, *_log(console, found))


def _shared(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return what was shared of a case, a line for each sharing."""
    found: list[str] = []
    for one in lines.rows(answer, "shared"):
        parts = ", ".join(lines.part_label(console, part) for part in lines.texts(one, "parts"))
        found.append(f"{lines.day(console, lines.number(one, 'day'))}: {parts}")
    return found or [console.say("record.none")]


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def record(console: Console, code_name: str) -> None:
    """Show which parts of CODE_NAME were shared and when; with whom is forgotten."""
    found = console.do("record", code_name=code_name)
    console.answer(found, *_shared(console, found))


@click.command(cls=Spoken)
@here
def directory(console: Console) -> None:
    """Show the members and who can receive now."""
    found = console.do("directory")
    console.answer(found, *members.directory(console, found))


@click.command(cls=Spoken)
@here
def doctor(console: Console) -> None:
    """Say how this machine is."""
    found = console.do("doctor")
    console.answer(found, *health(console, found))


def health(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return how a machine is, a line each."""
    ready = voice.say("doctor.ready" if found.get("ready") else "doctor.not_ready")
    warnings = [voice.say(f"warning.{one}") for one in lines.texts(found, "warnings")]
    days = voice.say("doctor.days_of_keys", count=lines.number(found, "days_of_keys"))
    late = lines.number(found, "oldest_overdue_days")
    overdue = [voice.say("doctor.overdue", count=late)] if late else []
    return [ready, days, *overdue, *warnings]


@click.command(cls=Spoken)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-fd", type=FD)
@here
def backup(console: Console, file: Path, passphrase_fd: int | None) -> None:
    """Write a sealed backup to the new file FILE; any staff passphrase of today opens it."""
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    path = str(file.resolve())
    found = console.do("backup", name=name, passphrase=passphrase, path=path)
    console.answer(found, console.say("cli.backup", count=lines.number(found, "bytes")))


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def operator_view(console: Console, code_name: str) -> None:
    """Show what whoever runs the broker can tell of CODE_NAME."""
    found = console.do("operator-view", code_name=code_name)
    console.answer(found, *operatortext.view(console, found))
