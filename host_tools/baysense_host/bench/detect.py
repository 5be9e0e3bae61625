"""Detection: simulated scenarios and field recordings before ours and two baselines, and what ours costs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from baysense.core import tuning
from baysense_host.bench.detection import runner, seeds
from baysense_host.bench.detection.cost import cost
from baysense_host.bench.detection.data import data_folder
from baysense_host.bench.detection.detail import field_detail, simulated_detail
from baysense_host.bench.detection.field.bays import bays
from baysense_host.bench.detection.field.ceiling import ceiling
from baysense_host.bench.detection.field.transients import judged, parking, traffic
from baysense_host.bench.detection.field.trial import NOISE_SEEDS, bay_agreements, window_scores
from baysense_host.bench.detection.field_marks import Field, field_marks
from baysense_host.bench.detection.marks import simulated_marks
from baysense_host.bench.detection.page import write_page
from baysense_host.bench.detection.radar.findings import sweep_findings
from baysense_host.bench.report import Findings, Mark, Tell, silent

_FOLDER, _QUICK_FOLDER = Path("build/bench/detect"), Path("build/bench/detect_quick")
_PICTURES, _QUICK_PICTURES = 60, 6


def run(tell: Tell = silent, quick: bool = False) -> Findings:
    """Put the detector on trial; `quick` only shows that everything can be measured, its numbers mean little."""
    began_s = monotonic()
    scores = runner.run(seeds.JUDGING, tell, quick)
    field = recorded(tell, NOISE_SEEDS[:1] if quick else NOISE_SEEDS)
    costs = cost(tell, quick)
    simulated, real = simulated_marks(scores, quick), field_marks(field)
    about = [*_about(quick), ("took", f"{monotonic() - began_s:.0f} s")]
    page = write_page(
        _QUICK_FOLDER if quick else _FOLDER, (scores, simulated), (field, real), costs.marks, about,
        _QUICK_PICTURES if quick else _PICTURES,
    )  # fmt: skip
    tell(f"page: {page}")
    detail: dict[str, Any] = {
        "about": dict(about),
        "simulated": simulated_detail(scores),
        "field": field_detail(field),
    }
    marks = [*_of("SIMULATED", simulated), *_of("FIELD", real), *_of("COST", costs.marks)]
    return Findings(marks, detail | costs.detail)


def recorded(tell: Tell, noise_seeds: Sequence[int]) -> Field:
    """Put all contenders before the recordings there are, ours once with every noise seed."""
    known = data_folder()
    tell(f"field recordings in {known}" if known.is_dir() else f"no field recordings in {known}: left out")
    return Field(
        agreements=bay_agreements(noise_seeds),
        ceilings=[ceiling(bay) for bay in bays()],
        windows=window_scores(noise_seeds),
        sweeps=sweep_findings(),
        true_kinds={site.name: Counter(change.kind for change in site.changes) for site in parking()},
        judged=frozenset(
            (site.scenario, site.name) for windows in (parking(), traffic()) for site in judged(windows)
        ),
    )


def _of(group: str, marks: Sequence[Mark]) -> list[Mark]:
    return [replace(mark, group=group) for mark in marks]


def _about(quick: bool) -> list[tuple[str, str]]:
    return [
        ("date", datetime.now(UTC).isoformat(timespec="minutes")),
        ("tuning table", f"{tuning.digest():08x}"),
        ("seed", f"{seeds.JUDGING:,} (tuning: {seeds.TUNING:,})"),
        ("extent", "quick: its numbers mean little" if quick else "full"),
        ("made by", "baysense bench detect"),
    ]
