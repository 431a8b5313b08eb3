"""The code that a program ends with, by the family of what was refused.

This file knows families. It refuses to know one refusal from another of the same family.
"""

from typing import Final

from keys.errors import (
    Distrusted,
    Locked,
    Malformed,
    Refusal,
    Unreachable,
    WaitBeforeTrying,
    WrongPassphrase,
)

EXITS: Final[tuple[tuple[type[Refusal], int], ...]] = (
    (Locked, 3),
    (WrongPassphrase, 3),
    (WaitBeforeTrying, 3),
    (Unreachable, 5),
    (Distrusted, 6),
    (Malformed, 6),
)
"""Exit codes by family; every other refusal is a rule's: 4. 0 is done, 2 is wrong usage."""
REFUSED: Final = 4
