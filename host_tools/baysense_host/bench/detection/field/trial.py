"""All contenders before all field recordings, on all cores.

What ours makes of a recording hangs on the node's own noise: it watches each one several times.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from baysense_host.bench.detection.contenders import CONTENDERS, OWN
from baysense_host.bench.detection.data import recordings
from baysense_host.bench.detection.field.bays import Agreement, Bay, agreement, read_bay
from baysense_host.bench.detection.field.transients import parking, traffic
from baysense_host.bench.detection.field.tuned import tuned_atda, tuned_fixed
from baysense_host.bench.detection.metrics import ATDA, CONFIRMED, FIXED
from baysense_host.bench.detection.score import Score, judge
from baysense_host.bench.detection.watch import Contender

NOISE_SEEDS = tuple(range(5))  # failures are listed from the first


@dataclass(frozen=True)
class _AtBay:
    """One contender at one bay; the recording is read where it is watched."""

    path: Path
    contender: str
    noise_seed: int

    def __call__(self) -> Agreement:
        bay = read_bay(self.path)
        contender, use_range = _suited(bay, self.contender)
        watch = contender(replace(bay.site, noise_seed=self.noise_seed), use_range)
        return agreement(bay, watch, self.contender, self.noise_seed)


def bay_agreements(noise_seeds: Sequence[int] = NOISE_SEEDS) -> list[Agreement]:
    """Return every contender's agreement with the radar at every recorded bay, ours with every noise seed.

    Ours with confirmation asks that same radar: its agreement is told for information and proves nothing.
    """
    tasks = [
        _AtBay(path, name, noise_seed)
        for path in recordings("bays/*.csv")
        for name in CONTENDERS
        for noise_seed in (noise_seeds if name in OWN else noise_seeds[:1])
    ]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return list(pool.map(_done, tasks))


def window_scores(noise_seeds: Sequence[int] = NOISE_SEEDS) -> list[Score]:
    """Return every contender's score at every window; they have no range sensor, so there is nothing to confirm."""
    return [
        judge(site, contender(site, use_range), name, scenes=name in OWN and noise_seed == noise_seeds[0])
        for noise_seed in noise_seeds
        for site in (*parking(noise_seed), *traffic(noise_seed))
        for name, (contender, use_range) in CONTENDERS.items()
        if name != CONFIRMED
    ]


def _suited(bay: Bay, name: str) -> tuple[Contender, bool]:
    """Return a contender, the baselines with thresholds for the bay's unit."""
    if name == FIXED:
        return tuned_fixed(bay), False
    return (tuned_atda(bay), False) if name == ATDA else CONTENDERS[name]


def _done(task: _AtBay) -> Agreement:
    return task()
