"""A new yes at the new desk.

This file knows names and options. It refuses to know what a verb does.
"""

import click

from client.case.consent import Form, GivenBy
from client.cli import lines
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.cli.typed import Typed
from client.vocabulary import Purpose


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--for", "purpose", type=Typed(Purpose), required=True)
@click.option("--given-by", type=Typed(GivenBy), required=True)
@click.option("--form", type=Typed(Form), required=True)
@click.option("--language", required=True)
@click.option("--given", default="")
@click.option("--ends", default="")
@here
def renew(console: Console, /, code_name: str, **said: str) -> None:
    """Write down that the person has said yes anew. Nothing is kept longer by it."""
    found = console.do("renew", code_name=code_name, **said)
    day = lines.day(console, lines.number(found, "ends"))
    console.answer(found, console.say("cli.renewed", day=day), console.say("stays_here"))
