"""A first look dismisses what passed, and hands everything else to the detector."""

from baysense.core import config, tuning
from baysense.core.state import FREE, UNKNOWN
from baysense.glance import Glance
from baysense.recall import Recall

PASS_NT = [0, 1500, 3500, 4500, 3000, 1000] + 30 * [200]  # a car in the lane: peak below 5 uT, then rest
OVERHEAD_NT = [0, 3000, 9000, 3000] + 30 * [200]  # it was above the sensor: never dismissed, whatever is left
STAYS_NT = 40 * [4000]
FAINT_NT = [0, 3000, 4000] + 40 * [1500]  # 1.5 uT stay behind: more than drift


class Sensor:
    """A field along x [nT], one value a sample."""

    period_ms = 100

    def __init__(self, field_nt: list) -> None:
        self.left_nt = list(field_nt)

    def read_into(self, sample: object) -> bool:
        sample[0] = self.left_nt.pop(0)
        return True

    def away_nt(self, sample: object) -> int:
        return abs(sample[0])

    def clear(self) -> int:
        return 1


class Place:
    """Board and clock of a node: the pin is idle unless the test says otherwise."""

    def __init__(self, pin: bool = False) -> None:
        self.board, self.pin, self.faults, self.now_ms = self, pin, 0, 0
        self.recall = Recall(b"")
        self.recall.adopt(config.defaults())
        self.recall.state = FREE

    def deviation_active(self) -> bool:
        return self.pin

    def retain(self, data: bytes) -> None:
        self.saved = bytes(data)

    def pause(self, ms: int) -> None:
        self.now_ms += ms

    def elapsed_ms(self) -> int:
        return self.now_ms

    def clock_s(self) -> int:
        return 1000 + self.now_ms // 1000


class Listener:
    """Takes what a detector would."""

    def __init__(self) -> None:
        self.heard = []

    def sample(self, t_ms: int, x_nt: int, y_nt: int, z_nt: int, temp_cdeg: int) -> int:
        self.heard.append((t_ms, x_nt))
        return 0


def test_a_car_in_the_lane_is_dismissed_and_counted() -> None:
    place = Place()
    assert Glance(place, Sensor(PASS_NT)).look()
    again = Recall(place.saved)
    assert again.budget and again.budget == place.recall.budget


def test_what_was_overhead_or_stays_is_not_dismissed() -> None:
    for field_nt in (OVERHEAD_NT, STAYS_NT, FAINT_NT):
        assert not Glance(Place(), Sensor(field_nt)).look()


def test_an_active_pin_or_a_fault_is_not_dismissed() -> None:
    assert not Glance(Place(pin=True), Sensor(PASS_NT)).look()
    place = Place()
    place.faults = 2
    assert not Glance(place, Sensor(PASS_NT)).look()


def test_the_limits_are_those_of_the_detector() -> None:
    occupied_nt = config.defaults()["occupied_nt"]
    for peak, rest, dismissed in ((-100, -100, True), (100, -100, False), (-100, 100, False)):
        peak_nt = occupied_nt * tuning.NEIGHBOUR_PEAK_PERCENT // 100 + peak
        rest_nt = occupied_nt * tuning.NOTHING_PERCENT // 100 + rest
        assert Glance(Place(), Sensor([0, peak_nt] + 40 * [rest_nt])).look() == dismissed, (peak, rest)


def test_whoever_does_not_know_the_state_does_not_dismiss() -> None:
    place = Place()
    place.recall.state = UNKNOWN
    assert not Glance(place, Sensor(PASS_NT)).look()


def test_the_detector_gets_every_sample() -> None:
    glance, listener = Glance(Place(), Sensor(OVERHEAD_NT)), Listener()
    glance.look()
    assert glance.replay(listener) == 0
    assert listener.heard == [(0, 0), (100, 3000), (200, 9000)]
