"""Where a thing is at which time: a line on the ground, followed in legs of constant acceleration."""

from dataclasses import dataclass
from functools import lru_cache
from math import pi, sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from baysense_host.virtual.world.layout import Pose
from baysense_host.virtual.world.movement import Leg

Array = NDArray[np.float64]
_GRID_M = 0.1  # between interpolated poses; on the 4 m turn into a bay an error of 0.3 mm


class Line(Protocol):
    """A way over the ground, followed by the distance from its start; hashable."""

    def pose(self, place_m: float) -> Pose:
        """Return where a thing is and where its nose points."""

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class KerbLine:
    """Straight along the bay's long axis at y, forward (+1) or backward (-1): a street beside a parallel bay."""

    y_m: float
    start_x_m: float
    direction: int

    def pose(self, place_m: float) -> Pose:
        """Return where a vehicle is and where its nose points."""
        return self.start_x_m + self.direction * place_m, self.y_m, 0.0 if self.direction > 0 else pi


@dataclass(frozen=True)
class Track:
    """One motion; before and after it the thing stands at the ends."""

    line: Line
    legs: tuple[Leg, ...]
    start_s: float

    @property
    def end_s(self) -> float:
        """Return when it stands again, or has gone out of sight [s]."""
        return self.start_s + sum(leg.duration_s for leg in self.legs)

    def place_m(self, t_s: Array) -> Array:
        """Return the distance from the start of the line at these times [m]."""
        starts_s = self.start_s + np.cumsum([0.0, *(leg.duration_s for leg in self.legs[:-1])])
        leg = np.clip(np.searchsorted(starts_s, t_s, "right") - 1, 0, len(self.legs) - 1)
        table = np.array([(part.duration_s, part.place_m, part.speed_mps, part.accel_mps2) for part in self.legs])
        duration_s, place_m, speed_mps, accel_mps2 = table[leg].T
        into_s = np.clip(t_s - starts_s[leg], 0.0, duration_s)
        return np.asarray(place_m + into_s * (speed_mps + 0.5 * accel_mps2 * into_s))

    def poses(self, t_s: Array) -> tuple[Array, Array, Array]:
        """Return x [m], y [m] and heading [rad] at these times."""
        ends_m = [leg.place_after_m(leg.duration_s) for leg in self.legs]
        farthest_m = max(*ends_m, self.legs[0].place_m, _GRID_M)
        grid_m, poses = _pose_grid(self.line, int(np.ceil(farthest_m / _GRID_M)))
        place_m = self.place_m(t_s)
        x_m, y_m, heading_rad = (np.interp(place_m, grid_m, poses[:, i]) for i in range(3))
        return x_m, y_m, heading_rad


@lru_cache(maxsize=4096)
def _pose_grid(line: Line, steps: int) -> tuple[Array, Array]:
    grid_m = np.linspace(0.0, steps * _GRID_M, steps + 1)
    return grid_m, np.array([line.pose(place_m) for place_m in grid_m.tolist()])


def wait(place_m: float, duration_s: float) -> list[Leg]:
    """Stand."""
    return [Leg(duration_s, place_m, 0.0, 0.0)]


def travel(
    from_m: float, to_m: float, speed_mps: float, accel_mps2: float, *, rolling: bool = False, through: bool = False
) -> list[Leg]:
    """Go from one place to another; `rolling` has the speed at the start already, `through` keeps it at the end."""
    ahead_m, sign = abs(to_m - from_m), 1.0 if to_m > from_m else -1.0
    ramps = (not rolling) + (not through)
    if ramps:
        speed_mps = min(speed_mps, sqrt(2 * accel_mps2 * ahead_m / ramps))
    ramp_m = speed_mps**2 / (2 * accel_mps2)
    even_m = max(ahead_m - ramps * ramp_m, 0.0)
    legs, place_m = [], from_m
    if not rolling:
        legs.append(Leg(speed_mps / accel_mps2, place_m, 0.0, sign * accel_mps2))
        place_m += sign * ramp_m
    legs.append(Leg(even_m / speed_mps, place_m, sign * speed_mps, 0.0))
    if not through:
        legs.append(Leg(speed_mps / accel_mps2, to_m - sign * ramp_m, sign * speed_mps, -sign * accel_mps2))
    return legs
