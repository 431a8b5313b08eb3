"""Promises of bytes written as text: one spelling each, and no other is read."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.armour import from_standard, from_url, to_standard, to_url
from keys.errors import WrongShape

Write = Callable[[bytes], str]
Read = Callable[[str, str], bytes]
BOTH = pytest.mark.parametrize(
    ("write", "read"), [(to_url, from_url), (to_standard, from_standard)], ids=["url", "standard"]
)


@pytest.mark.parametrize(
    ("data", "standard"),
    [
        (b"", ""),
        (b"f", "Zg=="),
        (b"fo", "Zm8="),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg=="),
        (b"fooba", "Zm9vYmE="),
        (b"foobar", "Zm9vYmFy"),
        (b"\xfb\xff\xbf", "+/+/"),
    ],
)
def test_the_text_is_that_of_the_standard(data: bytes, standard: str) -> None:
    """The standard's own examples come out as printed (RFC 4648 § 10)."""
    assert to_standard(data) == standard
    assert to_url(data) == standard.rstrip("=").replace("+", "-").replace("/", "_")


@BOTH
@settings(deadline=None)
@given(data=st.binary(max_size=200))
def test_what_is_written_is_read(write: Write, read: Read, data: bytes) -> None:
    """Any bytes come back as they were."""
    assert read(write(data), "proof") == data


@BOTH
@settings(deadline=None, max_examples=300)
@given(text=st.text(max_size=40) | st.text("AQgw-_+/= \n", max_size=12))
def test_any_text_is_read_as_written_or_refused(write: Write, read: Read, text: str) -> None:
    """No two texts mean the same bytes, and no text makes the reader stumble."""
    try:
        data = read(text, "proof")
    except WrongShape:
        return
    assert write(data) == text


@pytest.mark.parametrize(
    "text",
    ["Zg==", "Zh", "Zg\n", " Zg", "Z", "Z+8A", "Zg=", "Zæ", "Zg\ud800"],
    ids=[
        "padding",
        "stray-bits",
        "newline",
        "space",
        "one-character",
        "other-alphabet",
        "half-padding",
        "not-ascii",
        "surrogate",
    ],
)
def test_another_spelling_in_a_header_is_refused(text: str) -> None:
    """A header that says the same in another way is refused."""
    with pytest.raises(WrongShape):
        from_url(text, "proof")


@pytest.mark.parametrize(
    "text",
    ["Zg", "Zh==", "Zg==\n", "Z g==", "Zg===", "-_-_", "Zæ=="],
    ids=["unpadded", "stray-bits", "newline", "space", "more-padding", "other-alphabet", "letter"],
)
def test_another_spelling_in_a_checkpoint_is_refused(text: str) -> None:
    """A checkpoint's line that says the same in another way is refused."""
    with pytest.raises(WrongShape):
        from_standard(text, "checkpoint")
