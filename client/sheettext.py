"""A page written out: plain lines for a terminal or a printer.

This file knows widths and the words of one language. It refuses to know what a page should hold.
"""

from collections.abc import Iterable
from datetime import date, datetime
from textwrap import wrap
from typing import Final

from client.sheet import Item, Phrase, Say, Sheet
from keys.calendar import Day
from keys.words import Words

WIDTH: Final = 90
_INDENT: Final = "  "
_BETWEEN: Final = " · "
_EPOCH: Final = date(1970, 1, 1)


def render(sheet: Sheet, words: Words) -> list[str]:
    """Return the page in the language of `words`, in lines of at most `WIDTH` columns."""
    lines = [f"{_say(sheet.title, words)} {sheet.code_name}".strip()]
    for block in sheet.blocks:
        lines.append(_say(block.title, words).upper())
        lines += _flow(" ".join(_item(item, words).split()) for item in block.items)
    return lines


def _flow(items: Iterable[str]) -> list[str]:
    """Set items side by side as long as they fit; one that does not is folded by itself."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(_BETWEEN) + len(item) <= WIDTH:
            lines[-1] += _BETWEEN + item
        else:
            lines += wrap(
                item, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT * 2,
                break_on_hyphens=False,
            )  # fmt: skip
    return lines


def _item(item: Item, words: Words) -> str:
    grouped = any(isinstance(phrase, Item) for phrase in item.phrases)
    between = "; " if grouped else ", "
    said = between.join(_phrase(phrase, words) for phrase in item.phrases)
    if item.note is not None:
        said = f"{said} – {item.note}" if said else item.note
    label = "" if item.label is None else _label(item.label, words)
    if not said or not label:
        return label or said
    return f"{label} {said}" if label.endswith("?") else f"{label}: {said}"


def _phrase(phrase: Phrase, words: Words) -> str:
    if isinstance(phrase, Say):
        return _label(phrase, words)
    if isinstance(phrase, Item):
        return _item(phrase, words)
    if isinstance(phrase, datetime):
        clock = {"hour": f"{phrase:%H}", "minute": f"{phrase:%M}"}
        return words.say("card.moment", day=_day(phrase.date(), words), **clock)
    if isinstance(phrase, date):
        return _day(phrase, words)
    return str(phrase)


def _day(day: date, words: Words) -> str:
    return words.day(Day((day - _EPOCH).days))


def _label(label: Say, words: Words) -> str:
    """Prefer the card's own short label where the catalogue has one."""
    short = f"card.{label.msgid}"
    return _say(Say(short, label.facts) if short in words else label, words)


def _say(say: Say, words: Words) -> str:
    facts = {
        name: _label(fact, words) if isinstance(fact, Say) else fact for name, fact in say.facts
    }
    return words.say(say.msgid, **facts)
