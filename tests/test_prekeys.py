"""Promises about one-time prekeys: signed as one list, each for one sender, each for one note."""

from dataclasses import replace
from functools import cache
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import Board, MemberId
from keys.calendar import Day, Week, first_day, week_of
from keys.checkpoint import Frontier, hash_leaf
from keys.errors import (
    BadSignature,
    BlobListMismatch,
    Damaged,
    Expired,
    KeyMismatch,
    Malformed,
    Refusal,
    Replayed,
    RevokedMember,
    Truncated,
    UnknownMember,
    UnknownVersion,
    WrongBoard,
    WrongRole,
    WrongShape,
)
from keys.hpke import PUBLIC_BYTES, HpkePublic
from keys.identity import Purpose
from keys.note import OuterLayer
from keys.opening import Opener, open_inner, open_outer, used_up
from keys.prekeys import PER_MEMBER, PrekeySecret, generate, issue, read_keys
from keys.prekeysheet import MOST_SHEETS, SHEET_SLOTS, SLOT_KEYS_BYTES, Sheet, last_day, sign
from keys.sealing import seal
from keys.wire import Packable, lp, pack, unlp
from tests.notes import (
    ALL,
    BATCHES,
    EVA,
    HONEST,
    IDA,
    INQUIRY,
    INQUIRY_NOTE,
    KARI,
    OLE,
    PER,
    TODAY,
    Member,
    Note,
    opener,
)

WEEK: Final = week_of(TODAY)
SLOT_BYTES: Final = 32 + SLOT_KEYS_BYTES


def others(count: int) -> list[MemberId]:
    """Return the ids of so many invented members, in their order."""
    return [MemberId(number.to_bytes(2, "big") * 16) for number in range(1, count + 1)]


@cache
def secrets_for(count: int) -> tuple[PrekeySecret, ...]:
    """Return the secrets of a list for so many members."""
    return generate(others(count), WEEK)


@cache
def listed(count: int) -> tuple[Sheet, ...]:
    """Return Ida's list for so many members."""
    return issue(IDA.secret, WEEK, secrets_for(count))


def keys_for(sheet: Sheet, member_id: MemberId) -> tuple[HpkePublic, ...] | None:
    """Return the keys by which a member may seal; None when it is not on this sheet."""
    slot = sheet.slot(member_id)
    return None if slot is None else read_keys(slot)


# ── A list ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("members", "sheets"), [(1, 1), (12, 1), (13, 2), (24, 2), (25, 3), (56, 5)]
)
def test_every_member_finds_its_own_four_keys(members: int, sheets: int) -> None:
    """Each sheet is checked by itself, and the keys on it are those whose secrets were kept."""
    made = listed(members)
    assert len(made) == sheets
    assert len({sheet.head for sheet in made}) == 1
    found: dict[MemberId, list[bytes]] = {}
    for sheet in made:
        read = Sheet.decode(sheet.encode())
        assert read == sheet
        read.head.check(IDA.identity)
        assert (read.head.member_id, read.head.week) == (IDA.member_id, WEEK)
        for member_id in others(members):
            keys = keys_for(read, member_id)
            if keys is not None:
                assert member_id not in found
                found[member_id] = [key.raw for key in keys]
    for member_id in others(members):
        kept = [one.hpke.public.raw for one in secrets_for(members) if one.sender == member_id]
        assert found[member_id] == kept
    assert keys_for(made[0], IDA.member_id) is None


def test_a_list_names_everybody_in_the_same_way() -> None:
    """Four keys each, in the order of ids: a list says who is a member, and nothing else."""
    slots = b"".join(sheet.slots for sheet in listed(13))
    named = [slots[at : at + 32] for at in range(0, len(slots), SLOT_BYTES)]
    assert named == sorted(others(13))
    assert len(slots) == 13 * (32 + PER_MEMBER * PUBLIC_BYTES)
    shuffled = secrets_for(13)[::-1]
    again = issue(IDA.secret, WEEK, shuffled)
    assert [len(sheet.slots) for sheet in again] == [len(sheet.slots) for sheet in listed(13)]


