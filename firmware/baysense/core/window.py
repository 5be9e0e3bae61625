"""The last seconds of the field: glitch filter, running mean and variance, look-back.

Pure. `add` allocates nothing: fixed arrays, integers below 2^30. Inside, the field is counted in q
(see geometry) from an origin that is fixed by the first sample.
"""

from array import array

from baysense.core import tuning
from baysense.core.geometry import QUANTUM_SHIFT, clamp

_RING = 128  # 12.8 s at 10 Hz: 5 s to settle, the tail of a departure, a pass meanwhile; a power of two
_MASK = _RING - 1
_MOST = 10  # samples in the window
_LEAST = 5  # also at 2 Hz
_SMOOTH = 4  # samples averaged in a look-back
_REBASE_MS = 1 << 29


class Window:
    """Filtered samples of the last 13 s; mean and variance of the last second."""

    origin: "array[int]"  # field at q = 0 [nT], three axes
    variance_q2: int  # sum over the axes, valid once add() returned True
    count: int  # samples in the window
    repeats: int  # samples since every axis last changed
    saturated: int  # consecutive samples out of range
    t_ms: int  # time of the newest filtered sample

    def __init__(self, origin: "array[int] | None" = None) -> None:
        """Start empty; `origin` [nT] is fixed by the first sample when not given."""
        self.origin = origin or array("i", (0, 0, 0))
        self._has_origin = origin is not None
        self._raw = array("i", [0] * 9)  # the last three samples, rotating
        self._same = array("i", (0, 0, 0))
        self._time = array("i", bytes(4 * _RING))  # ms since _base_ms; a list of zeros would take four times as much
        self._ring = array("h", bytes(2 * 3 * _RING))
        self._sum = array("i", (0, 0, 0))
        self._square = array("i", (0, 0, 0))
        self.variance_q2 = self.repeats = self.saturated = self.t_ms = 0
        self._base_ms = self._last_ms = 0
        self.clear()

    def clear(self) -> None:
        """Forget all samples, as after a gap."""
        self._raws = self._held = self.count = self._head = 0
        for axis in range(3):
            self._sum[axis] = self._square[axis] = self._same[axis] = 0

    def forget(self) -> None:
        """Forget all, the origin too: what comes may be far away."""
        self.clear()
        self._has_origin = False

    def add(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int) -> bool:
        """Take a sample [nT]; return True when the window is full enough to judge."""
        if self._raws:
            gap_ms = t_ms - self._last_ms
            if gap_ms < 0 or gap_ms > tuning.GAP_MS or t_ms - self._base_ms > _REBASE_MS:
                self.clear()
        if not self._raws:
            self._begin(t_ms, x_nt, y_nt, z_nt)
        self._repeat(x_nt, y_nt, z_nt)
        slot = self._raws % 3 * 3
        raw = self._raw
        raw[slot] = x_nt
        raw[slot + 1] = y_nt
        raw[slot + 2] = z_nt
        self._raws = self._raws + 1 if self._raws < 5 else 3  # stays >= 3 and keeps its rest modulo 3
        if self._raws >= 3:
            self._push()  # the median belongs to the sample before
        self._last_ms = t_ms
        return self.count >= _LEAST

    def mean_nt(self) -> list[int]:
        """Return the mean field over the window [nT]."""
        scale = max(1, self.count)
        return [self.origin[axis] + (self._sum[axis] << QUANTUM_SHIFT) // scale for axis in range(3)]

    def latest_nt(self) -> list[int]:
        """Return the median of the last three samples [nT], however far away."""
        raw = self._raw
        return [_median(raw[axis], raw[axis + 3], raw[axis + 6]) for axis in range(3)]

    def mean_q(self, axis: int) -> int:
        """Return the mean of one axis over the window [q]."""
        return self._sum[axis] // self.count

    def last_q(self, axis: int) -> int:
        """Return the newest filtered sample of one axis [q]."""
        return self._ring[self._head * 3 + axis]

    def quantised(self, value_nt: int, axis: int) -> int:
        """Return a field value of one axis in q."""
        return clamp((value_nt - self.origin[axis]) >> QUANTUM_SHIFT)

    def mean_since(self, t_ms: int) -> list[int]:
        """Return the mean field since then [nT], over two samples at least."""
        since = t_ms - self._base_ms
        total = [0, 0, 0]
        count = 0
        while count < self._held:
            index = (self._head - count) & _MASK
            if count >= 2 and self._time[index] < since:
                break
            for axis in range(3):
                total[axis] += self._ring[index * 3 + axis]
            count += 1
        for axis in range(3):
            total[axis] = self.origin[axis] + (total[axis] << QUANTUM_SHIFT) // max(1, count)
        return total

    def entered_ms(self, vector_nt: list[int], near_nt: int, far_nt: int, until_ms: int) -> int:
        """Return when the smoothed field came near a vector [nT] after it last was far from it.

        What happened since without going far, as a vehicle in the lane, does not count, nor what
        came after `until_ms`. The oldest time held when it never was far.
        """
        ref = [_SMOOTH * self.quantised(v, axis) for axis, v in enumerate(vector_nt)]
        near2 = (_SMOOTH * near_nt >> QUANTUM_SHIFT) ** 2
        far2 = (_SMOOTH * far_nt >> QUANTUM_SHIFT) ** 2
        entered_ms = until_ms
        for back in range(self._held - _SMOOTH + 1):
            middle_ms = self._middle_ms(back)
            distance2 = self._distance2(back, ref) if middle_ms <= until_ms else 0
            if distance2 > far2:
                return entered_ms
            if distance2 <= near2 and middle_ms < entered_ms:
                entered_ms = middle_ms
        return entered_ms

    def _middle_ms(self, back: int) -> int:
        """Return the time of four samples, the newest of them `back` samples ago [ms]."""
        newest, oldest = (self._head - back) & _MASK, (self._head - back - _SMOOTH + 1) & _MASK
        return self._base_ms + (self._time[newest] + self._time[oldest]) // 2

    def _distance2(self, back: int, ref: list[int]) -> int:
        """Return |sum of four samples - ref|^2, the newest of them `back` samples ago [q^2]."""
        total = 0
        for axis in range(3):
            part = -ref[axis]
            for i in range(_SMOOTH):
                part += self._ring[((self._head - back - i) & _MASK) * 3 + axis]
            total += part * part
        return total

    def _begin(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int) -> None:
        self._base_ms = self._last_ms = t_ms
        if not self._has_origin:
            self._has_origin = True
            self.origin[0], self.origin[1], self.origin[2] = x_nt, y_nt, z_nt

    def _repeat(self, x_nt: int, y_nt: int, z_nt: int) -> None:
        """Count how long an axis has not changed and how long the field is out of range."""
        raw, same = self._raw, self._same
        last = (self._raws + 2) % 3 * 3
        same[0] = same[0] + 1 if x_nt == raw[last] else 0
        same[1] = same[1] + 1 if y_nt == raw[last + 1] else 0
        same[2] = same[2] + 1 if z_nt == raw[last + 2] else 0
        longest = same[0] if same[0] > same[1] else same[1]
        self.repeats = longest if longest > same[2] else same[2]
        limit = tuning.SATURATED_NT
        inside = -limit < x_nt < limit and -limit < y_nt < limit and -limit < z_nt < limit
        self.saturated = 0 if inside else self.saturated + 1

    def _push(self) -> None:
        """Put the median of the last three samples into ring and window."""
        head = self._head = (self._head + 1) & _MASK
        self._time[head] = self._last_ms - self._base_ms
        self.t_ms = self._last_ms
        raw, origin, ring = self._raw, self.origin, self._ring
        for axis in range(3):
            middle = _median(raw[axis], raw[axis + 3], raw[axis + 6])
            value = clamp((middle - origin[axis]) >> QUANTUM_SHIFT)
            ring[head * 3 + axis] = value
            self._sum[axis] += value
            self._square[axis] += value * value
        if self._held < _RING:
            self._held += 1
        self.count += 1
        self._trim()
        self._update_variance()

    def _trim(self) -> None:
        """Drop samples that are too old or too many."""
        head, time = self._head, self._time
        while self.count > _LEAST:
            tail = (head - self.count + 1) & _MASK
            if self.count <= _MOST and time[head] - time[tail] < tuning.WINDOW_MS:
                return
            for axis in range(3):
                value = self._ring[tail * 3 + axis]
                self._sum[axis] -= value
                self._square[axis] -= value * value
            self.count -= 1

    def _update_variance(self) -> None:
        """Set the variance without any product past 2^30: sum = n * mean + rest."""
        total, n = 0, self.count
        for axis in range(3):
            mean = self._sum[axis] // n
            rest = self._sum[axis] - n * mean
            total += (self._square[axis] - n * mean * mean - 2 * mean * rest - rest * rest // n) // n
        self.variance_q2 = total


def _median(a: int, b: int, c: int) -> int:
    if a > b:
        a, b = b, a
    if c < a:
        return a
    return c if c < b else b
