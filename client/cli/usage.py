"""What was typed wrong, in the member's language.

This file knows every way in which click says that a command line is none. It refuses to repeat
what was typed: an argument in a wrong place may be a name.
"""

import json
from difflib import get_close_matches
from typing import Final, NoReturn

import click

from client.cli.console import Console
from client.cli.typed import offered
from keys.words import Words

USAGE: Final = 2
"""The exit code of a command line that is none."""


class Personal(click.UsageError):
    """An option that would put a person into the shell's history."""


def shown(words: Words, param: click.Parameter) -> str:
    """Return what an argument or an option is called on the screen."""
    return (
        words.say(f"metavar.{param.name}") if isinstance(param, click.Argument) else param.opts[0]
    )


_KINDS: Final[tuple[tuple[type[click.ClickException], str], ...]] = (
    (Personal, "personal"),
    (click.NoSuchOption, "no_such_option"),
    (click.exceptions.NoSuchCommand, "no_such_command"),
    (click.MissingParameter, "missing"),
    (click.BadArgumentUsage, "bad_value"),
    (click.FileError, "bad_file"),
)


def kind(wrong: click.ClickException, ctx: click.Context) -> str:
    """Return the word for what was wrong: `usage.<word>` is its sentence."""
    for of, word in _KINDS:
        if isinstance(wrong, of):
            return word
    if isinstance(wrong, click.BadOptionUsage):
        return "takes_nothing" if _flag(ctx, wrong.option_name) else "needs_value"
    if isinstance(wrong, click.BadParameter):
        return _bad(wrong.param)
    return "missing_command" if isinstance(ctx.command, click.Group) else "too_much"


def _bad(param: click.Parameter | None) -> str:
    match None if param is None else param.type:
        case click.Choice():
            return "bad_choice"
        case click.IntRange():
            return "bad_number"
        case click.Path(file_okay=False):
            return "bad_directory"
        case click.Path():
            return "bad_file"
        case _:
            return "bad_value"


def _flag(ctx: click.Context, option: str) -> bool:
    found = (one for one in ctx.command.params if option in one.opts)
    return any(isinstance(one, click.Option) and one.is_flag for one in found)


def sentences(words: Words, wrong: click.ClickException, ctx: click.Context) -> str:
    """Return what was wrong, that nothing was sent, and where help is; never what was typed."""
    param = getattr(wrong, "param", None)
    name, choices = "", ""
    if isinstance(param, click.Parameter):
        name = shown(words, param)
        if isinstance(param.type, click.Choice):
            choices = ", ".join(offered(words, param.type))
    elif isinstance(wrong, click.BadOptionUsage):
        name = wrong.option_name
    what = words.say(f"usage.{kind(wrong, ctx)}", name=name, choices=choices)
    do = words.say("usage.help", command=ctx.command_path)
    return " ".join([what, words.say("sent.nothing"), *_meant(words, wrong, ctx), do])


def _meant(words: Words, wrong: click.ClickException, ctx: click.Context) -> list[str]:
    """Return the program's own words that are like the one that was typed."""
    known: list[str] = []
    typed = ""
    match wrong:
        case click.NoSuchOption():
            known = [name for one in ctx.command.params for name in one.opts if name[:2] == "--"]
            typed = wrong.option_name
        case click.exceptions.NoSuchCommand() if isinstance(ctx.command, click.Group):
            known, typed = list(ctx.command.commands), wrong.command_name
        case _:
            pass
    near = get_close_matches(typed, known)
    return [words.say("usage.meant", names=", ".join(near))] if near else []


def misused(console: Console, wrong: click.ClickException, ctx: click.Context) -> NoReturn:
    """Say what was typed wrong, and end.

    Raises:
        SystemExit: always, with 2.
    """
    at = getattr(wrong, "ctx", None)
    where = at if isinstance(at, click.Context) else ctx
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
        click.echo(where.get_help(), err=True)
        raise SystemExit(USAGE)
    if console.as_json:
        said = {"refused": "usage", "kind": kind(wrong, where), "sent": "nothing"}
        click.echo(json.dumps(said))
    click.echo(sentences(console.words, wrong, where), err=True)
    raise SystemExit(USAGE)
