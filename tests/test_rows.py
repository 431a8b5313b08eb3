"""A row of the store opens in its own place, under its own key, or not at all."""

import copy
import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.calendar import Day
from keys.errors import Locked, StoreDamaged, WrongShape
from keys.rows import ROW_OVERHEAD, RowSealer, StoreKey

OCTETS = bytes(range(32))
ROW = b"\x01" * 16
KNOWN_ROW = (
    "00000007000102030405060708090a0b0c0d0e0f1011121314151617"
    "ae1c3898d78e4df9f330e8da15945af7441b621591"
)


@pytest.fixture
def sealer() -> RowSealer:
    """Give a sealer under a known key."""
    return RowSealer(StoreKey(OCTETS), 7)


@settings(deadline=None)
@given(st.text(max_size=20), st.binary(max_size=40), st.integers(0, (1 << 64) - 1), st.binary())
def test_a_row_comes_back(table: str, row: bytes, version: int, plaintext: bytes) -> None:
    """What is sealed for a place opens in that place, a fixed number of bytes longer."""
    sealer = RowSealer(StoreKey(OCTETS))
    sealed = sealer.seal(table, row, version, plaintext)
    assert len(sealed) == len(plaintext) + ROW_OVERHEAD
    assert sealer.open(table, row, version, sealed) == plaintext


def test_a_known_row_still_opens() -> None:
    """A known answer: a later version of the program opens what this one wrote."""
    sealed = bytes.fromhex(KNOWN_ROW)
    assert RowSealer(StoreKey(OCTETS), 7).open("cases", ROW, 3, sealed) == b"folge"


def test_the_same_row_never_looks_the_same(sealer: RowSealer) -> None:
    """Two sealings of the same content share nothing but the generation."""
    one, other = (sealer.seal("cases", ROW, 1, b"same") for _ in range(2))
    assert one[:4] == other[:4] == bytes.fromhex("00000007")
    assert one[4:] != other[4:]


@pytest.mark.parametrize(
    ("table", "row", "version"),
    [
        pytest.param("cases2", ROW, 1, id="moved to another table"),
        pytest.param("cases", b"\x02" * 16, 1, id="moved to another row"),
        pytest.param("cases", ROW, 2, id="an older state put back"),
        pytest.param("case", b"s" + ROW, 1, id="a byte moved from table to row"),
    ],
)
def test_a_row_does_not_open_elsewhere(
    sealer: RowSealer, table: str, row: bytes, version: int
) -> None:
    """Whoever rearranges the store's file gains nothing."""
    sealed = sealer.seal("cases", ROW, 1, b"secret")
    with pytest.raises(StoreDamaged):
        sealer.open(table, row, version, sealed)