def test_a_sheet_is_written_as_the_rules_say() -> None:
    """A list put together by hand, byte for byte as written down, is read."""
    slots = [
        member_id + b"".join(bytes([at, key]) * 608 for key in range(4))
        for at, member_id in enumerate(others(13))
    ]
    sheets = [b"".join(slots[:12]), slots[12]]
    hashes = [hash_leaf(sheet) for sheet in sheets]
    root = Frontier().append(hashes[0]).append(hashes[1]).root
    body = pack(["prekeys", 1, IDA.member_id, WEEK, root])
    signature = IDA.secret.sign(Purpose.PREKEYS, body)
    for slot in sheets:
        sheet = Sheet.decode(lp(body, signature, b"".join(hashes), slot))
        sheet.head.check(IDA.identity)
        assert sheet.slot(MemberId(slot[:32])) == slot[32:SLOT_BYTES]
        assert len(sheet.encode()) <= 65_536


def test_a_list_counts_in_its_week_and_the_next() -> None:
    """Whoever holds last week's list only is not left without keys, and no key lives longer."""
    secret = PrekeySecret(EVA.member_id, WEEK, bytes(32))
    monday = first_day(WEEK)
    counted = [day for day in range(monday - 21, monday + 28) if secret.opens(Day(day))]
    assert counted == list(range(monday, monday + 14))
    assert last_day(WEEK) == counted[-1]


# ── What is never signed ─────────────────────────────────────────────────────────────────────
ONE: Final = secrets_for(1)


@pytest.mark.parametrize(
    "secrets",
    [
        pytest.param((), id="nobody"),
        pytest.param(ONE[:3], id="three for a member"),
        pytest.param((*ONE, *generate(others(1), WEEK)[:1]), id="five for a member"),
        pytest.param((*ONE[:3], ONE[0]), id="one twice for a member"),
        pytest.param(
            (*ONE, *(replace(one, sender=OLE.member_id) for one in ONE)), id="one for two members"
        ),
        pytest.param((*ONE[:3], replace(ONE[3], week=Week(WEEK + 1))), id="of two weeks"),
        pytest.param(generate(others(1), Week(WEEK + 1)), id="of another week"),
        pytest.param(generate([IDA.member_id], WEEK), id="for oneself"),
        pytest.param(generate([*others(1), *others(1)], WEEK), id="a member twice"),
    ],
)
def test_an_incomplete_list_is_never_signed(secrets: tuple[PrekeySecret, ...]) -> None:
    """A member signs four different keys for each of the others, or nothing."""
    with pytest.raises(WrongShape):
        issue(IDA.secret, WEEK, secrets)


@pytest.mark.parametrize(
    "slots",
    [
        pytest.param([], id="none"),
        pytest.param([others(1)[0] + bytes(SLOT_KEYS_BYTES - 1)], id="a short one"),
        pytest.param([one + bytes(SLOT_KEYS_BYTES) for one in others(2)[::-1]], id="out of order"),
        pytest.param([IDA.member_id + bytes(SLOT_KEYS_BYTES)], id="the signer's own"),
        pytest.param([b""] * (SHEET_SLOTS * MOST_SHEETS + 1), id="too many"),
    ],
)
def test_slots_of_another_form_are_never_signed(slots: list[bytes]) -> None:
    """Nothing is signed that a reader would refuse."""
    with pytest.raises(WrongShape):
        sign(IDA.secret, WEEK, slots)


@pytest.mark.parametrize(
    ("sender", "seed"), [(b"e" * 31, bytes(32)), (b"e" * 32, bytes(31)), (b"e" * 32, b"")]
)
def test_a_stored_secret_of_another_form_is_refused(sender: bytes, seed: bytes) -> None:
    """A row that is damaged is found where it is read, and not in the middle of a note."""
    with pytest.raises(WrongShape):
        PrekeySecret(MemberId(sender), WEEK, seed)


def test_printing_a_secret_shows_nothing_of_it() -> None:
    """Neither a secret nor whom it is for reaches a log by being printed."""
    secret = PrekeySecret(EVA.member_id, WEEK, b"a seed of thirty-two bytes  long")
    assert secret.hpke.seed == secret.seed
    assert "a seed" not in repr(secret)
    assert repr(EVA.member_id)[2:-1] not in repr(secret)


# ── What is never read ───────────────────────────────────────────────────────────────────────
SHEET: Final = listed(1)[0]
LONGER, TAIL = listed(13)
RAW: Final = [key.raw for key in keys_for(SHEET, others(1)[0]) or ()]


