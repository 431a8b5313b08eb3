"""How long what waits for the next fixed sending waits at most, in minutes.

This file knows which verbs leave a word to be sent. It refuses to send anything.
"""

from typing import Final

from client.control import Answer
from client.office import Office
from keys.schedule import Schedule

_MINUTE: Final = 60
LEAVE_WORD: Final = frozenset(
    {
        "answer",
        "status",
        "withdraw",
        "stop",
        "journal",
        "confirm",
        "misrouted",
        "police withdraw",
        "police answer",
        "police reply",
        "police contact",
        "police outside",
        "police decline",
        "police misrouted",
    }
)
"""Verbs whose word leaves with the next fixed sending, and the one that lists what does."""


def minutes(office: Office) -> int:
    """Return how long a fixed sending is away at most."""
    schedule = office.roster.schedule if office.following.known else Schedule()
    return -(-schedule.note_slot_seconds // _MINUTE)


def timed(office: Office, verb: str, answer: Answer) -> Answer:
    """Return an answer, with the minutes until its word has left where it leaves one."""
    return {**answer, "minutes": minutes(office)} if verb in LEAVE_WORD else answer
