"""The marks of the simulated scenarios: what ours must reach, with confirmation unless it says otherwise."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from baysense_host.bench.detection.bootstrap import quantile
from baysense_host.bench.detection.calibration import calibration_marks
from baysense_host.bench.detection.events import LATE_S
from baysense_host.bench.detection.metrics import (
    CONFIRMED,
    CROSS_TALK,
    EXTRA,
    FALSE,
    FLIPPED,
    OURS,
    PRECISION,
    RECALL,
    RIGHT,
    WRONG_MISSES,
    Metric,
    chosen,
    in_order,
)
from baysense_host.bench.detection.score import NO_EXCUSE, Score
from baysense_host.bench.report import Mark

_DAY_S = 86_400.0
SETTLED_P95_S = 5.0  # from the vehicle settled to the decision
_EVENTS = 3000  # detection.md §6.2: what a claim of 99.5 % and more needs at least, and some


@dataclass(frozen=True)
class _Asked:
    """One mark that is a ratio of sums over the sites of a scenario."""

    id: str
    scenario: str
    what: str
    metric: Metric
    mark: float | None  # None: for information
    better: Literal["low", "high"] = "low"
    contender: str = CONFIRMED


_RATIOS = (
    _Asked("s1_recall", "S1", "arrivals and departures: recall", RECALL, 99.5, "high"),
    _Asked("s1_precision", "S1", "arrivals and departures: precision", PRECISION, 99.5, "high"),
    _Asked("s2_cross_talk", "S2", "cross-talk per 100 neighbour movements", CROSS_TALK, 0.1),
    _Asked("s2_cross_talk_mag", "S2", "the same, magnetometer only", CROSS_TALK, 1.0, contender=OURS),
    _Asked("s3_false", "S3", "lane traffic: false changes a bay-day", FALSE, 0.02),
    _Asked("s4_false", "S4 beside", "stop-and-go beside: false changes a bay-day", FALSE, 0.02),
    _Asked("s4_counted", "S4 beside", "stop-and-go beside: stops that counted", FLIPPED, 1.0),
    # By construction against S1's latency: what stands still over the sensor for 5-19 s is told before it goes on.
    _Asked("s4_over", "S4 over", "stops of 5–19 s over the sensor: false changes a bay-day", FALSE, 0.02),
    _Asked("s4_over_counted", "S4 over", "stops of 5–19 s over the sensor: that counted", FLIPPED, 1.0),
    _Asked("s7_false", "S7", "chargers and rails: false changes a bay-day", FALSE, 0.05),
    _Asked("s7_messages", "S7", "chargers and rails: extra messages a bay-day", EXTRA, 2.0),
    _Asked("s8_recall", "S8", "motorcycles, high chassis, critical point: recall", RECALL, 95.0, "high"),
    _Asked("s8_recall_mag", "S8", "the same, magnetometer only", RECALL, 70.0, "high", OURS),
    _Asked("s8_wrong_mag", "S8", "missed, and not called unknown, magnetometer only", WRONG_MISSES, 0.0, "low", OURS),
    _Asked("s9_right", "S9", "range sensor blocked: time told rightly", RIGHT, 97.0, "high"),
    _Asked("s10_flips", "S10", "people, trolleys, dogs: visits with a flip, however many", FLIPPED, 1.0),
    _Asked("s11_recall", "S11", "swaps within 10 s: recall of their two events", RECALL, 95.0, "high"),
    _Asked("x1_recall", "X1", "hum and remanence: recall", RECALL, None, "high"),
    _Asked("x1_precision", "X1", "hum and remanence: precision", PRECISION, None, "high"),
    _Asked("x1_recall_mag", "X1", "recall, magnetometer only", RECALL, None, "high", OURS),
    _Asked("x1_precision_mag", "X1", "precision, magnetometer only", PRECISION, None, "high", OURS),
    _Asked("x2_false", "X2", "drive-overs: false changes a bay-day", FALSE, None),
    _Asked("x2_flipped", "X2", "drive-overs: passes with a flip", FLIPPED, None),
    _Asked("x2_flipped_mag", "X2", "the same, magnetometer only", FLIPPED, None, contender=OURS),
)  # fmt: skip


@dataclass(frozen=True)
class _Counted:
    """One mark that is a number of happenings, none of which may be."""

    id: str
    scenario: str
    what: str
    count: Callable[[Score], float]
    of: Callable[[Score], float]  # what `n` is
    mark: float | None = 0.0  # None: for information


def _one(score: Score) -> float:
    return 1


def _flips(score: Score) -> float:
    return score.false_changes


def _days(score: Score) -> float:
    return score.days


def _faults_missing(score: Score) -> float:
    return bool(score.faults_missing)


def _silently_wrong(score: Score) -> float:
    """Return 1 for a site that a day after its accident was wrong for longer than an event may take, unflagged."""
    return score.silently_wrong_s > LATE_S


def _wrong_for_a_day(score: Score) -> float:
    """Return 1 for a site that was wrong for a day on end, and no fault told but that it calibrates."""
    return score.wrong_longest_s >= _DAY_S and not set(score.faults) - {NO_EXCUSE}


_COUNTS = (
    _Counted("s5_flips", "S5", "heat: flips (n: bay-days)", _flips, _days),
    _Counted("s6_flips", "S6", "geomagnetic storm: flips (n: bay-days)", _flips, _days),
    _Counted("s9_unflagged", "S9", "range sensor blocked: not flagged within 1 h (n: sites)", _faults_missing, _one),
    _Counted(
        "s12_unflagged",
        "S12",
        "24 h after the first accident wrong at any time, no fault told (n: sites)",
        _silently_wrong,
        _one,
    ),
    _Counted(
        "s12_day_wrong", "S12", "wrong for a day on end, no fault told (n: sites)", _wrong_for_a_day, _one, None
    ),
    _Counted(
        "s12_not_named",
        "S12",
        "turned and not named within 24 h, right or wrong (n: sites of all accidents)",
        _faults_missing,
        _one,
        None,
    ),
    _Counted("s14_flips", "S14", "glitches, stuck axis, saturation, magnet: flips (n: bay-days)", _flips, _days),
    _Counted("s14_unflagged", "S14", "the same: fault not told within 10 min (n: sites)", _faults_missing, _one),
)


def simulated_marks(scores: Sequence[Score], quick: bool) -> list[Mark]:
    """Return the marks of all scenarios in order, then those of all together; what was not run was not measured."""
    marks = [
        *_normal(scores, quick),
        *[_ratio(row, scores) for row in _RATIOS],
        *[_count(row, scores) for row in _COUNTS],
    ]
    return [*sorted(marks, key=lambda mark: in_order(mark.id.split("_")[0])), *_calibration(scores)]


def of_catalogue(scores: Iterable[Score]) -> list[Score]:
    """Return the scores of S1-S14, without our own X1 and X2."""
    return [score for score in scores if score.scenario.startswith("S")]


def calibration_groups(scores: Sequence[Score]) -> dict[str, list[Score]]:
    """Return the scores whose confidences are looked at together, by the group's name."""
    broken = [score for score in scores if score.scenario in ("S12", "S14")]
    return {
        "S1–S14": of_catalogue(scores),
        "of them S12 and S14": broken,
        "X1 and X2": [score for score in scores if score.scenario.startswith("X")],
    }


