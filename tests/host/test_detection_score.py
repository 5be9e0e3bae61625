"""What a watch is worth: which told change answers which true one, how long it was right, and how sure that is."""

from dataclasses import replace

import numpy as np
import pytest

from baysense_host.bench.detection.bootstrap import balanced, quantile, ratio
from baysense_host.bench.detection.score import Score, judge
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, SWAP, Change, Site, Stretch
from baysense_host.bench.detection.watch import Decision, Watch

_HOUR_S = 3600.0
_QUIET = Stretch(np.array([0.0, 3600.0]), np.zeros((2, 3), np.int32), np.full(2, 2000, np.int32), dense=False)


def _site(*changes: tuple[float, str], hours: float = 2.0, **rest: object) -> Site:
    return Site(
        name="bay",
        scenario="S1",
        stretches=lambda: iter([_QUIET]),
        changes=tuple(Change(t_s, kind) for t_s, kind in changes),
        days=hours / 24,
        **rest,  # type: ignore[arg-type]
    )


def _told(*states: tuple[float, str], swap_s: float | None = None) -> list[Decision]:
    started = [(0.0, "free"), *states] if not states or states[0][0] > 0 else list(states)
    return [Decision(t_s, t_s, state, 0.9, "", swap=t_s == swap_s) for t_s, state in started]


def _score(site: Site, *states: tuple[float, str], swap_s: float | None = None) -> Score:
    return judge(site, Watch(_told(*states, swap_s=swap_s)), "ours")


_VISIT = ((1000.0, ARRIVAL), (5000.0, DEPARTURE))


def test_a_visit_told_in_time_is_right_in_all_counts() -> None:
    score = _score(_site(*_VISIT), (1004.0, "occupied"), (5002.0, "free"))
    assert (score.true_events, score.matched_true, score.told_events, score.matched_told) == (2, 2, 2, 2)
    assert score.latencies_s == {ARRIVAL: [4.0], DEPARTURE: [2.0]}
    assert (score.false_changes, score.missed, score.late, score.failures) == (0, 0, 0, [])
    assert score.total_s == {"free": 3200.0, "occupied": 4000.0}
    assert score.right_s == {"free": 3198.0, "occupied": 3996.0}
    assert score.wrong_longest_s == 4.0
    assert score.reliability == [(0.9, True)] * 3


@pytest.mark.parametrize(("told_s", "matched"), [(994.9, 0), (995.0, 1), (1060.0, 1), (1060.1, 0)])
def test_an_event_is_matched_from_5_s_before_to_60_s_after(told_s: float, matched: int) -> None:
    assert _score(_site((1000.0, ARRIVAL)), (told_s, "occupied")).matched_true == matched


def test_told_too_late_is_missed_and_no_false_change() -> None:
    score = _score(_site(*_VISIT), (1003.0, "occupied"), (6000.0, "free"))
    assert (score.missed, score.missed_wrong, score.late, score.false_changes) == (1, 1, 1, 0)
    assert [failure.what for failure in score.failures] == ["missed departure, held occupied"]
    assert score.wrong_longest_s == 1000.0


def test_a_flip_there_and_back_is_two_false_changes() -> None:
    score = _score(_site(*_VISIT), (200.0, "occupied"), (300.0, "free"), (1003.0, "occupied"), (5003.0, "free"))
    assert (score.false_free, score.false_occupied, score.matched_told) == (2, 0, 2)
    assert score.false_kinds == {ARRIVAL: 1, DEPARTURE: 1}
    assert score.reliability[1] == (0.9, False)


def test_a_false_departure_counts_where_the_bay_was_occupied() -> None:
    score = _score(_site(*_VISIT), (1003.0, "occupied"), (2000.0, "free"), (2100.0, "occupied"), (5001.0, "free"))
    assert (score.false_free, score.false_occupied) == (0, 2)


def test_one_told_event_answers_only_one_true_one() -> None:
    visits = ((1000.0, ARRIVAL), (1020.0, DEPARTURE), (1040.0, ARRIVAL))
    score = _score(_site(*visits), (1045.0, "occupied"))
    assert (score.matched_true, score.missed) == (1, 2)


