"""Attacks on the roster, by name: each is refused, and the roster that was trusted is kept (P9).

The attacker owns the network and the broker: every file that members fetch is the attacker's
choice. Some rows give the attacker keys as well, or make every holder sign nonsense; then the
row says so.
"""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from keys.authority import OnlineSigner
from keys.bundle import draft_root, signed_by_all
from keys.calendar import Instant
from keys.chain import FRESH_SECONDS
from keys.errors import (
    NotYet,
    Refusal,
    RosterExpired,
    RosterMixed,
    RosterRollback,
    RosterUnsigned,
)
from keys.metadata import Listed, read_root
from keys.quorum import LAST_VERSION, RoleKeys, TufRole
from keys.tufkeys import KeyCard, KeyPair
from tests.rosters import (
    DAY,
    HOUR,
    LATER,
    NOW,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Files,
    authority,
    compact,
    content,
    first,
    holders,
    listing,
    next_root,
    online,
    pair,
    published,
    refuses,
    register,
    registrars,
    rows,
    second,
    signed,
    tampered,
    targets,
    third,
    timestamp_with,
    trusted,
)


def test_the_honest_files_pass() -> None:
    """The attacks below fail for their own reason: without it the same files are accepted."""
    assert trusted().roster.version == 2
    assert trusted().update(third(targets(registrars())), LATER).roster.version == 3
    assert trusted().update(next_root(), LATER).root_version == 2
    assert trusted().update(timestamp_with(lambda _: None), LATER).roster.version == 2


# ── Rollback ─────────────────────────────────────────────────────────────────────────────────
def old_timestamp() -> Files:
    """Yesterday's timestamp again."""
    return published()


def old_snapshot() -> Files:
    """A new timestamp (stolen online keys) over yesterday's snapshot."""
    listed = Listed.of(1, second()["1.snapshot.json"])
    made = listing(TIMESTAMP, 3, LATER + DAY, listed, [authority().online])
    return second() | {"timestamp.json": made}


def timestamp_counted_back() -> Files:
    """A lower timestamp (stolen online keys) over today's snapshot."""
    listed = Listed.of(2, second()["2.snapshot.json"])
    made = listing(TIMESTAMP, 1, LATER + DAY, listed, [authority().online])
    return second() | {"timestamp.json": made}


def snapshot_counted_back() -> Files:
    """A lower snapshot (stolen online keys) over today's roster."""
    by = [authority().online]
    listed = Listed.of(2, second()["2.targets.json"])
    snapshot = listing(SNAPSHOT, 1, LATER + DAY, listed, by)
    made = listing(TIMESTAMP, 3, LATER + DAY, Listed.of(1, snapshot), by)
    return second() | {"1.snapshot.json": snapshot, "timestamp.json": made}


def old_targets() -> Files:
    """A new timestamp and snapshot (stolen online keys) over yesterday's roster."""
    return online(second(), Listed.of(1, second()["1.targets.json"]))


def old_root() -> Files:
    """The first root again, under the next one's name."""
    return second() | {"2.root.json": second()["1.root.json"]}


def old_targets_after_new_online_keys() -> Files:
    """New online keys from the holders, used by a dishonest operator to bring back a member."""
    rotated = authority().rotated(NOW, online=pair("operator"))
    files = second() | {"2.root.json": rotated.roots[1]}
    del files["2.targets.json"]
    return files | OnlineSigner(pair("operator")).sign(files, LATER)


# ── Freeze ───────────────────────────────────────────────────────────────────────────────────
def test_an_expired_timestamp_is_refused() -> None:
    """Freeze: after 48 hours the same timestamp is no news, and sending has stopped."""
    refuses(second(), RosterExpired, LATER + FRESH_SECONDS)
    assert not trusted().fresh(Instant(LATER + FRESH_SECONDS))


def expired_timestamp() -> Files:
    """A newer timestamp that is past its time."""
    return online(second(), Listed.of(2, second()["2.targets.json"]), fresh=LATER)


def expired_snapshot() -> Files:
    """A snapshot that is past its time."""
    return online(second(), Listed.of(2, second()["2.targets.json"]), expires=LATER)


