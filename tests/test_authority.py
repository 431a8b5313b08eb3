"""Persons sign, one after the other; the broker's signer follows; a holder's file stays shut."""

import json
import resource
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.authority import (
    Authority,
    OnlineSigner,
    newest_root,
    newest_roster,
    newest_targets,
    superseded,
)
from keys.bundle import Bundle, draft_root, draft_targets, signed_by_all
from keys.calendar import Day, Instant
from keys.errors import (
    BadSettings,
    BelowThreshold,
    Damaged,
    ForeignKey,
    Malformed,
    NoMemory,
    OverLong,
    Refusal,
    RosterMalformed,
    RosterMixed,
    RosterUnsigned,
    WeakPassphrase,
    WrongPassphrase,
    WrongShape,
)
from keys.holder import HolderFile
from keys.metadata import Listed, read_listing, read_root
from keys.quorum import RoleKeys, TufRole
from keys.roster import TrustedRoster
from keys.slots import Cost
from keys.tufkeys import KeyCard, KeyPair
from keys.wire import pack, unpack
from tests.rosters import (
    DAY,
    HOUR,
    LATER,
    NOW,
    TARGETS,
    Files,
    authority,
    compact,
    first,
    identity,
    listing,
    pair,
    published,
    register,
    registrars,
    second,
    targets,
    third,
)

FIVE = tuple(pair(f"holder {number}") for number in range(5))
THREE = tuple(pair(f"registrar {number}") for number in range(3))
ONLINE = pair("online")
CHEAP = Cost(2, 19 << 20)
PASSPHRASE = "tolv bokstaver til sammen"


def cards(pairs: tuple[KeyPair, ...]) -> tuple[KeyCard, ...]:
    """Return the public halves."""
    return tuple(one.card for one in pairs)


def root_draft() -> Bundle:
    """Return the unsigned first root of the size that is meant for real use."""
    return draft_root(
        RoleKeys.by_persons(cards(FIVE), 4),
        RoleKeys.by_persons(cards(THREE), 2),
        ONLINE.card,
        Instant(NOW + 365 * DAY),
    )


def targets_draft() -> Bundle:
    """Return the unsigned first roster under that root."""
    root = read_root(signed_by_all(root_draft(), FIVE[:4]).part.data)
    return draft_targets(root, register(), 1, Instant(NOW + 35 * DAY))


# ── Who is enough ────────────────────────────────────────────────────────────────────────────
def test_a_root_needs_eight_of_ten_keys_and_a_roster_four_of_six() -> None:
    """The numbers that the design names, as they stand in the signed root."""
    root = read_root(root_draft().part.data)
    assert (len(root.key_ids(TufRole.ROOT)), root.threshold(TufRole.ROOT)) == (10, 8)
    assert (len(root.key_ids(TARGETS)), root.threshold(TARGETS)) == (6, 4)
    assert (len(root.key_ids(TufRole.TIMESTAMP)), root.threshold(TufRole.TIMESTAMP)) == (2, 2)


@pytest.mark.parametrize("absent", FIVE, ids=range(5))
def test_any_four_of_five_holders_make_a_root_and_no_three_do(absent: KeyPair) -> None:
    """One holder may be ill; two may not."""
    four = [one for one in FIVE if one is not absent]
    assert signed_by_all(root_draft(), four).files().keys() == {"1.root.json"}
    for three in combinations(four, 3):
        with pytest.raises(BelowThreshold) as caught:
            signed_by_all(root_draft(), three).files()
        assert caught.value.facts == {"count": 2}


@pytest.mark.parametrize("alone", THREE, ids=range(3))
def test_one_registrar_is_never_enough_and_any_two_are(alone: KeyPair) -> None:
    """One person holds two keys, and four must sign."""
    one = targets_draft().signed(alone)
    assert one.missing == 2
    with pytest.raises(BelowThreshold):
        one.signed(alone).files()
    for other in THREE:
        if other is not alone:
            assert "1.targets.json" in one.signed(other).files()


@pytest.mark.parametrize(("of", "persons"), [(5, 2), (5, 6), (3, 1), (1, 0), (0, 0)], ids=str)
def test_so_few_persons_that_one_kind_of_key_would_do_are_refused(of: int, persons: int) -> None:
    """Breaking Ed25519, or ML-DSA, must never be enough."""
    with pytest.raises(BadSettings):
        RoleKeys.by_persons(cards(FIVE[:of]), persons)


def test_a_single_holder_or_registrar_cannot_be_all_there_is() -> None:
    """One person's two keys would be both kinds; still it is one person."""
    with pytest.raises(RosterMalformed):
        Authority.create(NOW, holders=1, root_persons=1)
    with pytest.raises(RosterMalformed):
        Authority.create(NOW, registrars=1, registrar_persons=1)


