"""A staff member's slot opens to the right passphrase only, however its file is bent."""

import resource
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.calendar import Instant
from keys.errors import (
    BadSettings,
    NoMemory,
    NotHere,
    OverLong,
    StoreDamaged,
    WeakPassphrase,
    WrongPassphrase,
    WrongShape,
)
from keys.rows import StoreKey
from keys.slots import (
    MODERATE,
    Cost,
    Slot,
    SlotFile,
    check_strength,
    passphrase_octets,
    same_name,
)
from keys.wire import Packable, pack, unpack

CHEAP = Cost(passes=2, memory=19 << 20)
OCTETS = bytes(range(32))
GOOD = "riktig hest batteri stift"
NOON = Instant(1_795_377_900)


SLOT = Slot.wrap(StoreKey(OCTETS), "Kari", GOOD, CHEAP)
"""One slot around a known key; it never changes, so every test may use it."""
EMPTY = Slot(bytes(16), "Kari", CHEAP, bytes(16), 0, Instant(0), bytes(72))
"""A slot of the right form around nothing."""


# ── the passphrase ───────────────────────────────────────────────────────────────────────────
def test_the_right_passphrase_opens_the_slot() -> None:
    """The store key comes back whole."""
    assert SLOT.unwrap(GOOD).reveal() == OCTETS


def test_a_wrong_passphrase_opens_nothing_and_says_how_many_tries_are_left() -> None:
    """The number of tries before a wait is told, and never goes below nothing."""
    for failures, left in [(1, 4), (5, 0), (9, 0)]:
        with pytest.raises(WrongPassphrase) as refused:
            replace(SLOT, failures=failures).unwrap("feil hest batteri stift")
        assert refused.value.facts == {"tries": left}


@pytest.mark.parametrize(
    "tampered",
    [
        pytest.param(replace(SLOT, slot_id=bytes(16)), id="another slot's id"),
        pytest.param(replace(SLOT, name="Ola"), id="another name"),
        pytest.param(replace(SLOT, cost=Cost(3, 19 << 20)), id="another number of passes"),
        pytest.param(replace(SLOT, cost=Cost(2, 20 << 20)), id="another amount of memory"),
        pytest.param(replace(SLOT, salt=bytes(16)), id="another salt"),
        pytest.param(replace(SLOT, wrapped=bytes(72)), id="an empty key"),
        pytest.param(replace(SLOT, wrapped=SLOT.wrapped[::-1]), id="bytes in another order"),
        pytest.param(
            replace(SLOT, wrapped=SLOT.wrapped[:-1] + bytes([SLOT.wrapped[-1] ^ 1])),
            id="a flipped bit",
        ),
    ],
)
def test_a_tampered_slot_does_not_open(tampered: Slot) -> None:
    """Whoever changes a slot in the file makes it useless, never weaker."""
    with pytest.raises(WrongPassphrase):
        tampered.unwrap(GOOD)


def test_two_slots_of_one_passphrase_have_nothing_in_common() -> None:
    """Salt, id and nonce are new each time, so equal passphrases do not show."""
    one, other = (Slot.wrap(StoreKey(OCTETS), "Kari", GOOD, CHEAP) for _ in range(2))
    assert one.salt != other.salt
    assert one.slot_id != other.slot_id
    assert one.derive(GOOD) != other.derive(GOOD)


def test_a_known_passphrase_gives_the_known_key() -> None:
    """A known answer: Argon2id of the NFKC bytes, as another program computes it."""
    known = replace(SLOT, salt=bytes(range(16)))
    key = "2cc136ebcbf965c5d716db43c56bf81f6d0b40f000188f18f2acc0e711ccc21e"
    assert known.derive("åtte røde båter").hex() == key


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("a\u030a", "\u00e5", id="å as two signs"),
        pytest.param("\uff11\uff12", "12", id="wide digits"),
        pytest.param("to\u00a0ord", "to ord", id="a no-break space"),
        pytest.param("\ufb01n", "fin", id="a ligature"),
    ],
)
def test_what_looks_the_same_is_the_same(typed: str, meant: str) -> None:
    """A passphrase opens the lock from any keyboard that shows the same signs."""
    assert passphrase_octets(typed) == passphrase_octets(meant)


def test_half_a_surrogate_pair_is_a_passphrase_like_any_other() -> None:
    """No input makes the hashing stumble."""
    assert passphrase_octets("\ud800") == b"\xed\xa0\x80"


@pytest.mark.parametrize(
    "passphrase",
    ["", "kort", "a" * 11, "a\u030a" * 11, "😀" * 11],
    ids=["empty", "short", "eleven", "eleven in two signs each", "eleven in four bytes each"],
)
def test_a_short_passphrase_is_refused(passphrase: str) -> None:
    """Fewer than twelve characters are too few, however they are stored."""
    with pytest.raises(WeakPassphrase) as refused:
        check_strength(passphrase)
    assert refused.value.facts == {"limit": 12}


def test_twelve_characters_are_enough_and_a_book_is_too_many() -> None:
    """The limits stand exactly where the clause says."""
    check_strength("å" * 12)
    check_strength("a" * 1_024)
    with pytest.raises(OverLong):
        check_strength("a" * 1_025)


def test_the_passphrase_is_shown_nowhere() -> None:
    """Neither the slot's text nor a refusal's carries passphrase or wrapped key."""
    assert SLOT.wrapped.hex() not in repr(SLOT)
    assert repr(SLOT.wrapped) not in repr(SLOT)
    with pytest.raises(WrongPassphrase) as refused:
        SLOT.unwrap("hemmelig hemmelig")
    assert "hemmelig" not in repr(refused.value)


