"""Every field of every part refuses what it cannot hold, and the refusal names the field.

The fields and their kinds come from the declarations, so a new one is tried without being named.
"""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from client.case.answer import Section
from client.case.checking import PATH, checked
from client.case.declaration import Kind, Question, walk
from client.casefile import CaseHeader
from client.refusals import OddCharacter, TextTooLong, TooMany, UnknownWord
from keys.errors import Refusal, UnknownField
from tests.cases import DAY, SECTIONS, answer
from tests.test_every_field import alone, beside, leaves_of, value_of

FIELDS: Final = [(path, asked) for section in SECTIONS for path, asked in walk(section)]
MODELS: Final[dict[str, type[Section]]] = {section.WORD: section for section in SECTIONS}
MANY: Final = 200
"""More lines than any list may have."""
BELL: Final = "a\x07b"
TURNED: Final = "a\u202eb"
"""Characters that a terminal acts on, and that turn the reading order around."""

MAP: Final = {"no_such_field": "MERKE"}
WRONG_KIND: Final[dict[Kind, tuple[object, ...]]] = {
    Kind.TEXT: (7, 1.5, MAP, b"\xff", " \n "),
    Kind.CHOICE: ("no_such_word", " ", 7, MAP),
    Kind.NUMBER: ("sju", " ", 1.5, MAP, -1, 10**9),
    Kind.DATE: ("i morgen", "2026-13-01", "2026-02-30", " ", MAP, 7),
    Kind.MOMENT: ("i natt", "2026-11-09 25:00", "2026-13-01 10:00", " ", MAP),
    Kind.PART: ("no_such_part", "child.0", "child.999", " ", 7, MAP),
    Kind.GROUP: ("MERKE", 7, MAP),
}
"""What no field of that kind can hold."""


def bad(path: str, asked: Question) -> Iterator[tuple[object, type[Refusal] | None]]:
    """Give what this field cannot hold, with the refusal where it is a certain one."""
    for value in WRONG_KIND[asked.kind]:
        word = value == "no_such_word"
        if value is MAP and asked.kind is Kind.GROUP:
            yield {**beside(f"{path}.x", len(path.split("."))), **MAP}, UnknownField
        else:
            yield value, UnknownWord if word else None
    if asked.kind is Kind.TEXT:
        formed = asked.name == "code_name"  # one form, and one refusal for all that has it not
        tail = ".pdf" if asked.name == "file" else "a"
        yield "a" * (asked.limit or 0) + tail, None if formed else TextTooLong
        yield BELL + tail, None if formed else OddCharacter
        yield TURNED + tail, None if formed else OddCharacter
    if asked.kind is Kind.NUMBER:
        yield from ((edge, None) for edge in beyond(asked))


def beyond(asked: Question) -> Iterator[int]:
    """Give the numbers just outside what is allowed."""
    if asked.least is not None:
        yield asked.least - 1
    if asked.most is not None:
        yield asked.most + 1


def refused(path: str, value: object) -> Refusal:
    """Give the refusal of a section that holds this in one field."""
    model = MODELS[path.partition(".")[0]]
    values = alone(path, value)
    if model is CaseHeader:
        values = {"code_name": "GRAN-427", "as_of": DAY} | values
    with pytest.raises(Refusal) as met:
        checked(model, values, model.WORD)
    return met.value


def named(refusal: Refusal) -> str:
    """Give the field that a refusal names, without the places in its lists."""
    return re.sub(r"\.\d+(?=\.|$)", "", str(refusal.facts["field"]))


@pytest.mark.parametrize(("path", "asked"), FIELDS, ids=[path for path, _ in FIELDS])
def test_every_field_refuses_what_it_cannot_hold(path: str, asked: Question) -> None:
    """Too long, a word of no list, no day, another type, characters that hide: by name."""
    for value, kind in bad(path, asked):
        inner = (value,) if asked.many else value
        refusal = refused(path, answer(inner) if asked.answered else inner)
        assert named(refusal) == path, value
        assert kind is None or type(refusal) is kind, value
        assert "MERKE" not in repr(refusal) + str(refusal)


def one_line(path: str, asked: Question) -> tuple[object, ...]:
    """Give a list of one good line."""
    if asked.group is None:
        good = value_of(path, asked)
        line = good["value"] if isinstance(good, dict) else good
    else:
        line = alone(leaves_of(path)[0])
        for step in path.split(".")[1:]:
            line = (line[0] if isinstance(line, tuple) else line)[step]
    assert isinstance(line, tuple)
    return line[:1]


@pytest.mark.parametrize(
    ("path", "asked"),
    [one for one in FIELDS if one[1].many],
    ids=[path for path, asked in FIELDS if asked.many],
)
def test_every_list_has_a_cap(path: str, asked: Question) -> None:
    """Two hundred lines, each of which would do alone."""
    many = one_line(path, asked) * MANY
    refusal = refused(path, answer(many) if asked.answered else many)
    assert type(refusal) is TooMany
    assert named(refusal) == path


@pytest.mark.parametrize(
    "path", [path for path, asked in FIELDS if asked.answered], ids=lambda path: path
)
def test_who_says_so_and_when_is_checked_of_every_answer(path: str) -> None:
    """The source is a word of a list, the day a day, the note short; nothing else stands there."""
    for name, value in (
        ("source", "no_such_word"),
        ("as_of", "i går"),
        ("state", "no_such_word"),
        ("note", "a" * 281),
        ("note", BELL),
    ):
        refusal = refused(path, answer(None, state="unknown") | {name: value})
        assert named(refusal) == f"{path}.{name}"[:PATH], name
    assert named(refused(path, answer(None, state="unknown", no_such_field=1))) == path
    assert named(refused(path, answer(None))) == path
