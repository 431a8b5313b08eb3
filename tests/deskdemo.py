"""A whole test world with a desk in the browser for each role: `make demo-desk`.

Usage: deskdemo.py [--lang nb|nn|en] [--minutes N]

A broker, its issuer, two centres and two police districts run in this process, each member with its
own directory and keys, over real HTTP on loopback, with invented cases in every state. What one
desk sends comes to another by itself: the clock of the world goes `FASTER` times as fast as ours.
It ends by itself, or on Ctrl-C, and leaves nothing behind.
"""

import asyncio
import signal
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import MappingProxyType
from typing import Final

import click

from client.control import ControlClient
from client.systemclock import SystemClock
from client.web.app import opened
from client.web.desk import Desk
from client.web.door import Door
from client.web.pages import Paper
from keys.words import Language, Words
from tests import tourworld
from tests.parties import PASSPHRASE, STAFF, Party
from tests.tourworld import Cast

SLOT: Final = 600
EVERY: Final = 15
"""Seconds of ours between two ticks of the world; each is two slots."""
FASTER: Final = 2 * SLOT // EVERY
IDLE: Final = 600
"""Seconds after which a desk that nobody touches locks."""
MINUTES: Final = 60.0
MOST: Final = 120.0
"""The issuer of the world has keys for no longer."""
TEXTS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType(
    {
        Language.NB: {
            "wait": "Gjør klart. Det tar opptil et minutt.",
            "sender": "Avsender",
            "centre": "Mottaker",
            "home": "Politiet hjemme",
            "away": "Politiet i nytt distrikt",
            "login": "Navn og passord overalt: {name} / {passphrase}",
            "second": "Den andre hos avsenderen: {name} / {passphrase}",
            "code": "Ankomstkode, for en som står ved døra hos mottakeren: {code}",
            "once": "Hver adresse virker én gang, i ti minutter.",
            "time": "Klokka her går {faster} ganger så fort. Alle mennesker er oppdiktet.",
            "until": "Slutter av seg selv om {minutes} minutter, eller med Ctrl-C.",
            "end": "Slutt. Ingenting ligger igjen.",
        },
        Language.NN: {
            "wait": "Gjer klart. Det tek opptil eit minutt.",
            "sender": "Avsendar",
            "centre": "Mottakar",
            "home": "Politiet heime",
            "away": "Politiet i nytt distrikt",
            "login": "Namn og passord overalt: {name} / {passphrase}",
            "second": "Den andre hos avsendaren: {name} / {passphrase}",
            "code": "Framkomstkode, for ein som står ved døra hos mottakaren: {code}",
            "once": "Kvar adresse verkar éin gong, i ti minutt.",
            "time": "Klokka her går {faster} gonger så fort. Alle menneske er oppdikta.",
            "until": "Sluttar av seg sjølv om {minutes} minutt, eller med Ctrl-C.",
            "end": "Slutt. Ingenting ligg att.",
        },
        Language.EN: {
            "wait": "Getting ready. It takes up to a minute.",
            "sender": "Sender",
            "centre": "Receiver",
            "home": "Home police",
            "away": "Police of the new district",
            "login": "Name and passphrase everywhere: {name} / {passphrase}",
            "second": "The second person at the sender: {name} / {passphrase}",
            "code": "Arrival code, for one who stands at the receiver's door: {code}",
            "once": "Each address works once, within ten minutes.",
            "time": "The clock here goes {faster} times as fast. All people are invented.",
            "until": "Ends by itself in {minutes} minutes, or on Ctrl-C.",
            "end": "Ended. Nothing is left behind.",
        },
    }
)


@asynccontextmanager
async def _desk(party: Party, lang: Language) -> AsyncGenerator[str, None]:
    """Open the desk of a member until the block ends; gives the address for its browser."""
    clock = SystemClock()
    service = ControlClient(party.home.socket)
    made = Desk(service.do, clock, Door(clock.now()), Paper(Words("client", lang), IDLE))
    async with opened(made) as address:
        yield address


async def _go_on(cast: Cast) -> None:
    """Let the world's time go by for ever."""
    while True:
        await asyncio.sleep(EVERY)
        await cast.here.tick()


async def run(lang: Language, minutes: float) -> None:
    """Run the world and its desks until the time is over.

    Args:
        lang: of everything.
        minutes: how long it runs once the addresses were shown.
    """
    say = TEXTS[lang]
    click.echo(say["wait"])
    async with tourworld.cast(SLOT, lang) as cast, AsyncExitStack() as stack:
        shown = {
            who: await stack.enter_async_context(_desk(party, lang))
            for who, party in cast.parties.items()
        }
        click.echo()
        for who, address in shown.items():
            click.echo(f"{say[who]} ({cast.parties[who].name}):\n  {address}")
        click.echo()
        for line in ("once", "login", "second", "code", "time", "until"):
            name, word = (STAFF, PASSPHRASE)
            if line == "second":
                name, word = (tourworld.SECOND, tourworld.SECONDS)
            code = cast.codes[tourworld.SENT]
            facts = {"name": name, "passphrase": word, "code": code, "faster": FASTER}
            click.echo(say[line].format(**facts, minutes=f"{minutes:g}"))
        with suppress(TimeoutError):
            async with asyncio.timeout(minutes * 60):
                await _go_on(cast)


async def _main(lang: Language, minutes: float) -> None:
    """Run it; whoever wants it to end earlier presses Ctrl-C, also while it gets ready."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, task.cancel)
    with suppress(asyncio.CancelledError):
        await run(lang, minutes)
    click.echo(TEXTS[lang]["end"])


@click.command()
@click.option("--lang", type=click.Choice([str(one) for one in Language]), default="nb")
@click.option("--minutes", type=click.FloatRange(0.01, MOST), default=MINUTES)
def main(lang: str, minutes: float) -> None:
    """Run a whole test world with a desk in the browser for each role."""
    asyncio.run(_main(Language.parse(lang), minutes))


if __name__ == "__main__":
    main()
