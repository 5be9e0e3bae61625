"""Two ways that everybody knows to find a vehicle in the field, as contenders: a fixed threshold, and ATDA.

Both know the field of the empty bay when they begin: what they read first, or what they are given. Neither uses a
range sensor, loses anything at a restart or says how sure it is.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.site import Site, Stretch
from baysense_host.bench.detection.watch import Decision, Watch

FIXED_NT = 6000  # detection.md §2.3: the threshold of "occupied"
ATDA_NT = 5000  # §2.2: h = 4-6 µT
_FIXED_S = 3.0  # so long the field must lie beyond the threshold, or within: as ATDA's N
_ON_S, _OFF_S = 3.0, 5.0  # §2.2: N, M
_BUFFER_S = 60.0  # §2.2: s_buf, so long after a vehicle the baseline stands still
_ALPHA = 1 / 600  # §2.2, of each sample
_STEP_S = 0.5  # §2.2: 1-2 Hz
_SMOOTH = 2  # samples in the moving average a(k): 1 s
_FIRST_S = 2.5  # the first reading: the median of so long, or one row where rows are minutes apart

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Fixed:
    """Occupied while the field differs by more than a threshold from the empty bay's at the start."""

    threshold_nt: float = FIXED_NT
    empty_nt: Vector | None = None  # None: what is read first

    def __call__(self, site: Site, use_range: bool) -> Watch:
        """Watch a site."""
        t_s, field_nt = _readings(site, smooth=1)
        empty_nt = _first(t_s, field_nt) if self.empty_nt is None else self.empty_nt
        beyond = np.linalg.norm(field_nt - empty_nt, axis=1) > self.threshold_nt
        starts = np.flatnonzero(np.diff(beyond, prepend=~beyond[:1]))
        lasts_s = np.diff(t_s[starts], append=site.days * 86_400)
        told = _Told()
        for row in starts[lasts_s >= _FIXED_S]:
            told.hold(bool(beyond[row]), float(t_s[row]), _FIXED_S)
        return told.watch


@dataclass(frozen=True)
class Atda:
    """Cheung and Varaiya's adaptive threshold detection (detection.md §2.2), at 2 Hz."""

    threshold_nt: float = ATDA_NT
    empty_nt: Vector | None = None  # None: what is read first

    def __call__(self, site: Site, use_range: bool) -> Watch:
        """Watch a site."""
        t_s, field_nt = _readings(site, smooth=_SMOOTH)
        empty_nt = _first(t_s, field_nt) if self.empty_nt is None else self.empty_nt
        machine = _Machine(self.threshold_nt, empty_nt)
        lasts_s = np.diff(t_s, append=site.days * 86_400)
        for at_s, held_s, field in zip(t_s.tolist(), lasts_s.tolist(), field_nt.tolist(), strict=True):
            machine.take(at_s, held_s, *field)
        return machine.told.watch


class _Machine:
    """ATDA's states; a reading holds until the next one, as if it were sampled at 2 Hz meanwhile."""

    def __init__(self, threshold_nt: float, empty_nt: Vector) -> None:
        self.told = _Told()
        self._threshold_nt = threshold_nt
        self._x, self._y, self._z = empty_nt.tolist()
        self._counted_s: float | None = None  # when the present count began
        self._follow_s = 0.0  # from when on the baseline follows

    def take(self, t_s: float, held_s: float, x: float, y: float, z: float) -> None:
        """Take a smoothed reading and how long it holds."""
        if t_s >= self._follow_s:
            self._follow(min(held_s, _STEP_S), x, y, z)
        h = self._threshold_nt
        beyond = abs(x - self._x) > h or abs(y - self._y) > h or abs(z - self._z) > h
        over_s = self._over_s(t_s, t_s + held_s, beyond)
        if over_s is not None and beyond:
            self._follow(over_s - max(t_s + _STEP_S, self._follow_s), x, y, z)
            self._follow_s = math.inf
        elif over_s is not None:
            self._follow_s = over_s + _BUFFER_S
        self._follow(t_s + held_s - max(t_s + _STEP_S, self._follow_s), x, y, z)

    def _over_s(self, t_s: float, until_s: float, beyond: bool) -> float | None:
        """Count; return when the state changed over, None if it did not."""
        if beyond == self.told.occupied:
            self._counted_s = None
            return None
        since_s = t_s if self._counted_s is None else self._counted_s
        needed_s = _ON_S if beyond else _OFF_S
        if until_s < since_s + needed_s:
            self._counted_s = since_s
            return None
        self._counted_s = None
        self.told.hold(beyond, since_s, needed_s)
        return since_s + needed_s

    def _follow(self, for_s: float, x: float, y: float, z: float) -> None:
        """Let the baseline follow a reading for some time."""
        if for_s <= 0:
            return
        share = 1 - (1 - _ALPHA) ** (for_s / _STEP_S)
        self._x += share * (x - self._x)
        self._y += share * (y - self._y)
        self._z += share * (z - self._z)


class _Told:
    """The state that is told, free at first; each change is one message."""

    def __init__(self) -> None:
        self.occupied = False
        self.watch = Watch([Decision(0.0, 0.0, "free", 1.0, "calibrated")])

    def hold(self, occupied: bool, since_s: float, after_s: float) -> None:
        """Tell a state that began some time ago, unless it holds already."""
        if occupied != self.occupied:
            self.occupied = occupied
            state, cause = ("occupied", "above threshold") if occupied else ("free", "below threshold")
            self.watch.decisions.append(Decision(since_s + after_s, since_s, state, 1.0, cause))
            self.watch.messages += 1


def _readings(site: Site, smooth: int) -> tuple[Vector, Vector]:
    """Return times and fields of a whole site: at 2 Hz where it is dense, smoothed there, else each row."""
    parts = [_slower(stretch, smooth) if stretch.dense else _rows(stretch) for stretch in site.stretches()]
    return np.concatenate([t_s for t_s, _ in parts]), np.concatenate([field_nt for _, field_nt in parts])


def _rows(stretch: Stretch) -> tuple[Vector, Vector]:
    return stretch.t_s, stretch.field_nt.astype(np.float64)


def _slower(stretch: Stretch, smooth: int) -> tuple[Vector, Vector]:
    """Return the first row of each half second, averaged with the `smooth` - 1 before."""
    _, first = np.unique(stretch.t_s // _STEP_S, return_index=True)
    field_nt = stretch.field_nt[first].astype(np.float64)
    averaged = field_nt.copy()
    for back in range(1, smooth):
        averaged[back:] += field_nt[:-back]
        averaged[:back] += field_nt[:1]
    return stretch.t_s[first], averaged / smooth


def _first(t_s: Vector, field_nt: Vector) -> Vector:
    """Return the field of the first reading."""
    found: Vector = np.median(field_nt[t_s <= t_s[0] + _FIRST_S], axis=0)
    return found
