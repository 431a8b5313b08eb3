"""A case as JSON is exactly what its schema says, in every language, and nothing else is."""

import json
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from client.case import HIDDEN, PARTS, Flag, Part, PartId
from client.case.declaration import walk
from client.case.person import Person
from client.casefile import CaseFile, read_case
from client.schema import DIALECT, Json, case_schema, document
from keys.words import Language, Words
from tests.cases import named_parts

DAY = date(2026, 11, 9)
SAMPLES = sorted((Path(__file__).parent.parent / "client" / "samples").glob("*.yaml"))
VALIDATOR = Draft202012Validator(cast("dict[str, object]", case_schema(Language.NB)))
EMPTY = read_case("", today=DAY)


def plain(case: CaseFile) -> dict[str, Json]:
    """Give a case as it comes back from JSON."""
    return cast("dict[str, Json]", json.loads(json.dumps(document(case))))


@pytest.mark.parametrize("language", Language)
def test_the_schema_is_a_schema_in_every_language(language: Language) -> None:
    """A well-kept validator reads it, and its titles are the labels people know."""
    schema = case_schema(language)
    assert schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(cast("dict[str, object]", schema))
    text = json.dumps(schema, ensure_ascii=False)
    words = Words("client", language)
    labels = [words.say(f"field.{path}") for part in PARTS.values() for path, _ in walk(part)]
    assert [one for one in labels if json.dumps(one, ensure_ascii=False) not in text] == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_case_fits_the_schema(path: Path) -> None:
    """What anyone can read as a file, other systems can read as JSON."""
    case = read_case(path.read_text("utf-8"), today=DAY)
    assert [error.message for error in VALIDATOR.iter_errors(plain(case))] == []


@settings(deadline=None, max_examples=150)
@given(st.lists(named_parts(), max_size=3))
def test_any_case_fits_the_schema(drawn: list[tuple[PartId, Part]]) -> None:
    """No part that the program would write is foreign to the schema."""
    case = CaseFile(EMPTY.header, dict(drawn))
    assert [error.json_path for error in VALIDATOR.iter_errors(plain(case))] == []


ANSWER: dict[str, Json] = {"state": "given", "value": "x", "source": "user", "as_of": "2026-11-09"}


def with_part(name: str, part: Json) -> dict[str, Json]:
    """Give a case that has one part."""
    return plain(EMPTY) | {"parts": {name: part}}


def with_answer(**changes: Json) -> dict[str, Json]:
    """Give a case in which one person has one answer, altered."""
    said = {name: value for name, value in (ANSWER | changes).items() if value is not None}
    return with_part("person", {"version": Person.VERSION, "answers": {"call_name": said}})


WRONG: dict[str, dict[str, Json]] = {
    "another format": plain(EMPTY) | {"format": "other"},
    "another version": plain(EMPTY) | {"version": 1},
    "a field there is not": plain(EMPTY) | {"municipality": "x"},
    "a part there is not": with_part("child.25", {"version": 2, "answers": {}}),
    "a part of another version": with_part("person", {"version": 1, "answers": {}}),
    "an answer without a source": with_answer(source=None),
    "an answer without a day": with_answer(as_of=None),
    "given without a value": with_answer(value=None),
    "unknown with a value": with_answer(state="unknown"),
    "a text too long": with_answer(value="x" * 81),
    "a number for a text": with_answer(value=7),
    "a day that is none": with_answer(as_of="9.11.2026"),
    "a source there is not": with_answer(source="gossip"),
}


@pytest.mark.parametrize("made", WRONG.values(), ids=WRONG)
def test_what_no_program_writes_does_not_fit(made: dict[str, Json]) -> None:
    """The schema is closed: it refuses what the program refuses."""
    assert VALIDATOR.is_valid(with_answer())
    assert not VALIDATOR.is_valid(made)


def test_the_flags_and_limits_stand_in_the_schema() -> None:
    """Whoever reads the JSON elsewhere learns what is special about an answer."""
    schema = cast("dict[str, dict[str, dict[str, dict[str, object]]]]", case_schema(Language.EN))
    text = json.dumps(schema["properties"]["parts"]["properties"]["residence"])
    assert '"x-flags": ["9", "X"]' in text
    assert all(f'"{flag.value}"' in json.dumps(schema, ensure_ascii=False) for flag in Flag)
    assert '"maximum": 2100' in json.dumps(schema)
    for name in HIDDEN:
        part = schema["properties"]["parts"]["properties"][name]
        assert part["description"] == Words("client", "en").say("banner.residence")
