"""Free text: how long it may be, and what it may never hold.

This file knows the caps (280 characters for what is marked short), that no
national identity number stands anywhere in a case, and that a text on the way to a terminal or a
page holds no control characters. It refuses to know what a text is about.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias
from unicodedata import category, normalize

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

_LINE_ENDS: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")
_KEPT: Final = frozenset("\n\t")
# Embeddings, overrides and isolates turn the reading order around; names need none of them.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A lookahead, so that a match that is no date does not hide one that begins inside it.
_ELEVEN: Final = re.compile(
    r"(?<!\d)(?=(\d{2})[ .]?(\d{2})[ .]?\d{2}[ .\u2013-]?\d{3} ?\d{2}(?!\d))"
)
_DAYS: Final = (0, 40)  # ordinary numbers; D-numbers
_MONTHS: Final = (0, 40, 65, 80)  # ordinary; H-numbers and the synthetic series
_PLAIN_FILE: Final = re.compile(r"[^/\\:\n\t]*[^/\\:\n\t. ]")


def holds_national_id(text: str) -> bool:
    """Tell whether `text` holds eleven digits in the form of a national identity number.

    The check digits are not asked for: a number with a slip in it points at somebody too. Digits
    of every script count, and invisible characters between them hide nothing.
    """
    plain = "".join(char for char in normalize("NFKC", text) if category(char) != "Cf")
    return any(
        _within(int(found[1]), 31, _DAYS) and _within(int(found[2]), 12, _MONTHS)
        for found in _ELEVEN.finditer(plain)
    )


def _within(number: int, most: int, shifts: tuple[int, ...]) -> bool:
    return any(0 < number - shift <= most for shift in shifts)


def _odd(char: str) -> bool:
    return (category(char) in {"Cc", "Cs"} and char not in _KEPT) or char in _TURNING


@dataclass(frozen=True, slots=True)
class TextRule:
    """A text of 1 to `limit` characters, in Unicode's composed form (NFC), without edge spaces.

    With `file`, also the name of a file without a folder.
    """

    limit: int
    file: bool = False

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self.check, handler(source))

    def check(self, text: str) -> str:
        """Return `text` in its one form; pydantic turns what is raised into a located error."""
        clean = _LINE_ENDS.sub("\n", normalize("NFC", text)).strip()
        if not clean or (self.file and _PLAIN_FILE.fullmatch(clean) is None):
            raise PydanticCustomError("wrong_answer", "empty, or no plain file name")
        if len(clean) > self.limit:
            raise PydanticCustomError("text_too_long", "too long", {"limit": self.limit})
        if any(_odd(char) for char in clean):
            raise PydanticCustomError("odd_character", "a control character")
        if holds_national_id(clean):
            raise PydanticCustomError("national_id", "a national identity number")
        return clean


Name: TypeAlias = Annotated[str, TextRule(80)]
"""A name, a role, a word or two."""

Line: TypeAlias = Annotated[str, TextRule(160)]
"""One line: a number, a place, a car."""

SHORT: Final = 280
Short: TypeAlias = Annotated[str, TextRule(SHORT)]
"""A short text, and the cap wherever a question has the flag «–»."""

Long: TypeAlias = Annotated[str, TextRule(600)]
"""A few sentences: a reason, a view, somebody's own words."""

Names: TypeAlias = tuple[Name, ...]
Lines: TypeAlias = tuple[Line, ...]
Shorts: TypeAlias = tuple[Short, ...]

Why: TypeAlias = Annotated[str, TextRule(200)]
"""Why the police need one line."""

FileName: TypeAlias = Annotated[str, TextRule(120, file=True)]
"""The name of a file beside the case, never a path."""
