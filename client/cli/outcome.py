"""What became of a move at night, in words: for the terminal, and for a page of the desk.

This file knows the answer of one verb. It refuses to say anything was sent that was not.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.voice import Voice
from keys.calendar import Instant
from keys.wire import Value


def outcome(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return whether anything was sent, and why not."""
    if lines.text(answer, "asked") != "yes":
        found = [voice.say("emergency.nothing_sent")]
    elif answer.get("kept"):
        found = [voice.say("emergency.sent")]
    elif answer.get("held_up"):
        found = lines.waits(voice, answer)
    elif answer.get("queued"):
        found = [voice.say("emergency.queued")]
    else:
        found = [voice.say("emergency.not_sent", name=lines.text(answer, "code_name"))]
    why = f"refusal.{lines.text(answer, 'why')}.what"
    return found + ([voice.say(why)] if why in voice.words else [])


def until(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return until when the rest is to be filled in."""
    due, name = Instant(lines.number(answer, "due")), lines.text(answer, "code_name")
    return [voice.say("emergency.tasks", name=name, day=voice.words.moment(due))] if due else []


def left_to_do(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what is left to fill in."""
    return [voice.say(one) for one in lines.texts(answer, "tasks")]
