"""`folge-keys` for those who sign: make a pair, draft a root, sign, publish.

This file knows the ceremony: files go from person to person, and each sees what is signed before
signing it. It refuses to sign in one go what several persons are to sign.
"""

from pathlib import Path
from typing import Final

import click

from keys.address import MemberId
from keys.authority import OnlineSigner, newest_root, newest_roster
from keys.bundle import ROOT_DAYS, Bundle, days_after, draft_root
from keys.chain import TIMESTAMP_FILE
from keys.changes import Changes, refuse_forgetting
from keys.console import (
    DIRECTORY,
    FILE,
    NEW,
    PASSPHRASE_FD,
    Console,
    Fact,
    Facts,
    fingerprint,
    read,
    read_bundle,
    read_roster,
    write_bundle,
)
from keys.errors import AlreadyThere, BadSettings, RosterMixed, RosterRollback
from keys.holder import HolderFile
from keys.member import Member
from keys.metadata import RootPart
from keys.quorum import RoleKeys, TufRole
from keys.register import Register, Roster
from keys.secretfile import read_secret, write_secret
from keys.tufkeys import KeyCard, KeyPair

_CARD_LIMIT: Final = 4_096


@click.group()
def key() -> None:
    """A holder's or registrar's own two keys."""


@key.command("create")
@click.argument("file", type=NEW)
@PASSPHRASE_FD
@click.pass_obj
def key_create(console: Console, file: Path, passphrase_fd: int | None) -> None:
    """Make a pair of keys: FILE, sealed under a passphrase, and FILE.card to hand over."""
    card = file.with_name(f"{file.name}.card")
    if file.exists() or card.exists():
        raise AlreadyThere
    pair = KeyPair.generate()
    sealed = HolderFile.seal(pair, console.passphrase(passphrase_fd, new=True))
    write_secret(file, sealed.encode(), fresh=True)
    write_secret(card, pair.card.encode(), fresh=True)
    shown = fingerprint(MemberId(pair.card.card_id))
    console.tell("key.created", {"file": str(file), "card": str(card), **shown})


@click.group()
def authority() -> None:
    """The root: who may sign the list of members."""


@authority.command("create")
@click.option("--holder", "holders", type=FILE, multiple=True, required=True)
@click.option("--registrar", "registrars", type=FILE, multiple=True, required=True)
@click.option("--online", type=FILE, required=True, help="The broker's card.")
@click.option(
    "--needed",
    type=(click.IntRange(2), click.IntRange(2)),
    default=(4, 2),
    show_default=True,
    help="How many holders and how many registrars must sign.",
)
@click.option("--published", type=DIRECTORY, help="The roster whose root this one follows.")
@click.option("--out", type=NEW, required=True)
@click.pass_obj
def authority_create(
    console: Console,
    holders: tuple[Path, ...],
    registrars: tuple[Path, ...],
    online: Path,
    needed: tuple[int, int],
    published: Path | None,
    out: Path,
) -> None:
    """Draft the first root, or with --published the next one, to be signed."""
    bundle = draft_root(
        RoleKeys.by_persons(tuple(map(_card, holders)), needed[0]),
        RoleKeys.by_persons(tuple(map(_card, registrars)), needed[1]),
        _card(online),
        days_after(console.now(), ROOT_DAYS),
        None if published is None else newest_root(read_roster(published)),
    )
    write_bundle(out, bundle, fresh=True)
    console.tell("root.drafted", summary(bundle, None))


def _card(path: Path) -> KeyCard:
    return KeyCard.decode(read(path, _CARD_LIMIT))


@click.command()
@click.argument("bundle", type=FILE)
@click.option("--key", "key_file", type=FILE, required=True, help="Your key file.")
@click.option("--published", type=DIRECTORY, help="The roster as it is, to compare with.")
@PASSPHRASE_FD
@click.pass_obj
def sign(
    console: Console,
    bundle: Path,
    key_file: Path,
    published: Path | None,
    passphrase_fd: int | None,
) -> None:
    """Read what BUNDLE says, and add your two signatures to it."""
    draft = read_bundle(bundle)
    before, after = _before(draft, published), draft.roster
    if after is not None:
        refuse_forgetting(before, after)
    console.confirm("keys.sign.ask", summary(draft, before))
    pair = HolderFile.decode(read_secret(key_file)).open(console.passphrase(passphrase_fd))
    signed = draft.signed(pair)
    write_bundle(bundle, signed)
    console.tell("signed", {"missing": signed.missing})