def entry(
    *slots: bytes, root: bytes | None = None, hashes: list[bytes] | None = None, version: int = 1
) -> bytes:
    """Return a sheet of any slots under Ida's good signature."""
    data = b"".join(slots)
    found = [hash_leaf(data)] if hashes is None else hashes
    tree = Frontier()
    for one in found:
        tree = tree.append(one)
    return signed(found, data, IDA.member_id, WEEK, tree.root if root is None else root, at=version)


def signed(hashes: list[bytes], slots: bytes, *fields: Packable, at: int = 1) -> bytes:
    """Return any fields at all under Ida's good signature."""
    body = pack(["prekeys", at, *fields])
    return lp(body, IDA.secret.sign(Purpose.PREKEYS, body), b"".join(hashes), slots)


def under(signature: bytes) -> bytes:
    """Return Ida's sheet under another signature."""
    return lp(SHEET.head.body, signature, HASH, SHEET.slots)


HASH: Final = hash_leaf(SHEET.slots)
ROOT: Final = SHEET.head.root
MANY: Final = [member_id + bytes(SLOT_KEYS_BYTES) for member_id in others(13)]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(entry(b""), WrongShape, id="no slot"),
        pytest.param(entry(*MANY), WrongShape, id="thirteen slots"),
        pytest.param(entry(SHEET.slots[:-1]), WrongShape, id="a part of a slot"),
        pytest.param(entry(SHEET.slots, b"\0"), WrongShape, id="a byte behind a slot"),
        pytest.param(entry(*MANY[:2][::-1]), WrongShape, id="slots out of order"),
        pytest.param(entry(MANY[0], MANY[0]), WrongShape, id="a member twice"),
        pytest.param(
            entry(IDA.member_id + bytes(SLOT_KEYS_BYTES)), WrongShape, id="a slot for its owner"
        ),
        pytest.param(entry(SHEET.slots, root=bytes(32)), WrongShape, id="under another root"),
        pytest.param(
            entry(SHEET.slots, hashes=[hash_leaf(TAIL.slots)]),
            WrongShape,
            id="no sheet of this list",
        ),
        pytest.param(entry(SHEET.slots, hashes=[], root=HASH), WrongShape, id="no hash"),
        pytest.param(entry(SHEET.slots, hashes=[HASH] * 65), WrongShape, id="65 sheets"),
        pytest.param(
            signed([HASH, b"\0"], SHEET.slots, IDA.member_id, WEEK, ROOT),
            WrongShape,
            id="a part of a hash",
        ),
        pytest.param(entry(SHEET.slots, version=2), UnknownVersion, id="another version"),
        pytest.param(
            signed([HASH], SHEET.slots, IDA.member_id[1:], WEEK, ROOT), WrongShape, id="a short id"
        ),
        pytest.param(
            signed([HASH], SHEET.slots, IDA.member_id, -1, ROOT), WrongShape, id="before all weeks"
        ),
        pytest.param(
            signed([HASH], SHEET.slots, IDA.member_id, (1 << 28) + 1, ROOT),
            WrongShape,
            id="after all weeks",
        ),
        pytest.param(
            signed([HASH], SHEET.slots, IDA.member_id, WEEK, ROOT[1:]),
            WrongShape,
            id="a short root",
        ),
        pytest.param(
            signed([HASH], SHEET.slots, IDA.member_id, WEEK, ROOT, 0), WrongShape, id="a field more"
        ),
        pytest.param(
            signed([HASH], SHEET.slots, IDA.member_id, WEEK), WrongShape, id="a field less"
        ),
        pytest.param(SHEET.encode() + b"\0", Malformed, id="a byte more"),
        pytest.param(SHEET.encode()[:-1], Truncated, id="a byte less"),
        pytest.param(
            lp(LONGER.head.body, LONGER.head.signature, HASH, SHEET.slots),
            WrongShape,
            id="a sheet under another list's root",
        ),
    ],
)
def test_a_sheet_of_another_form_is_refused(data: bytes, refusal: type[Malformed]) -> None:
    """A sheet that breaks the form is dropped, however well it is signed."""
    with pytest.raises(refusal):
        Sheet.decode(data)


