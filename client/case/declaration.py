"""Reading the declarations: every question of a section, with its kind, flags, caps and words.

The classes of this package are the one declaration. This file turns them into `Question`s, from
which the YAML reader and writer, the labels, the arrival card and docs/reference/parts.md all
work. It refuses to hold anything that somebody answered.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Final, TypeGuard, Union, get_args, get_origin

from client.case.answer import Answer, Flag, Flags, Section
from client.case.part_id import PartRule
from client.case.text import TextRule


class Kind(StrEnum):
    """What sort of value a question asks for."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    PART = "part"
    GROUP = "group"


class When(StrEnum):
    """When a digital check is made."""

    BEFORE = "B"
    ON_THE_WAY = "T"
    AT_ARRIVAL = "A"


@dataclass(frozen=True, slots=True)
class Stage:
    """The times at which one digital check is made, by their marks: `Stage("BT")`."""

    marks: str


@dataclass(frozen=True, slots=True)
class Question:
    """One declared field.

    `answered` says that the value stands in an `Answer`; `many` that it is a list; `required`
    that it cannot be left out. `limit` is in characters, for texts only; `least` and `most` are of
    numbers only.
    """

    name: str
    kind: Kind
    flags: frozenset[Flag]
    stages: tuple[When, ...]
    answered: bool
    many: bool
    required: bool
    limit: int | None
    least: int | None
    most: int | None
    choices: type[StrEnum] | None
    group: type[Section] | None


_KINDS: Final[tuple[tuple[type, Kind], ...]] = (
    (Section, Kind.GROUP),
    (StrEnum, Kind.CHOICE),
    (datetime, Kind.MOMENT),  # before its parent, date
    (date, Kind.DATE),
    (int, Kind.NUMBER),
    (str, Kind.TEXT),
)


@cache
def questions(section: type[Section]) -> tuple[Question, ...]:
    """Return the questions of `section` in their declared order."""
    return tuple(
        _question(name, info.annotation, tuple(info.metadata), required=info.is_required())
        for name, info in section.model_fields.items()
    )


def question(section: type[Section], name: str) -> Question | None:
    """Return one question, or None when `section` has none of that name."""
    return next((asked for asked in questions(section) if asked.name == name), None)


def walk(section: type[Section], path: str = "") -> Iterator[tuple[str, Question]]:
    """Yield every question below `section` with its label's path, such as `threat.overall_level`.

    A group's questions follow the group itself and take its flags where they have none.
    """
    start = path or section.WORD
    for asked in questions(section):
        here = f"{start}.{asked.name}"
        yield here, asked
        if asked.group is not None:
            for deeper, inner in walk(asked.group, here):
                yield deeper, replace(inner, flags=inner.flags or asked.flags)


def choice_msgid(word: StrEnum) -> str:
    """Return the msgid of a word's label: `choice.<list>.<id>`."""
    return f"choice.{list_word(type(word))}.{word}"


def list_word(choices: type[StrEnum]) -> str:
    """Return the schema word of a closed list: its class name in small letters."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", choices.__name__).lower()


def _question(
    name: str, annotation: object, metadata: tuple[object, ...], *, required: bool
) -> Question:
    outer, marks = _peel(annotation, metadata)
    flags = next((mark for mark in marks if isinstance(mark, Flags)), Flags(""))
    stage = next((mark for mark in marks if isinstance(mark, Stage)), Stage(""))
    answered = _is_answer(outer)
    if _is_answer(outer):
        value = outer.model_fields["value"]
        outer, marks = _peel(value.annotation, tuple(value.metadata))
    many = get_origin(outer) is tuple
    if many:
        outer, marks = _peel(get_args(outer)[0], ())
    rule = next((mark for mark in marks if isinstance(mark, TextRule)), None)
    kind = Kind.PART if any(isinstance(mark, PartRule) for mark in marks) else _kind(outer)
    return Question(
        name=name,
        kind=kind,
        flags=frozenset(flags),
        stages=tuple(When(mark) for mark in stage.marks),
        answered=answered,
        many=many,
        required=required,
        limit=None if rule is None else rule.limit,
        least=_bound(marks, "ge"),
        most=_bound(marks, "le"),
        choices=outer if _is_choice(outer) else None,
        group=outer if kind is Kind.GROUP and _is_section(outer) else None,
    )


def _peel(annotation: object, marks: tuple[object, ...]) -> tuple[object, tuple[object, ...]]:
    """Take `Annotated` and `| None` off, keeping the marks."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _peel(inner, (*marks, *more))
    if origin in {Union, UnionType}:
        inner = next(arg for arg in get_args(annotation) if arg is not NoneType)
        return _peel(inner, marks)
    return annotation, marks


def _bound(marks: tuple[object, ...], name: str) -> int | None:
    """Return a number's bound: it stands in the mark itself or among the rules of a `Field`."""
    for mark in marks:
        rules: tuple[object, ...] = (mark, *getattr(mark, "metadata", ()))
        for rule in rules:
            found: object = getattr(rule, name, None)
            if isinstance(found, int):
                return found
    return None


def _kind(annotation: object) -> Kind:
    return next(
        kind
        for parent, kind in _KINDS
        if isinstance(annotation, type) and issubclass(annotation, parent)
    )


def _is_answer(annotation: object) -> "TypeGuard[type[Answer[object]]]":
    return isinstance(annotation, type) and issubclass(annotation, Answer)


def _is_section(annotation: object) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _is_choice(annotation: object) -> TypeGuard[type[StrEnum]]:
    return isinstance(annotation, type) and issubclass(annotation, StrEnum)
