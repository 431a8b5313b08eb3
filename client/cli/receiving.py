"""At the door: opening, reading and confirming.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.console import CASE_FILE, FD, Console, here, read_case
from client.cli.spoken import Spoken
from client.cli.sure import ASKED, asks, before_confirming, before_misrouted
from client.cli.typed import PartWord, Typed
from client.vocabulary import JournalWord


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def card(console: Console, code_name: str) -> None:
    """Show the arrival card of CODE_NAME."""
    found = console.do("card", code_name=code_name, language=console.words.lang.value)
    console.answer(found, *lines.texts(found, "lines"))


@click.command(cls=Spoken)
@click.argument("code_name")
@ASKED
@here
def confirm(console: Console, code_name: str, *, yes: bool) -> None:
    """Say that CODE_NAME is in your journal: the sender is told, and forgets where."""
    if asks(console, yes=yes):
        before_confirming(console, code_name)
    found = console.do("confirm", code_name=code_name)
    console.answer(found, console.say("cli.confirmed"), *lines.soon(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@ASKED
@here
def misrouted(console: Console, code_name: str, *, yes: bool) -> None:
    """Say that CODE_NAME was never meant for you: it is destroyed here."""
    if asks(console, yes=yes):
        before_misrouted(console, code_name)
    found = console.do("misrouted", code_name=code_name)
    console.answer(found, console.say("cli.misrouted"), *lines.soon(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("word", type=Typed(JournalWord))
@here
def journal(console: Console, code_name: str, word: str) -> None:
    """Say what became, in your journal, of what was taken back of CODE_NAME."""
    found = console.do("journal", code_name=code_name, word=word)
    console.answer(found, console.say("cli.journal"), *lines.soon(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@here
def recheck(console: Console, code_name: str, case: Path | None) -> None:
    """Write down what this desk fills in of CODE_NAME: the digital check, a child's contact."""
    found = console.do("recheck", code_name=code_name, case=read_case(case))
    console.answer(found, console.say("cli.rechecked"), console.say("stays_here"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("part_id", type=PartWord())
@click.option("--text-fd", type=FD)
@here
def note(console: Console, code_name: str, part_id: str, text_fd: int | None) -> None:
    """Write a note beside the part PART_ID of CODE_NAME; it stays on this machine."""
    text = console.told("cli.note", text_fd)
    found = console.do("note", code_name=code_name, part=part_id, text=text)
    console.answer(found, console.say("cli.noted"), console.say("stays_here"))
