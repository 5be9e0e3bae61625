"""Judge a settled field, carry the verdict out and date the event. Pure; runs once a movement."""

from baysense.core import odds, places, tuning
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST
from baysense.core.geometry import QUANTUM_SHIFT, part
from baysense.core.memory import LOST, PROVEN
from baysense.core.state import FREE, OCCUPIED, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from baysense.core.detector import Detector
    from baysense.core.tracker import Tracker


def settled(detector: "Detector", tracker: "Tracker", most_confidence: int, patient: bool) -> int:
    """Judge the field in which a movement ended; return REST, CHANGED, CONFIRM, or HOLD to look longer."""
    asking = detector.config["confirm_range"]
    if not (tracker.asks or detector.unwatched or (asking and detector.held == FREE)) and is_nothing(
        detector, tracker
    ):
        return _shift(detector)
    log_odds = tracker.weighed_q4 = weigh(detector, tracker)
    if asking and _is_doubtful(detector, tracker):
        return CONFIRM
    if not patient and (log_odds > 0) != (detector.held == OCCUPIED):
        tracker.gone = log_odds <= -tuning.SURE_Q4
        return HOLD
    return _apply(detector, tracker, log_odds, most_confidence, "")


def _is_doubtful(detector: "Detector", tracker: "Tracker") -> bool:
    """Tell whether to ask the range sensor: in an empty bay whenever something moved that was no clear arrival."""
    log_odds = tracker.weighed_q4
    if tracker.asks or detector.unwatched or abs(log_odds) < tuning.SURE_Q4 or not detector.flags & PROVEN:
        return True
    arrival_nt = part(detector.config["occupied_nt"], tuning.ARRIVAL_PERCENT)
    return detector.held == FREE and (log_odds < 0 or tracker.peak_nt < arrival_nt)


def answer(detector: "Detector", tracker: "Tracker", present: bool | None) -> int:
    """Settle a doubt with the range sensor's answer, or without; return REST or CHANGED, or HOLD to ask once more."""
    tracker.asks += 1
    detector.unwatched = False
    if present is not None:
        tracker.answers_q4 += tuning.ANSWER_Q4 if present else -tuning.ANSWER_Q4
    agrees = present is not None and present == (tracker.weighed_q4 > 0)
    total, answers = tracker.weighed_q4 + tracker.answers_q4, tracker.answers_q4
    few = 0 < answers < tuning.MOST_ASKS * tuning.ANSWER_Q4
    person = detector.held == FREE and few and 0 < total < tuning.PERSON_Q4  # or a trolley, a dog
    if (not agrees or person) and tracker.asks < tuning.MOST_ASKS:
        return HOLD
    if person or (total * tracker.weighed_q4 < 0 and abs(answers) < 2 * tuning.ANSWER_Q4):
        total = 0  # as likely as not
    return _apply(detector, tracker, total, 98, "range" if answers else "")


def found(detector: "Detector", tracker: "Tracker") -> int:
    """Go on after the field was lost for a while: as before if it is where it was; return REST or CHANGED."""
    detector.flags &= ~LOST
    detector.unwatched = False
    detector.event_ms = tracker.movement.start_ms
    if detector.jumped():
        return _apply(detector, tracker, weigh(detector, tracker), 75, "")
    if detector.state == detector.held:
        return REST
    detector.change(detector.held, 75, "healed")
    detector.resumed = True
    return CHANGED


def is_nothing(detector: "Detector", tracker: "Tracker") -> bool:
    """Tell whether so small a movement needs no judgement: the next bay, or the lane."""
    if detector.state == UNKNOWN:
        return False
    high_nt = detector.config["occupied_nt"]
    if tracker.peak_nt >= part(high_nt, tuning.NEIGHBOUR_PEAK_PERCENT):
        return False
    return detector.weighed_nt(detector.step_nt(), detector.spread_nt()) < part(high_nt, tuning.NOTHING_PERCENT)


def features(detector: "Detector", tracker: "Tracker") -> tuple[int, ...]:
    """Return the bins of what the field tells, in the order of the tables' rows."""
    spread, here = detector.spread_nt(), detector.residual_nt()
    step_nt = detector.weighed_nt(detector.step_nt(), spread)
    away_nt = _away_nt(detector, here, spread)
    peak_nt, path_nt = tracker.peak_nt, tracker.movement.path_q << QUANTUM_SHIFT
    return (
        odds.bin_of(away_nt, tuning.SPREAD_NT),
        odds.bin_of(step_nt, tuning.SPREAD_NT),
        1 + odds.bin_of(peak_nt, detector.config["occupied_nt"]) if tracker.movement.seen else 0,
        odds.bin_of(peak_nt, step_nt)
        if detector.held == FREE
        else odds.bin_of(away_nt, detector.weighed_nt(detector.place, spread)),
        1 + odds.bin_of(path_nt, 2 * peak_nt) if tracker.movement.seen else 0,
        odds.bin_of(away_nt, detector.typical_nt),
    )


