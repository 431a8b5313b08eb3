"""The `folge` commands: one for each verb, with the same words.

This file knows names and options. It refuses to know what a verb does.
"""

from collections.abc import Mapping
from pathlib import Path

import click

from client.case import decode_part, parse_part_id
from client.casefile import write_part
from client.cli import lines
from client.cli.console import CASE_FILE, FD, Console, Quiet, here, read_case
from client.handover import ArrivalCode
from keys.wire import Value


@click.command()
@click.option("--passphrase-fd", type=FD, help="Read the passphrase from a file descriptor.")
@here
def unlock(console: Console, passphrase_fd: int | None) -> None:
    """Open the staff lock and show what has come."""
    name = console.ask("cli.who") if passphrase_fd is None else _first_line(console, passphrase_fd)
    passphrase = console.secret("cli.passphrase", passphrase_fd)
    answer = console.do("unlock", name=name, passphrase=passphrase)
    console.answer(answer, *lines.status(console, answer))


def _first_line(console: Console, descriptor: int) -> str:
    """With a descriptor, the name is its first line and the passphrase its second."""
    return console.secret("cli.who", descriptor)


@click.command()
@here
def lock(console: Console) -> None:
    """Close the staff lock; the service goes on."""
    answer = console.do("lock")
    console.answer(answer, console.say("cli.locked"))


@click.command()
@here
def status(console: Console) -> None:
    """Show the lists: out, in, and what to look at."""
    answer = console.do("status")
    console.answer(answer, *lines.status(console, answer))


@click.command()
@here
def attended(console: Console) -> None:
    """Mark alarms and the list of cases to look at as seen."""
    console.answer(console.do("attended"), console.say("cli.attended"))


@click.command()
@here
def sync(console: Console) -> None:
    """Read the boards now."""
    answer = console.do("sync")
    console.answer(answer, console.say("cli.synced"))


@click.command()
@click.argument("case", type=CASE_FILE, required=False)
@here
def new(console: Console, case: Path | None) -> None:
    """Begin a case from the case file CASE, or from standard input."""
    answer = console.do("new", case=read_case(case))
    name = lines.text(answer, "code_name")
    console.answer(answer, console.say("cli.new", name=name), console.say("not_sent"))


