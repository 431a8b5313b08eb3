"""What differs between two registers: what a second registrar reads before signing.

This file knows two registers and names the lines that came, went and changed. It refuses to
judge them: a person does, by telephone where a member is new. Only what nobody could see in such a
list it refuses itself: that somebody is gone from it without a word.
"""

from dataclasses import dataclass
from typing import Self

from keys.address import MemberId
from keys.errors import RosterMixed
from keys.member import Member
from keys.register import Register, Roster


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that is not as it was."""

    enrolled: tuple[Member, ...]
    revoked: tuple[MemberId, ...]
    changed: tuple[Member, ...]
    """Members whose line differs, as it is to be."""
    settings: tuple[str, ...]
    """Schema words: `instance`, `checkpoint`, `schedule`, `issuers`."""

    @classmethod
    def between(cls, before: Register | None, after: Register) -> Self:
        """Compare; with nothing before, everything is new."""
        old = {} if before is None else {member.member_id: member for member in before.members}
        gone = {one.member_id for one in (() if before is None else before.revoked)}
        settings = (
            ("instance", before is None or before.instance != after.instance),
            ("checkpoint", before is None or before.checkpoint != after.checkpoint),
            ("schedule", before is None or before.schedule != after.schedule),
            ("issuers", before is None or dict(before.issuers) != dict(after.issuers)),
        )
        return cls(
            tuple(one for one in after.members if one.member_id not in old),
            tuple(one.member_id for one in after.revoked if one.member_id not in gone),
            tuple(one for one in after.members if old.get(one.member_id, one) != one),
            tuple(name for name, differs in settings if differs),
        )


def refuse_forgetting(before: Roster | None, after: Roster) -> None:
    """Accept only the very next register, in which all who stood in the last one still stand.

    A member goes by being struck, and who was struck stays so (E-13.10). Otherwise a stolen
    identity could come back in two quiet steps.

    Raises:
        RosterMixed: a version was left out between the two, somebody is in neither list any more,
            or is a member after having been struck.
    """
    if after.version != (1 if before is None else before.version + 1):
        raise RosterMixed
    if before is None:
        return
    old, new = before.register, after.register
    gone = {one.member_id for one in new.revoked}
    live = {one.member_id for one in new.members}
    if not {one.member_id for one in old.revoked} <= gone:
        raise RosterMixed
    if not {one.member_id for one in old.members} <= live | gone:
        raise RosterMixed