def test_unknown_is_no_event_and_the_next_known_state_counts_from_the_last() -> None:
    score = _score(
        _site(*_VISIT), (1003.0, "unknown"), (1050.0, "occupied"), (3000.0, "unknown"), (3100.0, "occupied")
    )
    assert (score.told_events, score.matched_true, score.false_changes) == (1, 1, 0)
    assert score.unknown_s == 147.0


def test_missed_as_unknown_is_not_missed_as_wrong() -> None:
    assert _score(_site(_VISIT[0]), (1003.0, "unknown")).missed_wrong == 0
    assert _score(_site(_VISIT[0])).missed_wrong == 1


def test_a_first_known_state_is_no_event() -> None:
    score = _score(_site((5000.0, DEPARTURE), occupied_at_start=True), (0.0, "unknown"), (60.0, "occupied"))
    assert score.told_events == 0


def test_a_swap_is_two_events_however_it_is_told() -> None:
    swap = _site((1000.0, ARRIVAL), (3000.0, SWAP))
    as_one = _score(swap, (1002.0, "occupied"), (3005.0, "occupied"), swap_s=3005.0)
    as_two = _score(swap, (1002.0, "occupied"), (2999.0, "free"), (3006.0, "occupied"))
    not_told = _score(swap, (1002.0, "occupied"))
    assert [one.matched_true for one in (as_one, as_two, not_told)] == [3, 3, 1]
    assert not_told.missed_wrong == 0  # the state was right throughout


def test_a_swap_that_was_none_is_false_though_the_state_is_right() -> None:
    score = _score(_site((1000.0, ARRIVAL)), (1002.0, "occupied"), (3000.0, "occupied"), swap_s=3000.0)
    assert score.false_occupied == 2
    assert score.reliability[-1] == (0.9, False)


def test_a_false_change_at_a_neighbours_movement_is_cross_talk() -> None:
    site = _site(neighbours_s=(990.0, 4000.0))
    assert _score(site, (1003.0, "occupied"), (4061.0, "free")).cross_talk == 1
    assert _score(site).neighbour_movements == 2


def test_time_is_counted_by_hour() -> None:
    score = _score(_site((5000.0, ARRIVAL)), (5010.0, "occupied"))
    assert score.confusion_s.shape == (2, 2, 3)
    assert score.confusion_s[0, 0, 0] == _HOUR_S
    assert score.confusion_s[1].tolist() == [[1400.0, 0.0, 0.0], [10.0, 2190.0, 0.0]]


def test_the_longest_wrong_time_ends_where_unknown_begins() -> None:
    score = _score(_site(_VISIT[0]), (1500.0, "unknown"), (2000.0, "free"), (2100.0, "unknown"))
    assert score.wrong_longest_s == 500.0


def test_heartbeats_are_right_or_not_by_the_state_they_found() -> None:
    watch = Watch(
        _told((1003.0, "occupied"), (2000.0, "unknown")), confidences=[(500.0, 0.8), (1500.0, 0.7), (2500.0, 0.1)]
    )
    assert judge(_site(_VISIT[0]), watch, "ours").beats == [(0.8, True), (0.7, True)]
    assert judge(_site(), watch, "ours").beats == [(0.8, True), (0.7, False)]


def test_a_fault_told_too_late_or_not_at_all_is_missing() -> None:
    site = _site(expected_faults=("magnet", "sensor_stuck"), fault_within_s=600.0)
    watch = Watch(_told(), faults=[(500.0, "magnet"), (700.0, "sensor_stuck"), (800.0, "clock")])
    score = judge(site, watch, "ours")
    assert score.faults_missing == ["sensor_stuck"]
    assert score.faults == ["clock", "magnet", "sensor_stuck"]
    assert score.failures[-1].what == "fault sensor_stuck not reported"