def _calibration(scores: Sequence[Score]) -> list[Mark]:
    """Return whether confidences of decisions hold in S1-S14, accidents and broken sensors among them."""
    ours = of_catalogue(scores)
    return [
        mark
        for name, id, note in ((CONFIRMED, "calibration", ""), (OURS, "calibration_mag", ", magnetometer only"))
        for mark in calibration_marks(
            [score.reliability for score in chosen(ours, name)], id, f"S1–S14{note}: decisions told"
        )
    ]


def _normal(scores: Sequence[Score], quick: bool) -> list[Mark]:
    """Return how much was run of S1, and how long after a vehicle settled it was known."""
    ours = chosen(scores, CONFIRMED, "S1")
    events = sum(score.true_events for score in ours)
    values_s = [[value for kind in score.latencies_s.values() for value in kind] for score in ours]
    p95_s, ci95 = quantile(values_s, 0.95)
    return [
        Mark("s1_events", "S1 arrivals and departures", events, "", None if quick else _EVENTS, "high", len(ours)),
        Mark(
            "s1_latency", "S1 latency, vehicle settled to decision, p95", p95_s, "s", SETTLED_P95_S,
            n=sum(map(len, values_s)), ci95=ci95,
        ),
    ]  # fmt: skip


def _ratio(row: _Asked, scores: Sequence[Score]) -> Mark:
    found = row.metric.over(chosen(scores, row.contender, row.scenario))
    value = None if found.value is None else found.value * row.metric.factor
    ci95 = None if found.ci95 is None else (found.ci95[0] * row.metric.factor, found.ci95[1] * row.metric.factor)
    unit = row.metric.unit if row.metric.unit == "%" else ""
    return Mark(row.id, _named(row), value, unit, row.mark, row.better, round(found.of), ci95)


def _count(row: _Counted, scores: Sequence[Score]) -> Mark:
    ours = chosen(scores, CONFIRMED, row.scenario)
    value = sum(map(row.count, ours)) if ours else None
    return Mark(row.id, _named(row), value, "", row.mark, n=round(sum(map(row.of, ours))))


def _named(row: _Asked | _Counted) -> str:
    return f"{row.scenario.split()[0]} {row.what}"
