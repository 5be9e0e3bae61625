"""The awake half of the detector: sample by sample from quiet through a movement to quiet again.

Pure; allocates nothing per sample. Settled movements that may have been a vehicle's go to `judge`.
"""

from array import array

from baysense.core import faults, tuning
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST
from baysense.core.geometry import QUANTUM_SHIFT, size_nt
from baysense.core.memory import COMMISSIONED, LOST
from baysense.core.movement import SETTLED, TIMED_OUT, Movement
from baysense.core.state import FREE, OCCUPIED, UNKNOWN
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
    asks: int  # how often the range sensor was asked about this movement
    weighed_q4: int  # log-odds before it was
    answers_q4: int  # what its answers add
    gone: bool  # the vehicle had surely left when the field settled for a moment

    def __init__(self, detector: "Detector") -> None:
        self._detector = detector
        self.window = Window(array("i", detector.expected_nt()) if detector.flags & COMMISSIONED else None)
        self.movement = Movement(self.window)
        self._settled_q = array("h", (0, 0, 0))
        self._empty_q = array("h", (0, 0, 0))
        self._wake_q = detector.config["wake_threshold_nt"] >> QUANTUM_SHIFT
        self.moving = self._quiet = self._doubt = self._first = self.gone = False
        self._learned_ms = self.peak_nt = self.asks = self.weighed_q4 = self.answers_q4 = 0

    def sample(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int) -> int:
        """Take one sample; return HOLD, REST, CHANGED or CONFIRM."""
        window = self.window
        full = window.add(t_ms, x_nt, y_nt, z_nt)
        if window.repeats >= tuning.STUCK_SAMPLES:
            self._detector.faults |= faults.SENSOR_STUCK
        elif window.repeats == 0:
            self._detector.faults &= ~faults.SENSOR_STUCK
        if window.saturated >= tuning.SATURATED_SAMPLES:
            return self._lose(t_ms)
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
        self._doubt = False
        if self._first:
            self._first = False
            return self._commission(present)
        from baysense.core import judge

        result = judge.answer(self._detector, self, present)
        if result == HOLD:
            self._quiet, self.moving = False, True
            pause_ms = tuning.ASK_AGAIN_MS << 2 * (self.asks - 1)
            self.movement.settle_ms = self.window.t_ms - self.movement.still_ms + pause_ms
        return result

    def _watch(self, t_ms: int) -> int:
        """Quiet: rest unless something begins to move; learn now and then."""
        window, detector = self.window, self._detector
        if window.variance_q2 >= tuning.VARIANCE_FACTOR * detector.noise_q2 or self._deviates():
            self._begin()
            return HOLD
        if t_ms - self._learned_ms < tuning.QUIET_LEARN_MS:
            return REST
        detector.learn_noise(window.variance_q2)
        detector.field = window.mean_since(t_ms - tuning.QUIET_MEAN_MS)
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

    def _lose(self, t_ms: int) -> int:
        """Nothing can be said: a magnet, or a sensor at the end of its range, where it shows no noise any more."""
        detector = self._detector
        clipped = self.window.repeats >= tuning.CLIPPED_SAMPLES
        fault = faults.SENSOR_SATURATED if clipped else faults.MAGNET
        known = detector.flags & LOST and detector.faults & fault
        self._quiet = self.moving = False
        if known and detector.flags & COMMISSIONED and self.window.saturated > tuning.SATURATED_SAMPLES:
            return REST
        detector.faults |= fault
        detector.field = self.window.latest_nt()
        detector.settle()
        if not detector.flags & COMMISSIONED:
            self.window.forget()
        was_lost, detector.flags = detector.flags & LOST, detector.flags | LOST
        if was_lost or detector.state == UNKNOWN:
            return REST
        detector.event_ms = t_ms
        detector.change(UNKNOWN, 50, "saturated" if clipped else "magnet")
        return CHANGED

    def _begin(self) -> None:
        detector = self._detector
        for axis in range(3):
            self._settled_q[axis] = self.window.quantised(detector.settled[axis], axis)
            empty_nt = detector.frame.empty_nt(axis, detector.temp_cdeg)
            self._empty_q[axis] = self.window.quantised(empty_nt, axis)
        self._quiet, self.moving, self._doubt = False, True, False
        self.asks = self.answers_q4 = 0
        self.gone = False
        self.movement.begin(
            self._settled_q, self._empty_q, detector.config["free_nt"] >> QUANTUM_SHIFT, detector.noise_q2
        )

    def _follow(self, t_ms: int) -> int:
        moved, detector = self.movement, self._detector
        outcome = moved.follow(detector.noise_q2)
        if not detector.flags & COMMISSIONED:
            steady = moved.steady(tuning.STEADY_SETTLE_S) or outcome == TIMED_OUT
            return self._calibrate(t_ms) if steady else HOLD
        if outcome == SETTLED:
            detector.learn_noise(self.window.variance_q2)
            return self._decide(t_ms, moved.still_ms, 98)
        if moved.steady(tuning.STEADY_NOISE_S) and not self.asks:
            detector.set_noise(self.window.variance_q2)
            return self._decide(t_ms, t_ms - tuning.WINDOW_MS, 75)
        if outcome == TIMED_OUT:
            detector.set_noise(moved.least_q2)
            return self._decide(t_ms, t_ms - tuning.WINDOW_MS, 45)
        return HOLD

    def _calibrate(self, t_ms: int) -> int:
        """First settled field ever: that of the empty bay, unless a range sensor sees a vehicle above."""
        detector = self._detector
        detector.set_noise(self.window.variance_q2)
        detector.field = self.window.mean_since(t_ms - tuning.WINDOW_MS)
        if size_nt(*detector.field) > tuning.MAGNET_NT:
            return self._lose(t_ms)
        detector.faults &= ~(faults.SENSOR_SATURATED | faults.MAGNET)
        detector.flags, detector.event_ms = COMMISSIONED, t_ms
        detector.frame.calibrate(detector.field, detector.temp_cdeg)
        detector.settle()
        self._rest_here(t_ms)
        if detector.config["confirm_range"]:
            self._doubt = self._first = True
            return CONFIRM
        detector.change(FREE, 50, "calibrated")
        return CHANGED

    def _commission(self, present: bool | None) -> int:
        """Begin with what the range sensor says of the first settled field."""
        detector = self._detector
        if present:
            detector.held = OCCUPIED
            detector.change(OCCUPIED, 75, "calibrated")
        elif present is None:
            detector.change(FREE, 50, "calibrated")
        else:
            detector.prove()
            detector.change(FREE, 95, "calibrated")
        return CHANGED

    def _may_be_faint(self) -> bool:
        """Tell whether the range sensor shall say if what drift may have done was a vehicle that nobody saw move."""
        detector = self._detector
        return detector.unwatched or (detector.config["confirm_range"] and detector.strayed(tuning.STRAY_PERCENT))

    def _decide(self, t_ms: int, since_ms: int, most_confidence: int) -> int:
        """The field settled: find out whether that concerns the bay at all."""
        detector = self._detector
        detector.field = self.window.mean_since(since_ms)
        detector.faults &= ~(faults.SENSOR_SATURATED | faults.MAGNET)
        if not (self.movement.seen or self.asks or detector.jumped() or self._may_be_faint()):
            return self._keep(t_ms)
        if size_nt(*detector.step_nt()) > tuning.MAGNET_NT:
            return self._lose(t_ms)
        self.peak_nt = max(self.movement.peak_nt(), size_nt(*detector.step_nt()))
        from baysense.core import judge

        patient = self.movement.settle_ms >= tuning.CHANGE_SETTLE_MS or since_ms != self.movement.still_ms
        if detector.flags & LOST:
            result = judge.found(detector, self)
        else:
            result = judge.settled(detector, self, most_confidence, patient)
        if result == HOLD:
            self.movement.settle_ms = tuning.CHANGE_SETTLE_MS
        else:
            self._rest_here(t_ms)
            detector.settle()
            self._doubt = result == CONFIRM
        return result
