"""The wake budget."""

from baysense.core.budget import WakeBudget

BASE_NT = 2500


def test_a_busy_lane_raises_the_threshold_and_calm_lowers_it() -> None:
    budget = WakeBudget()
    assert budget.threshold_nt(BASE_NT) == BASE_NT
    for i in range(100):  # one every 86 s: 1000 a day
        budget.wake(False, i * 86)
    assert budget.threshold_nt(BASE_NT) == 4 * BASE_NT and budget.storm and budget.fruitless == 100
    budget.decay(100 * 86 + 3 * 7200)
    assert BASE_NT < budget.threshold_nt(BASE_NT) < 4 * BASE_NT and not budget.storm
    budget.decay(100 * 86 + 5 * 7200)
    assert budget.threshold_nt(BASE_NT) == BASE_NT


def test_vehicles_and_rare_passes_do_not_raise_it() -> None:
    budget = WakeBudget()
    for i in range(200):
        budget.wake(i % 2 == 0, i * 1000)
    assert budget.threshold_nt(BASE_NT) == BASE_NT


def test_it_survives_sleep_and_a_restarted_clock() -> None:
    budget = WakeBudget()
    for i in range(9):
        budget.wake(False, 1000 + i)
    retained = budget.dump()
    assert len(retained) <= 16
    again = WakeBudget(retained)
    assert (again.level, again.fruitless) == (1, 9) and again.dump() == retained
    again.wake(False, 3)  # the clock restarted
    assert again.level == 1
    again.decay(3 + 7200)
    assert again.level == 0


def test_foreign_bytes_start_anew() -> None:
    for wrong in (b"", bytes(13), b"\x01", bytes(16), b"\x09" + bytes(12)):
        assert WakeBudget(wrong).level == 0
