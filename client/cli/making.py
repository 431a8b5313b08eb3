"""Making this machine a member, anew or from a backup.

This file knows names and options. It refuses to know what a member is made of.
"""

import asyncio
import json
from pathlib import Path

import click

from client.backup import Passphrase
from client.backup import restore as restored
from client.cli import attention
from client.cli.console import FD, Console, here
from client.cli.spoken import Spoken
from client.joining import ENTRY, asker, join
from client.settings import Settings
from keys.console import fingerprint
from keys.errors import AlreadyThere, BadSettings
from keys.secretfile import write_secret


@click.command(cls=Spoken)
@click.argument("settings", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("entry", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("request", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--passphrase-fd", type=FD)
@here
def init(
    console: Console, settings: Path, entry: Path, request: Path, passphrase_fd: int | None
) -> None:
    """Make this machine a member.

    SETTINGS says where the broker is. ENTRY is the public directory entry in JSON: instance, role,
    name, region, units, access, call_back_phone and, for a centre, home_district. REQUEST is the
    file to give to the registrars.
    """
    told = Settings.read(settings)
    said = _entry(entry)
    if request.exists():
        raise AlreadyThere
    asker(said)  # what is wrong with it is said before a passphrase is asked for
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd, again=True)
    made = asyncio.run(join(console.home, told, said, (name, passphrase)))
    write_secret(request, made.encode(), fresh=True)
    read_aloud = fingerprint(made.member_id)
    lines = [console.say("cli.made"), console.say("cli.read_aloud"), *read_aloud.values()]
    console.answer({"fingerprint": [*read_aloud.values()]}, *lines)


def _entry(path: Path) -> dict[str, str]:
    """Read a directory entry; an unknown or missing word is refused by its name."""
    try:
        found = json.loads(path.read_text("utf-8"))
        said = {str(name): str(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError):
        raise BadSettings(field="entry") from None
    for name in sorted({*said} ^ {*ENTRY}):
        if name != "home_district":
            raise BadSettings(field="entry")
    return {"home_district": "", **said}


@click.command(cls=Spoken)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase-fd", type=FD)
@here
def restore(console: Console, file: Path, passphrase_fd: int | None) -> None:
    """Make this machine the member whose backup FILE is; the old machine must never run again."""
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    by = Passphrase(name, passphrase, console.clock.now())
    done = asyncio.run(restored(file, console.home, by))
    found = {"generation": done.generation, "made": done.made, "missing": done.missing}
    days = max(0, done.day - done.made)
    more = {"days": days, "restored": done.made, "restored_old": done.old}
    made = console.words.day(done.made)
    console.answer(
        found | more,
        console.say("cli.restored", day=made),
        console.say("cli.restored_age", days=days),
        *attention.restored(console, more),
        console.say("cli.restored_next"),
    )
