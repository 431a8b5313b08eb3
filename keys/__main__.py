"""`folge-keys`: the program of root holders and registrars, and of whoever checks a roster.

This file knows the commands and the system's clock. It refuses to know keys and files: `signers`,
`registrars` and `auditor` do, and every answer and refusal leaves through `console`.
"""

import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final, cast

import click

from keys import auditor, registrars, signers
from keys.authority import newest_root, newest_roster
from keys.calendar import Instant
from keys.console import DIRECTORY, Console, Fact, Quiet, read_bundle, read_roster
from keys.errors import BadSettings, RosterMixed
from keys.roster import TrustedRoster
from keys.words import Language, Words

_FIRST_ROOT: Final = "1.root.json"


def system_now() -> Instant:
    """Return the system's time: the one place on this floor where time comes in."""
    return Instant(int(time.time()))  # noqa: TID251 - an edge


@click.group(cls=Quiet)
@click.option("--lang", type=click.Choice([lang.value for lang in Language]), default="nb")
@click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
@click.pass_context
def main(ctx: click.Context, lang: str, *, as_json: bool) -> None:
    """Keep the list of members: who may sign it, who stands in it, and whether it is sound."""
    # A test hands over a clock in the context's place; installed, there is no way to.
    clock = cast("Callable[[], Instant]", ctx.obj or system_now)
    ctx.obj = Console(Words("keys", lang), as_json, clock)


@main.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.pass_obj
def show(console: Console, path: Path) -> None:
    """Show a draft, or a directory with a published list of members."""
    if path.is_file():
        console.tell("shown", signers.summary(read_bundle(path), None))
        return
    files = read_roster(path)
    facts: dict[str, Fact] = {"root_version": newest_root(files).version, "pin": _pin(files)}
    roster = newest_roster(files)
    if roster is not None:
        facts["version"] = roster.version
        facts |= signers.changes(None, roster.register)
    console.tell("shown", facts)


@main.command()
@click.argument("directory", type=DIRECTORY)
@click.option("--pin", required=True, help="The first root's fingerprint, from the letter.")
@click.pass_obj
def verify(console: Console, directory: Path, pin: str) -> None:
    """Go through a published list of members as a member's program does."""
    try:
        pinned = bytes.fromhex(pin)
    except ValueError:
        raise BadSettings(field="pin") from None
    files = read_roster(directory)
    start = TrustedRoster.bootstrap(files.get(_FIRST_ROOT, b""), pinned)
    trusted = start.update(files, console.now())
    console.tell(
        "verified",
        {
            "root_version": trusted.root_version,
            "version": trusted.roster.version,
            "members": len(trusted.roster.members),
            "fresh": trusted.fresh_until,
        },
    )


def _pin(files: dict[str, bytes]) -> str:
    """Return the first root's fingerprint, as it is printed on the enrolment letter.

    Raises:
        RosterMixed: the first root is not there.
    """
    first = files.get(_FIRST_ROOT)
    if first is None:
        raise RosterMixed
    return sha256(first).hexdigest()


for command in (
    signers.key,
    signers.authority,
    signers.sign,
    signers.publish,
    registrars.request,
    registrars.draft,
    registrars.enrol,
    registrars.amend,
    registrars.revoke,
    registrars.home,
    registrars.issuers,
    registrars.rename,
    auditor.audit,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
