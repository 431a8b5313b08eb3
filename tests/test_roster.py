"""The roster says who is a member; trust in it only moves forward, and is stored and restored."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import TOKEN_CLASSES, CellClass, MemberId, Role
from keys.authority import OnlineSigner
from keys.calendar import Day, Instant, Week
from keys.chain import Want
from keys.enrolment import EnrolmentRequest
from keys.errors import (
    AlreadyThere,
    BadSignature,
    Malformed,
    NotYet,
    RevokedMember,
    RosterMalformed,
    RosterMixed,
    RosterPin,
    RosterUnsigned,
    UnknownMember,
    WrongRole,
    WrongShape,
)
from keys.identity import Ed25519Public
from keys.issuers import Issuers, decode_issuers, encode_issuers
from keys.member import Member, Revoked
from keys.roster import CheckpointKey, Directory, Register, Roster, Schedule, TrustedRoster
from keys.token import IssuerPublic
from keys.wire import Value, pack, unpack
from tests.rosters import (
    DAY,
    HOUR,
    INSTANCE,
    NOW,
    authority,
    directory,
    first,
    identity,
    pair,
    published,
    register,
    request,
    tampered,
)

NOTE = TOKEN_CLASSES[0]
LINES = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S")), min_size=3, max_size=40
)
DIRECTORIES = st.builds(Directory, LINES, LINES, LINES, LINES, LINES)
SLOTS = st.sampled_from([1, 60, 300, 900, 14_400, 86_400])
QUOTAS = st.integers(86_400, 1_000_000)


def member_id(name: str) -> MemberId:
    """Return a test member's id."""
    return identity(name).public.member_id


def issuer(number: int) -> IssuerPublic:
    """Return a public key of the right form; nobody holds its secret."""
    return IssuerPublic.of_modulus((1 << 2047) + 2 * number + 1)


def schedules() -> st.SearchStrategy[Schedule]:
    """Return every kind of schedule."""
    classes = (CellClass.S, CellClass.M, CellClass.XL64, CellClass.XL256)
    quotas = st.tuples(QUOTAS, QUOTAS, QUOTAS, QUOTAS)
    return st.builds(
        Schedule, SLOTS, SLOTS, SLOTS, quotas.map(lambda q: dict(zip(classes, q, strict=True)))
    )


def issuers(spread: st.SearchStrategy[int]) -> st.SearchStrategy[Issuers]:
    """Return every kind of list of issuer keys, in its order."""
    places = st.tuples(st.sampled_from(TOKEN_CLASSES), spread.map(Week))
    found = st.sets(places, max_size=6)
    return found.map(
        lambda where: {
            at: issuer(number)
            for number, at in enumerate(sorted(where, key=lambda at: (str(at[0]), at[1])))
        }
    )


def signed_as_3(**changes: object) -> Roster:
    """Return the test register as version 3 of the roster."""
    return Roster.decode(replace(register(), **changes).encode(), 3)  # type: ignore[arg-type] # free fields


# ── The register ─────────────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=40)
@given(DIRECTORIES, schedules(), issuers(st.integers(0, 5_000)), st.integers(0, 1_439))
def test_a_register_is_read_as_it_was_written(
    entry: Directory, schedule: Schedule, keys: Issuers, minute: int
) -> None:
    """Whatever the registrars write, the members read."""
    police = Member(identity("ost").public, Role.POLICE, None, entry, minute)
    gone = Revoked(MemberId(b"\xff" * 32), Day(7))
    key = CheckpointKey(INSTANCE, b"\2" * 32)
    made = Register(INSTANCE, key, schedule, (police,), (gone,), keys)
    again = Register.decode(made.encode())
    assert again == made
    assert again.encode() == made.encode()


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_register_or_one_refusal(data: bytes) -> None:
    """A file that is no register is refused in one way and opens nothing else."""
    with pytest.raises(RosterMalformed):
        Roster.decode(data, 1)
    with pytest.raises(Malformed):
        decode_issuers(data)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_flipped_byte_in_a_register_gives_a_register_or_one_refusal(data: st.DataObject) -> None:
    """Damage is found or harmless; it never stops the program."""
    content = bytearray(register().encode())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        Roster.decode(bytes(content), 1)
    except RosterMalformed:
        return


def _extra(fields: list[Value]) -> None:
    fields.append("something new")


