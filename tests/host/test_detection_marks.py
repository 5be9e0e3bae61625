"""Marks say what was measured, of how much, and whether that is enough."""

from dataclasses import replace

import pytest

from baysense_host.bench.detection.calibration import bins, error
from baysense_host.bench.detection.field_marks import field_marks
from baysense_host.bench.detection.marks import simulated_marks
from baysense_host.bench.detection.metrics import ATDA, CONFIRMED, CONTENDERS, FIXED, OURS, RIGHT, UNKNOWN, scenarios
from baysense_host.bench.detection.score import Score
from baysense_host.bench.report import Mark
from synthetic_scores import agreement, field, score, scores


def _mark(name: str, found: list[Score]) -> Mark:
    return next(mark for mark in simulated_marks(found, quick=False) if mark.id == name)


def test_faultless_scores_reach_every_mark_but_the_number_of_events() -> None:
    found = simulated_marks(scores(), quick=False)
    assert {mark.id for mark in found if not mark.ok} == {"s1_events"}  # 800 of 3,000
    assert [mark.id for mark in simulated_marks(scores(), quick=True) if not mark.ok] == []


def test_what_was_not_run_is_not_reached() -> None:
    found = simulated_marks(scores(["S1"]), quick=False)
    assert {mark.id for mark in found if mark.value is None} == {
        mark.id for mark in found if not mark.id.startswith(("s1_", "calibration"))
    }
    assert not any(mark.ok for mark in found if mark.value is None and mark.mark is not None)


@pytest.mark.parametrize(
    ("name", "scenario", "changed", "value"),
    [
        ("s1_recall", "S1", {"matched_true": 98}, 99.0),
        ("s1_precision", "S1", {"told_events": 104}, 100 * 200 / 204),
        ("s2_cross_talk", "S2", {"cross_talk": 4}, 0.2),
        ("s3_false", "S3", {"false_free": 1}, 0.5),
        ("s4_false", "S4 beside", {"false_occupied": 1}, 0.5),
        ("s4_counted", "S4 beside", {"flipped_movements": 30}, 1.5),
        ("s4_over", "S4 over", {"false_occupied": 1}, 0.5),
        ("s4_over_counted", "S4 over", {"flipped_movements": 30}, 1.5),
        ("s5_flips", "S5", {"false_occupied": 1}, 1),
        ("s6_flips", "S6", {"false_free": 2}, 2),
        ("s7_false", "S7", {"false_free": 1}, 0.5),
        ("s7_messages", "S7", {"messages": 110}, 5.0),
        ("s8_recall", "S8", {"matched_true": 80}, 90.0),
        ("s9_unflagged", "S9", {"faults_missing": ["range_blocked"]}, 1),
        ("s10_flips", "S10", {"flipped_movements": 40}, 2.0),
        ("s11_recall", "S11", {"matched_true": 80}, 90.0),
        ("s12_unflagged", "S12", {"silently_wrong_s": 61.0}, 1),
        ("s14_flips", "S14", {"false_free": 1}, 1),
        ("s14_unflagged", "S14", {"faults_missing": ["magnet", "sensor_stuck"]}, 1),
    ],
)
def test_one_bad_site_of_two_misses_the_mark(
    name: str, scenario: str, changed: dict[str, object], value: float
) -> None:
    mark = _mark(name, [score(scenario), score(scenario, site=1, **changed)])
    assert mark.value == pytest.approx(value) and not mark.ok


@pytest.mark.parametrize("name", ["s2_cross_talk_mag", "s8_recall_mag", "s8_wrong_mag"])
def test_without_confirmation_only_the_magnetometer_counts(name: str) -> None:
    bad = {"cross_talk": 50, "matched_true": 50, "missed_wrong": 50}
    both = [score(scenario, CONFIRMED, **bad) for scenario in ("S2", "S8")]
    assert _mark(name, [*both, score("S2", OURS), score("S8", OURS)]).ok
    assert not _mark(name, [score("S2", OURS, **bad), score("S8", OURS, **bad)]).ok


def test_an_accident_that_was_not_named_is_for_information() -> None:
    mark = _mark("s12_not_named", [score("S12", faults_missing=["node_moved"])])
    assert mark.value == 1 and mark.mark is None
    long = {"wrong_longest_s": 86_400.0, "faults": ["calibrating"]}
    assert _mark("s12_day_wrong", [score("S12", **long)]).value == 1
    assert _mark("s12_day_wrong", [score("S12", **long | {"faults": ["node_moved"]})]).value == 0
    assert _mark("s12_unflagged", [score("S12", silently_wrong_s=59.0)]).ok


def test_our_own_scenarios_have_numbers_and_no_marks() -> None:
    found = simulated_marks([score("X2", false_free=3, flipped_movements=2), score("S1")], quick=False)
    own = {mark.id: mark for mark in found if mark.id.startswith("x")}
    assert own["x2_false"].value == 3.0 and own["x2_flipped"].value == pytest.approx(0.2)
    assert all(mark.mark is None for mark in own.values())


