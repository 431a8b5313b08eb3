"""What became of what was taken back, in words, for the command line and the desk.

This file knows an answer's words. It refuses to know how they are shown.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.voice import Voice
from keys.wire import Value


def withdrawn(voice: Voice, answer: Mapping[str, Value], code_name: str) -> list[str]:
    """Return what became of what was taken back, and of the rest."""
    say = voice.say
    if answer.get("here"):
        told = bool(answer.get("told"))
        parts = [f"  {lines.part_label(voice, one)}" for one in lines.texts(answer, "parts")]
        found = [say("cli.withdrawn_parts" if parts else "cli.withdrawn_all"), *parts]
        found.append(say("cli.withdrawn_here" if told else "cli.withdrawn_here_only"))
        return [*found, *(lines.soon(voice, answer) if told else [])]
    left = lines.text(answer, "sent")
    waits = answer.get("state") == "intended" and not answer.get("anew")
    return [
        say(f"cli.withdrawn_{left}"),
        *(lines.soon(voice, answer) if left == "yes" else []),
        *([say("cli.withdrawn_rest")] if waits else []),
        *_rung(voice, answer),
        *([say("police.still", name=code_name)] if answer.get("police") else []),
        *([say("cli.withdrawn_anew"), *lines.sent(voice, answer)] if answer.get("anew") else []),
    ]


def _rung(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return whom to ring now, of what went where it was not meant to go."""
    centre, phone = lines.text(answer, "centre"), lines.text(answer, "phone")
    if not phone:
        return []
    ring = voice.say("cli.withdrawn_ring", centre=centre, phone=phone)
    return [ring, voice.say("cli.withdrawn_leader")]


def stopped(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what became of a sending that was stopped."""
    nothing = lines.text(answer, "sent") == "nothing"
    said = [voice.say("cli.stopped" if nothing else "cli.stopped_maybe")]
    return [*said, *([] if nothing else lines.soon(voice, answer))]


def discarded(voice: Voice, answer: Mapping[str, Value], code_name: str) -> list[str]:
    """Return what was thrown away here, and what of it is elsewhere all the same."""
    was = lines.text(answer, "was")
    back = "withdrawn" if was == "withdrawn" else "sent" if was else "nothing"
    said = [voice.say("cli.discarded", name=code_name)]
    if back != "nothing" or not answer.get("police"):
        said.append(voice.say(f"cli.discarded_{back}"))
    return [*said, *([voice.say("police.still", name=code_name)] if answer.get("police") else [])]
