"""The field of the empty bay as this sensor would show it now: offset, temperature slope, restlessness.

Pure. Runs once a decision or heartbeat, never per sample: integers may grow past 31 bits. What the sensor shows moves
with temperature, age and weather, whether or not a vehicle stands above: a slow change of a settled field moves the
whole frame, and what stands in it keeps its place there. A sudden change never moves it. So the expectation of the
empty bay stays true under a parked car, and no car is ever taken into it.
"""

import struct
from array import array

from baysense.core import tuning
from baysense.core.geometry import root

_FORMAT = "<3ih3hIh3h3H"  # in the order of dump()
SIZE_BYTES = struct.calcsize(_FORMAT)
_SLOPE_Q = 800  # slope unit: nT per degC / 8, and 100 cdeg to a degC
_RESTLESS_Q = 16  # restlessness unit: nT / 16, so that small gains are not rounded away
_INT16_MAX = 32767


class Frame:
    """Expectation of the empty field [nT] at a die temperature [cdeg]."""

    def __init__(self) -> None:
        self._offset_nt = array("i", (0, 0, 0))
        self._ref_cdeg = 0
        self._slope = array("h", (0, 0, 0))
        self._weight_cdeg2 = 0  # of what the slope was learned from
        self._anchor_cdeg = 0
        self._drift_nt = array("h", (0, 0, 0))  # since the anchor
        self._restless = array("H", [tuning.RESTLESS_NT * _RESTLESS_Q] * 3)  # mean size of a quiet step

    def calibrate(self, field_nt: "list[int] | array[int]", temp_cdeg: int) -> None:
        """Take this field as that of the empty bay and forget what was learned."""
        self._weight_cdeg2 = 0
        for axis in range(3):
            self._slope[axis] = 0
            self._restless[axis] = tuning.RESTLESS_NT * _RESTLESS_Q
            self._offset_nt[axis] = field_nt[axis]
        self._ref_cdeg = temp_cdeg
        self._drop_anchor()

    def residual_nt(self, field_nt: "list[int] | array[int]", temp_cdeg: int) -> list[int]:
        """Return the field less the expectation [nT]: the place where it stands in the frame."""
        return [field_nt[axis] - self.empty_nt(axis, temp_cdeg) for axis in range(3)]

    def empty_nt(self, axis: int, temp_cdeg: int) -> int:
        """Return the field of the empty bay [nT]."""
        return self._offset_nt[axis] + self._slope[axis] * (temp_cdeg - self._ref_cdeg) // _SLOPE_Q

    def follow(self, step_nt: list[int], temp_cdeg: int) -> None:
        """Move with a slow change of the empty bay: the residual now less that at the last settled field [nT]."""
        for axis in range(3):
            slope_nt = self._slope[axis] * (temp_cdeg - self._ref_cdeg) // _SLOPE_Q
            self._offset_nt[axis] += slope_nt + step_nt[axis]
            drift_nt = self._drift_nt[axis] + slope_nt + step_nt[axis]
            self._drift_nt[axis] = max(-_INT16_MAX, min(_INT16_MAX, drift_nt))
            rest = self._restless[axis]
            size = min(abs(step_nt[axis]) * _RESTLESS_Q, 4 * rest + _RESTLESS_Q)  # a strange one counts as four
            self._restless[axis] = min(0xFFFF, rest + ((size - rest) >> tuning.RESTLESS_SHIFT))
        self._ref_cdeg = temp_cdeg
        if abs(temp_cdeg - self._anchor_cdeg) >= tuning.SLOPE_STEP_CDEG:
            self._learn_slope(temp_cdeg - self._anchor_cdeg)
            self._drop_anchor()

    def follow_lag(self, step_nt: list[int], temp_cdeg: int) -> list[int]:
        """Move with that part of a slow change which temperature explains; return the rest, a vehicle's own [nT]."""
        own_nt = self.less_lag_nt(step_nt)
        self.jump(temp_cdeg)
        for axis in range(3):
            self._offset_nt[axis] += step_nt[axis] - own_nt[axis]
        return own_nt

    def jump(self, temp_cdeg: int) -> None:
        """Take the slope's word for what temperature did while something else moved the field."""
        for axis in range(3):
            self._offset_nt[axis] = self.empty_nt(axis, temp_cdeg)
        self._ref_cdeg = temp_cdeg
        self._drop_anchor()

    def shift(self, by_nt: "list[int] | array[int]") -> None:
        """Move the empty bay to another place of the frame [nT]."""
        for axis in range(3):
            self._offset_nt[axis] += by_nt[axis]

    def spread_nt(self, axis: int) -> int:
        """Return how far the expectation of an axis may be off [nT, some 1.5 sigma]."""
        rest_nt = self._restless[axis] * tuning.SPREAD_RESTLESS // _RESTLESS_Q
        return root(tuning.SPREAD_NT * tuning.SPREAD_NT + rest_nt * rest_nt)

    def less_lag_nt(self, vector_nt: "list[int] | array[int]") -> list[int]:
        """Return a vector without what a few degrees would do that the die does not feel yet, or no more [nT].

        A vehicle shades the road and warms it: when it leaves, the field goes on along the slope for an hour.
        """
        along = size2 = 0
        for axis in range(3):
            along += vector_nt[axis] * self._slope[axis]
            size2 += self._slope[axis] * self._slope[axis]
        lag_cdeg = along * _SLOPE_Q // (size2 + tuning.LAG_RIDGE)
        lag_cdeg = max(-tuning.LAG_CDEG, min(tuning.LAG_CDEG, lag_cdeg))
        return [vector_nt[axis] - self._slope[axis] * lag_cdeg // _SLOPE_Q for axis in range(3)]

    def dump(self) -> bytes:
        """Return SIZE_BYTES for load()."""
        return struct.pack(
            _FORMAT, *self._offset_nt, self._ref_cdeg, *self._slope, self._weight_cdeg2, self._anchor_cdeg,
            *self._drift_nt, *self._restless,
        )  # fmt: skip

    def load(self, data: bytes, start: int) -> None:
        """Take up what dump() wrote at this place of a buffer."""
        v = struct.unpack_from(_FORMAT, data, start)
        self._ref_cdeg, self._weight_cdeg2, self._anchor_cdeg = v[3], v[7], v[8]
        for axis in range(3):
            self._offset_nt[axis] = v[axis]
            self._slope[axis] = v[4 + axis]
            self._drift_nt[axis] = v[9 + axis]
            self._restless[axis] = v[12 + axis]

    def _drop_anchor(self) -> None:
        """Count drift anew from the present temperature."""
        self._anchor_cdeg = self._ref_cdeg
        for axis in range(3):
            self._drift_nt[axis] = 0

    def _learn_slope(self, change_cdeg: int) -> None:
        """Update the slope with one drift: least squares through the origin, forgetting, with a ridge at first."""
        if not self._weight_cdeg2:
            self._weight_cdeg2 = tuning.SLOPE_RIDGE_CDEG2
        kept = self._weight_cdeg2 * tuning.SLOPE_KEEP_Q8 >> 8
        self._weight_cdeg2 = min(kept + change_cdeg * change_cdeg, 1 << 30)
        for axis in range(3):
            total = self._slope[axis] * kept + self._drift_nt[axis] * change_cdeg * _SLOPE_Q
            limit = tuning.SLOPE_LIMIT_NT_PER_C * 8
            self._slope[axis] = max(-limit, min(limit, total // self._weight_cdeg2))
