"""The made-up world: vehicles, their field and their truth."""

import time
from dataclasses import replace
from itertools import pairwise
from math import dist

import pytest

from baysense_host.errors import ToolError
from baysense_host.virtual.world import FOREVER_US, SCENARIOS, World
from baysense_host.virtual.world.layout import overlaps_bay
from baysense_host.virtual.world.vehicle import CLASSES

_HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def demo() -> World:
    return World(SCENARIOS["demo"], seed=7)


@pytest.fixture(scope="module")
def city() -> World:
    return World(SCENARIOS["city"], seed=3, bays=2)


def _everything(world: World) -> list[object]:
    env = world.environment(0)
    times_us = range(0, world.end_us, 97_000_003)
    return [
        world.truth(0),
        world.movements(0),
        [env.field_ut(t) for t in times_us],
        [env.temperature_c(t) for t in times_us],
        [env.quiet_until_us(t) for t in times_us],
    ]


def test_a_seed_fixes_everything() -> None:
    first, again, other = (_everything(World(SCENARIOS["city"], seed)) for seed in (5, 5, 6))
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_another_pass_or_bay_moves_no_session() -> None:
    base = World(SCENARIOS["city"], 5).truth(0)
    assert World(replace(SCENARIOS["city"], passes_per_day=9), 5).truth(0) == base
    assert World(SCENARIOS["city"], 5, bays=3).truth(0) == base


@pytest.mark.parametrize("seed", range(5))
def test_demo_day_has_twenty_sessions_well_apart(seed: int) -> None:
    truth = World(SCENARIOS["demo"], seed).truth(0)
    assert [change.occupied for change in truth] == [True, False] * 20
    assert [change.kind for change in truth[:2]] == ["arrival", "departure"]
    assert all(b.t_us - a.t_us > 9.5 * 60e6 for a, b in pairwise(truth))
    assert truth[0].t_us > 5 * _HOUR_US
    assert truth[-1].t_us < 23 * _HOUR_US


@pytest.mark.parametrize("seed", range(5))
def test_demo_cars_are_clear_and_demo_neighbours_faint(seed: int) -> None:
    world = World(SCENARIOS["demo"], seed)
    env = world.environment(0)
    earth = World(replace(SCENARIOS["demo"], sessions_per_day=0, neighbours_per_day=0), seed).environment(0)
    changes = [(0, False)] + [(c.t_us, c.occupied) for c in world.truth(0)]
    for (start_us, occupied), (end_us, _) in pairwise(changes):
        times_us = range(start_us + 30_000_000, end_us - 30_000_000, 60_000_000)
        for t_us in (t for t in times_us if env.quiet_until_us(t) > t):
            d_ut = dist(env.field_ut(t_us), earth.field_ut(t_us))
            assert d_ut > 6.5 if occupied else d_ut < 2.4


def test_vehicles_stop_on_time_and_never_jump(city: World) -> None:
    for visits in city._visits.values():
        for visit in visits:
            for motion, limits_s in ((visit.arrival, (10, 25)), (visit.departure, (6, 15))):
                duration_us = motion.end_us - motion.start_us
                assert limits_s[0] - 1e-5 <= duration_us / 1e6 <= limits_s[1] + 1e-5
                places_m = [motion.place_m(t) for t in range(motion.start_us, motion.end_us, 20_000)]
                speeds_mps = [(b - a) / 0.02 for a, b in pairwise(places_m)]
                assert max(abs(v) for v in speeds_mps) < 8.0
                # 0.02 s at no more than 5 m/s²; a jump of place would be a far greater change of speed
                assert max(abs(b - a) for a, b in pairwise(speeds_mps)) < 0.1
    for passing in (lane_pass.motion for lane_pass in city._passes):
        places_m = [passing.place_m(t) for t in range(passing.start_us, passing.end_us, 50_000)]
        assert all(0 <= b - a < 0.5 for a, b in pairwise(places_m))


