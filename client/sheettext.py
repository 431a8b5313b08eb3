"""A page written out: plain lines for a terminal or a printer.

This file knows widths. It refuses to know what a page should hold, and `client.sheetwords` knows
how its answers are said.
"""

import re
from collections.abc import Iterable
from textwrap import wrap
from typing import Final

from client.sheet import Block, Sheet
from client.sheetwords import SheetWords
from keys.wire import Packable
from keys.words import Words

WIDTH: Final = 90
_INDENT: Final = "  "
_BETWEEN: Final = " · "
_SPACES: Final = re.compile(r"[ \t\n]+")  # and not the space that keeps a box with its word


def render(sheet: Sheet, words: Words) -> list[str]:
    """Return the page in the language of `words`, in lines of at most `WIDTH` columns."""
    said = SheetWords(words, sheet.compact)
    lines = wrap(said.heading(sheet), WIDTH)
    for block in sheet.blocks:
        lines += _block(block, said)
    return lines


def render_block(block: Block, words: Words) -> list[str]:
    """Return a heading and its lines, as on a page that is not compact."""
    return _block(block, SheetWords(words, compact=False))


def _block(block: Block, said: SheetWords) -> list[str]:
    lines = wrap(said.say(block.title).upper(), WIDTH)
    return lines + _flow((_plain(said.line(item)) for item in block.items), said.compact)


def blocks(sheet: Sheet, words: Words) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return each heading with its lines, a line as its label and what is said, for a screen."""
    said = SheetWords(words, sheet.compact)
    return [
        (said.say(one.title), [said.halves(item) for item in one.items]) for one in sheet.blocks
    ]


def laid(sheet: Sheet, words: Words) -> list[Packable]:
    """Return what `blocks` does as plain values, for whoever asks a verb."""
    return [
        [title, [[label, said] for label, said in rows]] for title, rows in blocks(sheet, words)
    ]


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _flow(items: Iterable[str], compact: bool) -> list[str]:  # noqa: FBT001 - of the page
    """Set items side by side as long as they fit; one that does not is folded by itself."""
    lines: list[str] = []
    for item in items:
        if compact and lines and len(lines[-1]) + len(_BETWEEN) + len(item) <= WIDTH:
            lines[-1] += _BETWEEN + item
        else:
            lines += wrap(
                item, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT * 2,
                break_on_hyphens=False,
            )  # fmt: skip
    return lines