# ── the cost ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("passes", "memory"),
    [
        pytest.param(1, 256 << 20, id="too few passes"),
        pytest.param(17, 256 << 20, id="too many passes"),
        pytest.param(3, (19 << 20) - 1, id="too little memory"),
        pytest.param(3, (512 << 20) + 1, id="more memory than machines have"),
    ],
)
def test_a_cost_outside_its_floor_and_ceiling_is_refused(passes: int, memory: int) -> None:
    """Nobody can make guessing cheap, nor one try so dear that the machine stops."""
    with pytest.raises(BadSettings):
        Cost(passes, memory)


def test_the_default_cost_is_libsodiums_moderate() -> None:
    """Three passes over 256 MiB unless somebody says otherwise."""
    assert Cost(3, 256 << 20) == MODERATE


def test_too_little_memory_is_said_in_words() -> None:
    """A machine that lacks the memory answers with a refusal instead of stopping."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    used = int(pages) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20), hard))
    try:
        with pytest.raises(NoMemory):
            Slot.wrap(StoreKey(OCTETS), "Kari", GOOD, Cost(2, 512 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


# ── the file ─────────────────────────────────────────────────────────────────────────────────
SLOTS = st.builds(
    Slot,
    slot_id=st.binary(min_size=16, max_size=16),
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    cost=st.builds(Cost, st.integers(2, 16), st.integers(19 << 20, 512 << 20)),
    salt=st.binary(min_size=16, max_size=16),
    failures=st.integers(0, 1 << 31),
    last_try=st.integers(0, 1 << 40).map(Instant),
    wrapped=st.binary(min_size=72, max_size=72),
)


@settings(deadline=None)
@given(
    st.binary(min_size=32, max_size=32),
    st.lists(SLOTS, min_size=1, max_size=4, unique_by=lambda s: s.slot_id).filter(
        lambda slots: all(not same_name(a.name, b.name) for a in slots for b in slots if a is not b)
    ),
)
def test_a_slot_file_comes_back(check: bytes, slots: list[Slot]) -> None:
    """What is written is read the same."""
    file = SlotFile(check, tuple(slots))
    assert SlotFile.decode(file.encode()) == file


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_slot_file_or_one_refusal(data: bytes) -> None:
    """A broken file is told as such, whatever is in it."""
    with pytest.raises(StoreDamaged):
        SlotFile.decode(data)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_any_change_to_a_slot_file_is_read_or_refused(data: st.DataObject) -> None:
    """One wrong byte gives a file in its form, or one refusal."""
    octets = bytearray(SlotFile(bytes(32), (EMPTY,)).encode())
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] = data.draw(st.integers(0, 255))
    try:
        file = SlotFile.decode(bytes(octets))
    except StoreDamaged:
        return
    assert SlotFile.decode(file.encode()) == file


def row_with(at: int, value: Packable) -> list[Packable]:
    """Give a slot's row with one field exchanged."""
    file = unpack(SlotFile(bytes(32), (EMPTY,)).encode())
    assert isinstance(file, list)
    rows = file[3]
    assert isinstance(rows, list)
    row = rows[0]
    assert isinstance(row, list)
    return [*row[:at], value, *row[at + 1 :]]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="no slot at all"),
        pytest.param([row_with(4, 1)], id="a cost below the floor"),
        pytest.param([row_with(5, 1 << 40)], id="a terabyte of memory"),
        pytest.param([row_with(6, b"short")], id="a short salt"),
        pytest.param([row_with(7, -1)], id="less than no failures"),
        pytest.param([row_with(8, -1)], id="a try before 1970"),
        pytest.param([row_with(9, bytes(71))], id="a cut key"),
        pytest.param([row_with(3, "")], id="no name"),
        pytest.param([[*row_with(0, "slot"), None]], id="a field too many"),
        pytest.param([row_with(0, "slot"), row_with(3, "Ola")], id="the same id twice"),
        pytest.param([row_with(0, "slot"), row_with(2, b"\1" * 16)], id="the same name twice"),
        pytest.param([row_with(2, bytes([n]) * 16) for n in range(101)], id="too many"),
        pytest.param(["slot"], id="no list"),
    ],
)
def test_a_slot_file_out_of_its_form_is_refused(rows: list[Packable]) -> None:
    """Each way to bend the file is refused before any passphrase is asked for."""
    with pytest.raises(StoreDamaged):
        SlotFile.decode(pack(["staff-slots", 1, bytes(32), rows]))


def test_the_form_of_the_slot_file_is_the_one_in_the_clause() -> None:
    """A known answer, so that a later version reads what this one wrote."""
    row = ["slot", 1, bytes(16), "Kari", 2, 19 << 20, bytes(16), 0, 0, bytes(72)]
    expected = pack(["staff-slots", 1, OCTETS, [row]])
    assert SlotFile(OCTETS, (EMPTY,)).encode() == expected
    assert SlotFile.decode(expected).slots == (EMPTY,)


def test_a_slot_is_found_by_its_name_however_it_is_written() -> None:
    """Letter case and the keyboard do not matter, another name does."""
    file = SlotFile(OCTETS, (EMPTY, replace(EMPTY, slot_id=bytes(range(16)), name="Åse")))
    assert file.find("KARI") is EMPTY
    assert file.find("a\u030ase").name == "Åse"
    with pytest.raises(NotHere):
        file.find("Ola")


@pytest.mark.parametrize("name", ["", "  ", "a" * 41, "Kari\n", "\ud800"])
def test_a_name_is_short_and_printable(name: str) -> None:
    """A slot has a name that a list can show."""
    with pytest.raises(WrongShape):
        Slot.wrap(StoreKey(OCTETS), name, GOOD, CHEAP)
