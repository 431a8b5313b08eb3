"""Closed words at the keyboard, in the language of whoever types: «nei», «nei», `no`.

This file knows that a word is typed as its id or as `typed.<id>` of any of the three catalogues,
in capitals or not, and that help shows it in the reader's language. It refuses to know what a word
is for, and to guess: what is none of them is refused.
"""

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from client.case.part_id import PartName
from client.cli.console import Console
from client.slugs import FLOOR, slug, typed
from keys.words import Language, Words


def shown(words: Words, choice: str) -> str:
    """Return how a closed word is typed in the language of `words`."""
    return words.say(f"typed.{choice}")


class Typed(click.Choice[str]):
    """One word of a closed list; what is handed on is always its id."""

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__([str(one) for one in choices])

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:  # noqa: ARG002 - as click calls it
        """Return the id of what was typed, or what was typed when it is no word of the list."""
        said = str(choice)
        return typed(self.choices).get(slug(said), said)

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - as click calls it
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the words that begin so, in the language of whoever types."""
        console = ctx.find_object(Console)
        words = Words(FLOOR, Language.NB) if console is None else console.words
        begun = incomplete.casefold()
        return [CompletionItem(one) for one in offered(words, self) if one.startswith(begun)]


def offered(words: Words, among: click.Choice[str]) -> list[str]:
    """Return the words of a list as help shows them; shells and languages keep their names."""
    if isinstance(among, Typed):
        return [shown(words, one) for one in among.choices]
    return [str(one) for one in among.choices]


class PartWord(click.ParamType[str]):
    """A part of a case, or a sheet: `trussel`, `barn.1`; what is handed on is its id, `child.1`.

    Whether there is such a part is the service's to say.
    """

    name = "part"

    def __init__(self, among: Iterable[str] = PartName) -> None:
        self.among = tuple(str(one) for one in among)

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002 - as click calls it
        ctx: click.Context | None,  # noqa: ARG002 - as click calls it
    ) -> str:
        """Return the id of the part that was typed, or what was typed when there is none such."""
        said = str(value)
        kind, dot, number = said.partition(".")
        found = typed(self.among).get(slug(kind))
        return f"{found}{dot}{number}" if found else said
