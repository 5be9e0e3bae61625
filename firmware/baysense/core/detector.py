"""The state of a bay from its magnetic field: variance-gated dual-threshold vector machine.

Pure and in integers: field [nT], temperature of the magnetometer's die [cdeg], time [ms] since
`clock_s`, the device time [s] at construction. `sample` allocates nothing while the field is quiet
or moving, provided t_ms stays below 2^30; a decision may.

A state changes only after a movement (or a jump no drift explains) has settled: thermal drift alone
never frees or fills a bay. A first power-up takes the first settled field as that of the empty bay
and says so by confidence 50 and cause "calibrated"; commissioning over a car is not recognised.

A heartbeat of a quiet bay needs only this file and the memory; `tracker` is loaded by the first
sample() and `judge` by the first movement that may have been a vehicle's.
"""

from baysense.core.memory import COMMISSIONED, STALE, Memory
from baysense.core.state import FREE, OCCUPIED, UNKNOWN

HOLD = 0  # keep sampling
REST = 1  # nothing to learn now: may sleep
CHANGED = 2  # read state, cause, confidence, event_ms
CONFIRM = 3  # ask the range sensor, then call confirm()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.core.tracker import Tracker


class Detector(Memory):
    """Decide free, occupied or unknown; keep what must outlive a sleep in dump()."""

    config: dict
    faults: int  # sensor_stuck, sensor_saturated

    def __init__(self, config: dict, retained: bytes | None = None, clock_s: int = 0) -> None:
        """Take up a dump(); without one that fits, calibrate from the first settled field."""
        super().__init__(retained, clock_s)
        self.config = config
        self.faults = 0
        self._tracker: Tracker | None = None
        self._day_asked = False

    @property
    def moving(self) -> bool:
        """Tell whether the field is not settled."""
        return self._tracker is not None and self._tracker.moving

    def sample(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int, temp_cdeg: int) -> int:
        """Take one awake sample, every 100 to 500 ms; return HOLD, REST, CHANGED or CONFIRM."""
        if self._tracker is None:
            from baysense.core.tracker import Tracker

            self._tracker = Tracker(self)
        self.temp_cdeg = temp_cdeg
        return self._tracker.sample(t_ms, x_nt, y_nt, z_nt)

    def rest(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int, temp_cdeg: int) -> int:
        """Take an averaged vector of a quiet field, as at a heartbeat.

        Returns REST, CHANGED or CONFIRM (occupied for a day), or HOLD when the field jumped since it
        last settled or was never calibrated: go on with sample().
        """
        self.field = [x_nt, y_nt, z_nt]
        self.temp_cdeg = temp_cdeg
        if not self.flags & COMMISSIONED or self.step_nt() > self.allowance_nt():
            return HOLD
        return self.keep(t_ms)

    def confirm(self, present: bool | None) -> int:
        """Take the range sensor's answer, None when there is none; return REST or CHANGED."""
        if self._day_asked:
            self._day_asked = False
            return self._confirm_day(present)
        return self._tracker.confirm(present) if self._tracker else REST

    def keep(self, t_ms: int) -> int:
        """Quiet and unchanged: what moved is drift; the baseline or the car vector follows it."""
        now_s = self.now_s(t_ms)
        if self.state == FREE:
            self.baseline.learn(self.field, self.temp_cdeg, now_s)
        elif self.state == OCCUPIED:
            self.remember_car(self.baseline.residual_nt(self.field, self.temp_cdeg))
        self.settle()
        self.count_hour(now_s)
        return self._check_day(t_ms)

    def heal(self) -> int:
        """Take the present field as that of the empty bay, whatever it was before."""
        self.flags = COMMISSIONED
        self.baseline.calibrate(self.field, self.temp_cdeg, self.now_s(self.event_ms))
        self.change(FREE, 70, "healed")
        return CHANGED

    def _check_day(self, t_ms: int) -> int:
        """Occupied for a day: ask the range sensor; without one say unknown."""
        if self.state != OCCUPIED or not self.stale(self.now_s(t_ms)):
            return REST
        self.event_ms, self._day_asked = t_ms, True
        return CONFIRM if self.config["confirm_range"] else self.confirm(None)

    def _confirm_day(self, present: bool | None) -> int:
        if present:
            return REST
        if present is not None:
            return self.heal()
        self.flags |= STALE
        self.change(UNKNOWN, 30, "stale")
        return CHANGED
