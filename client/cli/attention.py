"""What staff look at first: alarms, why something was turned away, who is no member any more.

This file knows the sentences of refusals. It refuses to know what was in what was turned away.
"""

from collections.abc import Iterable, Mapping

from client.cli.console import Console
from keys.calendar import Day
from keys.errors import by_code
from keys.wire import Value


def alarm(console: Console, word: str) -> str:
    """Return an alarm, with what happened where the vocabulary has a sentence for it."""
    stop = console.say("alarm.stop", word=word)
    what = f"refusal.{word}.what"
    return f"{stop} {console.say(what)}" if what in console.words else stop


def turned_away(console: Console, rows: Iterable[Value]) -> list[str]:
    """Return why something was turned away, in the sentences of each refusal."""
    found: list[str] = []
    for one in rows:
        match one:
            case [int(day), str(code)] if (leaf := by_code(code)) is not None:
                found.append(f"{console.words.day(Day(day))}: {console.words.refusal(leaf())}")
            case _:
                continue
    return found


def other(console: Console, row: Mapping[str, Value], name: str) -> str:
    """Return the other member's name, or why there is none: no longer a member, or forgotten."""
    found = row.get(name)
    gone = "status.left" if row.get("left") else "status.forgotten"
    return found if isinstance(found, str) and found else console.say(gone)
