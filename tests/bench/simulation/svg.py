"""Plots as SVG, light and dark: bars beside one another, and lines, each with axes and a legend.

This file knows how to draw numbers. It refuses to know what they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

_WIDE: Final = 760
_LEFT, _RIGHT, _TOP, _BELOW = 70, 20, 64, 70
_STYLE: Final = """<style>
 svg{background:#fff;font:13px system-ui,sans-serif} text{fill:#222}
 .h{font-size:16px;font-weight:600} .s{fill:#555} .a{stroke:#888} .g{stroke:#ddd}
 .c0{fill:#0b5fa5;stroke:#0b5fa5} .c1{fill:#c2571a;stroke:#c2571a} .c2{fill:#3f7d3a;stroke:#3f7d3a}
 .m{stroke:#b00020;stroke-dasharray:6 4} .l{fill:none;stroke-width:2.5}
 @media (prefers-color-scheme:dark){svg{background:#15181c} text{fill:#e8e8e8} .s{fill:#aaa}
 .g{stroke:#33383e} .c0{fill:#69b1f0;stroke:#69b1f0} .c1{fill:#f0a068;stroke:#f0a068}
 .c2{fill:#8fce88;stroke:#8fce88} .m{stroke:#ff6b7d} .l{fill:none}}
</style>"""


@dataclass(frozen=True, slots=True)
class Plot:
    """What all plots have.

    Attributes:
        title: one sentence.
        below: one more, smaller.
        unit: what the height is.
        most: the end of the axis.
        mark: a height that means something, and what.
    """

    title: str
    below: str
    unit: str
    most: float
    mark: tuple[float, str] | None = None
    high: int = 400

    def y(self, value: float) -> float:
        """Return how far down a value stands."""
        inner = self.high - _TOP - _BELOW
        return _TOP + inner * (1 - min(value, self.most) / self.most)

    def page(self, body: Sequence[str], legend: Sequence[str]) -> str:
        """Return the whole file."""
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {self.high}">',
            f"<title>{escape(self.title)}</title>",
            _STYLE,
            f'<text class="h" x="{_LEFT}" y="24">{escape(self.title)}</text>',
            f'<text class="s" x="{_LEFT}" y="44">{escape(self.below)}</text>',
        ]
        step = _step(self.most)
        for at in range(round(self.most / step) + 1):
            y = self.y(at * step)
            parts.append(f'<path class="g" d="M{_LEFT} {y:.1f}H{_WIDE - _RIGHT}"/>')
            parts.append(
                f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{at * step:g}</text>'
            )
        middle = (_TOP + self.high - _BELOW) / 2
        turned = f'transform="rotate(-90 18 {middle})" text-anchor="middle"'
        parts.append(f'<text class="s" x="18" y="{middle}" {turned}>{escape(self.unit)}</text>')
        parts += body
        if self.mark:
            y = self.y(self.mark[0])
            parts.append(f'<path class="m" d="M{_LEFT} {y:.1f}H{_WIDE - _RIGHT}"/>')
            said = f'x="{_WIDE - _RIGHT}" y="{y - 6:.1f}" text-anchor="end"'
            parts.append(f"<text {said}>{escape(self.mark[1])}</text>")
        for at, name in enumerate(legend):
            x, y = _LEFT + at * 230, self.high - 12
            parts.append(f'<rect class="c{at}" x="{x}" y="{y - 10}" width="11" height="11"/>')
            parts.append(f'<text x="{x + 17}" y="{y}">{escape(name)}</text>')
        return "\n".join([*parts, "</svg>\n"])


def bars(plot: Plot, names: Sequence[str], series: Mapping[str, Sequence[float]]) -> str:
    """Draw a group of bars for each name; `|` in a name begins a line."""
    body: list[str] = []
    wide = (_WIDE - _LEFT - _RIGHT) / len(names)
    bar = wide * 0.7 / len(series)
    floor_y = plot.high - _BELOW
    for at, name in enumerate(names):
        begin = _LEFT + at * wide + wide * 0.15
        for kind, values in enumerate(series.values()):
            x, y = begin + kind * bar, plot.y(values[at])
            size = f'width="{bar - 3:.1f}" height="{floor_y - y:.1f}"'
            body.append(f'<rect class="c{kind}" x="{x:.1f}" y="{y:.1f}" {size}/>')
            said = f'x="{x + bar / 2 - 1:.1f}" y="{y - 5:.1f}" text-anchor="middle"'
            body.append(f"<text {said}>{values[at]:.2f}</text>")
        for row, word in enumerate(name.split("|")):
            x, y = _LEFT + (at + 0.5) * wide, floor_y + 16 + 14 * row
            body.append(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{escape(word)}</text>')
    return plot.page(body, list(series))


def lines(plot: Plot, across: Sequence[int], series: Mapping[str, Sequence[float]]) -> str:
    """Draw a line for each series over numbers that grow tenfold from step to step."""
    first, last = log10(across[0]), log10(across[-1])
    wide = _WIDE - _LEFT - _RIGHT - 20

    def x(value: int) -> float:
        return _LEFT + 10 + wide * (log10(value) - first) / (last - first)

    body = [
        f'<text x="{x(value):.1f}" y="{plot.high - 52}" text-anchor="middle">{value:,}</text>'
        for value in across
    ]
    for kind, values in enumerate(series.values()):
        points = " ".join(
            f"{x(at):.1f},{plot.y(value):.1f}"
            for at, value in zip(across, values, strict=True)
            if value <= plot.most
        )
        body.append(f'<polyline class="c{kind} l" points="{points}"/>')
    return plot.page(body, list(series))


def _step(most: float) -> float:
    """Return a round distance between lines, about a fifth of the whole."""
    rough = most / 5
    power = 10.0 ** floor(log10(rough))
    return next(power * by for by in (1, 2, 5, 10) if power * by >= rough - 1e-9)
