"""Days as people at the desk write them, and as the verbs read them.

This file knows two ways of writing one day. It refuses to judge it: what is no day stays as typed.
"""

import re
from typing import Final

_NORWEGIAN: Final = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def iso(typed: str) -> str:
    """Return `24.12.2026` as `2026-12-24`; anything else as it is."""
    found = _NORWEGIAN.fullmatch(typed.strip())
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else typed


def norwegian(day: str) -> str:
    """Return `2026-12-24` as `24.12.2026`; anything else as it is."""
    found = _ISO.fullmatch(day)
    return f"{found[3]}.{found[2]}.{found[1]}" if found else day
