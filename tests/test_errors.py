"""Refusals are a vocabulary: five families, stable codes, and no room for case data."""

import re

import pytest

from keys.errors import (
    FACTS,
    FAMILIES,
    BadSignature,
    DiskFull,
    Distrusted,
    Locked,
    Malformed,
    NotHere,
    NotMsgpack,
    OutOfTurn,
    ProofStale,
    QuotaSpent,
    Refusal,
    Refused,
    Replayed,
    Sent,
    TooLarge,
    Unreachable,
    WaitBeforeTrying,
    WrongShape,
    WrongSize,
    by_code,
    http_status,
    leaves,
)

OWN = tuple(leaf for leaf in leaves() if leaf.__module__ == "keys.errors")
"""The lowest floor's leaves; other floors may add their own below the same families."""


@pytest.mark.parametrize("leaf", OWN)
def test_every_refusal_has_a_code_a_reason_and_a_status(leaf: type[Refusal]) -> None:
    """No reason is without a name, an explanation and an answer on the wire."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", leaf.code)
    assert leaf.__doc__
    assert leaf.__doc__ != Refusal.__doc__
    assert 400 <= http_status(leaf) < 600
    assert by_code(leaf.code) is leaf


def test_no_two_refusals_share_a_code() -> None:
    """A code names one reason, on every floor."""
    codes = [leaf.code for leaf in leaves()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("leaf", OWN)
def test_every_refusal_belongs_to_one_family(leaf: type[Refusal]) -> None:
    """The family says what a person does: act, call, drop, wait or try again."""
    assert [family for family in FAMILIES if issubclass(leaf, family)] == [leaf.__bases__[0]]


@pytest.mark.parametrize(
    ("leaf", "status"),
    [
        (NotMsgpack, 400),
        (BadSignature, 403),
        (Locked, 403),
        (Replayed, 409),
        (DiskFull, 507),
        (NotHere, 404),
        (WrongSize, 413),
        (TooLarge, 413),
        (QuotaSpent, 429),
        (ProofStale, 401),
        (Refused, 403),
        (Distrusted, 403),
        (Malformed, 400),
        (OutOfTurn, 409),
        (Unreachable, 503),
    ],
)
def test_the_status_is_the_leafs_own_or_its_familys(leaf: type[Refusal], status: int) -> None:
    """Both ends agree on what each refusal looks like on the wire."""
    assert http_status(leaf) == status


def test_a_code_from_another_version_is_not_guessed() -> None:
    """A code this version does not have is nothing, rather than something near."""
    assert by_code("no_such_code") is None
    assert by_code("") is None


def test_a_refusal_says_its_code_and_nothing_else() -> None:
    """A refusal that ends in a log shows a code and no detail."""
    refusal = WrongShape(sent=Sent.MAYBE, field="threat.weapons", limit=3)
    assert str(refusal) == "wrong_shape"
    assert "weapons" not in repr(refusal)
    assert refusal.sent is Sent.MAYBE
    assert refusal.facts == {"field": "threat.weapons", "limit": 3}


def test_a_refusal_says_nothing_was_sent_unless_told_otherwise() -> None:
    """Most refusals come before anything leaves the machine."""
    assert Locked().sent is Sent.NOTHING


def test_facts_cannot_be_changed_afterwards() -> None:
    """What a refusal carries is settled when it is raised."""
    with pytest.raises(TypeError):
        WaitBeforeTrying(seconds=5).facts["seconds"] = 0  # type: ignore[index]  # the attack


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("name", "marte", id="a fact outside the list"),
        pytest.param("field", "Marte", id="a capital letter"),
        pytest.param("field", "marte solbakk", id="a space"),
        pytest.param("field", "å", id="a letter no schema word has"),
        pytest.param("field", "", id="nothing"),
        pytest.param("field", "a" * 81, id="too long"),
        pytest.param("field", "a\n", id="a line break"),
        pytest.param("field", 7, id="a number for a word"),
        pytest.param("seconds", "7", id="a word for a number"),
    ],
)
def test_typed_text_has_no_room_in_a_refusal(name: str, value: int | str) -> None:
    """A programmer who puts a person's words into a refusal is stopped by the first test."""
    with pytest.raises(TypeError):
        WrongShape(sent=Sent.NOTHING, **{name: value})


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_in_the_list_can_be_carried(name: str) -> None:
    """Numbers and schema words pass."""
    value: int | str = 3 if FACTS[name] is int else "threat.weapons-2_b"
    assert WrongShape(sent=Sent.NOTHING, **{name: value}).facts == {name: value}
