"""A small roster for tests: two centres, two districts, and the smallest authority there may be."""

import json
from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from securesystemslib.formats import encode_canonical  # pyright: ignore[reportUnknownVariableType] - its parameter types are bare

from keys.address import Role
from keys.authority import Authority
from keys.calendar import Day, Instant
from keys.enrolment import EnrolmentRequest
from keys.errors import Refusal
from keys.identity import Identity
from keys.metadata import Listed, Part, read_listing, read_root, write_listing
from keys.quorum import TufRole
from keys.roster import CheckpointKey, Directory, Register, TrustedRoster
from keys.tufkeys import KeyPair

NOW = Instant(1_800_000_000)
HOUR = 3_600
DAY = 24 * HOUR
TIMESTAMP, SNAPSHOT, TARGETS = TufRole.TIMESTAMP, TufRole.SNAPSHOT, TufRole.TARGETS
LATER = Instant(NOW + DAY)
Files = dict[str, bytes]
Change = Callable[[dict[str, Any]], object]
INSTANCE = "test.folge"
NAMES = ("nord", "sor", "ost", "vest")


@cache
def identity(name: str) -> Identity:
    """Return that test member's keys, the same in every test."""
    return Identity.from_seed(sha256(name.encode()).digest() * 2)


@cache
def pair(name: str) -> KeyPair:
    """Return that test signer's keys, the same in every test."""
    return KeyPair.from_seed(sha256(b"pair" + name.encode()).digest() * 2)


def directory(name: str) -> Directory:
    """Return a directory entry."""
    return Directory(name, "Region øst", "Kvinner og barn", "Heis", "+47 22 00 00 00")


def request(name: str, role: Role, home: str | None = None) -> EnrolmentRequest:
    """Return a signed enrolment request."""
    district = None if home is None else identity(home).public.member_id
    return EnrolmentRequest.make(identity(name), INSTANCE, role, directory(name), district)


@cache
def register() -> Register:
    """Return the register: districts `ost` and `vest`, centres `nord` and `sor`, both at `ost`."""
    made = Register(INSTANCE, CheckpointKey(INSTANCE, b"\1" * 32))
    for name in ("ost", "vest"):
        made = made.enrolled(request(name, Role.POLICE).member())
    for name in ("nord", "sor"):
        made = made.enrolled(request(name, Role.CENTRE, "ost").member())
    return made


@cache
def authority() -> Authority:
    """Return the smallest authority: two root holders, two registrars, both always needed."""
    return Authority.create(NOW, holders=2, root_persons=2, registrars=2, registrar_persons=2)


@cache
def _published() -> dict[str, bytes]:
    return authority().publish(register(), NOW)


def published() -> dict[str, bytes]:
    """Return the first roster as the broker serves it, the same bytes in every test."""
    return dict(_published())


def first() -> TrustedRoster:
    """Return what a member trusts after its first day."""
    start = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    return start.update(published(), NOW)


def read(role: TufRole, file: bytes) -> Part:
    """Read any of the four files."""
    return read_root(file) if role is TufRole.ROOT else read_listing(role, file)


def signed(role: TufRole, file: bytes, pairs: Iterable[KeyPair]) -> bytes:
    """Return `file` signed also by `pairs`."""
    for signer in pairs:
        part = read(role, file)
        file = part.signed_also(signer.sign(part.payload))
    return file


def listing(
    role: TufRole, version: int, expires: int, listed: Listed, pairs: Iterable[KeyPair]
) -> bytes:
    """Return a timestamp, snapshot or targets file as whoever holds `pairs` could make it."""
    return signed(role, write_listing(role, version, Instant(expires), listed), pairs)


def tampered(
    file: bytes, change: Callable[[dict[str, Any]], object], pairs: Iterable[KeyPair]
) -> bytes:
    """Return the TUF `file` after `change` to what is signed, signed anew by `pairs`.

    What no writer of ours would write has good signatures too, so that a refusal can only come
    from its form.
    """
    signed_part = json.loads(file)["signed"]
    change(signed_part)
    payload = str(encode_canonical(signed_part)).encode()
    made = [signature for signer in pairs for signature in signer.sign(payload)]
    signatures = [{"keyid": one.keyid, "sig": one.signature} for one in made]
    return compact({"signatures": by_key_id(signatures), "signed": signed_part})


def by_key_id(signatures: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return JSON signatures in the order in which files have them."""
    return sorted(signatures, key=lambda one: one["keyid"])


def compact(value: object) -> bytes:
    """Return JSON in the one form that files have."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


# ── Version 2, and what an attacker makes of it ──────────────────────────────────────────────
@cache
def _second() -> Files:
    smaller = register().revoking(identity("sor").public.member_id, Day(9))
    return authority().publish(smaller, LATER, published())


def second() -> Files:
    """Return version 2 of the roster, in which one member is revoked, a day after the first."""
    return dict(_second())


@cache
def trusted() -> TrustedRoster:
    """Return what the victim trusts: version 2."""
    return first().update(second(), LATER)


def content(version: int) -> str:
    """Return the file name of that version's register."""
    listed = read_listing(TARGETS, second()[f"{version}.targets.json"]).listed
    return f"{listed.sha256.hex()}.roster.msgpack"


def online(files: Files, targets: Listed, expires: int = LATER + DAY, fresh: int = 0) -> Files:
    """Return `files` under a third snapshot and timestamp, by the broker's own keys."""
    by = [authority().online]
    snapshot = listing(SNAPSHOT, 3, expires, targets, by)
    timestamp = listing(TIMESTAMP, 3, fresh or LATER + DAY, Listed.of(3, snapshot), by)
    return files | {"3.snapshot.json": snapshot, "timestamp.json": timestamp}


def third(file: bytes) -> Files:
    """Return a third version whose targets are `file`, as the broker would publish it."""
    return online(second() | {"3.targets.json": file}, Listed.of(3, file))


def targets(by: list[KeyPair], expires: int = LATER + DAY, listed: Listed | None = None) -> bytes:
    """Return a third targets file signed by `by`: version 2's register, or `listed`."""
    return listing(TARGETS, 3, expires, listed or Listed.of(0, second()[content(2)]), by)


def registrars() -> list[KeyPair]:
    """Return both registrars."""
    return list(authority().registrars)


def holders() -> list[KeyPair]:
    """Return both root holders."""
    return list(authority().holders)


def next_root(change: Change = lambda _: None, by: list[KeyPair] | None = None) -> Files:
    """Return version 2 with a second root, after `change`, signed by the holders or `by`."""
    root = tampered(_next_root(), change, holders() if by is None else by)
    return second() | {"2.root.json": root}


@cache
def _next_root() -> bytes:
    return authority().rotated(NOW).roots[1]


def timestamp_with(change: Change) -> Files:
    """Return version 2 with a third timestamp after `change`, signed by the broker."""
    file = online(second(), Listed.of(2, second()["2.targets.json"]))
    made = tampered(file["timestamp.json"], change, [authority().online])
    return file | {"timestamp.json": made}


def refuses(files: Files, refusal: type[Refusal], now: int = LATER) -> None:
    """Show that `files` are refused so, and that what was trusted is as it was."""
    before = trusted().encode()
    with pytest.raises(refusal):
        trusted().update(files, Instant(now))
    assert trusted().encode() == before
    assert trusted().roster.version == 2


def rows(refusal: type[Refusal], *attacks: Callable[[], Files]) -> list[Any]:
    """Return a row for each attack that is refused so, named as the attack is."""
    return [pytest.param(attack, refusal, id=attack.__name__) for attack in attacks]
