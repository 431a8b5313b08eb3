"""Prints the measured speeds, each beside the bare thing it is made of, in one run.

The figures are of this machine and this minute; only the ratios travel. Where the project has set
itself a goal it stands at the end of the line, with whether this run reached it: a machine that
does other work at the same time reaches few. Nothing here is a test.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import accept, blob, handover, notes, streaming, tokens

Line = tuple[str, str, str]
_CROWDED: Final = 16
"""Writers at whom the goals for accepting are set."""


def _least(ratio: float, goal: float, unit: str = "×") -> str:
    return f"  goal ≥ {goal:g} {unit}: {'reached' if ratio >= goal else 'missed'}"


def _most(value: float, goal: float, unit: str) -> str:
    return f"  goal ≤ {goal:g} {unit}: {'reached' if value <= goal else 'missed'}"


def _notes() -> Iterable[Line]:
    for row in notes.rows():
        goal = _least(row.ratio, 0.8) if row.what == notes.TURNED_AWAY else ""
        yield row.what, f"{row.per_second:,.0f} /s", f"{row.ratio:.2f} × the bare KEM{goal}"


def _blobs() -> Iterable[Line]:
    for row in blob.rows():
        beside = "" if row.ratio is None else f"{row.ratio:.2f} × the bare cipher"
        if row.beside_age is not None:
            beside += f"; {row.beside_age:.2f} × age{_least(row.beside_age, 1.5)}"
        if row.name == blob.STREAMING:
            beside += _most(row.value, 40, "MB")
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
        if row.writers == _CROWDED:
            said += _most(row.p99_ms / row.p50_ms, 2.5, "× p50")
            said += f"; {row.written:.2f} bytes written for each{_most(row.written, 1.1, '')}"
        yield what, f"{row.per_second:,.0f} /s", said


def _handover() -> Iterable[Line]:
    for row in handover.rows():
        goal = _most(row.p50_ms, 60, "ms") if row.what == handover.OPEN else ""
        yield row.what, f"{row.p50_ms:,.0f} ms", f"at most {row.most_ms:,.0f} ms{goal}"


def _streaming() -> Iterable[Line]:
    for row in streaming.rows():
        more = f"{row.more_mb:,.0f} MB more than idle, at {row.mb_per_second:,.0f} MB/s"
        yield row.what, f"{row.peak_mb:,.0f} MB", more if row.mb_per_second else ""


TABLES: dict[str, Callable[[], Iterable[Line]]] = {
    "Notes, one core": _notes,
    "Blobs, file to file, and memory": _blobs,
    "Tokens": _tokens,
    "Cells accepted by the broker's store": _accept,
    "A whole handover on loopback": _handover,
    "Memory while the largest class streams over HTTP": _streaming,
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
