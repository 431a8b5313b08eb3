"""Promises of the arrival code: easy to say, a slip is told from a wrong code, and it locks."""

import re
import resource
from contextlib import suppress
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.address import PackageId
from keys.arrival import (
    ALPHABET,
    CODE_CHARACTERS,
    LOCKED_LIMIT,
    SECRET_LIMIT,
    ArrivalCode,
    Cost,
    lock,
    unlock,
)
from keys.errors import (
    CodeSlip,
    Malformed,
    NoMemory,
    OverLong,
    Refusal,
    TrailingBytes,
    UnknownVersion,
    WrongCode,
    WrongShape,
)
from keys.wire import Packable, Value, pack, unpack

PACKAGE: Final = PackageId(bytes(range(16)))
CODE: Final = ArrivalCode("0123456789ABCDEFGHJK")
KEYS: Final = bytes(range(64))
KNOWN: Final = bytes.fromhex(
    "95a46c6f636b01ab696e746572616374697665c4105d12b174f6849469926fcc8335e5c5f7c4688c4229aa1a01"
    "f0d4c0b9fc45f91fc9d82e5ca5a6cdadc29b4d3ecb4f027a62d7cc7e6ea5565a3dd4fd114f0dbc3f6ba3254419"
    "4fc22037d21cb146df9774538cb5ee93cd7637615df1763b75a42bf1d4cc7c679ee651741221fe9fa47d1a3b79"
    "0daac0e7c89045e6"
)
SALT: Final = bytes(16)
BOX: Final = bytes(24 + 32 + 16)
CODES: Final = st.text(ALPHABET, min_size=CODE_CHARACTERS, max_size=CODE_CHARACTERS)


def bare(code: ArrivalCode) -> str:
    """Return all 21 characters without the dashes."""
    return code.text.replace("-", "")


def slips(typed: str) -> bool:
    """Say whether `typed` is refused as a slip."""
    try:
        ArrivalCode.parse(typed)
    except CodeSlip:
        return True
    return False


def test_a_code_looks_as_on_the_card() -> None:
    """Four groups of five and one character more, none of which looks like another."""
    code = ArrivalCode.generate()
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]", code.text)
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
    assert CODE.text == "01234-56789-ABCDE-FGHJK-E"


def test_codes_are_drawn_anew_from_all_characters() -> None:
    """No two codes are alike, and every character turns up."""
    codes = [ArrivalCode.generate() for _ in range(200)]
    assert len({code.text for code in codes}) == 200
    assert {char for code in codes for char in code.secret} == set(ALPHABET)


@given(secret=CODES)
def test_a_code_reads_as_it_was_written(secret: str) -> None:
    """What the card says is what the desk reads."""
    code = ArrivalCode(secret)
    assert ArrivalCode.parse(code.text) == code
    assert ArrivalCode.parse(bare(code)) == code


@given(
    secret=CODES,
    looks=st.lists(st.sampled_from(["", "lower", "alike"]), min_size=21, max_size=21),
    gaps=st.lists(
        st.sampled_from(["", "", "-", " ", "\t", "\u2013", "\u00a0", " - "]),
        min_size=21,
        max_size=21,
    ),
)
def test_reading_forgives_what_people_do(secret: str, looks: list[str], gaps: list[str]) -> None:
    """Small letters, O for 0, I or l for 1, and any spaces and dashes make no difference."""
    code = ArrivalCode(secret)
    alike = {"0": "o", "1": "l"}
    typed = ""
    for char, look, gap in zip(bare(code), looks, gaps, strict=True):
        typed += gap + {"": char, "lower": char.lower(), "alike": alike.get(char, char)}[look]
    assert ArrivalCode.parse(typed) == code


@pytest.mark.parametrize("zero_or_one", ["Oo0", "IiLl1"])
def test_letters_that_look_like_digits_are_those_digits(zero_or_one: str) -> None:
    """Whoever reads O or I aloud from a card says the right thing."""
    digit = zero_or_one[-1]
    for written in zero_or_one:
        typed = bare(CODE).replace(digit, written)
        assert ArrivalCode.parse(typed) == CODE


@pytest.mark.parametrize("secret", ["0" * 20, "Z" * 20, CODE.secret])
def test_one_wrong_character_is_always_a_slip(secret: str) -> None:
    """Whichever character is misread as whichever other, the desk says so at once."""
    right = bare(ArrivalCode(secret))
    for at, char in enumerate(right):
        for other in set(ALPHABET) - {char}:
            assert slips(right[:at] + other + right[at + 1 :])


def test_two_neighbours_exchanged_are_always_a_slip() -> None:
    """Whichever two different characters stand beside each other, exchanging them is noticed."""
    for at, (a, b) in product(range(CODE_CHARACTERS - 1), product(ALPHABET, repeat=2)):
        secret = CODE.secret[:at] + a + b + CODE.secret[at + 2 :]
        right = bare(ArrivalCode(secret))
        exchanged = right[:at] + b + a + right[at + 2 :]
        assert slips(exchanged) == (a != b)
    for last in ALPHABET:
        right = bare(ArrivalCode(CODE.secret[:-1] + last))
        assert slips(right[:-2] + right[:-3:-1]) == (right[-1] != right[-2])


