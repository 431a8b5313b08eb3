"""The police channel.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from pathlib import Path

import click

from client.cli import lines, policetext
from client.cli.console import CASE_FILE, FD, Console, here, read_case
from client.cli.spoken import Quiet
from client.cli.sure import URGENT, in_haste
from client.cli.typed import Typed
from client.messages import VIEW_WORDS
from client.vocabulary import DeclineReason, LineChoice, ViewWord
from keys.wire import Packable, Value

VIEW = click.option("--view", is_flag=True)


@click.group(cls=Quiet)
def police() -> None:
    """The police channel."""


@police.command("request")
@click.argument("code_name")
@click.option("--second", is_flag=True)
@URGENT
@here
def police_request(console: Console, code_name: str, *, second: bool, urgent: bool) -> None:
    """Ask your own district to warn another about CODE_NAME."""
    who = console.ask("cli.second") if second else ""
    passphrase = console.secret("cli.passphrase", None) if second else ""
    now = _now(console, code_name, urgent=urgent, view=False, leaves=second)
    asked = _asked(code_name, who, passphrase, urgent=now)
    found = console.do("police request", **asked)
    console.answer(found, *_sent(console, found, code_name, view=False))


@police.command("view")
@click.argument("code_name")
@click.option("--second", is_flag=True)
@URGENT
@here
def police_view(console: Console, code_name: str, *, second: bool, urgent: bool) -> None:
    """Ask your own district what the police at CODE_NAME's new place say, before the move."""
    who = console.ask("cli.second") if second else ""
    passphrase = console.secret("cli.passphrase", None) if second else ""
    now = _now(console, code_name, urgent=urgent, view=True, leaves=second)
    asked = _asked(code_name, who, passphrase, urgent=now)
    found = console.do("police view", **asked)
    console.answer(found, *_sent(console, found, code_name, view=True))


def _now(console: Console, code_name: str, *, urgent: bool, view: bool, leaves: bool) -> bool:
    """Say what is seen of what leaves at once, before it does; return whether it is urgent.

    Args:
        console: who is told.
        code_name: of the case.
        urgent: whether staff say so.
        view: whether a place is asked about.
        leaves: whether enough people stand behind it; else it leaves only in an emergency.
    """
    found = console.do("police waiting", code_name=code_name, view=view)
    goes = leaves or bool(found.get("emergency"))
    return in_haste(console, found, urgent=urgent, goes=goes, to_own_district=True)


def _asked(code_name: str, second: str, passphrase: str, *, urgent: bool) -> dict[str, Packable]:
    """Return what a request is asked with."""
    second_one = {"second": second, "second_passphrase": passphrase}
    return {"code_name": code_name, **second_one, "urgent": urgent}


def _sent(console: Console, found: Mapping[str, Value], code_name: str, *, view: bool) -> list[str]:
    """Return whether it left, or waits for a second pair of eyes."""
    waits = _waits(console, found, code_name, view=view)
    return waits or [*lines.sent(console, found), console.say("police_only")]


def _waits(
    console: Console, found: Mapping[str, Value], code_name: str, *, view: bool
) -> list[str]:
    """Return what a colleague types to let it go, where it waits for one."""
    if not found.get("waits_for_second"):
        return []
    name = f"{code_name} --view" if view else code_name
    return [console.say("police.waits_for_second", name=name)]


def _told(console: Console, msgid: str) -> str:
    """Return what the centre reads of an answer."""
    return console.say("police.told_centre", said=console.say(msgid))


@police.command("waiting")
@click.argument("code_name")
@VIEW
@here
def police_waiting(console: Console, code_name: str, *, view: bool) -> None:
    """Show what your own district would be told about CODE_NAME, line by line."""
    found = console.do(
        "police waiting", code_name=code_name, view=view, language=console.words.lang.value
    )
    more = _waits(console, found, code_name, view=view)
    console.answer(found, *policetext.shown(console, found), *more)


@police.command("approve")
@click.argument("code_name")
@VIEW
@URGENT
@here
def police_approve(console: Console, code_name: str, *, view: bool, urgent: bool) -> None:
    """Approve and send what a colleague prepared for CODE_NAME; read it with `waiting` first."""
    now = _now(console, code_name, urgent=urgent, view=view, leaves=True)
    found = console.do("police approve", code_name=code_name, view=view, urgent=now)
    console.answer(found, *_sent(console, found, code_name, view=view))


@police.command("withdraw")
@click.argument("code_name")
@here
def police_withdraw(console: Console, code_name: str) -> None:
    """Take CODE_NAME's consent to contact with the police back."""
    found = console.do("police withdraw", code_name=code_name)
    said = "taken_back" if lines.number(found, "taken_back") else "taken_back_nothing"
    soon = lines.soon(console, found) if said == "taken_back" else []
    console.answer(found, console.say(f"police.{said}"), *soon)


