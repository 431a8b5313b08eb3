"""Readers of the fields that messages are made of: words of a closed list, counts, days, lines.

This file knows how a decoder refuses a word that its list does not have, and a text that no case
file could hold; and how a closed section of the declarations is written in a message and read from
one. It refuses to know what any of them is for.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar, cast

from pydantic_core import PydanticCustomError

from client.case.answer import Section
from client.case.declaration import Kind, Question, questions
from client.case.part_id import EVERY_PART, PartId, order_of, parse_part_id
from client.case.text import TextRule
from keys.calendar import LAST_DAY, Day, calendar_date, day_number
from keys.errors import WrongShape
from keys.wire import Fields, Packable, Value

Word = TypeVar("Word", bound=StrEnum)


def count(fields: Fields, name: str, *, most: int = 999) -> int | None:
    """Read a number or nil.

    Raises:
        WrongShape: neither, or more than `most`.
    """
    return fields.number(name, most=most) if fields.optional() else None


def day(fields: Fields, name: str) -> Day | None:
    """Read a day or nil.

    Raises:
        WrongShape: neither.
    """
    return Day(fields.number(name, most=LAST_DAY)) if fields.optional() else None


def word(fields: Fields, name: str, among: type[Word]) -> Word | None:
    """Read a word of `among` or nil.

    Raises:
        WrongShape: neither.
    """
    return fields.choice(name, among) if fields.optional() else None


def words(fields: Fields, name: str, among: type[Word], *, most: int) -> tuple[Word, ...]:
    """Read a list of at most `most` words of `among`.

    Raises:
        WrongShape: too many, or something else among them.
    """
    return tuple(_one_of(among, item, name) for item in fields.items(name, most=most))


def _one_of(among: type[Word], item: Value, name: str) -> Word:
    for known in among:
        if known.value == item:
            return known
    raise WrongShape(field=name)


def packed(said: Section) -> Mapping[str, Packable]:
    """Return a closed section as a message has it: each field by its name, in declared order."""
    return {asked.name: _packed(getattr(said, asked.name)) for asked in questions(type(said))}


def unpacked(
    fields: Fields, section: type[Section], names: Collection[str] = ()
) -> Iterator[tuple[str, object]]:
    """Read fields of a closed section from a message, in declared order, each as it is declared.

    Args:
        fields: the message.
        section: where the fields are declared: words of lists, counts and days.
        names: the fields that are read here; all when there are none.

    Raises:
        WrongShape: something else stands there.
    """
    for asked in questions(section):
        if not names or asked.name in names:
            yield asked.name, _unpacked(fields, asked, section.CAP)


def _packed(value: object) -> Packable:
    match value:
        case tuple():
            return [_packed(one) for one in cast("tuple[object, ...]", value)]
        case date():
            return day_number(value)
        case _:
            return cast("Packable", value)  # a word, a count or nothing: a message has it as it is


def _unpacked(fields: Fields, asked: Question, most: int) -> object:
    if asked.choices is not None:
        if asked.many:
            return words(fields, asked.name, asked.choices, most=most)
        if asked.required:
            return fields.choice(asked.name, asked.choices)
        return word(fields, asked.name, asked.choices)
    if asked.kind is Kind.DATE:
        found = day(fields, asked.name)
        return None if found is None else calendar_date(found)
    return count(fields, asked.name, most=asked.most or 0)


def part_ids(fields: Fields, name: str, *, least: int = 0) -> tuple[PartId, ...]:
    """Read parts of a case, at least `least`, each once and in the fixed order.

    Raises:
        WrongShape: too few, out of order, twice, or something else among them.
    """
    items = fields.items(name, least=least, most=len(EVERY_PART))
    found = tuple(parse_part_id(item) for item in items if isinstance(item, str))
    if len(found) != len(items) or list(found) != sorted(set(found), key=order_of):
        raise WrongShape(field=name)
    return found


def clean(item: Value, name: str, *, most: int) -> str:
    """Accept only text that a case file could hold: it is shown, and its sender may mean ill.

    Raises:
        WrongShape: no text, empty, longer than `most`, or in another form than `TextRule` gives.
    """
    if isinstance(item, str) and _as_written(item, most):
        return item
    raise WrongShape(field=name)


def _as_written(item: str, most: int) -> bool:
    try:
        return TextRule(most).check(item) == item
    except PydanticCustomError:
        return False