def _newer(fields: list[Value]) -> None:
    fields[1] = 2


def _unordered(fields: list[Value]) -> None:
    members = fields[5]
    assert isinstance(members, list)
    members.reverse()


def _twice(fields: list[Value]) -> None:
    members = fields[5]
    assert isinstance(members, list)
    members.append(members[-1])


def _space_in_key_name(fields: list[Value]) -> None:
    fields[2], fields[3] = "log of folge", ["checkpoint_key", 1, "log of folge", b"\1" * 32]


def _another_key_name(fields: list[Value]) -> None:
    fields[3] = ["checkpoint_key", 1, "log.folge", b"\1" * 32]


def _no_name_at_all(fields: list[Value]) -> None:
    fields[2], fields[3] = "", ["checkpoint_key", 1, "", b"\1" * 32]


def _plus_in_name(fields: list[Value]) -> None:
    fields[2], fields[3] = "a+b", ["checkpoint_key", 1, "a+b", b"\1" * 32]


def _name_that_clears_the_screen(fields: list[Value]) -> None:
    member = unpack(pack(fields[5]))
    assert isinstance(member, list)
    first_one = member[0]
    assert isinstance(first_one, list)
    first_one[5] = ["directory", 1, "\x1b[2Jnord", "", "", "", "22 00 00 00"]
    fields[5] = member


def _slot_of_seven(fields: list[Value]) -> None:
    fields[4] = ["schedule", 1, 7, 900, 14_400, [1, 1, 1, 1]]


def _slot_of_zero(fields: list[Value]) -> None:
    fields[4] = ["schedule", 1, 0, 900, 14_400, [1, 1, 1, 1]]


def _three_quotas(fields: list[Value]) -> None:
    fields[4] = ["schedule", 1, 300, 900, 14_400, [1, 1, 1]]


def _issuer_twice(fields: list[Value]) -> None:
    line: list[Value] = ["issuer", 1, "cc-note", 5, issuer(1).der]
    fields[7] = [line, line]


def _one_key_for_two_weeks(fields: list[Value]) -> None:
    fields[7] = [["issuer", 1, "cc-note", week, issuer(1).der] for week in (5, 6)]


def _issuer_of_no_class(fields: list[Value]) -> None:
    fields[7] = [["issuer", 1, "cc-xxl", 5, issuer(1).der]]


def _issuer_of_no_form(fields: list[Value]) -> None:
    fields[7] = [["issuer", 1, "cc-note", 5, b"\0" * 342]]


def _member_also_revoked(fields: list[Value]) -> None:
    fields[6] = [["revoked", 1, member_id("nord"), 9]]


def _clear_the_screen(fields: list[Value]) -> None:
    fields[2], fields[3] = "a\x1b[2Jb", ["checkpoint_key", 1, "a\x1b[2Jb", b"\1" * 32]


@pytest.mark.parametrize(
    "change",
    [
        _extra,
        _newer,
        _unordered,
        _twice,
        _space_in_key_name,
        _another_key_name,
        _no_name_at_all,
        _plus_in_name,
        _slot_of_seven,
        _slot_of_zero,
        _three_quotas,
        _issuer_twice,
        _one_key_for_two_weeks,
        _issuer_of_no_class,
        _issuer_of_no_form,
        _member_also_revoked,
        _clear_the_screen,
        _name_that_clears_the_screen,
    ],
)
def test_a_register_that_says_something_else_is_refused(
    change: Callable[[list[Value]], None],
) -> None:
    """Unknown fields, doubles, disorder and impossible numbers are no register."""
    fields = unpack(register().encode())
    assert isinstance(fields, list)
    change(fields)
    with pytest.raises(RosterMalformed):
        Roster.decode(pack(fields), 1)


def test_a_home_district_is_a_police_member_or_a_revoked_one() -> None:
    """A centre cannot be sent to write to another centre, or to nobody."""
    nord = register().member(member_id("nord"))
    others = tuple(one for one in register().members if one is not nord)
    for home in (member_id("sor"), MemberId(b"\0" * 32)):
        lost = sorted((*others, replace(nord, home_district=home)), key=lambda one: one.member_id)
        with pytest.raises(WrongShape):
            replace(register(), members=tuple(lost))


