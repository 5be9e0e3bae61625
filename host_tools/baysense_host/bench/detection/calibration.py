"""Whether a confidence holds: of what was told with 90 %, is about 90 % right?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.bootstrap import ratio
from baysense_host.bench.report import Mark

Pair = tuple[float, bool]  # confidence, right

EDGES = np.array([0.0, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 0.975, 1.001])
_NINETY = (0.85, 0.95)
_ABOUT_PERCENT = 5.0  # what we take "about 90 %" to mean
_ENOUGH = 100  # of fewer the share's own interval is wider than that: for information


@dataclass(frozen=True)
class Bin:
    """All that was told with a confidence in one range."""

    low: float
    high: float
    told: float  # mean confidence
    right: int
    count: int

    @property
    def share(self) -> float:
        """Return which part of it was right."""
        return self.right / self.count


def bins(pairs: Iterable[Pair]) -> list[Bin]:
    """Return the ranges of confidence in which anything was told."""
    both = np.array(list(pairs), float).reshape(-1, 2)
    places = np.digitize(both[:, 0], EDGES) - 1
    return [_bin(both[places == place], place) for place in np.unique(places)]


def error(found: Sequence[Bin]) -> float | None:
    """Return the expected calibration error: the mean distance of share and confidence, by how much was told."""
    count = sum(one.count for one in found)
    return sum(one.count * abs(one.share - one.told) for one in found) / count if count else None


def calibration_marks(sites: Sequence[Sequence[Pair]], id: str, what: str) -> list[Mark]:
    """Return what is right of what was told with some 90 %, how far off that is, and the expected error over all.

    Args:
        sites: confidence and whether it was right, by site; whole sites are drawn anew for the interval.
        id: with which the marks' ids begin.
        what: was told.
    """
    ninety = [[pair for pair in site if _NINETY[0] <= pair[0] < _NINETY[1]] for site in sites]
    told = [sure for site in ninety for sure, _ in site]
    found = ratio([sum(right for _, right in site) for site in ninety], [len(site) for site in ninety], share=True)
    ci95 = None if found.ci95 is None else (100 * found.ci95[0], 100 * found.ci95[1])
    right = None if found.value is None else 100 * found.value
    gap = None if right is None else abs(right - 100 * float(np.mean(told)))
    aim = _ABOUT_PERCENT if len(told) >= _ENOUGH else None
    every = [pair for site in sites for pair in site]
    whole = error(bins(every))
    return [
        Mark(f"{id}_90", f"{what} with 85–95 %: right", right, "%", n=len(told), ci95=ci95, better="high"),
        Mark(f"{id}_90_gap", f"{what} with 85–95 %: off by", gap, "%", aim, n=len(told)),
        Mark(
            f"{id}_error", f"{what}: expected calibration error",
            None if whole is None else 100 * whole, "%", n=len(every),
        ),
    ]  # fmt: skip


def _bin(inside: NDArray[np.float64], place: int) -> Bin:
    low, high = float(EDGES[place]), min(float(EDGES[place + 1]), 1.0)
    return Bin(low, high, float(inside[:, 0].mean()), int(inside[:, 1].sum()), len(inside))
