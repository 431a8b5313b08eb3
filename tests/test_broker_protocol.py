"""PROTOCOL.md and the program say the same: classes, routes, refusals and limits."""

import re
from pathlib import Path

import pytest

from broker import bodies, issuer, pace, publishing, reading, writing
from broker.admission import GRACE_SECONDS
from keys.address import CELL_BYTES, CLASS_CODE, READERS, Board, CellClass, Role
from keys.errors import by_code

TEXT = (Path(writing.__file__).parent / "PROTOCOL.md").read_text("utf-8")
FLAT = re.sub(r"\s+", " ", TEXT)


ROUTES = sorted(
    {
        found
        for path in Path(writing.__file__).parent.glob("*.py")
        for found in re.findall(r'Route\("([A-Z]+)", "([^"]+)"', path.read_text("utf-8"))
    }
)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_is_documented(method: str, path: str) -> None:
    """Who reads the protocol knows every door there is."""
    assert f"`{method} {path.replace('{cls}', '{class}')}" in FLAT


def test_every_documented_route_exists() -> None:
    """The protocol promises no door that the program does not have."""
    told = re.findall(r"`(GET|HEAD|POST|PATCH) (/[^`?]*)[`?]", FLAT)
    assert {(method, path.replace("{class}", "{cls}")) for method, path in told} == set(ROUTES)


def test_every_refusal_that_is_named_exists() -> None:
    """The protocol names no refusal that the program does not have."""
    named = {
        word
        for group in re.findall(r"\[([a-z0-9_, ]+)\]", FLAT)
        for word in re.split(r", ", group)
        if re.fullmatch(r"[a-z]+(_[a-z]+)+|expired", word)
    }
    assert len(named) > 20
    assert not [code for code in named if by_code(code) is None]


@pytest.mark.parametrize("cls", CellClass)
def test_the_table_of_classes_is_the_programs(cls: CellClass) -> None:
    """The sizes in the manual are the sizes that are accepted."""
    size = f"{CELL_BYTES[cls]:,}".replace(",", " ")
    assert f"| `{cls}` | {size} | {CLASS_CODE[cls]} |" in FLAT


def test_who_reads_is_who_the_protocol_says() -> None:
    """Only the police read the police board."""
    assert "Cells of `centre` and `reply` are read by centres, cells of `police` by police" in FLAT
    assert READERS[Board.POLICE] == {Role.POLICE}
    assert READERS[Board.CENTRE] == READERS[Board.REPLY] == {Role.CENTRE}


def test_the_limits_in_the_text_are_the_programs() -> None:
    """Every number a client builds on is the one that holds."""
    assert f"for {GRACE_SECONDS // 1000} {GRACE_SECONDS % 1000} seconds after it" in FLAT
    assert f"at most {publishing.LIMIT // 1000} {publishing.LIMIT % 1000} bytes" in FLAT
    assert f"at most {publishing.A_DAY} times a day" in FLAT
    assert f"is answered {pace.ANSWER_SECONDS} seconds after the second in which" in FLAT
    assert f"at the next multiple of {pace.ANSWER_SECONDS} seconds" in FLAT
    assert f"(1 to {issuer.MOST} messages of 256 bytes" in FLAT
    assert f"(1 to {reading.MOST}, by default {reading.MOST})" in FLAT
    assert f"of at most {bodies.CHUNK >> 10} KiB" in FLAT
    assert f"within {bodies.STALL_SECONDS} seconds" in FLAT
    assert writing.UPLOAD_DAYS == 2
    assert "when the second day after its first (UTC) ends" in FLAT
