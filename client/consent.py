"""Consent: which parts may go to which centre, until which day, and what both ends check.

This file knows what a consent permits (CONSENT C-1 to C-3, C-6). It refuses to be given by
anybody but the person: a no, a silence and a question never asked make no `Consent`, and no
setting and no role makes one instead. What may leave with it is decided in draft.py.

Source: krisesenterlova § 5 and forvaltningsloven § 13 a no. 1 (consent lifts the duty of
confidentiality, to the extent it was given); GDPR art. 4(11) and 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Final, NewType, Self

from client.answered import (
    YES,
    attachments,
    check_recipient,
    chosen_parts,
    given_and_ends,
    is_whole,
)
from client.case import (
    EVERY_PART,
    MOST,
    NUMBERED,
    ConsentInput,
    Decision,
    Part,
    PartId,
    Release,
    name_of,
    order_of,
)
from client.case.consent import Form, GivenBy
from client.case.words import YesNo
from client.closed import clean, part_ids
from client.refusals import (
    AttachmentAlone,
    ConsentEnded,
    ConsentMismatch,
    ConsentMissing,
    ConsentOtherRecipient,
    MissingAnswer,
    PartChanged,
)
from client.subject import SUBJECT_BYTES, subject_of
from keys.address import MemberId
from keys.calendar import LAST_DAY, Day
from keys.errors import WrongShape
from keys.manifest import PackageManifest
from keys.roster import Member
from keys.wire import Fields, Packable, Value, pack

ConsentHash = NewType("ConsentHash", bytes)
"""32 bytes: SHA-256 of a consent's bytes, as the signed manifest names it."""

LIMIT: Final = 1 << 14
"""The longest consent, in bytes."""
SALT_BYTES: Final = 16
_NAME: Final = 80
_LINE: Final = 160


def _salt() -> bytes:
    return token_bytes(SALT_BYTES)


