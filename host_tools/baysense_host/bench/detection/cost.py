"""What the detector costs: time and heap of a sample, bytes over a sleep."""

from dataclasses import replace
from pathlib import Path

from baysense.core.config import defaults
from baysense.core.detector import Detector
from baysense_host.bench.measure.detector_marks import detector_marks
from baysense_host.bench.measure.extent import FULL, QUICK
from baysense_host.bench.report import Findings, Mark, Tell

_WASM = Path("build/bench/wasm")
# What is asked of the detector, by the mark of `detector_marks` that measures it
_LIMITS = {"detector_step": 30.0, "allocated_per_sample": 0.0}
_RETAINED_BYTES = 200.0


def cost(tell: Tell, quick: bool) -> Findings:
    """Measure the cost."""
    found = detector_marks(QUICK if quick else FULL, tell, _WASM)
    measured = [replace(mark, mark=_LIMITS[mark.id]) for mark in found.marks if mark.id in _LIMITS]
    retained = Mark("retained_bytes", "what the detector keeps over a sleep", _retained_bytes(), "B", _RETAINED_BYTES)
    return Findings([*measured, retained], {"cost": found.detail["detector"]})


def _retained_bytes() -> int:
    return len(Detector(defaults()).dump())
