"""A section of a case as pages of questions: what a form asks, in which order; not how it looks.

This file knows what a form needs of a question, and reads it from the one declaration; which
questions stand on a page together is `client.formlayout`. It refuses to know a language, a screen
and an answer: texts are message ids, and whoever shows a form says them.

Nothing in a part is required but what names an attachment, and every answer may be «not known» or
«not asked»; a part that is left empty can be sent. A consent has an answer, and a line to the
police its reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from client.case import (
    BANNER,
    BETWEEN,
    HIDDEN,
    INPUTS,
    PARTS,
    Flag,
    Section,
    State,
)
from client.case.declaration import Kind, Question, When, choice_msgid, questions
from client.formlayout import PAGES


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of a closed list: the id that is written, and its label."""

    word: str
    label: str


LACKS: Final = tuple(
    Choice(state.value, choice_msgid(state)) for state in State if state is not State.GIVEN
)
"""The honest lacks of a value: not known, not asked, none known. Offered at every answer."""


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """One question.

    Attributes:
        path: schema words, such as `threat.overall_level`.
        label: message id of the question.
        why: message id of «why do we ask»: the page's own.
        lacks: what may be answered instead of a value; empty where there is no answer but a value.
        limit: most characters of a text, or None.
        least, most: bounds of a number, or None.
        lines: most entries of a list, or 0 when there is one value.
        required: cannot be left out; never a text that a person tells.
        never_gate: hidden until the person has come, and never a condition for anything.
        special: of a special category, or about crime: shown with care.
        inner: the questions of a group.
    """

    path: str
    label: str
    why: str
    kind: Kind
    choices: tuple[Choice, ...]
    lacks: tuple[Choice, ...]
    limit: int | None
    least: int | None
    most: int | None
    lines: int
    required: bool
    never_gate: bool
    special: bool
    child: bool
    stages: tuple[When, ...]
    inner: "tuple[FormQuestion, ...]"


@dataclass(frozen=True, slots=True)
class FormPage:
    """One topic: its title, why it is asked about, and its questions in order."""

    title: str
    why: str
    questions: tuple[FormQuestion, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one section; `banner` is a message id that stands over every page, or empty.

    Attributes:
        word: the schema word of the section: a part's name, or `consent`.
    """

    word: str
    title: str
    banner: str
    pages: tuple[FormPage, ...]


FORMS: Final[Mapping[str, type[Section]]] = MappingProxyType(
    {
        **{name.value: kind for name, kind in PARTS.items()},
        **{kind.WORD: kind for kind in INPUTS},
    }
)
"""What can be filled in in a case, by its schema word."""

PRINTED: Final[Mapping[str, type[Section]]] = MappingProxyType(
    {**FORMS, **{kind.WORD: kind for kind in BETWEEN}}
)
"""Everything that there is a form for: that, and what one centre tells another."""


def form(word: str) -> Form:
    """Return the form of one section, by its schema word."""
    section = PRINTED[word]
    asked = {one.name: one for one in questions(section)}
    banner = BANNER if word in HIDDEN else ""
    pages = tuple(
        FormPage(
            f"page.{word}.{topic}",
            f"why.{word}.{topic}",
            tuple(
                _question(asked[name], f"{word}.{name}", f"why.{word}.{topic}", section)
                for name in names
            ),
        )
        for topic, names in PAGES[word]
    )
    return Form(word, f"part.{word}", banner, pages)


def asked_in(form_: Form) -> Iterator[FormQuestion]:
    """Yield every question of a form, those of groups behind their group."""
    for page in form_.pages:
        yield from _flat(page.questions)


def _flat(asked: tuple[FormQuestion, ...]) -> Iterator[FormQuestion]:
    for one in asked:
        yield one
        yield from _flat(one.inner)


def _question(asked: Question, path: str, why: str, section: type[Section]) -> FormQuestion:
    group = asked.group
    inner = () if group is None else questions(group)
    return FormQuestion(
        path=path,
        label=f"field.{path}",
        why=why,
        kind=asked.kind,
        choices=_choices(asked.choices),
        lacks=LACKS if asked.answered else (),
        limit=asked.limit,
        least=asked.least,
        most=asked.most,
        lines=section.CAP if asked.many else 0,
        required=asked.required,
        never_gate=Flag.HIDDEN in asked.flags,
        special=Flag.SPECIAL in asked.flags,
        child=Flag.CHILD in asked.flags,
        stages=asked.stages,
        inner=tuple(_question(one, f"{path}.{one.name}", why, group or section) for one in inner),
    )


def _choices(words: type[StrEnum] | None) -> tuple[Choice, ...]:
    return () if words is None else tuple(Choice(one.value, choice_msgid(one)) for one in words)