@pytest.mark.parametrize(("role", "home"), [(Role.CENTRE, None), (Role.POLICE, b"\1" * 32)])
def test_centres_have_a_home_district_and_districts_have_none(
    role: Role, home: MemberId | None
) -> None:
    """A home district is chosen for every centre; the police are their own."""
    with pytest.raises(WrongShape):
        Member(identity("ny").public, role, home, directory("ny"), 0)


def test_issuer_keys_out_of_order_cannot_be_in_a_register() -> None:
    """The same register always has the same bytes."""
    late, early = (NOTE, Week(9)), (NOTE, Week(8))
    with pytest.raises(WrongShape):
        replace(register(), issuers={late: issuer(1), early: issuer(2)})
    with pytest.raises(WrongShape):
        replace(register(), issuers={early: issuer(1), late: issuer(1)})


# ── What registrars change ───────────────────────────────────────────────────────────────────
def test_a_member_is_enrolled_once() -> None:
    """Nobody stands twice in the list, and nobody who was revoked comes back with old keys."""
    again = request("nord", Role.CENTRE, "ost").member()
    with pytest.raises(AlreadyThere):
        register().enrolled(again)
    without = register().revoking(member_id("nord"), Day(9))
    with pytest.raises(RevokedMember):
        without.enrolled(again)


def test_a_revoked_district_stays_home_until_its_centres_are_moved() -> None:
    """A stolen machine is revoked at once; choosing a new district may take a day."""
    revoked = register().revoking(member_id("ost"), Day(9))
    assert revoked.member(member_id("nord")).home_district == member_id("ost")
    moved = revoked.rehomed(member_id("nord"), member_id("vest"))
    assert moved.member(member_id("nord")).home_district == member_id("vest")
    assert Register.decode(moved.encode()) == moved


def test_a_member_s_line_is_changed_but_never_its_role() -> None:
    """A new telephone number needs no new keys; a centre never becomes a district."""
    nord = register().member(member_id("nord"))
    changed = replace(nord, directory=replace(nord.directory, call_back_phone="99 00 00 00"))
    assert register().amended(changed).member(member_id("nord")) == changed
    with pytest.raises(WrongRole):
        register().amended(request("nord", Role.POLICE).member())


def test_only_members_are_revoked_and_moved() -> None:
    """A slip in a member's number changes nothing."""
    with pytest.raises(UnknownMember):
        register().revoking(MemberId(b"\0" * 32), Day(9))
    with pytest.raises(WrongRole):
        register().rehomed(member_id("nord"), member_id("sor"))


def test_issuer_keys_are_added_never_swapped_and_old_ones_go() -> None:
    """A key once published for a week stays that week's key."""
    place, late = (NOTE, Week(8)), (NOTE, Week(9))
    first = register().with_issuers({place: issuer(1)}, Week(8))
    both = first.with_issuers({late: issuer(2), place: issuer(1)}, Week(8))
    assert list(both.issuers) == [place, late]
    assert list(both.with_issuers({}, Week(9)).issuers) == [late]
    with pytest.raises(AlreadyThere):
        both.with_issuers({place: issuer(3)}, Week(8))


@settings(deadline=None, max_examples=20)
@given(issuers(st.integers(0, 5_000)))
def test_a_sheet_of_issuer_keys_is_read_as_it_was_written(keys: Issuers) -> None:
    """What the broker's issuer hands over is what the registrars see."""
    assert decode_issuers(encode_issuers(keys)) == keys


# ── Enrolment requests ───────────────────────────────────────────────────────────────────────
@settings(deadline=None, max_examples=20)
@given(DIRECTORIES, st.sampled_from(Role))
def test_a_request_is_read_as_it_was_written(entry: Directory, role: Role) -> None:
    """What a centre sends is what the registrar sees."""
    home = member_id("ost") if role is Role.CENTRE else None
    made = EnrolmentRequest.make(identity("ny"), INSTANCE, role, entry, home)
    assert EnrolmentRequest.decode(made.encode()) == made
    assert made.member() == Member(
        identity("ny").public, role, home, entry, made.member().token_minute
    )


