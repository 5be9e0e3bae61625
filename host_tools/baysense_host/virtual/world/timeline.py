"""What one sensor has around it, cut into slots in which the same vehicles stand and move."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from baysense_host.virtual.world.environment import FOREVER_US, Vector
from baysense_host.virtual.world.layout import BayLine, LaneLine
from baysense_host.virtual.world.movement import Motion
from baysense_host.virtual.world.vehicle import Vehicle

Mover = tuple[Vehicle, Motion[BayLine] | Motion[LaneLine]]


@dataclass(frozen=True, slots=True)
class Presence:
    """One vehicle near the sensor for some time, standing (`standing_ut`) or moving (`moving`)."""

    start_us: int
    end_us: int
    standing_ut: Vector = (0.0, 0.0, 0.0)
    clearance_mm: int | None = None
    moving: Mover | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """What holds until the next slot: the field of all that stand [µT], and those that move."""

    standing_ut: Vector
    clearance_mm: int | None
    moving: tuple[Mover, ...]


class Slots:
    """The slots of one sensor, found by bisection."""

    def __init__(self, presences: list[Presence]) -> None:
        """Cut time where a vehicle appears, stops, starts or vanishes."""
        edges = [(p.start_us, 1, i) for i, p in enumerate(presences)]
        edges += [(p.end_us, 0, i) for i, p in enumerate(presences)]
        self._starts_us = [-FOREVER_US]
        self._slots = [_slot(())]
        here: dict[int, Presence] = {}
        for t_us, begins, i in sorted(edges):  # at one instant ends come before beginnings
            if begins:
                here[i] = presences[i]
            else:
                del here[i]
            self._put(t_us, _slot(here.values()))

    def at(self, t_us: int) -> Slot:
        """Return what is around at a time."""
        return self._slots[bisect_right(self._starts_us, t_us) - 1]

    def _put(self, t_us: int, slot: Slot) -> None:
        if self._starts_us[-1] == t_us:
            self._slots[-1] = slot
        else:
            self._starts_us.append(t_us)
            self._slots.append(slot)


def _slot(here: Iterable[Presence]) -> Slot:
    x = y = z = 0.0
    clearance_mm = None
    moving = []
    for p in here:
        x, y, z = x + p.standing_ut[0], y + p.standing_ut[1], z + p.standing_ut[2]
        if p.clearance_mm is not None:
            clearance_mm = p.clearance_mm
        if p.moving is not None:
            moving.append(p.moving)
    return Slot((x, y, z), clearance_mm, tuple(moving))


class Activity:
    """The intervals in which something moves, merged and found by bisection."""

    def __init__(self, intervals_us: list[tuple[int, int]]) -> None:
        """Take intervals in any order; overlapping ones become one."""
        merged: list[tuple[int, int]] = []
        for start_us, end_us in sorted(intervals_us):
            if merged and start_us <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end_us))
            else:
                merged.append((start_us, end_us))
        self._starts_us = [start_us for start_us, _ in merged]
        self._ends_us = [end_us for _, end_us in merged]

    def quiet_until_us(self, t_us: int) -> int:
        """Return when the next interval begins [µs], `t_us` itself during one."""
        i = bisect_right(self._starts_us, t_us)
        if i and t_us < self._ends_us[i - 1]:
            return t_us
        return self._starts_us[i] if i < len(self._starts_us) else FOREVER_US