def test_an_authority_of_the_real_size_makes_a_roster_that_members_take() -> None:
    """Five holders, three registrars, one broker: the whole way to a member's trust."""
    real = Authority.create(NOW)
    files = real.publish(register(), NOW)
    trusted = TrustedRoster.bootstrap(real.roots[0], real.pin).update(files, NOW)
    assert trusted.roster.register == register()
    assert repr(real).count("Key") == 0


# ── The bundle ───────────────────────────────────────────────────────────────────────────────
def test_a_bundle_goes_from_hand_to_hand_as_bytes() -> None:
    """Each signer gets a file and hands on a file."""
    bundle = targets_draft()
    for signer in THREE[:2]:
        bundle = Bundle.decode(bundle.encode()).signed(signer)
    assert Bundle.decode(bundle.encode()) == bundle
    assert bundle.signed_by == THREE[0].card.key_ids | THREE[1].card.key_ids
    assert bundle.roster is not None
    assert bundle.roster.register == register()
    assert root_draft().roster is None


def test_copies_signed_apart_are_joined_and_bad_signatures_left_out() -> None:
    """Two registrars may sign on the same day in two towns."""
    one, other = targets_draft().signed(THREE[0]), targets_draft().signed(THREE[1])
    assert one.joined(other).missing == 0
    made = json.loads(other.part.data)
    made["signatures"][0]["sig"] = "00" * 64
    spoilt = replace(other, part=read_listing(TARGETS, compact(made)))
    assert one.joined(spoilt).missing == 1
    assert one.joined(other).joined(spoilt).missing == 0
    with pytest.raises(RosterMixed):
        one.joined(root_draft())


def test_a_stranger_signs_nothing() -> None:
    """Keys that have no part in a bundle are told so, and leave no trace in it."""
    for stranger in (pair("stranger"), FIVE[0], ONLINE):
        with pytest.raises(ForeignKey):
            targets_draft().signed(stranger)
    with pytest.raises(ForeignKey):
        root_draft().signed(THREE[0])


def test_the_next_root_is_signed_by_old_holders_and_new() -> None:
    """The old ones say that the new ones are; the new ones say that they will be."""
    old = read_root(signed_by_all(root_draft(), FIVE).part.data)
    new = tuple(pair(f"new {number}") for number in range(2))
    holders_then = RoleKeys.by_persons(cards((*FIVE[:3], *new)), 4)
    registrars_then = RoleKeys.by_persons(cards(THREE), 2)
    draft = draft_root(holders_then, registrars_then, ONLINE.card, Instant(NOW + 9 * DAY), old)
    assert draft.part.version == 2
    halfway = signed_by_all(Bundle.decode(draft.encode()), FIVE[:4])
    assert halfway.missing == 2
    assert halfway.signed(new[0]).files().keys() == {"2.root.json"}


def test_a_revised_roster_starts_without_signatures() -> None:
    """Nobody's signature is carried over to something they did not see."""
    bundle = targets_draft().signed(THREE[0])
    smaller = register().revoking(identity("sor").public.member_id, Day(9))
    revised = bundle.revised(smaller)
    assert revised.signed_by == frozenset()
    assert revised.roster is not None
    assert revised.roster.register == smaller
    assert revised.part.version == bundle.part.version
    with pytest.raises(WrongShape):
        root_draft().revised(smaller)
    old = read_root(signed_by_all(root_draft(), FIVE).part.data)
    with pytest.raises(WrongShape):
        replace(root_draft(), judge=old).revised(smaller)


def _swap(index: int, value: bytes | str | None) -> bytes:
    fields = unpack(targets_draft().encode())
    assert isinstance(fields, list)
    fields[index] = value
    return pack(fields)


def rubbish() -> bytes:
    """Return a bundle whose targets list rubbish."""
    root = read_root(signed_by_all(root_draft(), FIVE[:4]).part.data)
    file = listing(TARGETS, 1, NOW + DAY, Listed.of(0, b"rubbish"), [])
    return pack(["bundle", 1, "targets", file, root.data, b"rubbish"])


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(lambda: _swap(2, "snapshot"), WrongShape, id="no-offline-role"),
        pytest.param(lambda: _swap(4, None), WrongShape, id="targets-without-root"),
        pytest.param(lambda: _swap(2, "root"), WrongShape, id="root-with-content"),
        pytest.param(lambda: _swap(5, register().encode() + b"x"), RosterMixed, id="other-content"),
        pytest.param(rubbish, RosterMalformed, id="rubbish-content"),
        pytest.param(lambda: _swap(5, b""), RosterMixed, id="no-content"),
        pytest.param(lambda: _swap(3, root_draft().part.data), RosterMixed, id="root-as-targets"),
        pytest.param(lambda: _swap(4, b"{}"), RosterMalformed, id="no-root"),
    ],
)
def test_a_bundle_that_does_not_fit_together_is_refused(
    data: Callable[[], bytes], refusal: type[Refusal]
) -> None:
    """A signer is shown nothing that is not what would be signed."""
    with pytest.raises(refusal):
        Bundle.decode(data())


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_bundle_card_or_holder_file(data: bytes) -> None:
    """Rubbish is refused in one way."""
    for kind in (Bundle, KeyCard, HolderFile):
        with pytest.raises(Malformed):
            kind.decode(data)