def test_the_registrars_choice_of_district_goes_before_the_request() -> None:
    """A centre may not know its district's number yet; the registrars do."""
    assert request("nord", Role.CENTRE).member(member_id("ost")).home_district == member_id("ost")
    with pytest.raises(WrongShape):
        request("nord", Role.CENTRE).member()
    with pytest.raises(WrongShape):
        request("ost", Role.POLICE, "vest")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_request_with_a_flipped_byte_is_refused(data: st.DataObject) -> None:
    """Nobody changes a telephone number on the way."""
    sent = bytearray(request("nord", Role.CENTRE, "ost").encode())
    at = data.draw(st.integers(0, len(sent) - 1))
    sent[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Malformed, BadSignature)):
        EnrolmentRequest.decode(bytes(sent))


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_request(data: bytes) -> None:
    """Rubbish in the registrars' inbox is refused in one way."""
    with pytest.raises(Malformed):
        EnrolmentRequest.decode(data)


def test_an_endless_request_is_not_read() -> None:
    """Length is looked at before anything else."""
    with pytest.raises(WrongShape):
        EnrolmentRequest.decode(b"\0" * 8_193)


# ── Looking up ───────────────────────────────────────────────────────────────────────────────
def test_a_member_is_found_a_stranger_and_a_revoked_one_are_refused() -> None:
    """Three answers: who it is, never heard of, no more."""
    roster = Roster.decode(register().revoking(member_id("sor"), Day(9)).encode(), 3)
    assert roster.member(member_id("nord")).name == "nord"
    with pytest.raises(RevokedMember):
        roster.member(member_id("sor"))
    with pytest.raises(UnknownMember):
        roster.member(MemberId(b"\0" * 32))
    assert [one.member_id for one in roster.register.revoked] == [member_id("sor")]


def test_the_roster_says_what_the_register_says() -> None:
    """Version and hash are the signed file's; the rest is the register's."""
    content = register().encode()
    roster = signed_as_3()
    assert (roster.version, roster.hash) == (3, sha256(content).digest())
    assert roster.instance == INSTANCE
    assert roster.checkpoint == register().checkpoint
    assert {one.name for one in roster.of_role(Role.POLICE)} == {"ost", "vest"}
    assert len(roster.members) == 4


def test_issuer_keys_are_looked_up_by_class_and_week() -> None:
    """A week without a key has no tokens yet."""
    roster = signed_as_3(issuers={(NOTE, Week(8)): issuer(1)})
    assert roster.issuer_key(NOTE, Week(8)) == issuer(1)
    with pytest.raises(NotYet):
        roster.issuer_key(NOTE, Week(9))


@pytest.mark.parametrize(
    ("slot", "quota"), [(300, 303), (900, 101), (86_400, 2), (43_200, 3), (60, 1_512)]
)
def test_note_tokens_are_the_days_slots_and_one_in_twenty_more(slot: int, quota: int) -> None:
    """Known answers: a five-minute slot makes 288 a day, and 15 to spare."""
    roster = signed_as_3(schedule=Schedule(note_slot_seconds=slot))
    assert roster.quota(NOTE) == quota
    for token_class in TOKEN_CLASSES:
        expected = quota if token_class.cell is CellClass.NOTE else None
        blob = roster.schedule.blob_quota.get(token_class.cell)
        assert roster.quota(token_class) == (expected or blob)


def test_a_schedule_names_every_blob_class() -> None:
    """No class is without a number."""
    with pytest.raises(WrongShape):
        Schedule(blob_quota={CellClass.S: 1})


@pytest.mark.parametrize(
    ("slots", "s_tokens", "m_tokens", "why"),
    [
        ((300, 900, 14_400), 96, 6, ""),
        ((300, 900, 14_400), 95, 6, "tokens"),
        ((300, 900, 14_400), 96, 5, "tokens"),
        ((3_600, 900, 14_400), 24, 6, ""),  # a member works once in a note's slot
        ((300, 0, 0), 0, 0, ""),
        ((300, 0, 86_400), 0, 1, ""),
        ((0, 900, 14_400), 96, 6, "slots"),
        ((300, 7, 14_400), 96, 6, "slots"),
        ((300, -900, 14_400), 96, 6, "slots"),
    ],
)
def test_a_lane_has_a_token_for_every_slot(
    slots: tuple[int, int, int], s_tokens: int, m_tokens: int, why: str
) -> None:
    """A lane that ran out in the evening would tell of it; a slot of 0 is no lane, but of notes."""
    quota = dict(Schedule().blob_quota) | {CellClass.S: s_tokens, CellClass.M: m_tokens}
    if not why:
        made = Schedule(*slots, quota)
        assert made.lane(CellClass.XL64) == made.slots(CellClass.XL64) == 0
    else:
        with pytest.raises(WrongShape) as refused:
            Schedule(*slots, quota)
        field = {"tokens": "schedule.blob_quota", "slots": "schedule.slot_seconds"}[why]
        assert refused.value.facts["field"] == field


