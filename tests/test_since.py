"""What came later is read in its closed form or refused by name; an older export still opens."""

import json
from copy import deepcopy
from datetime import date
from typing import Final, cast

import pytest
from jsonschema import Draft202012Validator

from client.case import PartId
from client.case.person import Person
from client.casefile import CaseFile, read_case
from client.casejson import encode, read_document
from client.refusals import (
    MissingAnswer,
    NationalId,
    NewerPart,
    NotOurJson,
    OddCharacter,
    TextTooLong,
    TooMany,
    UnknownWord,
    WrongAnswer,
)
from client.schema import Json, Object, case_schema, document
from client.since import MOST, VersionKind
from keys.errors import Refusal, UnknownField, UnknownVersion
from keys.words import Language, Words
from tests.cases import DAY, SOMEBODYS_NUMBER

WORD: Final = "hemmeligord"
CASE: Final = "code_name: GRAN-427\nperson: {call_name: Marte}\nthreat: {worst_fear: Han kommer}"


def answer(value: str) -> Object:
    """Give an answer as JSON."""
    return {"state": "given", "value": value, "source": "user", "as_of": "2026-11-09"}


def version(kind: str, name: str, **more: Json) -> Object:
    """Give one version of the part about the person."""
    head: Object = {"kind": kind, "recorded_on": "2026-11-14", "version": Person.VERSION}
    return {**head, "answers": {"call_name": answer(name)}, **more}


NOTE: Final[Object] = {"part": "threat", "noted_on": "2026-11-15", "text": "Bilen er sett"}
RENEWAL: Final[Object] = {
    "purpose": "keep",
    "given_by": "user",
    "form": "written",
    "language": "norsk",
    "given_on": "2026-11-20",
    "ends_on": "2026-12-20",
}
SINCE: Final[Object] = {
    "notes": [NOTE],
    "versions": {"person": [version("came", "Mari"), version("update", "Marte")]},
    "consent_renewals": [RENEWAL],
}


def tree(since: Json = SINCE, **changes: Json) -> Object:
    """Give a case as JSON, with what came later."""
    return {**document(read_case(CASE, today=DAY)), "since_arrival": since, **changes}


def with_(**changes: Json) -> Object:
    """Give a case whose later section is altered."""
    return tree({**deepcopy(SINCE), **changes})


def versions(*said: Json, part: str = "person") -> Object:
    """Give a case with these versions of a part."""
    return with_(versions={part: list(said)})


def read(made: Object) -> CaseFile:
    """Read what was written."""
    return read_document(json.dumps(made).encode())


VALIDATOR = Draft202012Validator(cast("dict[str, object]", case_schema(Language.NB)))


def test_it_comes_back_as_it_was_and_fits_the_schema() -> None:
    """Every list, alone and together: notes, versions and new consents survive."""
    for names in (["notes"], ["versions"], ["consent_renewals"], [*SINCE]):
        made = tree({name: SINCE[name] for name in names})
        assert [one.message for one in VALIDATOR.iter_errors(made)] == []
        case = read(made)
        assert case.since
        assert document(case) == made
        assert read_document(encode(document(case))) == case


def test_it_says_what_it_says() -> None:
    """Days are days, words are words, and the answers are those of the part."""
    since = read(tree()).since
    assert since is not None
    assert since.notes[0].noted_on == date(2026, 11, 15)
    came, update = since.versions[PartId("person")]
    assert (came.head.kind, update.head.kind) == (VersionKind.CAME, VersionKind.UPDATE)
    assert isinstance(came.content, Person)
    assert came.content.call_name is not None
    assert came.content.call_name.value == "Mari"
    assert since.renewals[0].ends_on == date(2026, 12, 20)
    assert "Mari" not in repr(since)


def test_an_older_version_of_a_part_is_made_new_here_too() -> None:
    """What an older program exported is read, whatever has become of the part's form since."""
    who: Object = {"source": "user", "as_of": "2026-11-09"}
    old: Object = {
        "perpetrators": [],
        "threats_made": {"state": "given", "value": ["a"], **who},
    }
    said: Object = {"kind": "update", "recorded_on": "2026-11-14", "version": 1, "answers": old}
    since = read(versions(said, part="threat")).since
    assert since is not None
    assert "threats_made" in since.versions[PartId("threat")][0].content.model_fields_set


@pytest.mark.parametrize("version", [1, 2])
def test_an_export_of_before_is_read_and_says_nothing_of_it(version: int) -> None:
    """It becomes the newest form, without anything that came later."""
    made = {name: one for name, one in tree(version=version).items() if name != "since_arrival"}
    case = read(made)
    assert case.since is None
    assert document(case) == {**made, "version": 3}


@pytest.mark.parametrize("language", Language)
def test_the_schema_names_it_in_every_language(language: Language) -> None:
    """Whoever reads the file elsewhere learns what each list is, in words."""
    words = Words("client", language)
    later = cast("dict[str, dict[str, Object]]", case_schema(language)["properties"])
    said = later["since_arrival"]
    assert said["title"] == words.say("schema.since_arrival")
    for name, one in said["properties"].items():
        assert cast("Object", one)["title"] == words.say(f"schema.since_arrival.{name}")


