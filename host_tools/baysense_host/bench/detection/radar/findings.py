"""What the bench tells of the radar."""

from typing import Any

from baysense.core import radar
from baysense.core.confirm import ABSENT, PRESENT, UNSURE
from baysense_host.bench.detection.bootstrap import Ratio
from baysense_host.bench.detection.radar import blocks
from baysense_host.bench.detection.radar.judge import ONE, WAYS, Said, judge, pooled
from baysense_host.bench.detection.radar.maker import replays
from baysense_host.bench.detection.radar.passages import copy_lag
from baysense_host.bench.detection.radar.sweeps import (
    EMPTY_DISTURBED,
    LABEL_NAMES,
    LABELS,
    VEHICLE,
    VEHICLE_DISTURBED,
    Sweeps,
    all_sweeps,
)
from baysense_host.bench.report import Findings, Mark

_FALSE_PERCENT, _RECALL_PERCENT = 2.0, 97.0  # marks of the issue


def sweep_findings() -> Findings:
    """Return the marks on unseen sweeps and all counts behind them; empty without recordings."""
    recordings = all_sweeps()
    said = [one for sweeps in recordings for one in judge(sweeps)]
    detail = {
        "version": radar.VERSION,
        "recordings": [_recording(sweeps) for sweeps in recordings],
        "said": [_row(pooled(said, way, label)) for way in WAYS for label in LABELS],
        "maker": replays(),
    }
    return Findings(_marks(said) if said else [], detail)


def _marks(said: list[Said]) -> list[Mark]:
    """Return the marks of the issue: one sweep at a time, and unsure counts as missed."""
    return [
        _mark("radar_false_3", "radar: empty under interference, called a vehicle", said, EMPTY_DISTURBED),
        _mark("radar_recall_2", "radar: vehicle, recall", said, VEHICLE),
        _mark("radar_recall_4", "radar: vehicle under interference, recall", said, VEHICLE_DISTURBED),
    ]


def _mark(key: str, what: str, said: list[Said], label: int) -> Mark:
    found = pooled(said, ONE, label).share(PRESENT)
    wrong = label == EMPTY_DISTURBED
    return Mark(
        key, what, _percent(found), "%", _FALSE_PERCENT if wrong else _RECALL_PERCENT, "low" if wrong else "high",
        int(found.of), None if found.ci95 is None else (100 * found.ci95[0], 100 * found.ci95[1]),
    )  # fmt: skip


def _recording(sweeps: Sweeps) -> dict[str, Any]:
    """Return what was judged of a recording."""
    return {
        "name": sweeps.name,
        "sweeps": len(sweeps.labels),
        "repeats_after": copy_lag(sweeps),
        "judged": int(blocks.unseen(sweeps).sum()),
        "tuned_on": blocks.fingerprint(sweeps) == blocks.TUNED_ON,
    }


def _row(said: Said) -> dict[str, Any]:
    vehicle, empty, unsure = (said.share(word) for word in (PRESENT, ABSENT, UNSURE))
    return {
        "way": said.way,
        "label": LABEL_NAMES[LABELS.index(said.label)],
        "sweeps": int(vehicle.of),
        "passages": len(said.counts),
        "vehicle": int(vehicle.count),
        "empty": int(empty.count),
        "unsure": int(unsure.count),
        "vehicle_percent": _percent(vehicle),
        "empty_percent": _percent(empty),
        "unsure_percent": _percent(unsure),
        "vehicle_ci95": vehicle.ci95,
    }


def _percent(found: Ratio) -> float | None:
    return None if found.value is None else 100 * found.value
