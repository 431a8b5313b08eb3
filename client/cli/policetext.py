"""What a district is shown of a request, a notice or a question, as lines of text.

This file knows the page as the service wrote it, and what other districts said back. It refuses to
write another page than the one that is printed.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.voice import Voice
from keys.wire import Value


def shown(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return a request or a notice as it is printed, and what was heard of it."""
    return [*lines.texts(answer, "sheet"), *heard(voice, answer)]


def heard(voice: Voice, answer: Mapping[str, Value]) -> list[str]:
    """Return what other districts said back, for the home district alone."""
    say = voice.say
    found: list[str] = []
    for said in lines.items(answer, "heard"):
        match said:
            case [str(word), str(role), str(phone), int(when)]:
                spoken = [say(f"choice.view_word.{word}")] if word else []
                spoken += [say("police.ring", role=role, phone=phone)] if phone else []
                found.append(f"{lines.day(voice, when)}  {'  '.join(spoken)}")
            case _:
                continue
    return [say("police.heard"), *found] if found else []
