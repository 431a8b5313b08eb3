"""The question before what cannot be undone: where it goes, what is deleted, who is told.

This file knows what the lists say of a case. It refuses to do anything: it asks, and whoever says
no ends there. A program that wants JSON is not asked, unless somebody sits at the keyboard.
"""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import click

from client.cli import lines
from client.cli.console import Console
from keys.errors import Locked, Refusal
from keys.wire import Value

YES: Final = frozenset({"j", "ja", "y", "yes"})
NO: Final = frozenset({"n", "nei", "no"})
_SHUT: Final = frozenset({"intended", "sealed", "kept", "stored", "incomplete", "waiting"})
_Row = Mapping[str, Value]
URGENT: Final = click.option("--urgent", is_flag=True)
"""Of every command that sends: at once, and that somebody sends is seen."""
ASKED: Final = click.option("--yes", is_flag=True)
"""Of every command that asks first."""


def asks(console: Console, *, yes: bool) -> bool:
    """Return whether there is a question: not to a program, nor to whoever has said yes already."""
    return not yes and (not console.as_json or sys.stdin.isatty())


def yes_or_no(console: Console, question: str) -> bool:
    """Ask until the answer is a yes or a no."""
    while True:
        typed: str = click.prompt(question, err=True)
        word = typed.strip().casefold()
        if word in YES | NO:
            return word in YES
        console.note("cli.yes_or_no")


def sure(console: Console, question: str, *said: str) -> None:
    """Say what would happen, and ask.

    Raises:
        click.Abort: the answer is no, or there is none.
    """
    for line in said:
        click.echo(line, err=True)
    if not yes_or_no(console, question):
        raise click.Abort


def row_of(console: Console, code_name: str, *lists: str) -> tuple[str, _Row]:
    """Return in which list a case stands, with its newest row there; or nothing and no row.

    Raises:
        Locked: nobody has unlocked.
    """
    status = console.do("status")
    if not status.get("unlocked"):
        raise Locked
    for name in lists:
        # Beside a case that was sent may stand what the police were asked.
        found = lines.row(status, name, code_name, "case_package" if name == "out" else "")
        if found is not None:
            return name, found
    return "", {}


def before_misrouted(console: Console, code_name: str) -> None:
    """Ask before a case is destroyed that was never meant for this centre."""
    _, row = row_of(console, code_name, "in")
    said = _web(console, "not_ours")
    sure(console, console.say("sure.do"), *_other(console, row, "from"), *said)


def before_confirming(console: Console, code_name: str) -> None:
    """Ask before the sender is told that it is in the journal."""
    _, row = row_of(console, code_name, "in")
    said = _web(console, "confirm")
    sure(console, console.say("sure.journal"), *_other(console, row, "from"), *said)


def before_discarding(console: Console) -> None:
    """Ask before a case is thrown away."""
    sure(console, console.say("sure.do"), console.say("sure.discard"))


def in_haste(
    console: Console, found: _Row, *, urgent: bool, goes: bool = True, to_own_district: bool = False
) -> bool:
    """Say what is seen of what leaves at once, before it does; return whether it is asked to.

    Args:
        console: who is told.
        found: how it would leave: whether a lane takes it (what none takes leaves at once, urgent
            or not), and by when all of it has left if it is urgent and some of it must wait.
        urgent: whether staff say that it cannot wait.
        goes: whether it leaves at all.
        to_own_district: whether a centre asks the police: then the roster says whom it is for.
    """
    if goes and (urgent or not found.get("rides")):
        seen = "urgent.seen_police" if to_own_district else "urgent.seen"
        for line in lines.haste(console, found, seen):
            click.echo(line, err=True)
    return urgent


def case_in_haste(console: Console, code_name: str, *, urgent: bool) -> bool:
    """Say what is seen of a case that is urgent, and what of it waits; return whether it is."""
    if urgent:
        found: _Row = {}
        with suppress(Refusal):  # sending says it
            _, row = row_of(console, code_name, "out")
            waits = bool(row.get("rides"))
            found = row if waits else console.do("check", code_name=code_name)
        in_haste(console, {**found, "rides": True}, urgent=True)
    return urgent


def before_sending(console: Console, code_name: str, *, by_phone: bool) -> str:
    """Ask whether the person has seen what was written after the yes; else there is no question.

    That a place agreed on by telephone is for what cannot wait is said where the case does not
    say so; it holds nothing back.

    Returns:
        By what the look is known that was asked about: what reads otherwise by then is not sent.
    """
    found = console.do("check", code_name=code_name)
    if by_phone and lines.phone_not_urgent(found):
        console.note("check.phone_not_urgent")
    in_haste(console, found, urgent=False, goes=bool(lines.text(found, "centre")))
    changed = lines.texts(found, "changed")
    if changed:
        said = [f"  {lines.part_label(console, one)}" for one in changed]
        sure(console, console.say("sure.seen"), console.say("sure.since_yes"), *said)
    return lines.text(found, "look")


def before_adding(console: Console) -> None:
    """Ask whether the person has seen what is added."""
    sure(console, console.say("sure.seen"), console.say("sure.adding"))


def before_releasing(console: Console, code_name: str) -> None:
    """Ask whether they rang back: whoever rings may be anybody."""
    _, row = row_of(console, code_name, "out")
    phone = lines.text(row, "phone")
    said = [console.say("sure.ring_back", phone=phone)] if phone else []
    sure(console, console.say("sure.rang_back"), *_other(console, row, "to"), *said)


def before_withdrawing(
    console: Console, code_name: str, parts: Sequence[str], about: str, *, anew: bool
) -> None:
    """Ask before it is taken back, and say so when parts become all of it (ADR 13).

    Args:
        console: who asks.
        code_name: of the case.
        parts: that were named.
        about: `wrong` when it went to the wrong centre, `unasked` when a leader decides, or empty.
        anew: whether the rest is sent anew at once.
    """
    where, row = row_of(console, code_name, "in", "out", "drafts")
    if not where:
        return  # there is nothing to ask about, and the service says so
    named = [f"  {lines.part_label(console, one)}" for one in parts if about != "wrong"]
    whole = lines.text(row, "state") in _SHUT
    said = _other(console, row, "from" if where == "in" else "to")
    if named and lines.text(row, "state") == "intended":
        said += [console.say("sure.parts_unsent"), *named, console.say("cli.withdrawn_rest")]
    elif named and not whole:
        said += [console.say("sure.parts_here" if where == "in" else "sure.parts"), *named]
    elif where == "in":
        said += [console.say("sure.whole")] if named else []
        said += _web(console, "back_here")
    elif about == "wrong":
        said += _web(console, "wrong")
    elif where == "out":
        said += [console.say("sure.whole")] if named else []
        said += [console.say("sure.anew" if anew else "sure.again")] if named else []
        said.append(console.say("sure.unasked" if about == "unasked" else "web.back_all.what"))
        said.append(console.say("web.back_all.sends"))
    else:
        said.append(console.say("sure.draft"))
    sure(console, console.say("sure.do"), *said)


def _web(console: Console, page: str) -> list[str]:
    """Return what the page of the desk says before the same thing."""
    return [console.say(f"web.{page}.what"), console.say(f"web.{page}.sends")]


def _other(console: Console, row: _Row, name: str) -> list[str]:
    found = lines.text(row, name)
    return [console.say(f"sure.{name}", centre=found)] if found else []
