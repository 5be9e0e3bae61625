"""How vehicles drive on a street: into a bay and out, past it, and stopping on the way."""

from math import radians

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.street import Draw
from baysense_host.bench.detection.simulate.tracks import KerbLine, Track, travel, wait
from baysense_host.bench.detection.simulate.vehicles import Body
from baysense_host.virtual.world.layout import SIGHT_M, BayLine
from baysense_host.virtual.world.movement import Leg

_ALONG_M, _ACROSS_M = 0.5, 0.3  # ± of a parked vehicle's middle from that of the bay (detection.md §6.4, S1)
_SPEED_MPS = (0.5, 3.0)  # the same; into the bay and out of it
_YAW_DEG = 3.0  # ±, an assumption
_NOSE_IN_SHARE = 0.7  # of those that park across
_CORRECTION_SHARE = 0.2  # of arrivals stop short and pull in once more
_WAITING_M = 9.5  # along the line from the bay to where another driver waits for it


def bay_line(draw: Draw, y_m: float = 0.0, across_m: float = _ACROSS_M) -> BayLine:
    """Draw a way into the bay whose middle is at y, and the position in it."""
    return BayLine(
        x_m=draw.uniform(-_ALONG_M, _ALONG_M),
        y_m=y_m + draw.uniform(-across_m, across_m),
        yaw_rad=radians(draw.uniform(-_YAW_DEG, _YAW_DEG)),
        side=draw.sign(),
        nose_in=draw.uniform(0.0, 1.0) < _NOSE_IN_SHARE,
    )


def arrival(draw: Draw, line: BayLine, stands_s: float) -> Track:
    """Drive in from the aisle, at one speed, and stand at the given time."""
    speed_mps, brakes_mps2 = draw.uniform(*_SPEED_MPS), draw.uniform(0.6, 1.2)
    short_m = draw.uniform(0.3, 0.8) if draw.uniform(0.0, 1.0) < _CORRECTION_SHARE else 0.0
    legs = travel(line.length_m, short_m, speed_mps, brakes_mps2, rolling=True)
    if short_m:
        legs += [*wait(short_m, draw.uniform(0.8, 2.0)), *travel(short_m, 0.0, speed_mps, 0.6)]
    return _ending(line, legs, stands_s)


def departure(draw: Draw, line: BayLine, starts_s: float) -> Track:
    """Drive out and away at one speed."""
    legs = travel(0.0, line.length_m, draw.uniform(*_SPEED_MPS), draw.uniform(0.5, 1.0), through=True)
    return Track(line, tuple(legs), starts_s)


def visit(draw: Draw, body: Body, line: BayLine, stands_s: float, leaves_s: float, *, parks: bool = True) -> Actor:
    """Stay in a bay; `parks` if it is the watched one."""
    return Actor(body, (arrival(draw, line, stands_s), departure(draw, line, leaves_s)), parks)


def swap_arrival(draw: Draw, line: BayLine, stands_s: float) -> Track:
    """Wait in the aisle for the bay to become free, then drive in at once."""
    speed_mps = draw.uniform(1.5, 3.0)
    legs = travel(line.length_m, _WAITING_M, speed_mps, 1.0, rolling=True)
    legs += wait(_WAITING_M, draw.uniform(10.0, 40.0))
    legs += travel(_WAITING_M, 0.0, speed_mps, 1.0)
    return _ending(line, legs, stands_s)


def kerb_visit(draw: Draw, body: Body, stands_s: float, leaves_s: float) -> Actor:
    """Park along a kerb: forward into the bay, and on."""
    line = KerbLine(draw.uniform(-_ACROSS_M, _ACROSS_M), -SIGHT_M, 1)
    place_m = SIGHT_M + draw.uniform(-_ALONG_M, _ALONG_M)
    speed_mps = draw.uniform(*_SPEED_MPS)
    come = _ending(line, travel(0.0, place_m, speed_mps, 0.8, rolling=True), stands_s)
    go = Track(line, tuple(travel(place_m, 2 * SIGHT_M, speed_mps, 0.8, through=True)), leaves_s)
    return Actor(body, (come, go), parks=True)


def lane(draw: Draw, y_m: float) -> KerbLine:
    """Return a lane along the kerb at y, in either direction."""
    direction = draw.sign()
    return KerbLine(y_m, -direction * SIGHT_M, direction)


def pass_by(draw: Draw, body: Body, y_m: float, nearest_s: float, speed_mps: float) -> Actor:
    """Go along the lane at one speed, nearest to the sensor at the given time."""
    legs = travel(0.0, 2 * SIGHT_M, speed_mps, 1.0, rolling=True, through=True)
    return Actor(body, (Track(lane(draw, y_m), tuple(legs), nearest_s - SIGHT_M / speed_mps),))


def stop_and_go(draw: Draw, body: Body, y_m: float, stop_x_m: float, stops_s: float, dwell_s: float) -> Actor:
    """Go along the lane, stand at a place from the given time on for some time and go on."""
    speed_mps, place_m = draw.uniform(2.0, 5.0), SIGHT_M + stop_x_m
    there = travel(0.0, place_m, speed_mps, 1.5, rolling=True)
    legs = [*there, *wait(place_m, dwell_s), *travel(place_m, 2 * SIGHT_M, speed_mps, 1.5, through=True)]
    return Actor(body, (Track(lane(draw, y_m), tuple(legs), stops_s - sum(leg.duration_s for leg in there)),))


def _ending(line: BayLine | KerbLine, legs: list[Leg], ends_s: float) -> Track:
    return Track(line, tuple(legs), ends_s - sum(leg.duration_s for leg in legs))
