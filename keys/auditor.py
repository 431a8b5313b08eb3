"""`folge-keys audit`: an auditor's key among several people, and what its shares open.

This file knows the two commands. It refuses to keep the secret half anywhere: it is on the sheets,
and in this program's memory as long as one command runs.
"""

from pathlib import Path
from typing import Final

import click

from keys.console import DIRECTORY, FILE, Console, Fact, read
from keys.errors import AlreadyThere, BelowThreshold, WrongShape
from keys.hpke import HpkeSecret
from keys.secretfile import write_secret
from keys.shares import MOST_HOLDERS, SHEET_LIMIT, Share
from keys.trail import AuditorPublic, Line, read_trail, secret_of, shared

PUBLIC: Final = "auditor.public"
_TRAIL_LIMIT: Final = 1 << 28
_NEEDED: Final = click.IntRange(2, MOST_HOLDERS)


@click.group()
def audit() -> None:
    """The auditor's key, and where cases went."""


@audit.command("create")
@click.argument("directory", type=DIRECTORY)
@click.option("--holders", type=_NEEDED, default=3, show_default=True, help="How many have one.")
@click.option("--needed", type=_NEEDED, default=2, show_default=True, help="How many open it.")
@click.pass_obj
def create(console: Console, directory: Path, holders: int, needed: int) -> None:
    """Make an auditor's key: in DIRECTORY its public half, and a sheet for each holder."""
    secret = HpkeSecret.generate()
    public = AuditorPublic(secret.public)
    shares = shared(secret, holders, needed)
    sheets = [directory / f"share-{share.number}.txt" for share in shares]
    if any(path.exists() for path in (directory / PUBLIC, *sheets)):
        raise AlreadyThere
    about = console.words.say("keys.share.about", holders=holders, needed=needed)
    for path, share in zip(sheets, shares, strict=True):
        text = "".join(f"# {line}\n" for line in about.splitlines()) + share.sheet()
        write_secret(path, text.encode(), fresh=True)
    # Last, so that nothing is ever sealed to a key whose sheets are not all there.
    write_secret(directory / PUBLIC, public.encode(), fresh=True)
    files = [path.name for path in (*sheets, directory / PUBLIC)]
    console.tell("audit.created", {"fingerprint": public.fingerprint, "files": files})


@audit.command("open")
@click.argument("trail", type=FILE)
@click.argument("shares", type=FILE, nargs=-1, required=True)
@click.option("--case", default="", help="Only this code name.")
@click.pass_obj
def open_(console: Console, trail: Path, shares: tuple[Path, ...], case: str) -> None:
    """Read a centre's TRAIL with enough SHARES: where its cases went, and who sent them."""
    read_in = [_share(console, number, path) for number, path in enumerate(shares, start=1)]
    try:
        secret = secret_of(read_in)
    except BelowThreshold as few:
        missing = int(few.facts["count"])
        click.echo(console.words.say("keys.share.too_few", count=missing), err=True)
        raise
    lines = read_trail(read(trail, _TRAIL_LIMIT), secret)
    shown = [
        line for line in lines if not case or _code_name(line).casefold() == case.strip().casefold()
    ]
    facts: dict[str, Fact] = {
        "first": lines[0].entry.serial,
        "last": lines[-1].entry.serial,
        "unreadable": sum(line.record is None for line in lines),
        "broken": sum(not line.follows for line in lines),
        "entries": [_told(line) for line in shown],
    }
    console.tell("audit.opened", facts)


def _share(console: Console, number: int, path: Path) -> Share:
    """Read a sheet; one that was misread is told by its place among the files and its line."""
    data = read(path, 4 * SHEET_LIMIT)
    try:
        return Share.read(data.decode("utf-8-sig"))  # some editors put a mark before the first line
    except UnicodeDecodeError:
        refusal = WrongShape(field="share", line=1)
    except WrongShape as wrong:
        refusal = wrong
    line = int(refusal.facts.get("line", 1))
    click.echo(console.words.say("keys.share.misread", number=number, line=line), err=True)
    raise refusal


def _code_name(line: Line) -> str:
    return "" if line.record is None else line.record.code_name


def _told(line: Line) -> dict[str, str | int]:
    """Return an entry as one line: what it says, or why it says nothing."""
    told: dict[str, str | int] = {"serial": line.entry.serial}
    if not line.follows:
        told["chain"] = "broken"
    if line.record is None:
        return {**told, "what": "unreadable"}
    record = line.record
    return {
        **told,
        "at": record.at,
        "what": record.kind.word,
        "code_name": record.code_name,
        "recipient": record.recipient_name,
        "member": record.recipient.hex(),
        "by": record.by,
    }
