"""The rules that judge a settled field, by their numbers [nT]; thresholds 6000 and 2500."""

from baysense.core import verdict
from baysense.core.geometry import part, root, size_nt
from baysense.core.state import FREE, OCCUPIED, UNKNOWN

HIGH, LOW = 6000, 2500


def test_a_free_bay() -> None:
    for own, step, peak, expected in (
        (6000, 6000, 6000, verdict.ARRIVED),
        (9000, 5900, 20000, verdict.DOUBT),  # most of it was there before: drift or neighbours
        (5900, 5900, 20000, verdict.DOUBT),
        (5900, 4800, 4900, verdict.SAME),  # nothing came near: the next bay
        (2400, 2400, 20000, verdict.DOUBT),  # faint, but something passed over the sensor
        (2400, 2400, 11000, verdict.SAME),
        (1100, 1100, 60000, verdict.SAME),  # drove over and away
    ):
        assert verdict.of_empty(own, step, peak, HIGH, LOW) == expected, (own, step, peak)


def test_an_occupied_bay() -> None:
    for near, change, car, clear_ms, expected in (
        (2500, 12000, 12000, 2000, verdict.LEFT),
        (2400, 1000, 3000, 0, verdict.SAME),  # near the empty field, but nearly what the faint car had
        (1400, 3000, 3000, 0, verdict.LEFT),
        (9000, 3900, 12000, 5000, verdict.SAME),
        (9000, 8000, 12000, 5000, verdict.SWAPPED),
        (9000, 8000, 12000, 300, verdict.SAME),  # the bay was never seen empty: the same car, elsewhere
        (5900, 8000, 12000, 5000, verdict.DOUBT),
    ):
        assert verdict.of_occupied(near, change, car, clear_ms, HIGH, LOW) == expected, (near, change)


def test_an_unknown_bay() -> None:
    for size, expected in ((6000, verdict.ARRIVED), (2500, verdict.LEFT), (4000, verdict.DOUBT)):
        assert verdict.of_unknown(size, HIGH, LOW) == expected


def test_neighbours_are_small_in_step_and_peak() -> None:
    assert verdict.is_neighbour(2900, 4900, HIGH)
    assert not verdict.is_neighbour(3100, 4900, HIGH) and not verdict.is_neighbour(2900, 5000, HIGH)


def test_state_after_a_verdict() -> None:
    for state in (FREE, OCCUPIED, UNKNOWN):
        assert verdict.state_after(verdict.SAME, state) == state
        assert verdict.state_after(verdict.LEFT, state) == FREE
        assert verdict.state_after(verdict.ARRIVED, state) == OCCUPIED
        assert verdict.state_after(verdict.SWAPPED, state) == OCCUPIED


def test_confidence_grows_with_the_margin() -> None:
    assert verdict.confidence_free(0, HIGH) == 98 > verdict.confidence_free(LOW, HIGH) > 50
    assert verdict.confidence_occupied(3 * HIGH, HIGH) == 98
    assert 98 > verdict.confidence_occupied(HIGH, HIGH) > verdict.confidence_occupied(LOW, HIGH) > 50


def test_sizes_are_whole_numbers() -> None:
    for value in (0, 1, 2, 3, 4, 99, 100, 1 << 20, (1 << 30) - 1, 10**15):
        assert root(value) ** 2 <= value < (root(value) + 1) ** 2
    assert abs(size_nt(30000, -40000, 0) - 50000) <= 16
    assert part(6000, 83) == 4980
