"""Write docs/reference/commands.md from the program itself: `.venv/bin/python -m docs.commands`.

This file knows how a command shows itself in English. It refuses to add anything to what `--help`
says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from client.__main__ import cli
from client.cli.examples import EXAMPLES, example
from client.cli.spoken import explained, metavar, option_line
from keys.words import Words

PAGE: Final = Path(__file__).with_name("reference") / "commands.md"
_HEAD: Final = """# Commands of `folge`

Written by `docs/commands.py` from the program. Nothing about a person is ever an argument: a case
comes from a file or standard input, a code or a passphrase from a prompt or a file descriptor.

Exit codes: 0 done, 2 wrong usage, 3 locked, 4 refused by a rule, 5 out of reach, 6 not to be
trusted or not in its form. Every refusal stands in [refusals.md](refusals.md). Help and everything
else is said in the language of `--lang`, or of the member's settings; this page is the English of
it. `eval "$(folge completion bash)"` has the tab key fill in commands; zsh and fish likewise.
"""


def commands(group: click.Group, name: str) -> Iterator[tuple[str, click.Command]]:
    """Give every command below `group` with its whole name."""
    for word, command in group.commands.items():
        whole = f"{name} {word}"
        if isinstance(command, click.Group):
            yield from commands(command, whole)
        else:
            yield whole, command


def _lines(name: str, command: click.Command) -> Iterator[str]:
    words = Words("client", "en")
    where = ".".join(name.split()[1:]) or name
    given = [one for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option)]
    yield f"## `{' '.join([name, *(metavar(words, one) for one in given)])}`"
    yield ""
    yield words.say(f"help.{where}")
    yield ""
    for argument in given:
        yield f"- `{metavar(words, argument)}`: {explained(words, where, argument)}"
    for option in options:
        yield f"- `{option_line(words, option)}`: {explained(words, where, option)}"
    if command.params:
        yield ""
    for at, line in enumerate(EXAMPLES.get(where, ()), 1):
        yield f"{words.say(f'example.{where}.{at}')} `folge {example(words, line)}`"
        yield ""


def page() -> str:
    """Return the whole page."""
    lines = [_HEAD, *_lines("folge", cli)]
    for name, command in commands(cli, "folge"):
        lines += _lines(name, command)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
