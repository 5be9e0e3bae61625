"""What the readings of a range sensor say."""

from baysense.core.confirm import ABSENT, BLOCKED, PRESENT, UNSURE, tof, ultrasonic


def test_a_floor_that_stands_still_is_a_vehicle() -> None:
    assert ultrasonic([151, 148, 155, 150, 149]) == PRESENT
    assert ultrasonic([900, 905, 898, 901, 903]) == PRESENT  # a lorry
    assert ultrasonic([200, 230, 245, 215, 202]) == PRESENT  # people get out of it


def test_one_reading_of_five_may_be_wrong() -> None:
    assert ultrasonic([151, 148, 0, 150, 149]) == PRESENT
    assert ultrasonic([151, None, 155, 150, 149]) == PRESENT
    assert ultrasonic([151, 620, 155, 150, 149]) == PRESENT
    assert ultrasonic([0, 0, 170, 0, 0]) == ABSENT
    assert ultrasonic([0, 0, None, 0, 0]) == ABSENT
    assert ultrasonic([151, 148, 0, 0, 149]) == UNSURE


def test_sky_and_canopy_are_no_vehicle() -> None:
    assert ultrasonic([0, 0, 0, 0, 0]) == ABSENT
    assert ultrasonic([2600, 2605, 2598, 2601, 2603]) == ABSENT
    assert ultrasonic([1001, 1001, 1001, 1001, 1001]) == ABSENT


def test_what_moves_is_no_vehicle() -> None:
    assert ultrasonic([310, 790, 250, 640, 480]) == UNSURE  # legs
    assert ultrasonic([400, 0, 350, 0, 420]) == UNSURE  # a dog's tail


def test_no_floor_is_lower_than_a_car() -> None:
    assert ultrasonic([90, 92, 91, 90, 93]) == UNSURE


def test_a_covered_window() -> None:
    assert ultrasonic([30, 30, 30, 30, 30]) == BLOCKED
    assert ultrasonic([30, 0, 41, 0, 35]) == BLOCKED  # snow: some echoes get lost
    assert ultrasonic([30, 0, 41, 0, 0]) == BLOCKED
    assert ultrasonic([30, 0, 0, 400, 0]) == UNSURE
    assert ultrasonic([30]) == BLOCKED
    assert ultrasonic([60, 60, 60, 60, 60]) == UNSURE


def test_silence_says_nothing() -> None:
    assert ultrasonic([None] * 5) == UNSURE


def test_time_of_flight() -> None:
    assert tof([180, 182, 179, 181, 180], [0, 0, 0, 0, 0]) == PRESENT
    assert tof([12, 900, 17, 333, 0], [2, 2, 2, 2, 2]) == ABSENT
    assert tof([12, 0, 900, 333, 900], [0, 0, 2, 2, 2]) == BLOCKED  # a dirty cover glass reads 0 or little
    assert tof([180, 182, 179, 181, 180], [1, 4, 1, 7, 0]) == UNSURE
