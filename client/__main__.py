"""`folge`: the member's command line, and the service itself.

This file knows how a run of the program begins and how it ends. It refuses everything else: the
commands are in `client.cli`.
"""

import sys
from pathlib import Path
from typing import cast

import click

from client.cli.commands import Commands
from client.cli.console import Console
from client.cli.spoken import Root, begun, overheard
from keys.errors import Refusal
from keys.words import Language


@click.group("folge", cls=Root, commands=Commands())
@click.option("--home", type=click.Path(file_okay=False, path_type=Path))
@click.option("--lang", type=click.Choice([one.value for one in Language]))
@click.option("--json", "as_json", is_flag=True)
@click.version_option(package_name="folge", help=None, message="%(package)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, lang: str | None, *, as_json: bool) -> None:
    """Hand a case over between crisis centres, sealed and with consent."""
    ctx.obj = begun(home, lang, as_json=as_json, clock=cast("Console", ctx.obj).clock)


def main() -> None:
    """Run the program; a fault of ours ends in a sentence, never in a stack trace."""
    try:
        cli(prog_name="folge")
    except Refusal as refusal:
        overheard(sys.argv[1:]).refuse(refusal)
    except Exception as fault:  # noqa: BLE001 - the one place where the unforeseen is caught
        said = overheard(sys.argv[1:]).say("cli.fault", name=type(fault).__name__)
        click.echo(said, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
