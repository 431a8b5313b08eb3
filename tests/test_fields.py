"""A tagged list is read field by field to its end, and every stray field is named."""

from collections.abc import Callable
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.errors import OverLong, Refusal, UnknownVersion, WrongShape
from keys.wire import Fields, Packable, Value, pack

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=12) | st.binary()
ROWS = st.lists(SCALARS | st.sampled_from(["thing", 1]), max_size=5)
VALUES = SCALARS | ROWS | ROWS.map(lambda row: ["thing", 1, *row])


class Colour(StrEnum):
    """A closed list of words, for these tests."""

    RED = "red"


def one(value: Packable) -> Fields:
    """Begin to read a list with a single field."""
    return Fields.decode(pack(["thing", 1, value]), "thing")


def test_every_reader_reads_its_type() -> None:
    """A well-formed list is read field by field to its end."""
    lists: list[Packable] = [["a", "bc"], [b"a", b"bc"], [b"ab"]]
    row: list[Packable] = ["thing", 1, b"ab", "æ", 7, True, "red", [1], *lists, None, "x"]
    fields = Fields.decode(pack(row), "thing")
    assert fields.octets("o", size=2) == b"ab"
    assert fields.text("t", most=1, least=1) == "æ"
    assert fields.number("n", least=7, most=7) == 7
    assert fields.flag("f") is True
    assert fields.choice("c", Colour) is Colour.RED
    assert fields.items("i", most=1, least=1) == [1]
    assert fields.texts("t", most=2, longest=2) == ("a", "bc")
    assert fields.strings("s", most=2) == (b"a", b"bc")
    assert fields.strings("s", most=1, size=2) == (b"ab",)
    assert fields.optional() is False
    assert fields.optional() is True
    assert fields.text("x", most=1) == "x"
    fields.end()


READERS: dict[str, Callable[[Fields], object]] = {
    "octets": lambda fields: fields.octets("it", size=2),
    "few octets": lambda fields: fields.octets("it", most=1),
    "text": lambda fields: fields.text("it", most=2, least=1),
    "number": lambda fields: fields.number("it", least=1, most=2),
    "flag": lambda fields: fields.flag("it"),
    "choice": lambda fields: fields.choice("it", Colour),
    "items": lambda fields: fields.items("it", most=2, least=1),
    "texts": lambda fields: fields.texts("it", most=2, longest=2),
    "strings": lambda fields: fields.strings("it", most=2),
    "strings of a size": lambda fields: fields.strings("it", most=2, size=2),
}


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        ("octets", "ab"),
        ("texts", "ab"),
        ("texts", ["ab", "a", "b"]),
        ("texts", ["ab", b"a"]),
        ("texts", ["abc"]),
        ("strings", b"ab"),
        ("strings", [b"a", b"b", b"c"]),
        ("strings", [b"ab", "a"]),
        ("strings of a size", [b"ab", b"a"]),
        ("octets", b"abc"),
        ("few octets", b"ab"),
        ("text", b"ab"),
        ("text", ""),
        ("text", "abc"),
        ("number", "1"),
        ("number", True),
        ("number", 0),
        ("number", 3),
        ("flag", 1),
        ("choice", "blue"),
        ("choice", 1),
        ("items", "ab"),
        ("items", []),
        ("items", [1, 2, 3]),
    ],
)
def test_a_field_of_another_type_or_range_is_named(reader: str, value: Packable) -> None:
    """The refusal says which field is wrong and never what stood in it."""
    with pytest.raises(WrongShape) as refused:
        READERS[reader](one(value))
    assert refused.value.facts == {"field": "thing.it"}


@pytest.mark.parametrize("reader", READERS)
def test_a_missing_field_is_refused(reader: str) -> None:
    """A list that ends too early is refused by whoever reads next."""
    fields = Fields.decode(pack(["thing", 1]), "thing")
    with pytest.raises(WrongShape):
        READERS[reader](fields)


def test_an_optional_field_beyond_the_end_is_missing() -> None:
    """Leaving a field out is not the same as saying it is empty."""
    fields = Fields.decode(pack(["thing", 1]), "thing")
    assert fields.optional() is True
    with pytest.raises(WrongShape):
        fields.flag("it")


def test_an_extra_field_is_refused() -> None:
    """A field this version does not know is never skipped."""
    with pytest.raises(WrongShape):
        one(1).end()


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        pytest.param(["other", 1], WrongShape, id="another tag"),
        pytest.param({"thing": 1}, WrongShape, id="no list"),
        pytest.param(["thing"], WrongShape, id="no version"),
        pytest.param(["thing", "1"], WrongShape, id="a version that is text"),
        pytest.param(["thing", True], WrongShape, id="a version that is true"),
        pytest.param(["thing", 2], UnknownVersion, id="a newer version"),
        pytest.param([], WrongShape, id="an empty list"),
    ],
)
def test_another_tag_or_version_is_refused(value: Packable, refusal: type[Refusal]) -> None:
    """A list says what it is before anything in it is believed."""
    with pytest.raises(refusal) as refused:
        Fields.decode(pack(value), "thing")
    assert refused.value.facts == {"field": "thing"}


def test_a_reader_may_ask_for_less_than_the_common_limit() -> None:
    """Small messages are read with a small limit."""
    with pytest.raises(OverLong):
        Fields.decode(pack(["thing", 1, b"x" * 99]), "thing", limit=50)


@settings(deadline=None, max_examples=200)
@given(VALUES)
def test_any_value_is_read_or_refused(value: Value) -> None:
    """Whatever stands where a list should, the answer is a value or one refusal."""
    try:
        fields = Fields(value, "thing")
        fields.text("it", most=10)
        fields.end()
    except (WrongShape, UnknownVersion):
        return
    assert isinstance(value, list)
    assert value[:2] == ["thing", 1]


def test_a_map_is_read_whole_and_nothing_else_is_one() -> None:
    """A map of words comes as it is; a list or a number in its place is named."""
    assert one({"a": 1}).mapping("m") == {"a": 1}
    for other in (["a", 1], 7, None, "a"):
        with pytest.raises(WrongShape) as refused:
            one(other).mapping("m")
        assert refused.value.facts["field"] == "thing.m"