def expired_targets() -> Files:
    """A roster whose registrars have not met for 35 days."""
    return third(targets(registrars(), expires=LATER))


def expired_root() -> Files:
    """A root past its time."""
    rotated = authority().rotated(Instant(LATER - 365 * DAY))
    return second() | {"2.root.json": rotated.roots[1]}


def timestamp_signed_ahead() -> Files:
    """A timestamp for months ahead, so that the stolen keys freeze members longer than 48 hours."""
    listed = Listed.of(2, second()["2.targets.json"])
    return online(second(), listed, fresh=LATER + FRESH_SECONDS + 301)


# ── Mix and match ────────────────────────────────────────────────────────────────────────────
def other_snapshot() -> Files:
    """Yesterday's snapshot under the name of the one that is listed."""
    return second_but("timestamp.json", "2.snapshot.json", second()["1.snapshot.json"])


def two_snapshots_of_one_version() -> Files:
    """A second snapshot of the version that is listed, by the same keys."""
    targets_now = Listed.of(2, second()["2.targets.json"])
    files = online(second(), targets_now)
    other = online(second(), targets_now, expires=LATER + HOUR)
    return files | {"3.snapshot.json": other["3.snapshot.json"]}


def other_targets() -> Files:
    """Yesterday's targets under the name of those that are listed."""
    files = third(targets(registrars()))
    return files | {"3.targets.json": files["1.targets.json"]}


def swapped_register() -> Files:
    """Yesterday's register under the hash of today's."""
    other = Listed.of(0, register().renamed("other").encode())
    name = f"{other.sha256.hex()}.roster.msgpack"
    files = third(targets(registrars(), listed=other))
    return files | {name: files[content(1)]}


def lying_version() -> Files:
    """A snapshot (stolen online keys) that calls version 2 of the roster version 3."""
    files = second()
    files["3.targets.json"] = files["2.targets.json"]
    return online(files, Listed.of(3, files["2.targets.json"]))


def same_version_other_register() -> Files:
    """Two rosters of one version, both signed by the registrars."""
    other = register().renamed("other").encode()
    file = listing(TARGETS, 2, LATER + DAY, Listed.of(0, other), registrars())
    name = f"{sha256(other).hexdigest()}.roster.msgpack"
    return online(second() | {"2.targets.json": file, name: other}, Listed.of(2, file))


def root_after_next() -> Files:
    """The third root under the second one's name."""
    return next_root(lambda said: said.update(version=3))


def snapshot_for_timestamp() -> Files:
    """Another role's file in a role's place."""
    return second() | {"timestamp.json": second()["2.snapshot.json"]}


def targets_for_root() -> Files:
    """Another role's file in a root's place."""
    return second() | {"2.root.json": second()["2.targets.json"]}


def second_but(kept: str, name: str, file: bytes) -> Files:
    """Return version 2, as a member that trusts version 1 meets it, with one file exchanged."""
    assert kept in second()
    fresh = OnlineSigner(authority().online).sign(second(), LATER)
    number = next(key for key in fresh if key != kept).split(".")[0]
    return second() | fresh | {name.replace("2", number, 1): file}


def stripped(file: bytes, *, quantum: bool) -> bytes:
    """Return `file` without its ML-DSA-65 signatures, or without its Ed25519 signatures."""
    value = json.loads(file)
    value["signatures"] = [
        one for one in value["signatures"] if (len(one["sig"]) == 128) is quantum
    ]
    return compact(value)


# ── Signatures ───────────────────────────────────────────────────────────────────────────────
def one_registrar() -> Files:
    """One registrar alone, with both keys."""
    return third(targets(registrars()[:1]))


def one_registrar_and_the_broker() -> Files:
    """One registrar and the operator together."""
    return third(targets([*registrars()[:1], authority().online]))


def strangers() -> Files:
    """Two strangers in the registrars' place."""
    return third(targets([pair("a"), pair("b")]))


def holders_for_registrars() -> Files:
    """The root holders in the registrars' place."""
    return third(targets(holders()))


def targets_without_mldsa() -> Files:
    """Every ML-DSA-65 signature stripped from the targets: somebody can break it, one day."""
    return third(stripped(targets(registrars()), quantum=True))