def test_a_day_after_an_accident_a_wrong_state_needs_a_fault() -> None:
    day_s = 86_400.0
    site = replace(_site((2 * day_s, ARRIVAL)), days=3.0, accident_s=1000.0)
    wrong_s = 3 * day_s - 2 * day_s  # nothing is told of the arrival

    def silent_s(*faults: tuple[float, str]) -> float:
        return judge(site, Watch(_told(), faults=list(faults)), "ours").silently_wrong_s

    assert silent_s() == silent_s((500.0, "magnet")) == silent_s((2000.0, "calibrating")) == wrong_s
    assert silent_s((2000.0, "node_moved")) == 0.0
    assert judge(site, Watch(_told()), "ours").failures[-1].t_s == 2 * day_s
    assert silent_s((2 * day_s + 600.0, "node_moved")) == 600.0
    assert judge(replace(site, accident_s=1.5 * day_s), Watch(_told()), "ours").silently_wrong_s == 0.5 * day_s
    assert judge(replace(site, accident_s=None), Watch(_told()), "ours").silently_wrong_s == 0.0


def test_a_movement_that_flips_there_and_back_counts_once() -> None:
    site = _site(neighbours_s=(990.0, 4000.0, 5000.0))
    flips = ((1003.0, "occupied"), (1300.0, "free"), (4010.0, "occupied"), (4020.0, "free"))
    score = _score(site, *flips)
    assert (score.false_changes, score.flipped_movements) == (4, 2)
    assert _score(site).flipped_movements == 0


def test_a_failures_scene_has_the_field_around_it() -> None:
    t_s = np.arange(970.0, 1300.0, 0.1)
    dense = Stretch(t_s, np.full((len(t_s), 3), 5000, np.int32), np.zeros(len(t_s), np.int32), dense=True)
    early = Stretch(
        np.array([0.0, 600.0]), np.array([[1] * 3, [2] * 3], np.int32), np.zeros(2, np.int32), dense=False
    )
    site = replace(_site(_VISIT[0]), stretches=lambda: iter([early, dense]))
    (failure,) = judge(site, Watch(_told((1055.0, "unknown"))), "ours", scenes=True).failures
    view = failure.scene
    assert view is not None
    assert (view.t_s[0], view.field_nt[0].tolist()) == (940.0, [2, 2, 2])  # the row of 600 s still holds
    assert view.t_s[1] >= 970 and 1059 < view.t_s[-1] <= 1060
    assert (view.field_nt[1:] == 5000).all()
    assert view.before == "free"
    assert [decision.state for decision in view.decisions] == ["unknown"]
    assert view.changes == list(site.changes)


def test_an_interval_of_bays_is_wider_than_one_of_events() -> None:
    alike = ratio([100, 0, 100, 0], [100, 100, 100, 100], share=True)
    assert alike.value == 0.5
    assert alike.ci95 is not None
    assert alike.ci95[1] - alike.ci95[0] > 0.5


def test_none_in_n_is_at_most_three_in_n() -> None:
    assert ratio([0, 0], [100, 200], share=False).ci95 == (0.0, 0.01)
    assert ratio([100, 200], [100, 200], share=True).ci95 == (0.99, 1.0)
    assert ratio([0], [2], share=True).ci95 == (0.0, 1.0)
    assert ratio([0], [0.5], share=False).ci95 == (0.0, 6.0)


def test_nothing_and_one_bay_have_no_interval() -> None:
    assert ratio([], [], share=True).value is None
    assert ratio([1], [10], share=True).ci95 is None


def test_a_quantile_and_its_interval_are_of_all_bays() -> None:
    values = [list(range(first, first + 100)) for first in (0, 100, 200, 300)]
    value, ci95 = quantile(values, 0.5)
    assert value == 199.5
    assert ci95 is not None and ci95[0] < 150 and ci95[1] > 250
    assert quantile([[], [1.0, 3.0]], 0.5) == (2.0, None)
    assert quantile([[]], 0.5) == (None, None)


def test_a_balanced_share_is_the_mean_of_its_columns() -> None:
    found = balanced(np.array([[90.0, 1.0], [90.0, 1.0]]), np.array([[100.0, 2.0], [100.0, 2.0]]))
    assert found.value == pytest.approx(0.7)
    assert found.ci95 == pytest.approx((0.7, 0.7))
