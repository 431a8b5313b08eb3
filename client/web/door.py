"""The door of a desk: one browser is let in, once, and may be locked.

This file knows tokens, and how long nobody has touched anything; time is an argument. It refuses
to know a case: what a page's address stands for is a random word that ends with the lock.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Final

from keys.calendar import Instant

COOKIE: Final = "__Host-desk"
LAUNCH: Final = 600
"""Seconds in which the printed address works, once."""
LONGEST: Final = 36_000
"""Seconds after which one unlocks again, however busy one is."""
_OCTETS: Final = 24


def fresh() -> str:
    """Return a new word that nobody can guess."""
    return secrets.token_urlsafe(_OCTETS)


@dataclass(slots=True)
class Visit:
    """The one browser that was let in.

    Attributes:
        cookie: by which it is known.
        csrf: what each of its forms carries.
        name: who has unlocked; empty while it is locked.
        role: `centre` or `police`: what the member is; empty while nobody knows.
        since: when that was.
        touched: when somebody last did anything.
        at: the page that was shown last, and that another language shows anew.
        tongues: in which language each person reads, by code name.
        pc: the name of the PC that it is at; empty on this machine itself.
        told: what the last button did, said once on the next page.
    """

    cookie: str = field(default_factory=fresh, repr=False)
    csrf: str = field(default_factory=fresh, repr=False)
    name: str = field(default="", repr=False)
    role: str = ""
    since: Instant = Instant(0)  # noqa: RUF009 - a NewType of int
    touched: Instant = Instant(0)  # noqa: RUF009 - the same
    at: str = field(default="/", repr=False)
    tongues: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    pc: str = field(default="", repr=False)
    told: str = field(default="", repr=False)
    _words: dict[str, str] = field(default_factory=dict[str, str], repr=False)

    def enter(self, name: str, now: Instant, role: str = "") -> None:
        """Note who has unlocked, and what the member is."""
        self.name, self.role, self.since, self.touched = name, role, now, now

    def leave(self) -> None:
        """Lock: addresses of pages mean nothing any more, and forms are old."""
        self.name, self.csrf, self.at, self.told = "", fresh(), "/", ""
        self._words.clear()
        self.tongues.clear()

    def take(self) -> str:
        """Return what the last button did; whoever asks again is told nothing."""
        said, self.told = self.told, ""
        return said

    def word(self, code_name: str) -> str:
        """Return the word that stands for a code name in addresses."""
        for word, known in self._words.items():
            if known == code_name:
                return word
        word = fresh()
        self._words[word] = code_name
        return word

    def code_name(self, word: str) -> str | None:
        """Return for which code name a word stands, if any."""
        return self._words.get(word)

    def locks_at(self, idle: int) -> Instant:
        """Return when it locks if nobody does anything."""
        return Instant(min(self.touched + idle, self.since + LONGEST))


class Door:
    """Lets one browser in.

    Args:
        now: when the desk was opened.
    """

    def __init__(self, now: Instant) -> None:
        self.token: str = fresh()
        self._until = Instant(now + LAUNCH)
        self._visit: Visit | None = None

    def launch(self, token: str, now: Instant) -> Visit | None:
        """Let the browser in that brings the token; it works once, and for ten minutes."""
        if self._visit is not None or now > self._until or not same(token, self.token):
            return None
        self._visit = Visit()
        return self._visit

    def find(self, cookie: str) -> Visit | None:
        """Return the visit of the browser that brings this cookie."""
        known = self._visit
        return known if known is not None and same(cookie, known.cookie) else None

    @property
    def visit(self) -> Visit | None:
        """The browser that was let in, if any."""
        return self._visit


def may_write(visit: Visit, token: str) -> bool:
    """Tell whether a form is one that this visit was given since it was unlocked."""
    return same(token, visit.csrf)


def same(one: str, other: str) -> bool:
    """Compare two secrets without telling by time how far they are alike."""
    return hmac.compare_digest(one.encode(), other.encode())
