"""From a section to a tree of texts, in the words of one language: the reader's other half.

This file writes the shortest form that `client.casereader` reads back unchanged. It refuses to
know which sections there are.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from client.case.answer import Answer, Section, Source, State
from client.case.declaration import Kind, Question, questions
from client.slugs import find_state, said
from client.yamltree import Node
from keys.words import Language


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes answers; `source` and `as_of` are left out where an answer has the file's own."""

    language: Language
    source: Source
    as_of: date

    def section(self, made: Section) -> dict[str, Node]:
        """Return what is answered in `made`, by field, in declared order."""
        tree: dict[str, Node] = {}
        for asked in questions(type(made)):
            value: object = getattr(made, asked.name)
            if value is not None and value != ():
                tree[asked.name] = self._field(asked, value)
        return tree

    def _field(self, asked: Question, value: object) -> Node:
        if asked.kind is Kind.GROUP:
            if isinstance(value, Section):
                return self.section(value)
            return [self.section(item) for item in cast("tuple[Section, ...]", value)]
        if asked.answered:
            return self._answer(asked, cast("Answer[object]", value))
        return self._value(value)

    def _answer(self, asked: Question, answer: "Answer[object]") -> Node:
        extra: dict[str, Node] = {}
        if answer.note is not None:
            extra["note"] = answer.note
        if answer.source is not self.source:
            extra["source"] = said(answer.source, self.language)
        if answer.as_of != self.as_of:
            extra["as_of"] = answer.as_of.isoformat()
        if answer.state is not State.GIVEN:
            state = said(answer.state, self.language)
            return {"state": state, **extra} if extra else state
        value = self._value(answer.value)
        # A text such as «ukjent», meant as a text, would be read as a state if it stood bare.
        mistakable = asked.kind is Kind.TEXT and isinstance(value, str) and find_state(value)
        return {"value": value, **extra} if extra or mistakable else value

    def _value(self, value: object) -> Node:
        if isinstance(value, tuple):
            return [self._value(item) for item in cast("tuple[object, ...]", value)]
        if isinstance(value, Language):
            return value.value
        if isinstance(value, StrEnum):
            return said(value, self.language)
        if isinstance(value, datetime):
            return value.isoformat(timespec="minutes")
        if isinstance(value, date):
            return value.isoformat()
        return str(value)
