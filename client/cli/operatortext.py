"""What the operator can tell, in words.

This file knows sentences. It refuses to count: the service has.
"""

from collections.abc import Mapping
from itertools import groupby

from client.cli import lines
from client.cli.voice import Voice
from keys.wire import Value

_Row = Mapping[str, Value]


def view(voice: Voice, found: Mapping[str, Value]) -> list[str]:
    """Return what the operator sees and does not see of one case."""
    cells, secrecy = lines.rows(found, "cells"), lines.text(found, "forward_secrecy")
    batches = lines.number(found, "row_batches")
    said: list[str] = []
    for _, on_board in groupby(cells, key=lambda one: lines.text(one, "board")):
        there = list(on_board)
        said += [line for one in there for line in _cell(voice, one, batches)]
        said.append(_whom(voice, there[0]))
    if lines.number(found, "waits"):
        said.append(voice.say("operator.waits"))
    if not cells:
        return [*said, voice.say("operator.nothing"), voice.say("operator.counted_here")]
    seen = [one for one in cells if not one.get("rode")]
    if any(lines.number(one, "row") == 1 for one in seen):
        said.append(voice.say("operator.alone"))
    return [
        *said,
        *([voice.say("operator.address")] if seen else []),
        voice.say("operator.content"),
        *([voice.say(f"operator.secrecy.{secrecy}")] if secrecy else []),
        voice.say("operator.counted_here"),
    ]


def _cell(voice: Voice, one: _Row, batches: int) -> list[str]:
    kind = "rode" if one.get("rode") else "blob" if one.get("blob") else "note"
    counts = {name: lines.number(one, name) for name in ("slot", "row")}
    size = voice.say(f"operator.class.{lines.text(one, 'class')}")
    board = voice.say(f"operator.board.{lines.text(one, 'board')}")
    return [
        voice.say("operator.cell", board=board, size=size),
        f"  {voice.say('operator.among', **counts, batches=batches)}",
        f"  {voice.say(f'operator.{kind}')}",
    ]


def _whom(voice: Voice, one: _Row) -> str:
    """Return what the operator can tell of whom the cells of one board are for."""
    if one.get("own_district"):
        return voice.say("operator.own_district")
    return voice.say("operator.never", count=lines.number(one, "may_be_for"))