# ── The broker's signer ──────────────────────────────────────────────────────────────────────
def test_the_signer_counts_on_and_members_follow_hour_after_hour() -> None:
    """A timestamp an hour, each one newer than the last, each good for 48 hours."""
    signer, files, trusted = OnlineSigner(authority().online), published(), first()
    for hour in range(1, 4):
        now = Instant(NOW + hour * HOUR)
        files |= signer.sign(files, now)
        trusted = trusted.update(files, now)
        assert trusted.fresh_until == now + 48 * HOUR
    assert "4.snapshot.json" in files
    assert trusted.roster.version == 1


def test_the_signer_begins_with_version_1_and_needs_no_former_files() -> None:
    """The first day: roots, targets and register, and nothing of the broker's yet."""
    files = {name: data for name, data in published().items() if "snapshot" not in name}
    del files["timestamp.json"]
    made = OnlineSigner(authority().online).sign(files, NOW)
    assert made.keys() == {"1.snapshot.json", "timestamp.json"}
    start = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    assert start.update(files | made, NOW).fresh(NOW)


def test_keys_that_the_newest_root_does_not_name_sign_nothing() -> None:
    """After new online keys the old ones stop at once."""
    files = published() | {"2.root.json": authority().rotated(NOW, online=pair("n")).roots[1]}
    with pytest.raises(ForeignKey):
        OnlineSigner(authority().online).sign(files, NOW)
    assert OnlineSigner(pair("n")).sign(files, NOW)


def third_root() -> bytes:
    """Return a root after the next."""
    return authority().rotated(NOW).rotated(NOW).roots[2]


def exchanged(other: bytes) -> Files:
    """Return version 2 of the roster with other bytes under its register's name."""
    return second() | {name: other for name in second() if name.endswith("roster.msgpack")}


def register_of_rubbish() -> Files:
    """Return a third version whose register is none, signed by both registrars."""
    listed = Listed.of(0, b"rubbish")
    file = listing(TARGETS, 3, LATER + DAY, listed, registrars())
    return second() | {
        "3.targets.json": file,
        f"{listed.sha256.hex()}.roster.msgpack": b"rubbish",
    }


def less(*gone: str) -> Files:
    """Return version 2 of the roster without some files."""
    return {name: data for name, data in second().items() if not name.endswith(gone)}


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        pytest.param(lambda: less("root.json"), RosterMixed, id="no-root"),
        pytest.param(lambda: less("targets.json"), RosterMixed, id="no-targets"),
        pytest.param(lambda: less("roster.msgpack"), RosterMixed, id="no-register"),
        pytest.param(lambda: exchanged(b"other"), RosterMixed, id="exchanged-register"),
        pytest.param(register_of_rubbish, RosterMalformed, id="rubbish"),
        pytest.param(
            lambda: second() | {"3.targets.json": second()["1.targets.json"]},
            RosterMixed,
            id="misnamed",
        ),
        pytest.param(lambda: third(targets(registrars()[:1])), RosterUnsigned, id="one-registrar"),
        pytest.param(lambda: second() | {"2.root.json": b"{}"}, RosterMalformed, id="bad-root"),
        pytest.param(
            lambda: second() | {"timestamp.json": b"{}"}, RosterMalformed, id="bad-timestamp"
        ),
        pytest.param(lambda: second() | {"3.root.json": third_root()}, RosterMixed, id="gap"),
    ],
)
def test_the_signer_signs_nothing_that_members_would_refuse(
    files: Callable[[], Files], refusal: type[Refusal]
) -> None:
    """The operator learns of a wrong file before the members do."""
    with pytest.raises(refusal):
        OnlineSigner(authority().online).sign(files(), LATER)


def test_the_register_that_was_signed_last_is_found_under_whichever_root() -> None:
    """After a root with new registrars the old list is what they are to sign anew."""
    rotated = authority().rotated(NOW, registrars=(pair("c"), pair("d")))
    found = newest_roster(second() | {"2.root.json": rotated.roots[1]})
    assert found is not None
    assert found.version == 2
    assert newest_roster(less("targets.json")) is None
    with pytest.raises(RosterUnsigned):
        newest_roster(third(targets(registrars()[:1])))


