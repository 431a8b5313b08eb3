"""Comparing keys by telephone: the digits to be read out, and what was heard.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping

import click

from client.cli import lines
from client.cli.console import Console, here
from client.cli.spoken import Quiet
from client.cli.sure import ASKED, asks, sure
from client.cli.voice import Voice
from keys.wire import Value


@click.group(cls=Quiet)
def key() -> None:
    """Compare keys by telephone."""


@key.command("show")
@click.argument("member")
@here
def key_show(console: Console, member: str) -> None:
    """Show MEMBER's digits and one's own, and the number to call."""
    found = console.do("key show", name=member)
    console.answer(found, *compared(console, found))


@key.command("same")
@click.argument("member")
@ASKED
@here
def key_same(console: Console, member: str, *, yes: bool) -> None:
    """Write down that MEMBER read out the same digits."""
    digits = ""
    if asks(console, yes=yes):
        shown = console.do("key show", name=member)
        digits = " ".join(lines.texts(shown, "digits"))
        said = [*compared(console, shown), console.say("key.if_differs", name=member)]
        sure(console, console.say("key.sure_same"), *said)
    found = console.do("key same", name=member, digits=digits)
    kept = "key.kept" if lines.texts(found, "cases") else "key.nowhere"
    console.answer(found, console.say(kept), console.say("stays_here"))


@key.command("differs")
@click.argument("member")
@here
def key_differs(console: Console, member: str) -> None:
    """Stop everything to MEMBER until a leader lifts it."""
    found = console.do("key differs", name=member)
    console.answer(found, *stopped(console, found))


@key.command("lift")
@click.argument("member")
@here
def key_lift(console: Console, member: str) -> None:
    """Let MEMBER be sent to again."""
    found = console.do("key lift", name=member)
    console.answer(found, console.say("key.lifted"), console.say("stays_here"))


@key.command("sheet")
@here
def key_sheet(console: Console) -> None:
    """Show everybody's digits, to be called through."""
    found = console.do("key sheet")
    version = lines.number(found, "version")
    said = [console.say("key.sheet_number", version=version), console.say("key.ring"), ""]
    for one in lines.rows(found, "members"):
        said += [f"{lines.text(one, 'name')}  {lines.text(one, 'phone')}  {state(console, one)}"]
        said += [f"  {' '.join(lines.texts(one, 'digits'))}"]
    own = " ".join(lines.texts(found, "own"))
    said += ["", f"{console.say('key.own_all')}: {own}"]
    console.answer(found, *said, console.say("key.sheet_next", version=version))


@key.command("all")
@click.option("--sheet", required=True, type=click.IntRange(1))
@click.option("--differs", multiple=True)
@ASKED
@here
def key_all(console: Console, sheet: int, differs: tuple[str, ...], *, yes: bool) -> None:
    """Write down that the whole sheet is gone through."""
    if asks(console, yes=yes):
        sure(console, console.say("key.sure_all"))
    found = console.do("key all", version=sheet, differs=list(differs))
    console.answer(found, *gone_through(console, found), console.say("stays_here"))


def compared(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return what is compared: whom to ring, their digits, and one's own."""
    name = lines.text(found, "name")
    return [
        f"{name}: {state(voice, found)}",
        voice.say("key.phone", phone=lines.text(found, "phone")),
        voice.say("key.ring"),
        f"{voice.say('key.theirs', name=name)}: {' '.join(lines.texts(found, 'digits'))}",
        f"{voice.say('key.own', name=name)}: {' '.join(lines.texts(found, 'own'))}",
        voice.say("key.how"),
    ]


def state(voice: Voice, row: Mapping[str, Value]) -> str:
    """Return what is known of a key, in words; nothing where nothing may be known."""
    word, day = lines.text(row, "key"), lines.number(row, "day")
    return voice.say(f"key.{word}", day=lines.day(voice, day) if day else "") if word else ""


def stopped(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return that nothing goes there, whom to call, and what is on its way."""
    done = voice.say("key.differs_done", name=lines.text(found, "name"))
    return [done, voice.say("key.registrars"), *_going(voice, found), voice.say("stays_here")]


def gone_through(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return how many were the same, and what follows from those who were not."""
    same, stops = lines.number(found, "same"), lines.number(found, "stopped")
    done = voice.say("key.all_done", same=same, stopped=stops)
    return [done, *([voice.say("key.registrars")] if stops else []), *_going(voice, found)]


def _going(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    return [voice.say("key.on_its_way", name=one) for one in lines.texts(found, "on_its_way")]
