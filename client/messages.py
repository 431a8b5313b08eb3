"""What is said about a package or a request afterwards, in closed words and without content.

This file knows the manifests of the kinds without blobs that the lowest floor does not read
(CONSENT C-5): a withdrawal, a district's status to the centre that asked, and what a district
answers the home district: whom to ring, and one word on a place. It refuses to carry a reason that
concerns a person, and from the police to a centre anything but words of a list.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from client.case import PartId
from client.closed import clean, part_ids, word
from client.vocabulary import DeclineReason, PlaceWord, ViewWord
from keys.address import PackageId
from keys.body import MANIFEST_LIMIT, Kind
from keys.calendar import LAST_DAY, Day
from keys.errors import WrongShape
from keys.wire import Fields, Packable, pack

_ID: Final = 16
_HASH: Final = 32
_ROLE: Final = 80
_PHONE: Final = 40


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The person has taken the consent back (C-5.1). It names no part when all of it is back.

    Parts are named only towards a centre that has opened the package: before that it must not
    learn which parts exist, so the whole package is taken back and a smaller one is sent.

    Attributes:
        astray: whether it was never meant for this centre; then all of it is taken back (C-19).
    """

    package_id: PackageId
    manifest_hash: bytes
    day: Day
    parts: tuple[PartId, ...] = ()
    astray: bool = False

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `WITHDRAWAL`."""
        said: list[Packable] = [self.package_id, self.manifest_hash, self.day, list(self.parts)]
        return pack(["withdrawal", 1, *said, self.astray])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form, or names its parts out of order or twice, or some
                parts of what was never meant for the receiver.
        """
        fields = Fields.decode(data, "withdrawal", limit=MANIFEST_LIMIT)
        made = cls(
            package_id=PackageId(fields.octets("package_id", size=_ID)),
            manifest_hash=fields.octets("manifest_hash", size=_HASH),
            day=Day(fields.number("day", most=LAST_DAY)),
            parts=part_ids(fields, "parts"),
            astray=fields.flag("astray"),
        )
        fields.end()
        if made.astray and made.parts:
            raise WrongShape(field="withdrawal.parts")
        return made


class StatusWord(StrEnum):
    """What a district says to the centre that asked; the centre learns nothing more."""

    RECEIVED = "received"
    RELAYED = "relayed"
    RELAYED_OUTSIDE = "relayed_outside"  # in the police's own channel
    DECLINED = "declined"
    WRONG_DISTRICT = "wrong_district"
    # To a question about a new place: what came of asking the police there.
    CONTACTED_NO_KNOWN_LINKS = "contacted_no_known_links"
    CONTACTED_ADVISE_AGAINST = "contacted_advise_against"
    CONTACTED_WILL_CALL = "contacted_will_call"
    COULD_NOT_CONTACT = "could_not_contact"
    # To a consent that was taken back.
    WITHDRAWN_DESTROYED = "withdrawn_destroyed"  # before anything was passed on
    WITHDRAWN_AFTER_RELAY = "withdrawn_after_relay"  # what was passed on is the police's own


BACK_WORDS: Final = frozenset({StatusWord.WITHDRAWN_DESTROYED, StatusWord.WITHDRAWN_AFTER_RELAY})
"""What a consent that was taken back is answered with."""
_OF_BOTH: Final = BACK_WORDS | {StatusWord.RECEIVED, StatusWord.WRONG_DISTRICT}
VIEW_WORDS: Final = frozenset(StatusWord(one) for one in PlaceWord)
"""What a question about a place is answered with: exactly one of them (C-5.2)."""
WORDS_TO: Final[Mapping[Kind, frozenset[StatusWord]]] = MappingProxyType(
    {
        Kind.POLICE_REQUEST: _OF_BOTH
        | {StatusWord.RELAYED, StatusWord.RELAYED_OUTSIDE, StatusWord.DECLINED},
        Kind.POLICE_VIEW_REQUEST: _OF_BOTH | VIEW_WORDS,
    }
)
"""Which words answer what."""


