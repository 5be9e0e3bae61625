"""The node: wall time, delivery, memory, flash, imports, the detector's step, charge and battery life."""

from pathlib import Path

from baysense_host.bench.measure.code_marks import code_marks
from baysense_host.bench.measure.day_marks import day_marks, demo_days
from baysense_host.bench.measure.detector_marks import detector_marks
from baysense_host.bench.measure.energy_marks import energy_marks
from baysense_host.bench.measure.extent import FULL, QUICK
from baysense_host.bench.measure.heap_marks import heap_marks
from baysense_host.bench.report import Findings, Tell, silent

_WASM = Path("build/bench/wasm")


def run(tell: Tell = silent, quick: bool = False) -> Findings:
    """Measure the node; `quick` only shows that everything can be measured, its numbers mean little."""
    extent = QUICK if quick else FULL
    days = demo_days(extent, tell)
    sections = (
        day_marks(days),
        heap_marks(extent, tell),
        code_marks(extent, tell),
        detector_marks(extent, tell, _WASM),
        energy_marks(days[0], extent, tell),
    )
    marks = [mark for section in sections for mark in section.marks]
    detail = {name: value for section in sections for name, value in section.detail.items()}
    return Findings(marks, detail)
