"""Who comes: vehicles that park in one bay of the row, and vehicles that pass along the lane."""

from dataclasses import dataclass, replace
from math import hypot, radians
from random import Random

from baysense_host.errors import ToolError
from baysense_host.virtual.world.environment import Vector
from baysense_host.virtual.world.layout import BAY_WIDTH_M, SIGHT_M, BayLine, LaneLine
from baysense_host.virtual.world.movement import Motion, arrive, leave, pass_by, stop_and_go
from baysense_host.virtual.world.scenario import Scenario
from baysense_host.virtual.world.schedule import pass_times_us, session_times_us
from baysense_host.virtual.world.vehicle import Vehicle, draw_vehicle

_TRIES = 500  # to draw a vehicle the scenario wants


@dataclass(frozen=True, slots=True)
class Visit:
    """One vehicle's stay in bay number `bay`; bays -1 and beyond the last have no sensor."""

    bay: int
    vehicle: Vehicle
    arrival: Motion[BayLine]
    departure: Motion[BayLine]


@dataclass(frozen=True, slots=True)
class Pass:
    """One vehicle going along the lane, seen by every bay of the row."""

    vehicle: Vehicle
    line: LaneLine
    motion: Motion[LaneLine]


@dataclass(frozen=True, slots=True)
class Draw:
    """What all draws of one world share."""

    scenario: Scenario
    moment_scale: float
    earth: Vector  # direction of Earth's field


def draw_visits(rng: Random, draw: Draw, bay: int, per_day: int, days: float) -> list[Visit]:
    """Draw all sessions of one bay, in order of time."""
    return [
        _draw_visit(rng, draw, bay, standstill_us, leaves_us)
        for standstill_us, leaves_us in session_times_us(rng, per_day, days)
    ]


def _draw_visit(rng: Random, draw: Draw, bay: int, standstill_us: int, leaves_us: int) -> Visit:
    vehicle, arriving = _draw_wanted(rng, draw, bay)
    leaving = replace(arriving, side=rng.choice((-1, 1)))
    return Visit(bay, vehicle, arrive(rng, arriving, standstill_us), leave(rng, leaving, leaves_us))


def _draw_wanted(rng: Random, draw: Draw, bay: int) -> tuple[Vehicle, BayLine]:
    """Draw a vehicle and its position until the scenario has nothing against them."""
    for _ in range(_TRIES):
        vehicle = _draw_vehicle(rng, draw, draw.scenario.parked)
        line = _draw_line(rng, bay)
        if _is_wanted(draw, vehicle, line, bay):
            return vehicle, line
    raise ToolError(
        f"no vehicle at moment scale {draw.moment_scale:g} is clear enough for scenario {draw.scenario.name}",
        "take a moment scale from 1 to 2.5, or a scenario that takes vehicles as they come",
    )


def _draw_vehicle(rng: Random, draw: Draw, shares: dict[str, float]) -> Vehicle:
    kind = rng.choices(list(shares), list(shares.values()))[0]
    return draw_vehicle(rng, kind, draw.moment_scale)


def _draw_line(rng: Random, bay: int) -> BayLine:
    """Park as people do: some 0.35 m along and 0.2 m across from the middle, seldom more than twice that."""
    return BayLine(
        x_m=min(max(rng.gauss(0.0, 0.35), -0.7), 0.7),
        y_m=bay * BAY_WIDTH_M + min(max(rng.gauss(0.0, 0.20), -0.6), 0.6),
        yaw_rad=radians(min(max(rng.gauss(0.0, 1.5), -4.0), 4.0)),
        side=rng.choice((-1, 1)),
        nose_in=rng.random() < 0.7,
    )


def _is_wanted(draw: Draw, vehicle: Vehicle, line: BayLine, bay: int) -> bool:
    least_ut, most_ut = draw.scenario.own_at_least_ut, draw.scenario.neighbour_at_most_ut
    if least_ut is not None and _settled_ut(draw, vehicle, line, bay) < least_ut:
        return False
    return most_ut is None or all(_settled_ut(draw, vehicle, line, bay + k) <= most_ut for k in (-1, 1))


def _settled_ut(draw: Draw, vehicle: Vehicle, line: BayLine, bay: int) -> float:
    """Return how strong the parked vehicle is at one bay's sensor [µT]."""
    x_m, y_m, heading_rad = line.pose(0.0)
    return hypot(*vehicle.field_ut(x_m, y_m - bay * BAY_WIDTH_M, heading_rad, draw.earth))


def draw_passes(rng: Random, draw: Draw, bays: int, days: float) -> list[Pass]:
    """Draw all vehicles that go along the lane, in order of time."""
    times_us = pass_times_us(rng, draw.scenario.passes_per_day, days)
    return [_draw_pass(rng, draw, (bays - 1) * BAY_WIDTH_M, t_us) for t_us in times_us]


def _draw_pass(rng: Random, draw: Draw, row_m: float, t_us: int) -> Pass:
    scenario = draw.scenario
    vehicle = _draw_vehicle(rng, draw, scenario.passing)
    direction = rng.choice((-1, 1))
    line = LaneLine(
        x_m=rng.uniform(*scenario.lane_m),
        start_y_m=-SIGHT_M if direction > 0 else row_m + SIGHT_M,
        direction=direction,
    )
    length_m = row_m + 2 * SIGHT_M
    speed_mps = rng.uniform(*scenario.lane_mps)
    if rng.random() >= scenario.stop_share:
        return Pass(vehicle, line, pass_by(line, t_us, length_m, speed_mps))
    # 14 m/s need 65 m to stop at 1.5 m/s²: drivers who mean to stop come slowly
    speed_mps = min(speed_mps, 5.0)
    stop_m = SIGHT_M + rng.uniform(-3.0, row_m + 3.0)
    return Pass(vehicle, line, stop_and_go(line, t_us, length_m, speed_mps, stop_m, rng.uniform(5.0, 60.0)))
