"""Strict msgpack and the two byte joins that every format is made of (ENVELOPE E-1).

This file knows how bytes become values and refuses everything that could be read in two ways.
It refuses to know what the values mean. Signed bytes are kept and passed on as they came; they
are never encoded anew, because msgpack has more than one encoding of the same value.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Final, NoReturn, Self, TypeAlias, TypeGuard, TypeVar, cast

import msgpack

from keys.errors import (
    DuplicateKey,
    ForbiddenType,
    NotMsgpack,
    OverLong,
    TrailingBytes,
    Truncated,
    UnknownVersion,
    WrongShape,
)

Value: TypeAlias = "bool | int | str | bytes | list[Value] | dict[str, Value] | None"
Packable: TypeAlias = (
    "bool | int | str | bytes | Sequence[Packable] | Mapping[str, Packable] | None"
)
Choice = TypeVar("Choice", bound=StrEnum)

LIMIT: Final = 1 << 20
"""The longest value this module decodes unless its caller says otherwise, in bytes."""
DEPTH: Final = 16
"""The deepest nesting of lists and maps."""
ITEMS: Final = 1 << 16
"""The longest list or map: a short message must not make its reader allocate for a long one."""
U64: Final = (1 << 64) - 1
_LENGTH: Final = 4  # bytes in a length prefix


def pack(value: Packable) -> bytes:
    """Encode `value`; floats, extension types and non-text keys cannot be said.

    Raises:
        ForbiddenType: `value` holds something the format does not have.
        OverLong: nested deeper than `DEPTH`, or a list or map longer than `ITEMS`.
    """
    _check(value, 0)
    try:
        return msgpack.packb(value, use_bin_type=True)
    except UnicodeEncodeError:  # half of a surrogate pair, which UTF-8 cannot say
        raise ForbiddenType from None


def unpack(data: bytes, *, limit: int = LIMIT) -> Value:
    """Decode exactly one value from `data`.

    Raises:
        OverLong: more than `limit` bytes, or nested deeper than `DEPTH`.
        TrailingBytes: bytes follow the value.
        DuplicateKey: a map names a key twice.
        ForbiddenType: a float, an extension type, a timestamp or a key that is no text.
        NotMsgpack: anything else that is not one well-formed value, or a list or map that
            says it is longer than `ITEMS`.
    """
    if len(data) > limit:
        raise OverLong(limit=limit)
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=False,
            object_pairs_hook=_pairs,
            ext_hook=_no_extension,
            max_array_len=ITEMS,
            max_map_len=ITEMS,
        )
    except msgpack.ExtraData:
        raise TrailingBytes from None
    except msgpack.StackError:
        raise OverLong(limit=DEPTH) from None
    except (ValueError, TypeError, msgpack.UnpackException):
        raise NotMsgpack from None
    _check(value, 0)
    return cast("Value", value)


def lp(*parts: bytes) -> bytes:
    """Join `parts`, each behind its length as a big-endian u32 (ENVELOPE E-1.3)."""
    return b"".join(len(part).to_bytes(_LENGTH, "big") + part for part in parts)


def split_lp(data: bytes, count: int) -> tuple[tuple[bytes, ...], bytes]:
    """Read `count` length-prefixed parts; return them and what follows.

    Raises:
        Truncated: `data` ends inside a part.
    """
    parts: list[bytes] = []
    at = 0
    for _ in range(count):
        end = at + _LENGTH
        length = int.from_bytes(data[at:end], "big")
        if end > len(data) or end + length > len(data):
            raise Truncated
        parts.append(data[end : end + length])
        at = end + length
    return tuple(parts), data[at:]


def unlp(data: bytes, count: int) -> tuple[bytes, ...]:
    """Read exactly `count` length-prefixed parts and nothing more.

    Raises:
        Truncated: `data` ends inside a part.
        TrailingBytes: bytes follow the last part.
    """
    parts, rest = split_lp(data, count)
    if rest:
        raise TrailingBytes
    return parts


class Fields:
    """Reads a tagged list `[tag, version, *fields]` in order; each reader names what it wants.

    A decoder calls the readers in the order of the clause and then `end`, so that a missing
    field, an extra one and one of another type are all `WrongShape`, naming the field.
    """

    def __init__(self, value: Value, tag: str, version: int = 1) -> None:
        if not isinstance(value, list) or len(value) < 2 or value[0] != tag:  # noqa: PLR2004
            raise WrongShape(field=tag)
        if not _is_int(value[1]):
            raise WrongShape(field=tag)
        if value[1] != version:
            raise UnknownVersion(field=tag)
        self._tag = tag
        self._values = value
        self._at = 2

    @classmethod
    def decode(cls, data: bytes, tag: str, version: int = 1, *, limit: int = LIMIT) -> Self:
        """Unpack `data` and begin reading it as the list `tag`."""
        return cls(unpack(data, limit=limit), tag, version)

    def _next(self) -> Value:
        if self._at >= len(self._values):
            raise WrongShape(field=self._tag)
        self._at += 1
        return self._values[self._at - 1]

    def _wrong(self, name: str) -> NoReturn:
        raise WrongShape(field=f"{self._tag}.{name}")

    def octets(self, name: str, *, size: int | None = None, most: int = LIMIT) -> bytes:
        """Read bytes: exactly `size` of them when given, else at most `most`."""
        value = self._next()
        if not isinstance(value, bytes) or (size is not None and len(value) != size):
            self._wrong(name)
        if len(value) > most:
            self._wrong(name)
        return value

    def text(self, name: str, *, most: int, least: int = 0) -> str:
        """Read text of `least` to `most` characters."""
        value = self._next()
        if not isinstance(value, str) or not least <= len(value) <= most:
            self._wrong(name)
        return value

    def number(self, name: str, *, least: int = 0, most: int = U64) -> int:
        """Read a whole number from `least` to `most`; True and False are not numbers."""
        value = self._next()
        if not _is_int(value) or not least <= value <= most:
            self._wrong(name)
        return value

    def flag(self, name: str) -> bool:
        """Read True or False."""
        value = self._next()
        if not isinstance(value, bool):
            self._wrong(name)
        return value

    def choice(self, name: str, among: type[Choice]) -> Choice:
        """Read one word of a closed list."""
        value = self._next()
        if not isinstance(value, str):
            self._wrong(name)
        try:
            return among(value)
        except ValueError:
            self._wrong(name)

    def items(self, name: str, *, most: int, least: int = 0) -> list[Value]:
        """Read a list of `least` to `most` values, for the caller to read one by one."""
        value = self._next()
        if not isinstance(value, list) or not least <= len(value) <= most:
            self._wrong(name)
        return value

    def texts(self, name: str, *, most: int, longest: int) -> tuple[str, ...]:
        """Read a list of at most `most` texts, none of more than `longest` characters."""
        found = self.items(name, most=most)
        read = tuple(one for one in found if isinstance(one, str) and len(one) <= longest)
        if len(read) != len(found):
            self._wrong(name)
        return read

    def strings(
        self, name: str, *, most: int, least: int = 0, size: int | None = None
    ) -> tuple[bytes, ...]:
        """Read a list of byte strings, each of exactly `size` bytes when given."""
        found = self.items(name, most=most, least=least)
        read = tuple(
            one for one in found if isinstance(one, bytes) and (size is None or len(one) == size)
        )
        if len(read) != len(found):
            self._wrong(name)
        return read

    def mapping(self, name: str) -> dict[str, Value]:
        """Read a map with text keys, for the caller to read one by one."""
        value = self._next()
        if not isinstance(value, dict):
            self._wrong(name)
        return value

    def optional(self) -> bool:
        """Step over a nil: True when the next field is present, False when it was nil."""
        if self._at < len(self._values) and self._values[self._at] is None:
            self._at += 1
            return False
        return True

    @property
    def ended(self) -> bool:
        """Whether nothing is left to read: a row that an older program kept may end earlier."""
        return self._at == len(self._values)

    def end(self) -> None:
        """Accept only when every field has been read."""
        if self._at != len(self._values):
            raise WrongShape(field=self._tag)


def _is_int(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _pairs(pairs: list[tuple[object, object]]) -> dict[object, object]:
    made = dict(_text_keys(pairs))
    if len(made) != len(pairs):
        raise DuplicateKey
    return made


def _text_keys(pairs: list[tuple[object, object]]) -> list[tuple[object, object]]:
    if not all(isinstance(key, str) for key, _ in pairs):
        raise ForbiddenType
    return pairs


def _no_extension(_code: int, _data: bytes) -> NoReturn:
    raise ForbiddenType


def _check(value: object, depth: int) -> None:
    """Refuse what msgpack can say and the format cannot."""
    if value is None or isinstance(value, bool | str | bytes):
        return
    if isinstance(value, int):
        if not -(1 << 63) <= value <= U64:
            raise ForbiddenType
        return
    if depth >= DEPTH:
        raise OverLong(limit=DEPTH)
    for item in _held(value):
        _check(item, depth + 1)


def _held(value: object) -> Collection[object]:
    """Give what a list or map holds; a map's keys must be text."""
    if isinstance(value, list | tuple):
        held = cast("Collection[object]", value)
    elif isinstance(value, dict):
        pairs = cast("dict[object, object]", value)
        if not all(isinstance(key, str) for key in pairs):
            raise ForbiddenType
        held = pairs.values()
    else:
        raise ForbiddenType
    if len(held) > ITEMS:
        raise OverLong(limit=ITEMS)
    return held
