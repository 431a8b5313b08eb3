"""What the operator can tell, in words.

This file knows sentences. It refuses to count: the service has.
"""

from collections.abc import Mapping

from client.cli import lines
from client.cli.voice import Voice
from keys.wire import Value


def view(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return what the operator sees and does not see of one case."""
    cells, secrecy = lines.rows(found, "cells"), lines.text(found, "forward_secrecy")
    said = [line for one in cells for line in _cell(voice, one)]
    if lines.number(found, "waits"):
        said.append(voice.say("operator.waits"))
    if not cells:
        return [*said, voice.say("operator.nothing"), voice.say("operator.counted_here")]
    seen = [one for one in cells if not one.get("rode")]
    if any(lines.number(one, "hour") == 1 for one in seen):
        said.append(voice.say("operator.alone"))
    return [
        *said,
        *([voice.say("operator.address")] if seen else []),
        voice.say("operator.never", count=lines.number(found, "may_be_for")),
        voice.say("operator.content"),
        *([voice.say(f"operator.secrecy.{secrecy}")] if secrecy else []),
        voice.say("operator.counted_here"),
    ]


def _cell(voice: Voice, one: Mapping[str, Value]) -> list[str]:
    kind = "rode" if one.get("rode") else "blob" if one.get("blob") else "note"
    counts = {name: lines.number(one, name) for name in ("slot", "hour")}
    size = voice.say(f"operator.class.{lines.text(one, 'class')}")
    board = voice.say(f"operator.board.{lines.text(one, 'board')}")
    return [
        voice.say("operator.cell", board=board, size=size),
        f"  {voice.say('operator.among', **counts)}",
        f"  {voice.say(f'operator.{kind}')}",
    ]
