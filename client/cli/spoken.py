"""Commands that speak the member's language: their help, and what is said when they are misused.

This file knows how a page of help looks. It refuses to know a sentence: `help.<command>` and
`param.<argument or option>` are in the catalogues, and `help.<command>.<argument or option>` where
one command means something of its own by it.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from client.cli.console import Console
from client.cli.examples import EXAMPLES, example
from client.cli.typed import offered
from client.cli.usage import Personal, misused
from client.home import Home
from client.settings import Settings
from client.systemclock import SystemClock
from keys.calendar import Clock
from keys.errors import Refusal
from keys.words import Language, Words

_PERSONAL = frozenset({"--name", "--passphrase", "--code", "--address", "--phone"})
_ROOT = "folge"


def begun(
    home: Path | None, lang: str | None, *, as_json: bool, clock: Clock | None = None
) -> Console:
    """Return one run of the program, in the language that was asked for or the member's own.

    Args:
        home: the member's directory, or the usual one.
        lang: the language, or that of the member's settings.
        as_json: whether it answers with JSON.
        clock: another than the system's.
    """
    at = Home(home or _home())
    return Console(at, Words("client", lang or _language(at)), as_json, clock or SystemClock())


def _home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "folge"


def _language(home: Home) -> Language:
    """Return the language of a member's settings; bokmål where there are none that can be read."""
    try:
        return Settings.read(home.settings).language
    except Refusal:
        return Language.NB


def overheard(args: Sequence[str], clock: Clock | None = None) -> Console:
    """Return one run of the program before its words are understood, so that all can be told."""
    home, lang = _said(args, "--home"), _said(args, "--lang")
    known = lang if lang in {*Language} else None
    return begun(Path(home) if home else None, known, as_json="--json" in args, clock=clock)


def _said(args: Sequence[str], option: str) -> str:
    """Return what stands after an option, wherever it is."""
    for word, after in zip(args, [*args, ""][1:], strict=True):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else after
    return ""


def place(ctx: click.Context) -> str:
    """Return a command's name as the catalogues have it, such as `police.request`."""
    names: list[str] = []
    at = ctx
    while at.parent is not None:
        names.append(at.command.name or "")
        at = at.parent
    return ".".join(reversed(names)) or _ROOT


def below(ctx: click.Context, name: str) -> str:
    """Return the name, as the catalogues have it, of a command of a group."""
    return name if ctx.parent is None else f"{place(ctx)}.{name}"


def explained(words: Words, where: str, param: click.Parameter) -> str:
    """Return what an argument or an option means; the words it may be stand after it."""
    name = "help" if "--help" in param.opts else param.name  # click has a name of its own for it
    own = f"help.{where}.{name}"
    said = words.say(own if own in words else f"param.{name}")
    if isinstance(param.type, click.Choice):
        choices = ", ".join(offered(words, param.type))
        return f"{said} {words.say('help.one_of', choices=choices)}"
    return said


def metavar(words: Words, param: click.Parameter) -> str:
    """Return the word in capitals that stands for an argument, or for an option's value."""
    if isinstance(param, click.Option):
        return "" if param.is_flag or param.count else words.say(f"metavar.{_sort(param)}")
    said = words.say(f"metavar.{param.name}") + ("..." if param.nargs < 0 else "")
    return said if param.required else f"[{said}]"


def _sort(option: click.Option) -> str:
    """Return of what sort an option's value is."""
    match option.type:
        case click.Choice():
            return "word"
        case click.IntRange():
            return "number"
        case click.Path(file_okay=False):
            return "directory"
        case click.Path():
            return "file"
        case _:
            return "text"


def option_line(words: Words, option: click.Option) -> str:
    """Return an option with what stands after it, such as `--pdf FILE`."""
    return " ".join([", ".join(option.opts), metavar(words, option)]).rstrip()


