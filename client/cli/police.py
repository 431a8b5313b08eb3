"""The police channel.

This file knows names and options. It refuses to know what a verb does.
"""

from pathlib import Path

import click

from client.cli import lines
from client.cli.console import CASE_FILE, FD, Console, Quiet, here, read_case


@click.group(cls=Quiet)
def police() -> None:
    """The police channel."""


@police.command("request")
@click.argument("code_name")
@click.option("--second", is_flag=True, help="A colleague approves with their own passphrase.")
@here
def police_request(console: Console, code_name: str, *, second: bool) -> None:
    """Ask your own district to warn another about CODE_NAME."""
    who = console.ask("cli.second") if second else ""
    passphrase = console.secret("cli.passphrase", None) if second else ""
    found = console.do(
        "police request", code_name=code_name, second=who, second_passphrase=passphrase
    )
    console.answer(found, *lines.sent(console, found), console.say("police_only"))


@police.command("review")
@click.argument("code_name")
@here
def police_review(console: Console, code_name: str) -> None:
    """Show the request or notice CODE_NAME, line by line."""
    found = console.do("police review", code_name=code_name)
    console.answer(found, *lines.police(console, found))


@police.command("relay")
@click.argument("code_name")
@click.argument("district")
@click.option(
    "--line",
    "choices",
    multiple=True,
    type=click.Choice(["keep", "remove", "reword"]),
    help="What becomes of a line; once for each, in order.",
)
@click.option("--reworded", type=CASE_FILE, help="A case file with the reworded lines.")
@click.option("--authority-fd", type=FD, help="Read the authority from a file descriptor.")
@here
def police_relay(
    console: Console,
    code_name: str,
    district: str,
    choices: tuple[str, ...],
    reworded: Path | None,
    authority_fd: int | None,
) -> None:
    """Send your own notice of CODE_NAME's lines to DISTRICT; one --line for each, in order."""
    authority = console.told("police.authority", authority_fd)
    found = console.do(
        "police relay",
        code_name=code_name,
        district=district,
        choices=list(choices),
        case="" if reworded is None else read_case(reworded),
        authority=authority,
    )
    console.answer(found, *lines.sent(console, found), console.say("police_only"))


@police.command("outside")
@click.argument("code_name")
@here
def police_outside(console: Console, code_name: str) -> None:
    """Say that the other district was told in the police's own channel."""
    found = console.do("police outside", code_name=code_name)
    console.answer(found, console.say("police.status.relayed_outside"))


@police.command("decline")
@click.argument("code_name")
@click.argument("reason", type=click.Choice(["not_necessary", "already_notified", "need_to_talk"]))
@here
def police_decline(console: Console, code_name: str, reason: str) -> None:
    """Decline the request CODE_NAME with a closed reason."""
    found = console.do("police decline", code_name=code_name, reason=reason)
    console.answer(found, console.say("police.status.declined"))


@police.command("misrouted")
@click.argument("code_name")
@here
def police_misrouted(console: Console, code_name: str) -> None:
    """Say that CODE_NAME was never meant for this district: it is destroyed here."""
    found = console.do("police misrouted", code_name=code_name)
    console.answer(found, console.say("cli.misrouted"))
