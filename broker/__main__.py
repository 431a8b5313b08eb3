"""`folge-broker`: the broker, its issuer, and what their operator does to them.

This file knows the command line, the system's clock and its signals: it is the only one on this
floor that does. It refuses to take anything secret from an argument, to print an accident's text
(only its class), and to move time: no option, variable or setting can.
"""

import asyncio
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn, Protocol, Self

import click

from broker.app import STORE, Broker, checkpoint_signer
from broker.backup import backup as copy_store
from broker.backup import restore as restore_store
from broker.checking import Report
from broker.checking import check as check_store
from broker.files import write_file
from broker.issuer import KEYS, Issuer
from broker.issuerkeys import WeeklyKeys
from broker.log import Log, Room, take_over
from broker.mirror import Mirror
from broker.ownkeys import OwnKeys
from broker.settings import Settings
from keys.authority import OnlineSigner
from keys.calendar import Clock, Instant, Week, day_of, week_of
from keys.errors import (
    AlreadyThere,
    Distrusted,
    Malformed,
    Refusal,
    RosterMixed,
    StoreDamaged,
    Unreachable,
)
from keys.issuers import encode_issuers
from keys.words import Language, Words

_REFUSED: Final = 4
_EXITS: Final = ((Unreachable, 5), (Distrusted, 6), (Malformed, 6))
_FAULT: Final = 70  # sysexits.h, EX_SOFTWARE
_PRIVATE: Final = 0o077


class SystemClock:
    """The machine's own time, which nothing here can move."""

    def now(self) -> Instant:
        """Return the current second."""
        return Instant(int(time.time()))  # noqa: TID251 - the one edge where time comes in

    async def sleep_until(self, instant: Instant) -> None:
        """Return at `instant` or later, but not by a fraction that tells when the wait began.

        A clock that is set back is waited for.
        """
        while (left := instant - time.time()) > 0:  # noqa: TID251, ASYNC110 - the same edge
            await asyncio.sleep(left)


class Program(Protocol):
    """What `serve` and `issue` run: a broker or an issuer."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    @property
    def log(self) -> Log:
        """The one door to its log."""
        ...

    async def run(self) -> None:
        """Work until the roster names another instance."""
        ...

    async def __aenter__(self) -> Self:
        """Begin."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """End, letting what is under way finish."""
        ...


class _Quiet(click.Group):
    """A command group that tells refusals in words and accidents by their class alone."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            words = ctx.obj if isinstance(ctx.obj, Words) else Words("broker")
            click.echo(words.refusal(refusal), err=True)
            _leave(next((code for kind, code in _EXITS if isinstance(refusal, kind)), _REFUSED))


def _leave(code: int) -> NoReturn:
    raise SystemExit(code)


_CONFIG = click.option(
    "--config",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The settings file (PROTOCOL.md § 12).",
)


@click.group(cls=_Quiet)
@click.option(
    "--lang", type=click.Choice([lang.value for lang in Language]), default=Language.NB.value
)
@click.pass_context
def main(ctx: click.Context, lang: str) -> None:
    """Run and look after a Følge broker and its issuer."""
    os.umask(_PRIVATE)
    ctx.obj = Words("broker", lang)


@main.command()
@_CONFIG
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A directory."
)
@click.pass_obj
def init(words: Words, config: Path, out: Path) -> None:
    """Make the broker's own two keys, and the public files that are signed for."""
    settings = Settings.load(config)
    own = OwnKeys.make(settings.data)
    out.mkdir(exist_ok=True)
    _write(out / "checkpoint.public", own.checkpoint_public.hex().encode() + b"\n")
    _write(out / "online.card", own.online_card)
    click.echo(words.say("init.done", directory=str(out)))


@main.command()
@_CONFIG
@click.pass_obj
def serve(words: Words, config: Path) -> None:
    """Run the broker until it is told to stop."""
    settings = Settings.load(config)
    _run(lambda clock: _until_stopped(Broker(settings, clock), words))


@main.command()
@_CONFIG
@click.pass_obj
def issue(words: Words, config: Path) -> None:
    """Run the issuer until it is told to stop."""
    settings = Settings.load(config)
    _run(lambda clock: _until_stopped(Issuer(settings, clock), words))