def targets_without_ed25519() -> Files:
    """Every Ed25519 signature stripped from the targets: a quantum computer can forge it."""
    return third(stripped(targets(registrars()), quantum=False))


def timestamp_without_mldsa() -> Files:
    """The ML-DSA-65 signature stripped from the timestamp."""
    files = timestamp_with(lambda _: None)
    return files | {"timestamp.json": stripped(files["timestamp.json"], quantum=True)}


def timestamp_without_ed25519() -> Files:
    """The Ed25519 signature stripped from the timestamp."""
    files = timestamp_with(lambda _: None)
    return files | {"timestamp.json": stripped(files["timestamp.json"], quantum=False)}


def snapshot_by_a_stranger() -> Files:
    """A snapshot that somebody else signed, under a good timestamp (stolen online keys)."""
    listed = Listed.of(2, second()["2.targets.json"])
    snapshot = listing(SNAPSHOT, 3, LATER + DAY, listed, [pair("a")])
    made = listing(TIMESTAMP, 3, LATER + DAY, Listed.of(3, snapshot), [authority().online])
    return second() | {"3.snapshot.json": snapshot, "timestamp.json": made}


def root_by_one_holder() -> Files:
    """A second root that only one holder signed."""
    return next_root(by=holders()[:1])


def root_by_its_own_new_holders() -> Files:
    """A second root by two strangers who name themselves its holders."""
    strangers = [pair("a"), pair("b")]
    made = draft_root(
        RoleKeys.by_persons(cards(strangers), 2),
        RoleKeys.by_persons(cards(registrars()), 2),
        authority().online.card,
        Instant(LATER + DAY),
        None,
    )
    root = tampered(made.part.data, lambda said: said.update(version=2), strangers)
    return second() | {"2.root.json": root}


def root_the_new_holders_did_not_sign() -> Files:
    """A second root by the old holders in the name of new ones, who know nothing of it."""
    rotated = authority().rotated(NOW, holders=(pair("a"), pair("b")))
    part = tampered(rotated.roots[1], lambda _: None, holders())
    return second() | {"2.root.json": part}


def another_file_s_signatures() -> Files:
    """The good signatures of another targets file."""
    made = json.loads(targets(registrars()))
    made["signatures"] = json.loads(second()["2.targets.json"])["signatures"]
    return third(compact(made))


def flipped_signature() -> Files:
    """One bit of one signature."""
    made = json.loads(targets(registrars()))
    last = made["signatures"][0]["sig"]
    made["signatures"][0]["sig"] = last[:-1] + ("0" if last[-1] != "0" else "1")
    return third(compact(made))


def without(name: str) -> Callable[[], Files]:
    """Return an attack: a file that is listed and not there."""

    def attack() -> Files:
        other = register().renamed("other").encode()
        digest = sha256(other).hexdigest()
        files = third(targets(registrars(), listed=Listed.of(0, other)))
        files[f"{digest}.roster.msgpack"] = other
        del files[f"{digest}.roster.msgpack" if name == "register" else name]
        return files

    return attack


ATTACKS = [
    *rows(
        RosterRollback,
        old_timestamp,
        old_snapshot,
        timestamp_counted_back,
        snapshot_counted_back,
        old_targets,
        old_root,
        old_targets_after_new_online_keys,
    ),
    *rows(RosterExpired, expired_timestamp, expired_snapshot, expired_targets, expired_root),
    *rows(NotYet, timestamp_signed_ahead),
    *rows(
        RosterMixed,
        other_snapshot,
        two_snapshots_of_one_version,
        other_targets,
        swapped_register,
        lying_version,
        same_version_other_register,
        root_after_next,
        snapshot_for_timestamp,
        targets_for_root,
    ),
    *[
        pytest.param(without(name), RosterMixed, id=f"without-{name}")
        for name in ("timestamp.json", "3.snapshot.json", "3.targets.json", "register")
    ],
    *rows(
        RosterUnsigned,
        one_registrar,
        one_registrar_and_the_broker,
        strangers,
        holders_for_registrars,
        targets_without_mldsa,
        targets_without_ed25519,
        timestamp_without_mldsa,
        timestamp_without_ed25519,
        snapshot_by_a_stranger,
        root_by_one_holder,
        root_by_its_own_new_holders,
        root_the_new_holders_did_not_sign,
        another_file_s_signatures,
        flipped_signature,
    ),
]


