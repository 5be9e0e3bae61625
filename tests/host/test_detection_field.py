"""Field recordings as sites: what is judged of them, against which ceiling, and that all there are can be read."""

from pathlib import Path

import numpy as np
import pytest

from baysense_host.bench.detection.baselines import Atda
from baysense_host.bench.detection.data import data_folder, recordings
from baysense_host.bench.detection.field.bays import Bay, agreement, read_bay
from baysense_host.bench.detection.field.ceiling import best_threshold, ceiling
from baysense_host.bench.detection.field.radar_rule import EMPTY, UNSURE, VEHICLE, changes, words
from baysense_host.bench.detection.field.transients import PARKING, TRAFFIC, read_window
from baysense_host.bench.detection.field.tuned import tuned_atda, tuned_fixed
from baysense_host.bench.detection.score import judge
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE
from baysense_host.bench.detection.watch import Decision, Watch
from baysense_host.errors import ToolError

_DAY_S = 86_400.0
_BAYS, _WINDOWS = recordings("bays/*.csv"), recordings("transients_*/*.csv")
_NO_DATA = f"left out: no field recordings in {data_folder()} (set BAYSENSE_DATA)"


def _bay_file(folder: Path, drift_ut_c: float = 0.0) -> Path:
    """Write ten days: a car from 8 to 16 o'clock adds 10 µT, one doubtful row each noon, and days that get warm."""
    lines = ["t_s,x_ut,y_ut,z_ut,temp_c,gate0,gate1,kind"]
    for row in range(1440):
        hour = row / 6 % 24
        here = 8 <= hour < 16
        warm_c = 10 + 8 * np.sin((hour - 6) / 24 * 2 * np.pi)
        gates = (15, 9) if hour == 12 else (40, 31) if here else (6, 5)
        x_ut = 20 + 10 * here + drift_ut_c * warm_c
        lines.append(f"{row * 600},{x_ut:.1f},-5,45,{warm_c:.2f},{gates[0]},{gates[1]},heartbeat")
    path = folder / "bay.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _watch(*states: tuple[float, str]) -> Watch:
    return Watch([Decision(t_s, t_s, state, 0.9, "") for t_s, state in states])


def _every_day(*states: tuple[float, str]) -> Watch:
    return _watch(
        (0.0, "free"), *((day * _DAY_S + 3600 * hour, state) for day in range(10) for hour, state in states)
    )


@pytest.fixture
def bay(tmp_path: Path) -> Bay:
    return read_bay(_bay_file(tmp_path))


def test_the_radar_is_sure_from_25_and_below_12() -> None:
    gates = np.array([[25, 0], [24, 0], [3, 12], [11, 11.9]])
    assert words(gates).tolist() == [VEHICLE, UNSURE, UNSURE, EMPTY]


def test_between_its_thresholds_the_radar_changes_nothing() -> None:
    said = np.array([EMPTY, UNSURE, EMPTY, VEHICLE, UNSURE, VEHICLE, UNSURE, EMPTY], np.int8)
    assert changes(said) == 2


def test_the_first_weeks_tune_and_the_others_are_judged(bay: Bay) -> None:
    assert not (bay.judged & bay.tuning).any()
    assert bay.t_s[bay.tuning].max() < bay.judged_from_s <= bay.t_s[bay.judged].min()
    assert bay.judged_from_s == pytest.approx(4 * _DAY_S, rel=0.01)
    assert (~bay.judged & ~bay.tuning).sum() == 10  # the doubtful rows
    assert bay.radar_changes == 12


def test_a_watch_that_always_agrees_with_the_radar(bay: Bay) -> None:
    found = agreement(bay, _every_day((8, "occupied"), (16, "free")), "ours")
    assert (found.balanced, found.unknown) == (1.0, 0.0)
    assert found.rows.sum() == bay.judged.sum()
    assert found.messages == found.radar_changes == 12


def test_a_row_is_compared_at_the_end_of_its_time(bay: Bay) -> None:
    late_h = 599 / 3600
    assert agreement(bay, _every_day((8 + late_h, "occupied"), (16 + late_h, "free")), "ours").balanced == 1.0
    later_h = 601 / 3600
    assert agreement(bay, _every_day((8 + later_h, "occupied"), (16 + later_h, "free")), "ours").balanced < 0.99


def test_saying_always_the_same_is_worth_half_and_unknown_nothing(bay: Bay) -> None:
    assert agreement(bay, _watch((0.0, "free")), "ours").balanced == 0.5
    found = agreement(bay, _watch((0.0, "unknown")), "ours")
    assert (found.balanced, found.unknown) == (0.0, 1.0)


def test_a_heartbeat_is_right_where_a_sure_radar_agrees(bay: Bay) -> None:
    watch = _watch((0.0, "free"))
    times_h = (10.0, 120.0, 130.0, 132.0)  # tuning weeks, night, a car, doubtful
    watch.confidences = [(3600 * hour, 0.8) for hour in times_h]
    assert agreement(bay, watch, "ours").beats == [(0.8, True), (0.8, False)]


def test_the_bays_ranger_is_its_radar(bay: Bay) -> None:
    rng = np.random.default_rng(1)
    ranger = bay.site.ranger
    assert ranger is not None
    said = [ranger.vehicle_above(3600.0 * hour, rng) for hour in (1, 10, 12)]
    assert said == [(False, False), (True, False), (None, False)]