@dataclass(frozen=True, slots=True)
class Consent:
    """A yes, given: which parts may go to which centre, until which day.

    Attributes:
        decision: yes to all, or yes to some; no other decision makes a consent.
        parts: in the fixed order; what is not named here does not leave. A part may be filled in
            after the person has said yes to its topic; a child or an attachment may not.
        subjects: 16 bytes for each child and attachment in `parts`, in order: whose or which it
            is, so that another one at the same place is refused (C-1.6).
        recipient: the one centre it is for.
        given: the day it was given.
        ends: the last day on which it counts.
        informed_benefits: what was explained before the question, as far as it was written down.
        police_contact: the answer to the separate question; it opens nothing by itself.
        salt: 16 random bytes. The receiver knows the hash of a consent before arrival, and must
            not find the parts in it by trying (ENVELOPE E-5.10).
    """

    decision: Decision
    parts: tuple[PartId, ...] = field(repr=False)
    subjects: tuple[bytes, ...] = field(repr=False)
    recipient: MemberId = field(repr=False)
    given_by: GivenBy
    given: Day
    ends: Day
    release: Release
    form: Form | None = None
    languages: tuple[str, ...] = field(default=(), repr=False)
    interpreter: str | None = field(default=None, repr=False)
    informed_benefits: bool | None = None
    informed_rights: bool | None = None
    informed_no_consequence: bool | None = None
    police_contact: bool | None = None
    salt: bytes = field(default_factory=_salt, repr=False)

    @classmethod
    def given_in(
        cls, said: ConsentInput, parts: Mapping[PartId, Part], recipient: Member, today: Day
    ) -> Self:
        """Make a consent of what was written down with the person (C-1).

        Args:
            said: the written answer.
            parts: the case as it is now; «yes to all» means these parts and no later one.
            recipient: the centre it is for, out of the signed roster.
            today: the current UTC day.

        Raises:
            ConsentMissing: the answer is no, was not asked for, or names nothing of the case.
            ConsentWithdrawn: it says itself that it was taken back.
            ConsentEnded: its last day has passed.
            ConsentOtherRecipient: it names another centre than `recipient`.
            WrongRole: `recipient` is no centre.
            PartNotThere: it names a child or an attachment that the case does not have.
            AttachmentAlone: it names an attachment, and not the part it is shared with.
            MissingAnswer: nobody wrote down who consented.
            WrongAnswer: it is dated after today.
        """
        chosen = chosen_parts(said, parts)
        check_recipient(said, recipient)
        if said.given_by is None:
            raise MissingAnswer(field="consent.given_by")
        given, ends = given_and_ends(said, today)
        ordered = tuple(sorted(chosen, key=order_of))
        return cls(
            decision=Decision.YES_ALL if is_whole(said) else Decision.YES_SOME,
            parts=ordered,
            subjects=tuple(
                subject_of(parts[part]) for part in ordered if name_of(part) in NUMBERED
            ),
            recipient=recipient.member_id,
            given_by=said.given_by,
            given=given,
            ends=ends,
            release=said.release,
            form=said.form,
            languages=said.informed_in_language,
            interpreter=said.interpreter_used,
            informed_benefits=_yes(said.informed_benefits),
            informed_rights=_yes(said.informed_rights),
            informed_no_consequence=_yes(said.informed_no_consequence),
            police_contact=_yes(said.police_contact_consent),
        )

    @property
    def hash(self) -> ConsentHash:
        """What the signed manifest names."""
        return ConsentHash(sha256(self.encode()).digest())

    def counts(self, today: Day) -> None:
        """Accept from the day it was given until its last.

        Raises:
            ConsentEnded: `today` is no such day.
        """
        if not self.given <= today <= self.ends:
            raise ConsentEnded(day=self.ends)

    def encode(self) -> bytes:
        """Return this consent as bytes: the first part of every record (C-3)."""
        informed = [self.informed_benefits, self.informed_rights, self.informed_no_consequence]
        form = None if self.form is None else self.form.value
        said: list[Packable] = [self.decision.value, self.parts, self.subjects, self.recipient]
        said += [self.given_by.value, self.given, self.ends, self.release.value, form]
        said += [self.languages, self.interpreter, *informed, self.police_contact, self.salt]
        return pack(["consent", 1, *said])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form, is no yes, or names its parts out of order or twice.
        """
        fields = Fields.decode(data, "consent", limit=LIMIT)
        made = cls(
            decision=fields.choice("decision", Decision),
            parts=part_ids(fields, "parts", least=1),
            subjects=tuple(map(_subject_bytes, fields.items("subjects", most=len(EVERY_PART)))),
            recipient=MemberId(fields.octets("recipient", size=32)),
            given_by=fields.choice("given_by", GivenBy),
            given=(given := Day(fields.number("given", most=LAST_DAY))),
            ends=Day(fields.number("ends", least=given, most=LAST_DAY)),
            release=fields.choice("release", Release),
            form=fields.choice("form", Form) if fields.optional() else None,
            languages=tuple(
                clean(item, "consent.languages", most=_NAME)
                for item in fields.items("languages", most=MOST)
            ),
            interpreter=_interpreter(fields),
            informed_benefits=_flag(fields, "informed_benefits"),
            informed_rights=_flag(fields, "informed_rights"),
            informed_no_consequence=_flag(fields, "informed_no_consequence"),
            police_contact=_flag(fields, "police_contact"),
            salt=fields.octets("salt", size=SALT_BYTES),
        )
        fields.end()
        numbered = sum(name_of(part) in NUMBERED for part in made.parts)
        if made.decision not in YES or numbered != len(made.subjects):
            raise WrongShape(field="consent.parts")
        return made


def check_contents(consent: Consent, parts: Mapping[PartId, Part]) -> None:
    """Accept only contents that the consent is about (C-2.4).

    Args:
        consent: what was given.
        parts: the contents on their way out, or just come in.

    Raises:
        ConsentMissing: a part that it does not name.
        PartChanged: another child or file than the one that was consented to.
        AttachmentAlone: an attachment of a part that it does not name.
    """
    numbered = [part for part in consent.parts if name_of(part) in NUMBERED]
    about = dict(zip(numbered, consent.subjects, strict=False))
    for part, content in parts.items():
        if part not in consent.parts:
            raise ConsentMissing
        if name_of(part) in NUMBERED and about.get(part) != subject_of(content):
            raise PartChanged(part=part)
    for part, file in attachments(parts):
        if consent.decision is Decision.YES_SOME and file.shared_with not in consent.parts:
            raise AttachmentAlone(part=part)


def check_received(data: bytes, manifest: PackageManifest, me: MemberId, today: Day) -> Consent:
    """Check the consent of a received package before any of its parts is decoded (C-6).

    Args:
        data: the first part of the record.
        manifest: the signed manifest it came with.
        me: the receiving member.
        today: the current UTC day.

    Raises:
        ConsentMismatch: it is another consent than the signed manifest names.
        Malformed: it has not its form.
        ConsentOtherRecipient: it is for another centre.
        ConsentEnded: its last day has passed.
    """
    mark = manifest.consent
    if mark is None or sha256(data).digest() != mark.hash:
        raise ConsentMismatch
    consent = Consent.decode(data)
    if (consent.ends, consent.release.value) != (mark.end_day, manifest.release.value):
        raise ConsentMismatch
    if consent.recipient != me:
        raise ConsentOtherRecipient
    consent.counts(today)
    return consent


def _yes(answer: YesNo | None) -> bool | None:
    return None if answer is None else answer is YesNo.YES


def _flag(fields: Fields, name: str) -> bool | None:
    return fields.flag(name) if fields.optional() else None


def _subject_bytes(item: Value) -> bytes:
    if not isinstance(item, bytes) or len(item) != SUBJECT_BYTES:
        raise WrongShape(field="consent.subjects")
    return item


def _interpreter(fields: Fields) -> str | None:
    if not fields.optional():
        return None
    return clean(fields.text("interpreter", most=_LINE), "consent.interpreter", most=_LINE)
