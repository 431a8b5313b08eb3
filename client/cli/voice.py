"""Who says an answer in words: the terminal, or a page of the desk.

This file knows that there is a catalogue. It refuses to know what is done with a sentence.
"""

from typing import Protocol

from keys.words import Words


class Voice(Protocol):
    """Says texts of the catalogue in one language."""

    @property
    def words(self) -> Words:
        """The catalogue, in the language that was asked for."""
        ...

    def say(self, msgid: str, **facts: int | str) -> str:
        """Return a text of the catalogue."""
        ...
