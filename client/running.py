"""The two programs that run until they are told to stop: the service, and the desk in the browser.

This file knows how they begin and end. It refuses to know what they do.
"""

import asyncio
import re
import signal
import webbrowser
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import click

from client.alone import only_desk
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.control import ControlClient, Tell, say_nothing
from client.joining import asked, join
from client.service import Service
from client.settings import Settings
from client.web.app import DESK, Pages, opened, opened_to_pcs
from client.web.desk import Desk
from client.web.door import Door
from client.web.first import First, Made
from client.web.house import House, context
from client.web.pages import Paper
from keys.console import fingerprint
from keys.enrolment import EnrolmentRequest
from keys.errors import AlreadyThere, BadSettings, Locked
from keys.wire import Packable, Value

_LISTEN: Final = re.compile(r"(\[[0-9a-f:.]+\]|[0-9.]+):([0-9]{1,5})")
_LAST_PORT: Final = 65_535


@click.command(cls=Spoken)
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
    running = await Service(console.home, settings, console.clock).start()
    click.echo(console.say("cli.service_runs"), err=True)
    stop = _told_to_stop()
    ticking = asyncio.create_task(running.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (ticking, stopping):
            task.cancel()
        ended, _ = await asyncio.gather(ticking, stopping, return_exceptions=True)
        await running.close()
    if isinstance(ended, Exception):
        raise ended  # whoever keeps the service running starts it again


@click.command(cls=Spoken)
@click.option("--no-browser", is_flag=True)
@click.option("--idle", type=click.Choice(["2", "5", "10"]), default="5")
@click.option("--listen")
@click.option("--begin", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@here
def desk(
    console: Console, idle: str, listen: str | None, begin: Path | None, *, no_browser: bool
) -> None:
    """Open the desk in the browser until it is told to stop: here, or for the PCs of the centre."""
    seconds = 60 * int(idle)
    if begin is not None:
        console.home.make()
    with only_desk(console.home):
        if begin is not None:
            asyncio.run(_begin(console, seconds, Settings.read(begin), browser=not no_browser))
        elif listen is None:
            asyncio.run(_open(console, seconds, browser=not no_browser))
        else:
            at, port = _address(listen)
            asyncio.run(_open_to_pcs(console, seconds, at, port))


def _address(listen: str) -> tuple[str, int]:
    """Read an address of this machine and a port, such as `10.0.0.5:443` or `[::]:443`.

    Raises:
        BadSettings: it is none.
    """
    found = _LISTEN.fullmatch(listen)
    if found is None or int(found[2]) > _LAST_PORT:
        raise BadSettings(field="listen")
    try:
        return str(ip_address(found[1].strip("[]"))), int(found[2])
    except ValueError:
        raise BadSettings(field="listen") from None


async def _open(console: Console, idle: int, *, browser: bool) -> None:
    clock = console.clock
    service = ControlClient(console.home.socket)
    await service.do("status", {})  # no page is shown where no service runs
    await _show(
        console,
        Desk(service.do, clock, Door(clock.now()), Paper(console.words, idle)),
        browser=browser,
    )


async def _begin(console: Console, idle: int, settings: Settings, *, browser: bool) -> None:
    """Show the pages of the first time; those of what was made before, when it was made before.

    Raises:
        AlreadyThere: a member lives here that was made otherwise.
    """
    kept = asked(console.home)
    if kept is None and (console.home.ledger.exists() or console.home.slots.exists()):
        raise AlreadyThere

    async def make(said: Mapping[str, str], who: str, passphrase: str) -> Made:
        return _made(await join(console.home, settings, said, (who, passphrase)))

    clock = console.clock
    made = Desk(_no_service, clock, Door(clock.now()), Paper(console.words, idle))
    first = First(make, None if kept is None else _made(kept))
    await _show(console, made, first.pages, browser=browser)


def _made(request: EnrolmentRequest) -> Made:
    said = fingerprint(request.member_id)
    return Made(said["words"], said["digits"], request.encode())


async def _no_service(
    _verb: str, _arguments: Mapping[str, Packable], _tell: Tell = say_nothing, /
) -> Mapping[str, Value]:
    """Answer whatever is asked of a service before there is one."""
    raise Locked


async def _show(console: Console, made: Desk, pages: Pages = DESK, *, browser: bool) -> None:
    stop = _told_to_stop()
    async with opened(made, pages=pages) as address:
        console.answer({"address": address}, console.say("web.opened"), address)
        click.echo(console.say("web.stop"), err=True)
        if browser:
            await asyncio.to_thread(webbrowser.open, address)
        await stop.wait()


async def _open_to_pcs(console: Console, idle: int, at: str, port: int) -> None:
    service = ControlClient(console.home.socket)
    await service.do("lock", {})  # a desk that was killed may have left somebody in
    served = await service.do("pcs served", {})
    name = served.get("host")
    made = House(service.do, console.clock, Paper(console.words, idle), str(name))
    made.tls = context(served)
    stop = _told_to_stop()
    async with opened_to_pcs(made, at, port) as address:
        console.answer({"address": address}, console.say("web.opened_to_pcs"), address)
        click.echo(console.say("web.stop"), err=True)
        await stop.wait()
