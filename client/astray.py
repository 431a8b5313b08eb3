"""A case that was opened at a centre it was not meant for: what both desks must do, and until when.

This file knows that two desks have tasks then, one of them with a deadline in law, and that who has
read it is said in closed words, by role (CONSENT C-19). It refuses to name anybody: it has a code
name and no recipient, so that it may stand longer than the case and its addressee.

Source: the General Data Protection Regulation art. 33(1), 33(5) and 34(1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from client.closed import words
from client.found import Colour, Finding
from client.law import LAW, Reference
from client.tasks import URGENT_SECONDS, Task
from client.vocabulary import READ, ReadBy
from keys.calendar import Day, Instant, day_of
from keys.wire import Fields, pack

AUTHORITY_SECONDS: Final = 72 * 3_600
"""Until when the supervisory authority is to be told, from when the desk knew (art. 33(1))."""
KEPT_DAYS: Final = 90
"""How long the desk keeps what was to be done, and by whom it was read."""
CONSENT: Final = "astray_consent"
_WORD: Final = 80
_MOST: Final = 16
_SENDERS: Final[Mapping[str, int | None]] = MappingProxyType(
    {
        READ: URGENT_SECONDS,
        "astray_leader": URGENT_SECONDS,
        "astray_move": URGENT_SECONDS,
        "astray_authority": AUTHORITY_SECONDS,
        "astray_person": AUTHORITY_SECONDS,
        CONSENT: None,
    }
)
_RECEIVERS: Final[Mapping[str, int | None]] = MappingProxyType(
    {READ: URGENT_SECONDS, "astray_leader": URGENT_SECONDS, "astray_tell": URGENT_SECONDS}
)
RESTS_ON: Final[Mapping[str, Reference]] = LAW.of_tasks(_SENDERS)
"""The tasks that a provision asks for, and which: `client/law.toml`."""


@dataclass(frozen=True, slots=True)
class Astray:
    """One case that went astray, at one of the two desks.

    Attributes:
        code_name: what this desk calls the case.
        ours: whether this desk sent it.
        since: when this desk knew that it was opened, or 0 while nobody has opened it.
        said: who read it, as far as this desk knows.
        done: names of tasks that somebody marked as done.
    """

    code_name: str
    ours: bool
    since: Instant
    said: tuple[ReadBy, ...] = field(default=(), repr=False)
    done: tuple[str, ...] = ()

    def tasks(self) -> tuple[Task, ...]:
        """Return what is to be done; nothing when nobody has opened it."""
        if not self.since:
            return ()
        finished = {*self.done, *((READ,) if self.said else ())}
        return tuple(
            Task(
                Finding(Colour.RED, word, task=True),
                None if seconds is None else Instant(self.since + seconds),
                word in finished,
            )
            for word, seconds in (_SENDERS if self.ours else _RECEIVERS).items()
        )

    @property
    def last(self) -> Day | None:
        """The last day on which it is kept; None while nobody is known to have opened it."""
        return Day(day_of(self.since) + KEPT_DAYS) if self.since else None

    def encode(self) -> bytes:
        """Return this row as bytes."""
        said = [one.value for one in self.said]
        return pack(["astray", 1, self.code_name, self.ours, self.since, said, list(self.done)])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` writes.

        Raises:
            Malformed: it has not that form.
        """
        fields = Fields.decode(data, "astray")
        made = cls(
            fields.text("code_name", most=_WORD),
            fields.flag("ours"),
            Instant(fields.number("since")),
            words(fields, "said", ReadBy, most=_MOST),
            fields.texts("done", most=_MOST, longest=_WORD),
        )
        fields.end()
        return made
