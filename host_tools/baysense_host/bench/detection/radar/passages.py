"""Which sweeps show the same vehicle or the same empty spell: what a fair split must keep together.

A recording may hold its sweeps several times over, each copy with a little noise added and cut at other places. A
block of time then has its twin elsewhere in the file, and a split by time alone judges on what it was tuned on.
"""

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.radar.sweeps import Sweeps

_ALIKE_OCTAVES = 0.5  # root of the sum of squares over the gates; noise alone parts two copies by 0.3
_COPIED_SHARE = 0.5  # of the sweeps one lag later: a copy. By chance some 3 %: empty sweeps resemble each other
_LEAST_LAG = 100  # sweeps; the longest spells are shorter
_LOOKED_AT = 500  # sweeps of the first half, evenly spread: enough to see half of them return
_LEAST_ALIKE = 2  # sweeps that two runs must share


def passages(sweeps: Sweeps) -> NDArray[np.int64]:
    """Return for each sweep the number of the first run that shows the same passage."""
    runs = sweeps.runs
    lag = copy_lag(sweeps)
    if lag is None:
        return runs
    alike = np.flatnonzero(_alike(sweeps, _octaves(sweeps), np.arange(len(runs) - lag), lag))
    pairs, shared = np.unique(np.column_stack((runs[alike], runs[alike + lag])), axis=0, return_counts=True)
    first = np.arange(runs[-1] + 1)
    for earlier, later in pairs[shared >= _LEAST_ALIKE]:  # in order, so the earlier one has its number already
        kept, gone = sorted((first[earlier], first[later]))
        first[first == gone] = kept
    return first[runs]


def copy_lag(sweeps: Sweeps) -> int | None:
    """Return after how many sweeps the recording repeats itself, None when it does not."""
    half, octaves = len(sweeps.labels) // 2, _octaves(sweeps)
    looked_at = np.arange(0, half, half // _LOOKED_AT + 1)
    lags = range(_LEAST_LAG, half + 1)
    shares = np.array([_alike(sweeps, octaves, looked_at, lag).mean() for lag in lags])
    copies = np.flatnonzero(shares >= _COPIED_SHARE)
    if not len(copies):
        return None
    nearest = copies[0]  # spells of one kind overlap a few sweeps beside the lag too: the best of these is meant
    return lags[int(nearest + shares[nearest : nearest + _LEAST_LAG].argmax())]


def _octaves(sweeps: Sweeps) -> NDArray[np.float32]:
    return np.log2(np.maximum(sweeps.gates, 1)).astype(np.float32)


def _alike(sweeps: Sweeps, octaves: NDArray[np.float32], rows: NDArray[np.int64], lag: int) -> NDArray[np.bool_]:
    """Tell for each of the rows whether the one so much later has its label and nearly its gates."""
    apart = octaves[rows + lag] - octaves[rows]
    near: NDArray[np.bool_] = np.einsum("ij,ij->i", apart, apart) < _ALIKE_OCTAVES**2
    near &= sweeps.labels[rows + lag] == sweeps.labels[rows]
    return near
