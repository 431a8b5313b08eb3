"""Parts of a case as lines of text: what would leave, what came and when, what was taken back.

This file knows two ways to show a part: in the words of the printed case, and exactly, as a case
file. Both are made of the same bytes. It refuses to know where these come from.
"""

from collections.abc import Mapping

from client.card import part_label
from client.case import PartId, decode_part, parse_part_id
from client.casefile import write_part
from client.casesheet import section_block
from client.cli import lines
from client.cli.console import Console
from client.sheettext import render_block
from keys.wire import Value


def preview(console: Console, answer: Mapping[str, Value], *, exact: bool) -> list[str]:
    """Return what each part says, from the bytes that will be sealed."""
    centre = lines.text(answer, "centre")
    found = [
        console.say("cli.preview", centre=centre) if centre else console.say("cli.preview_none")
    ]
    for one in lines.items(answer, "parts"):
        match one:
            case [str(name), bytes(octets)]:
                found += _said(console, parse_part_id(name), octets, exact=exact)
            case _:
                continue
    return found


def versions(
    console: Console, part_id: str, answer: Mapping[str, Value], *, exact: bool
) -> list[str]:
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
                found += _said(console, which, octets, exact=exact)
            case _:
                continue
    return found


def _said(console: Console, which: PartId, octets: bytes, *, exact: bool) -> list[str]:
    """Return a part as it is printed, or exactly as a case file has it."""
    part = decode_part(which, octets)
    if exact:
        return [write_part(which, part, console.words.lang)]
    return render_block(section_block(part, part_label(which)), console.words)
