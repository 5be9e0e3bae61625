"""What really happened in a bay: the changes a perfect node would report, and every movement around it."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from baysense_host.virtual.world.layout import BAY_WIDTH_M, overlaps_bay
from baysense_host.virtual.world.presence import pass_presence
from baysense_host.virtual.world.visits import Pass, Visit

_STEP_US = 10_000  # to which the end of a departure is exact


@dataclass(frozen=True, slots=True)
class Change:
    """A vehicle stands in the bay, or its outline has left it."""

    t_us: int
    occupied: bool
    kind: str  # arrival | departure
    vehicle: str


@dataclass(frozen=True, slots=True)
class Movement:
    """A vehicle in sight of the bay moved, whether or not the sensor could feel it."""

    t_start_us: int
    t_end_us: int
    kind: str  # arrival | departure | neighbour_arrival | neighbour_departure | pass
    vehicle: str


def visit_changes(visit: Visit) -> tuple[Change, Change]:
    """Return arrival (standstill) and departure (outline out of the bay) of a visit."""
    kind = visit.vehicle.kind
    return (
        Change(visit.arrival.end_us, True, "arrival", kind),
        Change(_cleared_us(visit), False, "departure", kind),
    )


def _cleared_us(visit: Visit) -> int:
    """Find the time at which the leaving vehicle no longer overlaps its bay; it never turns back."""
    size, departure = visit.vehicle.size, visit.departure

    def is_clear(t_us: int) -> bool:
        x_m, y_m, heading_rad = departure.pose(t_us)
        pose = (x_m, y_m - visit.bay * BAY_WIDTH_M, heading_rad)
        return not overlaps_bay(pose, size.length_m, size.width_m)

    times_us = range(departure.start_us, departure.end_us, _STEP_US)
    return times_us[0] + _STEP_US * bisect_left(times_us, True, key=is_clear)


def visit_movements(visit: Visit, bay: int) -> Iterator[Movement]:
    """Yield arrival and departure of a visit as seen from a bay."""
    prefix = "" if visit.bay == bay else "neighbour_"
    for kind, motion in (("arrival", visit.arrival), ("departure", visit.departure)):
        yield Movement(motion.start_us, motion.end_us, prefix + kind, visit.vehicle.kind)


def pass_movement(lane_pass: Pass, bay: int) -> Movement:
    """Return a pass as seen from a bay."""
    seen = pass_presence(lane_pass, bay * BAY_WIDTH_M)
    return Movement(seen.start_us, seen.end_us, "pass", lane_pass.vehicle.kind)
