"""One movement of the field: from the first unrest until it has settled.

Pure; `follow` runs on every sample and allocates nothing. Vectors are in q of the window.
"""

from array import array

from baysense.core import tuning
from baysense.core.geometry import QUANTUM_SHIFT, root
from baysense.core.window import Window

GOING_ON = 0
SETTLED = 1
TIMED_OUT = 2


class Movement:
    """What the detector must know about the way from one settled field to the next."""

    seen: bool  # the variance rose; False when the field was quiet all along
    clear_ms: int  # time spent near the empty bay
    start_ms: int  # first sample
    still_ms: int  # quiet since
    least_q2: int  # smallest variance met
    settle_ms: int  # quiet for so long means settled
    path_q: int  # how far the field has wandered: a near vehicle's parts pass one by one, a far one is a single hill

    def __init__(self, window: Window) -> None:
        self._window = window
        self._before = array("h", (0, 0, 0))
        self._empty = array("h", (0, 0, 0))
        self._then = array("h", (0, 0, 0))  # mean a second ago
        self._turn = array("h", (0, 0, 0))  # where the path was measured last
        self.seen = False
        self.clear_ms = self.start_ms = self.still_ms = self.settle_ms = 0
        self._peak2 = self.least_q2 = self._near2 = self.path_q = self._stride_q = 0
        self._steady_s = self._steady_ms = self._last_ms = 0

    def begin(self, before_q: "array[int]", empty_q: "array[int]", near_q: int, noise_q2: int) -> None:
        """Start with the field settled before, the field of the empty bay and what counts as near it."""
        for axis in range(3):
            self._before[axis] = before_q[axis]
            self._empty[axis] = empty_q[axis]
            self._then[axis] = self._turn[axis] = self._window.mean_q(axis)
        self.seen = False
        self.clear_ms = self._peak2 = self._steady_s = self.path_q = 0
        self._stride_q = tuning.STRIDE_SIGMA * root(noise_q2)
        self.settle_ms = tuning.SETTLE_MS
        self._near2 = near_q * near_q
        self.least_q2 = self._window.variance_q2
        self.start_ms = self.still_ms = self._steady_ms = self._last_ms = self._window.t_ms

    def follow(self, noise_q2: int) -> int:
        """Take the newest sample; say whether the field goes on moving, settled or never will."""
        window = self._window
        t_ms, variance = window.t_ms, window.variance_q2
        distance2 = self._distance2(self._before)
        if distance2 > self._peak2:
            self._peak2 = distance2
        if self._distance2(self._empty) <= self._near2:
            self.clear_ms += t_ms - self._last_ms
        self._last_ms = t_ms
        self._walk()
        if variance < self.least_q2:
            self.least_q2 = variance
        if t_ms - self._steady_ms >= tuning.WINDOW_MS:
            self._count_steady(variance)
        if variance >= tuning.VARIANCE_FACTOR * noise_q2:
            self.seen = True
            self.still_ms = t_ms
        elif t_ms - self.still_ms >= self.settle_ms:
            return SETTLED
        return TIMED_OUT if t_ms - self.start_ms >= tuning.TIMEOUT_MS else GOING_ON

    def steady(self, seconds: int) -> bool:
        """Tell whether the mean stood still for so long, however loud the noise."""
        ceiling = tuning.VARIANCE_FACTOR * tuning.NOISE_CEILING_Q2
        return self._steady_s >= seconds and self._window.variance_q2 < ceiling

    def peak_nt(self) -> int:
        """Return the farthest distance from the field before [nT]."""
        return root(self._peak2) << QUANTUM_SHIFT

    def _distance2(self, vector: "array[int]") -> int:
        window = self._window
        x = window.last_q(0) - vector[0]
        y = window.last_q(1) - vector[1]
        z = window.last_q(2) - vector[2]
        return x * x + y * y + z * z  # below 3 * 18750^2 < 2^30

    def _walk(self) -> None:
        """Lengthen the path when an axis went farther than noise goes."""
        window, turn = self._window, self._turn
        longest = 0
        for axis in range(3):
            moved = window.last_q(axis) - turn[axis]
            if moved < 0:
                moved = -moved
            if moved > longest:
                longest = moved
        if longest > self._stride_q:
            self.path_q = (self.path_q + longest) & 0xFFFFFFF
            for axis in range(3):
                turn[axis] = window.last_q(axis)

    def _count_steady(self, variance: int) -> None:
        """Compare the mean with that of a second ago: two means of noise rarely differ by 2 V^0.5."""
        moved2 = 0
        for axis in range(3):
            mean = self._window.mean_q(axis)
            moved = mean - self._then[axis]
            moved2 += moved * moved
            self._then[axis] = mean
        count = self._window.count
        if moved2 > tuning.CREEP_Q2 and moved2 * count > tuning.CREEP_FACTOR * variance:
            self.seen = True  # slower than the noise is loud, yet faster than any drift
        steady = moved2 * count <= 20 * variance  # 2 V with ten samples in a mean
        self._steady_s = self._steady_s + 1 if steady else 0
        self._steady_ms = self._window.t_ms
