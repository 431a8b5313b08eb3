"""Examples of the verbs that are used most: `example.<command>.<number>` says what each does.

This file knows lines to type after `folge`. They are of invented cases; a closed word in braces
is typed in the reader's language.
"""

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType
from typing import Final

from client.cli.typed import shown
from keys.words import Words

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "unlock": ("unlock",),
        "status": ("status", "--json status"),
        "new": ("new gran-427.yaml", "new --from ELV-118"),
        "emergency": ("emergency",),
        "inquire": ("inquire GRAN-427",),
        "answer": ("answer LYNG-204 {yes}", "answer LYNG-204 {no} --reason {full}"),
        "consent": ("consent GRAN-427 --show", "consent GRAN-427"),
        "check": ("check GRAN-427",),
        "send": ("send GRAN-427", "send GRAN-427 --agreed-by-phone {duty}"),
        "withdraw": ("withdraw GRAN-427", "withdraw GRAN-427 --part {child}.1"),
        "arrive": ("arrive LYNG-204", "arrive LYNG-204 --no-code"),
        "read": ("read LYNG-204", "read LYNG-204 {threat}"),
        "print": ("print LYNG-204", "print --what {checklist}"),
        "confirm": ("confirm LYNG-204",),
    }
)


def example(words: Words, line: str) -> str:
    """Return a line of `EXAMPLES` as it is typed in the language of `words`."""
    fields = [name for _, name, _, _ in Formatter().parse(line) if name]
    return line.format_map({name: shown(words, name) for name in fields})
