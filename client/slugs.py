"""Words in files: an id, or its label in any of the three languages, however it is typed.

This file knows how «Svært høy», `svært_høy`, «svært høg» and `very_high` are one answer. The
labels are those of the catalogue, so that the file and the page say the same. It refuses to guess:
what is none of them is no answer.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, TypeVar
from unicodedata import normalize

from client.case.answer import State
from client.case.declaration import choice_msgid
from client.case.part_id import PartName
from keys.words import Language, Words

Choice = TypeVar("Choice", bound=StrEnum)

FLOOR: Final = "client"
_NUMBERED: Final = re.compile(r"(?P<kind>\D+)[ .](?P<number>[1-9][0-9]?)")
_FORMER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "choice.indicator.recent_separation": ("brudd_nylig", "nyleg_brot"),
        "choice.custody.serving": ("soner", "sonar"),
        "choice.check_state.ok": ("greit",),
        "choice.decision.ask_later": ("spør_igjen_seinare",),
        "choice.view_word.no_known_links": ("ingen_kjente_forbindelser", "ingen_kjende_samband"),
    }
)
"""Labels that a word had before: a file that was written then is read still."""


def slug(text: str) -> str:
    """Return `text` in small letters, with one underscore for each run of spaces and marks."""
    plain = re.sub("['’]", "", normalize("NFC", text).casefold())
    return re.sub(r"[\W_]+", "_", plain).strip("_")


def find(choices: type[Choice], text: str) -> Choice | None:
    """Return the word of `choices` that `text` is the id or a label of, else None."""
    return next((word for word in choices if word == _table(choices).get(slug(text))), None)


def find_part(text: str) -> str:
    """Return the id of the part that `text` names, such as «trusselbilde» or «barn.1».

    What names no part is returned as it is; whether there is such a part is not known here.
    """
    numbered = _NUMBERED.fullmatch(text)
    found = _parts().get(slug(text if numbered is None else numbered["kind"]))
    if found is None:
        return text
    return found if numbered is None else f"{found}.{numbered['number']}"


def said_short(word: str, language: Language) -> str:
    """Return how a word of a closed list is written in `language`, such as a kind of part."""
    return slug(_words(language).say(f"typed.{word}"))


def find_state(text: str) -> State | None:
    """Return the lack of a value that `text` is, such as «ukjent» or «veit ikkje», else None."""
    found = _states().get(slug(text))
    return None if found is None else State(found)


LACKS: Final = (State.UNKNOWN, State.NOT_ASKED)
"""The honest lacks of an answer that may stand in place of a line."""


def find_lack(text: str) -> State | None:
    """Return «unknown» or «not asked» when that is what `text` says, else None."""
    found = find_state(text)
    return found if found in LACKS else None


def said(word: StrEnum, language: Language) -> str:
    """Return how a file in `language` writes `word`."""
    return slug(_words(language).say(choice_msgid(word)))


@cache
def _table(choices: type[StrEnum]) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for word in choices:
        table[slug(word)] = word.value
        table |= dict.fromkeys(_FORMER.get(choice_msgid(word), ()), word.value)
        for language in Language:
            table[said(word, language)] = word.value
    return MappingProxyType(table)


@cache
def typed(ids: tuple[str, ...]) -> Mapping[str, str]:
    """Return every short way in which a word of a closed list is written, with its id."""
    table = {slug(one): one for one in ids}
    for language in Language:
        table |= {said_short(one, language): one for one in ids}
    return MappingProxyType(table)


@cache
def _parts() -> Mapping[str, str]:
    labels = {
        slug(_words(language).say(f"part.{name}")): name.value
        for language in Language
        for name in PartName
    }
    return MappingProxyType({**labels, **typed(tuple(name.value for name in PartName))})


@cache
def _states() -> Mapping[str, str]:
    table = {words: state for words, state in _table(State).items() if state != State.GIVEN}
    for language in Language:
        for state in (State.UNKNOWN, State.NOT_ASKED, State.NONE_KNOWN):
            table[slug(_words(language).say(f"yaml.{state}"))] = state.value
    return MappingProxyType(table)


@cache
def _words(language: Language) -> Words:
    return Words(FLOOR, language)
