"""A case on its way out: the draft, which has no exit, and the package, which has one maker.

This file knows how a draft and a consent become a package (CONSENT C-2). It refuses to make one
otherwise: `ConsentedPackage` cannot be constructed, replaced or copied into without the witness
that only `Draft` holds. There is no override, no setting and no role that goes around it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from io import BufferedIOBase
from types import MappingProxyType
from typing import Final, TypeAlias, final

from client.case import (
    NUMBERED,
    WITHOUT_CASE,
    Part,
    PartId,
    encode_part,
    name_of,
    order_of,
)
from client.case.attachment import Attachment
from client.consent import Consent, check_contents
from client.refusals import (
    AttachmentMissing,
    ConsentMissing,
    ConsentOtherRecipient,
    PartNotThere,
    WrongAnswer,
)
from client.vocabulary import PhoneRole
from keys.address import MemberId
from keys.body import Kind
from keys.calendar import Day
from keys.manifest import Accepted, AgreedByPhone, Follows

Because: TypeAlias = Accepted | AgreedByPhone | Follows
"""Why a package is not unsolicited (E-5.8)."""

OpenFile = Callable[[], BufferedIOBase]
"""Opens an attachment's bytes for reading, from the start."""

PHONE_DAYS: Final = 7
"""How long a yes by telephone holds, in days."""


def check_phone(yes: AgreedByPhone, today: Day) -> None:
    """Accept a yes by telephone of these days, by a role that is in the list (C-4.6).

    Raises:
        WrongAnswer: it is of another day, or the role is none of `PhoneRole`.
    """
    if yes.role not in set(PhoneRole) or not today - PHONE_DAYS <= yes.day <= today:
        raise WrongAnswer(field="agreed_by_phone")


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """The bytes that an attachment part stands for."""

    length: int
    open: OpenFile = field(repr=False)


class _Witness:
    """Proof that a package came through `Draft`; nothing outside this file makes one."""

    __slots__ = ()


_WITNESS: Final = _Witness()
_NO_FILES: Final[Mapping[PartId, AttachedFile]] = MappingProxyType({})


@final
class ConsentedPackage:
    """A case that may leave: only the consented parts, and its own addressee.

    Only `Draft` makes one. It is no dataclass, so that no tool copies one with other content.

    Raises:
        ConsentMissing: something else than `Draft` tried.
    """

    __slots__ = ("_consent", "_files", "_parts", "_prev")

    def __init__(
        self,
        consent: Consent,
        prev: Because,
        parts: Mapping[PartId, Part],
        files: Mapping[PartId, AttachedFile],
        *,
        witness: _Witness,
    ) -> None:
        if witness is not _WITNESS:
            raise ConsentMissing
        self._consent = consent
        self._prev: Because = prev
        self._parts = MappingProxyType(dict(parts))
        self._files = MappingProxyType(dict(files))

    @property
    def consent(self) -> Consent:
        """What permits it to leave."""
        return self._consent

    @property
    def recipient(self) -> MemberId:
        """The one centre that the consent names."""
        return self._consent.recipient

    @property
    def prev(self) -> Because:
        """Why it is not unsolicited."""
        return self._prev

    @property
    def kind(self) -> Kind:
        """A case package, or an update of one."""
        return Kind.PACKAGE_UPDATE if isinstance(self._prev, Follows) else Kind.CASE_PACKAGE

    @property
    def parts(self) -> Mapping[PartId, Part]:
        """The consented parts that the case has, in their fixed order."""
        return self._parts

    @property
    def octets(self) -> Mapping[PartId, bytes]:
        """The bytes of each part: these are sealed, and these the person was shown (C-2.7)."""
        made = {part: encode_part(part, content) for part, content in self._parts.items()}
        return MappingProxyType(made)

    @property
    def files(self) -> Mapping[PartId, AttachedFile]:
        """The bytes of its attachments, in the same order."""
        return self._files

    def check(self, today: Day) -> None:
        """Check once more, at the door, what held when it was made (C-2.5).

        Raises:
            ConsentEnded: the consent's last day has passed meanwhile.
            ConsentMissing, PartChanged, AttachmentAlone: the contents are not the consented ones.
        """
        self._consent.counts(today)
        check_contents(self._consent, self._parts)


@dataclass(frozen=True, slots=True)
class Draft:
    """A case being written. It cannot be sent, sealed or shown to anybody but its writer."""

    code_name: str
    parts: Mapping[PartId, Part] = field(repr=False)
    files: Mapping[PartId, AttachedFile] = field(default_factory=lambda: _NO_FILES, repr=False)

    def consented(
        self, consent: Consent, prev: Accepted | AgreedByPhone, acceptor: MemberId, today: Day
    ) -> ConsentedPackage:
        """Return what the consent lets out, and nothing else (C-2).

        Args:
            consent: what was given.
            prev: why the package is not unsolicited.
            acceptor: the centre that said yes to the place.
            today: the current UTC day.

        Raises:
            ConsentOtherRecipient: the place is at another centre than the consent names.
            ConsentEnded: its last day has passed.
            WrongAnswer: the yes by telephone is too old, or by nobody who may give it.
            ConsentMissing: nothing that was consented to is in the case.
            PartNotThere: a consented child or attachment is no longer in the case.
            PartChanged: another child or file stands in its place.
            AttachmentMissing: an attachment's file is not there.
        """
        if acceptor != consent.recipient:
            raise ConsentOtherRecipient
        return self._package(consent, prev, consent.parts, today)

    def added(
        self, consent: Consent, follows: Follows, parts: Collection[PartId], today: Day
    ) -> ConsentedPackage:
        """Return an update of a package that was sent: some of the consented parts, anew (C-2.6).

        Raises:
            As `consented`; and `ConsentMissing` for a part that the consent does not name.
        """
        chosen = tuple(sorted(set(parts), key=order_of))
        if not set(chosen) <= set(consent.parts):
            raise ConsentMissing
        return self._package(consent, follows, chosen, today)

    def _package(
        self, consent: Consent, prev: Because, chosen: tuple[PartId, ...], today: Day
    ) -> ConsentedPackage:
        if isinstance(prev, AgreedByPhone):
            check_phone(prev, today)
        gone = [part for part in chosen if part not in self.parts and name_of(part) in NUMBERED]
        if gone:
            raise PartNotThere(part=gone[0])
        parts = {part: self.parts[part] for part in chosen if part in self.parts}
        if all(name_of(part) in WITHOUT_CASE for part in parts):
            raise ConsentMissing
        files: dict[PartId, AttachedFile] = {}
        for part, content in parts.items():
            if isinstance(content, Attachment):
                if part not in self.files:
                    raise AttachmentMissing(part=part)
                files[part] = self.files[part]
        package = ConsentedPackage(consent, prev, parts, files, witness=_WITNESS)
        package.check(today)
        return package
