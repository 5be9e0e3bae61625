"""The expectation of the empty bay: it follows what is slow, and learns what temperature does."""

from baysense.core import tuning
from baysense.core.frame import SIZE_BYTES, Frame

EARTH_NT = (16000, -8000, 46900)
WARM_CDEG = 1500


def ready() -> Frame:
    frame = Frame()
    frame.calibrate(EARTH_NT, WARM_CDEG)
    return frame


def days(frame: Frame, count: int, slope_nt_per_c: int) -> None:
    """Follow days of 10 degrees that move z."""
    field = list(EARTH_NT)
    before = frame.residual_nt(field, WARM_CDEG)
    for hour in range(24 * count):
        cdeg = WARM_CDEG + 1000 * (12 - abs(12 - hour % 24)) // 12
        field[2] = EARTH_NT[2] + slope_nt_per_c * (cdeg - WARM_CDEG) // 100
        now = frame.residual_nt(field, cdeg)
        frame.follow([now[axis] - before[axis] for axis in range(3)], cdeg)
        before = frame.residual_nt(field, cdeg)


def test_calibrated_the_field_is_that_of_the_empty_bay() -> None:
    frame = ready()
    assert frame.residual_nt(EARTH_NT, WARM_CDEG) == [0, 0, 0]
    assert [frame.empty_nt(axis, 4000) for axis in range(3)] == list(EARTH_NT)  # nothing learned of temperature


def test_a_slow_change_moves_the_frame_and_nothing_in_it() -> None:
    frame = ready()
    frame.follow([0, 0, 800], WARM_CDEG)
    assert frame.empty_nt(2, WARM_CDEG) == EARTH_NT[2] + 800
    assert frame.residual_nt((EARTH_NT[0], EARTH_NT[1], EARTH_NT[2] + 10_800), WARM_CDEG) == [0, 0, 10_000]


def test_the_slope_is_learned_and_limited() -> None:
    for true, low, high in ((0, -20, 20), (100, 70, 130), (-300, -390, -210), (90_000, 3900, 4000)):
        frame = ready()
        days(frame, 3, true)
        assert low <= (frame.empty_nt(2, 2500) - frame.empty_nt(2, 1500)) // 10 <= high, true


def test_over_a_jump_the_slope_has_the_word() -> None:
    frame = ready()
    days(frame, 3, 100)
    expected = frame.empty_nt(2, 3500)
    frame.jump(3500)
    assert abs(frame.empty_nt(2, 3500) - expected) <= 1


def test_a_restless_axis_counts_less() -> None:
    frame = ready()
    for _ in range(300):
        frame.follow([0, 3000, 0], WARM_CDEG)
        frame.follow([0, -3000, 0], WARM_CDEG)
    assert frame.spread_nt(1) > 2 * frame.spread_nt(0) >= 2 * tuning.SPREAD_NT
    assert frame.empty_nt(1, WARM_CDEG) == EARTH_NT[1]


def test_one_strange_step_does_not_make_it_restless() -> None:
    frame = ready()
    calm_nt = frame.spread_nt(1)
    frame.follow([0, 50_000, 0], WARM_CDEG)
    assert frame.spread_nt(1) < calm_nt + calm_nt // 10


def test_it_outlives_a_sleep() -> None:
    frame, again = ready(), Frame()
    days(frame, 2, 100)
    known = frame.dump()
    assert len(known) == SIZE_BYTES
    again.load(b"head" + known, 4)
    assert again.dump() == known and again.empty_nt(2, 3000) == frame.empty_nt(2, 3000)
