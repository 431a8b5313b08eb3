"""Who may post and read: every pair of token, board and role is decided by the tables."""

from itertools import product

import pytest

from broker.admission import (
    GRACE_SECONDS,
    Permits,
    Place,
    board,
    check_issue,
    check_signed_since,
    check_week,
    may_read,
    place,
)
from keys.address import (
    CLASSES_ON,
    ROLE_OF,
    TOKEN_CLASSES,
    Board,
    CellClass,
    Role,
    TokenClass,
    WriterClass,
)
from keys.calendar import Day, Instant, Week, first_day, start_of
from keys.errors import (
    BadToken,
    Expired,
    NotHere,
    NotYet,
    ProofStale,
    Refusal,
    WrongBoard,
    WrongShape,
    WrongTokenClass,
)
from keys.token import IssuerPublic, IssuerSecret, TokenKeyId

WEEK = Week(2_976)
MONDAY = first_day(WEEK)
BEGINS = start_of(MONDAY)
ENDS = start_of(Day(MONDAY + 7))
PLACES = [Place(where, cls) for where in Board for cls in CLASSES_ON[where]]
CC_NOTE = TokenClass(WriterClass.CC, CellClass.NOTE)
KEY = IssuerSecret.generate().public


def one_key(token_class: TokenClass, week: Week = WEEK) -> Permits:
    """Return the permits of a roster that has one issuer key."""
    return Permits({(token_class, week): KEY})


# ── What a token's key is good for ───────────────────────────────────────────────────────────
@pytest.mark.parametrize("token_class", TOKEN_CLASSES, ids=str)
@pytest.mark.parametrize("where", PLACES, ids=lambda where: f"{where.board}-{where.cls}")
def test_a_token_opens_its_own_place_and_no_other(token_class: TokenClass, where: Place) -> None:
    """A permission to send to one board in one size is worth nothing anywhere else."""
    permits = one_key(token_class)
    if (token_class.board, token_class.cell) == (where.board, where.cls):
        assert permits.find(KEY.key_id, where, BEGINS).token_class == token_class
    else:
        with pytest.raises(WrongTokenClass):
            permits.find(KEY.key_id, where, BEGINS)


def test_a_key_that_the_roster_does_not_have_permits_nothing() -> None:
    """Nobody can make permissions with a key of their own."""
    with pytest.raises(BadToken):
        one_key(CC_NOTE).find(TokenKeyId(bytes(32)), PLACES[0], BEGINS)


def test_a_permit_says_which_key_and_week_it_is() -> None:
    """The verification that follows uses the key from the signed roster."""
    permit = one_key(CC_NOTE).find(KEY.key_id, PLACES[0], BEGINS)
    assert (permit.week, permit.issuer) == (WEEK, KEY)


WEEKS = [
    pytest.param(BEGINS - 1, NotYet, id="a-second-before"),
    pytest.param(BEGINS, None, id="first-second"),
    pytest.param(ENDS - 1, None, id="last-second"),
    pytest.param(ENDS, None, id="in-the-grace"),
    pytest.param(ENDS + GRACE_SECONDS - 1, None, id="last-second-of-the-grace"),
    pytest.param(ENDS + GRACE_SECONDS, Expired, id="after-the-grace"),
]


@pytest.mark.parametrize(("now", "refusal"), WEEKS)
def test_a_token_counts_in_its_week_and_a_grace(now: int, refusal: type[Refusal] | None) -> None:
    """A permission is good for its week and the hour after it, to the second."""
    if refusal is None:
        check_week(WEEK, Instant(now))
        return
    with pytest.raises(refusal):
        check_week(WEEK, Instant(now))


def test_a_token_of_a_later_week_says_when_it_begins() -> None:
    """The client is told the day, so that it can wait."""
    with pytest.raises(NotYet) as refused:
        one_key(CC_NOTE, Week(WEEK + 1)).find(KEY.key_id, PLACES[0], BEGINS)
    assert refused.value.facts == {"day": MONDAY + 7}


