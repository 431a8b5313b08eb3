"""A part of a case has one encoding, and no other bytes are read."""

from contextlib import suppress
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.case import (
    EVERY_PART,
    Part,
    PartId,
    decode_part,
    encode_part,
)
from client.case.child import Child
from client.case.threat import Threat
from client.refusals import NewerPart
from keys.errors import Refusal, UnknownField, WrongShape
from keys.wire import Packable, pack, unpack
from tests.cases import SOMEBODYS_NUMBER, named_parts, person


@settings(deadline=None, max_examples=150)
@given(named_parts())
def test_a_part_survives_its_bytes(drawn: tuple[PartId, Part]) -> None:
    """What is written down is what is read again, to the last letter."""
    name, part = drawn
    data = encode_part(name, part)
    assert decode_part(name, data) == part
    assert encode_part(name, decode_part(name, data)) == data


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=6) | st.binary(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(EVERY_PART), st.binary(max_size=64) | VALUES.map(pack))
def test_any_bytes_give_a_part_or_one_refusal(name: PartId, data: bytes) -> None:
    """Rubbish is answered with a refusal, never with a crash."""
    with suppress(Refusal):
        assert encode_part(name, decode_part(name, data)) == data


@settings(deadline=None, max_examples=100)
@given(named_parts(), st.data())
def test_a_changed_byte_gives_another_part_or_a_refusal(
    drawn: tuple[PartId, Part], data: st.DataObject
) -> None:
    """No change of a part's bytes goes unnoticed: one part has one encoding."""
    name, part = drawn
    whole = bytearray(encode_part(name, part))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    with suppress(Refusal):
        assert decode_part(name, bytes(whole)) != part


def body_of(part: Part) -> dict[str, Packable]:
    """Give the map inside a part's bytes."""
    value = unpack(encode_part(PartId("person"), part))
    assert isinstance(value, list)
    return cast("dict[str, Packable]", value[2])


SIGRID = body_of(person(call_name="Sigrid", birth_year=1974))


def altered(field: str, **changes: Packable) -> dict[str, Packable]:
    """Give a part's body with one answer changed."""
    return SIGRID | {field: cast("dict[str, Packable]", SIGRID[field]) | changes}


ATTACKS: dict[str, tuple[type[Refusal], Packable]] = {
    "a newer version": (NewerPart, ["person", 3, {}]),
    "no version yet": (WrongShape, ["person", 0, {}]),
    "a version that is no number": (WrongShape, ["person", True, {}]),
    "another part's bytes": (WrongShape, ["threat", 1, {}]),
    "no body": (WrongShape, ["person", 2]),
    "something after the body": (WrongShape, ["person", 2, {}, 0]),
    "a list for a body": (WrongShape, ["person", 2, []]),
    "a field there is not": (UnknownField, ["person", 2, {"id": "x"}]),
    "a field no answer has": (UnknownField, ["person", 2, altered("call_name", by="x")]),
    "fields in another order": (WrongShape, ["person", 2, dict(reversed(SIGRID.items()))]),
    "a year as a text": (WrongShape, ["person", 2, altered("birth_year", value="1974")]),
    "a space that is not kept": (WrongShape, ["person", 2, altered("call_name", value=" S")]),
    "a national number": (
        WrongShape,
        ["person", 2, altered("call_name", value=SOMEBODYS_NUMBER)],
    ),
    "a nothing that is said": (WrongShape, ["person", 2, {"call_name": None}]),
}


@pytest.mark.parametrize(("refusal", "value"), ATTACKS.values(), ids=ATTACKS)
def test_bytes_that_the_program_would_not_write_are_refused(
    refusal: type[Refusal], value: Packable
) -> None:
    """A foreign or careless encoding is not read at all."""
    with pytest.raises(refusal) as refused:
        decode_part(PartId("person"), pack(value))
    assert type(refused.value) is refusal


def test_a_part_is_written_only_under_its_own_id() -> None:
    """A threat picture cannot go out under the name of a child."""
    with pytest.raises(WrongShape):
        encode_part(PartId("child.1"), Threat())


def test_one_child_is_not_another() -> None:
    """The bytes of the first child do not open as the second."""
    with pytest.raises(WrongShape):
        decode_part(PartId("child.2"), encode_part(PartId("child.1"), Child()))