def arguments(ctx: click.Context) -> Iterator[click.Argument]:
    """Give a command's arguments."""
    return (one for one in ctx.command.get_params(ctx) if isinstance(one, click.Argument))


def options(ctx: click.Context) -> Iterator[click.Option]:
    """Give a command's options."""
    return (one for one in ctx.command.get_params(ctx) if isinstance(one, click.Option))


def console_of(ctx: click.Context) -> Console:
    """Return the run that a context belongs to."""
    return ctx.find_object(Console) or overheard(())


class Spoken(click.Command):
    """A command whose page of help is in the catalogues."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words; a mistake always says in which command it was made."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            wrong.ctx = wrong.ctx or ctx
            raise

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that shows how the command is typed."""
        words = console_of(ctx).words
        pieces = [words.say("help.options_piece"), *(metavar(words, one) for one in arguments(ctx))]
        if isinstance(self, click.Group):
            pieces.append(words.say("help.command_piece"))
        prefix = f"{words.say('help.usage')}: "
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(console_of(ctx).say(f"help.{place(ctx)}"))

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what stands after the command."""
        words = console_of(ctx).words
        rows = [(metavar(words, one), explained(words, place(ctx), one)) for one in arguments(ctx)]
        _section(formatter, words.say("help.arguments"), rows)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        words = console_of(ctx).words
        rows = [(option_line(words, o), explained(words, place(ctx), o)) for o in options(ctx)]
        _section(formatter, words.say("help.options"), rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        words, where = console_of(ctx).words, place(ctx)
        lines = EXAMPLES.get(where, ())
        said = [words.say(f"example.{where}.{at}") for at in range(1, len(lines) + 1)]
        rows = [
            (f"folge {example(words, line)}", text) for line, text in zip(lines, said, strict=True)
        ]
        if rows:
            with formatter.section(words.say("help.examples")):
                for line, text in rows:
                    formatter.write_text(text)
                    formatter.write(f"{'':>{formatter.current_indent + 2}}{line}\n")


def _section(formatter: click.HelpFormatter, heading: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(heading):
            formatter.write_dl(rows)


class Quiet(Spoken, click.Group):
    """A group whose refusals are told in words, and which takes nothing personal as argument."""

    command_class = Spoken

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            console_of(ctx).refuse(refusal)
        except click.ClickException as wrong:
            misused(console_of(ctx), wrong, ctx)
        except click.Abort:
            _stopped(console_of(ctx), "cli.aborted")
        except KeyboardInterrupt:
            _stopped(console_of(ctx), "cli.not_waited")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse options that would put a person into the shell's history."""
        if any(one.partition("=")[0] in _PERSONAL for one in args):
            raise Personal("", ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """Return the commands in the order of the work."""
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options and the commands."""
        super().format_options(ctx, formatter)
        words = console_of(ctx).words
        rows = [(name, brief(words, below(ctx, name))) for name in self.commands]
        _section(formatter, words.say("help.commands"), rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may stand here, with its first sentence."""
        found = super().shell_complete(ctx, incomplete)
        words = console_of(ctx).words
        for one in found:
            if one.value in self.commands:
                one.help = brief(words, below(ctx, str(one.value)))
        return found


def _stopped(console: Console, msgid: str) -> NoReturn:
    """Say that somebody stopped, and what came of it.

    Raises:
        SystemExit: always, with 1.
    """
    click.echo(console.say(msgid), err=True)
    raise SystemExit(1)


def brief(words: Words, where: str) -> str:
    """Return the first sentence of what a command does."""
    first, stop, _ = words.say(f"help.{where}").partition(". ")
    return first + stop.rstrip()


class Root(Quiet):
    """The program itself: its language is known before anything else is understood."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find out in which language to speak, then read the words.

        Whoever runs the program may have given it a clock; what it becomes holds that clock.
        """
        ctx.obj = overheard(args, ctx.obj)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as wrong:
            misused(ctx.obj, wrong, ctx)
