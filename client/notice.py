"""What the police are told: a centre's request to its own district, and that district's notice on.

This file knows who may make the two, of what and to whom (CONSENT C-7). It refuses to make them
of anything else: no case, no package and no received notice becomes one, and a review keeps,
removes and rewords lines but never adds any. From the receiving district nothing goes on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self, TypeAlias, cast, final

from pydantic_core import PydanticCustomError

from client.case import PoliceBasis, PoliceLine, PoliceRequestInput, Section
from client.case.text import TextRule
from client.case.words import YesNo
from client.policelines import AUTHORITY, NoticeContent, RequestContent
from client.refusals import (
    LineAdded,
    LinesUnanswered,
    MissingAnswer,
    NoBasis,
    WrongAnswer,
    WrongDistrict,
)
from keys.address import MemberId, Role
from keys.body import Kind, MemberView
from keys.calendar import Day
from keys.errors import WrongRole


@dataclass(frozen=True, slots=True)
class District:
    """A police district of the signed roster; no centre becomes one.

    Raises:
        WrongRole: `member` is a centre.
    """

    member: MemberView

    def __post_init__(self) -> None:
        if self.member.role is not Role.POLICE:
            raise WrongRole

    @property
    def member_id(self) -> MemberId:
        """The district's id."""
        return self.member.member_id


class _Witness:
    """Proof that a message came through its one maker; nothing outside this file makes one."""

    __slots__ = ()


_WITNESS: Final = _Witness()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request needs to know beside what was written down.

    Attributes:
        police_contact: the person's answer to the separate question of contact with the police.
        approvals: the names of those who approved; they stay here.
        emergency: whether one approval is enough.
        kind: `POLICE_REQUEST`, or `POLICE_VIEW_REQUEST` for a question about the new place.
    """

    police_contact: YesNo | None
    approvals: Collection[str] = field(repr=False)
    emergency: bool
    today: Day
    kind: Kind = Kind.POLICE_REQUEST


def asking(said: PoliceRequestInput, kind: Kind) -> PoliceRequestInput:
    """Return what of a written request a message of `kind` says: no more lines than it may.

    A question about a place takes the lines that are marked for it; the mark itself stays here.
    """
    view = kind is Kind.POLICE_VIEW_REQUEST
    lines = tuple(
        line.model_copy(update={"ask_destination": None})
        for line in said.lines
        if not view or line.ask_destination is YesNo.YES
    )
    left_out = {"move_in_consultation_with_police": None} if view else {}
    return said.model_copy(update={"lines": lines, **left_out})


@final
class PoliceRequest:
    """A centre's request to its own district. Only `from_input` makes one.

    Raises:
        NoBasis: something else tried.
    """

    __slots__ = ("_content",)

    def __init__(self, content: RequestContent, *, witness: _Witness) -> None:
        if witness is not _WITNESS:
            raise NoBasis
        self._content = content

    @classmethod
    def from_input(cls, said: PoliceRequestInput, asked: Asked) -> Self:
        """Make a request of what was written down (C-7.2 to C-7.5).

        Raises:
            NoBasis: there is none; or it is the person's consent, and the answer is not yes.
            ApprovalMissing: fewer than two different people approved, and it is no emergency.
            MissingAnswer, WrongAnswer: see `RequestContent.check`.
        """
        approved = {name.strip().casefold() for name in asked.approvals} - {""}
        content = RequestContent(
            asking(said, asked.kind), asked.emergency, len(approved), asked.today, asked.kind
        )
        consented = asked.police_contact is YesNo.YES
        if said.police_basis is PoliceBasis.CONSENT_POLICE and not consented:
            raise NoBasis
        content.check()
        return cls(content, witness=_WITNESS)

    @property
    def content(self) -> RequestContent:
        """What it says."""
        return self._content

    @property
    def kind(self) -> Kind:
        """The kind of its note."""
        return self._content.kind


@final
class PoliceNotice:
    """A home district's notice to another district. Only a `Review` makes one.

    Raises:
        NoBasis: something else tried.
    """

    __slots__ = ("_content", "_district", "_origin")

    def __init__(
        self, content: NoticeContent, origin: bytes, district: MemberId, *, witness: _Witness
    ) -> None:
        if witness is not _WITNESS:
            raise NoBasis
        self._content = content
        self._origin = origin
        self._district = district

    @property
    def content(self) -> NoticeContent:
        """What it says."""
        return self._content

    @property
    def origin(self) -> bytes:
        """32 bytes: the hash of the request, which only the home district resolves."""
        return self._origin

    @property
    def district(self) -> MemberId:
        """The district that the home district chose."""
        return self._district

    @property
    def kind(self) -> Kind:
        """The kind of its note."""
        return self._content.kind


@dataclass(frozen=True, slots=True)
class Keep:
    """Send this line on as it is."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Leave this line out."""


