"""What staff look at first: alarms, why something was turned away, who is no member any more.

This file knows the sentences of refusals. It refuses to know what was in what was turned away.
"""

from collections.abc import Iterable, Mapping

from client.cli.voice import Voice
from keys.calendar import Day
from keys.errors import by_code
from keys.wire import Value


def alarm(voice: Voice, word: str) -> str:
    """Return an alarm, with what happened where the vocabulary has a sentence for it."""
    named = (f"alarm.{word}", f"refusal.{word}.what")
    what = next((one for one in named if one in voice.words), "alarm.other")
    return f"{voice.say('alarm.stop')} {voice.say(what)}"


def restored(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what may have come back from a backup, and what staff do about it (C-14.11)."""
    made = answer.get("restored")
    if not isinstance(made, int) or not made:
        return []
    said = [voice.say("status.restored", day=voice.words.day(Day(made)))]
    said += [voice.say("status.restored_old")] if answer.get("restored_old") else []
    return [*said, voice.say("status.restored_staff")]


def turned_away(voice: Voice, rows: Iterable[Value]) -> list[str]:
    """Return why something was turned away, in the sentences of each refusal."""
    found: list[str] = []
    for one in rows:
        match one:
            case [int(day), str(code)] if (leaf := by_code(code)) is not None:
                found.append(f"{voice.words.day(Day(day))}: {voice.words.refusal(leaf())}")
            case _:
                continue
    return found


def other(voice: Voice, row: Mapping[str, Value], name: str) -> str:
    """Return the other member's name, or why there is none: no longer a member, or forgotten."""
    found = row.get(name)
    gone = "status.left" if row.get("left") else "status.forgotten"
    return found if isinstance(found, str) and found else voice.say(gone)
