"""`folge`: the member's command line, and the service itself.

This file knows the system's clock, which nothing moves. It refuses everything else: the commands
are in `client.cli`.
"""

import asyncio
import json
import signal
import sys
import time
import webbrowser
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from client.backup import Passphrase
from client.backup import restore as restored
from client.cli.commands import COMMANDS
from client.cli.console import FD, Console, here
from client.cli.spoken import Root, begun, overheard
from client.control import ControlClient
from client.enrol import make_member
from client.service import Service
from client.settings import Settings
from client.web.app import opened
from client.web.desk import Desk
from client.web.door import Door
from client.web.pages import Paper
from keys.address import MemberId, Role
from keys.calendar import Instant
from keys.console import fingerprint
from keys.enrolment import EnrolmentRequest
from keys.errors import AlreadyThere, BadSettings, Refusal
from keys.identity import Identity
from keys.member import Directory
from keys.secretfile import write_secret
from keys.words import Language


class SystemClock:
    """The system's clock."""

    def now(self) -> Instant:
        """Return the current instant."""
        return Instant(int(time.time()))  # noqa: TID251 - the edge where time is read

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant`."""
        await asyncio.sleep(max(0.0, instant - time.time()))  # noqa: TID251 - the same


@click.group("folge", cls=Root)
@click.option("--home", type=click.Path(file_okay=False, path_type=Path))
@click.option("--lang", type=click.Choice([one.value for one in Language]))
@click.option("--json", "as_json", is_flag=True)
@click.version_option(package_name="folge", help=None, message="%(package)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, lang: str | None, *, as_json: bool) -> None:
    """Hand a case over between crisis centres, sealed and with consent."""
    ctx.obj = begun(home, lang, as_json=as_json)


@cli.command()
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
    asked = _asker(_entry(entry))
    if request.exists():
        raise AlreadyThere
    # What the registrars' program would refuse is refused before anything is made.
    asked(Identity.generate())
    name = console.secret("cli.who", passphrase_fd) if passphrase_fd else console.ask("cli.who")
    passphrase = console.secret("cli.passphrase", passphrase_fd, again=True)
    identity = asyncio.run(make_member(console.home, told, name, passphrase))
    made = asked(identity)
    write_secret(request, made.encode(), fresh=True)
    read_aloud = fingerprint(identity.public.member_id)
    lines = [console.say("cli.made"), console.say("cli.read_aloud"), *read_aloud.values()]
    console.answer({"fingerprint": [*read_aloud.values()]}, *lines)


_ENTRY = ("instance", "role", "name", "region", "units", "access", "call_back_phone")


def _entry(path: Path) -> dict[str, str]:
    """Read a directory entry; an unknown or missing word is refused by its name."""
    try:
        found = json.loads(path.read_text("utf-8"))
        said = {str(name): str(value) for name, value in found.items()}
    except (OSError, ValueError, AttributeError):
        raise BadSettings(field="entry") from None
    for name in sorted({*said} ^ {*_ENTRY}):
        if name != "home_district":
            raise BadSettings(field="entry")
    return {"home_district": "", **said}


def _asker(said: Mapping[str, str]) -> Callable[[Identity], EnrolmentRequest]:
    """Return what makes the request of an identity; a wrong word is refused.

    Raises:
        BadSettings: the role or the home district is none.
    """
    try:
        role = Role(said["role"])
        home = MemberId(bytes.fromhex(said["home_district"]))
    except ValueError:
        raise BadSettings(field="entry") from None
    directory = Directory(
        said["name"], said["region"], said["units"], said["access"], said["call_back_phone"]
    )
    return lambda identity: EnrolmentRequest.make(
        identity, said["instance"], role, directory, home or None
    )


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase-fd", type=FD)
@here
def restore(console: Console, file: Path, passphrase_fd: int | None) -> None:
    """Make this machine the member whose backup FILE is; the old machine must never run again."""
    name = console.told("cli.who", passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    by = Passphrase(name, passphrase, SystemClock().now())
    done = asyncio.run(restored(file, console.home, by))
    found = {"generation": done.generation, "made": done.made, "missing": done.missing}
    made = console.words.day(done.made)
    console.answer(found, console.say("cli.restored", day=made), console.say("cli.restored_next"))


@cli.command()
@here
def service(console: Console) -> None:
    """Run the service of this member until it is told to stop."""
    settings = Settings.read(console.home.settings)
    asyncio.run(_serve(console, settings))


def _told_to_stop() -> asyncio.Event:
    """Return what is set when the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _serve(console: Console, settings: Settings) -> None:
    running = await Service(console.home, settings, SystemClock()).start()
    click.echo(console.say("cli.service_runs"), err=True)
    stop = _told_to_stop()
    ticking = asyncio.create_task(running.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (ticking, stopping):
            task.cancel()
        await asyncio.gather(ticking, stopping, return_exceptions=True)
        await running.close()


@cli.command()
@click.option("--no-browser", is_flag=True)
@click.option("--idle", type=click.Choice(["2", "5", "10"]), default="5")
@here
def desk(console: Console, idle: str, *, no_browser: bool) -> None:
    """Open the desk in the browser, on this machine only, until it is told to stop."""
    asyncio.run(_open(console, 60 * int(idle), browser=not no_browser))


async def _open(console: Console, idle: int, *, browser: bool) -> None:
    clock = SystemClock()
    service = ControlClient(console.home.socket)
    await service.do("status", {})  # no page is shown where no service runs
    made = Desk(service.do, clock, Door(clock.now()), Paper(console.words, idle))
    stop = _told_to_stop()
    async with opened(made) as address:
        console.answer({"address": address}, console.say("web.opened"), address)
        click.echo(console.say("web.stop"), err=True)
        if browser:
            await asyncio.to_thread(webbrowser.open, address)
        await stop.wait()


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the program; a fault of ours ends in a sentence, never in a stack trace."""
    try:
        cli(prog_name="folge")
    except Refusal as refusal:
        overheard(sys.argv[1:]).refuse(refusal)
    except Exception as fault:  # noqa: BLE001 - the one place where the unforeseen is caught
        said = overheard(sys.argv[1:]).say("cli.fault", name=type(fault).__name__)
        click.echo(said, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