@click.command()
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@click.option("--attach", "attachment", help="The part id of an attachment, such as attachment.1.")
@click.option("--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@here
def part(
    console: Console, code_name: str, case: Path | None, attachment: str | None, path: Path | None
) -> None:
    """Replace parts of CODE_NAME by those of the file CASE, or add an attachment's file."""
    if attachment is not None and path is not None:
        answer = console.do(
            "part", code_name=code_name, attachment=attachment, path=str(path.resolve())
        )
    else:
        answer = console.do("part", code_name=code_name, case=read_case(case))
    console.answer(answer, console.say("cli.changed", name=code_name), console.say("not_sent"))


@click.command()
@click.argument("code_name")
@click.argument("case", type=CASE_FILE, required=False)
@click.option("--centre", default="", help="The centre it is for, as the directory names it.")
@here
def consent(console: Console, code_name: str, case: Path | None, centre: str) -> None:
    """Write down the person's answer from the consent section of CASE."""
    text = "" if case is None else read_case(case)
    answer = console.do("consent", code_name=code_name, case=text, centre=centre)
    parts = [str(one) for one in lines.items(answer, "parts")]
    said = "cli.consent" if answer.get("consent") else "cli.no_consent"
    shown = [f"  {part_label(console, one)}" for one in parts]
    to = console.say(said, centre=lines.text(answer, "centre"))
    console.answer(answer, to, *shown, console.say("not_sent"))


def part_label(console: Console, part_id: str) -> str:
    """Return a part's name in words, with its number where it has one."""
    name, _, number = part_id.partition(".")
    return f"{console.say(f'part.{name}')} {number}".rstrip()


@click.command()
@click.argument("code_name")
@here
def check(console: Console, code_name: str) -> None:
    """Look CODE_NAME over before it is sent."""
    answer = console.do("check", code_name=code_name)
    console.answer(answer, *lines.findings(console, answer), console.say("not_sent"))


@click.command()
@click.argument("code_name")
@click.argument("centre", nargs=-1, required=True)
@here
def inquire(console: Console, code_name: str, centre: tuple[str, ...]) -> None:
    """Ask each CENTRE for a place; nothing about the person is asked or told."""
    answer = console.do("inquire", code_name=code_name, centres=list(centre))
    console.answer(answer, console.say("cli.inquired", count=len(centre)))


@click.command()
@click.argument("code_name")
@click.argument("value", type=click.Choice(["yes", "yes_from", "phone_me", "no"]))
@click.option("--from", "from_day", default="", help="First day of a yes, as 2026-11-30.")
@click.option("--reason", "reasons", multiple=True, help="Why not; a word of the closed list.")
@click.option("--suggest", default="", help="Another centre; without it we help to find one.")
@here
def answer(
    console: Console,
    code_name: str,
    value: str,
    from_day: str,
    reasons: tuple[str, ...],
    suggest: str,
) -> None:
    """Answer the place inquiry CODE_NAME with a closed word."""
    found = console.do(
        "answer",
        code_name=code_name,
        value=value,
        reasons=list(reasons),
        suggest=suggest,
        **{"from": from_day},
    )
    console.answer(found, console.say("cli.answered"))


@click.command()
@click.argument("code_name")
@click.option("--agreed-by-phone", default="", help="Who said yes by phone: leader, duty or staff.")
@here
def send(console: Console, code_name: str, agreed_by_phone: str) -> None:
    """Seal the consented parts of CODE_NAME and send them to the consented centre."""
    found = console.do("send", code_name=code_name, agreed_by_phone=agreed_by_phone)
    console.answer(found, *_sent(console, found))


@click.command()
@click.argument("code_name")
@click.option("--agreed-by-phone", required=True, help="Who said yes by phone.")
@here
def again(console: Console, code_name: str, agreed_by_phone: str) -> None:
    """Send CODE_NAME anew to the same centre, which has lost its keys; the card stays valid."""
    found = console.do("again", code_name=code_name, agreed_by_phone=agreed_by_phone)
    console.answer(found, *_sent(console, found))


def _sent(console: Console, found: Mapping[str, Value]) -> list[str]:
    said = console.say("cli.kept" if found.get("kept") else "cli.waiting")
    code = lines.text(found, "arrival_code")
    return [said, *([console.say("cli.code", code=code)] if code else [])]


@click.command()
@click.argument("code_name")
@here
def withdraw(console: Console, code_name: str) -> None:
    """Take CODE_NAME back."""
    found = console.do("withdraw", code_name=code_name)
    console.answer(found, console.say(f"cli.withdrawn_{lines.text(found, 'sent')}"))


@click.command()
@click.argument("code_name")
@here
def release(console: Console, code_name: str) -> None:
    """Confirm that the person has come, when the code is lost."""
    console.answer(console.do("release", code_name=code_name), console.say("cli.released"))


@click.command()
@click.argument("code_name")
@click.option("--code-fd", type=FD, help="Read the arrival code from a file descriptor.")
@click.option("--no-code", is_flag=True, help="The sender has confirmed arrival, or it was ahead.")
@click.option("--called", is_flag=True, help="We have called the sender: nothing was taken back.")
@here
def arrive(
    console: Console, code_name: str, code_fd: int | None, *, no_code: bool, called: bool
) -> None:
    """Open the waiting package CODE_NAME: the person has come."""
    code = "" if no_code else console.secret("cli.arrival_code", code_fd)
    if code:
        ArrivalCode.parse(code)  # a slip is told from a wrong code before anything is tried
    found = console.do("arrive", code_name=code_name, arrival_code=code, called=called)
    parts = [f"  {part_label(console, str(one))}" for one in lines.items(found, "parts")]
    more = [console.say("cli.attachments_travel")] if found.get("attachments_travel") else []
    console.answer(found, console.say("cli.opened"), *parts, *more)


@click.command()
@click.argument("code_name")
@here
def card(console: Console, code_name: str) -> None:
    """Show the arrival card of CODE_NAME."""
    found = console.do("card", code_name=code_name, language=console.words.lang.value)
    console.answer(found, *[str(one) for one in lines.items(found, "lines")])


@click.command()
@click.argument("code_name")
@click.argument("part_id", required=False, default="")
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path))
@here
def read(console: Console, code_name: str, part_id: str, path: Path | None) -> None:
    """Show a part of CODE_NAME as a case file, or write an attachment to a new file."""
    if path is not None:
        found = console.do("read", code_name=code_name, part=part_id, path=str(path.resolve()))
        console.answer(found, console.say("cli.written", count=lines.number(found, "bytes")))
        return
    found = console.do("read", code_name=code_name, part=part_id)
    octets = found.get("octets")
    if isinstance(octets, bytes):
        which = parse_part_id(part_id)
        shown = write_part(which, decode_part(which, octets), console.words.lang)
        console.answer({"part": part_id, "case": shown}, shown)
        return
    parts = [part_label(console, str(one)) for one in lines.items(found, "parts")]
    console.answer(found, *parts)


@click.command()
@click.argument("code_name")
@here
def confirm(console: Console, code_name: str) -> None:
    """Say that CODE_NAME is in your journal: the sender is told, and forgets where."""
    console.answer(console.do("confirm", code_name=code_name), console.say("cli.confirmed"))


@click.command()
@click.argument("code_name")
@here
def misrouted(console: Console, code_name: str) -> None:
    """Say that CODE_NAME was never meant for you: it is destroyed here."""
    console.answer(console.do("misrouted", code_name=code_name), console.say("cli.misrouted"))


@click.command()
@here
def log(console: Console) -> None:
    """Show the log of this desk."""
    found = console.do("log")
    console.answer(found, *lines.log(console, found))


@click.command()
@here
def directory(console: Console) -> None:
    """Show the members and who can receive now."""
    found = console.do("directory")
    console.answer(found, *lines.directory(console, found))


@click.command()
@here
def doctor(console: Console) -> None:
    """Say how this machine is."""
    found = console.do("doctor")
    ready = console.say("doctor.ready" if found.get("ready") else "doctor.not_ready")
    warnings = [console.say(f"warning.{one}") for one in lines.items(found, "warnings")]
    days = console.say("doctor.days_of_keys", count=lines.number(found, "days_of_keys"))
    console.answer(found, ready, days, *warnings)


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
    console.answer(found, *_sent(console, found), console.say("police_only"))


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
@click.option("--line", "choices", multiple=True, type=click.Choice(["keep", "remove", "reword"]))
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
    console.answer(found, *_sent(console, found), console.say("police_only"))


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


COMMANDS = (
    unlock,
    lock,
    status,
    attended,
    sync,
    new,
    part,
    consent,
    check,
    inquire,
    answer,
    send,
    again,
    withdraw,
    release,
    arrive,
    card,
    read,
    confirm,
    misrouted,
    log,
    directory,
    doctor,
    police,
)
"""Every command that talks to the service."""
