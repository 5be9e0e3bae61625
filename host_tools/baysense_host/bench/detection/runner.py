"""All simulated sites before all contenders, on all cores."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context

from baysense_host.bench.detection.contenders import CONTENDERS, OWN
from baysense_host.bench.detection.score import Score, judge
from baysense_host.bench.detection.simulate import SCENARIOS
from baysense_host.bench.detection.site import Site
from baysense_host.bench.report import Tell, silent

SCALES = (1.0, 1.5, 2.0, 2.5)  # of the assumed moments (detection.md §4.2)
_PARTS, _QUICK_PARTS = 4, 1  # of the sites of one scenario and scale: what is done at one go


@dataclass(frozen=True)
class _Task:
    """Some of the sites of one scenario and scale; they are drawn where they are watched."""

    scenario: str
    scale: float
    seed: int
    quick: bool
    part: int
    parts: int


def run(
    seed: int,
    tell: Tell = silent,
    quick: bool = False,
    scenarios: Sequence[str] = tuple(SCENARIOS),
    scales: Sequence[float] = SCALES,
) -> list[Score]:
    """Return every contender's score at every site, always in the same order."""
    parts = _QUICK_PARTS if quick else _PARTS
    tasks = [
        _Task(scenario, scale, seed, quick, part, parts)
        for scenario in scenarios
        for scale in scales
        for part in range(parts)
    ]
    scores: list[Score] = []
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for task, found in zip(tasks, pool.map(_scores, tasks), strict=True):
            scores += found
            if task.part == parts - 1:
                tell(f"{task.scenario}, moments x {task.scale:g}: {len(scores)} scores so far")
    return scores


def site_scores(site: Site) -> list[Score]:
    """Return every contender's score at one site."""
    kept = list(site.stretches())
    site = replace(site, stretches=lambda: iter(kept))  # drawn once for all of them
    return [
        judge(site if use_range else _sightless(site), contender(site, use_range), name, scenes=name in OWN)
        for name, (contender, use_range) in CONTENDERS.items()
    ]


def _sightless(site: Site) -> Site:
    """Return what can be expected of a node without a range sensor: nothing about that sensor."""
    return replace(site, expected_faults=tuple(name for name in site.expected_faults if name != "range_blocked"))


def _scores(task: _Task) -> list[Score]:
    sites = SCENARIOS[task.scenario](task.seed, task.scale, task.quick)
    return [score for site in sites[task.part :: task.parts] for score in site_scores(site)]
