"""At the door: opening, reading and confirming.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.astray import ReadBy
from client.case.consent import Form, GivenBy
from client.cli import lines, papers
from client.cli.console import CASE_FILE, FD, Console, here, read_case
from client.cli.spoken import Spoken
from client.handover import ArrivalCode
from client.renewal import Purpose


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--code-fd", type=FD)
@click.option("--no-code", is_flag=True)
@click.option("--called", is_flag=True)
@here
def arrive(
    console: Console, code_name: str, code_fd: int | None, *, no_code: bool, called: bool
) -> None:
    """Open the waiting package CODE_NAME: the person has come."""
    code = "" if no_code else console.secret("cli.arrival_code", code_fd)
    if code:
        ArrivalCode.parse(code)  # a slip is told from a wrong code before anything is tried
    found = console.do("arrive", code_name=code_name, arrival_code=code, called=called)
    parts = [f"  {lines.part_label(console, one)}" for one in lines.texts(found, "parts")]
    more = [console.say("cli.attachments_travel")] if found.get("attachments_travel") else []
    console.answer(found, console.say("cli.opened"), *parts, *more)


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def card(console: Console, code_name: str) -> None:
    """Show the arrival card of CODE_NAME."""
    found = console.do("card", code_name=code_name, language=console.words.lang.value)
    console.answer(found, *lines.texts(found, "lines"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("part_id", required=False, default="")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
)
@here
def read(console: Console, code_name: str, part_id: str, path: Path | None) -> None:
    """Show a part of CODE_NAME as a case file, or write an attachment to a new file."""
    if path is not None:
        found = console.do("read", code_name=code_name, part=part_id, path=str(path.resolve()))
        said = [console.say("cli.written", count=lines.number(found, "bytes"))]
        said += [] if found.get("as_named") else [console.say("cli.other_kind")]
        console.answer(found, *said)
        return
    found = console.do("read", code_name=code_name, part=part_id)
    octets = found.get("octets")
    if isinstance(octets, bytes):
        shown = papers.versions(console, part_id, found)
        console.answer({"part": part_id, "case": "\n".join(shown)}, *shown)
        return
    parts = [lines.part_label(console, one) for one in lines.texts(found, "parts")]
    console.answer(found, *parts)


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def confirm(console: Console, code_name: str) -> None:
    """Say that CODE_NAME is in your journal: the sender is told, and forgets where."""
    console.answer(console.do("confirm", code_name=code_name), console.say("cli.confirmed"))


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def misrouted(console: Console, code_name: str) -> None:
    """Say that CODE_NAME was never meant for you: it is destroyed here."""
    console.answer(console.do("misrouted", code_name=code_name), console.say("cli.misrouted"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument(
    "word", type=click.Choice(["deleted", "kept_by_duty", "kept_in_archive", "kept_for_claim"])
)
@here
def journal(console: Console, code_name: str, word: str) -> None:
    """Say what became, in your journal, of what was taken back of CODE_NAME."""
    console.answer(
        console.do("journal", code_name=code_name, word=word), console.say("cli.journal")
    )


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("words", nargs=-1, required=True, type=click.Choice([one.value for one in ReadBy]))
@here
def astray(console: Console, code_name: str, words: tuple[str, ...]) -> None:
    """Write down who read CODE_NAME, which was not meant for the centre that opened it."""
    found = console.do("astray", code_name=code_name, words=list(words))
    said = ", ".join(console.say(f"read_by.{word}") for word in lines.texts(found, "words"))
    console.answer(found, console.say("cli.astray", said=said), console.say("not_sent"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--for", "purpose", type=click.Choice([one.value for one in Purpose]), required=True)
@click.option("--given-by", type=click.Choice([one.value for one in GivenBy]), required=True)
@click.option("--form", type=click.Choice([one.value for one in Form]), required=True)
@click.option("--language", required=True)
@click.option("--given", default="")
@click.option("--ends", default="")
@here
def renew(console: Console, /, code_name: str, **said: str) -> None:
    """Write down that the person has said yes anew. Nothing is kept longer by it."""
    found = console.do("renew", code_name=code_name, **said)
    day = lines.day(console, lines.number(found, "ends"))
    console.answer(found, console.say("cli.renewed", day=day), console.say("not_sent"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@here
def recheck(console: Console, code_name: str, case: Path | None) -> None:
    """Write down rows of the digital check of CODE_NAME, from the file CASE."""
    found = console.do("recheck", code_name=code_name, case=read_case(case))
    console.answer(found, console.say("cli.rechecked"), console.say("not_sent"))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("part_id")
@click.option("--text-fd", type=FD)
@here
def note(console: Console, code_name: str, part_id: str, text_fd: int | None) -> None:
    """Write a note beside the part PART_ID of CODE_NAME; it stays on this machine."""
    text = console.told("cli.note", text_fd)
    found = console.do("note", code_name=code_name, part=part_id, text=text)
    console.answer(found, console.say("cli.noted"), console.say("not_sent"))
