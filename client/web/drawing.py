"""A code as a picture of squares, for a page to show and a camera to read.

This file knows squares. It refuses to put an address into one.
"""

from dataclasses import dataclass

import segno


@dataclass(frozen=True, slots=True)
class Drawn:
    """A code as a picture of squares.

    Attributes:
        side: how many squares it is wide and high, with its white border.
        dark: the dark ones as an SVG path.
    """

    side: int
    dark: str


def drawn(code: str) -> Drawn | None:
    """Return digits or a code in upper case as a picture, which is small; None without any."""
    if not code:
        return None
    rows = list(segno.make(code, error="m", micro=False).matrix_iter(border=4))
    dark = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, one in enumerate(row) if one
    )
    return Drawn(len(rows), dark)