def test_gossip_tells_newer_older_and_forked() -> None:
    """The first honest note tells a frozen member; the same version in two shapes is a fraud."""
    roster = signed_as_3()
    assert roster.is_behind(4, b"\0" * 32)
    assert not roster.is_behind(2, b"\0" * 32)
    assert not roster.is_behind(3, roster.hash)
    with pytest.raises(RosterMixed):
        roster.is_behind(3, b"\0" * 32)


# ── Trust ────────────────────────────────────────────────────────────────────────────────────
def fetched(trusted: TrustedRoster, files: dict[str, bytes], now: int) -> list[Want]:
    """Ask for one file at a time, as a client does, and return what was asked for."""
    steps, asked = trusted.steps(Instant(now)), list[Want]()
    with suppress(StopIteration):
        asked.append(next(steps))
        while True:
            asked.append(steps.send(files.get(asked[-1].name)))
    return asked


def test_trust_begins_with_the_pinned_root_and_no_roster() -> None:
    """Before the first update there is nobody to send to."""
    start = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    assert (start.root_version, start.fresh_until) == (1, 0)
    assert not start.fresh(NOW)
    with pytest.raises(NotYet):
        _ = start.roster


def test_another_root_than_the_printed_one_is_refused() -> None:
    """The letter, not the network, says where trust begins."""
    with pytest.raises(RosterPin):
        TrustedRoster.bootstrap(authority().roots[0], b"\0" * 32)
    with pytest.raises(RosterPin):
        TrustedRoster.decode(first().encode(), b"\0" * 32)


def test_a_pinned_root_that_its_holders_did_not_sign_is_refused() -> None:
    """Even a printed hash does not make a root of a draft."""
    draft = tampered(authority().roots[0], lambda _: None, [])
    with pytest.raises(RosterUnsigned):
        TrustedRoster.bootstrap(draft, sha256(draft).digest())


def test_the_client_is_told_each_file_to_fetch() -> None:
    """One name at a time, each with the most bytes to read of it."""
    files = published()
    start = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    asked = fetched(start, files, NOW)
    content = next(name for name in files if name.endswith("roster.msgpack"))
    names = ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", content]
    assert [want.name for want in asked] == names
    assert [want.most for want in asked[2:]] == [len(files[want.name]) for want in asked[2:]]


def test_what_has_not_changed_is_not_fetched_again() -> None:
    """The hourly timestamp costs two small files, not the whole roster."""
    files = published()
    later = authority().publish(register(), Instant(NOW + HOUR), files)
    hourly = {**later, **_signed_anew(files, NOW + HOUR)}
    asked = fetched(first(), hourly, NOW + HOUR)
    assert [want.name for want in asked] == ["2.root.json", "timestamp.json", "2.snapshot.json"]
    asked = fetched(first(), files, NOW)
    assert [want.name for want in asked] == ["2.root.json", "timestamp.json"]
    asked = fetched(first(), later, NOW + HOUR)
    assert [want.name for want in asked][-1] == "2.targets.json"


def _signed_anew(files: dict[str, bytes], now: int) -> dict[str, bytes]:
    return OnlineSigner(authority().online).sign(files, Instant(now))


def test_a_roster_is_fresh_for_48_hours_after_its_timestamp() -> None:
    """Then sending stops; receiving, and looking members up, goes on."""
    trusted = first()
    assert trusted.fresh_until == NOW + 48 * HOUR
    assert trusted.fresh(Instant(NOW + 48 * HOUR - 1))
    assert not trusted.fresh(Instant(NOW + 48 * HOUR))
    assert trusted.roster.member(member_id("nord")).name == "nord"


def test_freshness_ends_with_whichever_file_expires_first() -> None:
    """A root on its last day keeps nobody sending for two more."""
    last = authority().rotated(Instant(NOW - 365 * DAY + HOUR))
    trusted = first().update(last.publish(register(), NOW, published()), NOW)
    assert trusted.fresh_until == NOW + HOUR


