"""What a written answer to the question of consent lets out, and for how long.

This file knows the answer as a case file has it (CONSENT C-1). It refuses to be lenient: a no, a
silence and a question never asked let out nothing, and neither does an answer taken back.
"""

from collections.abc import Mapping
from typing import Final

from client.case import (
    NUMBERED,
    WITHOUT_CASE,
    ConsentInput,
    Decision,
    Part,
    PartId,
    name_of,
    order_of,
    part_id,
)
from client.case.attachment import Attachment
from client.refusals import (
    AttachmentAlone,
    ConsentEnded,
    ConsentMissing,
    ConsentOtherRecipient,
    ConsentWithdrawn,
    PartNotThere,
    WrongAnswer,
)
from keys.address import Role
from keys.calendar import Day, day_number
from keys.errors import WrongRole
from keys.roster import Member

DAYS: Final = 30
"""How long a consent lasts when nobody says otherwise."""
YES: Final = frozenset({Decision.YES_ALL, Decision.YES_SOME})
"""The answers that let anything out."""
_ALWAYS: Final = frozenset(part_id(name) for name in WITHOUT_CASE)


def chosen_parts(said: ConsentInput, parts: Mapping[PartId, Part]) -> frozenset[PartId]:
    """Return the parts that `said` lets out, with those that hold nothing about the person.

    Raises:
        ConsentMissing: the answer is no, was not asked for, or names nothing of the case.
        ConsentWithdrawn: it was taken back, or nothing of it is left.
        PartNotThere: it names a child or an attachment that the case does not have.
        AttachmentAlone: it names an attachment, and not the part it is shared with.
    """
    if said.decision not in YES:
        raise ConsentMissing
    back = frozenset(said.withdrawn_parts)
    if not back and (said.withdrawn_at, said.withdrawn_by) != (None, None):
        raise ConsentWithdrawn
    named = frozenset(parts if said.decision is Decision.YES_ALL else said.parts)
    for part in sorted(named, key=order_of):
        # «Child 2» of tomorrow may be another child than the one the person thought of.
        if name_of(part) in NUMBERED and part not in parts:
            raise PartNotThere(part=part)
    whole = is_whole(said)
    files = {part: file.shared_with for part, file in attachments(parts)}
    chosen = named - back - {part for part, cover in files.items() if cover in back}
    if not whole:
        # Whoever says yes to a part says yes to what is attached to it.
        chosen |= {part for part, cover in files.items() if cover in chosen and part not in back}
    for part in sorted(chosen & files.keys(), key=order_of):
        if not whole and files[part] not in chosen:
            raise AttachmentAlone(part=part)
    if not (chosen & parts.keys()) - _ALWAYS:
        raise ConsentWithdrawn if back else ConsentMissing
    return chosen | _ALWAYS


def is_whole(said: ConsentInput) -> bool:
    """Return whether the answer is yes to everything, and stays so."""
    return said.decision is Decision.YES_ALL and not said.withdrawn_parts


def attachments(parts: Mapping[PartId, Part]) -> list[tuple[PartId, Attachment]]:
    """Return the attachments among `parts`."""
    return [(part, found) for part, found in parts.items() if isinstance(found, Attachment)]


def check_recipient(said: ConsentInput, recipient: Member) -> None:
    """Accept a centre, and the one that the answer names if it names any (C-1.5).

    Raises:
        WrongRole: `recipient` is no centre.
        ConsentOtherRecipient: the answer names another.
    """
    if recipient.role is not Role.CENTRE:
        raise WrongRole
    named = said.recipient_centre
    if named is not None and named.casefold() != recipient.name.casefold():
        raise ConsentOtherRecipient


def given_and_ends(said: ConsentInput, today: Day) -> tuple[Day, Day]:
    """Return the day it was given and its last day.

    What was written down is a date in Norway, which begins an hour or two before the UTC day of
    the same number: a consent of half past midnight is given today, not tomorrow.

    Raises:
        WrongAnswer: it is dated after today.
        ConsentEnded: its last day has passed.
    """
    given = today if said.given_at is None else day_number(said.given_at.date())
    if given > today + 1:
        raise WrongAnswer(field="consent.given_at")
    given = min(given, today)
    ends = Day(given + DAYS) if said.ends_on is None else day_number(said.ends_on)
    if ends < today:
        raise ConsentEnded(day=ends)
    return given, ends
