"""Which part of a visit or a pass one sensor can see, and which part it can feel."""

from math import sqrt

from baysense_host.virtual.world.environment import Vector
from baysense_host.virtual.world.layout import SIGHT_M, BayLine
from baysense_host.virtual.world.movement import Motion
from baysense_host.virtual.world.timeline import Presence
from baysense_host.virtual.world.visits import Pass, Visit

Interval = tuple[int, int]

_ACTIVITY_UT = 1.0  # a movement that stays below is no activity: it cannot reach a wake threshold of 2.5 µT


def visit_presences(visit: Visit, y_m: float, earth: Vector) -> list[Presence]:
    """Cut a visit into arriving, standing and leaving, as the sensor at `y_m` sees it."""
    x_m, vehicle_y_m, heading_rad = visit.arrival.line.pose(0.0)
    pose = (x_m, vehicle_y_m - y_m, heading_rad)
    vehicle, arrival, departure = visit.vehicle, visit.arrival, visit.departure
    standing = Presence(
        arrival.end_us,
        departure.start_us,
        standing_ut=vehicle.field_ut(*pose, earth),
        clearance_mm=vehicle.size.floor_mm if vehicle.covers(*pose) else None,
    )
    return [
        Presence(arrival.start_us, arrival.end_us, moving=(vehicle, arrival)),
        standing,
        Presence(departure.start_us, departure.end_us, moving=(vehicle, departure)),
    ]


def visit_activity(visit: Visit, y_m: float) -> list[Interval]:
    """Return the movements of a visit that can reach a limit at the sensor [µs]."""
    reach_m = visit.vehicle.reach_m(_ACTIVITY_UT)
    return [_span(motion) for motion in (visit.arrival, visit.departure) if motion.line.closest_m(y_m) < reach_m]


def _span(motion: Motion[BayLine]) -> Interval:
    return motion.start_us, motion.end_us


def pass_presence(lane_pass: Pass, y_m: float) -> Presence:
    """Return a pass while it is in sight of the sensor at `y_m`."""
    start_us, end_us = _abreast(lane_pass, y_m, SIGHT_M)
    return Presence(start_us, end_us, moving=(lane_pass.vehicle, lane_pass.motion))


def pass_activity(lane_pass: Pass, y_m: float) -> list[Interval]:
    """Return when a pass can reach a limit at the sensor [µs]; most on the far side never do."""
    vehicle, x_m = lane_pass.vehicle, lane_pass.line.x_m
    nearest_m = x_m - max(abs(dipole.across_m) for dipole in vehicle.dipoles)
    if vehicle.bound_ut(max(nearest_m, 0.0)) < _ACTIVITY_UT:
        return []
    reach_m = vehicle.reach_m(_ACTIVITY_UT)
    return [_abreast(lane_pass, y_m, sqrt(max(reach_m**2 - x_m**2, 0.0)))]


def _abreast(lane_pass: Pass, y_m: float, half_m: float) -> Interval:
    """Return when the vehicle is within `half_m` of the sensor, along the lane [µs]."""
    place_m = lane_pass.line.place_m(y_m)
    motion = lane_pass.motion
    return motion.time_at_us(place_m - half_m), motion.time_at_us(place_m + half_m)
