"""Bytes as one line of text: base64 in which every value has exactly one spelling.

This file knows two alphabets (RFC 4648 §§ 4 and 5). It refuses to know what the bytes are, and
every text that is not the very one it would write: other padding, stray bits, white space.
"""

from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error

from keys.errors import WrongShape

_QUANTUM = 4  # characters to which base64 pads


def to_url(data: bytes) -> str:
    """Return `data` in the URL-safe alphabet, unpadded (RFC 4648 § 5): what headers carry."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_url(text: str, field: str) -> bytes:
    """Read what `to_url` writes.

    Raises:
        WrongShape: `text` is not that one spelling; the refusal names `field`.
    """
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % _QUANTUM))
    except (Error, ValueError):
        raise WrongShape(field=field) from None
    if to_url(data) != text:
        raise WrongShape(field=field)
    return data


def to_standard(data: bytes) -> str:
    """Return `data` in the standard alphabet, padded (RFC 4648 § 4): what C2SP texts carry."""
    return b64encode(data).decode()


def from_standard(text: str, field: str) -> bytes:
    """Read what `to_standard` writes.

    Raises:
        WrongShape: `text` is not that one spelling; the refusal names `field`.
    """
    try:
        data = b64decode(text)
    except (Error, ValueError):
        raise WrongShape(field=field) from None
    if to_standard(data) != text:
        raise WrongShape(field=field)
    return data
