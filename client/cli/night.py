"""The night path at the keyboard: the centre first, each answer understood before the next.

This file knows how a tired hand types. It refuses to guess: what could be two things is asked
again, and what is about to happen is said before it does. Lines from a file descriptor are a
program's: they are not asked about again, and what cannot be understood is refused at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import click

from client.cli import lines
from client.cli.console import FD, Console, here
from client.cli.nightlines import emergency as emergency_lines
from client.cli.spoken import Spoken
from client.cli.sure import NO, YES, asks, in_haste, yes_or_no
from client.hours import hours_in
from client.refusals import NotInDirectory, UnknownWord
from client.slugs import find_lack, slug
from keys.address import Role
from keys.errors import Locked, NotYet
from keys.wire import Value

_ANSWERS: Final = {"yes": YES, "no": NO}


@dataclass(frozen=True, slots=True)
class _Said:
    centre: str
    window: str
    danger: str
    asked: str


@click.command(cls=Spoken)
@click.option("--answers-fd", type=FD)
@here
def emergency(console: Console, answers_fd: int | None) -> None:
    """Begin a move at night: which centre, when, the danger, and whether the person said yes."""
    if not console.do("status").get("unlocked"):
        raise Locked  # before the questions, and not after them
    console.note("emergency.police")
    centres = _centres(console)
    said = _said(console, centres, answers_fd)
    while asks(console, yes=answers_fd is not None) and not _right(console, said):
        console.note("emergency.from_start")
        said = _said(console, centres, answers_fd)
    found = console.do(
        "emergency",
        centre=said.centre,
        window=said.window,
        danger=said.danger,
        asked=said.asked,
    )
    console.answer(found, *emergency_lines(console, found))


def _centres(console: Console) -> list[Mapping[str, Value]]:
    """Return the other centres of the directory that is here; none before the first has come."""
    try:
        members = lines.rows(console.do("directory"), "members")
    except NotYet:
        return []
    return [
        one for one in members if lines.text(one, "role") == Role.CENTRE and not one.get("ours")
    ]


def _said(console: Console, centres: Sequence[Mapping[str, Value]], fd: int | None) -> _Said:
    return _Said(
        _centre(console, centres, fd),
        _window(console, fd),
        console.maybe("emergency.danger", fd),
        _asked(console, fd),
    )


def _centre(console: Console, centres: Sequence[Mapping[str, Value]], fd: int | None) -> str:
    """Ask for the centre, by its number in the list or the beginning of its name.

    Raises:
        NotInDirectory: a program named none, or could mean two.
    """
    names = [lines.text(one, "name") for one in centres]
    if fd is None:
        for number, one in enumerate(centres, start=1):
            click.echo(
                f"  {number}. {lines.text(one, 'name')}  {lines.text(one, 'phone')}", err=True
            )
    while True:
        typed = console.maybe("emergency.centre", fd).strip()
        found = _meant(typed, names) if typed and names else [typed]
        if len(found) == 1:
            return found[0]
        if fd is not None:
            raise NotInDirectory
        console.note("emergency.which_none" if not found else "emergency.which_several")
        for name in found:
            click.echo(f"  {1 + names.index(name)}. {name}", err=True)


def _meant(typed: str, names: Sequence[str]) -> list[str]:
    """Return the centres that what was typed can mean."""
    if typed.isdecimal():
        return [name for number, name in enumerate(names, start=1) if str(number) == typed]
    word = slug(typed)
    exact = [name for name in names if slug(name) == word]
    begun = [name for name in names if f"_{slug(name)}".find(f"_{word}") >= 0]
    return exact or (begun if word else [])


def _window(console: Console, fd: int | None) -> str:
    """Ask when they come, again as long as it is no hours, no lack of them and not nothing."""
    while True:
        typed = console.maybe("emergency.window", fd).strip()
        lack = find_lack(typed) is not None
        if not typed or lack or fd is not None or hours_in(typed) is not None:
            return typed
        console.note("emergency.window_again")


def _asked(console: Console, fd: int | None) -> str:
    """Ask whether the person said yes; only an empty line is «not asked».

    Raises:
        UnknownWord: a program said neither.
    """
    while True:
        typed = slug(console.maybe("emergency.consent", fd))
        if typed in ("", "ikke_spurt", "ikkje_spurd", "not_asked"):
            return "not_asked"
        for answer, words in _ANSWERS.items():
            if typed in words:
                return answer
        if fd is not None:
            raise UnknownWord(field="emergency.asked", count=3)
        console.note("emergency.consent_again")


def _right(console: Console, said: _Said) -> bool:
    """Say what was understood and what happens then, and ask whether that is right."""
    say, nothing = console.say, console.say("emergency.empty")
    facts = {
        "centre": said.centre or nothing,
        "window": said.window or nothing,
        "danger": said.danger or nothing,
    }
    for line in ("emergency.echo_to", "emergency.echo_window", "emergency.echo_danger"):
        click.echo(say(line, **facts), err=True)
    sends = said.asked == "yes" and said.centre
    if sends:
        in_haste(console, {**console.do("directory"), "rides": True}, urgent=True)
    return yes_or_no(console, say("emergency.right_sends" if sends else "emergency.right_keeps"))
