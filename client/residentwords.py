"""Words for the person: in the language she reads, whatever the staff read.

This file knows the complete languages, and others of which a catalogue has some sentences
(`client/locale/resident/<tag>.po`). It refuses to pass a sentence in another language off as hers:
what is lacking is said in bokmål and marked so. Answers to one question are all in her language, or
none of them: half an answer is none. Which way a language runs is Babel's to know; a
text in the other direction is set apart, so that neither mixes the other's words (UAX #9).
"""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, cast

from babel import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

from client.refusals import NoSuchPage
from keys.words import Language, Words

Direction = Literal["ltr", "rtl"]

_OWN: Final = "consentsheet."
_BOX: Final = "consentsheet.box"
_ANSWERS: Final = ("yes", "no", "later")
_RIGHT_TO_LEFT_MARK: Final = "\u200f"
_FIRST_STRONG, _LEFT_TO_RIGHT, _POP = "\u2068", "\u2066", "\u2069"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class ResidentWords(Words):
    """The texts of the consent page in one language.

    Args:
        tag: a language tag.
        own: its sentences, when it is none of the complete languages.

    Raises:
        NoSuchPage: there is no such language.
    """

    def __init__(self, tag: str, own: Mapping[str, str] = _NOTHING) -> None:
        complete = tag in set(Language)
        super().__init__("client", tag if complete else Language.NB)
        self.tag: Final = tag
        self.complete: Final = complete
        self.direction: Final = direction(tag)
        self._own: Final = own

    @property
    def name(self) -> str:
        """What this language is called in bokmål."""
        return Locale.parse(self.tag.replace("-", "_")).get_display_name("nb") or self.tag

    @property
    def own_name(self) -> str:
        """What this language is called by those who read it."""
        return Locale.parse(self.tag.replace("-", "_")).get_display_name() or self.tag

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return a text, in bokmål and marked so where this language lacks it."""
        if self.direction == "rtl":
            facts = {name: _apart(fact) for name, fact in facts.items()}
        if msgid in self._own and self._answerable(msgid):
            return self._own[msgid].format(**facts)
        said = super().say(msgid, **facts)
        if self.complete or msgid == _BOX or not msgid.startswith(_OWN):
            return said  # a box has no words: what stands behind it is marked
        marked = super().say("resident.in_bokmal", text=said)
        return f"{_LEFT_TO_RIGHT}{marked}{_POP}" if self.direction == "rtl" else marked

    def _answerable(self, msgid: str) -> bool:
        """Return whether this is no answer, or one of a question that has all of them."""
        group, _, name = msgid.rpartition(".")
        answers = [f"{group}.{one}" for one in _ANSWERS]
        asked = name in _ANSWERS and all(one in self for one in answers)  # else it is a heading
        return not asked or all(one in self._own for one in answers)

    def laid(self, line: str) -> str:
        """Return a line so that a screen or printer runs it in this language's direction."""
        return f"{_RIGHT_TO_LEFT_MARK}{line}" if self.direction == "rtl" and line else line


def _apart(fact: int | str) -> str:
    return f"{_FIRST_STRONG}{fact}{_POP}"


def direction(tag: str) -> Direction:
    """Return which way a language runs.

    Raises:
        NoSuchPage: Babel knows no such language.
    """
    try:
        locale = Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise NoSuchPage from None
    return "rtl" if locale.text_direction == "rtl" else "ltr"


def languages() -> tuple[str, ...]:
    """Return the tags of the languages there is a page in, the complete ones first."""
    found = (files("client") / "locale" / "resident").iterdir()
    more = sorted(one.name.removesuffix(".po") for one in found if one.name.endswith(".po"))
    return (*(one.value for one in Language), *more)


def resident(tag: str) -> ResidentWords:
    """Return the words for one language: a complete one, or one with a catalogue of its own.

    Raises:
        NoSuchPage: there is no such language here.
    """
    if tag in set(Language):
        return ResidentWords(tag)
    if tag not in languages():
        raise NoSuchPage
    found = files("client") / "locale" / "resident"
    with (found / f"{tag}.po").open("rb") as source:
        read = read_po(source, abort_invalid=True)
    own = {cast("str", one.id): str(one.string) for one in read if one.id and one.string}
    return ResidentWords(tag, MappingProxyType(own))