LONG = "x" * 1_001
HOSTILE: dict[str, tuple[Object, type[Refusal]]] = {
    "a newer version": (tree(version=4), UnknownVersion),
    "in a document of version 2": (tree(version=2), UnknownField),
    "in a document of version 1": (tree(version=1), UnknownField),
    "nothing": (tree(None), NotOurJson),
    "a text": (tree(WORD), NotOurJson),
    "empty": (tree({}), NotOurJson),
    "an empty list": (with_(notes=[]), NotOurJson),
    "no version of a part": (with_(versions={"person": []}), NotOurJson),
    "a list there is not": (with_(hemmeligord=[NOTE]), UnknownField),
    "notes that are a table": (with_(notes={"a": WORD}), NotOurJson),
    "a note that is a text": (with_(notes=[WORD]), NotOurJson),
    "a note with an author": (with_(notes=[{**NOTE, WORD: WORD}]), UnknownField),
    "a note without a day": (with_(notes=[{"part": "threat", "text": "x"}]), MissingAnswer),
    "a note beside no part": (with_(notes=[{**NOTE, "part": WORD}]), UnknownWord),
    "a note beside a list": (with_(notes=[{**NOTE, "part": [WORD]}]), WrongAnswer),
    "a note beside a part that is not here": (
        with_(notes=[{**NOTE, "part": "journey"}]),
        NotOurJson,
    ),
    "a note too long": (with_(notes=[{**NOTE, "text": LONG}]), TextTooLong),
    "a note of a number": (with_(notes=[{**NOTE, "text": SOMEBODYS_NUMBER}]), NationalId),
    "a note that turns the line": (with_(notes=[{**NOTE, "text": "a\u202eb"}]), OddCharacter),
    "a day that is a number": (with_(notes=[{**NOTE, "noted_on": 7}]), WrongAnswer),
    "a day that is no day": (with_(notes=[{**NOTE, "noted_on": "2026-02-30"}]), WrongAnswer),
    "a day with its hour": (with_(notes=[{**NOTE, "noted_on": "2026-11-15T00:00:00"}]), NotOurJson),
    "notes without end": (with_(notes=[NOTE] * (MOST + 1)), TooMany),
    "versions that are a list": (with_(versions=[version("came", "x")]), NotOurJson),
    "versions of no part": (versions(version("update", "x"), part="child.25"), UnknownField),
    "versions of a part that is not here": (
        versions(version("update", "x"), part="child.1"),
        NotOurJson,
    ),
    "no versions of a part": (versions(), NotOurJson),
    "what only came": (versions(version("came", "x")), NotOurJson),
    "what came twice": (versions(version("came", "x"), version("came", "y")), NotOurJson),
    "a version of no kind": (versions(version(WORD, "x")), UnknownWord),
    "a version with more": (versions(version("update", "x", hemmeligord="x")), UnknownField),
    "a version without answers": (versions({"kind": "update", "version": 2}), NotOurJson),
    "a version of truth": (versions(version("update", "x", version=True)), NotOurJson),
    "a version too new": (versions(version("update", "x", version=99)), NewerPart),
    "answers there are not": (
        versions(version("update", "x", answers={WORD: answer("x")})),
        UnknownField,
    ),
    "answers that are a text": (versions(version("update", "x", answers=WORD)), NotOurJson),
    "a name with spaces": (versions(version("update", " x ")), NotOurJson),
    "versions without end": (versions(*[version("update", "x")] * (MOST + 1)), TooMany),
    "a consent to what is not asked": (
        with_(consent_renewals=[{**RENEWAL, "purpose": WORD}]),
        UnknownWord,
    ),
    "a consent that ends before it begins": (
        with_(consent_renewals=[{**RENEWAL, "ends_on": "2026-11-19"}]),
        WrongAnswer,
    ),
    "a consent with more": (with_(consent_renewals=[{**RENEWAL, WORD: 1}]), UnknownField),
}


@pytest.mark.parametrize(("made", "leaf"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_later_section_is_refused_by_name(made: Object, leaf: type[Refusal]) -> None:
    """Each attack has its own sentence, none of it is quoted, and the good one passes."""
    assert read(tree()).since
    with pytest.raises(leaf) as caught:
        read(made)
    assert type(caught.value) is leaf
    assert WORD not in json.dumps(dict(caught.value.facts))


OUTSIDE = [
    name for name in HOSTILE if name.startswith(("a note with", "a list", "an empty", "no v"))
]


@pytest.mark.parametrize(
    "name", [*OUTSIDE, "empty", "a version of no kind", "answers there are not"]
)
def test_the_schema_refuses_it_too(name: str) -> None:
    """Whoever checks the file by its schema finds the same."""
    assert not VALIDATOR.is_valid(HOSTILE[name][0])
