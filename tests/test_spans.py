"""Promises about bytes on their way: none is lost, none is added, whoever gives or takes a few."""

import io
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.errors import TrailingBytes, Truncated
from keys.spans import SpanSource, Window, counted, end_here, fill, put, take

MESSAGE: Final = bytes(range(100))


class Sip:
    """A sink that takes a few bytes at a time."""

    def __init__(self, most: int) -> None:
        self.taken = b""
        self._most = most

    def write(self, data: memoryview, /) -> int:
        """Take at most `most` bytes."""
        self.taken += data[: self._most]
        return min(self._most, len(data))


def test_taking_takes_all_or_refuses() -> None:
    """A source that ends too early, or goes on too long, is told from one that fits."""
    source = io.BytesIO(MESSAGE)
    into = memoryview(bytearray(60))
    take(source, into)
    assert into == MESSAGE[:60]
    with pytest.raises(TrailingBytes):
        end_here(source)
    with pytest.raises(Truncated):
        take(source, into)
    end_here(source)


@given(
    pieces=st.lists(st.binary(max_size=40), max_size=10),
    sizes=st.lists(st.integers(1, 30), min_size=1),
)
def test_spans_read_as_one_source(pieces: list[bytes], sizes: list[int]) -> None:
    """What one layer yields in pieces, the next reads in pieces of its own."""
    source = SpanSource(memoryview(piece) for piece in pieces)
    read = b""
    for size in [*sizes, 400]:
        into = memoryview(bytearray(size))
        read += into[: fill(source, into)]
    assert read == b"".join(pieces)
    assert source.readinto(memoryview(bytearray(1))) == 0


def test_two_windows_share_one_source() -> None:
    """Two parts of one file can be read in turns."""
    file = io.BytesIO(bytes(range(100)))
    one, other = Window(file, 10, 20), Window(file, 50, 3)
    into = memoryview(bytearray(12))
    assert (one.readinto(into), bytes(into)) == (12, bytes(range(10, 22)))
    assert (other.readinto(into), bytes(into[:3])) == (3, bytes(range(50, 53)))
    assert (one.readinto(into), bytes(into[:8])) == (8, bytes(range(22, 30)))
    assert (one.readinto(into), other.readinto(into)) == (0, 0)


def test_a_window_past_the_end_gives_nothing() -> None:
    """A window does not invent what its source has not."""
    assert Window(io.BytesIO(b"abc"), 3, 5).readinto(memoryview(bytearray(5))) == 0


def test_a_slow_sink_gets_every_byte() -> None:
    """A sink may take a little at a time."""
    sink = Sip(7)
    put(sink, memoryview(MESSAGE))
    assert sink.taken == MESSAGE


def test_progress_is_told_after_each_span() -> None:
    """Somebody who waits sees how far it has come, and no more than has come."""

    def spans() -> Iterator[memoryview]:
        yield memoryview(b"abc")
        yield memoryview(b"de")

    told: list[int] = []
    assert [bytes(span) for span in counted(spans(), told.append)] == [b"abc", b"de"]
    assert told == [3, 5]
    assert [bytes(span) for span in counted(spans(), None)] == [b"abc", b"de"]
