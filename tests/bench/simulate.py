"""One day and many days of a country's lanes: what they cost, and how well they can be guessed.

`make simulate` runs it; `--quick` takes a minute and tells less. It prints a table of bytes and
processor time, each number marked as measured in this run or computed from others, and the best
guess of a written attacker (`simulation/attacker.py`). The same seed gives the same traffic and the
same guesses; keys and times differ from run to run. Nothing here is a test.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict, replace
from json import dumps
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.console import Console
from rich.table import Table

from tests.bench.simulation import report
from tests.bench.simulation.plan import QUICK, Results, Size, run

_PLOTS: Final = Path(__file__).parents[2] / "build" / "simulation"


def _costs(console: Console, title: str, rows: Iterable[report.Row]) -> None:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name, side in (("what", "left"), ("", "right"), ("how", "left")):
        table.add_column(name, justify=side, no_wrap=name != "what")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(row.what, row.value, row.how)
    console.print(table, "")


def _guesses(console: Console, results: Results) -> None:
    days = results.size.days
    tries = next(iter(results.scores.values())).sender.tries
    table = Table(
        title=f"The attacker's guess: {tries} cases of {days} days, "
        f"{results.size.games.centres} centres (all measured)",
        title_justify="left",
        caption="truth: what he gives to the one who was it (mean). right: how often he names the "
        "one [19 times of 20 between]. nothing: what somebody has who knows nothing.",
        caption_justify="left",
        box=None,
        pad_edge=False,
    )
    for name in ("", "sender: truth", "right", "nothing", "receiver: truth", "right", "nothing"):
        table.add_column(name, justify="right" if name else "left")
    for name, what in report.GAMES.items():
        table.add_row(what, *report.rates(results.scores[name])[:6])
    for one in results.sharded[1:]:
        if score := report.pools_score(one):
            table.add_row(
                f"lanes, {one.members:,} members in pools of {one.pools[0].members}, one day",
                *report.rates(score)[:6],
            )
    console.print(table, "")


def _write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "guesses.svg").write_text(report.guesses(results), "utf-8")
    (folder / "downloads.svg").write_text(report.downloads(), "utf-8")
    found = {
        "seed": results.seed,
        "costs": [asdict(row) for row in (*report.one_day(results.day), *report.sizes(results))],
        "guesses": {name: asdict(one) for name, one in results.scores.items()},
    }
    (folder / "simulation.json").write_text(dumps(found, indent=1, ensure_ascii=False), "utf-8")


def main() -> None:
    """Run, print, and write plots and numbers into a folder."""
    parser = ArgumentParser(description="What the lanes cost, and how well they can be guessed.")
    parser.add_argument("--quick", action="store_true", help="a minute, with fewer members")
    parser.add_argument("--seed", default="folge", help="of all traffic (default: folge)")
    parser.add_argument("--days", type=int, help="days of each game (default: 30)")
    parser.add_argument("--plots", type=Path, default=_PLOTS, help="where plots are written")
    given = parser.parse_args()
    size = QUICK if given.quick else Size()
    if given.days:
        size = replace(size, days=given.days)
    console = Console(width=None if sys.stdout.isatty() else 150)
    results = run(given.seed, size, lambda what: console.print(f"… {what}", style="dim"))
    pool = results.day.pool
    title = f"One day, {pool.centres} centres and {pool.districts} districts, real cryptography"
    _costs(console, f"{title}; a note every {results.day.slots[0]} s", report.one_day(results.day))
    _costs(
        console,
        "More members, more days (lanes by default; cells drawn from a stock of real ones)",
        report.sizes(results),
    )
    _guesses(console, results)
    _write(results, given.plots)
    console.print(
        f"seed {results.seed}; {results.seconds:,.0f} s; plots and numbers: {given.plots}"
    )


if __name__ == "__main__":
    main()