def _before(draft: Bundle, published: Path | None) -> Roster | None:
    """Return the roster that is published now, from the signer's own copy.

    Raises:
        BadSettings: there is a root before this file, and no copy to find it in.
        RosterMixed: the bundle is drafted under another root than the published one.
    """
    if draft.judge is None:
        return None
    if published is None:
        raise BadSettings(field="published")
    files = read_roster(published)
    if newest_root(files).data != draft.judge.data:
        raise RosterMixed
    return newest_roster(files)


@click.command()
@click.argument("bundles", type=FILE, nargs=-1, required=True)
@click.option("--to", "directory", type=DIRECTORY, required=True, help="The published roster.")
@click.option("--online", type=FILE, help="The broker's online key, where no broker signs.")
@click.pass_obj
def publish(
    console: Console, bundles: tuple[Path, ...], directory: Path, online: Path | None
) -> None:
    """Put what enough persons have signed into the published roster; copies are joined."""
    whole, *copies = map(read_bundle, bundles)
    for copy in copies:
        whole = whole.joined(copy)
    files = read_roster(directory)
    _refuse_misplaced(whole, files)
    made = whole.files()
    if online is not None and whole.role is TufRole.TARGETS:
        made |= OnlineSigner(KeyPair.from_seed(read_secret(online))).sign(
            files | made, console.now()
        )
    # The timestamp leads readers to everything else, so it is written last.
    for name in sorted(made, key=lambda name: name == TIMESTAMP_FILE):
        write_secret(directory / name, made[name])
    console.tell("published", {"files": sorted(made)})


def _refuse_misplaced(whole: Bundle, files: dict[str, bytes]) -> None:
    """Refuse what readers of that roster would refuse.

    Raises:
        RosterMixed: it is signed under another root than the newest one there, or forgets
            somebody who stands in the list that is there.
        RosterRollback: it is not newer than what is there.
    """
    if whole.judge is None:
        if any(name.endswith(".root.json") for name in files):
            raise AlreadyThere
        return
    if newest_root(files).data != whole.judge.data:
        raise RosterMixed
    before = newest_roster(files)
    if whole.roster is None:
        return
    if before is not None and before.version >= whole.part.version:
        raise RosterRollback
    refuse_forgetting(before, whole.roster)


def summary(bundle: Bundle, before: Roster | None) -> Facts:
    """Return what a person reads about a bundle before signing it."""
    facts: dict[str, Fact] = {
        "role": bundle.role.value,
        "version": bundle.part.version,
        "expires": bundle.part.expires,
        "missing": bundle.missing,
    }
    if isinstance(bundle.part, RootPart):
        for role in (TufRole.ROOT, TufRole.TARGETS, TufRole.TIMESTAMP):
            facts[f"{role}_keys"] = sorted(bundle.part.key_ids(role))
            facts[f"{role}_needed"] = bundle.part.threshold(role)
    roster = bundle.roster
    if roster is not None:
        facts |= changes(None if before is None else before.register, roster.register)
    return facts


def changes(before: Register | None, after: Register) -> dict[str, Fact]:
    """Return what a person reads about a register that is to follow another."""
    found = Changes.between(before, after)
    return {
        "instance": after.instance,
        "members": len(after.members),
        "enrolled": [told(member) for member in found.enrolled],
        "changed": [told(member) for member in found.changed],
        "revoked": [member_id.hex() for member_id in found.revoked],
        "settings": list(found.settings),
    }


def told(member: Member) -> dict[str, str | int]:
    """Return one member as a line, with what is read aloud."""
    home = member.home_district
    return {
        "name": member.name,
        "kind": member.role.value,
        "phone": member.directory.call_back_phone,
        "home": "" if home is None else home.hex(),
        "member": member.member_id.hex(),
        **fingerprint(member.member_id),
    }
