"""The field list of the domain brief, as tests/case_fields.txt keeps it.

This file reads the list and nothing else. It refuses to know the declarations: what is written by
hand is compared with them, never made from them.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One field: its path, its flags, its stages, and why it is there if the brief has it not."""

    path: str
    flags: str
    stages: str
    reason: str

    @property
    def section(self) -> str:
        """The schema word of the section it stands in."""
        return self.path.partition(".")[0]


def _rows() -> tuple[Row, ...]:
    path = Path(__file__).with_name("case_fields.txt")
    rows: list[Row] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            field, _, reason = line.partition(" = ")
            name, _, marks = field.partition(" ")
            flags, _, stages = marks.partition("/")
            rows.append(Row(name, flags, stages, reason))
    return tuple(rows)


ROWS: Final = _rows()
"""Every field there is, in the order of the brief."""

OF_THE_BRIEF: Final = tuple(row for row in ROWS if not row.reason)
BESIDE: Final = tuple(row for row in ROWS if row.reason)
"""The fields that the brief does not ask for, each with its reason."""
