"""The field of the empty bay: offset, temperature slope and what neighbours add.

Pure. Everything here runs once a decision or heartbeat, never per sample, so integers may grow past
31 bits. The offset is kept at the temperature of the last reading: a better slope never moves the
expectation there. The slope comes from exponentially forgetting least squares with a ridge.
"""

import struct
from array import array

from baysense.core import tuning

_FORMAT = "<hi3i3i3h3iiBI"  # in the order of dump()
SIZE_BYTES = struct.calcsize(_FORMAT)
_SLOPE_Q = 25600  # slope unit: nT per degC / 256, and 100 cdeg to a degC
_SCALE = 64  # means are kept in 1/64, so that small gains are not rounded away
_INT16_MAX = 32767


class Baseline:
    """Expectation of the empty field [nT] at a die temperature [cdeg]."""

    nearby_nt: "array[int]"  # added by neighbours: residual of the last settled empty bay, three axes

    def __init__(self) -> None:
        self._offset_nt = array("i", (0, 0, 0))
        self._ref_cdeg = 0
        self._slope = array("i", (0, 0, 0))
        self.nearby_nt = array("i", (0, 0, 0))
        self._mean_nt = array("i", (0, 0, 0))  # in 1/64
        self._mean_cdeg = self._spread_cdeg2 = self._count = self._learned_s = 0

    def calibrate(self, field_nt: list[int], temp_cdeg: int, clock_s: int) -> None:
        """Take this field as that of the empty bay and forget what was learned."""
        self._ref_cdeg, self._learned_s, self._count, self._spread_cdeg2 = temp_cdeg, clock_s, 0, 0
        for axis in range(3):
            self._offset_nt[axis] = field_nt[axis]
            self._slope[axis] = self.nearby_nt[axis] = 0

    def residual_nt(self, field_nt: "list[int] | array[int]", temp_cdeg: int) -> list[int]:
        """Return the field less the expectation [nT]; neighbours still in it."""
        return [field_nt[axis] - self._expected_nt(axis, temp_cdeg) for axis in range(3)]

    def empty_nt(self, axis: int, temp_cdeg: int) -> int:
        """Return the field of the empty bay with its neighbours [nT]."""
        return self._expected_nt(axis, temp_cdeg) + self.nearby_nt[axis]

    def absorb(self, residual_nt: list[int]) -> None:
        """Take a settled residual of the empty bay as the neighbours' doing [nT]; a small one is drift."""
        small = max(abs(part) for part in residual_nt) < tuning.ABSORB_NT
        for axis in range(3):
            part = 0 if small else residual_nt[axis]
            self.nearby_nt[axis] = max(-_INT16_MAX, min(_INT16_MAX, part))

    def learn(self, field_nt: list[int], temp_cdeg: int, clock_s: int) -> None:
        """Follow a quiet reading of the empty bay; does nothing when called too soon."""
        elapsed_s = clock_s - self._learned_s
        if 0 <= elapsed_s < tuning.LEARN_S:
            return
        self._learned_s = clock_s
        if elapsed_s < 0:  # the clock restarted
            return
        rate = abs(temp_cdeg - self._ref_cdeg) * 3600 // elapsed_s
        gain_q10 = min(tuning.FOLLOW_MAX_Q10, elapsed_s * 1024 // tuning.FOLLOW_S)
        expected = [self._expected_nt(axis, temp_cdeg) for axis in range(3)]
        own = [field_nt[axis] - self.nearby_nt[axis] for axis in range(3)]
        if rate <= tuning.TREND_CDEG_PER_H:
            self._learn_slope(own, temp_cdeg)
        self._ref_cdeg = temp_cdeg
        for axis in range(3):
            error = own[axis] - expected[axis]
            self._offset_nt[axis] = expected[axis] + (error * gain_q10 + 512 >> 10)
            leak = self.nearby_nt[axis] * gain_q10 // 16384  # what stays for a week becomes baseline
            self.nearby_nt[axis] -= leak
            self._offset_nt[axis] += leak

    def dump(self) -> bytes:
        """Return SIZE_BYTES for load()."""
        return struct.pack(
            _FORMAT, self._ref_cdeg, self._mean_cdeg, *self._offset_nt, *self._slope, *self.nearby_nt,
            *self._mean_nt, self._spread_cdeg2, self._count, self._learned_s & 0xFFFFFFFF,
        )  # fmt: skip

    def load(self, data: bytes, start: int) -> None:
        """Take up what dump() wrote at this place of a buffer."""
        v = struct.unpack_from(_FORMAT, data, start)
        self._ref_cdeg, self._mean_cdeg = v[0], v[1]
        for axis in range(3):
            self._offset_nt[axis] = v[2 + axis]
            self._slope[axis] = v[5 + axis]
            self.nearby_nt[axis] = v[8 + axis]
            self._mean_nt[axis] = v[11 + axis]
        self._spread_cdeg2, self._count, self._learned_s = v[14], v[15], v[16]

    def _expected_nt(self, axis: int, temp_cdeg: int) -> int:
        return self._offset_nt[axis] + self._slope[axis] * (temp_cdeg - self._ref_cdeg) // _SLOPE_Q

    def _learn_slope(self, own_nt: list[int], temp_cdeg: int) -> None:
        """Update mean, spread and slope with one reading; the first ones weigh 1/n."""
        if self._count == 0:
            self._mean_cdeg = temp_cdeg * _SCALE
        n = self._count = min(self._count + 1, 1 << tuning.TREND_SHIFT)
        away_cdeg = temp_cdeg - self._mean_cdeg // _SCALE
        ridge = self._spread_cdeg2 + tuning.TREND_RIDGE_CDEG2
        self._mean_cdeg += (temp_cdeg * _SCALE - self._mean_cdeg) // n
        self._spread_cdeg2 += (away_cdeg * away_cdeg * (n - 1) // n - self._spread_cdeg2) // n
        for axis in range(3):
            if n == 1:
                self._mean_nt[axis] = own_nt[axis] * _SCALE
            away_nt = own_nt[axis] - self._mean_nt[axis] // _SCALE
            # the covariance is not stored: slope and spread hold it
            covariance = self._slope[axis] * ridge // _SLOPE_Q
            covariance += (away_cdeg * away_nt * (n - 1) // n - covariance) // n
            self._mean_nt[axis] += (own_nt[axis] * _SCALE - self._mean_nt[axis]) // n
            self._slope[axis] = _limited(covariance * _SLOPE_Q // (self._spread_cdeg2 + tuning.TREND_RIDGE_CDEG2))


def _limited(slope: int) -> int:
    limit = tuning.SLOPE_LIMIT_NT_PER_C * 256
    return max(-limit, min(limit, slope))
