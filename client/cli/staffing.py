"""Who can open the lock of this machine.

This file knows names and options. It refuses to know what a verb does, and asks for every
passphrase where nobody sees it.
"""

from collections.abc import Mapping

import click

from client.cli import lines
from client.cli.console import FD, Console, here
from client.cli.spoken import Quiet
from keys.wire import Value

NAME = click.option("--name-fd", type=FD)
BY = click.option("--by", is_flag=True)
PASSPHRASE = click.option("--passphrase-fd", type=FD)
NEW = click.option("--new-passphrase-fd", type=FD)


@click.group(cls=Quiet)
def staff() -> None:
    """Who can unlock."""


@staff.command("list")
@here
def staff_list(console: Console) -> None:
    """Show who can unlock."""
    found = console.do("staff list")
    shown = [_line(console, one) for one in lines.rows(found, "staff")]
    console.answer(found, *shown)


def _line(console: Console, one: Mapping[str, Value]) -> str:
    name = lines.text(one, "name")
    return console.say("staff.leader", name=name) if one.get("leads") else name


def stands_behind(console: Console, descriptor: int | None, *, by: bool) -> dict[str, str]:
    """Ask who stands behind a change when it is another, and for their passphrase.

    Returns:
        What the verb takes as `by` and `passphrase`.
    """
    who = console.told("cli.stands_behind", descriptor) if by else ""
    return {"by": who, "passphrase": console.secret("cli.own_passphrase", descriptor)}


@staff.command("add")
@click.option("--leader", is_flag=True)
@NAME
@BY
@PASSPHRASE
@NEW
@here
def staff_add(
    console: Console,
    name_fd: int | None,
    passphrase_fd: int | None,
    new_passphrase_fd: int | None,
    *,
    leader: bool,
    by: bool,
) -> None:
    """Let one more colleague unlock, with a passphrase of their own."""
    behind = stands_behind(console, passphrase_fd, by=by)
    name = console.told("cli.new_colleague", name_fd)
    console.note("cli.colleague_types")
    new = console.secret("cli.new_passphrase", new_passphrase_fd, again=True)
    found = console.do("staff add", name=name, new=new, leads=leader, **behind)
    console.answer(found, console.say("cli.staff_added", name=lines.text(found, "name")))


@staff.command("remove")
@NAME
@BY
@PASSPHRASE
@here
def staff_remove(
    console: Console, name_fd: int | None, passphrase_fd: int | None, *, by: bool
) -> None:
    """Take away that a colleague can unlock."""
    behind = stands_behind(console, passphrase_fd, by=by)
    name = console.told("cli.colleague", name_fd)
    found = console.do("staff remove", name=name, **behind)
    said = console.say("cli.staff_removed", name=lines.text(found, "name"))
    console.answer(found, said, console.say("cli.staff_old_copies"))


@staff.command("lead")
@click.option("--end", is_flag=True)
@NAME
@BY
@PASSPHRASE
@here
def staff_lead(
    console: Console, name_fd: int | None, passphrase_fd: int | None, *, end: bool, by: bool
) -> None:
    """Make a colleague a leader, or end that."""
    behind = stands_behind(console, passphrase_fd, by=by)
    name = console.told("cli.colleague", name_fd)
    found = console.do("staff lead", name=name, ends=end, **behind)
    said = "cli.staff_leads_no_more" if end else "cli.staff_leads"
    console.answer(found, console.say(said, name=lines.text(found, "name")))


@staff.command("passphrase")
@PASSPHRASE
@NEW
@here
def staff_passphrase(
    console: Console, passphrase_fd: int | None, new_passphrase_fd: int | None
) -> None:
    """Change your own passphrase."""
    old = console.secret("cli.old_passphrase", passphrase_fd)
    new = console.secret("cli.new_passphrase", new_passphrase_fd, again=True)
    found = console.do("staff passphrase", passphrase=old, new=new)
    console.answer(found, console.say("cli.staff_passphrase"), console.say("cli.staff_old_copies"))
