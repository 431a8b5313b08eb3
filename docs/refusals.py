"""Write docs/reference/refusals.md from the vocabulary: `.venv/bin/python -m docs.refusals`.

This file knows codes, families and sentences. It refuses to know when a refusal is raised: the
docstrings of what raises it say so.
"""

from pathlib import Path
from typing import Final

import client.refusals  # the client's leaves come into the vocabulary by being imported
from keys.console import EXITS, REFUSED
from keys.errors import FAMILIES, Refusal, by_code
from keys.words import Words

PAGE: Final = Path(__file__).with_name("reference") / "refusals.md"
_HEAD: Final = """# Avslag

Hvert avslag har en kode som ikke endres. `folge --json` svarer med koden; ellers sier programmet
hva som skjedde, om noe er sendt fra maskinen, og hva du kan gjøre.

Siden er skrevet av `docs/refusals.py`.
"""
_COLUMNS: Final = (
    "| Kode | Slutter med | Hva som skjedde | Hva du kan gjøre |",
    "|---|---|---|---|",
)
_TITLES: Final = {
    "Refused": "En regel sier nei",
    "Distrusted": "Noe er ikke det det gir seg ut for: stopp og ring",
    "Malformed": "Formen er feil",
    "OutOfTurn": "Riktig, men for tidlig, for sent eller to ganger",
    "Unreachable": "Den andre siden, eller noe maskinen trenger, er ikke der",
}


def _leaves(family: type[Refusal]) -> list[type[Refusal]]:
    found = [leaf for leaf in family.__subclasses__() if by_code(leaf.code) is leaf]
    return sorted(found, key=lambda leaf: leaf.code)


def exit_code(leaf: type[Refusal]) -> int:
    """Return the exit code with which a command ends that met this refusal."""
    return next((code for kind, code in EXITS if issubclass(leaf, kind)), REFUSED)


def page() -> str:
    """Return the whole page."""
    words = Words(client.refusals.__name__.partition(".")[0])
    lines = [_HEAD]
    for family in FAMILIES:
        lines += [f"## {_TITLES[family.__name__]}", ""]
        lines += _COLUMNS
        for leaf in _leaves(family):
            told = words.told(leaf())
            lines.append(f"| `{leaf.code}` | {exit_code(leaf)} | {told.what} | {told.do} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
