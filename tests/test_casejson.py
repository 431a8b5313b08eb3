"""An export is read back exactly, and hostile JSON is refused by name before it does anything."""

import json
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import Part, PartId
from client.case.threat import Threat
from client.casefile import CaseFile, read_case
from client.casejson import LIMIT, encode, read_document
from client.refusals import NewerPart, NotJson, NotOurJson, UnknownWord, WrongAnswer
from client.schema import Json, Object, document
from keys.errors import DuplicateKey, OverLong, Refusal, UnknownField, UnknownVersion
from tests.cases import DAY, named_parts

SAMPLES = sorted((Path(__file__).parent.parent / "client" / "samples").glob("*.yaml"))
EMPTY = read_case("", today=DAY)
WORD = "hemmeligord"


def tree(**changes: Json) -> Object:
    """Give the JSON of an empty case, altered."""
    return {**document(EMPTY), **changes}


def part(name: str, version: Json, answers: Json) -> Object:
    """Give the JSON of a case with one part."""
    return tree(parts={name: {"version": version, "answers": answers}})


def said(value: Json, **more: Json) -> Object:
    """Give the JSON of a case in which a person has one answer."""
    answer: Object = {"state": "given", "value": value, "source": "user", "as_of": "2026-11-09"}
    return part("person", 2, {"call_name": {**answer, **more}})


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_comes_back_as_it_was(path: Path) -> None:
    """Nothing is lost between two systems, and the bytes are the same each time."""
    case = read_case(path.read_bytes(), today=DAY)
    data = encode(document(case))
    assert read_document(data) == case
    assert encode(document(read_document(data))) == data


@settings(deadline=None, max_examples=150)
@given(st.lists(named_parts(), max_size=3))
def test_any_case_comes_back_as_it_was(drawn: list[tuple[PartId, Part]]) -> None:
    """Every answer, source, day and way of not knowing survives."""
    case = CaseFile(EMPTY.header, dict(drawn))
    assert dict(read_document(encode(document(case))).parts) == dict(case.parts)


def test_an_older_part_is_made_new() -> None:
    """An export from an older program is read; nothing that was answered is lost."""
    who: Object = {"source": "user", "as_of": "2026-11-09"}
    answers: Object = {
        "perpetrators": [],
        "threats_made": {"state": "given", "value": ["a", "b"], **who},
    }
    found = read_document(encode(part("threat", 1, answers))).parts[PartId("threat")]
    assert isinstance(found, Threat)
    assert [row.words.value for row in found.threats_made if row.words] == ["a", "b"]


HOSTILE: dict[str, tuple[bytes, type[Refusal]]] = {
    "nothing": (b"", NotJson),
    "no JSON": (b"code_name: GRAN-427", NotJson),
    "no UTF-8": (b'{"a": "\xff"}', NotJson),
    "two values": (b"{} {}", NotJson),
    "a list": (b"[]", NotJson),
    "not a number": (b'{"a": NaN}', NotJson),
    "a fraction": (b'{"a": 1.5}', NotJson),
    "a number without end": (b'{"a": ' + b"9" * 100_000 + b"}", NotJson),
    "huge": (b" " * (LIMIT + 1), OverLong),
    "deep": (b'{"a":' + b"[" * 200_000, OverLong),
    "a key said twice": (b'{"format": "a", "format": "b"}', DuplicateKey),
    "another format": (encode(tree(format="x")), NotOurJson),
    "without parts": (encode({"format": "folge.case", "version": 1, "case": {}}), NotOurJson),
    "a newer version": (encode(tree(version=4)), UnknownVersion),
    "a document's version of truth": (encode(tree(version=True)), UnknownVersion),
    "a version that is no number": (encode(tree(version="1")), UnknownVersion),
    "a field there is not": (encode(tree(hemmeligord="x")), UnknownField),
    "a part there is not": (encode(part("child.25", 1, {})), UnknownField),
    "parts that are a list": (encode(tree(parts=[])), NotOurJson),
    "a part that is a text": (encode(tree(parts={"person": WORD})), NotOurJson),
    "a part with more": (encode(tree(parts={"person": {"version": 1, "x": 1}})), NotOurJson),
    "answers that are a text": (encode(part("person", 1, WORD)), NotOurJson),
    "a newer part": (encode(part("person", 99, {})), NewerPart),
    "a version of truth": (encode(part("person", True, {})), NotOurJson),  # noqa: FBT003 - JSON's
    "a version before the first": (encode(part("person", 0, {})), NotOurJson),
    "a field too new for its version": (
        encode(part("journey", 1, {"if_not_arrived": {}})),
        UnknownField,
    ),
    "an older part that is none": (
        encode(part("threat", 1, {"threats_made": WORD})),
        NotOurJson,
    ),
    "an unknown answer": (encode(part("person", 2, {WORD: {}})), UnknownField),
    "a source there is not": (encode(said("Marte", source=WORD)), UnknownWord),
    "a value of the wrong kind": (encode(said({"a": WORD})), WrongAnswer),
    "a day written otherwise": (encode(said("Marte", as_of=1_794_000_000)), WrongAnswer),
    "a text with spaces around": (encode(said(" Marte ")), NotOurJson),
}


@pytest.mark.parametrize(("data", "leaf"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_is_refused_by_name(data: bytes, leaf: type[Refusal]) -> None:
    """Each attack has its own sentence, and none of it is quoted."""
    with pytest.raises(leaf) as caught:
        read_document(data)
    assert type(caught.value) is leaf
    assert WORD not in json.dumps(dict(caught.value.facts))


def test_what_is_not_asked_about_does_not_matter() -> None:
    """The order of keys is nobody's business: other systems write it their own way."""
    case = read_case(SAMPLES[0].read_bytes(), today=DAY)
    plain = cast("Object", json.loads(encode(document(case))))
    turned = dict(reversed(list(plain.items())))
    assert read_document(json.dumps(turned).encode()) == case
