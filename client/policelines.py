"""The contents of a request and of a notice to the police: lines, each with its reason.

This file knows their rules and their one encoding (CONSENT C-7). Whoever reads one applies the
same rules as whoever makes one. It refuses to know how they are sent; neither has a way on from
here, so that what a district has read goes no further than to its staff.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Self, cast

from client.case import PoliceBasis, PoliceLine, PoliceRequestInput
from client.case.checking import checked
from client.case.police_request import VIEW_LINES, InConsultation
from client.case.words import YesNo
from client.closed import clean
from client.refusals import ApprovalMissing, MissingAnswer, NoBasis, WrongAnswer
from keys.body import Kind
from keys.calendar import LAST_DAY, Day
from keys.errors import Refused, WrongShape
from keys.wire import Fields, Packable, pack, unpack

APPROVALS: Final = 2
"""How many people approve a request, unless it is an emergency."""
AUTHORITY: Final = 160
"""The longest statement of a district's own authority, in characters."""
_LIMIT: Final = 1 << 16
_PLACE: Final = frozenset({"destination_centre", "destination_area"})
_REQUEST: Final = Kind.POLICE_REQUEST.word
_NOTICE: Final = Kind.POLICE_NOTICE.word
_MOST_APPROVALS: Final = 99


@dataclass(frozen=True, slots=True)
class RequestContent:
    """What a centre says to its own district (C-7.1): to warn another, or about a place.

    Attributes:
        emergency: whether one approval was enough.
        approvals: how many people approved; their names stay at the centre.
        kind: `POLICE_REQUEST`, or `POLICE_VIEW_REQUEST` for a question about a place.
    """

    said: PoliceRequestInput = field(repr=False)
    emergency: bool
    approvals: int
    day: Day
    kind: Kind = Kind.POLICE_REQUEST

    def check(self) -> None:
        """Accept only a request that may be made (C-7.2 to C-7.5).

        Raises:
            NoBasis: there is none, or the person's answer speaks against it.
            ApprovalMissing: one person approved what is no emergency, or nobody did.
            MissingAnswer: no line, nothing on whether the person was told, or on the police; or no
                place in a question about one.
            WrongAnswer: a question about a place has a line that it may not have.
        """
        said = self.said
        if said.police_basis is None:
            raise NoBasis
        if said.police_basis is PoliceBasis.CONSENT_POLICE and said.user_objects is YesNo.YES:
            raise NoBasis
        missing = self._missing()
        if missing:
            raise MissingAnswer(field=f"police_request.{missing}")
        _check_lines(said.lines, view=self.kind is Kind.POLICE_VIEW_REQUEST)
        # Last: when this alone is missing, the request waits for a second pair of eyes.
        wanted = 1 if self.emergency else APPROVALS
        if self.approvals < wanted:
            raise ApprovalMissing(count=wanted)

    def _missing(self) -> str:
        said = self.said
        if not said.lines:
            return "lines"
        if said.user_told is None:
            return "user_told"
        if said.user_told is YesNo.NO and said.user_told_why_not is None:
            return "user_told_why_not"
        # A question about a place is itself how the police are consulted.
        if self.kind is Kind.POLICE_VIEW_REQUEST:
            return ""
        return "" if self._in_consultation() else "move_in_consultation_with_police"

    def _in_consultation(self) -> bool:
        """Return whether it says with whom and when, or may do without for now."""
        asked = self.said.move_in_consultation_with_police
        if asked is None or asked.answer is InConsultation.NOT_YET_EMERGENCY:
            return self.emergency
        return asked.role is not None and asked.at is not None

    def encode(self) -> bytes:
        """Return the bytes of the part `request`."""
        said = pack(_dumped(self.said))
        return pack([self.kind.word, 1, said, self.emergency, self.approvals, self.day])

    @classmethod
    def decode(cls, data: bytes, kind: Kind = Kind.POLICE_REQUEST) -> Self:
        """Read what `encode` writes of a content of that kind.

        Raises:
            Malformed: it has not that form, a line is unknown, or `check` would refuse it.
        """
        fields = Fields.decode(data, kind.word, limit=_LIMIT)
        made = cls(
            said=_read(fields.octets("said", most=_LIMIT), _REQUEST),
            emergency=fields.flag("emergency"),
            approvals=fields.number("approvals", most=_MOST_APPROVALS),
            day=Day(fields.number("day", most=LAST_DAY)),
            kind=kind,
        )
        fields.end()
        # pydantic is lenient («7» for 7); an encoding that is not our own is not read at all.
        if made.encode() != data:
            raise WrongShape(field=_REQUEST)
        try:
            made.check()
        except Refused:
            raise WrongShape(field=_REQUEST) from None
        return made


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """What a home district says to, or asks, the district of the new place (C-7.7).

    Attributes:
        authority: on what the home district acts, in its own words.
        kind: `POLICE_NOTICE`, or `POLICE_VIEW` for a question about the place.
    """

    lines: tuple[PoliceLine, ...] = field(repr=False)
    authority: str = field(repr=False)
    day: Day
    kind: Kind = Kind.POLICE_NOTICE

    def encode(self) -> bytes:
        """Return the bytes of the part `notice`.

        Raises:
            WrongAnswer: a child is named where no danger of abduction is, or a question about a
                place has a line that it may not have.
            MissingAnswer: a question about a place names none.
        """
        _check_lines(self.lines, view=self.kind is Kind.POLICE_VIEW)
        said = checked(PoliceRequestInput, {"lines": self.lines}, _NOTICE)
        return pack([self.kind.word, 1, pack(_dumped(said)), self.authority, self.day])

    @classmethod
    def decode(cls, data: bytes, kind: Kind = Kind.POLICE_NOTICE) -> Self:
        """Read what `encode` writes of a content of that kind.

        Raises:
            Malformed: it has not that form, or a line is unknown.
        """
        fields = Fields.decode(data, kind.word, limit=_LIMIT)
        said = _read(fields.octets("said", most=_LIMIT), _NOTICE)
        authority = fields.text("authority", most=AUTHORITY)
        day = Day(fields.number("day", most=LAST_DAY))
        fields.end()
        made = cls(said.lines, clean(authority, _NOTICE, most=AUTHORITY), day, kind)
        try:
            written = made.encode()
        except Refused:
            raise WrongShape(field=_NOTICE) from None
        if not made.lines or written != data:
            raise WrongShape(field=_NOTICE)
        return made


def _check_lines(lines: Sequence[PoliceLine], *, view: bool) -> None:
    """Accept lines without the centre's own mark, and of a question about a place its few kinds."""
    if any(line.ask_destination is not None for line in lines):
        raise WrongAnswer(field="police_request.lines.ask_destination")
    if not view:
        return
    kinds = {line.kind for line in lines}
    if not kinds <= VIEW_LINES:
        raise WrongAnswer(field="police_request.lines")
    if not kinds & _PLACE:
        raise MissingAnswer(field="police_request.lines")


def _dumped(said: PoliceRequestInput) -> Packable:
    return cast("dict[str, Packable]", said.model_dump(mode="json", exclude_defaults=True))


def _read(data: bytes, path: str) -> PoliceRequestInput:
    try:
        return checked(PoliceRequestInput, unpack(data), path)
    except Refused as slip:
        raise WrongShape(field=slip.facts["field"]) from None
