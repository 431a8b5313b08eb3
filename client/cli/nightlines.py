"""What the night path says: what was sent, the code, and what is left to do by when.

This file knows how it looks. It refuses to say anything was sent that was not.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.console import Console
from keys.calendar import Instant
from keys.wire import Value


def emergency(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return the lines of a move at night, what concerns the person first."""
    say, name = console.say, lines.text(answer, "code_name")
    if lines.text(answer, "asked") != "yes":
        found = [say("emergency.nothing_sent"), say("emergency.police_request", name=name)]
    elif answer.get("kept"):
        found = [say("emergency.sent")]
    elif answer.get("queued"):
        found = [say("emergency.queued")]
    else:
        found = [say("emergency.not_sent", name=name)]
    why = f"refusal.{lines.text(answer, 'why')}.what"
    found += [say(why)] if why in console.words else []
    code = lines.text(answer, "arrival_code")
    found += [say("cli.code", code=code)] if code else []
    due = Instant(lines.number(answer, "due"))
    if due:
        found.append(say("emergency.tasks", name=name, day=console.words.moment(due)))
    return found + [f"  {say(one)}" for one in lines.texts(answer, "tasks")]
