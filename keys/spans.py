"""Bytes on their way: sources that fill a buffer, sinks that take one, and spans between them.

This file knows how to move bytes in constant memory, one reused buffer at a time. It refuses to
know what they are, and opens no file: whoever owns a source or a sink opens and closes it, and
its own errors (a full disk) pass through untouched.
"""

import io
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from keys.address import CHUNK
from keys.errors import TrailingBytes, Truncated

SPAN: Final = 32 * CHUNK
"""Bytes handled between two reads: enough to hide the calls, few enough to stay in cache."""


Progress = Callable[[int], None]
"""Told the bytes done so far."""


class Source(Protocol):
    """Bytes in order: a file opened for reading, an `io.BytesIO`, a `SpanSource`."""

    def readinto(self, into: memoryview, /) -> int | None:
        """Fill the beginning of `into`; return how many bytes, 0 only at the end."""
        ...


class SeekableSource(Source, Protocol):
    """Bytes at any place: a file on disk, an `io.BytesIO`, a `BlobReader`."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to `offset` from the beginning or, by `io.SEEK_END`, the end; return the place."""
        ...


class Sink(Protocol):
    """Takes bytes in order: a file opened for writing, an `io.BytesIO`.

    The view is valid during the call only: a sink that keeps bytes copies them.
    """

    def write(self, data: memoryview, /) -> int:
        """Take the beginning of `data`; return how many bytes."""
        ...


def fill(source: Source, into: memoryview) -> int:
    """Read until `into` is full or `source` ends; return how many bytes."""
    at = 0
    while at < len(into):
        got = source.readinto(into[at:])
        if not got:
            break
        at += got
    return at


def take(source: Source, into: memoryview) -> None:
    """Read until `into` is full.

    Raises:
        Truncated: `source` ends before that.
    """
    if fill(source, into) != len(into):
        raise Truncated


def end_here(source: Source) -> None:
    """Accept `source` only when nothing is left in it.

    Raises:
        TrailingBytes: something is.
    """
    if source.readinto(memoryview(bytearray(1))):
        raise TrailingBytes


def put(sink: Sink, data: memoryview) -> None:
    """Write all of `data`, also to a sink that takes a piece at a time."""
    while data:
        data = data[sink.write(data) :]


def counted(spans: Iterator[memoryview], progress: Progress | None) -> Iterator[memoryview]:
    """Pass `spans` on, and tell `progress` how many bytes have passed after each."""
    done = 0
    for span in spans:
        yield span
        done += len(span)
        if progress is not None:
            progress(done)


class SpanSource:
    """An iterator of spans as a source: what one layer yields, the next one reads."""

    def __init__(self, spans: Iterator[memoryview]) -> None:
        self._spans = spans
        self._left = memoryview(b"")

    def readinto(self, into: memoryview, /) -> int:
        """Fill the beginning of `into`; 0 at the end. Refusals of the spans pass through."""
        while not self._left:
            span = next(self._spans, None)
            if span is None:
                return 0
            self._left = span
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


class Window:
    """`length` bytes of a larger source from `start`, read from their beginning.

    Several windows may share one source: each goes to its own place before it reads.
    """

    def __init__(self, source: SeekableSource, start: int, length: int) -> None:
        self._source = source
        self._at = start
        self._end = start + length

    def readinto(self, into: memoryview, /) -> int:
        """Fill the beginning of `into`; 0 at the window's end."""
        self._source.seek(self._at)
        got = self._source.readinto(into[: self._end - self._at]) or 0
        self._at += got
        return got