def test_confidences_are_those_of_the_catalogue() -> None:
    sure = {"reliability": [(0.9, number % 2 > 0) for number in range(100)]}
    found = [score("S1"), score("X1", **sure), score("S1", OURS, **sure)]
    assert _mark("calibration_90", found).value == pytest.approx(90.0) and _mark("calibration_90", found).n == 100
    assert _mark("calibration_90_gap", found).ok and _mark("calibration_error", found).value == pytest.approx(0.0)
    mag = _mark("calibration_mag_90_gap", found)
    assert mag.value == pytest.approx(40.0) and not mag.ok


def test_the_expected_error_is_weighed_by_how_much_was_told() -> None:
    found = bins([*[(0.99, True)] * 90, *[(0.5, False)] * 10])
    assert [(one.right, one.count) for one in found] == [(0, 10), (90, 90)]
    assert error(found) == pytest.approx(0.9 * 0.01 + 0.1 * 0.5)
    assert error([]) is None


def test_latency_is_that_of_all_matched_events_with_its_interval() -> None:
    slow = score("S1", site=1, latencies_s={"arrival": [8.0] * 50, "departure": [2.0] * 50})
    mark = _mark("s1_latency", [score("S1"), slow])
    assert mark.value == 8.0 and mark.n == 200 and mark.ci95 == (3.0, 8.0) and not mark.ok


def test_shares_of_time_are_counted_in_days() -> None:
    right, unknown = RIGHT.over([score(), score()]), UNKNOWN.over([score(), score()])
    assert right.of == 2.0 and right.value == pytest.approx(3590 / 3600) and unknown.value == pytest.approx(10 / 3600)


def test_scenarios_come_in_order_of_their_numbers() -> None:
    assert scenarios([score("S10"), score("X1"), score("S2"), score("S16 traffic"), score("S1")]) == [
        "S1",
        "S2",
        "S10",
        "S16 traffic",
        "X1",
    ]


def test_field_marks_hold_ours_against_ceiling_and_baselines() -> None:
    found = {mark.id: mark for mark in field_marks(field())}
    near = found["north_agreement"]
    assert near.value == pytest.approx(0.9) and near.mark == pytest.approx(0.89) and near.ok and near.n == 2000
    assert (
        found["north_baselines"].mark == pytest.approx(0.9) and not found["north_baselines"].ok
    )  # as good is not above
    assert found["north_messages"].value == 2.0 and found["north_messages"].mark == 6.0
    assert found["north_section_1"].value == 0.9 and found["north_section_1"].mark is None
    assert found["parking_arrival"].value == found["parking_departure"].value == 100.0
    assert found["traffic_false"].n == 1 and all(mark.ok for name, mark in found.items() if name != "north_baselines")


def test_field_marks_are_missed_by_worse_results() -> None:
    worse = replace(
        field(),
        agreements=[agreement(OURS, 80, 61), agreement(FIXED, 70), agreement(ATDA, 81)],
        windows=[
            score("S16 parking", OURS, 1, latencies_s={"arrival": [1.0], "departure": []}),
            score("S16 traffic", OURS, 1, false_free=2),
        ],
    )
    missed = {mark.id for mark in field_marks(worse) if not mark.ok}
    assert missed == {"north_agreement", "north_baselines", "north_messages", "parking_departure", "traffic_false"}


def test_windows_that_tuned_are_for_information() -> None:
    tuned = score("S16 traffic", OURS, 0, false_free=2)
    found = {mark.id: mark for mark in field_marks(replace(field(), windows=[*field().windows[1:], tuned]))}
    assert found["traffic_false"].ok and found["traffic_false_all"].value == 1
    assert found["traffic_false_all"].mark is None


def test_a_bay_is_judged_by_the_mean_of_its_noise_seeds() -> None:
    others = [agreement(name) for name in (CONFIRMED, FIXED, ATDA)]
    ours = [agreement(OURS, right, messages, seed) for seed, (right, messages) in enumerate([(90, 20), (80, 70)])]
    found = {mark.id: mark for mark in field_marks(replace(field(), agreements=[*ours, *others]))}
    mark = found["north_agreement"]
    assert mark.value == pytest.approx(0.85) and mark.n == 2000 and "2 noise seeds, 0.800–0.900" in mark.what
    assert found["north_messages"].value == pytest.approx(4.5)


def test_a_window_counts_once_however_many_noise_seeds() -> None:
    missed = {"latencies_s": {"arrival": [], "departure": [5.0]}}
    windows = [score("S16 parking", OURS, 1, noise_seed=seed, **(missed if seed else {})) for seed in range(2)]
    windows[0].latencies_s["arrival"] = [4.0]
    false = [score("S16 traffic", OURS, 1, noise_seed=seed, false_free=2 * seed) for seed in range(2)]
    found = {mark.id: mark for mark in field_marks(replace(field(), windows=[*windows, *false]))}
    assert found["parking_arrival"].value == 50.0 and found["parking_arrival"].n == 1
    assert found["traffic_false"].value == 1 and found["traffic_false"].n == 1


def test_without_recordings_there_are_no_field_marks() -> None:
    nothing = replace(field(), agreements=[], ceilings=[], windows=[])
    assert field_marks(nothing) == []


def test_contenders_have_one_order() -> None:
    from baysense_host.bench.detection.contenders import CONTENDERS as RUN

    assert tuple(RUN) == CONTENDERS
