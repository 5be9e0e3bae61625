"""Which state held when: in truth, and as a contender told it."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.site import DEPARTURE, Change
from baysense_host.bench.detection.watch import Decision

STATES = ("free", "occupied", "unknown")
_HOUR_S = 3600.0


class _Steps:
    """A state that changes at known times."""

    def __init__(self, first: str, times_s: list[float], states: list[str]) -> None:
        self.times_s = times_s
        self._states = [first, *states]
        self._indices = np.array([STATES.index(state) for state in self._states])

    def at(self, t_s: float) -> str:
        """Return the state at a time."""
        return self._states[bisect_right(self.times_s, t_s)]

    def indices_at(self, times_s: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the places in STATES at many times."""
        return self._indices[np.searchsorted(self.times_s, times_s, side="right")]


class Truth(_Steps):
    """Whether a vehicle stood in the bay."""

    def __init__(self, changes: Sequence[Change], occupied_at_start: bool) -> None:
        ordered = sorted(changes, key=lambda change: change.t_s)
        super().__init__(
            STATES[occupied_at_start],
            [change.t_s for change in ordered],
            [STATES[change.kind != DEPARTURE] for change in ordered],
        )

    def next_s(self, t_s: float) -> float:
        """Return when the next change after a time is [s]; infinity when there is none."""
        place = bisect_right(self.times_s, t_s)
        return self.times_s[place] if place < len(self.times_s) else float("inf")


class Held(_Steps):
    """What a contender held, from when it was known; nothing before its first decision."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        super().__init__(
            "unknown", [decision.told_s for decision in decisions], [decision.state for decision in decisions]
        )

    def against(self, truth: Truth, end_s: float) -> tuple[NDArray[np.float64], float]:
        """Return the seconds by hour, true state and held state, and the longest time on end of the wrong one [s]."""
        hours = max(int(np.ceil(end_s / _HOUR_S)), 1)
        bounds_s = np.unique([0.0, end_s, *np.arange(1, hours) * _HOUR_S, *truth.times_s, *self.times_s])
        bounds_s = bounds_s[(bounds_s >= 0) & (bounds_s <= end_s)]
        starts_s, lasts_s = bounds_s[:-1], np.diff(bounds_s)
        true, held = truth.indices_at(starts_s), self.indices_at(starts_s)
        confusion_s = np.zeros((hours, 2, len(STATES)))
        np.add.at(confusion_s, ((starts_s // _HOUR_S).astype(int), true, held), lasts_s)
        return confusion_s, self.wrong_longest(truth, 0.0, end_s)[1]

    def wrong_longest(self, truth: Truth, from_s: float, until_s: float) -> tuple[float, float]:
        """Return when the longest time on end of the wrong state between two times begins, and how long it is [s]."""
        if until_s <= from_s:
            return from_s, 0.0
        bounds_s = np.unique(np.clip([from_s, until_s, *truth.times_s, *self.times_s], from_s, until_s))
        true, held = truth.indices_at(bounds_s[:-1]), self.indices_at(bounds_s[:-1])
        return _longest(bounds_s, (held != true) & (held < STATES.index("unknown")))


def _longest(bounds_s: NDArray[np.float64], wrong: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the start of the longest run of neighbouring wrong pieces, and its length [s]."""
    run = np.cumsum(~wrong)  # the same number throughout one run of wrong pieces
    sums_s = np.bincount(run, weights=np.where(wrong, np.diff(bounds_s), 0.0))
    longest = int(sums_s.argmax())
    starts_s = bounds_s[:-1][wrong & (run == longest)]
    return float(starts_s[0]) if len(starts_s) else float(bounds_s[0]), float(sums_s[longest])
