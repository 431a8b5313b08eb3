"""The words of a page in one language: labels, answers, days.

This file knows how a value is said. It refuses to know where it stands on a page: that is
`client.sheettext` for lines and `client.sheetpdf` for paper.
"""

from dataclasses import dataclass
from datetime import date, datetime

from client.labels import labelled, marked
from client.sheet import Item, Origin, Phrase, Say, Sheet
from keys.calendar import day_number
from keys.words import Words


@dataclass(frozen=True, slots=True)
class SheetWords:
    """Says what stands on one page; on a compact one by the short labels."""

    words: Words
    compact: bool

    def heading(self, sheet: Sheet) -> str:
        """Return the page's title with the code name behind."""
        return f"{self.say(sheet.title)} {sheet.code_name}".strip()

    def say(self, say: Say) -> str:
        """Return a text of the catalogue; a fact of it may be a text too."""
        facts = {
            name: self.label(fact) if isinstance(fact, Say) else fact for name, fact in say.facts
        }
        return self.words.say(say.msgid, **facts)

    def label(self, label: Say) -> str:
        """Return a label: on a compact page the short one, where the catalogue has one."""
        short = f"card.{label.msgid}"
        return self.say(Say(short, label.facts) if self.compact and short in self.words else label)

    def line(self, item: Item) -> str:
        """Return a whole line: its label, all that is said, and who says so."""
        said = self.said(item)
        if item.origin is not None:
            said = f"{said} ({self.origin(item.origin)})"
        label = "" if item.label is None else self.label(item.label)
        if not said or not label:
            return label or said
        return labelled(label, said)

    def halves(self, item: Item) -> tuple[str, str]:
        """Return a line as its label with its mark, and all that is said behind it."""
        label = "" if item.label is None else self.label(item.label)
        said = self.said(item)
        return (marked(label) if label and said else label), said

    def said(self, item: Item) -> str:
        """Return what a line says behind its label; a comma inside an answer parts none."""
        phrases = [self._phrase(phrase) for phrase in item.phrases]
        grouped = any(isinstance(phrase, Item) for phrase in item.phrases)
        apart = grouped or any(", " in phrase for phrase in phrases)
        said = ("; " if apart else ", ").join(phrases)
        if item.note is None:
            return said
        return f"{said} – {item.note}" if said else item.note

    def _phrase(self, phrase: Phrase) -> str:
        return self.line(phrase) if isinstance(phrase, Item) else self.value(phrase)

    def value(self, value: "str | int | date | datetime | Say") -> str:
        """Return one answer in words."""
        if isinstance(value, Say):
            return self.label(value)
        if isinstance(value, datetime):
            clock = {"hour": f"{value:%H}", "minute": f"{value:%M}"}
            return self.words.say("card.moment", day=self.day(value.date()), **clock)
        return self.day(value) if isinstance(value, date) else str(value)

    def origin(self, origin: Origin) -> str:
        """Return who says so and since when."""
        return f"{self.say(origin.source)}, {self.day(origin.as_of)}"

    def day(self, day: date) -> str:
        """Return a date, such as «22. november 2026»."""
        return self.words.day(day_number(day))
