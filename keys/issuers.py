"""The weekly public keys of the token issuer, as the roster and the registrars' sheet list them.

This file knows which class and week each key is for (ENVELOPE E-13.13). It refuses to know how a
token is signed. The keys stand in the signed roster so that the issuer cannot give one member a
key of its own and know its tokens again.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from keys.address import TokenClass
from keys.calendar import Week
from keys.errors import WrongShape
from keys.token import IssuerPublic
from keys.wire import Fields, Packable, Value, pack

Issuers: TypeAlias = Mapping[tuple[TokenClass, Week], IssuerPublic]
"""The public half of each weekly token issuer key."""

MOST_ISSUERS: Final = 512
"""Sixteen token classes, thirty-two weeks ahead."""
_DER_LIMIT: Final = 1_024
_LAST_WEEK: Final = (1 << 32) - 1
_CLASS_LIMIT: Final = 16


def ordered_issuers(issuers: Issuers) -> Issuers:
    """Return `issuers` in ascending order of token class, as text, and week."""
    return MappingProxyType(dict(sorted(issuers.items(), key=lambda item: _order(*item[0]))))


def packed_issuers(issuers: Issuers) -> list[Packable]:
    """Return the list that `read_issuers` reads."""
    return [
        ["issuer", 1, str(token_class), week, key.der]
        for (token_class, week), key in issuers.items()
    ]


def read_issuers(values: list[Value]) -> Issuers:
    """Read what `packed_issuers` returns.

    Raises:
        WrongShape: a class and week, or a key, stands twice, or they stand out of order.
        Malformed: `values` have not that form (the leaves of `wire`).
    """
    read = [_read(value) for value in values]
    issuers = MappingProxyType(dict(read))
    if len(issuers) != len(read):
        raise WrongShape(field="issuers")
    check_issuers(issuers)
    return issuers


def check_issuers(issuers: Issuers) -> None:
    """Accept issuer keys in their order, and no key for two classes or weeks.

    A token names its class and week by its key alone, so the second would hide the first.

    Raises:
        WrongShape: out of order, or a key stands twice.
    """
    shared = len({key.der for key in issuers.values()}) != len(issuers)
    if shared or list(issuers) != list(ordered_issuers(issuers)):
        raise WrongShape(field="issuers")


def encode_issuers(issuers: Issuers) -> bytes:
    """Return the sheet that the broker's issuer hands the registrars (E-13.13)."""
    return pack(["issuers", 1, packed_issuers(ordered_issuers(issuers))])


def decode_issuers(data: bytes) -> Issuers:
    """Read what `encode_issuers` writes.

    Raises:
        Malformed: `data` has not that form.
    """
    fields = Fields.decode(data, "issuers")
    issuers = read_issuers(fields.items("issuers", most=MOST_ISSUERS))
    fields.end()
    return issuers


def _order(token_class: TokenClass, week: Week) -> tuple[str, int]:
    return str(token_class), week


def _read(value: Value) -> tuple[tuple[TokenClass, Week], IssuerPublic]:
    fields = Fields(value, "issuer")
    token_class = TokenClass.parse(fields.text("token_class", most=_CLASS_LIMIT))
    week = Week(fields.number("week", most=_LAST_WEEK))
    der = fields.octets("der", most=_DER_LIMIT)
    fields.end()
    return (token_class, week), IssuerPublic(der)