@main.command("issuer-keys")
@_CONFIG
@click.option("--weeks", type=click.IntRange(1, 32), default=5, show_default=True)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A new file."
)
@click.pass_obj
def issuer_keys(words: Words, config: Path, weeks: int, out: Path) -> None:
    """Make the issuer's keys for this week and the next ones, and the sheet that is signed for."""
    settings = Settings.load(config)
    keys = WeeklyKeys(settings.data / KEYS)
    this = week_of(day_of(SystemClock().now()))
    keys.make(Week(this + ahead) for ahead in range(weeks))
    sheet = {at: key for at, key in keys.sheet().items() if at[1] >= this}
    _write(out, encode_issuers(sheet))
    click.echo(words.say("issuer_keys.done", count=len(sheet), file=str(out)))


@main.command()
@_CONFIG
@click.pass_obj
def check(words: Words, config: Path) -> None:
    """Look at settings, keys, roster and every stored byte; change nothing."""
    settings = Settings.load(config)
    mirror = _roster(settings, sign=False)
    click.echo(words.say("check.roster", version=mirror.roster.version))
    report = check_store(settings.data / STORE)
    for line in _told(report, words):
        click.echo(line)
    if not report.sound:
        raise StoreDamaged


@main.command()
@_CONFIG
@click.option("--to", required=True, type=click.Path(path_type=Path), help="A new directory.")
@click.pass_obj
def backup(words: Words, config: Path, to: Path) -> None:
    """Copy the store, also while the broker runs on it."""
    copy_store(Settings.load(config).data / STORE, to)
    click.echo(words.say("backup.done", directory=str(to)))


@main.command()
@_CONFIG
@click.option("--from", "source", required=True, type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def restore(words: Words, config: Path, source: Path) -> None:
    """Put a backup in place. A new instance must be signed before the broker serves it."""
    settings = Settings.load(config)
    mirror = _roster(settings, sign=True)
    restore_store(source, settings.data / STORE, mirror.roster.instance)
    click.echo(words.say("restore.done"))


def _roster(settings: Settings, *, sign: bool) -> Mirror:
    """Return the roster as the broker would obey it, with the keys that it names."""
    own, log = OwnKeys.load(settings.data), Log(sys.stderr, lambda: 0)
    signer = OnlineSigner(own.online) if sign else None
    mirror = Mirror(settings.roster, settings.root_pin, log, signer)
    asyncio.run(mirror.load(SystemClock().now()))
    checkpoint_signer(own, mirror.roster)
    return mirror


def _told(report: Report, words: Words) -> list[str]:
    looked = words.say(
        "check.looked", batches=report.batches, files=report.files, waiting=report.waiting
    )
    places = [
        words.say(
            "check.problem",
            finding=problem.finding,
            board=problem.board or "-",
            number=problem.number or 0,
            cell_class=problem.cls or "-",
        )
        for problem in report.problems
    ]
    return [looked, *places, words.say("check.sound" if report.sound else "check.unsound")]


def _write(path: Path, data: bytes) -> None:
    if path.exists():
        raise AlreadyThere
    write_file(path, data)


def _run(work: Callable[[Clock], Coroutine[None, None, None]]) -> None:
    """Run a program with as many open files as allowed, and with no core to dump."""
    with suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asyncio.run(work(SystemClock()))


async def _until_stopped(program: Program, words: Words) -> None:
    """Run until SIGTERM or SIGINT, or until the program must begin anew.

    Raises:
        RosterMixed: the roster names another instance; whoever supervises starts it again.
    """
    _silence(program.log)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with program:
        click.echo(words.say("serve.ready", url=program.url))
        work, stopped = asyncio.create_task(program.run()), asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        ended = work.done()
        work.cancel()
        stopped.cancel()
        await asyncio.gather(work, stopped, return_exceptions=True)
    if ended:
        work.result()
        raise RosterMixed


def _silence(log: Log) -> None:
    """Leave one door: whatever goes wrong anywhere is told by its class, through the log."""
    take_over(log)
    sys.excepthook = lambda _kind, error, _trace: log.fault(Room.SERVER, error)
    threading.excepthook = lambda args: log.fault(Room.SERVER, args.exc_value or SystemError())
    sys.unraisablehook = lambda args: log.fault(Room.SERVER, args.exc_value or SystemError())
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: log.fault(Room.SERVER, context.get("exception") or SystemError())
    )


if __name__ == "__main__":
    main()
