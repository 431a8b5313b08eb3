"""From a tree of texts to the values of a section, question by question.

This file knows the shorthand of a case file. The declarations say what each question takes; this
file only finds out which of its forms an answer was written in. It refuses to know which sections
there are, and it names fields, never values, in what it refuses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from client.case.answer import Section, Source, State
from client.case.checking import join
from client.case.declaration import Kind, Question, question, questions
from client.refusals import UnknownWord, WrongAnswer
from client.slugs import find, find_part, find_state
from client.yamltree import Node
from keys.errors import UnknownField

_ISO: Final = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
_NORWEGIAN: Final = re.compile(r"(?P<d>[0-9]{1,2})\.(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})")
_CLOCK: Final = re.compile(r"(?:T| | kl\.? ?)(?P<hh>[0-9]{1,2})[.:](?P<mm>[0-9]{2})")
_WHOLE: Final = re.compile(r"[0-9]{1,4}")
# What may stand between a choice and its note: «ja – jaktrifle», «nei, men …», «Ja. Stod …».
_BETWEEN: Final = re.compile(r"\s*[,.:;–—]\s+|\s+-\s+")
_ANSWER: Final = frozenset({"value", "state", "note", "source", "as_of"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads answers; `source` and `as_of` are theirs unless they say otherwise."""

    source: Source
    as_of: date

    def section(self, model: type[Section], node: Node, path: str) -> dict[str, object]:
        """Return the values in `node` for `model`; what is empty is left out.

        Raises:
            UnknownField, UnknownWord, WrongAnswer: naming the field.
        """
        if node is None:
            return {}
        if not isinstance(node, dict):
            raise WrongAnswer(field=path)
        values: dict[str, object] = {}
        for name, inner in node.items():
            asked = question(model, name)
            if asked is None:
                raise UnknownField(field=path)
            if inner is not None:
                values[name] = self._field(asked, inner, join(path, name))
        return values

    def _field(self, asked: Question, node: Node, path: str) -> object:
        if asked.group is not None:
            if not asked.many:
                return self._group(asked.group, node, path)
            items = node if isinstance(node, list) else [node]
            if not items and questions(asked.group)[0].answered:
                items = [node]  # «none known», said of the first question of the only row
            return tuple(
                self._group(asked.group, item, join(path, at)) for at, item in enumerate(items)
            )
        return self._answer(asked, node, path) if asked.answered else _value(asked, node, path)

    def _group(self, model: type[Section], node: Node, path: str) -> dict[str, object]:
        if isinstance(node, dict | None):
            return self.section(model, node, path)
        return self.section(model, {questions(model)[0].name: node}, path)

    def _answer(self, asked: Question, node: Node, path: str) -> dict[str, object]:
        answer: dict[str, object] = {"source": self.source, "as_of": self.as_of}
        if isinstance(node, dict):
            return answer | _spelled_out(asked, node, path)
        if node == []:
            return answer | {"state": State.NONE_KNOWN}
        if isinstance(node, str):
            return answer | _bare(asked, node, path)
        return answer | {"value": _value(asked, node, path)}


def _spelled_out(asked: Question, node: dict[str, Node], path: str) -> dict[str, object]:
    """Read an answer written as a map; here a value is never taken for a state."""
    if not node.keys() <= _ANSWER:
        raise UnknownField(field=path)
    answer: dict[str, object] = {}
    for key, inner in node.items():
        match key:
            case _ if inner is None:
                continue
            case "value":
                answer[key] = _value(asked, inner, path)
            case "state":
                answer[key] = _word(State, inner, path)
            case "source":
                answer[key] = _word(Source, inner, path)
            case "as_of":
                answer[key] = _date(_text(inner, path), path)
            case _:
                answer[key] = _text(inner, path)
    return answer


def _bare(asked: Question, text: str, path: str) -> dict[str, object]:
    """Read an answer written as one text: a value, a state, or either with a note behind it."""
    for head, note in _heads(text):
        found = None if asked.choices is None else find(asked.choices, head)
        state = None if found is not None else find_state(head)
        if found is not None:
            value: object = (found,) if asked.many else found
            return {"value": value} | note
        if state is not None:
            return {"state": state} | note
        if asked.choices is None:
            break
    return {"value": _value(asked, text, path)}


def _heads(text: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the whole text, then what stands before each mark, the longest first."""
    yield text, {}
    for mark in reversed(list(_BETWEEN.finditer(text))):
        yield text[: mark.start()], {"note": text[mark.end() :]}


def _value(asked: Question, node: Node, path: str) -> object:
    if not asked.many:
        return _leaf(asked, node, path)
    items = node if isinstance(node, list) else [node]
    return tuple(_leaf(asked, item, join(path, at)) for at, item in enumerate(items))


def _leaf(asked: Question, node: Node, path: str) -> object:
    if asked.choices is not None:
        return _word(asked.choices, node, path)
    text = _text(node, path)
    match asked.kind:
        case Kind.NUMBER:
            return _number(text, path)
        case Kind.DATE:
            return _date(text, path)
        case Kind.MOMENT:
            return _moment(text, path)
        case Kind.PART:
            return find_part(text)
        case _:
            return text


def _text(node: Node, path: str) -> str:
    if not isinstance(node, str):
        raise WrongAnswer(field=path)
    return node


def _word(choices: type[StrEnum], node: Node, path: str) -> StrEnum:
    found = find(choices, _text(node, path))
    if found is None:
        raise UnknownWord(field=path, count=len(choices))
    return found


def _number(text: str, path: str) -> int:
    if _WHOLE.fullmatch(text) is None:
        raise WrongAnswer(field=path)
    return int(text)


def _date(text: str, path: str) -> date:
    found = _ISO.fullmatch(text) or _NORWEGIAN.fullmatch(text)
    if found is None:
        raise WrongAnswer(field=path)
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        raise WrongAnswer(field=path) from None


def _moment(text: str, path: str) -> datetime:
    found = _CLOCK.search(text)
    if found is None or found.end() != len(text):
        raise WrongAnswer(field=path)
    day = _date(text[: found.start()], path)
    try:
        return datetime(day.year, day.month, day.day, int(found["hh"]), int(found["mm"]))  # noqa: DTZ001 - the time on the wall
    except ValueError:
        raise WrongAnswer(field=path) from None
