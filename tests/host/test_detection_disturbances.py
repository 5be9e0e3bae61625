"""Simulated sites in which heat, storms, currents, dirt, people and defects disturb: S5-S7, S9, S10, S12, S14."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from baysense.core import faults
from baysense_host.bench.detection.seeds import JUDGING, TUNING
from baysense_host.bench.detection.simulate import SCENARIOS
from baysense_host.bench.detection.simulate.range_sensor import (
    OBSTRUCTIONS,
)
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Site, Stretch

_OURS = ("S5", "S6", "S7", "S9", "S10", "S12", "S14")
_SCALES = 4  # moment scales a bench runs
_NOT_YET = {"magnet", "node_moved"}


@pytest.fixture(scope="module")
def quick() -> dict[str, list[Site]]:
    return {name: SCENARIOS[name](JUDGING, 1.5, True) for name in _OURS}


@pytest.fixture(scope="module")
def full() -> dict[str, list[Site]]:
    """Return all sites of one scale; nothing of their field is computed yet."""
    return {name: SCENARIOS[name](JUDGING, 1.5, False) for name in _OURS}


def of_kind(sites: list[Site], kind: str) -> list[Site]:
    return [site for site in sites if site.name.split()[1] == kind]


def joined(site: Site, dense: bool | None = None) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return times and field of all stretches, or of those that are dense or not."""
    chosen = [part for part in site.stretches() if dense is None or part.dense == dense]
    return np.concatenate([part.t_s for part in chosen]), np.concatenate([part.field_nt for part in chosen])


def at(site: Site, t_s: float) -> NDArray[np.int32]:
    times_s, field_nt = joined(site)
    return np.asarray(field_nt[np.searchsorted(times_s, t_s)])


def occupied(site: Site, t_s: float) -> bool:
    before = [change for change in site.changes if change.t_s <= t_s]
    return before[-1].kind == ARRIVAL if before else site.occupied_at_start


# All of them


@pytest.mark.parametrize("name", _OURS)
def test_stretches_cover_the_whole_time_in_order(quick: dict[str, list[Site]], name: str) -> None:
    for site in quick[name]:
        times_s, field_nt = joined(site)
        assert times_s[0] == 0 and abs(times_s[-1] - site.days * DAY_S) < 0.2
        assert (np.diff(times_s) > 0.05).all() and np.diff(times_s).max() < 601
        assert field_nt.dtype == np.int32 and np.ptp(field_nt, axis=0).min() > 0
        assert all(part.dense == (np.diff(part.t_s).max(initial=0.0) < 0.11) for part in _long(site.stretches()))


def _long(stretches: Iterator[Stretch]) -> list[Stretch]:
    return [part for part in stretches if len(part.t_s) > 1]


@pytest.mark.parametrize("name", _OURS)
def test_sites_are_the_same_each_time_and_others_for_other_seeds(quick: dict[str, list[Site]], name: str) -> None:
    again, tuned = SCENARIOS[name](JUDGING, 1.5, True), SCENARIOS[name](TUNING, 1.5, True)
    for site, same, other in zip(quick[name], again, tuned, strict=True):
        assert site.changes == same.changes and site.changes != other.changes
        assert (joined(site)[1] == joined(same)[1]).all()


@pytest.mark.parametrize("name", _OURS)
def test_arrivals_and_departures_take_turns(full: dict[str, list[Site]], name: str) -> None:
    for site in full[name]:
        kinds = [change.kind for change in site.changes]
        first = DEPARTURE if site.occupied_at_start else ARRIVAL
        assert kinds and kinds[0] == first and all(a != b for a, b in zip(kinds, kinds[1:], strict=False))
        assert site.changes[0].t_s > 0 and site.changes[-1].t_s < site.days * DAY_S


def test_names_and_faults_are_known(full: dict[str, list[Site]]) -> None:
    names = [site.name for sites in full.values() for site in sites]
    assert len(set(names)) == len(names)
    expected = {fault for sites in full.values() for site in sites for fault in site.expected_faults}
    assert expected - _NOT_YET <= set(faults.names((1 << 30) - 1))
    assert expected == {"range_blocked", "sensor_stuck", "sensor_saturated"} | _NOT_YET


def test_amounts_are_those_of_the_scenarios(full: dict[str, list[Site]]) -> None:
    days = {name: _SCALES * sum(site.days for site in sites) for name, sites in full.items()}
    assert days["S5"] >= 100 and days["S6"] >= 20 and days["S7"] >= 60  # 3 / 60 shows 0.05 false changes a day
    assert {site.days for site in full["S5"]} == {30.0}
    assert _SCALES * sum(len(site.neighbours_s) for site in full["S10"]) >= 300
    for kind in ("over-a-car", "turned", "reboot", "brown-out"):
        assert _SCALES * len(of_kind(full["S12"], kind)) >= 50


# S5


def test_heat_moves_the_field_of_the_extreme_bay_by_more_than_a_car(quick: dict[str, list[Site]]) -> None:
    site = quick["S5"][0]
    rows = [(part.temp_cdeg, part.field_nt) for part in site.stretches() if not part.dense]
    temp_c = np.concatenate([row[0] for row in rows]) / 100
    t_s, field_nt = joined(site, dense=False)
    free = np.array([not occupied(site, t) for t in t_s])
    slope = np.polyfit(temp_c[free], field_nt[free] / 1000, 1)[0]
    assert np.linalg.norm(slope) == pytest.approx(0.3, abs=0.03)


# S6


def test_without_recordings_the_storm_is_synthetic_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BAYSENSE_DATA", str(tmp_path))
    (site,) = SCENARIOS["S6"](TUNING, 1.0, True)
    assert "synthetic" in site.name
    assert np.ptp(joined(site, dense=False)[1], axis=0).max() > 0