def test_a_list_of_the_most_sheets_is_read() -> None:
    """The bound on sheets shuts out one too many and not the last that is allowed."""
    fillers = [bytes([at]) * 32 for at in range(MOST_SHEETS - 1)]
    assert len(Sheet.decode(entry(SHEET.slots, hashes=[*fillers, HASH])).hashes) == MOST_SHEETS


@pytest.mark.parametrize(
    ("data", "by"),
    [
        pytest.param(SHEET.encode(), EVA, id="read for another member"),
        pytest.param(
            under(LONGER.head.signature),
            IDA,
            id="spliced from two lists",
        ),
        pytest.param(
            lp(
                SHEET.head.body, IDA.secret.sign(Purpose.EPOCHS, SHEET.head.body), HASH, SHEET.slots
            ),
            IDA,
            id="signed for another purpose",
        ),
        pytest.param(
            lp(
                SHEET.head.body,
                EVA.secret.sign(Purpose.PREKEYS, SHEET.head.body),
                HASH,
                SHEET.slots,
            ),
            IDA,
            id="in Ida's name by Eva",
        ),
        pytest.param(
            under(SHEET.head.signature[:64]),
            IDA,
            id="half a signature",
        ),
        pytest.param(
            signed([HASH], SHEET.slots, EVA.member_id, WEEK, ROOT), EVA, id="in Eva's name by Ida"
        ),
        pytest.param(
            signed([HASH], SHEET.slots, EVA.member_id, WEEK, ROOT), IDA, id="Ida's, naming Eva"
        ),
    ],
)
def test_a_list_by_somebody_else_is_refused(data: bytes, by: Member) -> None:
    """Nobody can publish keys in another's name: what is sealed to them would be read."""
    with pytest.raises(BadSignature):
        Sheet.decode(data).head.check(by.identity)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(SHEET.encode()) * 8 - 1))
def test_a_flipped_bit_in_a_sheet_is_refused(bit: int) -> None:
    """Any bit changed in a sheet, in a key too, makes it worthless."""
    changed = bytearray(SHEET.encode())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Malformed, BadSignature)):
        Sheet.decode(bytes(changed)).head.check(IDA.identity)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_a_sheet_or_a_refusal(junk: bytes, other: bytes) -> None:
    """Noise gives one orderly refusal."""
    body, signature, joined, slots = unlp(SHEET.encode(), 4)
    for data in (
        junk,
        lp(junk, signature, other, slots),
        lp(body, signature, junk, slots),
        lp(body, signature, joined, junk),
    ):
        with pytest.raises(Malformed):
            Sheet.decode(data)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([RAW[0], RAW[1], RAW[2], RAW[0]], id="one key twice"),
        pytest.param([*RAW[:3], RAW[3][:-32] + bytes(32)], id="a key that keeps no secret"),
        pytest.param([*RAW[:3], b"\xff" * PUBLIC_BYTES], id="a key that is none"),
    ],
)
def test_no_key_is_handed_out_that_cannot_be_sealed_to(keys: list[bytes]) -> None:
    """Whoever signed them: a slot with a bad key gives none of its keys."""
    sheet = Sheet.decode(entry(others(1)[0] + b"".join(keys)))
    sheet.head.check(IDA.identity)
    with pytest.raises(WrongShape):
        keys_for(sheet, others(1)[0])


WHOLE: Final = b"".join(RAW)


@pytest.mark.parametrize("slot", [b"", WHOLE[:-PUBLIC_BYTES], WHOLE[:-1], WHOLE + RAW[0]])
def test_a_slot_has_four_keys(slot: bytes) -> None:
    """Kept bytes of another length are no slot."""
    with pytest.raises(WrongShape):
        read_keys(slot)


# ── What a key opens ─────────────────────────────────────────────────────────────────────────
PREKEY: Final = PrekeySecret(EVA.member_id, WEEK, b"1" * 32)
OTHERS: Final = tuple(PrekeySecret(EVA.member_id, WEEK, bytes([at]) * 32) for at in range(1, 9))
TO_PREKEY: Final = replace(INQUIRY_NOTE, prekey=PREKEY)


