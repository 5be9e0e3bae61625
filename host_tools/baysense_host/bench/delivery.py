"""Delivery: a month of failures over TLS, the latency of a message, and the memory that it all takes."""

import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from baysense_host.bench.outage.campaign import Month, live_through
from baysense_host.bench.outage.growth import growth_findings
from baysense_host.bench.outage.heap import heap_findings
from baysense_host.bench.outage.latency import latency_findings
from baysense_host.bench.outage.marks import month_findings
from baysense_host.bench.outage.picture import draw
from baysense_host.bench.outage.schedule import DAY_S, HOUR_S, Amount, plan
from baysense_host.bench.outage.street import Street
from baysense_host.bench.report import Findings, Tell, silent

_SEED = 1


@dataclass(frozen=True)
class Extent:
    """How much to run."""

    month: Amount
    heap_days: float
    heap_step_kib: int
    growth_changes: int
    street: Street  # where latency is measured: calibrated and connected before the first car; 6 s to a decision
    timed_changes: int
    picture: Path | None


FULL = Extent(
    # A node that has used up its share of energy tries once a day: so long it may be calm in the end.
    month=Amount(days=30.0, each_network=8, each_device=12, long_s=DAY_S, calm_s=26 * HOUR_S),
    heap_days=0.25,
    heap_step_kib=1,
    growth_changes=10_000,
    street=Street(30.0, 12.0),
    timed_changes=20,
    picture=Path("build/bench/delivery.png"),
)
QUICK = Extent(
    month=Amount(days=0.5, each_network=1, each_device=1, long_s=0.0, lasts_s=(60.0, 900.0)),
    heap_days=0.05,
    heap_step_kib=96,  # the largest heap only
    growth_changes=20,
    street=Street(14.0, 8.0),
    timed_changes=2,
    picture=None,
)


def run(tell: Tell = silent, quick: bool = False) -> Findings:
    """Measure delivery; `quick` only shows that everything can be measured, its numbers mean little."""
    extent = QUICK if quick else FULL
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        memory = beside.submit(_memory, extent)
        month = live(extent.month, tell)
        if extent.picture is not None:
            draw(month, extent.picture)
            tell(f"timeline: {extent.picture}")
        tell("memory of the node, measured beside it")
        sections = [month_findings(month), *memory.result()]
    sections.append(latency_findings(extent.street, extent.timed_changes, tell))  # nothing else runs now
    marks = [mark for section in sections for mark in section.marks]
    detail = {name: value for section in sections for name, value in section.detail.items()}
    return Findings(marks, detail)


def live(amount: Amount, tell: Tell = silent, seed: int = _SEED) -> Month:
    """Let a node live through what is drawn from the seed."""
    with tempfile.TemporaryDirectory(prefix="baysense-bench-") as folder:
        return live_through(Path(folder), seed, amount.days, plan(seed, amount), tell)


def _memory(extent: Extent) -> list[Findings]:
    return [
        heap_findings(extent.heap_days, extent.heap_step_kib, silent),
        growth_findings(extent.growth_changes, silent),
    ]
