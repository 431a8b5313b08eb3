"""A secret on paper among several people: enough of them have it; a slip of the pen is found."""

from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import BadSettings, BelowThreshold, Damaged, WrongShape
from keys.shares import MOST_HOLDERS, SHEET_LIMIT, Share, join, letters_of, split

SECRET = bytes(range(32))
TAG = bytes(range(16))
SHARINGS = [(n, k) for n in range(2, MOST_HOLDERS + 1) for k in range(2, n + 1)]


@pytest.mark.parametrize(("holders", "needed"), SHARINGS)
def test_any_who_are_enough_have_it(holders: int, needed: int) -> None:
    """Whoever of the holders meets, and however many more: they have the same secret."""
    shares = split(SECRET, holders, needed, TAG)
    for count in range(needed, holders + 1):
        for some in combinations(shares, count):
            assert join(some) == SECRET


@pytest.mark.parametrize(("holders", "needed"), SHARINGS)
def test_one_too_few_lack_a_piece_that_is_pure_chance(holders: int, needed: int) -> None:
    """Whatever they have fits every secret: there is a piece that nobody of them was given."""
    every = {letter for one in range(1, holders + 1) for letter in letters_of(one, holders, needed)}
    for some in combinations(range(1, holders + 1), needed - 1):
        had = {letter for one in some for letter in letters_of(one, holders, needed)}
        assert len(every - had) == 1
    shares = split(SECRET, holders, needed, TAG)
    for some in combinations(shares, needed - 1):
        with pytest.raises(BelowThreshold) as found:
            join(some)
        assert found.value.facts == {"count": 1}
    again = split(SECRET, holders, needed, TAG)
    assert all(
        a.pieces[x] != b.pieces[x] for a, b in zip(shares, again, strict=True) for x in a.pieces
    )


def test_one_person_twice_is_one_person() -> None:
    """A copy of the same sheet adds nothing."""
    first, *_ = split(SECRET, 3, 2, TAG)
    with pytest.raises(BelowThreshold):
        join([first, first])
    with pytest.raises(BelowThreshold):
        join([])


def test_sheets_of_two_secrets_are_not_joined() -> None:
    """Nor two that say of the same piece different things: somebody changed one."""
    one, two, three = split(SECRET, 3, 2, TAG)
    _, other, _ = split(SECRET, 3, 2, bytes(16))
    _, forged, _ = split(SECRET, 3, 2, TAG)
    _, wider, _, _ = split(SECRET, 4, 2, TAG)
    for wrong in (other, forged, wider):
        with pytest.raises(Damaged):
            join([one, wrong, three])
    assert join([one, two]) == SECRET


@pytest.mark.parametrize(("holders", "needed"), [(1, 1), (3, 1), (2, 3), (6, 2), (0, 0)])
def test_no_sharing_has_one_person_alone_or_a_crowd(holders: int, needed: int) -> None:
    """A share that opens by itself is no share."""
    with pytest.raises(BadSettings):
        split(SECRET, holders, needed, TAG)
    with pytest.raises(BadSettings):
        letters_of(0, 3, 2)


@pytest.mark.parametrize(("holders", "needed"), SHARINGS)
def test_a_sheet_reads_back_however_it_is_typed(holders: int, needed: int) -> None:
    """Capitals, blank lines, comments and line breaks do not count."""
    for share in split(SECRET, holders, needed, TAG):
        sheet = share.sheet()
        assert Share.read(sheet) == share
        head, key, *words = sheet.splitlines()
        typed = ["# a comment", "", head.upper(), f"  {key}  # from paper", "", " ".join(words)]
        assert Share.read("\r\n".join(typed)) == share


SLIPS = {
    "a word that is none": ("flame", "flamme"),
    "a word for another": ("flame", "flag"),
    "a word too few": (" flame", ""),
    "a word too many": ("flame", "flame flame"),
    "another number": ("share 1", "share 2"),
    "no such number": ("share 1", "share 9"),
    "a number that is none": ("share 1", "share ²"),
    "a short key": ("key 0001 0203", "key 0001"),
    "a key of other letters": ("key 0001", "key 000g"),
    "no head": ("share", "part"),
    "no key line": ("key", "keys"),
    "a piece under another letter": ("\nb", "\na"),
    "a piece twice": ("\nc", "\nb"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_of_the_pen_is_told_with_its_line(slip: str) -> None:
    """What was misread is asked for again, and nothing is opened by half."""
    pieces = {"b": b"\x57" * 32, "c": bytes(range(32))}
    sheet = Share(1, 3, 2, TAG, pieces).sheet()
    right = {"flame": sheet.split("\nb ")[1].split()[2]}
    was, now = SLIPS[slip]
    for word, real in right.items():
        was, now = was.replace(word, real), now.replace(word, real) if "none" not in slip else now
    now = "zoo" if slip == "a word for another" else now
    assert was in sheet
    with pytest.raises(WrongShape) as found:
        Share.read(sheet.replace(was, now, 1))
    assert str(found.value.facts["field"]).startswith("share")
    assert int(found.value.facts["line"]) > 0


@pytest.mark.parametrize(
    "text", ["", "share 1 of 3, 2 needed\n", "x" * (SHEET_LIMIT + 1), "# a\n" * 9]
)
def test_what_is_no_sheet_is_refused(text: str) -> None:
    """A file of something else is not half read."""
    with pytest.raises(WrongShape):
        Share.read(text)


@given(st.text(max_size=600))
def test_every_text_is_a_sheet_or_a_refusal(text: str) -> None:
    """P14: whatever somebody types, nothing but a refusal comes of it."""
    head, key, *_ = Share(1, 3, 2, TAG, {}).sheet().splitlines()
    with suppress(WrongShape):
        Share.read(f"{head}\n{key}\nb {text}")
