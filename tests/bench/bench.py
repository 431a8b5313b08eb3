"""Prints the measured speeds, each beside the bare thing it is made of, in one run.

The figures are of this machine and this minute; only the ratios travel. Nothing here is a test.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import accept, blob, handover, notes, tokens

Line = tuple[str, str, str]


def _notes() -> Iterable[Line]:
    for row in notes.rows():
        yield row.what, f"{row.per_second:,.0f} /s", f"{row.ratio:.2f} × the bare KEM"


def _blobs() -> Iterable[Line]:
    for row in blob.rows():
        beside = "" if row.ratio is None else f"{row.ratio:.2f} × the bare cipher"
        yield row.name, f"{row.value:,.0f} {row.unit}", beside


def _tokens() -> Iterable[Line]:
    for row in tokens.rows():
        ratio = row.per_second / row.beside_per_second
        yield row.what, f"{row.per_second:,.0f} /s", f"{ratio:.2f} × {row.beside}"


def _accept() -> Iterable[Line]:
    for row in accept.rows():
        what = f"{row.what}, {row.writers} writers, durable"
        ratio = row.per_second / row.beside_per_second
        said = f"{ratio:.2f} × the bare fsync rate; p50 {row.p50_ms:.1f}, p99 {row.p99_ms:.1f} ms"
        yield what, f"{row.per_second:,.0f} /s", said


def _handover() -> Iterable[Line]:
    for row in handover.rows():
        yield row.what, f"{row.p50_ms:,.0f} ms", f"at most {row.most_ms:,.0f} ms"


TABLES: dict[str, Callable[[], Iterable[Line]]] = {
    "Notes, one core": _notes,
    "Blobs, file to file, and memory": _blobs,
    "Tokens": _tokens,
    "Cells accepted by the broker's store": _accept,
    "A whole handover on loopback": _handover,
}


def main() -> None:
    """Print every table, or those whose first letters are given."""
    wanted = tuple(word.lower() for word in sys.argv[1:])
    for title, table in TABLES.items():
        if wanted and not title.lower().startswith(wanted):
            continue
        print(f"\n{title}")
        for what, value, beside in table():
            print(f"  {what:<52} {value:>16}  {beside}")


if __name__ == "__main__":
    main()
