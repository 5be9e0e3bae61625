"""Log-odds tables from movements of known outcome: logistic regression on bins.

Rows are smooth from bin to bin, and monotone where physics says so: features go together (what is far from the empty
bay also made a large step), and without that a row would take back what another one gives.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from baysense.core.odds import BINS, SEEN_ONLY
from baysense_host.bench.detection.tuning.record import Meeting
from baysense_host.errors import ToolError

Rows = list[list[int]]
Array = NDArray[np.float64]

WIDTH = BINS + 1  # columns of a row: features of SEEN_ONLY have one more, for movements nobody saw
_Q4 = 16  # the tables are in 1/16 nat
_SMOOTH = 3.0  # weight of the squared second differences of a row
_SMALL = 0.1  # weight of the squares themselves: bins that nothing fell into go to their neighbours, not to infinity
_STEPS = 4000  # of the accelerated gradient method; a table takes a third of a second
# Does a row rise (1) or fall (-1) from bin to bin, in the order of `judge.features`? By what was believed.
_SIGNS = {
    False: (1, 1, 1, -1, 0, 1),  # a pass peaks high above the step that it leaves
    True: (1, -1, 0, 1, 0, 1),  # the larger the step, the likelier our vehicle made it
}
_LIMIT_Q4 = 80  # 5 nat, the most that a whole movement is worth (odds.py)


def fit(met: Counter[Meeting], believed: bool, seen: bool) -> Rows:
    """Return the table for one belief and kind of movement: a row of 1/16 nat for every feature.

    Raises:
        ToolError: No movement at all was met, so that it is unknown how many features there are.
    """
    if not met:
        raise ToolError("No movement was met that tables could be fitted to", "tune on sites where something moves")
    features = len(next(iter(met)).bins)
    x, y, n = _arrays(of_kind(met, believed, seen), features)
    weights = _solved(x, y, n, _stiffness(features), *_rises(_SIGNS[believed]))
    table = np.clip(np.round(weights * _Q4), -_LIMIT_Q4, _LIMIT_Q4).astype(int).reshape(features, WIDTH)
    return [[int(value) for value in row] for row in table]


def log_loss(met: Counter[Meeting], rows: Rows) -> float | None:
    """Return the mean of -log(probability given to what was true) [nat], None of no movements."""
    if not met:
        return None
    x, y, n = _arrays(met, len(rows))
    log_odds = np.clip(x @ np.array(rows, float).ravel(), -_LIMIT_Q4, _LIMIT_Q4) / _Q4
    return float(n @ np.log1p(np.exp(np.where(y > 0, -log_odds, log_odds))) / n.sum())


def of_kind(met: Counter[Meeting], believed: bool, seen: bool) -> Counter[Meeting]:
    """Return the movements that one table is for."""
    return Counter({one: n for one, n in met.items() if one.believed == believed and one.seen == seen})


def _arrays(met: Counter[Meeting], features: int) -> tuple[Array, Array, Array]:
    """Return which bins each meeting fell into (one column a bin), what was true, and how often it was met."""
    bins = np.array([meeting.bins for meeting in met], int).reshape(len(met), features)
    x = np.zeros((len(met), features * WIDTH))
    np.put_along_axis(x, bins + WIDTH * np.arange(features), 1.0, axis=1)
    return x, np.array([float(meeting.true) for meeting in met]), np.array(list(met.values()), float)


def _solved(x: Array, y: Array, n: Array, stiff: Array, rises: Array, free: NDArray[np.bool_]) -> Array:
    """Minimise the logistic loss of counts `n` plus the stiffness of the rows; only free rises may be negative.

    Projected gradient with momentum that restarts, in steps that the row sums of the bend allow.
    """
    x, stiff = x @ rises, rises.T @ stiff @ rises
    per_step = 1 / np.abs(0.25 * (x.T * n) @ x + stiff).sum(1)
    best = ahead = np.zeros(x.shape[1])
    pace = 1.0
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ ahead, -30, 30)))
        moved = ahead - per_step * (x.T @ (n * (p - y)) + stiff @ ahead)
        moved = np.where(free, moved, np.maximum(moved, 0.0))
        faster = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        overshot = (ahead - moved) @ (moved - best) > 0
        ahead = moved if overshot else moved + (pace - 1) / faster * (moved - best)
        best, pace = moved, 1.0 if overshot else faster
    return np.asarray(rises @ best)


def _rises(signs: tuple[int, ...]) -> tuple[Array, NDArray[np.bool_]]:
    """Return the matrix that makes weights of a row's first bin and rises, and which of these may be negative."""
    rises = np.eye(len(signs) * WIDTH)
    free = np.ones(len(signs) * WIDTH, bool)
    for feature, sign in enumerate(signs):
        first = feature * WIDTH + int(feature in SEEN_ONLY)
        if sign:
            rises[first : first + BINS, first : first + BINS] = np.tril(np.full((BINS, BINS), float(sign)))
            rises[first : first + BINS, first] = 1.0
            free[first + 1 : first + BINS] = False
    return rises, free


def _stiffness(features: int) -> Array:
    whole = np.zeros((features * WIDTH, features * WIDTH))
    for feature in range(features):
        first = int(feature in SEEN_ONLY)  # movements nobody saw are not like small ones
        second = np.zeros((BINS - 2, WIDTH))
        for row in range(BINS - 2):
            second[row, first + row : first + row + 3] = (1.0, -2.0, 1.0)
        at = slice(feature * WIDTH, (feature + 1) * WIDTH)
        whole[at, at] = _SMOOTH * second.T @ second + _SMALL * np.eye(WIDTH)
    return whole