@pytest.mark.parametrize(("attack", "refusal"), ATTACKS)
def test_the_attack_is_refused(attack: Callable[[], Files], refusal: type[Refusal]) -> None:
    """Each attack meets its own refusal, and the trusted roster stays as it was."""
    refuses(attack(), refusal)


# ── Fast-forward, and the way back ───────────────────────────────────────────────────────────
def test_a_thief_of_the_online_keys_cannot_hold_members_for_ever() -> None:
    """Fast-forward: the thief signs the last version there is; new online keys set it right."""
    by = [authority().online]
    listed = Listed.of(2, second()["2.targets.json"])
    snapshot = listing(SNAPSHOT, LAST_VERSION, LATER + DAY, listed, by)
    far = listing(TIMESTAMP, LAST_VERSION, LATER + DAY, Listed.of(LAST_VERSION, snapshot), by)
    files = second() | {f"{LAST_VERSION}.snapshot.json": snapshot, "timestamp.json": far}
    held = trusted().update(files, LATER)
    honest = authority().publish(register(), Instant(LATER + HOUR), second())
    with pytest.raises(RosterRollback):
        held.update(honest, Instant(LATER + HOUR))
    rescued = authority().rotated(NOW, online=pair("new"))
    mended = rescued.publish(register(), Instant(LATER + HOUR), second())
    free = held.update(mended, Instant(LATER + HOUR))
    assert (free.roster.version, free.root_version) == (3, 2)


def test_stolen_registrar_keys_are_outlived_by_new_registrars_and_online_keys() -> None:
    """Fast-forward of the roster itself: only a root that takes all those keys away helps."""
    file = listing(
        TARGETS, LAST_VERSION, LATER + DAY, Listed.of(0, second()[content(2)]), registrars()
    )
    files = second() | {f"{LAST_VERSION}.targets.json": file}
    held = trusted().update(online(files, Listed.of(LAST_VERSION, file)), LATER)
    assert held.roster.version == LAST_VERSION
    new = (pair("c"), pair("d"))
    half = (
        authority()
        .rotated(NOW, registrars=new)
        .publish(register(), LATER, second() | online({}, Listed.of(2, b"")))
    )
    with pytest.raises(RosterRollback):
        held.update(half, LATER)
    whole = authority().rotated(NOW, registrars=new, online=pair("new"))
    assert held.update(whole.publish(register(), LATER, second()), LATER).roster.version == 3


def test_an_endless_chain_of_roots_is_followed_no_further_than_the_64th() -> None:
    """However many roots a network has to offer, a member stops asking."""
    root = read_root(authority().roots[0])
    files = published()
    signer, registrar_keys = (
        RoleKeys.by_persons(cards(pairs), 2) for pairs in (holders(), registrars())
    )
    for number in range(2, 67):
        expires = Instant(NOW + DAY)
        draft = draft_root(signer, registrar_keys, authority().online.card, expires, root)
        file = signed_by_all(draft, holders()).part.data
        files[f"{number}.root.json"], root = file, read_root(file)
    assert first().update(files, NOW).root_version == 64


def cards(pairs: list[KeyPair]) -> tuple[KeyCard, ...]:
    """Return the public halves."""
    return tuple(one.card for one in pairs)


def test_a_registrar_who_left_signs_nothing_more() -> None:
    """After a root without them, old registrars' signatures count for nothing."""
    rotated = authority().rotated(NOW, registrars=(pair("c"), pair("d")))
    files = third(targets(registrars())) | {"2.root.json": rotated.roots[1]}
    refuses(files, RosterUnsigned)


def test_the_attacks_leave_no_name_out() -> None:
    """Every role has its rollback, freeze and signature rows; a new role needs new rows."""
    assert set(TufRole) == {"root", "timestamp", "snapshot", "targets"}
    assert len({row.id for row in ATTACKS}) == len(ATTACKS)
    assert signed(TIMESTAMP, second()["timestamp.json"], []) == second()["timestamp.json"]
