"""The door itself: the person has come.

This file knows names and options, and how a code is mistyped. It refuses to know what a verb
does.
"""

import click

from client.cli import lines
from client.cli.console import FD, Console, here
from client.cli.spoken import Spoken
from client.handover import ArrivalCode
from client.refusals import NotReleased, StaleSync
from keys.errors import Refusal


@click.command(cls=Spoken)
@click.argument("code_name")
@click.option("--code-fd", type=FD)
@click.option("--no-code", is_flag=True)
@click.option("--called", is_flag=True)
@here
def arrive(
    console: Console, code_name: str, code_fd: int | None, *, no_code: bool, called: bool
) -> None:
    """Open the waiting package CODE_NAME: the person has come."""
    code = "" if no_code else console.secret("cli.arrival_code", code_fd)
    if code:
        ArrivalCode.parse(code)  # a slip is told from a wrong code before anything is tried
    try:
        found = console.do("arrive", code_name=code_name, arrival_code=code, called=called)
    except (NotReleased, StaleSync) as refusal:
        console.refuse(refusal, *_way_out(console, code_name, refusal))
    parts = [f"  {lines.part_label(console, one)}" for one in lines.texts(found, "parts")]
    more = [console.say("cli.attachments_travel")] if found.get("attachments_travel") else []
    more += [
        console.say("cli.attachment_spoilt", name=lines.part_label(console, one))
        for one in lines.texts(found, "attachments_spoilt")
    ]
    console.answer(found, console.say("cli.opened"), *parts, *more)


def _way_out(console: Console, code_name: str, refusal: Refusal) -> list[str]:
    """Return whom to ring when the person is at the door, and what to type then."""
    phone = lines.text(lines.row(console.do("status"), "in", code_name) or {}, "phone")
    found = [console.say("arrive.ring", phone=phone)] if phone else []
    if isinstance(refusal, StaleSync):
        found.append(console.say("arrive.called", name=code_name))
    return found
