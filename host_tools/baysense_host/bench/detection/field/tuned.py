"""The baselines with the thresholds that suit a recorded bay best in its first weeks: its unit is only assumed."""

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.baselines import Atda, Fixed
from baysense_host.bench.detection.field.bays import Bay, balanced, compared
from baysense_host.bench.detection.field.ceiling import best_threshold
from baysense_host.bench.detection.field.radar_rule import EMPTY

_TRIED_NT = tuple(1000 * (2 ** (step / 2)) for step in range(13))  # 1-64 assumed µT


def tuned_fixed(bay: Bay) -> Fixed:
    """Return the fixed threshold that does best in the first weeks, about the empty bay's median in them."""
    empty_nt = _empty_nt(bay)
    distance_nt = np.linalg.norm(bay.field_nt[bay.tuning] - empty_nt, axis=1)
    threshold_nt, _ = best_threshold(distance_nt, bay.radar[bay.tuning])
    return Fixed(threshold_nt, empty_nt)


def tuned_atda(bay: Bay) -> Atda:
    """Return ATDA with the threshold that does best in the first weeks, begun with the empty bay's median in them."""
    tried = [Atda(threshold_nt, _empty_nt(bay)) for threshold_nt in _TRIED_NT]
    agreed = [balanced(compared(bay, one(bay.site, False), bay.tuning).sum(0)) for one in tried]
    return tried[int(np.argmax(agreed))]


def _empty_nt(bay: Bay) -> NDArray[np.float64]:
    """Return the field of the empty bay as an installer would find it."""
    empty_nt: NDArray[np.float64] = np.median(bay.field_nt[bay.tuning & (bay.radar == EMPTY)], axis=0)
    return empty_nt
