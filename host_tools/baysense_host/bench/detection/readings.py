"""What a node's magnetometer reads at a site while time passes, awake and asleep."""

from collections.abc import Sequence
from math import inf
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.site import Site, Stretch

PERIOD_S = 0.1  # of the sensor's samples
_LINGER_S = 180.0  # the last row of a drift holds so much longer: a movement that began there is followed to its end
_CHUNK = 1200  # rows looked through at a time: most sleeps of a dense stretch are short
_EPS_S = 1e-6
_NORMAL = NormalDist()

Reading = tuple[int, int, int, int]  # x, y, z [nT], temperature [cdeg]


class Over(Exception):
    """The site has ended."""


class SupplyLost(Exception):
    """The node loses its supply now."""


class Readings:
    """The sensor at one site. Time passes only by calls; each may raise `Over` or `SupplyLost`."""

    def __init__(self, site: Site, rng: np.random.Generator) -> None:
        """Begin at the first row."""
        self._rng = rng
        self._noise_nt = site.noise_nt
        self._restarts_s = sorted(site.restarts_s, reverse=True)
        self._coming = site.stretches()
        self._next: Stretch | None = next(self._coming)
        self._load()
        self.now_s = float(self._stretch.t_s[0])

    def read(self) -> Reading:
        """Wait for the next sample and take it."""
        self.wait(PERIOD_S)
        row = self._row()
        x, y, z = self._field[row]
        if not self._stretch.dense:
            noise = self._rng.normal(0.0, self._noise_nt, 3)
            x, y, z = round(x + noise[0]), round(y + noise[1]), round(z + noise[2])
        return x, y, z, self._cdeg[row]

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
        if self._restarts_s and self.now_s >= self._restarts_s[-1]:
            self.now_s = self._restarts_s.pop()
            self._catch_up()
            raise SupplyLost
        self._catch_up()
        if self._next is None and self.now_s > self._end_s:
            raise Over

    def sleep(self, settled_nt: Sequence[int], threshold_nt: int, until_s: float) -> bool:
        """Let time pass until an axis deviates by more than the threshold or it is time; tell whether it deviates."""
        settled = np.array(settled_nt, np.int64)
        while self.now_s < until_s - _EPS_S:
            look = self._dense_deviation_s if self._stretch.dense else self._quiet_deviation_s
            before_s = min(until_s, self._end_s if self._next is None else float(self._next.t_s[0]))
            deviates, at_s = look(settled, threshold_nt, max(before_s, self.now_s))
            self.wait(max(at_s - self.now_s, _EPS_S))
            if deviates:
                return True
        return False

    def _dense_deviation_s(
        self, settled: NDArray[np.int64], threshold_nt: int, before_s: float
    ) -> tuple[bool, float]:
        """Look through the next rows; return whether one deviates, and when, or until when none does."""
        stretch, row = self._stretch, self._row()
        stop = min(int(np.searchsorted(stretch.t_s, before_s - _EPS_S)), row + _CHUNK)
        away = np.abs(stretch.field_nt[row:stop] - settled).max(1) > threshold_nt
        if away.any():
            return True, max(float(stretch.t_s[row + int(away.argmax())]), self.now_s)
        return False, before_s if stop < row + _CHUNK else float(stretch.t_s[stop - 1]) + PERIOD_S

    def _quiet_deviation_s(
        self, settled: NDArray[np.int64], threshold_nt: int, before_s: float
    ) -> tuple[bool, float]:
        """Look at the row that holds now; the largest noise of so many readings may do what the field does not."""
        row = self._row()
        held_until_s = float(self._stretch.t_s[row + 1]) if row + 1 < len(self._field) else inf
        end_s = min(held_until_s, before_s)
        short_nt = threshold_nt - float(np.abs(self._stretch.field_nt[row] - settled).max())
        if short_nt < 0:
            return True, self.now_s
        readings = max(1.0, (end_s - self.now_s) / PERIOD_S)
        if self._noise_nt and short_nt < 6 * self._noise_nt:
            largest = _NORMAL.inv_cdf(max(self._rng.random(), 1e-9) ** (1 / readings))
            if largest * self._noise_nt > short_nt:
                return True, self.now_s + self._rng.random() * (end_s - self.now_s)
        return False, end_s

    def _row(self) -> int:
        """Return the row that holds now."""
        return max(int(np.searchsorted(self._stretch.t_s, self.now_s + _EPS_S, side="right")) - 1, 0)

    def _catch_up(self) -> None:
        while self._next is not None and self.now_s >= self._next.t_s[0] - _EPS_S:
            self._load()

    def _load(self) -> None:
        """Take the next stretch."""
        assert self._next is not None
        self._stretch = self._next
        self._field: list[list[int]] = self._stretch.field_nt.tolist()
        self._cdeg: list[int] = self._stretch.temp_cdeg.tolist()
        self._end_s = float(self._stretch.t_s[-1]) + (0.0 if self._stretch.dense else _LINGER_S)
        self._next = next(self._coming, None)
