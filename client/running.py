"""The two programs that run until they are told to stop: the service, and the desk in the browser.

This file knows how they begin and end. It refuses to know what they do.
"""

import asyncio
import signal
import webbrowser

import click

from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.control import ControlClient
from client.service import Service
from client.settings import Settings
from client.systemclock import SystemClock
from client.web.app import opened
from client.web.desk import Desk
from client.web.door import Door
from client.web.pages import Paper


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
