"""The awake half of the detector: sample by sample from quiet through a movement to quiet again.

Pure; allocates nothing per sample. Settled movements that may have been a vehicle's go to `judge`.
"""

from array import array

from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST
from baysense.core.geometry import QUANTUM_SHIFT, part
from baysense.core.memory import COMMISSIONED
from baysense.core.movement import SETTLED, TIMED_OUT, Movement
from baysense.core.state import FREE, UNKNOWN
from baysense.core.window import Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.core.detector import Detector


class Tracker:
    """Follow the field for one detector."""

    moving: bool
    movement: Movement
    window: Window
    peak_nt: int  # farthest the field went from where it had settled before

    def __init__(self, detector: "Detector") -> None:
        self._detector = detector
        self.window = Window(array("i", detector.settled) if detector.flags else None)
        self.movement = Movement(self.window)
        self._settled_q = array("h", (0, 0, 0))
        self._empty_q = array("h", (0, 0, 0))
        self._wake_q = detector.config["wake_threshold_nt"] >> QUANTUM_SHIFT
        self.moving = self._quiet = self._doubt = False
        self._learned_ms = self.peak_nt = 0

    def sample(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int) -> int:
        """Take one sample; return HOLD, REST, CHANGED or CONFIRM."""
        window = self.window
        full = window.add(t_ms, x_nt, y_nt, z_nt)
        if window.repeats >= tuning.STUCK_SAMPLES:
            self._detector.faults |= faults.SENSOR_STUCK
        elif window.repeats == 0:
            self._detector.faults &= ~faults.SENSOR_STUCK
        if window.saturated >= tuning.SATURATED_SAMPLES:
            return self._saturated(t_ms)
        if not full:
            return REST if self._quiet else HOLD
        if self._quiet:
            return self._watch(t_ms)
        if not self.moving:
            self._begin()
        return self._follow(t_ms)

    def confirm(self, present: bool | None) -> int:
        """Take the range sensor's answer to a doubt."""
        if not self._doubt:
            return REST
        from baysense.core import judge

        self._doubt = False
        return judge.answer(self._detector, self, present)

    def _watch(self, t_ms: int) -> int:
        """Quiet: rest unless something begins to move; learn now and then."""
        window, detector = self.window, self._detector
        if window.variance_q2 >= tuning.VARIANCE_FACTOR * detector.noise_q2 or self._deviates():
            self._begin()
            return HOLD
        if t_ms - self._learned_ms < tuning.QUIET_LEARN_MS:
            return REST
        detector.learn_noise(window.variance_q2)
        detector.field = window.mean_nt()
        return self._keep(t_ms)

    def _deviates(self) -> bool:
        for axis in range(3):
            away = self.window.mean_q(axis) - self._settled_q[axis]
            if away > self._wake_q or away < -self._wake_q:
                return True
        return False

    def _keep(self, t_ms: int) -> int:
        self._rest_here(t_ms)
        return self._detector.keep(t_ms)

    def _rest_here(self, t_ms: int) -> None:
        """Be quiet around the present field."""
        self._quiet, self.moving, self._learned_ms = True, False, t_ms
        for axis in range(3):
            self._settled_q[axis] = self.window.quantised(self._detector.field[axis], axis)

    def _saturated(self, t_ms: int) -> int:
        """Out of range for a second: a magnet, or a broken sensor. Nothing can be said."""
        detector = self._detector
        detector.faults |= faults.SENSOR_SATURATED
        self._quiet = self.moving = False
        if detector.state == UNKNOWN:
            return REST
        detector.event_ms = t_ms
        detector.change(UNKNOWN, 0, "saturated")
        return CHANGED

    def _begin(self) -> None:
        detector = self._detector
        for axis in range(3):
            self._settled_q[axis] = self.window.quantised(detector.settled[axis], axis)
            empty_nt = detector.baseline.empty_nt(axis, detector.temp_cdeg)
            self._empty_q[axis] = self.window.quantised(empty_nt, axis)
        self._quiet, self.moving, self._doubt = False, True, False
        self.movement.begin(self._settled_q, self._empty_q, detector.config["free_nt"] >> QUANTUM_SHIFT)

    def _follow(self, t_ms: int) -> int:
        moved, detector = self.movement, self._detector
        outcome = moved.follow(detector.noise_q2)
        if not detector.flags & COMMISSIONED:
            steady = moved.steady(tuning.STEADY_SETTLE_S) or outcome == TIMED_OUT
            return self._calibrate(t_ms) if steady else HOLD
        if outcome == SETTLED:
            detector.learn_noise(self.window.variance_q2)
            return self._decide(t_ms, moved.still_ms, 98)
        if moved.steady(tuning.STEADY_NOISE_S):
            detector.set_noise(self.window.variance_q2)
            return self._decide(t_ms, t_ms - tuning.WINDOW_MS, 75)
        if outcome == TIMED_OUT:
            detector.set_noise(moved.least_q2)
            return self._decide(t_ms, t_ms - tuning.WINDOW_MS, 45)
        return HOLD

    def _calibrate(self, t_ms: int) -> int:
        """First settled field ever: that of the empty bay."""
        detector = self._detector
        detector.set_noise(self.window.variance_q2)
        detector.field = self.window.mean_since(t_ms - tuning.WINDOW_MS)
        detector.flags, detector.event_ms = COMMISSIONED, t_ms
        detector.baseline.calibrate(detector.field, detector.temp_cdeg, detector.now_s(t_ms))
        detector.settle()
        self._rest_here(t_ms)
        detector.change(FREE, 50, "calibrated")
        return CHANGED

    def _decide(self, t_ms: int, since_ms: int, most_confidence: int) -> int:
        """The field settled: find out whether that concerns the bay at all."""
        detector = self._detector
        detector.field = self.window.mean_since(since_ms)
        detector.faults &= ~faults.SENSOR_SATURATED
        step_nt = detector.step_nt()
        self.peak_nt = max(step_nt, self.movement.peak_nt())
        if self._is_drift(step_nt):
            return self._keep(t_ms)
        from baysense.core import judge

        patient = self.movement.settle_ms >= tuning.CHANGE_SETTLE_MS or since_ms != self.movement.still_ms
        result = judge.settled(detector, self, step_nt, most_confidence, patient)
        if result == HOLD:
            self.movement.settle_ms = tuning.CHANGE_SETTLE_MS
        else:
            self._rest_here(t_ms)
            detector.settle()
            self._doubt = result == CONFIRM
        return result

    def _is_drift(self, step_nt: int) -> bool:
        jump_nt = part(self._detector.config["occupied_nt"], tuning.JUMP_PERCENT)
        return not self.movement.seen and step_nt < jump_nt + self._detector.allowance_nt()