@dataclass(frozen=True, slots=True)
class PoliceStatus:
    """A district's status of one request (C-5.2); `reason` is there exactly when it declines."""

    request_id: PackageId
    status: StatusWord
    day: Day
    reason: DeclineReason | None = None

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `POLICE_STATUS`.

        Raises:
            WrongShape: a reason without a no, or a no without a reason.
        """
        data = pack(["police_status", 1, self.request_id, self.status, self.day, self.reason])
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form, or a reason without a no, or a no without a reason.
        """
        fields = Fields.decode(data, "police_status", limit=MANIFEST_LIMIT)
        made = cls(
            request_id=PackageId(fields.octets("request_id", size=_ID)),
            status=fields.choice("status", StatusWord),
            day=Day(fields.number("day", most=LAST_DAY)),
            reason=word(fields, "reason", DeclineReason),
        )
        fields.end()
        if (made.reason is not None) != (made.status is StatusWord.DECLINED):
            raise WrongShape(field="police_status.reason")
        return made


@dataclass(frozen=True, slots=True)
class PoliceWithdrawal:
    """The person has taken the consent to contact with the police back (C-5.5): an id and a day."""

    request_id: PackageId
    day: Day

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `POLICE_WITHDRAWAL`."""
        return pack(["police_withdrawal", 1, self.request_id, self.day])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "police_withdrawal", limit=MANIFEST_LIMIT)
        made = cls(
            request_id=PackageId(fields.octets("request_id", size=_ID)),
            day=Day(fields.number("day", most=LAST_DAY)),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class PoliceContact:
    """Whom to ring at the district that got a notice: to the home district and no further (C-5.3).

    Attributes:
        notice_id: the notice's package id.
        role: at most 80 characters; a role, not a name.
        phone: at most 40 characters.
    """

    notice_id: PackageId
    role: str = field(repr=False)
    phone: str = field(repr=False)
    day: Day

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `POLICE_CONTACT`.

        Raises:
            WrongShape: a text is empty, too long, or holds what no text may.
        """
        data = pack(["police_contact", 1, self.notice_id, self.role, self.phone, self.day])
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "police_contact", limit=MANIFEST_LIMIT)
        made = cls(
            notice_id=PackageId(fields.octets("notice_id", size=_ID)),
            role=clean(fields.text("role", most=_ROLE), "police_contact.role", most=_ROLE),
            phone=clean(fields.text("phone", most=_PHONE), "police_contact.phone", most=_PHONE),
            day=Day(fields.number("day", most=LAST_DAY)),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class PoliceViewAnswer:
    """One word on a place, to the home district and no further (C-5.6).

    Attributes:
        view_id: the view's package id.
        role: whom to ring there, at most 80 characters, or empty; a role, not a name.
        phone: at most 40 characters; there exactly when `role` is.
    """

    view_id: PackageId
    word: ViewWord
    day: Day
    role: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)

    def encode(self) -> bytes:
        """Return the manifest of a note of kind `POLICE_VIEW_ANSWER`.

        Raises:
            WrongShape: a role without a phone, a phone without a role, or a text that no text may
                be.
        """
        contact = [self.role, self.phone] if self.role or self.phone else None
        data = pack(["police_view_answer", 1, self.view_id, self.word, self.day, contact])
        self.decode(data)
        return data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "police_view_answer", limit=MANIFEST_LIMIT)
        view_id = PackageId(fields.octets("view_id", size=_ID))
        word_ = fields.choice("word", ViewWord)
        day = Day(fields.number("day", most=LAST_DAY))
        role = phone = ""
        if fields.optional():
            named, dialled = fields.items("contact", least=2, most=2)
            role = clean(named, "police_view_answer.role", most=_ROLE)
            phone = clean(dialled, "police_view_answer.phone", most=_PHONE)
        fields.end()
        return cls(view_id, word_, day, role, phone)
