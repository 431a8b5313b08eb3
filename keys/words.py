"""What people read: one sentence for one msgid, in the language they chose.

This file knows how a catalogue (`<floor>/locale/<language>.po`, gettext, symbolic msgids) becomes
text, how dates and waits are said, and which three sentences tell a refusal. It refuses to know
any Norwegian: every word a person reads stands in a catalogue. It falls back nowhere: a msgid
that a language lacks is a programming error, never a sentence in another language.

Source: desk.md §§ 3.3-3.4 (language, klarspråk); CLDR 47 through Babel for months and units.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.units import format_unit

from keys.calendar import LAST_DAY, Day, Instant, calendar_date
from keys.errors import FACTS, BadSettings, Refusal

Text: TypeAlias = "str | tuple[str, str]"
"""One text, or the two forms (one, several) of a text that counts something."""

FLOOR: Final = "keys"
"""The lowest floor, whose catalogue lies below every other's."""

_MINUTE: Final = 60
_HOUR: Final = 3_600
_SECONDS_SAID: Final = 90
_MINUTES_SAID: Final = 120 * _MINUTE


class Language(StrEnum):
    """The languages that are complete; bokmål is the source."""

    NB = "nb"
    NN = "nn"
    EN = "en"

    @classmethod
    def parse(cls, tag: str) -> "Language":
        """Read a language tag.

        Raises:
            BadSettings: this version has no such language.
        """
        for known in cls:
            if known == tag:
                return known
        raise BadSettings(field="language")


class MissingWords(LookupError):  # noqa: N818 - a programming error, named for what is missing
    """A catalogue lacks a msgid, or the caller lacks a fact that the sentence names.

    A programming error and no refusal: no input can cause it, and a test over every msgid and
    language finds it first.
    """


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal in three sentences, for those who set them apart on a page."""

    what: str
    sent: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.sent} {self.do}"


class Words:
    """The catalogue of one floor in one language, with the lowest floor's below it.

    Args:
        package: the floor whose words come first, such as `client`.
        lang: a language tag; bokmål unless said otherwise.

    Raises:
        BadSettings: this version has no such language.
    """

    def __init__(self, package: str = FLOOR, lang: str = Language.NB) -> None:
        self.lang: Final = Language.parse(lang)
        own = catalogue(package, self.lang)
        self._texts: Final[Mapping[str, Text]] = {**catalogue(FLOOR, self.lang), **own}

    def __contains__(self, msgid: str) -> bool:
        return msgid in self._texts

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return the text of `msgid` with its `{name}` fields filled from `facts`.

        A text with two forms takes the first when the fact `count` is 1, else the second.

        Raises:
            MissingWords: no such msgid here, or a field without its fact.
        """
        text = self._texts.get(msgid)
        if text is None:
            raise MissingWords(msgid)
        try:
            if isinstance(text, tuple):
                text = text[0 if facts["count"] == 1 else 1]
            return text.format(**facts)
        except KeyError as lacking:
            raise MissingWords(msgid, *lacking.args) from None

    def refusal(self, refusal: Refusal) -> str:
        """Return what happened, whether anything left this machine, and what to do."""
        return str(self.told(refusal))

    def told(self, refusal: Refusal) -> Told:
        """Return the three sentences of `refusal`, apart.

        A sentence may have variants, one for one fact (`refusal.<code>.do_seconds`), or for one
        word of a fact and all that begin with it (`refusal.<code>.do_kind.out.opened`); the first
        in the order of `FACTS` whose fact the refusal carries is told, else the plain one.
        """
        return Told(
            what=self._told(refusal, "what"),
            sent=self.say(f"sent.{refusal.sent}"),
            do=self._told(refusal, "do"),
        )

    def _told(self, refusal: Refusal, half: str) -> str:
        plain = f"refusal.{refusal.code}.{half}"
        for name in FACTS:
            for word in _widening(refusal.facts.get(name)):
                if f"{plain}_{name}.{word}" in self:
                    return self.say(f"{plain}_{name}.{word}")
            said = self._fact(name, refusal.facts.get(name))
            if said is not None and f"{plain}_{name}" in self:
                return self.say(f"{plain}_{name}", **{name: said})
        return self.say(plain)

    def _fact(self, name: str, value: int | str | None) -> int | str | None:
        """Say a fact as people do; None when there is none, or none that can be said."""
        if name == "seconds" and isinstance(value, int):
            return self.span(value)
        if name == "day" and isinstance(value, int):
            # The number may come from a broker that means ill: no calendar holds day 2^60.
            return self.day(Day(value)) if 0 <= value <= LAST_DAY else None
        return value

    def day(self, day: Day) -> str:
        """Return a date, such as «22. november 2026»."""
        return format_date(calendar_date(day), self.say("date.day"), locale=self.lang)

    def moment(self, instant: Instant) -> str:
        """Return a Norwegian date and time of day, such as «22. november 2026 kl. 21.05»."""
        local = datetime.fromtimestamp(instant, norway())
        pattern = self.say("date.moment")
        return format_datetime(local, pattern, tzinfo=norway(), locale=self.lang)

    def lately(self, instant: Instant, now: Instant) -> str:
        """Return a moment without its date where that is the date in Norway `now`: «kl. 21.05»."""
        local, today = (datetime.fromtimestamp(one, norway()) for one in (instant, now))
        if local.date() != today.date():
            return self.moment(instant)
        return format_datetime(local, self.say("date.time"), tzinfo=norway(), locale=self.lang)

    def span(self, seconds: int) -> str:
        """Return a wait in words, rounded up: seconds to 90, minutes to two hours, then hours."""
        if seconds <= _SECONDS_SAID:
            return format_unit(seconds, "duration-second", locale=self.lang)
        if seconds <= _MINUTES_SAID:
            return format_unit(-(-seconds // _MINUTE), "duration-minute", locale=self.lang)
        return format_unit(-(-seconds // _HOUR), "duration-hour", locale=self.lang)


def _widening(value: int | str | None) -> Iterator[str]:
    """Give a schema word, and what is left of it as its last parts fall away."""
    while isinstance(value, str) and value:
        yield value
        value = value.rpartition(".")[0]


@cache
def catalogue(package: str, lang: Language) -> Mapping[str, Text]:
    """Return every translated text of one floor's own catalogue, by msgid.

    An empty translation is left out, so that asking for it fails instead of saying nothing.

    Raises:
        FileNotFoundError: the floor has no catalogue in that language (a packaging error).
    """
    with (files(package) / "locale" / f"{lang}.po").open("rb") as source:
        read = read_po(source, locale=str(lang), abort_invalid=True)
    texts: dict[str, Text] = {}
    for message in read:
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        if message.id and forms and all(forms):
            msgid = message.id if isinstance(message.id, str) else message.id[0]
            texts[msgid] = forms[0] if len(forms) == 1 else (forms[0], forms[-1])
    return MappingProxyType(texts)


@cache
def norway() -> ZoneInfo:
    """Return the zone in which people here read their clocks."""
    return ZoneInfo("Europe/Oslo")
