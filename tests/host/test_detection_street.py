"""Simulated streets: physics, motions, the sensor, and what each scenario promises."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import hypot
from random import Random

import numpy as np
import pytest

from baysense_host.bench.detection.seeds import JUDGING, TUNING
from baysense_host.bench.detection.simulate import SCENARIOS, drives, odd_vehicles, street
from baysense_host.bench.detection.simulate.actors import FELT_UT, Actor, merged
from baysense_host.bench.detection.simulate.sensor import Sensor, draw_sensor, read
from baysense_host.bench.detection.simulate.site_maker import Surroundings, make_site
from baysense_host.bench.detection.simulate.tracks import KerbLine, Track, travel, wait
from baysense_host.bench.detection.simulate.vehicles import body_of, field_ut
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Site, Stretch
from baysense_host.virtual.world.layout import BayLine
from baysense_host.virtual.world.vehicle import draw_vehicle

SCALES = (1.0, 1.5, 2.0, 2.5)
STREET = ("S1", "S2", "S3", "S4", "S8", "S11")
EARTH = np.array([18.0, 1.4, 46.9])
DOWN = EARTH / np.linalg.norm(EARTH)
CLEAN = Sensor(np.zeros(3), np.ones(3), np.zeros(3), noise_ut=0.0)


def a_draw(number: int = 0, scale: float = 1.0) -> street.Draw:
    return list(street.draws("test", TUNING, scale, number + 1))[number]


def surroundings(*actors: Actor, duration_s: float = 3600.0, sensor: Sensor = CLEAN) -> Surroundings:
    return Surroundings(1, duration_s, EARTH, lambda t_s: np.full(len(t_s), 20.0), sensor, actors)


def parked(draw: street.Draw, stands_s: float = 600.0, leaves_s: float = 1800.0) -> Actor:
    return drives.visit(draw, draw.body("sedan"), drives.bay_line(draw), stands_s, leaves_s)


def all_sites(scenario: str, seed: int, quick: bool) -> Iterator[Site]:
    for scale in SCALES:
        yield from SCENARIOS[scenario](seed, scale, quick)


def rows(stretches: list[Stretch]) -> int:
    return sum(len(stretch.t_s) for stretch in stretches)


def test_the_field_of_a_vehicle_is_that_of_the_virtual_world() -> None:
    rng = Random(3)
    vehicle = draw_vehicle(rng, "van", 1.5)
    poses = [(rng.uniform(-5, 5), rng.uniform(-5, 5), rng.uniform(-3, 3)) for _ in range(50)]
    ours = field_ut(body_of(vehicle), *np.array(poses).T, DOWN)
    theirs = [vehicle.field_ut(*pose, tuple(DOWN.tolist())) for pose in poses]
    assert np.allclose(ours, theirs)


def test_the_second_field_model_is_as_strong_as_the_first_where_that_is_known() -> None:
    def median_ut(ellipsoid: bool, beside_m: float) -> float:
        found = []
        for draw in street.draws("test", TUNING, 1.0, 200):
            body = replace(draw, ellipsoid=ellipsoid).body("sedan")
            at = np.array([0.0]), np.array([beside_m]), np.array([0.0])
            found.append(np.linalg.norm(field_ut(body, *at, DOWN)))
        return float(np.median(found))

    assert 0.5 < median_ut(True, 0.0) / median_ut(False, 0.0) < 1.5
    assert 0.7 < median_ut(True, 2.5) / median_ut(False, 2.5) < 1.6


def test_the_ellipsoid_is_a_dipole_from_afar() -> None:
    body = replace(a_draw(), ellipsoid=True).body("suv")
    near, far = (field_ut(body, np.array([d]), np.array([0.0]), np.array([0.4]), DOWN)[0] for d in (30.0, 60.0))
    assert np.allclose(near / 8, far, rtol=0.2, atol=np.linalg.norm(far) / 5)


def test_a_sensor_adds_noise_in_whole_steps_and_clips() -> None:
    rng = np.random.default_rng(1)
    sensor = replace(CLEAN, noise_ut=0.3)
    true_ut = np.tile([10.0, -20.0, 6000.0], (20_000, 1))
    got_nt = read(sensor, rng, true_ut, np.full(20_000, 20.0))
    assert (got_nt % 150 == 0).all()
    assert (got_nt[:, 2] == 32_767 * 150).all()
    assert np.allclose(got_nt[:, :2].std(axis=0), 300, rtol=0.05)
    assert np.allclose(got_nt[:, :2].mean(axis=0), [10_000, -20_000], atol=15)


def test_a_sensor_drifts_with_its_temperature() -> None:
    sensor = draw_sensor(np.random.default_rng(5))
    cold_nt, warm_nt = read(sensor, None, np.tile(EARTH, (2, 1)), np.array([0.0, 40.0]))
    assert np.allclose((warm_nt - cold_nt) / 40_000, sensor.drift_ut_per_c, atol=0.15 / 40)
    assert np.abs(sensor.drift_ut_per_c).max() <= 0.18


@pytest.mark.parametrize("rolling", [True, False])
@pytest.mark.parametrize("through", [True, False])
@pytest.mark.parametrize(("start_m", "end_m"), [(0.0, 20.0), (20.0, 0.0), (0.0, 0.3)])
def test_a_way_is_driven_without_jumps(start_m: float, end_m: float, through: bool, rolling: bool) -> None:
    track = Track(
        KerbLine(0.0, 0.0, 1), tuple(travel(start_m, end_m, 2.0, 1.0, rolling=rolling, through=through)), 5.0
    )
    t_s = np.linspace(0.0, track.end_s + 5, 4001)
    place_m = track.place_m(t_s)
    assert place_m[0] == start_m
    assert place_m[-1] == pytest.approx(end_m)
    assert np.abs(np.diff(place_m)).max() <= 2.0 * (t_s[1] - t_s[0]) + 1e-9
    assert (np.diff(place_m) * np.sign(end_m - start_m) >= -1e-12).all()


def test_poses_between_the_knots_are_those_of_the_line() -> None:
    line = BayLine(0.2, -0.1, 0.05, -1, nose_in=True)
    track = Track(line, tuple(travel(line.length_m, 0.0, 2.0, 1.0, rolling=True)), 0.0)
    t_s = np.linspace(0.0, track.end_s, 57)
    truth = np.array([line.pose(place_m) for place_m in track.place_m(t_s).tolist()])
    assert np.allclose(np.stack(track.poses(t_s), axis=1), truth, atol=0.005)


def test_truth_is_standstill_and_the_outline_out_of_the_bay() -> None:
    actor = parked(a_draw())
    site = make_site(surroundings(actor), "a", "S1", 1.0)
    come, go = site.changes
    assert (come.kind, come.t_s, come.vehicle) == (ARRIVAL, 600.0, "sedan")
    assert go.kind == DEPARTURE and 1800.0 < go.t_s < actor.end_s
    x_m, y_m, _ = actor.tracks[1].poses(np.array([go.t_s]))
    assert hypot(x_m[0], y_m[0]) > 2.5


def test_a_site_is_covered_without_gaps() -> None:
    around = surroundings(parked(a_draw()), duration_s=7200.0)
    stretches = list(replace(around, fast_s=((3600.0, 4000.0),)).stretches())
    t_s = np.concatenate([stretch.t_s for stretch in stretches])
    assert t_s[0] == 0.0 and t_s[-1] == 7200.0
    assert (np.diff(t_s) > 0).all() and np.diff(t_s).max() <= 600.0
    fast_s = t_s[(t_s >= 3600) & (t_s < 4000)]
    assert np.diff(fast_s).max() <= 60.0
    assert [stretch.dense for stretch in stretches] == [False, True, False, True, False]
    for stretch in stretches:
        assert not stretch.dense or np.allclose(np.diff(stretch.t_s), 0.1)


def test_each_watch_reads_the_same() -> None:
    site = SCENARIOS["S1"](TUNING, 1.0, True)[0]
    first, second = list(site.stretches()), list(site.stretches())
    assert all((a.field_nt == b.field_nt).all() for a, b in zip(first, second, strict=True))
    again = SCENARIOS["S1"](TUNING, 1.0, True)[0]
    assert rows(list(again.stretches())) == rows(first)
    assert again.changes == site.changes


def test_all_that_is_felt_is_dense() -> None:
    draw = a_draw(scale=2.5)
    actors = [drives.pass_by(draw, draw.body("truck"), 2.0, t_s, 6.0) for t_s in (300.0, 900.0, 1500.0)]
    around = surroundings(*actors)
    t_s = np.arange(0.0, 3600.0, 0.5)
    felt = np.linalg.norm(around.field_ut(t_s) - EARTH, axis=1) > FELT_UT
    dense = [stretch.t_s for stretch in around.stretches() if stretch.dense]
    assert felt.any()
    assert all(any(span[0] <= moment - 4 and moment + 24 <= span[-1] for span in dense) for moment in t_s[felt])


def test_what_is_not_felt_stays_quiet() -> None:
    draw = a_draw()
    around = surroundings(drives.pass_by(draw, draw.body("motorcycle"), 3.4, 300.0, 8.0))
    assert not any(stretch.dense for stretch in around.stretches())


def test_a_car_that_stands_is_seen_from_below() -> None:
    site = make_site(surroundings(parked(a_draw())), "a", "S1", 1.0)
    rng = np.random.default_rng(2)
    assert site.ranger is not None
    seen = [[site.ranger.vehicle_above(t_s, rng)[0] for t_s in range(a, b)] for a, b in ((0, 500), (610, 1790))]
    assert seen[0].count(False) > 0.9 * len(seen[0])
    assert seen[1].count(True) > 0.9 * len(seen[1])


def test_only_dense_rows_have_noise_in_them() -> None:
    """Between the others a contender adds that of each reading it takes (`Site.noise_nt`)."""
    around = surroundings(parked(a_draw(), 3000.0, 3300.0), sensor=replace(CLEAN, noise_ut=0.4))
    site = make_site(around, "a", "S1", 1.0)
    quiet, dense = islice(site.stretches(), 2)
    assert site.noise_nt == 400
    assert len(quiet.t_s) == 5 and np.ptp(quiet.field_nt, axis=0).max() == 0
    assert 300 < np.diff(dense.field_nt[-100:], axis=0).std() / 2**0.5 < 500


def test_background_turn_and_spoil_act_in_this_order() -> None:
    around = replace(
        surroundings(duration_s=1200.0),
        background_ut=lambda t_s: np.outer(t_s >= 600, [3.0, 0.0, 0.0]),
        turn=lambda t_s, ut: ut[:, ::-1],
        spoil=lambda rng, t_s, nt: np.where(t_s[:, None] >= 1200, 0, nt).astype(np.int32),
    )
    (stretch,) = around.stretches()
    assert stretch.t_s.tolist() == [0.0, 600.0, 1200.0]
    assert stretch.field_nt.tolist() == [[46_950, 1350, 18_000], [46_950, 1350, 21_000], [0, 0, 0]]


def test_spans_that_touch_become_one() -> None:
    assert merged([(5.0, 6.0), (0.0, 1.0), (0.5, 2.0), (2.5, 3.0)], 0.5) == [(0.0, 3.0), (5.0, 6.0)]


@pytest.mark.parametrize("scenario", STREET)
def test_every_site_begins_empty_and_long_enough_to_calibrate(scenario: str) -> None:
    for site in all_sites(scenario, JUDGING, quick=True):
        first, second = islice(site.stretches(), 2)
        assert site.scenario.split()[0] == scenario and not site.occupied_at_start
        assert not first.dense and second.dense and second.t_s[0] >= 120.0
        kinds = [change.kind for change in site.changes]
        assert kinds == [ARRIVAL, DEPARTURE] * (len(kinds) // 2)


def test_names_are_unique() -> None:
    for scenario in STREET:
        names = [site.name for site in all_sites(scenario, JUDGING, quick=True)]
        assert len(set(names)) == len(names)


def test_only_judged_sites_have_the_second_field_model() -> None:
    assert not any(draw.ellipsoid for draw in street.draws("S1", TUNING, 1.0, 9))
    assert [draw.ellipsoid for draw in street.draws("S1", JUDGING, 1.0, 6)] == [False, False, True] * 2


def test_other_seeds_and_scales_are_other_sites() -> None:
    firsts = {
        SCENARIOS["S1"](seed, scale, True)[0].changes[0].t_s for seed in (TUNING, JUDGING) for scale in (1.0, 2.0)
    }
    assert len(firsts) == 4


def test_there_are_enough_normal_sessions() -> None:
    sites = list(all_sites("S1", JUDGING, quick=False))
    assert len(sites) >= 40
    assert sum(len(site.changes) for site in sites) >= 3_000


def test_neighbours_move_often_enough_beside_free_and_occupied_bays() -> None:
    sites = list(all_sites("S2", JUDGING, quick=False))
    for variant in ("2.3 m", "2.5 m", "van at 2.3 m", "0.6 m over the line"):
        for state, changes in (("free", 0), ("occupied", 2)):
            some = [site for site in sites if site.name.startswith(f"S2 {variant} x") and state in site.name]
            assert sum(len(site.neighbours_s) for site in some) >= 480
            assert all(len(site.changes) == changes for site in some)


def test_there_is_enough_traffic() -> None:
    sites = list(all_sites("S3", JUDGING, quick=False))
    assert sum(site.days for site in sites) >= 160
    assert sum(len(site.neighbours_s) for site in sites) >= 5_000


def test_stops_are_no_changes_and_short_over_the_sensor() -> None:
    sites = list(all_sites("S4", JUDGING, quick=False))
    assert sum(len(site.neighbours_s) for site in sites) >= 500
    over = [site for site in sites if "over the sensor" in site.name]
    assert over and not any(site.changes for site in over)
    rng = np.random.default_rng(1)
    ranger, stops_s = over[0].ranger, over[0].neighbours_s
    assert ranger is not None
    assert sum(ranger.vehicle_above(t_s + 2.0, rng)[0] is True for t_s in stops_s) > 0.8 * len(stops_s)
    assert not any(ranger.vehicle_above(t_s + 25.0, rng)[0] for t_s in stops_s)


def test_there_are_enough_odd_vehicles_of_each_kind() -> None:
    sites = list(all_sites("S8", JUDGING, quick=False))
    vehicles = [change.vehicle for site in sites for change in site.changes if change.kind == ARRIVAL]
    assert len(vehicles) >= 300
    assert {vehicles.count(kind) for kind in odd_vehicles.KINDS} == {len(vehicles) // len(odd_vehicles.KINDS)}


@pytest.mark.parametrize("ellipsoid", [False, True])
@pytest.mark.parametrize("scale", SCALES)
def test_at_the_critical_point_only_the_direction_changes(scale: float, ellipsoid: bool) -> None:
    draw = replace(a_draw(scale=scale), ellipsoid=ellipsoid)
    line = drives.bay_line(draw)
    car = odd_vehicles.KINDS["critical point"](draw, line)
    x_m, y_m, heading_rad = (np.array([value]) for value in line.pose(0.0))
    empty_ut = draw.earth_ut
    car_ut = field_ut(car, x_m, y_m, heading_rad, empty_ut / np.linalg.norm(empty_ut))[0]
    assert np.linalg.norm(empty_ut + car_ut) == pytest.approx(np.linalg.norm(empty_ut))
    assert np.linalg.norm(car_ut) >= 5.0


def test_swaps_take_at_most_ten_seconds() -> None:
    gaps_s = []
    for site in all_sites("S11", JUDGING, quick=False):
        leaves = [change.t_s for change in site.changes if change.kind == DEPARTURE]
        comes = [change.t_s for change in site.changes if change.kind == ARRIVAL][1:]
        gaps_s += [come - leave for leave, come in zip(leaves, comes, strict=False) if come - leave < 60]
    assert len(gaps_s) >= 200
    assert min(gaps_s) > 3.9 and max(gaps_s) <= 10.0


def test_a_thing_may_stand_on_its_way() -> None:
    legs = (*travel(0.0, 3.0, 1.0, 1.0, rolling=True), *wait(3.0, 20.0), *travel(3.0, 6.0, 1.0, 1.0, through=True))
    track = Track(KerbLine(0.0, -3.0, 1), legs, 100.0)
    body = replace(body_of(draw_vehicle(Random(1), "small", 1.0)), length_m=0.5, width_m=0.5)
    (above,) = Actor(body, (track,)).above()
    assert 19.0 < above[1] - above[0] < 23.0