def test_some_arrivals_are_put_right(city: World) -> None:
    motions = [visit.arrival for visits in city._visits.values() for visit in visits]
    backwards = 0
    for motion in motions:
        places_m = [motion.place_m(t) for t in range(motion.start_us, motion.end_us, 100_000)]
        backwards += any(b > a + 1e-6 for a, b in pairwise(places_m))
    assert 0.1 < backwards / len(motions) < 0.6


def test_arrival_is_the_instant_of_standstill(city: World) -> None:
    env = city.environment(1)
    for arrival in city.truth(1)[::2]:
        visit = next(v for v in city._visits[1] if v.arrival.end_us == arrival.t_us)
        assert visit.arrival.place_m(arrival.t_us) == pytest.approx(0.0, abs=1e-9)
        assert visit.arrival.place_m(arrival.t_us - 1_000_000) > 0.05
        before, after = env.field_ut(arrival.t_us - 1), env.field_ut(arrival.t_us + 1)
        assert dist(before, after) < 0.001  # the cached field of the standing vehicle takes over without a step


def test_departure_is_when_the_outline_leaves_the_bay(city: World) -> None:
    for departure in city.truth(1)[1::2]:
        visit = next(v for v in city._visits[1] if v.departure.start_us < departure.t_us <= v.departure.end_us)
        size = visit.vehicle.size

        def overlaps(t_us: int, visit=visit, size=size) -> bool:  # type: ignore[no-untyped-def]
            x_m, y_m, heading_rad = visit.departure.pose(t_us)
            return overlaps_bay((x_m, y_m - 2.5, heading_rad), size.length_m, size.width_m)

        assert overlaps(departure.t_us - 20_000)
        assert not any(overlaps(t) for t in range(departure.t_us, visit.departure.end_us, 50_000))


@pytest.mark.parametrize("name", ["city", "traffic", "demo"])
def test_nothing_that_matters_moves_while_quiet(name: str) -> None:
    env = World(SCENARIOS[name], seed=11, days=0.5, moment_scale=2.0).environment(0)
    t_us, asked, active = 0, 0, 0
    while t_us < 12 * _HOUR_US:
        if env.quiet_until_us(t_us) == t_us:
            active += 1
        else:
            slot = env._slots.at(t_us)
            x, y, z = (a + b for a, b in zip(env._earth.field_ut(t_us), slot.standing_ut, strict=True))
            assert dist(env.field_ut(t_us), (x, y, z)) < 1.0
            asked += 1
        t_us += 250_000
    assert asked > 10 * active > 0


def test_quiet_ends_to_the_microsecond(demo: World) -> None:
    env = demo.environment(0)
    start_us = next(m for m in demo.movements(0) if m.kind == "arrival").t_start_us
    end_us = demo.truth(0)[0].t_us
    assert all(env.quiet_until_us(t) == t for t in range(start_us, end_us, 500_000))
    t_us, edges = 0, 0
    while (next_us := env.quiet_until_us(t_us)) < FOREVER_US:
        if next_us > t_us:
            assert env.quiet_until_us(next_us - 1) == next_us
            assert env.quiet_until_us(next_us) == next_us
            edges += 1
        t_us = next_us + 500_000
    assert 40 < edges < 400


def test_vehicles_appear_and_vanish_unnoticed(city: World) -> None:
    env = city.environment(0)
    jumps_ut = [
        dist(env.field_ut(t - 1), env.field_ut(t + 1))
        for movement in city.movements(0)
        for t in (movement.t_start_us, movement.t_end_us)
    ]
    assert max(jumps_ut) < 0.3  # less than the noise of any sensor we have


def test_a_quiet_scenario_is_quiet_for_ever() -> None:
    world = World(SCENARIOS["quiet"], 1, days=2)
    assert world.truth(0) == []
    assert world.movements(0) == []
    assert world.environment(0).quiet_until_us(0) == FOREVER_US


