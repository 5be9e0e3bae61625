"""Intervals of 95 % that respect that the events of one bay are alike: whole bays are drawn anew."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DRAWS = 2000
_SEED = 20_240  # of the draws; the intervals are the same every time
_PERCENT = (2.5, 97.5)
_RULE_OF_THREE = 3.0  # none in n: with 95 % the rate is below 3/n (detection.md §6.2)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two sums over bays, with its interval and what it was counted from."""

    count: float
    of: float
    ci95: tuple[float, float] | None  # None: of one bay, or of nothing

    @property
    def value(self) -> float | None:
        """Return the ratio, None of nothing."""
        return self.count / self.of if self.of else None


def ratio(counts: Sequence[float], of: Sequence[float], share: bool) -> Ratio:
    """Return the ratio of sums over bays; a `share` cannot be above 1, and all of n is as rare as none of n."""
    counted, whole = np.asarray(counts, float), np.asarray(of, float)
    count, total = float(counted.sum()), float(whole.sum())
    if not total:
        return Ratio(count, total, None)
    if not count:
        return Ratio(count, total, (0.0, _at_most(_RULE_OF_THREE / total, share)))
    if share and count == total:
        return Ratio(count, total, (max(1 - _RULE_OF_THREE / total, 0.0), 1.0))
    if len(counted) < 2:
        return Ratio(count, total, None)
    drawn = _draws(len(counted))
    sums = whole[drawn].sum(1)
    ratios = counted[drawn].sum(1)[sums > 0] / sums[sums > 0]
    low, high = np.percentile(ratios, _PERCENT)
    return Ratio(count, total, (float(low), float(high)))


def quantile(values: Sequence[Sequence[float]], share: float) -> tuple[float | None, tuple[float, float] | None]:
    """Return the quantile of all bays' values and its interval; None without values, or of one bay."""
    kept = [np.asarray(one, float) for one in values if len(one)]
    if not kept:
        return None, None
    value = float(np.quantile(np.concatenate(kept), share))
    if len(kept) < 2:
        return value, None
    every, weights_of = np.concatenate(kept), np.repeat(np.arange(len(kept)), [len(one) for one in kept])
    order = np.argsort(every)
    every, owners = every[order], weights_of[order]
    drawn = [_weighted(every, np.bincount(draw, minlength=len(kept))[owners], share) for draw in _draws(len(kept))]
    low, high = np.percentile(drawn, _PERCENT)
    return value, (float(low), float(high))


def balanced(right: NDArray[np.float64], of: NDArray[np.float64]) -> Ratio:
    """Return the mean of the ratios of the columns, each row a bay or a day of one, with its interval."""
    share = _mean_share(right.sum(0), of.sum(0))
    if share is None or len(right) < 2:
        return Ratio(share or 0.0, float(share is not None), None)
    drawn = _draws(len(right))
    shares = [_mean_share(right[draw].sum(0), of[draw].sum(0)) for draw in drawn]
    low, high = np.percentile([one for one in shares if one is not None], _PERCENT)
    return Ratio(share, 1.0, (float(low), float(high)))


def _mean_share(right: NDArray[np.float64], of: NDArray[np.float64]) -> float | None:
    return float((right / of).mean()) if of.all() else None


def _draws(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(_SEED).integers(0, count, (_DRAWS, count))


def _weighted(ordered: NDArray[np.float64], weights: NDArray[np.int64], share: float) -> float:
    """Return the quantile of ordered values that count several times."""
    reached = np.cumsum(weights)
    return float(ordered[np.searchsorted(reached, share * reached[-1])])


def _at_most(value: float, share: bool) -> float:
    return min(value, 1.0) if share else value