@dataclass(frozen=True, slots=True)
class Reword:
    """Say this line otherwise, and no more than it says."""

    line: PoliceLine = field(repr=False)


NEXT: Final[Mapping[Kind, Kind]] = MappingProxyType(
    {Kind.POLICE_REQUEST: Kind.POLICE_NOTICE, Kind.POLICE_VIEW_REQUEST: Kind.POLICE_VIEW}
)
"""What a home district's review of each kind becomes."""

Choice: TypeAlias = Keep | Remove | Reword


@dataclass(frozen=True, slots=True)
class Review:
    """A received request on a home district's desk.

    Attributes:
        request: what the centre said.
        origin: the hash of its signed body.
        home: the district that reviews it.
    """

    request: RequestContent
    origin: bytes
    home: MemberId

    def notice(
        self, choices: Sequence[Choice], district: District, authority: str, today: Day
    ) -> PoliceNotice:
        """Make the district's own notice of the lines it keeps (C-7.7 to C-7.9).

        Of a centre's question about a place it makes a question to the district there.

        Args:
            choices: one for each line of the request, in its order.
            district: where the person goes, chosen; never derived from a municipality.
            authority: on what the district acts, at most 160 characters.
            today: the current UTC day.

        Raises:
            LinesUnanswered: there are not as many choices as lines.
            MissingAnswer: no line is left, or there is no authority.
            LineAdded: a reworded line says another thing, or more.
            WrongDistrict: `district` is the reviewing one: it knows already.
            WrongAnswer: a child is named where no danger of abduction is left, or the authority
                is no plain text.
        """
        if district.member_id == self.home:
            raise WrongDistrict(kind="own")
        if len(choices) != len(self.request.said.lines):
            raise LinesUnanswered(count=len(self.request.said.lines), limit=len(choices))
        pairs = zip(self.request.said.lines, choices, strict=True)
        chosen = [_chosen(line, choice) for line, choice in pairs]
        lines = tuple(line for line in chosen if line is not None)
        if not lines:
            raise MissingAnswer(field="police_notice.lines")
        kind = NEXT[self.request.kind]
        content = NoticeContent(lines, _authority(authority), today, kind)
        content.encode()
        return PoliceNotice(content, self.origin, district.member_id, witness=_WITNESS)


def _chosen(line: PoliceLine, choice: Choice) -> PoliceLine | None:
    if isinstance(choice, Reword):
        new = choice.line
        if new.kind != line.kind or not _says_no_more(_said(new), _said(line)):
            raise LineAdded
        return new.model_copy(update={"ask_destination": None})
    return line if isinstance(choice, Keep) else None


def _said(line: PoliceLine) -> object:
    said: object = getattr(line, line.kind)
    return said


def _says_no_more(new: object, old: object) -> bool:
    """Tell whether `new` fills no field that `old` left empty, and lists nothing more.

    What a text says cannot be weighed; that a number or a word is corrected is the district's own
    responsibility, as is everything it sends on.
    """
    if isinstance(new, Section) and isinstance(old, Section):
        fields = type(new).model_fields
        return all(_says_no_more(getattr(new, name), getattr(old, name)) for name in fields)
    if isinstance(new, tuple) and isinstance(old, tuple):
        return len(cast("tuple[object, ...]", new)) <= len(cast("tuple[object, ...]", old))
    return new is None or old is not None


def _authority(text: str) -> str:
    if not text.strip():
        raise MissingAnswer(field="police_notice.authority")
    try:
        return TextRule(AUTHORITY).check(text)
    except PydanticCustomError:
        raise WrongAnswer(field="police_notice.authority") from None
