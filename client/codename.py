"""Code names: what a case is called where no name may stand, such as GRAN-427.

This file knows their form and draws them at random. It refuses to derive one from anything.
"""

import secrets
from typing import Annotated, Final, TypeAlias

from pydantic import Field

CodeName: TypeAlias = Annotated[str, Field(pattern=r"^[A-ZÆØÅ]{2,10}-[0-9]{3}$")]
"""A noun in capitals, a hyphen and three digits."""

# Nouns that are in no centre's name, so that a code says nothing about where.
_NOUNS: Final = (
    *("BLOM", "BREGNE", "BÆR", "EIK", "FLINT", "FURU", "GLIMT", "GRAN", "GRESS", "HASSEL", "HEGG"),
    *("HIMMEL", "HUMLE", "KLØVER", "KONGLE", "LAUV", "LERKE", "LIND", "LYNG", "MÅNE", "MOSE"),
    *("MULTE", "ODDE", "ORE", "OSP", "REGN", "ROGN", "SELJE", "SKOG", "SKY", "SNØ", "SOL"),
    *("STEIN", "STJERNE", "STRÅ", "SVANE", "TIND", "TRANE", "TYTTE", "VIDDE", "VIND", "ÆRFUGL"),
)


def new_code_name() -> str:
    """Return a code name drawn at random; two open cases may draw the same, so compare."""
    return f"{secrets.choice(_NOUNS)}-{100 + secrets.randbelow(900)}"