def test_every_flipped_bit_is_refused(sealer: RowSealer) -> None:
    """One wrong bit anywhere, and the row does not open."""
    sealed = sealer.seal("cases", ROW, 1, b"secret")
    for at in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[at // 8] ^= 1 << (at % 8)
        with pytest.raises(StoreDamaged):
            sealer.open("cases", ROW, 1, bytes(flipped))


def test_every_shortened_row_is_refused(sealer: RowSealer) -> None:
    """A row cut at any byte, or with one more, does not open."""
    sealed = sealer.seal("cases", ROW, 1, b"secret")
    for cut in [sealed[:end] for end in range(len(sealed))] + [sealed + b"\0"]:
        with pytest.raises(StoreDamaged):
            sealer.open("cases", ROW, 1, cut)


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_are_refused(data: bytes) -> None:
    """No bytes that nobody sealed open as a row."""
    sealer = RowSealer(StoreKey(OCTETS), int.from_bytes(data[:4], "big") or 1)
    with pytest.raises(StoreDamaged):
        sealer.open("cases", ROW, 1, data)


def test_another_key_does_not_open_the_row(sealer: RowSealer) -> None:
    """The machine's key opens nothing of the staff's, and the other way round."""
    sealed = sealer.seal("cases", ROW, 1, b"secret")
    with pytest.raises(StoreDamaged):
        RowSealer(StoreKey.generate(), 7).open("cases", ROW, 1, sealed)


def test_a_rotated_store_opens_both_generations_until_the_old_is_dropped() -> None:
    """New rows go under the new key at once; a dropped key opens nothing any more."""
    sealer = RowSealer(StoreKey.generate(), 1)
    old = sealer.seal("cases", ROW, 1, b"old")
    sealer.hold(StoreKey.generate(), 2)
    new = sealer.seal("cases", ROW, 2, b"new")
    assert sealer.generation == 2
    assert sealer.open("cases", ROW, 1, old) == b"old"
    assert sealer.open("cases", ROW, 2, new) == b"new"
    sealer.drop(1)
    sealer.drop(1)
    assert sealer.open("cases", ROW, 2, new) == b"new"
    with pytest.raises(StoreDamaged):
        sealer.open("cases", ROW, 1, old)


@pytest.mark.parametrize("lock", ["machine", "staff"])
def test_a_generation_of_its_own_is_held_once_it_is_kept(lock: str) -> None:
    """Its key lies sealed under the lock's own, and says on which day it began."""
    key = StoreKey(OCTETS)
    kept = RowSealer(key).begin(lock, 9, Day(20_700))
    before, after = RowSealer(key), RowSealer(key)
    for sealer in (before, after):
        assert sealer.take(lock, 9, kept) == 20_700
        assert sealer.generation == 9
    sealed = before.seal("cases", ROW, 1, b"folge")
    assert after.open("cases", ROW, 1, sealed) == b"folge"
    assert RowSealer(key).begin(lock, 9, Day(20_700)) != kept
    with pytest.raises(StoreDamaged):
        RowSealer(key).open("cases", ROW, 1, sealed)


def _elsewhere() -> dict[str, tuple[str, int, bytes]]:
    key = StoreKey(OCTETS)
    kept = RowSealer(key).begin("staff", 9, Day(20_700))
    second = RowSealer(key)
    second.take("staff", 9, kept)
    place = ("generations", b"staff", 9)
    later = second.seal(*place, second.open(*place, kept))
    other = RowSealer(key).seal(*place, b"no generation")
    return {
        "of another lock": ("machine", 9, kept),
        "of another number": ("staff", 10, kept),
        "of a number below any": ("staff", -1, kept),
        "of a number above any": ("staff", 1 << 32, kept),
        "of the first number": ("staff", 1, kept),
        "sealed under a later generation": ("staff", 9, later),
        "something else": ("staff", 9, other),
        "changed": ("staff", 9, kept[:-1] + bytes([kept[-1] ^ 1])),
        "cut": ("staff", 9, kept[:20]),
    }


@pytest.mark.parametrize("what", _elsewhere())
def test_a_generations_key_opens_in_its_own_place_only(what: str) -> None:
    """Whoever has the disk has no row sealed under a key of his choice."""
    sealer = RowSealer(StoreKey(OCTETS))
    if "later" in what:
        sealer.hold(StoreKey.generate(), 2)
    with pytest.raises(StoreDamaged):
        sealer.take(*_elsewhere()[what])


@pytest.mark.parametrize("generation", [0, -1, 1 << 32, 7])
def test_a_generation_is_new_and_in_range(sealer: RowSealer, generation: int) -> None:
    """Two keys never share a generation, so no row is sealed under an unknown one."""
    with pytest.raises(WrongShape):
        sealer.hold(StoreKey.generate(), generation)


def test_a_wiped_sealer_is_locked(sealer: RowSealer) -> None:
    """Once the lock closes, nothing opens and nothing is sealed."""
    sealed = sealer.seal("cases", ROW, 1, b"secret")
    sealer.wipe()
    with pytest.raises(Locked):
        sealer.open("cases", ROW, 1, sealed)
    with pytest.raises(Locked):
        sealer.seal("cases", ROW, 1, b"secret")


def test_a_wiped_key_is_locked_and_its_bytes_overwritten() -> None:
    """Wiping overwrites the key where it lay; it gives nothing away afterwards."""
    key = StoreKey(OCTETS)
    held = memoryview(key._octets)  # pyright: ignore[reportPrivateUsage] - the attack
    with pytest.raises(BufferError):
        key.wipe()
    assert bytes(held) == bytes(32)
    held.release()
    key.wipe()
    for use in (key.reveal, lambda: key.derive("rows"), lambda: RowSealer(key)):
        with pytest.raises(Locked):
            use()


def test_wiping_the_sealer_leaves_the_store_key_as_it_was() -> None:
    """The row keys are derived: the sealer holds no store key to wipe."""
    key = StoreKey(OCTETS)
    RowSealer(key).wipe()
    assert key.reveal() == OCTETS


def test_a_forgotten_key_is_wiped() -> None:
    """A key that nothing leads to any more overwrites itself."""
    key = StoreKey(OCTETS)
    octets = key._octets  # pyright: ignore[reportPrivateUsage] - the attack
    del key
    gc.collect()
    assert octets == b""


def test_keys_are_shown_and_copied_nowhere(sealer: RowSealer) -> None:
    """Neither a log, a traceback nor a copy (and so no pickle) carries a key."""
    key = StoreKey(OCTETS)
    assert repr(key) == str(key) == "StoreKey(open)"
    assert repr(sealer) == "RowSealer(generations=[7])"
    for copier in (copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copier(key)
    key.wipe()
    assert repr(key) == "StoreKey(locked)"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_thirty_two_bytes(length: int) -> None:
    """No shorter key slips in."""
    with pytest.raises(WrongShape):
        StoreKey(bytes(length))


def test_each_purpose_has_its_own_key() -> None:
    """What one part of the program derives tells nothing about another's."""
    key = StoreKey(OCTETS)
    made = {
        key.derive("a"),
        key.derive("a", b""),
        key.derive("a", b"b"),
        key.derive("ab"),
        key.derive("rows", bytes(4)),
        StoreKey(bytes(32)).derive("a"),
    }
    assert len(made) == 6
    assert all(len(octets) == 32 for octets in made)
    known = "0f6b6d40680b2d31fc224d438b191c0494f30c6ab517771a7ddffee9a3e1d427"
    assert key.derive("a").hex() == known
