"""What came to a case after it was opened, as an export carries it: notes, versions, a new yes.

This file knows the closed form of each, with its day. It refuses to be answers: what counts of a
case stands in its parts, and this is how it came to be so. It knows no author of a note, because
none is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from client.case import Part, PartId, Section
from client.case.consent import Form, GivenBy
from client.case.part_id import PartRef
from client.case.text import Name, TextRule
from client.vocabulary import Purpose

SINCE: Final = "since_arrival"
NOTES: Final = "notes"
VERSIONS: Final = "versions"
RENEWALS: Final = "consent_renewals"
MOST: Final = 1_024
"""The most notes, versions of one part, and new consents."""
NOTE_MOST: Final = 1_000
"""How long a note may be, in characters."""


class VersionKind(StrEnum):
    """How a version of a part came to be."""

    CAME = "came"
    UPDATE = "update"
    CHECK = "check"


class NoteSince(Section):
    """What the receiving desk wrote beside a part."""

    WORD = f"{SINCE}.{NOTES}"

    part: PartRef
    noted_on: date
    text: Annotated[str, TextRule(NOTE_MOST)]


class VersionHead(Section):
    """When a part was said so, and how; its answers stand beside this."""

    WORD = f"{SINCE}.{VERSIONS}"

    kind: VersionKind
    recorded_on: date


class RenewalSince(Section):
    """What the person said yes to anew at the receiving desk."""

    WORD = f"{SINCE}.{RENEWALS}"

    purpose: Purpose
    given_by: GivenBy
    form: Form
    language: Name
    given_on: date
    ends_on: date

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.ends_on < self.given_on:
            raise PydanticCustomError("wrong_answer", "it ends before it is given")
        return self


HEADS: Final[tuple[type[Section], ...]] = (NoteSince, VersionHead, RenewalSince)
"""Everything here that is declared; the answers of a version are the part's own."""


@dataclass(frozen=True, slots=True)
class VersionSince:
    """A part as it was said at one time; of a check only the rows that were gone through."""

    head: VersionHead
    content: Part = field(repr=False)


@dataclass(frozen=True, slots=True)
class SinceArrival:
    """Everything that came later.

    Attributes:
        notes: in the order of the parts, oldest first beside each.
        versions: of each part that did not only come with the case, oldest first.
        renewals: oldest first.
    """

    notes: tuple[NoteSince, ...] = field(default=(), repr=False)
    versions: Mapping[PartId, tuple[VersionSince, ...]] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )
    renewals: tuple[RenewalSince, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.notes or self.versions or self.renewals)


def told_apart(versions: tuple[VersionSince, ...]) -> bool:
    """Return whether versions of one part say more than that it came with the case."""
    kinds = [one.head.kind for one in versions]
    return bool(kinds) and VersionKind.CAME not in kinds[1:] and kinds != [VersionKind.CAME]
