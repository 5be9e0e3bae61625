"""Scores as the runner returns them, made up: what the page and the marks are tested with."""

from collections import Counter

import numpy as np

from baysense_host.bench.detection.field.bays import Agreement
from baysense_host.bench.detection.field.ceiling import Ceiling
from baysense_host.bench.detection.field.transients import PARKING, TRAFFIC
from baysense_host.bench.detection.field_marks import Field
from baysense_host.bench.detection.metrics import CONFIRMED, CONTENDERS
from baysense_host.bench.detection.scene import Scene
from baysense_host.bench.detection.score import Failure, Score
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Change
from baysense_host.bench.detection.watch import Decision
from baysense_host.bench.report import Findings

SITES = 4
_HOUR_S = 3600.0
_SCENARIOS = ["S1", "S2", "S3", "S4 beside", "S4 over", *(f"S{number}" for number in (*range(5, 13), 14)), "X1", "X2"]


def scene(t_s: float = 5000.0) -> Scene:
    """Return an arrival that was told 8 s late."""
    rows_s = np.arange(t_s - 60, t_s + 60, 0.5)
    field_nt = np.zeros((len(rows_s), 3), np.int32)
    field_nt[rows_s > t_s] = (9000, -4000, 20000)
    return Scene(
        t_s=rows_s,
        field_nt=field_nt,
        before="free",
        decisions=[Decision(t_s + 8, t_s, "occupied", 0.9, "settled")],
        changes=[Change(t_s, ARRIVAL, "van")],
        neighbours_s=[t_s - 20],
    )


def score(
    scenario: str = "S1", contender: str = CONFIRMED, site: int = 0, scale: float = 1.0, **rest: object
) -> Score:
    """Return a day of 100 events, all of them told 2 s or 3 s late."""
    confusion_s = np.zeros((24, 2, 3))
    confusion_s[:, 0, 0] = 2700.0
    confusion_s[:, 1, 1] = 890.0
    confusion_s[:, 1, 2] = 10.0
    return Score(
        **{
            "scenario": scenario,
            "scale": scale,
            "site": f"{scenario} bay {site}",
            "contender": contender,
            "days": 1.0,
            "true_events": 100,
            "matched_true": 100,
            "told_events": 100,
            "matched_told": 100,
            "latencies_s": {ARRIVAL: [3.0] * 50, DEPARTURE: [2.0] * 50},
            "confusion_s": confusion_s,
            "neighbour_movements": 1000,
            "messages": 100,
            "reliability": [(0.9, number % 10 > 0) for number in range(100)],
            "beats": [(0.98, True)] * 24,
            **rest,
        }  # type: ignore[arg-type]
    )


def scores(scenarios: list[str] = _SCENARIOS) -> list[Score]:
    """Return some sites of every scenario at two scales; each S1 site has failures with a scene and without one."""
    failures = [Failure(5000.0, "missed arrival, held free", scene()), Failure(9000.0, "false <departure>")]
    return [
        score(name, contender, site, scale, failures=failures if name == "S1" else [])
        for name in scenarios
        for scale in (1.0, 2.5)
        for site in range(SITES)
        for contender in CONTENDERS
    ]


def agreement(contender: str, right: int = 90, messages: int = 20, noise_seed: int = 0) -> Agreement:
    """Return ten days of 100 rows seen empty and 100 seen occupied, so many of each told rightly."""
    day = [[right, 100 - right, 0], [100 - right, right, 0]]
    rows = np.array([day] * 10, float)
    return Agreement(
        "north", contender, rows, 10.0, messages, 20, [(0.9, number % 10 > 0) for number in range(30)], noise_seed
    )


def field() -> Field:
    """Return one bay and two windows of each kind, of which the second is judged; no sweeps."""
    kinds = {PARKING: {ARRIVAL: [4.0], DEPARTURE: [5.0]}, TRAFFIC: {ARRIVAL: [], DEPARTURE: []}}
    events = {PARKING: 2, TRAFFIC: 0}
    windows = [
        score(
            kind, contender, site, days=0.003, latencies_s=kinds[kind], true_events=events[kind],
            matched_true=events[kind], told_events=events[kind], matched_told=events[kind],
        )
        for kind in kinds
        for site in range(2)
        for contender in CONTENDERS[1:]
    ]  # fmt: skip
    return Field(
        agreements=[agreement(name) for name in CONTENDERS],
        ceilings=[Ceiling("north", fixed=0.85, temperature=0.92, gated=0.99, learned=0.9)],
        windows=windows,
        sweeps=Findings([]),
        judged=frozenset((kind, f"{kind} bay 1") for kind in kinds),
        true_kinds={f"{PARKING} bay {site}": Counter((ARRIVAL, DEPARTURE)) for site in range(2)},
    )
