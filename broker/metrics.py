"""What monitoring may count: sums over everybody, by board, class and refusal code.

This file knows every metric and every label (PROTOCOL.md P-11.5). It refuses to know members,
addresses, tokens and requests: there is no label that could hold one. It refuses moments too:
what is shown moves at the end of a slot and not in between, so that a monitoring system's disk
holds no finer time than a batch. For the same reason it does not use the library's own counters,
which remember the moment of their first count.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from broker.admission import Place
from broker.storage import Counters
from keys.address import Board

CONTENT_TYPE: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the broker stands at the end of a slot.

    Attributes:
        counters: what the store keeps.
        version: of the roster that is obeyed.
        fresh: whether members would send by it.
    """

    counters: Counters
    version: int
    fresh: bool


class Metrics:
    """Counts all the time, and shows what it had counted when the last slot ended."""

    def __init__(self) -> None:
        self._kept: Counter[Place] = Counter()
        self._served: Counter[Board] = Counter()
        self._closed: Counter[Board] = Counter()
        self._refused: Counter[str] = Counter()
        self._shown = b""

    def kept(self, place: Place) -> None:
        """Count one accepted cell."""
        self._kept[place] += 1

    def served(self, board: Board) -> None:
        """Count one batch file served."""
        self._served[board] += 1

    def closed(self, board: Board) -> None:
        """Count one batch."""
        self._closed[board] += 1

    def refused(self, code: str) -> None:
        """Count one refusal."""
        self._refused[code] += 1

    def show(self, standing: Standing) -> None:
        """Show from now on what has been counted until now."""
        registry = CollectorRegistry()
        registry.register(_Shown([*self._totals(), *_gauges(standing)]))
        self._shown = generate_latest(registry)

    @property
    def text(self) -> bytes:
        """Everything in Prometheus' text form, as the last slot left it."""
        return self._shown

    def _totals(self) -> Iterator[Metric]:
        kept = CounterMetricFamily(
            "folge_cells_kept", "Cells accepted.", labels=["board", "cell_class"]
        )
        for place, count in self._kept.items():
            kept.add_metric([place.board, place.cls], count)
        yield kept
        yield _by_board("folge_files_served", "Batch files served.", self._served)
        yield _by_board("folge_batches_closed", "Batches closed.", self._closed)
        refused = CounterMetricFamily("folge_refusals", "Refusals.", labels=["code"])
        for code, count in self._refused.items():
            refused.add_metric([code], count)
        yield refused


class _Shown(Collector):
    """Metrics that are finished, for the library to write down."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        """Return them."""
        return self._metrics


def _by_board(name: str, documentation: str, counts: Counter[Board]) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=["board"])
    for board, count in counts.items():
        family.add_metric([board], count)
    return family


def _gauges(standing: Standing) -> Iterator[Metric]:
    counters = standing.counters
    for name, documentation, values in (
        ("folge_cells_waiting", "Cells in no batch yet.", counters.pending),
        ("folge_batches_held", "Batches whose cells are kept.", counters.batches),
    ):
        family = GaugeMetricFamily(name, documentation, labels=["board"])
        for board, value in values.items():
            family.add_metric([board], value)
        yield family
    for name, documentation, value in (
        ("folge_cells_damaged", "Waiting cells that are not as accepted.", counters.damaged),
        ("folge_uploads_open", "Unfinished uploads.", counters.uploads),
        ("folge_batch_bytes", "Size of the batches that are kept.", counters.bytes),
        ("folge_expiry_overdue_seconds", "Oldest batch beyond its expiry.", counters.overdue),
        ("folge_roster_version", "Version of the roster that is obeyed.", standing.version),
        ("folge_roster_fresh", "1 while members send by it.", int(standing.fresh)),
    ):
        yield GaugeMetricFamily(name, documentation, value=value)
