"""Lines to the police as fields of a page, and back to the words that a case file has.

This file knows the closed kinds of lines by their one declaration. It refuses to know a rule of
them: what is typed goes to the service as it stands, and the service judges it. A line that is not
ticked is in nothing that this file makes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from client.case.declaration import Kind
from client.case.police_request import VIEW_LINES
from client.forms import Choice, FormQuestion, asked_in, form
from client.yamltree import Node
from keys.wire import Value

Typed: TypeAlias = Mapping[str, Sequence[str]]
"""What stands in the fields of a form, by their names."""

_LINES: Final = "police_request.lines"
_BESIDE: Final = frozenset({"why_needed", "ask_destination"})
_MOST: Final = 64
_LONG: Final = 160
GROUPS: Final = (
    ("who", "subject_name birth_year adults_count children_count_and_ages safe_contact"),
    ("where", "destination_centre destination_area arrival_window travel_risk valid_until"),
    ("danger", "perpetrator specific_threats abduction_risk links_to_area risk_level_police"),
    ("act", "do_not measures_in_force alarm_must_move case_ref_police home_police_contact"),
)
"""`web.police.group.<group>`, and the kinds of lines under it, in the order of the page."""


def _kinds() -> dict[str, FormQuestion]:
    (lines,) = (one for one in asked_in(form("police_request")) if one.path == _LINES)
    named = {one.path.rpartition(".")[2]: one for one in lines.inner}
    return {name: one for name, one in named.items() if name not in _BESIDE}


KINDS: Final[Mapping[str, FormQuestion]] = MappingProxyType(_kinds())
"""Every kind of line by its schema word, with what is asked of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line on a page.

    Attributes:
        kind: its schema word.
        said: what it says, by the name of the field inside the line; a plain line's is empty.
        why: why the police need it.
        on: whether it was ticked; nothing is unless somebody did.
        asks: whether the police at the new place may be asked with it.
    """

    kind: str
    said: Typed = field(default_factory=dict[str, Sequence[str]], repr=False)
    why: str = field(default="", repr=False)
    on: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a page: what it is called, and what stands in it.

    Attributes:
        shape: `text`, `area`, `select` or `boxes`.
        many: whether each row of an area is one thing.
    """

    name: str
    label: str
    shape: str
    value: str = field(repr=False)
    chosen: tuple[str, ...] = field(repr=False)
    choices: tuple[Choice, ...]
    many: bool
    number: bool
    date: bool


def of_answer(lines: Iterable[Value], marks: Sequence[Value] = ()) -> list[Entry]:
    """Return the lines that the service tells of; each was ticked once.

    Args:
        lines: each as its kind, what it says, and why.
        marks: of each, whether the police at the new place may be asked with it.
    """
    found: list[Entry] = []
    for at, line in enumerate(lines):
        match line:
            case [str(kind), said, str(why)] if kind in KINDS:
                asks = at < len(marks) and marks[at] is True
                found.append(Entry(kind, _spread(kind, said), why, on=True, asks=asks))
            case _:
                continue
    return found


def of_form(typed: Typed) -> list[Entry]:
    """Return the lines that stand in a form, ticked or not, in its order."""
    found: list[Entry] = []
    for at in range(_MOST):
        kind = _first(typed, f"kind.{at}")
        if kind not in KINDS:
            break
        start = f"line.{at}"
        said = {
            name.removeprefix(start).removeprefix("."): values
            for name, values in typed.items()
            if name == start or name.startswith(f"{start}.")
        }
        on, asks = bool(_first(typed, f"on.{at}")), bool(_first(typed, f"ask.{at}"))
        found.append(Entry(kind, said, _first(typed, f"why.{at}"), on, asks))
    return found


def sheetful(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return every kind of line under its group: those that are there, and an empty one of each.

    Of a kind that holds several things there is always an empty one more.
    """
    found: list[tuple[str, list[Entry]]] = []
    for group, names in GROUPS:
        rows: list[Entry] = []
        for kind in names.split():
            there = [one for one in entries if one.kind == kind]
            wants = not there or (kind == "perpetrator" and all(one.on for one in there))
            rows += [*there, *([Entry(kind)] if wants else [])]
        found.append((group, rows))
    return found


def tree(entries: Iterable[Entry]) -> list[Node]:
    """Return the ticked lines as a case file has them."""
    return [_line(one) for one in entries if one.on]


def _line(entry: Entry) -> Node:
    made: dict[str, Node] = {
        entry.kind: _node(KINDS[entry.kind], "", entry.said),
        "why_needed": entry.why.strip() or None,
    }
    if entry.asks and entry.kind in VIEW_LINES:
        made["ask_destination"] = "yes"
    return made


def _node(asked: FormQuestion, name: str, said: Typed) -> Node:
    if asked.inner:
        inner = {_word(one): _node(one, _word(one), said) for one in asked.inner}
        return {word: node for word, node in inner.items() if node} or None
    texts = [one.strip() for one in said.get(name, ()) if one.strip()]
    if not asked.lines:
        return texts[0] if texts else None
    if asked.choices:
        return [*texts]
    return [row.strip() for text in texts for row in text.splitlines() if row.strip()]


def fields(entry: Entry, at: int, *, filled: bool = False) -> list[Field]:
    """Return the fields of the line at a place of the page.

    Args:
        entry: the line.
        at: its place, from 0; names of fields hold it.
        filled: only those in which something stands: whoever rewords fills no other.
    """
    asked = KINDS[entry.kind]
    names = [(one, _word(one)) for one in asked.inner] or [(asked, "")]
    made = [_field(one, name, f"line.{at}.{name}".rstrip("."), entry.said) for one, name in names]
    return [one for one in made if one.value or one.chosen or not filled]


def _field(asked: FormQuestion, inside: str, name: str, said: Typed) -> Field:
    texts = [one for one in said.get(inside, ()) if one]
    many = bool(asked.lines)
    shape = "area" if many or (asked.limit or 0) > _LONG else "text"
    if asked.choices:
        shape = "boxes" if many else "select"
    return Field(
        name=name,
        label=asked.label,
        shape=shape,
        value="" if asked.choices else "\n".join(texts),
        chosen=tuple(texts) if asked.choices else (),
        choices=asked.choices,
        many=many,
        number=asked.kind is Kind.NUMBER,
        date=asked.kind is Kind.DATE,
    )


def _spread(kind: str, said: Value) -> dict[str, Sequence[str]]:
    asked = KINDS[kind]
    if not isinstance(said, dict):
        return {"": _texts(asked, said)}
    inner = {_word(one): one for one in asked.inner}
    return {str(name): _texts(inner[str(name)], one) for name, one in said.items()}


def spoken(moment: str) -> str:
    """Return a stored day, or a day and a time, as people here write it: 15.11.2026 kl. 02.10."""
    day, _, clock = moment.partition(" ")
    told = ".".join(reversed(day.split("-")))
    return f"{told} kl. {clock.replace(':', '.')}" if clock else told


def _texts(asked: FormQuestion, said: Value) -> list[str]:
    several = [str(one) for one in said] if isinstance(said, list) else [str(said)]
    if asked.kind is Kind.DATE:
        return [spoken(one) for one in several]
    return several if asked.choices else ["\n".join(several)]


def _word(asked: FormQuestion) -> str:
    return asked.path.rpartition(".")[2]


def _first(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "")
