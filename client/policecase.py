"""The rows of the police channel beside a case at the centre.

This file knows what waits for a second pair of eyes, and on what basis something was sent. It
refuses to hold any of the lines: they stand in the case, and nothing here travels with a package.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from client.case import PoliceBasis, PoliceRequestInput
from client.messages import VIEW_WORDS, PoliceStatus, StatusWord
from client.notice import asking
from client.policelines import RequestContent
from keys.address import PackageId
from keys.body import Kind, kind_of
from keys.calendar import Day
from keys.wire import Fields, pack

_ID: Final = 16
_HASH: Final = 32
_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that one person has approved and that waits for another.

    Attributes:
        by: who approved it first; never sent.
        digest: 32 bytes, of what would be said: changed lines want a first approval again.
    """

    by: str = field(repr=False)
    digest: bytes

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(["police_prepared", 1, self.by, self.digest])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "police_prepared")
        made = cls(fields.text("by", most=_NAME), fields.octets("digest", size=_HASH))
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class AskedPolice:
    """Something that was sent to the own district for a case, and on what basis."""

    transfer: bytes
    package_id: PackageId
    kind: Kind
    basis: PoliceBasis

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(
            ["police_asked", 1, self.transfer, self.package_id, int(self.kind), self.basis.value]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "police_asked")
        made = cls(
            fields.octets("transfer", most=_ID),
            PackageId(fields.octets("package_id", size=_ID)),
            kind_of(fields.number("kind")),
            fields.choice("basis", PoliceBasis),
        )
        fields.end()
        return made


def digest_of(said: PoliceRequestInput, kind: Kind, *, emergency: bool) -> bytes:
    """Return the hash of what a request of `kind` would say, whoever approves it and when."""
    content = RequestContent(asking(said, kind), emergency, 0, Day(0), kind)
    return sha256(content.encode()).digest()


@dataclass(frozen=True, slots=True)
class PoliceWord:
    """The own district's word on the new place: a fact of the case that never leaves the centre.

    Attributes:
        word: `contacted_…` or `could_not_contact`.
        day: when the district said it.
    """

    word: StatusWord
    day: Day

    @property
    def contacted(self) -> bool:
        """Whether the police at the new place have been spoken with."""
        return self.word is not StatusWord.COULD_NOT_CONTACT


def word_on_place(said: Iterable[PoliceStatus]) -> PoliceWord | None:
    """Return the newest word on the place among a district's words, for the check (C-7.15)."""
    found = [one for one in said if one.status in VIEW_WORDS]
    newest = max(found, key=lambda one: one.day, default=None)
    return None if newest is None else PoliceWord(newest.status, newest.day)