def test_the_newest_files_are_found_by_number_not_by_name() -> None:
    """Version 10 comes after version 9."""
    files = published()
    for number in range(2, 11):
        files = authority().publish(register(), Instant(NOW + number), files)
    assert newest_targets(files, newest_root(files)).version == 10


def test_what_nobody_needs_any_more_is_named_and_the_rest_still_works() -> None:
    """Old snapshots, targets and registers go; roots, and what members read now, stay."""
    files: Files = {}
    for number in range(4):
        smaller = register().renamed(f"test.{number}")
        files = authority().publish(smaller, Instant(NOW + number), files)
    old = superseded(files)
    assert {"1.snapshot.json", "2.snapshot.json", "1.targets.json", "2.targets.json"} < old
    assert len(old) == 6
    kept = {name: data for name, data in files.items() if name not in old}
    start = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    assert start.update(kept, NOW).roster.version == 4
    assert superseded(kept) == frozenset()


# ── A holder's file ──────────────────────────────────────────────────────────────────────────
def test_a_holder_s_file_opens_with_its_passphrase_only() -> None:
    """The two keys come back as they were, and to nobody else."""
    file = HolderFile.decode(HolderFile.seal(FIVE[0], PASSPHRASE, CHEAP).encode())
    assert file.open(PASSPHRASE).seed == FIVE[0].seed
    assert FIVE[0].seed not in file.encode()
    assert file.card == FIVE[0].card
    with pytest.raises(WrongPassphrase):
        file.open(PASSPHRASE + " ")
    assert "seed" not in repr(FIVE[0])


def test_a_passphrase_is_neither_short_nor_endless() -> None:
    """Twelve characters at least."""
    with pytest.raises(WeakPassphrase):
        HolderFile.seal(FIVE[0], "elleve tegn", CHEAP)
    with pytest.raises(OverLong):
        HolderFile.seal(FIVE[0], "x" * 1_025, CHEAP)


def test_too_little_memory_is_said_in_words() -> None:
    """A machine that lacks the memory answers with a refusal instead of stopping."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    used = int(pages) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20), hard))
    try:
        with pytest.raises(NoMemory):
            HolderFile.seal(FIVE[0], PASSPHRASE, Cost(2, 512 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.parametrize("change", ["card", "salt", "sealed", "cost", "shortened"])
def test_a_tampered_holder_s_file_does_not_open(change: str) -> None:
    """Nobody can put another name on a file of keys."""
    file = HolderFile.seal(FIVE[0], PASSPHRASE, CHEAP)
    tampered = {
        "card": replace(file, card=FIVE[1].card),
        "salt": replace(file, salt=b"\0" * 16),
        "sealed": replace(file, sealed=file.sealed[:-1] + b"\0"),
        "cost": replace(file, cost=Cost(3, 19 << 20)),
        "shortened": replace(file, sealed=file.sealed[:8]),
    }[change]
    with pytest.raises(WrongPassphrase):
        tampered.open(PASSPHRASE)


def test_a_file_that_holds_other_keys_than_it_says_is_refused() -> None:
    """Whoever sealed it knew the passphrase, and still the keys are not those on the label."""
    mislabelled = replace(FIVE[0], card=FIVE[1].card)
    file = HolderFile.seal(mislabelled, PASSPHRASE, CHEAP)
    with pytest.raises(Damaged):
        file.open(PASSPHRASE)


@pytest.mark.parametrize(
    ("passes", "memory"), [(1, 19 << 20), (2, 1 << 10), (2, (1 << 32) - 1), (99, 19 << 20)]
)
def test_a_file_that_asks_for_another_machine_is_not_tried(passes: int, memory: int) -> None:
    """A tampered file cannot make the machine run out of memory, nor make guessing cheap."""
    fields = unpack(HolderFile.seal(FIVE[0], PASSPHRASE, CHEAP).encode())
    assert isinstance(fields, list)
    fields[3:5] = [passes, memory]
    with pytest.raises(WrongShape):
        HolderFile.decode(pack(fields))


def test_a_card_names_its_two_keys() -> None:
    """What a holder hands over to be named in a root."""
    assert KeyCard.decode(FIVE[0].card.encode()) == FIVE[0].card
    assert len(FIVE[0].card.card_id) == 32
    assert FIVE[0].card.card_id != FIVE[1].card.card_id
    with pytest.raises(WrongShape):
        KeyPair.from_seed(b"short")
    assert KeyPair.generate().card != KeyPair.generate().card
