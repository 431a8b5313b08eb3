"""Zero bytes that fill a message up to the length that all of its kind have (ENVELOPE E-1.7).

This file knows zeros. It refuses any other byte where they stand.
"""

from keys.errors import BadPadding, OverLong


def pad(data: bytes, size: int) -> bytes:
    """Fill `data` with zero bytes up to `size`.

    Raises:
        OverLong: `data` is longer than `size`.
    """
    if len(data) > size:
        raise OverLong(limit=size)
    return data + bytes(size - len(data))


def check_padding(rest: bytes) -> None:
    """Accept `rest` only when every byte is zero.

    Raises:
        BadPadding: some byte is not.
    """
    if any(rest):
        raise BadPadding