def reader(*prekeys: PrekeySecret, replay: tuple[bytes, ...] = ()) -> Opener:
    """Return Ida, with these one-time secrets, who has opened this before."""
    return replace(opener(IDA), prekeys=prekeys, replay=frozenset(replay))


def test_a_message_to_a_published_key_opens_by_it_alone() -> None:
    """From the list to the note and back: the key of the day opens it no more than a stranger."""
    mine = generate([one for one in ALL if one != IDA.member_id], WEEK)
    for sheet in issue(IDA.secret, WEEK, mine):
        keys = keys_for(sheet, EVA.member_id)
        assert keys is not None
        for at, key in enumerate(keys):
            sealed = seal(INQUIRY, EVA.secret, BATCHES[IDA.member_id], TODAY, key)
            outer = open_outer(sealed.note, Board.CENTRE, IDA.member_id, [IDA.outer])
            assert outer is not None
            prekey = open_inner(outer, reader(*mine), TODAY).prekey
            assert prekey == [one for one in mine if one.sender == EVA.member_id][at]
            with pytest.raises(Damaged):
                open_inner(outer, reader(*(one for one in mine if one != prekey)), TODAY)


def test_a_note_to_a_prekey_looks_like_any_other() -> None:
    """The machine lock sees neither that a one-time key was used, nor whose."""
    one, other = TO_PREKEY.outer, INQUIRY_NOTE.outer
    assert len(TO_PREKEY.sealed) == len(INQUIRY_NOTE.sealed)
    assert replace(one, inner=other.inner) == other
    assert len(one.inner) == len(other.inner)


def test_a_prekey_is_found_among_many() -> None:
    """All that may count on the day are tried; the note names none."""
    opened = open_inner(TO_PREKEY.outer, reader(*OTHERS, PREKEY), TODAY)
    assert opened.prekey is PREKEY
    assert open_inner(INQUIRY_NOTE.outer, reader(*OTHERS, PREKEY), TODAY).prekey is None


def test_a_prekey_counts_for_its_sender_only() -> None:
    """Who seals to a key that was made for another is refused, and burns nothing by it."""
    stolen = replace(PREKEY, sender=KARI.member_id)
    with pytest.raises(KeyMismatch):
        open_inner(TO_PREKEY.outer, reader(stolen), TODAY)
    assert used_up(TO_PREKEY.outer, reader(stolen)) is None


def test_a_second_showing_is_a_replay_and_no_damage() -> None:
    """Once the key is gone the same bytes still have their true name, whatever is around them."""
    outer = TO_PREKEY.outer
    first = open_inner(outer, reader(PREKEY), TODAY)
    for shown in (outer, replace(outer, salt=b"j" * 16)):
        with pytest.raises(Replayed):
            open_inner(shown, reader(replay=first.replay_keys), TODAY)
    with pytest.raises(Damaged):
        open_inner(outer, reader(), TODAY)


def test_the_same_words_sealed_anew_are_a_replay_too() -> None:
    """A note is known by its signed body, by whatever key it comes again."""
    first = open_inner(TO_PREKEY.outer, reader(PREKEY), TODAY)
    with pytest.raises(Replayed):
        open_inner(TO_PREKEY.outer, reader(PREKEY, replay=first.replay_keys[:1]), TODAY)


def test_a_note_to_the_days_key_leaves_no_mark_of_its_layer() -> None:
    """Where no key was destroyed the signed body is enough to know it by."""
    assert len(INQUIRY_NOTE.opened().replay_keys) == 1
    assert len(open_inner(TO_PREKEY.outer, reader(PREKEY), TODAY).replay_keys) == 2


def test_a_prekey_of_an_old_list_is_not_tried() -> None:
    """A list that does not count on the note's day opens nothing of it."""
    for weeks in (-1, 2):
        old = replace(PREKEY, week=Week(WEEK - weeks))
        with pytest.raises(Damaged):
            open_inner(TO_PREKEY.outer, reader(old), TODAY)


# ── A refused note ───────────────────────────────────────────────────────────────────────────
def refused(note: Note, by: Opener, today: Day = TODAY) -> tuple[OuterLayer, type[Refusal]]:
    """Return the outer layer of a note that is refused, and why."""
    outer = note.outer
    with pytest.raises(Refusal) as refusal:
        open_inner(outer, by, today)
    return outer, refusal.type


