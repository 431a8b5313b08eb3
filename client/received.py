"""What a note turns out to be, once it is opened and believed: one type for each kind.

This file knows what the rules at the receiving end need to have seen before, and what they give.
It refuses to open anything: reception.py does, alone. A message that a rule turns away has a type
of its own, which holds nothing that could be opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from client.inquiry import InquiryId, PlaceAnswer, PlaceInquiry
from client.messages import (
    PoliceContact,
    PoliceStatus,
    PoliceViewAnswer,
    PoliceWithdrawal,
    Withdrawal,
)
from keys.address import MemberId, PackageId
from keys.body import Kind, MemberView, Seen
from keys.calendar import Day
from keys.errors import Refusal
from keys.manifest import AgreedByPhone, PackageManifest
from keys.prekeys import PrekeySecret
from keys.receipt import Receipt, ReleaseNote


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A yes to a place that this member gave.

    Attributes:
        to: the member it was given to.
        valid_until: the last day on which a package may rest on it.
        used: whether one has; it counts once.
        shut: the package that rests on it, as long as nobody has opened it, and the day on which
            its sender made it.
    """

    to: MemberId
    valid_until: Day
    used: bool
    shut: tuple[PackageId, Day] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A package on one of the two desks: who is at the other end, and which it is."""

    member: MemberId
    manifest_hash: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What this member remembers, as far as the rules ask for it (C-9).

    Attributes:
        acceptances: yeses that this member gave, by the hash of their signed body.
        packages: packages that came, with their sender.
        sent: envelopes that this member sent, with their receiver; forgotten ones are not here.
        asked: the centres that each inquiry went to.
        withdrawn: packages that were taken back before they came, with their sender.
        marks: forgotten envelopes that are still to be answered, and by what the answer is known.
    """

    acceptances: Mapping[bytes, Acceptance]
    packages: Mapping[PackageId, Held]
    sent: Mapping[PackageId, Held]
    asked: Mapping[InquiryId, frozenset[MemberId]]
    withdrawn: frozenset[tuple[MemberId, PackageId]] = frozenset()
    marks: Mapping[PackageId, bytes] = field(default_factory=dict[PackageId, bytes])


@dataclass(frozen=True, slots=True)
class Came:
    """What is known of every note that opened, whatever it says.

    Attributes:
        body_hash: of its signed body.
        manifest_hash: of its manifest; receipts name a package by it.
        day: of the key it was sealed to.
        by_machine: whether the sender's machine signed it, not its staff.
        prekey: the one-time key that opened it; without one its forward secrecy is that of the day.
        replay_keys: to be stored in the transaction that stores the rest.
    """

    sender: MemberView
    kind: Kind
    body_hash: bytes
    manifest_hash: bytes
    day: Day
    by_machine: bool
    prekey: PrekeySecret | None = field(repr=False)
    roster_version: int
    roster_hash: bytes
    gossip: tuple[Seen, ...]
    replay_keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ReceivedDummy:
    """A note to oneself."""

    came: Came


@dataclass(frozen=True, slots=True)
class ReceivedInquiry:
    """A centre asks for a place."""

    came: Came
    inquiry: PlaceInquiry


@dataclass(frozen=True, slots=True)
class ReceivedAnswer:
    """A centre that was asked answers; `Accepted(came.body_hash)` is what a package names."""

    came: Came
    answer: PlaceAnswer


@dataclass(frozen=True, slots=True)
class ReceivedPackage:
    """A case, sealed until the person has come.

    Attributes:
        replaces: an older one of the same sender on the same yes, which nobody has opened.
    """

    came: Came
    manifest: PackageManifest
    replaces: PackageId | None = None

    @property
    def by_phone(self) -> bool:
        """Whether it rests on a yes by telephone, which staff are shown, and no signed one."""
        return isinstance(self.manifest.prev, AgreedByPhone)


@dataclass(frozen=True, slots=True)
class ReceivedUpdate:
    """More of a case that came before; `follows` is that package's id."""

    came: Came
    manifest: PackageManifest
    follows: PackageId


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A centre asks its own district: to warn another, or about a place."""

    came: Came
    manifest: PackageManifest


@dataclass(frozen=True, slots=True)
class ReceivedNotice:
    """Another district tells this one, or asks it about a place."""

    came: Came
    manifest: PackageManifest


@dataclass(frozen=True, slots=True)
class ReceivedReceipt:
    """The receiver of something that this member sent says what it did."""

    came: Came
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class ReceivedRelease:
    """The sender says that the person has come."""

    came: Came
    note: ReleaseNote = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReceivedWithdrawal:
    """The sender says that the consent was taken back."""

    came: Came
    withdrawal: Withdrawal


@dataclass(frozen=True, slots=True)
class ReceivedStatus:
    """The district says what became of a request."""

    came: Came
    status: PoliceStatus


@dataclass(frozen=True, slots=True)
class ReceivedContact:
    """The district that got a notice says whom to ring."""

    came: Came
    contact: PoliceContact


@dataclass(frozen=True, slots=True)
class ReceivedViewAnswer:
    """The district that was asked about a place says one word."""

    came: Came
    answer: PoliceViewAnswer


@dataclass(frozen=True, slots=True)
class ReceivedPoliceWithdrawal:
    """A centre says that the consent to contact with the police was taken back."""

    came: Came
    withdrawal: PoliceWithdrawal


@dataclass(frozen=True, slots=True)
class ReceivedRefused:
    """A believed note that a rule turns away: nothing of it is kept or shown.

    Attributes:
        refusal: which rule.
        reply: what the sender is told, if anything.
    """

    came: Came
    refusal: Refusal
    reply: Receipt | PoliceStatus | None = None


Received: TypeAlias = (
    ReceivedDummy
    | ReceivedInquiry
    | ReceivedAnswer
    | ReceivedPackage
    | ReceivedUpdate
    | ReceivedRequest
    | ReceivedNotice
    | ReceivedReceipt
    | ReceivedRelease
    | ReceivedWithdrawal
    | ReceivedStatus
    | ReceivedContact
    | ReceivedViewAnswer
    | ReceivedPoliceWithdrawal
    | ReceivedRefused
)
