"""Writes the vectors: `make vectors`, or `python tests/vectors/generate.py [--fresh]`.

Everything but random draws is computed anew each time. What was drawn (HPKE encapsulations, the
random half of ML-DSA signatures) is taken from the files as they are, as long as it still stands
for the same, so that a second run changes nothing; `--fresh` draws all of it anew. No vector is
written whose outcome is not the one that its maker names.
"""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Final, cast

from tests.vectors import (
    e01_wire,
    e02_identity,
    e03_epoch,
    e04_note,
    e05_body,
    e05_manifest,
    e06_blob,
    e07_container,
    e08_arrival,
    e09_opening,
    e10_proof,
    e11_checkpoint,
    e12_token,
    e13_register,
    e13_roster,
    e13_signing,
    e14_keystore,
    e14_slots,
    e16_trail,
    e17_prekeys,
)
from tests.vectors.making import Book
from tests.vectors.octets import Json

HERE: Final = Path(__file__).parent
GROUPS: Final[tuple[ModuleType, ...]] = (
    e01_wire,
    e02_identity,
    e03_epoch,
    e04_note,
    e05_body,
    e05_manifest,
    e06_blob,
    e07_container,
    e08_arrival,
    e09_opening,
    e10_proof,
    e11_checkpoint,
    e12_token,
    e13_roster,
    e13_register,
    e13_signing,
    e14_keystore,
    e14_slots,
    e16_trail,
    e17_prekeys,
)


def path_of(group: ModuleType) -> Path:
    """Return the file that a group writes."""
    return HERE / f"{group.__name__.rpartition('.')[2]}.json"


def load(group: ModuleType) -> dict[str, Json]:
    """Return a group's file as it is."""
    return cast("dict[str, Json]", json.loads(path_of(group).read_text()))


def text_of(group: ModuleType, *, fresh: bool = False) -> str:
    """Return a group's file as it is to be."""
    there = path_of(group).exists() and not fresh
    before = load(group)["bytes"] if there else {}
    assert isinstance(before, dict)
    book = Book(group.CLAUSE, group.ABOUT, group.OPENERS, before)
    group.write(book)
    return json.dumps(book.written(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write every file."""
    for group in GROUPS:
        path_of(group).write_text(text_of(group, fresh="--fresh" in arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
