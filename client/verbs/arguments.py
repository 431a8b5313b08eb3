"""The arguments of a verb, each read by name and kind.

This file knows kinds. It refuses an argument that is missing, of another kind or unknown.
"""

from collections.abc import Mapping
from typing import Final

from keys.errors import UnknownField, WrongShape
from keys.wire import Value

_WORD: Final = 80


class Arguments:
    """Reads a verb's arguments; `end` refuses those that nobody read."""

    def __init__(self, verb: str, given: Mapping[str, Value]) -> None:
        self._verb = verb
        self._given = dict(given)

    def text(self, name: str, *, most: int = _WORD) -> str:
        """Return a text.

        Raises:
            WrongShape: it is missing, no text or too long.
        """
        value = self._given.pop(name, None)
        if not isinstance(value, str) or not 0 < len(value) <= most:
            raise WrongShape(field=f"{self._verb}.{name}")
        return value

    def maybe(self, name: str, *, most: int = _WORD) -> str:
        """Return a text, or an empty one when it was not given."""
        return self.text(name, most=most) if self._given.get(name) else self._nothing(name)

    def octets(self, name: str, *, most: int) -> bytes:
        """Return bytes.

        Raises:
            WrongShape: they are missing, no bytes or too long.
        """
        value = self._given.pop(name, None)
        if not isinstance(value, bytes) or len(value) > most:
            raise WrongShape(field=f"{self._verb}.{name}")
        return value

    def number(self, name: str, otherwise: int) -> int:
        """Return a whole number, or `otherwise` when it was not given."""
        value = self._given.pop(name, None)
        if value is None:
            return otherwise
        if not isinstance(value, int) or isinstance(value, bool):
            raise WrongShape(field=f"{self._verb}.{name}")
        return value

    def flag(self, name: str) -> bool:
        """Return whether a flag was given."""
        value = self._given.pop(name, False)
        if not isinstance(value, bool):
            raise WrongShape(field=f"{self._verb}.{name}")
        return value

    def texts(self, name: str, *, most: int = 64) -> tuple[str, ...]:
        """Return a list of texts; none when it was not given."""
        value = self._given.pop(name, None) or []
        if not isinstance(value, list) or len(value) > most:
            raise WrongShape(field=f"{self._verb}.{name}")
        found = tuple(item for item in value if isinstance(item, str))
        if len(found) != len(value):
            raise WrongShape(field=f"{self._verb}.{name}")
        return found

    def end(self) -> None:
        """Accept only when every argument was read.

        Raises:
            UnknownField: one was not.
        """
        if self._given:
            raise UnknownField(field=self._verb)

    def _nothing(self, name: str) -> str:
        self._given.pop(name, None)
        return ""