def test_clearance_is_the_floor_of_the_vehicle_above(demo: World) -> None:
    env = demo.environment(0)
    arrival, departure = demo.truth(0)[:2]
    middle_us = (arrival.t_us + departure.t_us) // 2
    assert env.clearance_mm(middle_us) == CLASSES[arrival.vehicle].floor_mm
    assert env.clearance_mm(arrival.t_us - 200_000) == CLASSES[arrival.vehicle].floor_mm  # still rolling
    assert env.clearance_mm(arrival.t_us - 60_000_000) is None
    assert env.clearance_mm(departure.t_us) is None


def test_counts_are_taken_per_day() -> None:
    scenario = replace(SCENARIOS["city"], sessions_per_day=6, passes_per_day=40, neighbours_per_day=0)
    world = World(scenario, 2, days=2.5)
    assert len(world.truth(0)) == 2 * (6 + 6 + 3)
    assert sum(m.kind == "pass" for m in world.movements(0)) == 40 + 40 + 20
    assert world.truth(0)[-1].t_us < world.end_us
    assert {m.kind for m in world.movements(0)} == {"arrival", "departure", "pass"}


def test_all_classes_come_to_a_city() -> None:
    world = World(SCENARIOS["city"], 1, days=20)
    assert {change.vehicle for change in world.truth(0)} == set(CLASSES)


def test_a_day_too_full_is_refused() -> None:
    with pytest.raises(ToolError, match="200 sessions do not fit"):
        World(replace(SCENARIOS["demo"], sessions_per_day=200), 1)
    World(replace(SCENARIOS["demo"], sessions_per_day=160), 1)


def test_a_scale_without_clear_vehicles_is_refused() -> None:
    with pytest.raises(ToolError, match="moment scale 0.01"):
        World(SCENARIOS["demo"], 1, moment_scale=0.01)


def test_a_bay_feels_its_neighbour(city: World) -> None:
    other = next(m for m in city.movements(1) if m.kind == "neighbour_arrival" and m.vehicle == "sedan")
    assert city.environment(1).quiet_until_us(other.t_start_us) == other.t_start_us
    own = city.truth(0)[0]
    assert any(m.kind == "neighbour_arrival" and m.t_end_us == own.t_us for m in city.movements(1))


def test_a_pass_reaches_the_bays_of_a_row_one_after_the_other() -> None:
    scenario = replace(SCENARIOS["traffic"], passes_per_day=30, stop_share=0.0)
    world = World(scenario, 4, bays=5)
    first, last = ([m.t_start_us for m in world.movements(bay)] for bay in (0, 4))
    lags_s = [abs(b - a) / 1e6 for a, b in zip(first, last, strict=True)]
    assert all(10.0 / 14.0 - 0.01 < lag < 10.0 / 6.0 + 0.01 for lag in lags_s)


def test_heat_runs_from_frost_to_sixty_degrees_no_faster_than_two_a_minute() -> None:
    env = World(SCENARIOS["heat"], 1, days=2).environment(0)
    temperatures = [env.temperature_c(t) for t in range(0, 48 * _HOUR_US, 60_000_000)]
    assert min(temperatures) == pytest.approx(-15, abs=0.1)
    assert max(temperatures) == pytest.approx(60, abs=0.5)
    steepest = max(abs(b - a) for a, b in pairwise(temperatures))
    assert 1.7 < steepest < 2.3


def _fastest_us(env: object, t_us: int) -> float:
    field_ut = env.field_ut  # type: ignore[attr-defined]
    rounds_us = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(1000):
            field_ut(t_us)
        rounds_us.append((time.perf_counter() - start) * 1e3)
    return min(rounds_us)


def test_the_field_is_cheap(demo: World) -> None:
    env = demo.environment(0)
    standing_us = demo.truth(0)[0].t_us + 60_000_000
    while env._slots.at(standing_us).moving:
        standing_us += 10_000_000
    assert _fastest_us(env, standing_us) < 15
    assert _fastest_us(env, demo.truth(0)[0].t_us - 1_000_000) < 60