def test_a_newer_roster_is_taken_and_the_old_state_is_as_it_was() -> None:
    """A state is a value: whoever holds the old one still holds it whole."""
    trusted = first()
    files = published()
    smaller = register().revoking(member_id("sor"), Day(9))
    newer = trusted.update(
        authority().publish(smaller, Instant(NOW + DAY), files), Instant(NOW + DAY)
    )
    assert (newer.roster.version, trusted.roster.version) == (2, 1)
    assert newer.fresh_until == NOW + 3 * DAY
    with pytest.raises(RevokedMember):
        newer.roster.member(member_id("sor"))
    assert trusted.roster.member(member_id("sor")).name == "sor"


def test_the_same_timestamp_again_changes_nothing() -> None:
    """Asking twice in an hour is harmless."""
    trusted = first()
    same = trusted.update(published(), Instant(NOW + 1))
    assert same.roster.version == 1


def test_a_broker_restored_under_a_new_name_is_followed_when_registrars_signed_it() -> None:
    """After a restore the broker has a new name; the members read it in the signed roster."""
    files = published()
    renamed = register().renamed("second.folge")
    later = authority().publish(renamed, Instant(NOW + DAY), files)
    assert first().update(later, Instant(NOW + DAY)).roster.instance == "second.folge"


def test_new_root_holders_are_followed_one_root_after_the_other() -> None:
    """Every holder may change over the years, as long as each root signs the next."""
    one = authority()
    two = one.rotated(NOW, holders=(pair("a"), pair("b")))
    three = two.rotated(NOW, registrars=(pair("c"), pair("d")), online=pair("e"))
    trusted = first().update(three.publish(register(), NOW), NOW)
    assert trusted.root_version == 3
    assert TrustedRoster.decode(trusted.encode(), one.pin) == trusted


def test_roots_are_followed_even_when_the_rest_is_refused() -> None:
    """Once a root has taken a stolen key away, nothing by that key counts, and sending waits."""
    files = authority().rotated(NOW, online=pair("new")).publish(register(), NOW)
    trusted = first()
    grown = trusted.with_roots(files)
    assert (grown.root_version, trusted.root_version) == (2, 1)
    assert not grown.fresh(NOW)
    assert grown.roster == trusted.roster
    restored = TrustedRoster.decode(grown.encode(), authority().pin)
    assert restored == grown
    assert restored.update(files, NOW).fresh(NOW)


# ── Storage ──────────────────────────────────────────────────────────────────────────────────
def test_a_stored_state_is_restored_whatever_the_time() -> None:
    """A machine that was off for a month still receives what had come before."""
    trusted = first()
    assert TrustedRoster.decode(trusted.encode(), authority().pin) == trusted
    start = TrustedRoster.bootstrap(authority().roots[0], authority().pin)
    assert TrustedRoster.decode(start.encode(), authority().pin) == start


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_stored_state_with_a_flipped_byte_is_refused(data: st.DataObject) -> None:
    """Whoever can write to the client's store still cannot sign a member in."""
    stored = bytearray(first().encode())
    at = data.draw(st.integers(0, len(stored) - 1))
    stored[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((RosterMalformed, RosterMixed, RosterPin, RosterUnsigned)):
        TrustedRoster.decode(bytes(stored), authority().pin)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_no_stored_state(data: bytes) -> None:
    """Rubbish is one refusal."""
    with pytest.raises(RosterMalformed):
        TrustedRoster.decode(data, authority().pin)


def test_a_stored_proof_names_a_root_of_its_chain() -> None:
    """A proof under a root that is not there proves nothing."""
    fields = unpack(first().encode(), limit=1 << 24)
    assert isinstance(fields, list)
    proof = fields[3]
    assert isinstance(proof, list)
    proof[0] = 2
    with pytest.raises(RosterMalformed):
        TrustedRoster.decode(pack(fields), authority().pin)


def test_five_thousand_members_fit() -> None:
    """The limits hold the largest network the design speaks of."""
    centre = register().member(member_id("ost"))
    keys = (sha256(number.to_bytes(4, "big")).digest() for number in range(5_000))
    many = [
        replace(centre, identity=replace(centre.identity, ed25519=Ed25519Public(key)))
        for key in keys
    ]
    members = tuple(sorted(many, key=lambda one: one.member_id))
    big = Register(INSTANCE, register().checkpoint, members=members)
    roster = Roster.decode(big.encode(), 1)
    assert roster.member(members[-1].member_id) == members[-1]
