"""Words that the shell fills in: commands, options and closed words, never anything of a case.

This file knows which shells there are. It refuses to ask the service: a key is no question.
"""

from typing import Final

import click
from click.shell_completion import get_completion_class

from client.cli.spoken import Spoken

SHELLS: Final = ("bash", "zsh", "fish")


@click.command(cls=Spoken)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL fill in the words of `folge` at the tab key."""
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - the three are of click itself
    root = ctx.find_root().command
    click.echo(made(root, {}, "folge", "_FOLGE_COMPLETE").source())
