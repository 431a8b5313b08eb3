"""Promises of the vectors: each ends as it says, fails for one reason, and every rule has one."""

import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

import pytest

from keys.errors import Refusal
from tests.envelope import CLAUSES, GROUPS, ROOT, codes_of
from tests.vectors.generate import GROUPS as FILES
from tests.vectors.generate import load, path_of, text_of
from tests.vectors.making import Gives, Said, answer
from tests.vectors.octets import Json, Octets

NO_BYTES: Final = MappingProxyType(
    {
        "E-10.6": "what was used before is the broker's to remember",
        "E-12.8": "what was spent is the broker's to remember",
    }
)
"""Rules that no bytes alone can break, and who holds what else it takes."""


@cache
def book(stem: str) -> dict[str, Json]:
    """Return one file of vectors."""
    return next(load(group) for group in FILES if path_of(group).stem == stem)


@cache
def octets(stem: str) -> Octets:
    """Return what reads the bytes of one file."""
    return Octets(cast("dict[str, Json]", book(stem)["bytes"]))


@cache
def vectors(stem: str) -> dict[str, Gives]:
    """Return a file's vectors by their names."""
    listed = cast("list[Gives]", book(stem)["vectors"])
    return {cast("str", vector["name"]): vector for vector in listed}


STEMS: Final = tuple(path_of(group).stem for group in FILES)
OPENERS: Final = {path_of(group).stem: group.OPENERS for group in FILES}
ALL: Final = [
    pytest.param(stem, name, id=f"{stem}: {name}") for stem in STEMS for name in vectors(stem)
]


def base(stem: str, vector: Gives) -> Gives:
    """Return the vector that another is like, or a vector itself."""
    return vectors(stem)[cast("str", vector["like"])] if "like" in vector else vector


def ends(stem: str, vector: Gives) -> Gives:
    """Return how our code ends a vector: what it gives, or its refusal."""
    first = base(stem, vector)
    said = cast("Gives", first["input"]) | cast("Gives", vector.get("but", {}))
    found = answer(OPENERS[stem][first["open"]], Said(said, octets(stem)))
    return {"refusal": found.code} if isinstance(found, Refusal) else {"gives": found}


@pytest.mark.parametrize(("stem", "name"), ALL)
def test_a_vector_ends_as_it_says(stem: str, name: str) -> None:
    """What any reader must accept we accept with the same result, and refuse by the same word."""
    vector = vectors(stem)[name]
    assert ends(stem, vector) == {key: vector[key] for key in ("gives", "refusal") if key in vector}


@pytest.mark.parametrize("stem", STEMS)
def test_a_vector_that_fails_fails_for_one_reason(stem: str) -> None:
    """It changes one input of a vector that passes, and that input alone."""
    for name, vector in vectors(stem).items():
        assert ("like" in vector) is ("but" in vector) is ("input" not in vector), name
        assert "refusal" not in vector or "like" in vector, name
        if "like" in vector:
            first = base(stem, vector)
            assert "gives" in first, name
            but, said = cast("Gives", vector["but"]), cast("Gives", first["input"])
            [changed] = but
            assert but[changed] != said[changed], name


@pytest.mark.parametrize("stem", STEMS)
def test_a_vector_stands_under_the_rule_that_it_shows(stem: str) -> None:
    """The clause that a vector names exists, and threatens with the refusal that comes."""
    for name, vector in vectors(stem).items():
        clause = str(vector["clause"])
        assert clause in CLAUSES, name
        assert "refusal" not in vector or vector["refusal"] in codes_of(clause), name


def test_every_rule_about_bytes_has_a_vector() -> None:
    """No clause that refuses stands without bytes that it refuses."""
    shown = {
        str(vector["clause"])
        for stem in STEMS
        for vector in vectors(stem).values()
        if "refusal" in vector
    }
    wanting = [
        clause
        for clause in CLAUSES
        if codes_of(clause) and not clause.startswith("E-15.") and clause not in shown
    ]
    assert wanting == list(NO_BYTES)


def test_every_group_of_clauses_has_vectors() -> None:
    """From the wire to the prekeys: every section that is about bytes is tested by some."""
    assert [f"E-{n}" for n in range(1, 18)] == list(GROUPS)
    assert {str(book(stem)["clause"]) for stem in STEMS} == set(GROUPS) - {"E-15"}


@pytest.mark.parametrize("group", FILES, ids=lambda group: path_of(group).stem)
def test_writing_the_vectors_anew_changes_nothing(group: object) -> None:
    """What is committed is what the makers make, so that a change of meaning cannot slip by."""
    made = next(one for one in FILES if one is group)
    assert text_of(made) == path_of(made).read_text()


# ── Vectors that others published ────────────────────────────────────────────────────────────
PUBLISHED: Final = sorted((Path(__file__).parent / "vectors/published").glob("*.json"))


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_vector_has_a_source_and_is_used(path: Path) -> None:
    """Each says where it is from, and some test holds us to it."""
    assert len(json.loads(path.read_text())["source"]) > len("RFC 0000")
    tests = [test.read_text() for test in (ROOT / "tests").glob("test_*.py")]
    assert any(path.name in text for text in tests)
