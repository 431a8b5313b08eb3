"""Sending a case, and taking it back.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.backtext import withdrawn
from client.cli.console import CASE_FILE, FD, Console, here, read_case
from client.cli.nightlines import emergency as emergency_lines
from client.cli.spoken import Spoken
from client.cli.typed import PartWord, Typed
from client.draft import PhoneRole


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--agreed-by-phone", type=Typed(PhoneRole))
@here
def send(console: Console, code_name: str, agreed_by_phone: str | None) -> None:
    """Seal the consented parts of CODE_NAME and send them to the consented centre."""
    found = console.do("send", code_name=code_name, agreed_by_phone=agreed_by_phone or "")
    console.answer(found, *lines.sent(console, found))


_YES = frozenset({"j", "ja", "y", "yes"})
_NO = frozenset({"n", "nei", "no"})


@click.command(cls=Spoken)
@click.option("--answers-fd", type=FD)
@here
def emergency(console: Console, answers_fd: int | None) -> None:
    """Begin a move at night: which centre, when, the danger, and whether the person said yes."""
    console.note("emergency.police")
    asked = ("emergency.centre", "emergency.window", "emergency.danger", "emergency.consent")
    centre, window, danger, said = (console.maybe(one, answers_fd) for one in asked)
    word = said.strip().casefold()
    answer = "yes" if word in _YES else "no" if word in _NO else "not_asked"
    found = console.do("emergency", centre=centre, window=window, danger=danger, asked=answer)
    console.answer(found, *emergency_lines(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--agreed-by-phone", type=Typed(PhoneRole))
@here
def again(console: Console, code_name: str, agreed_by_phone: str | None) -> None:
    """Send CODE_NAME anew to the centre that its consent names, after it ended or got lost."""
    found = console.do("again", code_name=code_name, agreed_by_phone=agreed_by_phone or "")
    console.answer(found, *lines.sent(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--part", "parts", type=PartWord(), multiple=True)
@click.option("--agreed-by-phone", type=Typed(PhoneRole))
@click.option("--unasked", is_flag=True)
@click.option("--leader", is_flag=True)
@click.option("--wrong-recipient", is_flag=True)
@here
def withdraw(
    console: Console,
    code_name: str,
    parts: tuple[str, ...],
    agreed_by_phone: str | None,
    *,
    unasked: bool,
    leader: bool,
    wrong_recipient: bool,
) -> None:
    """Take CODE_NAME back, all of it or parts: what was sent from here, or what came here."""
    found = console.do(
        "withdraw",
        code_name=code_name,
        parts=list(parts),
        agreed_by_phone=agreed_by_phone or "",
        unasked=unasked,
        leader=console.ask("cli.leader_decided") if leader else "",
        wrong_recipient=wrong_recipient,
    )
    console.answer(found, *withdrawn(console, found, code_name))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@here
def add(console: Console, code_name: str, case: Path | None) -> None:
    """Send the parts of the file CASE that are new or corrected to where CODE_NAME went."""
    found = console.do("add", code_name=code_name, case=read_case(case))
    parts = [f"  {lines.part_label(console, one)}" for one in lines.texts(found, "parts")]
    said = console.say("cli.added_opened" if found.get("opened") else "cli.added")
    console.answer(found, said, *parts, *lines.sent(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def release(console: Console, code_name: str) -> None:
    """Confirm that the person has come, when the code is lost."""
    found = console.do("release", code_name=code_name)
    span = console.words.span(lines.number(found, "seconds"))
    console.answer(found, console.say("cli.released", span=span))
