"""Who may post what where, and who may read it: decided from tables, without any I/O.

This file knows what a token's key is good for, which cells a role may read, and in which minutes
a proof counts (PROTOCOL.md P-3, P-5, P-7). It refuses to know who wrote a cell: nothing that it
is given could tell. Every decision is a value or one named refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from keys.address import (
    CLASSES_ON,
    READERS,
    ROLE_OF,
    Board,
    CellClass,
    Role,
    TokenClass,
)
from keys.calendar import Day, Instant, Week, first_day, start_of, week_of
from keys.errors import (
    BadToken,
    Expired,
    NotHere,
    NotYet,
    ProofStale,
    WrongBoard,
    WrongShape,
    WrongTokenClass,
)
from keys.token import IssuerPublic, TokenKeyId

GRACE_SECONDS: Final = 3_600
"""How long after its week a token is still taken (P-5.4): a cell that was begun late in the week
may arrive. The store keeps a week's spent keys at least as long."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell is to stand: a board and a class that the board takes."""

    board: Board
    cls: CellClass


@dataclass(frozen=True, slots=True)
class Permit:
    """What a token's key is good for, as the signed roster says."""

    token_class: TokenClass
    week: Week
    issuer: IssuerPublic


class Permits:
    """The issuer keys of one roster, found by key id.

    Args:
        issuers: the roster's issuer keys.
    """

    def __init__(self, issuers: Mapping[tuple[TokenClass, Week], IssuerPublic]) -> None:
        self._by_key: Final[Mapping[TokenKeyId, Permit]] = {
            issuer.key_id: Permit(token_class, week, issuer)
            for (token_class, week), issuer in issuers.items()
        }

    def find(self, key_id: TokenKeyId, place: Place, now: Instant) -> Permit:
        """Return what `key_id` permits, if that is to post to `place` at `now`.

        Raises:
            BadToken: the roster has no such key.
            WrongTokenClass: the key is for another board or cell class (P-5.3).
            NotYet: its week has not begun.
            Expired: its week, and the grace after it, are over (P-5.4).
        """
        permit = self._by_key.get(key_id)
        if permit is None:
            raise BadToken
        if permit.token_class.board is not place.board or permit.token_class.cell is not place.cls:
            raise WrongTokenClass
        check_week(permit.week, now)
        return permit


def place(board: str, cls: str) -> Place:
    """Read where a cell is to stand from the two words of a path (P-5.1).

    Raises:
        WrongBoard: no board of that name takes cells.
        WrongTokenClass: the board takes no cells of that class, so no token can be for it.
    """
    found = _board(board)
    if found is None:
        raise WrongBoard
    for known in CLASSES_ON[found]:
        if known == cls:
            return Place(found, known)
    raise WrongTokenClass


def board(name: str) -> Board:
    """Read the name of a board that a batch is asked of.

    Raises:
        NotHere: there is none of that name (P-7.6).
    """
    found = _board(name)
    if found is None:
        raise NotHere
    return found


def _board(name: str) -> Board | None:
    return next((known for known in Board if known == name), None)


def check_week(week: Week, now: Instant) -> None:
    """Accept a token of `week` at `now`: in its week and in the grace after it.

    Raises:
        NotYet: the week has not begun.
        Expired: it is over, and so is the grace.
    """
    if now < start_of(first_day(week)):
        raise NotYet(day=first_day(week))
    if now >= start_of(first_day(Week(week + 1))) + GRACE_SECONDS:
        raise Expired


def may_read(role: Role, among: Board) -> bool:
    """Tell whether `role` may read the cells of `among`; leaf lists are for every member."""
    return role in READERS[among]


def check_signed_since(signed: Instant, started: Instant) -> None:
    """Accept a proof only when it was signed since this process began (P-7.4).

    The set of used proofs is in memory and began empty at `started`: what was signed earlier may
    have been used earlier.

    Raises:
        ProofStale: signed before.
    """
    if signed < started:
        raise ProofStale


def check_issue(token_class: TokenClass, role: Role, week: Week, day: Day, today: Day) -> None:
    """Accept a request for tokens of `token_class` that are `day`'s portion (P-10.3).

    A member may withdraw today's portion and those of the days that are left of the week, and
    on the last day also the first of the next week, so that Monday's first slot finds tokens.

    Raises:
        WrongTokenClass: the class is for the other role.
        WrongShape: `day` is not in `week`.
        Expired: `day` is over.
        NotYet: `day` is further ahead than that.
    """
    if ROLE_OF[token_class.writer] is not role:
        raise WrongTokenClass
    if week_of(day) != week:
        raise WrongShape(field="issue.week")
    if day < today:
        raise Expired
    sunday = first_day(Week(week_of(today) + 1)) - 1
    if day > max(sunday, today + 1):
        raise NotYet(day=day)
