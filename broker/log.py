"""The one door to the log: named events with listed fields, and nothing else.

This file knows every line that `folge-broker` can write. It refuses to know text: a field is a
number, or a word from a closed list, so that no address, member, path or size can come out, also
when somebody else's library wants to say it. The only time in a line is the slot.

Source: PROTOCOL.md § 11; property P15 of the design.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TextIO

from keys.address import Board
from keys.errors import by_code


class Event(StrEnum):
    """What may be told."""

    STARTED = "started"
    STOPPED = "stopped"
    BATCH_CLOSED = "batch_closed"
    SLOT_CLOSED = "slot_closed"
    ROSTER_TRUSTED = "roster_trusted"
    ROSTER_SIGNED = "roster_signed"
    REFUSED = "refused"
    KEYS_MISSING = "keys_missing"
    WEEK_CLOSED = "week_closed"
    FAULT = "fault"
    LIBRARY = "library"


class Room(StrEnum):
    """Where a fault or a refusal arose."""

    SERVER = "server"
    ROSTER = "roster"
    ISSUER = "issuer"
    STORE = "store"


FIELDS: Final[Mapping[Event, tuple[str, ...]]] = MappingProxyType(
    {
        Event.STARTED: (),
        Event.STOPPED: (),
        Event.BATCH_CLOSED: ("board", "batch"),
        Event.SLOT_CLOSED: (),
        Event.ROSTER_TRUSTED: ("version",),
        Event.ROSTER_SIGNED: ("files",),
        Event.REFUSED: ("room", "code"),
        Event.KEYS_MISSING: ("week",),
        Event.WEEK_CLOSED: ("week",),
        Event.FAULT: ("room", "error"),
        Event.LIBRARY: ("library", "error"),
    }
)
"""The fields of each event: all of them, and no others."""

LIBRARIES: Final = ("aiohttp", "asyncio", "aiosqlite", "tuf", "securesystemslib", "other")
"""Whose own log records are counted at all; the records themselves are dropped."""

_NUMBERS: Final = frozenset({"batch", "files", "version", "week"})
_CLASS_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_WORDS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "board": lambda word: word in set(Board),
        "room": lambda word: word in set(Room),
        "code": lambda word: by_code(word) is not None,
        "library": lambda word: word in LIBRARIES,
        # The name of an exception's class: written by a programmer, never by a request.
        "error": lambda word: _CLASS_NAME.fullmatch(word) is not None,
    }
)


class Log:
    """Writes one JSON object a line.

    Args:
        stream: where lines go; the programs pass standard error.
        slot: returns the number of the current slot, the only time a line may carry.
    """

    def __init__(self, stream: TextIO, slot: Callable[[], int]) -> None:
        self._stream = stream
        self._slot = slot

    def say(self, event: Event, **facts: int | str) -> None:
        """Write one event.

        Raises:
            TypeError: a field that is missing, not listed, or not a number or word of its list.
        """
        if set(facts) != set(FIELDS[event]):
            raise TypeError(event)
        for name, value in facts.items():
            _check(name, value)
        line = {"event": event, "slot": self._slot(), **facts}
        print(json.dumps(line), file=self._stream, flush=True)

    def fault(self, room: Room, error: BaseException) -> None:
        """Write that something unforeseen happened: where, and the error's class, no more."""
        self.say(Event.FAULT, room=room, error=type(error).__name__)

    def library(self, name: str = "folge") -> logging.Logger:
        """Return a logger for a library, whose records become nameless `library` events."""
        logger = logging.Logger(name, logging.WARNING)  # noqa: LOG001 - outside the tree: no parent hears
        logger.addHandler(Deaf(self))
        return logger


class Deaf(logging.Handler):
    """Hears that a library logged, and what class of error; never what it said."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Say that there was a record."""
        first = record.name.partition(".")[0]
        error = record.exc_info[0] if record.exc_info else None
        self._log.say(
            Event.LIBRARY,
            library=first if first in LIBRARIES else "other",
            error=error.__name__ if error else "none",
        )


def take_over(log: Log) -> None:
    """Send every library's records in this process through `log` (installed programs only)."""
    root = logging.getLogger()
    root.handlers[:] = [Deaf(log)]
    root.setLevel(logging.WARNING)


def _check(name: str, value: int | str) -> None:
    if name in _NUMBERS:
        fits = isinstance(value, int)
    else:
        fits = isinstance(value, str) and _WORDS[name](value)
    if not fits:
        raise TypeError(name)
