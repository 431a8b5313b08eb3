"""The row of a case being prepared at the sending centre.

This file knows its shape. It refuses to decide anything, and no row shows its content in a `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Self

from keys.address import MemberId
from keys.calendar import Day, Instant
from keys.errors import WrongShape
from keys.wire import Fields, Packable, Value, pack

_ID: Final = 16
_HASH: Final = 32
_CASE: Final = 1 << 21
_MOST: Final = 64
MOST_ASKED: Final = _MOST
"""How many questions about a place a case remembers that it asked."""
_MOST_TASKS: Final = 256
_NEVER: Final = Instant(0)
_WORD: Final = 80
_FILE: Final = 64
_EMPTY: Final[Mapping[str, "Staged"]] = MappingProxyType({})
_UNSEEN: Final[Mapping[str, bytes]] = MappingProxyType({})
_UNTYPED: Final[Mapping[str, str]] = MappingProxyType({})
_MOST_PARTS: Final = 128
MOST_TYPED: Final = 8
"""At how many topics a case keeps what was being typed; the oldest goes first."""
LONGEST_TYPED: Final = 65_536


@dataclass(frozen=True, slots=True)
class Staged:
    """An attachment's bytes, sealed on this disk under a key of their own."""

    file: str
    key: bytes = field(repr=False)
    length: int = 0

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        return ["staged", 1, self.file, self.key, self.length]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "staged")
        made = cls(
            fields.text("file", most=_FILE),
            fields.octets("key", size=_HASH),
            fields.number("length"),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Place:
    """A yes to a place: what a package may name as the reason it is not unsolicited.

    Attributes:
        centre: which centre said yes.
        acceptance: hash of its signed answer, or empty when it was said by phone.
        role: who said yes by phone, a schema word; empty otherwise.
        day: when it was said; of a signed answer, the last day it counts.
    """

    centre: MemberId
    acceptance: bytes
    role: str
    day: Day

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        return ["place", 1, self.centre, self.acceptance, self.role, self.day]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "place")
        made = cls(
            MemberId(fields.octets("centre", size=_HASH)),
            fields.octets("acceptance", most=_HASH),
            fields.text("role", most=_WORD),
            Day(fields.number("day")),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Heard:
    """That somebody compared the receiver's key by telephone: which key, when, and who."""

    member_id: MemberId
    day: Day
    who: str

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads."""
        return ["heard", 1, self.member_id, self.day, self.who]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields(value, "heard")
        made = cls(
            MemberId(fields.octets("member", size=_HASH)),
            Day(fields.number("day")),
            fields.text("who", most=_WORD),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Transfer:
    """One case being prepared at the sending centre.

    Attributes:
        code_name: such as GRAN-427; the only name that lists show.
        case: the case file as it was last written, in its own language.
        staged: attachments by part id.
        consent: the consent's bytes, or empty.
        place: the yes that was got, if any.
        asked: inquiry ids sent for it.
        package: what was sent, if anything: its package id, or empty.
        request: the police request that was sent, or empty.
        urgent_since: when the case first said that the move cannot wait, or 0.
        done: names of tasks that somebody marked as done.
        came_from: the package that came here and that it was begun from, or empty.
        seen: what stood in each part when the yes was written down, as 16 bytes.
        typed: what somebody was adding when the desk locked, by part and page; it was not sent.
        heard: that the key of the consent's centre was compared; it goes with the consent.
    """

    code_name: str
    case: str = field(repr=False)
    staged: Mapping[str, Staged] = field(default_factory=lambda: _EMPTY, repr=False)
    consent: bytes = field(default=b"", repr=False)
    place: Place | None = field(default=None, repr=False)
    asked: tuple[bytes, ...] = ()
    package: bytes = b""
    request: bytes = b""
    urgent_since: Instant = _NEVER
    done: tuple[str, ...] = ()
    came_from: bytes = b""
    seen: Mapping[str, bytes] = field(default_factory=lambda: _UNSEEN, repr=False)
    typed: Mapping[str, str] = field(default_factory=lambda: _UNTYPED, repr=False)
    heard: Heard | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the sealed files of its attachments."""
        return tuple(one.file for one in self.staged.values())

    def unanswered(self, case: str) -> Self:
        """Return the case with another text, and no consent and nothing that rests on one."""
        return replace(self, case=case, consent=b"", seen=_UNSEEN, heard=None)

    def heard_of(self, member_id: MemberId) -> Heard | None:
        """Return that the key of that member was compared, if it was."""
        return self.heard if self.heard and self.heard.member_id == member_id else None

    def forgotten(self) -> Self:
        """Return what is left when receipt is confirmed: that there was a case, and its name."""
        return type(self)(self.code_name, "", package=self.package, request=self.request)

    def encode(self) -> bytes:
        """Return this row as bytes."""
        staged: list[Packable] = [[name, one.packed()] for name, one in self.staged.items()]
        return pack(
            [
                "transfer",
                1,
                self.code_name,
                self.case,
                staged,
                self.consent,
                None if self.place is None else self.place.packed(),
                list(self.asked),
                self.package,
                self.request,
                self.urgent_since,
                list(self.done),
                self.came_from,
                [[name, mark] for name, mark in self.seen.items()],
                [[name, text] for name, text in self.typed.items()],
                None if self.heard is None else self.heard.packed(),
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "transfer", limit=_CASE)
        code_name = fields.text("code_name", most=_WORD)
        case = fields.text("case", most=_CASE)
        pairs = [_staged(item) for item in fields.items("staged", most=_MOST)]
        staged = dict(pairs)
        if len(staged) != len(pairs):
            raise WrongShape(field="transfer.staged")
        consent = fields.octets("consent")
        place = _one(fields, "place")
        asked = fields.strings("asked", most=_MOST, size=_ID)
        package = fields.octets("package", most=_ID)
        request = fields.octets("request", most=_ID)
        # A row that an older program wrote ends here.
        since = 0 if fields.ended else fields.number("urgent_since")
        done = () if fields.ended else fields.texts("done", most=_MOST_TASKS, longest=_WORD)
        came_from = b"" if fields.ended else fields.octets("came_from", most=_ID)
        seen = {} if fields.ended else _seen(fields)
        typed = {} if fields.ended else _typed(fields)
        heard = None if fields.ended else _one(fields, "heard")
        fields.end()
        return cls(
            code_name,
            case,
            MappingProxyType(staged),
            consent,
            None if place is None else Place.read(place),
            asked,
            package,
            request,
            Instant(since),
            done,
            came_from,
            MappingProxyType(seen),
            MappingProxyType(typed),
            None if heard is None else Heard.read(heard),
        )


def _one(fields: Fields, name: str) -> Value:
    """Read a nested list, or nil."""
    if not fields.optional():
        return None
    return list(fields.items(name, most=_MOST))


def _seen(fields: Fields) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for item in fields.items("seen", most=_MOST_PARTS):
        match item:
            case [str(name), bytes(mark)] if len(mark) == _ID and name not in found:
                found[name] = mark
            case _:
                raise WrongShape(field="transfer.seen")
    return found


def _typed(fields: Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in fields.items("typed", most=MOST_TYPED):
        match item:
            case [str(name), str(text)] if len(text) <= LONGEST_TYPED and name not in found:
                found[name] = text
            case _:
                raise WrongShape(field="transfer.typed")
    return found


def _staged(item: Value) -> tuple[str, Staged]:
    match item:
        case [str(name), list(value)]:
            return name, Staged.read(list(value))
        case _:
            raise WrongShape(field="transfer.staged")
