"""What the node does around its detector: doubts asked about until they are settled, faults taken over and back."""

from baysense import sensing
from baysense.core import faults
from baysense.core.budget import WakeBudget
from baysense.core.config import defaults
from baysense.core.detector import CHANGED, CONFIRM, HOLD, REST
from baysense.recall import Recall

HOUR_S = 3600


class Sensor:
    """A magnetometer that always has something new."""

    period_ms = 100
    can_watch = True

    def __init__(self) -> None:
        self.watched_nt = []

    def read_into(self, sample: object) -> bool:
        return True

    def watch(self, x_nt: int, y_nt: int, z_nt: int, threshold_nt: int) -> None:
        self.watched_nt.append(threshold_nt)

    def clear(self) -> int:
        return 1


class Script:
    """A detector that says what it is told to."""

    settled = (0, 0, 0)

    def __init__(self, verdicts: tuple, answers: tuple = ()) -> None:
        self.faults, self.chatter = 0, False
        self.heard = []
        self._verdicts, self._answers = list(verdicts), list(answers)

    def sample(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int, temp_cdeg: int) -> int:
        return self._verdicts.pop(0)

    def confirm(self, present: object) -> int:
        self.heard.append(present)
        return self._answers.pop(0)


class Place:
    """Board, clock and memory of a node, without a range sensor."""

    RANGE = None
    pin = ()

    def __init__(self, detector: object) -> None:
        self.board, self.detector, self.faults = self, detector, 0
        self.told = 0
        self.recall = Recall(b"")
        self.recall.adopt(defaults())
        self.budget = WakeBudget()
        self.begun_clock_ms = 0
        self.active = []

    def deviation_active(self) -> bool:
        return bool(self.active) and self.active.pop(0)

    def feed(self) -> None:
        pass

    def pause(self, ms: int) -> None:
        pass

    def elapsed_ms(self) -> int:
        return 0

    def clock_s(self) -> int:
        return HOUR_S

    def fault(self, mask: int) -> None:
        self.told |= mask & ~self.faults
        self.faults |= mask

    def clear(self, mask: int) -> None:
        self.faults &= ~mask


def test_a_doubt_is_asked_about_until_it_is_settled() -> None:
    place = Place(Script((HOLD, HOLD, CONFIRM, HOLD, CONFIRM), (HOLD, CHANGED)))
    assert sensing.follow_up(place, Sensor(), HOLD) == CHANGED
    assert place.detector.heard == [None, None]


def test_what_is_settled_needs_no_sample() -> None:
    for verdict in (REST, CHANGED):
        assert sensing.follow_up(Place(Script(())), Sensor(), verdict) == verdict


def test_faults_of_the_detector_come_and_go() -> None:
    place = Place(Script(()))
    place.faults = faults.PIN_STUCK
    for mask in (faults.MAGNET, faults.SENSOR_STUCK | faults.CALIBRATING, 0):
        place.detector.faults = mask
        assert not sensing.decided(place, REST)
        assert place.faults == faults.PIN_STUCK | mask


def test_chatter_is_a_fault_while_it_lasts() -> None:
    place = Place(Script(()))
    for chatter in (True, False):
        place.detector.chatter = chatter
        sensing.decided(place, REST)
        assert place.faults == (faults.CHATTER if chatter else 0)


def test_a_moved_node_is_told_of_once() -> None:
    place = Place(Script(()))
    place.detector.faults = faults.NODE_MOVED | faults.CALIBRATING
    for _ in range(3):
        sensing.decided(place, REST)
    assert place.faults == faults.NODE_MOVED | faults.CALIBRATING
    place.clear(faults.INCIDENTS)  # a health message told of it
    place.told = 0
    sensing.decided(place, REST)
    assert place.faults == faults.CALIBRATING and place.told == 0


def test_a_pin_that_does_not_idle_is_armed_less_sensitive() -> None:
    place = Place(Script(()))
    place.budget.level = 2
    base_nt = place.recall.wake_threshold_nt
    for stuck, factor in ((0, 2), (1, 4), (2, 8)):
        place.active, sensor = stuck * [True], Sensor()
        place.detector = Script(8 * stuck * (REST,))
        assert sensing.arm(place, sensor)
        assert sensor.watched_nt[-1] == factor * base_nt


def test_a_pin_that_cannot_be_armed_is_a_fault() -> None:
    place = Place(Script(24 * (REST,)))
    place.active = 9 * [True]
    assert not sensing.arm(place, Sensor())
    assert place.faults == faults.PIN_STUCK


def test_a_fault_of_the_sensor_outlives_a_sleep() -> None:
    place = Place(None)
    place.faults = faults.MAGNET | faults.PIN_STUCK
    sensing.begin(place, place.recall.settings())
    sensing.decided(place, REST)
    assert place.faults == faults.MAGNET | faults.PIN_STUCK | faults.CALIBRATING