def weigh(detector: "Detector", tracker: "Tracker") -> int:
    """Return the log-odds that a vehicle stands in the bay now [1/16 nat]."""
    return odds.log_odds(detector.held == OCCUPIED, features(detector, tracker))


def _away_nt(detector: "Detector", here_nt: list[int], spread_nt: list[int]) -> int:
    """Return how far the field is from the empty bay's, with its neighbours of now or without them [nT]."""
    free_nt = detector.place if detector.held == FREE else detector.free_place
    apart = [here_nt[axis] - free_nt[axis] for axis in range(3)]
    return min(detector.weighed_nt(here_nt, spread_nt), detector.weighed_nt(apart, spread_nt))


def _shift(detector: "Detector") -> int:
    """A neighbour came or went: the field rests elsewhere now, and so it would without our vehicle."""
    step, here = detector.step_nt(), detector.residual_nt()
    detector.frame.jump(detector.temp_cdeg)
    for axis in range(3):
        detector.free_place[axis] += step[axis]
    detector.rest_at(here)
    return REST


def _apply(detector: "Detector", tracker: "Tracker", log_odds: int, most_confidence: int, cause: str) -> int:
    """Carry a verdict out; return REST or CHANGED."""
    was, held = detector.state, detector.held
    told = abs(log_odds) >= tuning.TELL_Q4
    now = held if not told else (OCCUPIED if log_odds > 0 else FREE)
    if told and now == was == held:
        if not (tracker.movement.seen or detector.jumped()):
            return detector.keep(tracker.window.t_ms)
        if is_nothing(detector, tracker):
            return _shift(detector)
    detector.event_ms = _when(detector, tracker, now)
    confidence = min(most_confidence, odds.percent(log_odds))
    if now == OCCUPIED and tracker.answers_q4 <= 0 and _is_empty_again(detector):
        _take_place(detector, tracker, now, held, told)
        return detector.heal(tuning.UNPROVEN_PERCENT, proven=False)
    swap = now == held == was == OCCUPIED and _is_other(detector, tracker)
    _take_place(detector, tracker, now, held, told)
    if not detector.flags & PROVEN:
        confidence = min(confidence, tuning.UNPROVEN_PERCENT)
    state = now if told else UNKNOWN
    detector.confidence = confidence
    if state == OCCUPIED != was:
        detector.learn_typical()
    if state == was and not swap:
        return REST
    detector.resumed = False
    detector.change(state, confidence, cause or _cause(state, swap), swap)
    return CHANGED


def _cause(state: int, swap: bool) -> str:
    if state == UNKNOWN:
        return "doubt"
    if swap:
        return "swap"
    return "arrival" if state == OCCUPIED else "departure"


def _is_other(detector: "Detector", tracker: "Tracker") -> bool:
    """Tell whether the parked vehicle is not the one of before: the bay was seen clear, and the vector differs."""
    if tracker.movement.clear_ms < tuning.CLEAR_MS or not (tracker.gone or tracker.weighed_q4 >= tuning.SWAP_Q4):
        return False
    change_nt = detector.weighed_nt(detector.step_nt(), detector.spread_nt())
    return change_nt > part(detector.config["occupied_nt"], tuning.SWAP_PERCENT)


def _is_empty_again(detector: "Detector") -> bool:
    """Tell whether the field came back to a place oftener than a vehicle does, and never to the empty bay's."""
    spread = detector.spread_nt()
    if detector.weighed_nt(detector.step_nt(), spread) < part(
        detector.config["occupied_nt"], tuning.EXCURSION_PERCENT
    ):
        return False
    visits = places.visits(detector.places, detector.residual_nt(), spread)
    if not detector.flags & PROVEN:
        return visits > detector.returns
    return visits >= tuning.AGAIN_VISITS and detector.away_s(detector.now_s(detector.event_ms)) >= tuning.AWAY_S


def _take_place(detector: "Detector", tracker: "Tracker", now: int, before: int, told: bool) -> None:
    """Let the field rest where it is, as that of a vehicle or of the empty bay."""
    here, spread = detector.residual_nt(), detector.spread_nt()
    now_s = detector.now_s(detector.event_ms)
    if before == OCCUPIED and now_s - detector.rested_s >= tuning.VISIT_S:
        places.visit(detector.places, list(detector.place), spread)
    detector.rested_s = now_s
    detector.frame.jump(detector.temp_cdeg)
    detector.held = now
    if now == FREE and told and tracker.answers_q4 < 0 and detector.is_moved(here):
        detector.rest_at(here)
        detector.empty_here()
        detector.prove()
        return
    if now == OCCUPIED:
        if before == FREE:
            for axis in range(3):
                detector.free_place[axis] = detector.place[axis]
        detector.rest_at(here)
        return
    if detector.weighed_nt(here, spread) < tuning.SPREAD_NT:
        left = [value - part(value, tuning.KEEP_PERCENT) for value in here]
        detector.frame.shift([here[axis] - left[axis] for axis in range(3)])
        here = left
        if before == OCCUPIED:
            detector.see_empty(tracker.answers_q4 < 0)
    detector.rest_at(here)


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
