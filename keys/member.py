"""A member as the roster has it: two public keys, a role, a home district, a directory entry.

This file knows the form of one member's line (ENVELOPE E-13.9) and refuses to know the others.
A home district is chosen and written down; nothing here derives one from a place, because
police districts follow neither counties nor municipalities.
"""

from dataclasses import dataclass
from typing import Final, Self

from keys.address import MemberId, Role
from keys.calendar import Day
from keys.errors import WrongShape
from keys.identity import MEMBER_ID_BYTES, PublicIdentity
from keys.wire import Fields, Packable, Value

MINUTES_A_DAY: Final = 1_440
LAST_DAY: Final = (1 << 32) - 1
_IDENTITY_LIMIT: Final = 4_096
_DIRECTORY_ITEMS: Final = 7


@dataclass(frozen=True, slots=True)
class Directory:
    """What a colleague elsewhere may look up: about the house, never about a person. No map."""

    name: str
    """The centre's or district's own name, 1 to 80 characters."""
    region: str
    """At most 80 characters."""
    units: str
    """Its units and for whom they are, at most 200 characters."""
    access: str
    """Lift, induction loop, guide dogs and the like, at most 400 characters."""
    call_back_phone: str
    """The number to call back on, 3 to 40 characters."""

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads (E-13.9)."""
        texts = (self.name, self.region, self.units, self.access, self.call_back_phone)
        return ["directory", 1, *texts]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: `value` has not that form (the leaves of `wire`).
        """
        fields = Fields(value, "directory")
        entry = cls(
            name=line(fields, "name", least=1, most=80),
            region=line(fields, "region", most=80),
            units=line(fields, "units", most=200),
            access=line(fields, "access", most=400),
            call_back_phone=line(fields, "call_back_phone", least=3, most=40),
        )
        fields.end()
        return entry


@dataclass(frozen=True, slots=True)
class Member:
    """One centre or one police district."""

    identity: PublicIdentity
    role: Role
    home_district: MemberId | None
    """The police member a centre writes to; None for a police district."""
    directory: Directory
    token_minute: int
    """The minute of the UTC day, 0 to 1439, at which it withdraws tokens."""

    def __post_init__(self) -> None:
        """Refuse a centre without a home district, and a district with one.

        Raises:
            WrongShape: either.
        """
        if (self.home_district is None) is (self.role is Role.CENTRE):
            raise WrongShape(field="member.home_district")

    @property
    def member_id(self) -> MemberId:
        """The hash of its identity keys (E-2.2)."""
        return self.identity.member_id

    @property
    def name(self) -> str:
        """Its own name, from the directory."""
        return self.directory.name

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads (E-13.9)."""
        return [
            "member",
            1,
            self.identity.encode(),
            self.role.value,
            self.home_district,
            self.directory.packed(),
            self.token_minute,
        ]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            WrongShape: a centre without a home district, or a district with one.
            Malformed: `value` has not that form (the leaves of `wire`).
        """
        fields = Fields(value, "member")
        identity = PublicIdentity.decode(fields.octets("identity", most=_IDENTITY_LIMIT))
        role = fields.choice("role", Role)
        home = read_home(fields)
        directory = Directory.read(fields.items("directory", most=_DIRECTORY_ITEMS))
        minute = fields.number("token_minute", most=MINUTES_A_DAY - 1)
        fields.end()
        return cls(identity, role, home, directory, minute)


@dataclass(frozen=True, slots=True)
class Revoked:
    """A member that is one no more, and since which UTC day."""

    member_id: MemberId
    day: Day

    def packed(self) -> list[Packable]:
        """Return the list that `read` reads (E-13.10)."""
        return ["revoked", 1, self.member_id, self.day]

    @classmethod
    def read(cls, value: Value) -> Self:
        """Read what `packed` returns.

        Raises:
            Malformed: `value` has not that form (the leaves of `wire`).
        """
        fields = Fields(value, "revoked")
        member_id = MemberId(fields.octets("member_id", size=MEMBER_ID_BYTES))
        day = Day(fields.number("day", most=LAST_DAY))
        fields.end()
        return cls(member_id, day)


def line(fields: Fields, name: str, *, most: int, least: int = 0) -> str:
    """Read one line of text that a screen shows as it is.

    Control, format and line-breaking characters are refused: an entry that moves the cursor or
    turns the direction of writing could show a registrar another name than the one signed.

    Raises:
        WrongShape: no text, of another length, or with such a character.
    """
    text = fields.text(name, least=least, most=most)
    if not text.isprintable():
        raise WrongShape(field=name)
    return text


def read_home(fields: Fields) -> MemberId | None:
    """Read a home district or nil.

    Raises:
        WrongShape: neither.
    """
    if not fields.optional():
        return None
    return MemberId(fields.octets("home_district", size=MEMBER_ID_BYTES))
