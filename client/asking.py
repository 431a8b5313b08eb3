"""The row of a place inquiry, at the centre that asked or at the one that was asked.

This file knows its shape: closed words, a code name and the other centre. It refuses to hold
anything about a person, for an inquiry says nothing about one.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from keys.address import MemberId
from keys.calendar import Day
from keys.wire import Fields, pack

_ID: Final = 16
_HASH: Final = 32
_WORD: Final = 80
_LIMIT: Final = 4_096


@dataclass(frozen=True, slots=True)
class Asking:
    """One inquiry between two centres.

    Attributes:
        ours: whether this centre asked.
        transfer: the case it was asked for; empty at the centre that was asked.
        code_name: what this desk calls it.
        other: the other centre.
        inquiry: the closed inquiry's bytes.
        day: when it was asked.
        answer: the closed answer's bytes, or empty.
        answer_hash: 32 bytes, of the signed answer: the acceptance, when it says yes. At the
            centre that was asked it is the one that a package rests on, else the newest.
    """

    ours: bool
    transfer: bytes
    code_name: str
    other: MemberId = field(repr=False)
    inquiry: bytes = field(repr=False)
    day: Day
    answer: bytes = field(default=b"", repr=False)
    answer_hash: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(
            [
                "asking",
                1,
                self.ours,
                self.transfer,
                self.code_name,
                self.other,
                self.inquiry,
                self.day,
                self.answer,
                self.answer_hash,
            ]
        )

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "asking")
        made = cls(
            ours=fields.flag("ours"),
            transfer=fields.octets("transfer", most=_ID),
            code_name=fields.text("code_name", most=_WORD),
            other=MemberId(fields.octets("other", size=_HASH)),
            inquiry=fields.octets("inquiry", most=_LIMIT),
            day=Day(fields.number("day")),
            answer=fields.octets("answer", most=_LIMIT),
            answer_hash=fields.octets("answer_hash", most=_HASH),
        )
        fields.end()
        return made


@dataclass(frozen=True, slots=True)
class Given:
    """The row of a yes that this centre gave: for whom, until when, and whether it is used.

    Attributes:
        inquiry: the id of what it answers; said more than once, it has a row for each.
    """

    to: MemberId = field(repr=False)
    valid_until: Day = Day(0)  # noqa: RUF009 - a NewType of int
    used: bool = False
    inquiry: bytes = b""

    def encode(self) -> bytes:
        """Return this row as bytes."""
        return pack(["given", 1, self.to, self.valid_until, self.used, self.inquiry])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "given")
        made = cls(
            MemberId(fields.octets("to", size=_HASH)),
            Day(fields.number("valid_until")),
            fields.flag("used"),
            # A row that an older program wrote ends here.
            b"" if fields.ended else fields.octets("inquiry", most=_ID),
        )
        fields.end()
        return made
