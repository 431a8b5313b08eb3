"""Draws the pictures and state tables of the documentation from what they show.

Run by `make diagrams`; a test fails when what is committed is not what this writes. The flow is a
list of steps below; the states come from the client's own tables.
"""

from html import escape
from pathlib import Path
from typing import Final

from client.inbox import INBOX
from client.outbox import OUTBOX
from client.states import Effect, Event, State, Table

HERE: Final = Path(__file__).parent

LANES: Final = ("The resident", "Sending centre", "Broker", "Receiving centre", "Police")
STEPS: Final[tuple[tuple[int, int, str], ...]] = (
    (1, 3, "place inquiry: counts and needs, nothing about the person"),
    (3, 1, "signed yes"),
    (0, 1, "consent: which parts, to that centre, until when"),
    (1, 0, "arrival code on a card"),
    (1, 2, "sealed cells, by anonymous token"),
    (2, 3, "every cell to every centre; each tries its own keys"),
    (0, 3, "arrives, with the code"),
    (3, 1, "signed receipts: stored, opened, confirmed"),
    (1, 4, "no consent: only lines the police must know, to the own district"),
)
"""(from lane, to lane, what goes)."""

_ARROW: Final = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    ' orient="auto"><path d="M0 0 8 4 0 8z" fill="#3b6ea5"/></marker></defs>'
)
_WIDTH: Final = 960
_TOP: Final = 70
_STEP: Final = 52
_GAP: Final = _WIDTH // len(LANES)


def _x(lane: int) -> int:
    return lane * _GAP + _GAP // 2


def flow() -> str:
    """Return the picture of a handover as SVG, readable in light and dark."""
    height = _TOP + _STEP * len(STEPS) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"',
        ' font-family="system-ui, sans-serif" font-size="14">',
        "<title>How a case follows the person</title>",
        _ARROW,
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for lane, name in enumerate(LANES):
        x = _x(lane)
        parts.append(
            f'<text x="{x}" y="28" text-anchor="middle" font-weight="600" fill="#1d2b3a">'
            f"{escape(name)}</text>"
            f'<line x1="{x}" y1="42" x2="{x}" y2="{height - 12}" stroke="#c4ccd4"/>'
        )
    for number, (start, end, text) in enumerate(STEPS):
        y = _TOP + number * _STEP + 16
        x1, x2 = _x(start), _x(end)
        parts.append(
            f'<line x1="{x1}" y1="{y}" x2="{x2}" y2="{y}" stroke="#3b6ea5" stroke-width="2"'
            ' marker-end="url(#a)"/>'
            f'<text x="{_label(x1, x2, text)}" y="{y - 12}" text-anchor="middle" fill="#1d2b3a"'
            ' stroke="#ffffff" stroke-width="4" paint-order="stroke">'
            f"{number + 1}. {escape(text)}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _label(x1: int, x2: int, text: str) -> int:
    """Keep a label inside the picture."""
    half = 4 * len(text)
    return min(max((x1 + x2) // 2, half), _WIDTH - half)


def _states(title: str, table: Table[State, Event, Effect]) -> str:
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2", f"  [*] --> {table.start}"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for (state, event), step in table.steps.items():
        if step.state != state:
            arrows.setdefault((str(state), str(step.state)), []).append(str(event))
    lines += [f"  {one} --> {two}: {', '.join(events)}" for (one, two), events in arrows.items()]
    lines += [f"  {end} --> [*]" for end in sorted(map(str, table.ends()))]
    lines += ["```", "", "| state | event | becomes | and then |", "|---|---|---|---|"]
    for (state, event), step in table.steps.items():
        then = ", ".join(map(str, step.effects)) or "–"
        lines.append(f"| {state} | {event} | {step.state} | {then} |")
    return "\n".join(lines)


def states() -> str:
    """Return both tables as a page."""
    head = (
        "# States\n\n"
        "Drawn by `make diagrams` from `client/outbox.py` and `client/inbox.py`. A pair of state\n"
        "and event that is not listed is refused.\n"
    )
    sending = _states("At the sending centre", OUTBOX)
    receiving = _states("At the receiving centre", INBOX)
    return f"{head}\n{sending}\n\n{receiving}\n"


PAGES: Final = {"flow.svg": flow, "reference/states.md": states}
"""What is written, and by what."""


def main() -> None:
    """Write every page anew."""
    for name, draw in PAGES.items():
        (HERE / name).write_text(draw(), "utf-8")


if __name__ == "__main__":
    main()
