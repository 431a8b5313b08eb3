"""The words in which bytes are read aloud and written on paper: BIP 39, English.

This file knows that there is one list, read once. It refuses to know what the bytes are.
"""

from functools import cache

from mnemonic import Mnemonic


@cache
def english() -> Mnemonic:
    """Return the list, with its check."""
    return Mnemonic("english")
