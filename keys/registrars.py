"""`folge-keys` for registrars: read requests, draft the next list of members, change the draft.

This file knows that a member is enrolled only after somebody has called and heard the
fingerprint. It refuses to guess: a home district is named, never derived, and a change to a draft
drops the signatures it had.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from keys.address import Role
from keys.authority import newest_root, newest_roster
from keys.bundle import TARGETS_DAYS, Bundle, days_after, draft_targets
from keys.calendar import DAY_SECONDS, day_of, week_of
from keys.console import (
    DIRECTORY,
    FILE,
    NEW,
    Console,
    Fact,
    find,
    fingerprint,
    read,
    read_bundle,
    read_roster,
    write_bundle,
)
from keys.enrolment import EnrolmentRequest
from keys.errors import BadSettings, FingerprintMismatch, WrongRole
from keys.issuers import decode_issuers
from keys.register import Register
from keys.schedule import LONGEST_NOTE_SLOT, CheckpointKey
from keys.signers import summary

_REQUEST_LIMIT: Final = 8_192
_SHEET_LIMIT: Final = 1 << 20
_HEX_LIMIT: Final = 80


@click.group()
def request() -> None:
    """Requests to be enrolled."""


@request.command("show")
@click.argument("file", type=FILE)
@click.pass_obj
def request_show(console: Console, file: Path) -> None:
    """Show who asks, and the fingerprint to be heard over the telephone."""
    console.tell("request.shown", _asked(_request(file)))


@request.command("verify")
@click.argument("file", type=FILE)
@click.pass_obj
def request_verify(console: Console, file: Path) -> None:
    """Say only whether the sender holds the keys in FILE."""
    console.tell("request.sound", {"member": _request(file).member_id.hex()})


@click.command()
@click.argument("published", type=DIRECTORY)
@click.option("--out", type=NEW, required=True)
@click.option("--instance", help="The broker's name, for the first list.")
@click.option("--checkpoint", type=FILE, help="The broker's public key, for the first list.")
@click.option("--note-slot-seconds", type=click.IntRange(1))
@click.pass_obj
def draft(
    console: Console,
    published: Path,
    out: Path,
    instance: str | None,
    checkpoint: Path | None,
    note_slot_seconds: int | None,
) -> None:
    """Draft the next list of members from the PUBLISHED one, to be changed and signed."""
    files = read_roster(published)
    before = newest_roster(files)
    if before is not None:
        register = before.register
    elif instance is None or checkpoint is None:
        raise BadSettings(field="instance")
    else:
        register = Register(instance, CheckpointKey(instance, _hexadecimal(checkpoint)))
    if note_slot_seconds is not None:
        register = _paced(register, note_slot_seconds)
    expires = days_after(console.now(), TARGETS_DAYS)
    version = 1 if before is None else before.version + 1
    bundle = draft_targets(newest_root(files), register, version, expires)
    write_bundle(out, bundle, fresh=True)
    console.tell("roster.drafted", summary(bundle, before))


def _paced(register: Register, seconds: int) -> Register:
    """Return the list with another note slot.

    Raises:
        BadSettings: one reading that fails would shut the door, or it fills no day.
    """
    if seconds > LONGEST_NOTE_SLOT or DAY_SECONDS % seconds:
        raise BadSettings(field="note_slot")
    return replace(register, schedule=replace(register.schedule, note_slot_seconds=seconds))


@click.command()
@click.argument("bundle", type=FILE)
@click.argument("file", type=FILE)
@click.option("--home", help="The home district's number, eight digits or more.")
@click.option("--words", "heard", help="The twelve words as they were heard by telephone.")
@click.pass_obj
def enrol(console: Console, bundle: Path, file: Path, home: str | None, heard: str | None) -> None:
    """Put the sender of the request FILE into the draft BUNDLE, once the words have been heard."""
    asked = _request(file)
    register = _register(read_bundle(bundle))
    if asked.instance != register.instance:
        raise BadSettings(field="instance")
    district = None if home is None else find(register, home)
    if district is not None and register.member(district).role is not Role.POLICE:
        raise WrongRole
    member = asked.member(district)
    after = register.enrolled(member)
    _hear(console, asked, heard)
    _change(console, bundle, after, "enrolled")


@click.command()
@click.argument("bundle", type=FILE)
@click.argument("file", type=FILE)
@click.option("--words", "heard", help="The twelve words as they were heard by telephone.")
@click.pass_obj
def amend(console: Console, bundle: Path, file: Path, heard: str | None) -> None:
    """Give a member in the draft BUNDLE the directory entry of its new request FILE."""
    asked = _request(file)
    register = _register(read_bundle(bundle))
    old = register.member(asked.member_id)
    after = register.amended(replace(old, directory=asked.directory))
    _hear(console, asked, heard)
    _change(console, bundle, after, "amended")


@click.command()
@click.argument("bundle", type=FILE)
@click.argument("member")
@click.pass_obj
def revoke(console: Console, bundle: Path, member: str) -> None:
    """Take MEMBER (its number, eight digits or more) out of the draft BUNDLE, for ever."""
    register = _register(read_bundle(bundle))
    gone = find(register, member)
    _change(console, bundle, register.revoking(gone, day_of(console.now())), "revoked")


@click.command()
@click.argument("bundle", type=FILE)
@click.argument("centre")
@click.argument("district")
@click.pass_obj
def home(console: Console, bundle: Path, centre: str, district: str) -> None:
    """Give CENTRE another home DISTRICT in the draft BUNDLE."""
    register = _register(read_bundle(bundle))
    moved = register.rehomed(find(register, centre), find(register, district))
    _change(console, bundle, moved, "moved")


@click.command()
@click.argument("bundle", type=FILE)
@click.argument("sheet", type=FILE)
@click.pass_obj
def issuers(console: Console, bundle: Path, sheet: Path) -> None:
    """Put the broker's SHEET of issuer keys into the draft BUNDLE; past weeks go."""
    keys = decode_issuers(read(sheet, _SHEET_LIMIT))
    this_week = week_of(day_of(console.now()))
    after = _register(read_bundle(bundle)).with_issuers(keys, this_week)
    _change(console, bundle, after, "issuers")