@police.command("print")
@click.argument("code_name")
@VIEW
@here
def police_print(console: Console, code_name: str, *, view: bool) -> None:
    """Print what the police are told about CODE_NAME on one A4, for paper or the telephone."""
    language = console.words.lang.value
    found = console.do("police print", code_name=code_name, view=view, language=language)
    console.answer(found, *lines.texts(found, "lines"))


@police.command("answer")
@click.argument("code_name")
@click.argument("word", type=Typed(ViewWord))
@click.option("--contact", is_flag=True)
@here
def police_answer(console: Console, code_name: str, word: str, *, contact: bool) -> None:
    """Answer the home district's question CODE_NAME about a place here with WORD."""
    role = console.ask("police.contact_role") if contact else ""
    phone = console.ask("police.contact_phone") if contact else ""
    found = console.do("police answer", code_name=code_name, word=word, role=role, phone=phone)
    console.answer(found, console.say("police.to_home_only"), *lines.soon(console, found))


@police.command("reply")
@click.argument("code_name")
@click.argument("word", type=Typed(sorted(VIEW_WORDS)))
@here
def police_reply(console: Console, code_name: str, word: str) -> None:
    """Answer the centre's question CODE_NAME about a new place with one WORD."""
    found = console.do("police reply", code_name=code_name, word=word)
    console.answer(found, _told(console, f"police.status.{word}"))


@police.command("contact")
@click.argument("code_name")
@here
def police_contact(console: Console, code_name: str) -> None:
    """Tell the home district whom to ring here about the notice CODE_NAME."""
    role = console.ask("police.contact_role")
    phone = console.ask("police.contact_phone")
    found = console.do("police contact", code_name=code_name, role=role, phone=phone)
    console.answer(found, console.say("police.to_home_only"), *lines.soon(console, found))


@police.command("review")
@click.argument("code_name")
@here
def police_review(console: Console, code_name: str) -> None:
    """Show the request or notice CODE_NAME, line by line."""
    language = console.words.lang.value
    found = console.do("police review", code_name=code_name, language=language)
    console.answer(found, *policetext.shown(console, found))


@police.command("relay")
@click.argument("code_name")
@click.argument("district", required=False)
@click.option("--line", "choices", multiple=True, type=Typed(LineChoice))
@click.option("--reworded", type=CASE_FILE)
@click.option("--authority-fd", type=FD)
@click.option("--preview", is_flag=True)
@URGENT
@here
def police_relay(
    console: Console,
    /,
    code_name: str,
    district: str | None,
    choices: tuple[str, ...],
    reworded: Path | None,
    authority_fd: int | None,
    **flags: bool,
) -> None:
    """Send your own notice of CODE_NAME's lines to DISTRICT; one --line for each, in order."""
    # Asked for, it stays out of the shell's history.
    district = district or console.ask("cli.which_district")
    authority = console.told("police.authority", authority_fd)
    preview = flags["preview"]
    asked: dict[str, Packable] = {
        "code_name": code_name,
        "district": district,
        "choices": list(choices),
        "case": "" if reworded is None else read_case(reworded),
        "authority": authority,
        "language": console.words.lang.value,
    }
    seen = console.do("police relay", **asked, preview=True)
    if preview:
        console.answer(seen, *lines.texts(seen, "lines"), console.say("preview_only"))
        return
    now = in_haste(console, seen, urgent=flags["urgent"])
    found = console.do("police relay", **asked, urgent=now)
    console.answer(found, *lines.sent(console, found), console.say("police_only"))


@police.command("outside")
@click.argument("code_name")
@here
def police_outside(console: Console, code_name: str) -> None:
    """Say that the other district was told in the police's own channel."""
    found = console.do("police outside", code_name=code_name)
    console.answer(found, _told(console, "police.status.relayed_outside"))


@police.command("decline")
@click.argument("code_name")
@click.argument("reason", type=Typed(DeclineReason))
@here
def police_decline(console: Console, code_name: str, reason: str) -> None:
    """Decline the request CODE_NAME with a closed reason."""
    found = console.do("police decline", code_name=code_name, reason=reason)
    told = (_told(console, one) for one in ("police.status.declined", f"police.reason.{reason}"))
    console.answer(found, *told)


@police.command("misrouted")
@click.argument("code_name")
@here
def police_misrouted(console: Console, code_name: str) -> None:
    """Say that CODE_NAME was never meant for this district: it is destroyed here."""
    found = console.do("police misrouted", code_name=code_name)
    console.answer(found, console.say("cli.misrouted"), *lines.soon(console, found))
