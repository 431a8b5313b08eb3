"""What was opened where it was not meant to be.

This file knows names and options. It refuses to know what a verb does.
"""

import click

from client.cli import lines
from client.cli.console import Console, here
from client.cli.spoken import Spoken
from client.cli.typed import Typed
from client.vocabulary import ReadBy


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("words", nargs=-1, required=True, type=Typed(ReadBy))
@here
def astray(console: Console, code_name: str, words: tuple[str, ...]) -> None:
    """Write down who read CODE_NAME, which was not meant for the centre that opened it."""
    found = console.do("astray", code_name=code_name, words=list(words))
    said = ", ".join(console.say(f"read_by.{word}") for word in lines.texts(found, "words"))
    console.answer(found, console.say("cli.astray", said=said), console.say("stays_here"))
