"""Two times of day in a line such as «16–20», as a tired hand types it.

This file knows hours, and how long a line of the night may be. It refuses to guess: what is no
hours is none.
"""

import re
from typing import Final

LINE: Final = 120
"""The longest line of the night, in characters."""
_WINDOW: Final = re.compile(
    r"\D*(\d{1,2})(?:[.:](\d{2}))?\s*(?:-|–|til|to)\s*(\d{1,2})(?:[.:](\d{2}))?\D*"
)
_DAY: Final = 24
_HOUR: Final = 60


def one_line(text: str) -> str:
    """Return a text on one line, and no more of it than a line may be."""
    return " ".join(text.split())[:LINE].strip()


def hours_in(text: str) -> tuple[int, int, int, int] | None:
    """Return the two times of day in a text such as «16–20», as hours and minutes, or None."""
    found = _WINDOW.fullmatch(one_line(text))
    if found is None:
        return None
    first, past, last, over = (int(one or 0) for one in found.groups())
    if max(first, last) >= _DAY or max(past, over) >= _HOUR:
        return None
    return first, past, last, over