# ── Places and readers ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("where", "cls"), list(product(Board, CellClass)))
def test_a_path_names_a_place_only_where_the_board_takes_the_class(
    where: Board, cls: CellClass
) -> None:
    """The reply board takes short codes and nothing else."""
    if cls in CLASSES_ON[where]:
        assert place(str(where), str(cls)) == Place(where, cls)
    else:
        with pytest.raises(WrongTokenClass):
            place(str(where), str(cls))


@pytest.mark.parametrize("word", ["", "keys", "CENTRE", "centre ", "nord"])
def test_a_board_that_takes_no_cells_is_named_so(word: str) -> None:
    """Cells go to three boards; the fourth holds signed keys."""
    with pytest.raises(WrongBoard):
        place(word, "note")
    with pytest.raises(NotHere):
        board(word)


@pytest.mark.parametrize("where", Board)
def test_a_board_is_found_by_its_own_name(where: Board) -> None:
    """Every board can be asked for."""
    assert board(str(where)) is where


@pytest.mark.parametrize("word", ["", "notes", "S", "xl"])
def test_a_class_that_does_not_exist_is_no_place(word: str) -> None:
    """A size that is not in the list cannot be posted."""
    with pytest.raises(WrongTokenClass):
        place("centre", word)


READABLE = {
    (Role.CENTRE, Board.CENTRE),
    (Role.POLICE, Board.POLICE),
    (Role.CENTRE, Board.REPLY),
}


@pytest.mark.parametrize(("role", "where"), list(product(Role, Board)))
def test_only_police_read_the_police_board(role: Role, where: Board) -> None:
    """A centre cannot even fetch what is sealed to the police."""
    assert may_read(role, where) is ((role, where) in READABLE)


def test_a_proof_from_before_the_start_is_stale() -> None:
    """After a restart nobody can use again what was used before it."""
    check_signed_since(Instant(10), Instant(10))
    with pytest.raises(ProofStale):
        check_signed_since(Instant(9), Instant(10))


# ── What the issuer signs ────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("role", "token_class"), list(product(Role, TOKEN_CLASSES)))
def test_a_role_gets_its_own_token_classes_only(role: Role, token_class: TokenClass) -> None:
    """A centre never gets a permission that is for the police, nor the other way."""
    if ROLE_OF[token_class.writer] is role:
        check_issue(token_class, role, WEEK, MONDAY, MONDAY)
    else:
        with pytest.raises(WrongTokenClass):
            check_issue(token_class, role, WEEK, MONDAY, MONDAY)


DAYS = [
    pytest.param(WEEK, 0, 0, None, id="today"),
    pytest.param(WEEK, 6, 0, None, id="sunday-on-monday"),
    pytest.param(WEEK, 6, 6, None, id="today-sunday"),
    pytest.param(WEEK + 1, 7, 6, None, id="monday-on-sunday"),
    pytest.param(WEEK, 0, 1, Expired, id="yesterday"),
    pytest.param(WEEK + 1, 7, 5, NotYet, id="monday-on-saturday"),
    pytest.param(WEEK + 1, 8, 6, NotYet, id="tuesday-on-sunday"),
    pytest.param(WEEK + 2, 14, 6, NotYet, id="the-week-after-next"),
    pytest.param(WEEK + 1, 0, 0, WrongShape, id="day-in-another-week"),
]


@pytest.mark.parametrize(("week", "day", "today", "refusal"), DAYS)
def test_tokens_are_withdrawn_for_the_days_that_are_left(
    week: int, day: int, today: int, refusal: type[Refusal] | None
) -> None:
    """A member can draw the rest of the week, and on Sunday also for Monday."""

    def ask() -> None:
        when, now = Day(MONDAY + day), Day(MONDAY + today)
        check_issue(CC_NOTE, Role.CENTRE, Week(week), when, now)

    if refusal is None:
        ask()
    else:
        with pytest.raises(refusal):
            ask()


def test_an_issuer_key_is_found_whatever_else_the_roster_has() -> None:
    """Sixteen classes and several weeks of keys do not get mixed up."""
    other: IssuerPublic = IssuerSecret.generate().public
    permits = Permits({(CC_NOTE, WEEK): KEY, (CC_NOTE, Week(WEEK - 1)): other})
    assert permits.find(KEY.key_id, PLACES[0], BEGINS).week == WEEK
    assert permits.find(other.key_id, PLACES[0], BEGINS).week == WEEK - 1