CASE: Final = replace(HONEST, prekey=PREKEY)


def test_a_package_sent_again_uses_up_its_prekey_too() -> None:
    """What was refused as known does not stay readable by a key that nothing else will use."""
    known = HONEST.opened().replay_keys
    outer, why = refused(CASE, reader(PREKEY, replay=known))
    assert why is Replayed
    used = used_up(outer, reader(PREKEY, *OTHERS, replay=known))
    assert used is not None
    assert used.prekey is PREKEY
    with pytest.raises(Replayed):
        open_inner(outer, reader(replay=(used.replay_key,)), TODAY)
    assert used_up(outer, reader(*OTHERS)) is None


@pytest.mark.parametrize(
    ("note", "today", "why"),
    [
        pytest.param(CASE, Day(TODAY + 8), Expired, id="a package past its last day"),
        pytest.param(replace(CASE, blobs=CASE.blobs[::-1]), TODAY, BlobListMismatch, id="blobs"),
        pytest.param(replace(CASE, manifest=b"{}"), TODAY, Malformed, id="no manifest"),
        pytest.param(replace(CASE, named_salt=b"j" * 16), TODAY, KeyMismatch, id="another salt"),
        pytest.param(
            replace(CASE, board=Board.REPLY, channel=Board.REPLY, blobs=()),
            TODAY,
            WrongBoard,
            id="another board",
        ),
    ],
)
def test_its_own_sender_uses_a_prekey_up_by_any_note(
    note: Note, today: Day, why: type[Refusal]
) -> None:
    """Whatever else is wrong with it: the sender signed for that key, and has used it."""
    outer, refusal = refused(note, reader(PREKEY), today)
    assert issubclass(refusal, why)
    used = used_up(outer, reader(PREKEY))
    assert used is not None
    assert used.prekey is PREKEY


def test_what_waits_of_a_revoked_sender_is_used_up_too() -> None:
    """Nothing of it is accepted any more: its key waits for nothing, and its note stays shut."""

    def revoked(member_id: MemberId) -> Member:
        if member_id == EVA.member_id:
            raise RevokedMember
        return ALL[member_id]

    by = replace(reader(PREKEY), member=revoked)
    with pytest.raises(RevokedMember):
        open_inner(CASE.outer, by, TODAY)
    used = used_up(CASE.outer, by)
    assert used is not None
    assert used.prekey is PREKEY
    assert used_up(replace(CASE, named_key=bytes(32)).outer, by) is None


def roster(member_id: MemberId) -> Member:
    """Look a member up, as the signed roster does."""
    if member_id not in ALL:
        raise UnknownMember
    return ALL[member_id]


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(replace(CASE, signer=PER.secret), id="signed by another in its name"),
        pytest.param(replace(CASE, sender=KARI), id="a sender nobody enrolled"),
        pytest.param(replace(CASE, sender=OLE), id="another member in its own name"),
        pytest.param(replace(CASE, raw=b"\xc1"), id="signed noise"),
        pytest.param(
            replace(CASE, named_key=bytes(32)), id="words signed for another key, sealed anew"
        ),
        pytest.param(HONEST, id="sealed to the key of the day"),
    ],
)
def test_nobody_else_burns_a_prekey(note: Note) -> None:
    """A key waits for the sender it was made for, whatever others seal to it."""
    by = replace(reader(PREKEY), member=roster)
    assert used_up(note.outer, by) is None
    opened = open_inner(CASE.outer, by, TODAY)
    assert opened.prekey is PREKEY


def test_a_case_from_the_police_does_not_burn_a_centres_prekey() -> None:
    """The way a kind goes is checked first, and the key stays for whom it is."""
    outer, why = refused(replace(CASE, sender=OLE), reader(PREKEY))
    assert why is WrongRole
    assert used_up(outer, reader(PREKEY)) is None


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=400), st.sampled_from([b"", bytes(64), bytes(3_373)]))
def test_any_signed_bytes_are_judged_without_an_accident(junk: bytes, signature: bytes) -> None:
    """Noise sealed to a one-time key is refused, and burns nothing."""
    note = replace(CASE, raw=junk or b"\0", signature=signature)
    outer, _why = refused(note, reader(PREKEY))
    assert used_up(outer, reader(PREKEY)) is None