# S9


def test_the_window_is_covered_from_the_time_before_which_it_must_be_told(full: dict[str, list[Site]]) -> None:
    kinds = Counter(site.name.split()[1] for site in full["S9"])
    assert set(kinds) == set(OBSTRUCTIONS)
    rng = np.random.default_rng(6)
    for site in full["S9"]:
        begins_s = site.fault_within_s - 3660.0
        assert site.ranger is not None and site.expected_faults == ("range_blocked",)
        assert not any(site.ranger.vehicle_above(begins_s - 5.0 - k, rng)[1] for k in range(20))
        assert sum(site.ranger.vehicle_above(begins_s + k, rng)[1] for k in range(20)) > 14
        assert sum(change.t_s > begins_s for change in site.changes) > 4


# S10


def test_people_stay_where_no_car_is_and_are_small(full: dict[str, list[Site]]) -> None:
    largest_ut = []
    for site in full["S10"]:
        assert not any(occupied(site, t_s) for t_s in site.neighbours_s)
        gaps_s = [min(abs(change.t_s - t_s) for change in site.changes) for t_s in site.neighbours_s]
        assert min(gaps_s) > 60
        t_s, field_nt = joined(site, dense=True)
        for visit_s in site.neighbours_s:
            near = field_nt[(t_s > visit_s - 5) & (t_s < visit_s + 60)]
            largest_ut += [np.ptp(near, axis=0).max() / 1000] if len(near) else []
    assert largest_ut and np.median(largest_ut) > 3 and max(largest_ut) < 60


# S12


def test_commissioned_over_a_car_begins_occupied(full: dict[str, list[Site]]) -> None:
    for site in of_kind(full["S12"], "over-a-car"):
        assert site.occupied_at_start and site.changes[0].t_s > 1500
        first_ut = at(site, 0.0) / 1000
        after_ut = at(site, site.changes[0].t_s + 60) / 1000
        assert np.linalg.norm(first_ut - after_ut) > 0.3
        assert site.ranger is not None
        assert site.ranger.vehicle_above(60.0, np.random.default_rng(1))[0] in (True, None)


def test_nodes_are_turned_while_the_bay_is_calm(full: dict[str, list[Site]]) -> None:
    states: Counter[bool] = Counter()
    for site in of_kind(full["S12"], "turned"):
        t_s = site.fault_within_s - DAY_S
        assert site.days * DAY_S - t_s > 1.02 * DAY_S  # time to be wrong for a day
        states[occupied(site, t_s)] += 1
        assert ("occupied" in site.name) == occupied(site, t_s)
        assert min(abs(change.t_s - t_s) for change in site.changes) > 30
        moved_ut = (at(site, t_s + 5.0) - at(site, t_s - 3.0)) / 1000
        assert np.linalg.norm(moved_ut) > 1.5
    assert states[True] and states[False]


def test_restarts_meet_parked_cars(full: dict[str, list[Site]]) -> None:
    for site in of_kind(full["S12"], "reboot"):
        sessions = sum(change.kind == ARRIVAL for change in site.changes)
        assert Counter(occupied(site, t_s) for t_s in site.restarts_s) == {True: sessions, False: 1}
    drops = of_kind(full["S12"], "brown-out")
    soon_s = [
        min(t - c.t_s for t in s.restarts_s if t > c.t_s) for s in drops for c in s.changes if c.kind == ARRIVAL
    ]
    assert max(soon_s) < 10 + 40 and np.median(soon_s) < 8


# S14


def test_one_read_in_a_thousand_goes_wrong(full: dict[str, list[Site]]) -> None:
    site = of_kind(full["S14"], "glitches")[0]
    _, field_nt = joined(site)
    wrong = (np.abs(field_nt - np.median(field_nt, axis=0)) > 300_000).any(axis=1)
    assert len(field_nt) > 70_000 and 0.0006 < wrong.mean() < 0.0013


def test_a_stuck_axis_is_told_after_a_car_has_come(full: dict[str, list[Site]]) -> None:
    at_zero = []
    for site in of_kind(full["S14"], "stuck"):
        begins_s = site.fault_within_s - 600.0
        t_s, field_nt = joined(site, dense=True)
        same = np.ptp(field_nt[t_s >= begins_s], axis=0) == 0
        assert same.sum() == 1
        value_nt = field_nt[-1][same][0]
        at_zero.append(value_nt == 0)
        jump_nt = abs(value_nt - field_nt[t_s < begins_s][-1][same][0])
        assert value_nt == 0 or jump_nt < 12_000  # drift with temperature from 20 °C, noise
        assert begins_s < site.changes[0].t_s < site.changes[1].t_s < site.fault_within_s
    assert set(at_zero) == {True, False}


@pytest.mark.parametrize(("kind", "low_nt", "high_nt"), [("saturated", 4_800_000, 4_920_000), ("magnet", 1e5, 2.2e6)])
def test_magnets_come_and_go(full: dict[str, list[Site]], kind: str, low_nt: float, high_nt: float) -> None:
    states = set()
    for site in of_kind(full["S14"], kind):
        on_s = site.fault_within_s - 600.0
        before, while_on = at(site, on_s - 3.0), at(site, on_s + 30.0)
        assert low_nt < np.abs(while_on).max() < high_nt
        change = next((change.t_s for change in site.changes if change.t_s > on_s), site.days * DAY_S)
        t_s, field_nt = joined(site)
        after = field_nt[t_s < change - 60][-1]
        assert np.abs(after - before).max() < 10_000  # it is gone before anybody moves; drift remains
        states.add(occupied(site, on_s))
        assert re.search("occupied" if occupied(site, on_s) else "free", site.name)
    assert states == {True, False}
