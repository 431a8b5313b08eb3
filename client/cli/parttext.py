"""Parts of a case as lines of text: what would leave, what came and when, what was taken back.

This file knows how they look. It refuses to know where they come from.
"""

from collections.abc import Mapping

from client.case import decode_part, parse_part_id
from client.casefile import write_part
from client.cli import lines
from client.cli.console import Console
from keys.wire import Value


def preview(console: Console, answer: Mapping[str, Value]) -> list[str]:
    """Return what each part says, from the bytes that will be sealed."""
    centre = lines.text(answer, "centre")
    found = [
        console.say("cli.preview", centre=centre) if centre else console.say("cli.preview_none")
    ]
    for one in lines.items(answer, "parts"):
        match one:
            case [str(name), bytes(octets)]:
                which = parse_part_id(name)
                found.append(write_part(which, decode_part(which, octets), console.words.lang))
            case _:
                continue
    return found


def versions(console: Console, part_id: str, answer: Mapping[str, Value]) -> list[str]:
    """Return everything that was said at a part, oldest first, each with its day and source."""
    which = parse_part_id(part_id)
    found: list[str] = []
    several = len(lines.items(answer, "versions")) > 1
    for one in lines.items(answer, "versions"):
        match one:
            case [str(how), int(when), bytes(octets)]:
                said = console.say(f"version.{how}", day=lines.day(console, when))
                found += [said] if several else []
                if how == "note":
                    found.append(octets.decode())
                    continue
                found.append(write_part(which, decode_part(which, octets), console.words.lang))
            case _:
                continue
    return found
