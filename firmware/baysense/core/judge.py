"""Judge a settled field, carry the verdict out and date the event. Pure; runs once a movement."""

from baysense.core import tuning, verdict
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST
from baysense.core.geometry import part
from baysense.core.memory import COMMISSIONED, ELSEWHERE, STALE
from baysense.core.state import FREE, OCCUPIED, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.core.detector import Detector
    from baysense.core.tracker import Tracker


def settled(detector: "Detector", tracker: "Tracker", step_nt: int, most_confidence: int, patient: bool) -> int:
    """Judge the field in which a movement ended; return REST, CHANGED, CONFIRM, or HOLD to look longer."""
    judged = _judge(detector, tracker, step_nt)
    if judged != verdict.SAME and not patient:
        return HOLD
    if judged != verdict.DOUBT:
        return _apply(detector, tracker, judged, most_confidence, None)
    return CONFIRM if detector.config["confirm_range"] else answer(detector, tracker, None)


def answer(detector: "Detector", tracker: "Tracker", present: bool | None) -> int:
    """Settle a doubt with the range sensor's answer, or without one; return REST or CHANGED."""
    if present is None:
        return _apply(detector, tracker, _best_guess(detector, tracker), 55, None)
    if not present:
        return _apply(detector, tracker, verdict.LEFT, 92, "range")
    swapped = detector.state == OCCUPIED and tracker.movement.clear_ms >= tuning.CLEAR_MS
    return _apply(detector, tracker, verdict.SWAPPED if swapped else verdict.ARRIVED, 92, "range")


def _judge(detector: "Detector", tracker: "Tracker", step_nt: int) -> int:
    size_nt, near_nt, change_nt = detector.distances()
    high_nt, low_nt = detector.config["occupied_nt"], detector.config["free_nt"]
    if detector.state == FREE:
        return verdict.of_empty(near_nt, step_nt, tracker.peak_nt, high_nt, low_nt)
    if detector.state == UNKNOWN:
        return _judge_unknown(detector, size_nt, change_nt)
    if detector.confidence >= 50 and verdict.is_neighbour(step_nt, tracker.peak_nt, high_nt):
        return verdict.SAME
    clear_ms = tracker.movement.clear_ms
    return verdict.of_occupied(near_nt, change_nt, detector.car_nt(), clear_ms, high_nt, low_nt)


def _judge_unknown(detector: "Detector", size_nt: int, change_nt: int) -> int:
    """After a day of the same field, its return from elsewhere proves that it is the empty bay's."""
    high_nt, low_nt = detector.config["occupied_nt"], detector.config["free_nt"]
    judged = verdict.of_unknown(size_nt, high_nt, low_nt)
    if not detector.flags & STALE or judged == verdict.LEFT:
        return judged
    if change_nt > low_nt:
        detector.flags |= ELSEWHERE
        return verdict.SAME
    return verdict.HEALED if detector.flags & ELSEWHERE else verdict.SAME


def _best_guess(detector: "Detector", tracker: "Tracker") -> int:
    """No range sensor to ask: believe a vehicle that passed overhead, else keep the state."""
    _, near_nt, _ = detector.distances()
    if not verdict.overhead(tracker.peak_nt, detector.config["occupied_nt"]):
        return verdict.UNCERTAIN
    if detector.state == OCCUPIED:
        gone = near_nt < detector.car_nt() // tuning.GONE_PART
        return verdict.LEFT if gone else verdict.UNCERTAIN
    return verdict.ARRIVED if near_nt > detector.config["free_nt"] else verdict.SAME


def _apply(detector: "Detector", tracker: "Tracker", judged: int, most_confidence: int, cause: str | None) -> int:
    """Carry a verdict out; return REST or CHANGED."""
    was, state = detector.state, verdict.state_after(judged, detector.state)
    if judged == verdict.HEALED:
        detector.event_ms = _when(detector, tracker, FREE)
        return detector.heal()
    if judged == verdict.UNCERTAIN or state == UNKNOWN:
        detector.confidence = min(detector.confidence, 40)
        return REST
    detector.confidence = min(most_confidence, _accept(detector, state))
    if state == was and judged != verdict.SWAPPED:
        return REST
    detector.flags = COMMISSIONED  # no longer stale
    detector.event_ms = _when(detector, tracker, state)
    swap = judged == verdict.SWAPPED
    detector.change(state, detector.confidence, cause or verdict.CAUSES[judged], swap)
    return CHANGED


def _accept(detector: "Detector", state: int) -> int:
    """Take the present field for this state's own; return the confidence it deserves [%]."""
    size_nt, near_nt, _ = detector.distances()
    residual = detector.baseline.residual_nt(detector.field, detector.temp_cdeg)
    if state == OCCUPIED:
        detector.remember_car(residual)
        return verdict.confidence_occupied(size_nt, detector.config["occupied_nt"])
    detector.baseline.absorb(residual)
    return verdict.confidence_free(near_nt, detector.config["occupied_nt"])


def _when(detector: "Detector", tracker: "Tracker", state: int) -> int:
    """Return the time at which the vehicle stood, or was clear of the bay [ms]."""
    moved = tracker.movement
    if not moved.seen:
        return moved.start_ms
    window, field = tracker.window, detector.field
    noise_nt = part(detector.noise_nt(), tuning.BAND_SIGMA_PERCENT)
    if state == OCCUPIED:
        near_nt = max(noise_nt, tuning.STOP_BAND_NT)
        return window.entered_ms(field, near_nt, near_nt * tuning.FAR_BANDS, moved.still_ms)
    near_nt = max(noise_nt, tuning.CLEAR_BAND_NT, tracker.peak_nt // tuning.CLEAR_PEAK_PART)
    until_ms = moved.still_ms + tuning.CLEAR_AFTER_MS
    near_ms = window.entered_ms(field, near_nt, near_nt * tuning.FAR_BANDS, until_ms)
    return min(near_ms + tuning.CLEAR_LAG_MS, window.t_ms)
