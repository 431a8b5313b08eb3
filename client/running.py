"""The two programs that run until they are told to stop: the service, and the desk in the browser.

This file knows how they begin and end. It refuses to know what they do.
"""

import asyncio
import re
import signal
import webbrowser
from ipaddress import ip_address
from typing import Final

import click

from client.alone import only_desk
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.control import ControlClient
from client.service import Service
from client.settings import Settings
from client.systemclock import SystemClock
from client.web.app import opened, opened_to_pcs
from client.web.desk import Desk
from client.web.door import Door
from client.web.house import House, context
from client.web.pages import Paper
from keys.errors import BadSettings

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


@click.command(cls=Spoken)
@click.option("--no-browser", is_flag=True)
@click.option("--idle", type=click.Choice(["2", "5", "10"]), default="5")
@click.option("--listen")
@here
def desk(console: Console, idle: str, listen: str | None, *, no_browser: bool) -> None:
    """Open the desk in the browser until it is told to stop: here, or for the PCs of the centre."""
    seconds = 60 * int(idle)
    with only_desk(console.home):
        if listen is None:
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


async def _open_to_pcs(console: Console, idle: int, at: str, port: int) -> None:
    service = ControlClient(console.home.socket)
    await service.do("lock", {})  # a desk that was killed may have left somebody in
    served = await service.do("pcs served", {})
    name = served.get("host")
    made = House(service.do, SystemClock(), Paper(console.words, idle), str(name))
    made.tls = context(served)
    stop = _told_to_stop()
    async with opened_to_pcs(made, at, port) as address:
        console.answer({"address": address}, console.say("web.opened_to_pcs"), address)
        click.echo(console.say("web.stop"), err=True)
        await stop.wait()