def effect(at: int, value: int) -> int:
    """Return what `value` in place `at` of a code of zeros does to its check character."""
    if at == CODE_CHARACTERS:
        return value
    code = "0" * at + ALPHABET[value] + "0" * (CODE_CHARACTERS - at - 1)
    return ALPHABET.index(ArrivalCode(code).text[-1])


def test_the_check_is_proved_for_every_code() -> None:
    """The proof in the clause, by trying all there is to try.

    The check of a sum is the sum of the checks (the next promise), so an error is seen or not
    whatever the code is: one changed character when its effect is not nothing, and any two
    exchanged, near or far, or any pair of equals changed alike, when their effects differ.
    """
    places = range(CODE_CHARACTERS + 1)
    for value in range(1, 32):
        assert all(effect(at, value) for at in places)
        for here, there in combinations(places, 2):
            assert effect(here, value) != effect(there, value)


@given(one=CODES, other=CODES)
def test_the_check_of_a_sum_is_the_sum_of_the_checks(one: str, other: str) -> None:
    """The check is linear over GF(32), where adding is exclusive or."""
    values = [[ALPHABET.index(char) for char in bare(ArrivalCode(code))] for code in (one, other)]
    total = "".join(ALPHABET[a ^ b] for a, b in zip(*values, strict=True))
    assert bare(ArrivalCode(total[:-1])) == total


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("", id="nothing"),
        pytest.param(CODE.text[:-1], id="the check left out"),
        pytest.param(CODE.text[1:], id="the first left out"),
        pytest.param(CODE.text + "0", id="one more"),
        pytest.param(CODE.text + "U", id="one more that no code has"),
        pytest.param(CODE.text.replace("E", "U"), id="a letter that no code has"),
        pytest.param(CODE.text.replace("4", "٤"), id="a digit of another script"),
        pytest.param(CODE.text.replace("-", "_"), id="underscores"),
        pytest.param(CODE.text * 2, id="the code twice"),
        pytest.param("\ud800" + CODE.text, id="half a character"),
    ],
)
def test_what_is_no_code_is_a_slip(typed: str) -> None:
    """A code that is too short, too long or has other signs is asked for again."""
    with pytest.raises(CodeSlip):
        ArrivalCode.parse(typed)


@given(typed=st.text())
def test_any_text_is_a_code_or_a_slip(typed: str) -> None:
    """Whatever is typed, there is an answer."""
    with suppress(CodeSlip):
        assert ArrivalCode.parse(typed).text


@pytest.mark.parametrize("secret", ["", "0" * 19, "0" * 21, "0" * 19 + "o", "0" * 19 + "U"])
def test_no_other_secret_can_be_made(secret: str) -> None:
    """A code in the program is always one that could stand on a card."""
    with pytest.raises(CodeSlip):
        ArrivalCode(secret)


def test_a_code_does_not_show_itself() -> None:
    """A code does not slip into a log."""
    assert repr(CODE) == str(CODE) == "ArrivalCode()"


@pytest.mark.parametrize("cost", Cost)
def test_what_a_code_locks_it_unlocks(cost: Cost) -> None:
    """With the code the resident carries, the keys come out; they fit in the envelope."""
    locked = lock(CODE, PACKAGE, KEYS, cost)
    assert len(locked) <= 150
    assert unlock(ArrivalCode.parse(CODE.text.lower()), PACKAGE, locked) == KEYS


def test_the_known_answer() -> None:
    """What was locked once opens in every later version."""
    assert unlock(CODE, PACKAGE, KNOWN) == KEYS


def test_the_most_keys_fit_and_no_more() -> None:
    """Six keys fit within the limit; none, or more, is refused."""
    most = lock(CODE, PACKAGE, bytes(SECRET_LIMIT))
    assert len(most) <= LOCKED_LIMIT
    assert unlock(CODE, PACKAGE, most) == bytes(SECRET_LIMIT)
    for secret in (b"", bytes(SECRET_LIMIT + 1)):
        with pytest.raises(WrongShape):
            lock(CODE, PACKAGE, secret)


def test_the_same_keys_are_locked_differently_each_time() -> None:
    """Two locked packages have nothing in common."""
    one, other = (unpack(lock(CODE, PACKAGE, KEYS)) for _ in range(2))
    assert isinstance(one, list)
    assert isinstance(other, list)
    assert one[3] != other[3]
    assert one[4] != other[4]


