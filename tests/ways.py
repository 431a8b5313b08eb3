"""Which way each kind may go, by the rules in words.

This file knows the rules as people say them. It refuses to ask the program's own table: tests
compare the two.
"""

from typing import Final

from keys.address import Board, Role
from keys.body import Kind

TO_ONES_OWN_DISTRICT: Final = frozenset(
    {Kind.POLICE_REQUEST, Kind.POLICE_VIEW_REQUEST, Kind.POLICE_WITHDRAWAL}
)
TO_NOBODY_ELSE: Final = frozenset({Kind.DUMMY, Kind.REFUSAL})
"""What says nothing and goes to oneself alone, and what is not used yet."""


def may(kind: Kind, by: Role, to: Role, *, home: bool) -> bool:
    """Tell whether a kind may go from one to another.

    Args:
        kind: of what is said.
        by: what says it.
        to: what takes it.
        home: whether `to` is the district of `by`.
    """
    if kind in TO_NOBODY_ELSE:
        return False
    if kind in TO_ONES_OWN_DISTRICT:
        return (by, to) == (Role.CENTRE, Role.POLICE) and home
    if kind is Kind.POLICE_STATUS:
        return (by, to) == (Role.POLICE, Role.CENTRE)
    role = Role.POLICE if kind.word.startswith("police_") else Role.CENTRE
    return (by, to) == (role, role)


def board_between(by: Role, to: Role) -> Board:
    """Tell on which board these two speak, whatever they say."""
    match by, to:
        case Role.CENTRE, Role.CENTRE:
            return Board.CENTRE
        case Role.POLICE, Role.CENTRE:
            return Board.REPLY
        case _:
            return Board.POLICE
