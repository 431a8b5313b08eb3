"""Write docs/reference/commands.md from the program itself: `.venv/bin/python -m docs.commands`.

This file knows how a command shows itself. It refuses to add anything to what `--help` says.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from client.__main__ import cli

PAGE: Final = Path(__file__).with_name("reference") / "commands.md"
_HEAD: Final = """# Commands of `folge`

Written by `docs/commands.py` from the program. Nothing about a person is ever an argument: a case
comes from a file or standard input, a code or a passphrase from a prompt or a file descriptor.

Exit codes: 0 done, 2 wrong usage, 3 locked, 4 refused by a rule, 5 out of reach, 6 not to be
trusted or not in its form. Every refusal stands in [refusals.md](refusals.md).
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
    ctx = click.Context(command)
    given = [one for one in command.params if isinstance(one, click.Argument)]
    arguments = [one.make_metavar(ctx) for one in given]
    yield f"## `{' '.join([name, *arguments])}`"
    yield ""
    yield " ".join((command.help or "").split())
    yield ""
    options = [one for one in command.params if isinstance(one, click.Option)]
    for option in options:
        yield f"- `{'`, `'.join(option.opts)}`: {option.help}"
    if options:
        yield ""


def page() -> str:
    """Return the whole page."""
    lines = [_HEAD, *_lines("folge", cli)]
    for name, command in commands(cli, "folge"):
        lines += _lines(name, command)
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
