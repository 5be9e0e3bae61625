"""A recording played as the surroundings of a sensor."""

from bisect import bisect_right
from itertools import pairwise

from baysense_host.virtual.world.environment import Vector
from baysense_host.virtual.world.timeline import Activity
from baysense_host.virtual.world.trace import Trace

_NO_TEMPERATURE_C = 20.0  # for recordings without a thermometer: constant, so that nothing is made of it
_SAMPLE_US = (
    150_000  # rows nearer than this are samples, each with its noise; a line between two would average it away
)
_STEP_UT = 1.0  # a sparse row that differs less from the one before is drift
_STEP_LASTS_US = 1_000_000  # so long a sensor has to notice a step at its own rate
# Of the recordings' radar, strongest gate: a vehicle from here on, an empty bay below (their own rule).
VEHICLE_GATE, EMPTY_GATE = 25.0, 12.0
_FLOOR_MM = 250  # of a vehicle: any height that a range sensor takes for one
_DOUBTFUL_MM = 90  # nearer than any floor, farther than what lies on the window: it makes no sense of that


class TraceEnvironment:
    """Plays a trace from time 0 on; before it the first row holds, after it the last.

    Dense: each row holds until the next one, straight lines lead over gaps, and something moves all the time.
    Sparse: each row holds until the next one, the field steps there, and in between nothing moves. A virtual range
    sensor sees what the radar of the recording saw, open sky where there was none.
    """

    def __init__(self, trace: Trace, sparse: bool) -> None:
        """Prepare to play."""
        self.trace = trace
        self.duration_s = trace.duration_s
        self._sparse = sparse
        self._temperature_c = trace.temperature_c or [_NO_TEMPERATURE_C] * len(trace.t_us)
        self._activity = Activity(_steps(trace) if sparse else [(0, trace.t_us[-1])])

    def field_ut(self, t_us: int) -> Vector:
        """Return the field along x, y, z [µT]."""
        i, share = self._place(t_us)
        x, y, z = self.trace.field_ut[i]
        if not share:
            return x, y, z
        next_x, next_y, next_z = self.trace.field_ut[i + 1]
        return x + share * (next_x - x), y + share * (next_y - y), z + share * (next_z - z)

    def temperature_c(self, t_us: int) -> float:
        """Return the recorded temperature, 20 °C where there is none [°C]."""
        i, share = self._place(t_us)
        here_c = self._temperature_c[i]
        return here_c + share * (self._temperature_c[i + 1] - here_c) if share else here_c

    def quiet_until_us(self, t_us: int) -> int:
        """Return until when the field only drifts [µs]; `t_us` itself while it changes."""
        return self._activity.quiet_until_us(t_us)

    def clearance_mm(self, t_us: int) -> int | None:
        """Return a height that says what the recorded radar did [mm], None = open sky."""
        if self.trace.gates is None:
            return None
        strongest = max(self.trace.gates[self._place(t_us)[0]])
        if strongest >= VEHICLE_GATE:
            return _FLOOR_MM
        return None if strongest < EMPTY_GATE else _DOUBTFUL_MM

    def _place(self, t_us: int) -> tuple[int, float]:
        """Return the row that holds and how far on the way to the next one it is [0-1)."""
        times_us = self.trace.t_us
        i = max(bisect_right(times_us, t_us) - 1, 0)
        if self._sparse or t_us <= times_us[0] or i == len(times_us) - 1:
            return i, 0.0
        gap_us = times_us[i + 1] - times_us[i]
        return i, (t_us - times_us[i]) / gap_us if gap_us > _SAMPLE_US else 0.0


def _steps(trace: Trace) -> list[tuple[int, int]]:
    """Return when a sparse trace steps far enough to be felt [µs]."""
    rows = zip(trace.t_us[1:], pairwise(trace.field_ut), strict=True)
    return [
        (t_us, t_us + _STEP_LASTS_US)
        for t_us, (before, after) in rows
        if max(abs(b - a) for a, b in zip(before, after, strict=True)) >= _STEP_UT
    ]