def changed(at: int, flip: int) -> bytes:
    """Return the known locked bytes with one bit of field `at` changed."""
    fields = unpack(KNOWN)
    assert isinstance(fields, list)
    octets = fields[at]
    assert isinstance(octets, bytes)
    fields[at] = octets[:flip] + bytes([octets[flip] ^ 1]) + octets[flip + 1 :]
    return repacked(fields)


def repacked(fields: list[Value]) -> bytes:
    """Return `fields` as bytes again."""
    return pack([*fields])


WRONG: Final = [
    pytest.param(ArrivalCode("0" * 20), PACKAGE, KNOWN, id="another code"),
    pytest.param(ArrivalCode("0123456789ABCDEFGHJM"), PACKAGE, KNOWN, id="a code nearly right"),
    pytest.param(CODE, PackageId(bytes(16)), KNOWN, id="another package"),
    pytest.param(CODE, PACKAGE, changed(3, 0), id="a bit of the salt"),
    pytest.param(CODE, PACKAGE, changed(4, 0), id="a bit of the nonce"),
    pytest.param(CODE, PACKAGE, changed(4, 24), id="a bit of the keys"),
    pytest.param(CODE, PACKAGE, changed(4, 103), id="a bit of the tag"),
    pytest.param(CODE, PACKAGE, KNOWN.replace(b"\xabinteractive", b"\xa8moderate"), id="the cost"),
]


@pytest.mark.parametrize(("code", "package_id", "locked"), WRONG)
def test_nothing_else_unlocks(code: ArrivalCode, package_id: PackageId, locked: bytes) -> None:
    """A well-formed code that is not this package's is a wrong code."""
    with pytest.raises(WrongCode):
        unlock(code, package_id, locked)


FORMS: Final[list[tuple[str, Packable, type[Malformed]]]] = [
    ("another tag", ["key", 1, "interactive", SALT, BOX], WrongShape),
    ("a newer version", ["lock", 2, "interactive", SALT, BOX], UnknownVersion),
    ("a cost below the floor", ["lock", 1, "minimal", SALT, BOX], WrongShape),
    ("a cost above the ceiling", ["lock", 1, "sensitive", SALT, BOX], WrongShape),
    ("a cost in numbers", ["lock", 1, 1, SALT, BOX], WrongShape),
    ("a short salt", ["lock", 1, "interactive", SALT[1:], BOX], WrongShape),
    ("no keys in the box", ["lock", 1, "interactive", SALT, BOX[:40]], WrongShape),
    ("half a box", ["lock", 1, "interactive", SALT, b""], WrongShape),
    ("too large a box", ["lock", 1, "interactive", SALT, bytes(233)], WrongShape),
    ("a field more", ["lock", 1, "interactive", SALT, BOX, 0], WrongShape),
    ("a field less", ["lock", 1, "interactive", SALT], WrongShape),
    ("over the limit", ["lock", 1, "interactive", SALT, bytes(300)], OverLong),
]


@pytest.mark.parametrize(
    ("form", "refusal"), [pytest.param(form, why, id=name) for name, form, why in FORMS]
)
def test_locked_bytes_of_another_form_are_refused(form: Packable, refusal: type[Malformed]) -> None:
    """Bytes that no honest sender writes are dropped before any code is tried."""
    with pytest.raises(refusal):
        unlock(CODE, PACKAGE, pack(form))


def test_bytes_after_the_lock_are_refused() -> None:
    """Nothing rides along behind the locked keys."""
    with pytest.raises(TrailingBytes):
        unlock(CODE, PACKAGE, KNOWN + b"\0")


@given(data=st.binary(max_size=400))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_refused_with_one_reason(data: bytes) -> None:
    """Garbage in place of the locked keys is answered with a refusal, never with a crash."""
    with pytest.raises(Refusal):
        unlock(CODE, PACKAGE, data)


@given(salt=st.binary(min_size=16, max_size=16), box=st.binary(min_size=41, max_size=232))
@settings(deadline=None, max_examples=5)
def test_a_lock_of_random_bytes_is_a_wrong_code(salt: bytes, box: bytes) -> None:
    """Bytes of the right form that nobody locked open for no code."""
    with pytest.raises(WrongCode):
        unlock(CODE, PACKAGE, pack(["lock", 1, Cost.INTERACTIVE, salt, box]))


def test_the_weights_are_the_ones_in_the_clause() -> None:
    """Place n weighs x to the power n + 1, in GF(32) made by x⁵ + x² + 1."""
    weights = [effect(at, 1) for at in range(CODE_CHARACTERS)]
    assert weights[:6] == [2, 4, 8, 16, 5, 10]
    for here, there in pairwise(weights):
        assert there == (here << 1) ^ (0b100101 if here & 16 else 0)


def test_too_little_memory_is_said_in_words() -> None:
    """A machine that lacks the memory answers with a refusal instead of stopping."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    used = int(pages) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20), hard))
    try:
        with pytest.raises(NoMemory):
            lock(CODE, PACKAGE, KEYS, Cost.MODERATE)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
