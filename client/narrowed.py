"""A consent of which a part is taken back: what is left, and never more than there was.

This file knows how a consent, and the answer it was made of, become smaller (CONSENT C-1.9). It
refuses to make one larger, longer or another centre's: for that the person is asked anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from secrets import token_bytes

from client.answered import attachments
from client.case import (
    NUMBERED,
    WITHOUT_CASE,
    ConsentInput,
    Decision,
    Part,
    PartId,
    name_of,
    order_of,
)
from client.case.consent import GivenBy
from client.consent import SALT_BYTES, Consent
from keys.calendar import Instant
from keys.words import norway


def with_attached(back: Iterable[PartId], parts: Mapping[PartId, Part]) -> frozenset[PartId]:
    """Return the parts taken back, with the attachments that go with them (C-1.4)."""
    named = frozenset(back)
    return named | {part for part, file in attachments(parts) if file.shared_with in named}


def narrowed(consent: Consent, back: Iterable[PartId]) -> Consent | None:
    """Return `consent` without the parts taken back; None when nothing about the person is left."""
    gone = frozenset(back)
    numbered = [part for part in consent.parts if name_of(part) in NUMBERED]
    subjects = zip(numbered, consent.subjects, strict=True)
    left = tuple(part for part in consent.parts if part not in gone)
    if all(name_of(part) in WITHOUT_CASE for part in left):
        return None
    return replace(
        consent,
        decision=Decision.YES_SOME,
        parts=left,
        subjects=tuple(subject for part, subject in subjects if part not in gone),
        salt=token_bytes(SALT_BYTES),
    )


def taken_back(
    said: ConsentInput, back: Iterable[PartId], by: GivenBy | None, now: Instant
) -> ConsentInput:
    """Return the written answer with what was taken back in it: these parts, or all of it if none.

    Args:
        said: the answer as it was.
        back: parts; those that were taken back earlier stay so.
        by: whoever took it back, or None when the person was not asked.
        now: when.
    """
    at = datetime.fromtimestamp(now, norway()).replace(tzinfo=None, second=0, microsecond=0)
    gone = frozenset(back)
    parts = tuple(sorted(gone | frozenset(said.withdrawn_parts), key=order_of)) if gone else ()
    return said.model_copy(
        update={"withdrawn_parts": parts, "withdrawn_by": by, "withdrawn_at": at}
    )