def test_without_drift_every_ceiling_is_reached(bay: Bay) -> None:
    found = ceiling(bay)
    assert (found.fixed, found.temperature, found.gated) == (1.0, 1.0, 1.0)


def test_where_heat_moves_the_field_only_the_temperature_model_finds_the_car(tmp_path: Path) -> None:
    found = ceiling(read_bay(_bay_file(tmp_path, drift_ut_c=-2.0)))
    assert found.fixed < 0.95
    assert found.temperature == found.mark == found.learned == 1.0


def test_what_changes_after_the_first_weeks_is_not_learned_in_them(bay: Bay) -> None:
    moved = Bay(bay.name, bay.t_s, bay.field_nt.copy(), bay.temp_cdeg, bay.radar)
    moved.field_nt[bay.t_s >= bay.judged_from_s, 0] -= 5000  # the car is now as far off as the empty bay
    found = ceiling(moved)
    assert found.temperature == 1.0
    assert found.learned < 1.0


def test_the_best_threshold_lies_between_the_rows_it_parts() -> None:
    radar = np.array([EMPTY, EMPTY, VEHICLE, EMPTY, VEHICLE, VEHICLE], np.int8)
    threshold, agreed = best_threshold(np.array([1.0, 2.0, 5.0, 3.0, 3.0, 9.0]), radar)
    assert 3.0 < threshold < 5.0
    assert agreed == pytest.approx((1 + 2 / 3) / 2)


def test_thresholds_of_the_baselines_come_from_the_first_weeks(bay: Bay) -> None:
    fixed, atda = tuned_fixed(bay), tuned_atda(bay)
    assert 0 < fixed.threshold_nt < 10_000
    assert agreement(bay, fixed(bay.site, False), "fixed").balanced == 1.0
    # Everything after the first weeks may be anything: the thresholds stay.
    spoiled = Bay(bay.name, bay.t_s, bay.field_nt.copy(), bay.temp_cdeg, bay.radar)
    spoiled.field_nt[bay.t_s >= bay.judged_from_s] *= 5
    assert tuned_fixed(spoiled).threshold_nt == fixed.threshold_nt
    assert tuned_atda(spoiled).threshold_nt == atda.threshold_nt


def test_a_bay_without_a_radar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bay.csv"
    path.write_text("t_s,x_ut,y_ut,z_ut,temp_c\n0,1,2,3,4\n", encoding="utf-8")
    with pytest.raises(ToolError, match="no radar gates"):
        read_bay(path)


def _window_file(folder: Path) -> Path:
    """Write 40 s at 11 Hz: a car from 10 to 30 s; each row says its number."""
    lines = ["t_s,x_ut,y_ut,z_ut,vehicle"]
    lines += [
        f"{row / 11:.3f},{20 + row / 1000:.3f},-5,{45 + 20 * (110 <= row < 330)},{int(110 <= row < 330)}"
        for row in range(441)
    ]
    path = folder / "000.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_window_begins_after_two_minutes_of_its_first_second(tmp_path: Path) -> None:
    site = read_window(_window_file(tmp_path), PARKING)
    (stretch,) = site.stretches()
    assert stretch.dense
    assert [(change.kind, round(change.t_s)) for change in site.changes] == [(ARRIVAL, 130), (DEPARTURE, 150)]
    rows = stretch.field_nt[:, 0] - 20_000
    assert set(rows[stretch.t_s < 119.95]) <= set(range(12))
    assert len({tuple(rows[start : start + 20]) for start in range(0, 1180, 20)}) > 50  # it does not repeat itself
    assert (rows[stretch.t_s > 160.05] >= 429).all()
    assert site.days * _DAY_S == pytest.approx(120 + 40 + 60)


def test_a_passing_vehicle_changes_nothing(tmp_path: Path) -> None:
    site = read_window(_window_file(tmp_path), TRAFFIC)
    assert site.changes == ()
    score = judge(site, Atda()(site, False), "ATDA")
    assert score.false_kinds == {ARRIVAL: 1, DEPARTURE: 1}
    assert score.cross_talk == 2


def test_a_window_without_a_label_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "000.csv"
    path.write_text("t_s,x_ut,y_ut,z_ut\n0,1,2,3\n0.1,1,2,3\n", encoding="utf-8")
    with pytest.raises(ToolError, match="no column vehicle"):
        read_window(path, PARKING)


@pytest.mark.skipif(not _BAYS, reason=_NO_DATA)
@pytest.mark.parametrize("path", _BAYS, ids=lambda path: path.stem)
def test_every_recorded_bay_can_be_judged(path: Path) -> None:
    bay = read_bay(path)
    found = ceiling(bay)
    # In hindsight a threshold is never worse than a coin.
    assert all(0.5 <= value <= 1 for value in (found.fixed, found.temperature, found.gated, found.learned))
    for contender in (tuned_fixed(bay), tuned_atda(bay)):
        assert 0 < agreement(bay, contender(bay.site, False), "").balanced < 1


@pytest.mark.skipif(not _WINDOWS, reason=_NO_DATA)
def test_every_recorded_window_can_be_played() -> None:
    for path in _WINDOWS:
        site = read_window(path, PARKING)
        (stretch,) = site.stretches()
        kinds = [change.kind for change in site.changes]
        assert kinds == [ARRIVAL, DEPARTURE] * (len(kinds) // 2), path
        assert np.diff(stretch.t_s).max() < 0.11
