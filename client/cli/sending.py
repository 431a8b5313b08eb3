"""Sending a case, and taking it back.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.backtext import stopped, withdrawn
from client.cli.console import CASE_FILE, Console, here, read_case
from client.cli.spoken import Spoken
from client.cli.sure import (
    ASKED,
    URGENT,
    asks,
    before_adding,
    before_releasing,
    before_sending,
    before_withdrawing,
    case_in_haste,
    in_haste,
)
from client.cli.typed import PartWord, Typed
from client.refusals import NotSeen
from client.vocabulary import PhoneRole


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--agreed-by-phone", type=Typed(PhoneRole))
@URGENT
@ASKED
@here
def send(
    console: Console, code_name: str, agreed_by_phone: str | None, *, urgent: bool, yes: bool
) -> None:
    """Seal the consented parts of CODE_NAME and send them to the consented centre."""
    by = agreed_by_phone or ""
    ask = asks(console, yes=yes)
    seen = before_sending(console, code_name, by_phone=bool(by)) if ask else ""
    now = case_in_haste(console, code_name, urgent=urgent)
    found = console.do("send", code_name=code_name, agreed_by_phone=by, seen=seen, urgent=now)
    console.answer(found, *lines.sent(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@here
def stop(console: Console, code_name: str) -> None:
    """Stop sending CODE_NAME, as long as the broker has not got all of it; the consent stands."""
    found = console.do("stop", code_name=code_name)
    console.answer(found, *stopped(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--agreed-by-phone", type=Typed(PhoneRole))
@URGENT
@ASKED
@here
def again(
    console: Console, code_name: str, agreed_by_phone: str | None, *, urgent: bool, yes: bool
) -> None:
    """Send CODE_NAME anew to the centre that its consent names, after it ended or got lost."""
    by = agreed_by_phone or ""
    ask = asks(console, yes=yes)
    seen = before_sending(console, code_name, by_phone=bool(by)) if ask else ""
    now = case_in_haste(console, code_name, urgent=urgent)
    found = console.do("again", code_name=code_name, agreed_by_phone=by, seen=seen, urgent=now)
    console.answer(found, *lines.sent(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--part", "parts", type=PartWord(), multiple=True)
@click.option("--agreed-by-phone", type=Typed(PhoneRole))
@click.option("--unasked", is_flag=True)
@click.option("--leader", is_flag=True)
@click.option("--wrong-recipient", is_flag=True)
@ASKED
@here
def withdraw(
    console: Console,
    /,
    code_name: str,
    parts: tuple[str, ...],
    agreed_by_phone: str | None,
    **flags: bool,
) -> None:
    """Take CODE_NAME back, all of it or parts: what was sent from here, or what came here."""
    unasked, wrong_recipient = flags["unasked"], flags["wrong_recipient"]
    if asks(console, yes=flags["yes"]):
        about = "wrong" if wrong_recipient else "unasked" if unasked else ""
        before_withdrawing(console, code_name, parts, about, anew=bool(agreed_by_phone))
    found = console.do(
        "withdraw",
        code_name=code_name,
        parts=list(parts),
        agreed_by_phone=agreed_by_phone or "",
        unasked=unasked,
        leader=console.ask("cli.leader_decided") if flags["leader"] else "",
        wrong_recipient=wrong_recipient,
    )
    console.answer(found, *withdrawn(console, found, code_name))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@URGENT
@ASKED
@here
def add(console: Console, code_name: str, case: Path | None, *, urgent: bool, yes: bool) -> None:
    """Send the parts of the file CASE that are new or corrected to where CODE_NAME went."""
    text = read_case(case)
    look = console.do("add", code_name=code_name, case=text, look=True)
    now = in_haste(console, look, urgent=urgent)
    try:
        found = console.do("add", code_name=code_name, case=text, seen=yes, urgent=now)
    except NotSeen:  # the file has no new answer of hers
        if not asks(console, yes=yes):
            raise
        before_adding(console)
        found = console.do("add", code_name=code_name, case=text, seen=True, urgent=now)
    parts = [f"  {lines.part_label(console, one)}" for one in lines.texts(found, "parts")]
    said = console.say("cli.added_opened" if found.get("opened") else "cli.added")
    console.answer(found, said, *parts, *lines.sent(console, found))


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--called-back", is_flag=True)
@here
def release(console: Console, code_name: str, *, called_back: bool) -> None:
    """Confirm that the person has come, when the code is lost."""
    asked = asks(console, yes=called_back)
    if asked:
        before_releasing(console, code_name)
    found = console.do("release", code_name=code_name, called_back=called_back or asked)
    span = console.words.span(lines.number(found, "seconds"))
    console.answer(found, console.say("cli.released", span=span))
