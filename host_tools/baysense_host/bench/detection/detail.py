"""Everything that was counted, as it stands in the bench file."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from baysense_host.bench.detection.bootstrap import Ratio
from baysense_host.bench.detection.calibration import Pair, bins, error
from baysense_host.bench.detection.contenders import OWN
from baysense_host.bench.detection.field_marks import Field, agreed, first_seed
from baysense_host.bench.detection.held import STATES
from baysense_host.bench.detection.marks import calibration_groups
from baysense_host.bench.detection.metrics import CONTENDERS, OURS, SHOWN, chosen, scenarios
from baysense_host.bench.detection.page.failures import failures_of
from baysense_host.bench.detection.score import Score

_PERCENTS = (50, 90, 95, 99)


def simulated_detail(scores: Sequence[Score]) -> dict[str, Any]:
    """Return raw counts by scenario, scale and contender, and every failure of ours."""
    return {
        "groups": _groups(scores),
        "calibration": [
            _calibration(name, group, [pair for one in chosen(some, name) for pair in one.reliability])
            for group, some in calibration_groups(scores).items()
            for name in OWN
        ],
        "failures": _failures(scores),
    }


def field_detail(field: Field) -> dict[str, Any]:
    """Return the same of the recordings."""
    return {
        "bays": [
            {
                "bay": one.bay, "contender": one.contender, "noise_seed": one.noise_seed, "balanced": one.balanced,
                "ci95": agreed(one).ci95, "rows": _by_state(one.rows.sum(0)), "days": one.days,
                "messages": one.messages, "radar_changes": one.radar_changes,
            }
            for one in field.agreements
        ],
        "ceilings": [asdict(one) for one in field.ceilings],
        "calibration": [
            _calibration(OURS, bay, [pair for one in field.seeds_of(bay, OURS)[:1] for pair in one.beats])
            for bay in (ceiling.bay for ceiling in field.ceilings)
        ],
        "windows_judged": _groups(first_seed(field.judged_windows())),
        "windows_all": _groups(first_seed(field.windows)),
        "windows_by_noise_seed": [_window(one) for one in chosen(field.windows, OURS)],
        "failures": _failures(first_seed(field.windows)),
        "sweeps": field.sweeps.detail,
    }  # fmt: skip


def _calibration(contender: str, of: str, pairs: Sequence[Pair]) -> dict[str, Any]:
    found = bins(pairs)
    return {"contender": contender, "of": of, "error": error(found), "bins": [asdict(one) for one in found]}


def _window(score: Score) -> dict[str, Any]:
    known = {kind: len(values_s) for kind, values_s in score.latencies_s.items()}
    return {
        "scenario": score.scenario, "window": score.site, "noise_seed": score.noise_seed, "known": known,
        "true_events": score.true_events, "false_changes": score.false_changes,
    }  # fmt: skip


def _groups(scores: Sequence[Score]) -> list[dict[str, Any]]:
    return [
        _group(group)
        for scenario in scenarios(scores)
        for scale in sorted({score.scale for score in scores})
        for name in CONTENDERS
        if (group := chosen(scores, name, scenario, scale))
    ]


def _group(scores: Sequence[Score]) -> dict[str, Any]:
    first = scores[0]
    return {
        "scenario": first.scenario,
        "scale": first.scale,
        "contender": first.contender,
        "sites": len(scores),
        "days": sum(score.days for score in scores),
        "metrics": {metric.what: _ratio(metric.over(scores)) for metric in SHOWN},
        "latency_s": {kind: _latency(scores, kind) for kind in first.latencies_s},
        "late": sum(score.late for score in scores),
        "time_s": _by_state(sum((score.confusion_s.sum(0) for score in scores), np.zeros((2, len(STATES))))),
        "wrong_longest_s": max(score.wrong_longest_s for score in scores),
        "faults": sorted({name for score in scores for name in score.faults}),
        "silently_wrong_s": max(score.silently_wrong_s for score in scores),
        "sites_without_their_fault": sum(bool(score.faults_missing) for score in scores),
    }


def _ratio(found: Ratio) -> dict[str, Any]:
    return {"count": found.count, "of": found.of, "ci95": found.ci95}


def _latency(scores: Sequence[Score], kind: str) -> dict[str, float]:
    values_s = [value for score in scores for value in score.latencies_s[kind]]
    if not values_s:
        return {"n": 0}
    quantiles = np.percentile(values_s, _PERCENTS)
    return {"n": len(values_s)} | {
        f"p{share}": float(value) for share, value in zip(_PERCENTS, quantiles, strict=True)
    }


def _by_state(counts: np.ndarray[Any, Any]) -> dict[str, dict[str, float]]:
    """Return counts by truth and what was told under their names."""
    return {
        truth: dict(zip(STATES, map(float, row), strict=True)) for truth, row in zip(STATES, counts, strict=False)
    }


def _failures(scores: Sequence[Score]) -> list[dict[str, Any]]:
    return [
        {
            "scenario": one.score.scenario, "scale": one.score.scale, "site": one.score.site,
            "contender": one.score.contender, "t_s": round(one.failure.t_s, 1), "what": one.failure.what,
        }
        for one in failures_of(scores)
    ]  # fmt: skip
