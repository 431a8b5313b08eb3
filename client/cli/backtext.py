"""What became of what was taken back, in words, for the command line and the desk.

This file knows an answer's words. It refuses to know how they are shown.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.voice import Voice
from keys.wire import Value


def withdrawn(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what became of what was taken back, and of the rest."""
    say = voice.say
    if answer.get("here"):
        said = "cli.withdrawn_here" if answer.get("told") else "cli.withdrawn_here_only"
        parts = [f"  {lines.part_label(voice, one)}" for one in lines.texts(answer, "parts")]
        return [say("cli.withdrawn_parts" if parts else "cli.withdrawn_all"), *parts, say(said)]
    found = [say(f"cli.withdrawn_{lines.text(answer, 'sent')}")]
    return [
        *found,
        *([say("cli.withdrawn_anew"), *lines.sent(voice, answer)] if answer.get("anew") else []),
    ]