@click.command()
@click.argument("bundle", type=FILE)
@click.argument("instance")
@click.pass_obj
def rename(console: Console, bundle: Path, instance: str) -> None:
    """Let the broker go on as INSTANCE, after it was restored from a backup."""
    _change(console, bundle, _register(read_bundle(bundle)).renamed(instance), "renamed")


def _hear(console: Console, asked: EnrolmentRequest, heard: str | None) -> None:
    """Go on only with the words from the telephone, or a typed yes that they were heard.

    Raises:
        FingerprintMismatch: they are not those of the keys that were sent.
        SystemExit: 4, when there was no yes.
    """
    if heard is None:
        console.confirm("keys.enrol.ask", _asked(asked))
    elif heard.lower().split() != fingerprint(asked.member_id)["words"].split():
        raise FingerprintMismatch


def _change(console: Console, path: Path, register: Register, outcome: str) -> None:
    """Write the draft anew, without the signatures it had."""
    bundle = read_bundle(path).revised(register)
    write_bundle(path, bundle)
    console.tell(outcome, {"members": len(register.members), "missing": bundle.missing})


def _register(bundle: Bundle) -> Register:
    """Return what a draft lists.

    Raises:
        BadSettings: it is a root's.
    """
    if bundle.roster is None:
        raise BadSettings(field="bundle")
    return bundle.roster.register


def _request(path: Path) -> EnrolmentRequest:
    return EnrolmentRequest.decode(read(path, _REQUEST_LIMIT))


def _asked(asked: EnrolmentRequest) -> dict[str, Fact]:
    entry, home = asked.directory, asked.home_district
    return {
        "instance": asked.instance,
        "name": entry.name,
        "kind": asked.role.value,
        "region": entry.region,
        "units": entry.units,
        "access": entry.access,
        "phone": entry.call_back_phone,
        "home": "" if home is None else home.hex(),
        "member": asked.member_id.hex(),
        **fingerprint(asked.member_id),
    }


def _hexadecimal(path: Path) -> bytes:
    """Read a key as the broker writes it: hexadecimal digits and a line's end.

    Raises:
        BadSettings: it is not.
    """
    try:
        return bytes.fromhex(read(path, _HEX_LIMIT).decode("ascii"))
    except ValueError:
        raise BadSettings(field="checkpoint") from None
