"""The ground: a row of bays side by side, an aisle along their ends, and the lines vehicles follow.

Bay k has its middle, and its sensor, at x = 0, y = k * BAY_WIDTH_M; x points out of the bay to the aisle.
A line is followed by the distance from its start, `place_m`.
"""

from dataclasses import dataclass
from math import cos, hypot, pi, sin

BAY_LENGTH_M = 5.0
BAY_WIDTH_M = 2.5
AISLE_X_M = 5.5  # middle of a 6 m aisle: where vehicles that park come from and go to
_TURN_M = 4.0  # radius of the turn between aisle and bay
SIGHT_M = 18.0  # a median truck is below 0.05 µT there: vehicles appear and vanish unnoticed

Pose = tuple[float, float, float]  # x [m], y [m], heading from x towards y [rad]


@dataclass(frozen=True, slots=True)
class LaneLine:
    """Straight past the row at x, from `start_y_m` on, up (+1) or down (-1) the y axis."""

    x_m: float
    start_y_m: float
    direction: int

    def pose(self, place_m: float) -> Pose:
        """Return where a vehicle is and where its nose points."""
        return self.x_m, self.start_y_m + self.direction * place_m, self.direction * pi / 2

    def place_m(self, y_m: float) -> float:
        """Return how far along the line a y is [m]."""
        return (y_m - self.start_y_m) * self.direction


@dataclass(frozen=True, slots=True)
class BayLine:
    """From the parking position straight out, round the corner and away along the aisle.

    `side` is the way it turns, `nose_in` whether the vehicle's nose points into the bay.
    """

    x_m: float
    y_m: float
    yaw_rad: float
    side: int
    nose_in: bool

    @property
    def length_m(self) -> float:
        """Return the length from the parking position to where the vehicle is out of sight [m]."""
        return self._straight_m + _TURN_M * pi / 2 + SIGHT_M - _TURN_M

    @property
    def _straight_m(self) -> float:
        return AISLE_X_M - _TURN_M - self.x_m

    def pose(self, place_m: float) -> Pose:
        """Return where a vehicle is and where its nose points."""
        nose_rad = self.yaw_rad + (pi if self.nose_in else 0.0)
        turned = (place_m - self._straight_m) / _TURN_M
        if turned <= 0.0:
            return self.x_m + place_m, self.y_m, nose_rad
        if turned < pi / 2:
            x_m = self.x_m + self._straight_m + _TURN_M * sin(turned)
            y_m = self.y_m + self.side * _TURN_M * (1 - cos(turned))
            return x_m, y_m, nose_rad + self.side * turned
        beyond_m = _TURN_M + (turned - pi / 2) * _TURN_M
        return AISLE_X_M, self.y_m + self.side * beyond_m, nose_rad + self.side * pi / 2

    def closest_m(self, y_m: float) -> float:
        """Return a distance from the sensor at y that the line does not undercut [m]."""
        step_m = 0.5
        poses = (self.pose(i * step_m) for i in range(int(self.length_m / step_m) + 2))
        return min(hypot(x, y - y_m) for x, y, _ in poses) - step_m / 2


def overlaps_bay(pose: Pose, length_m: float, width_m: float) -> bool:
    """Say whether a vehicle's outline and the bay at the origin share ground (separating axes)."""
    x_m, y_m, heading_rad = pose
    c, s = cos(heading_rad), sin(heading_rad)
    half_l, half_w = length_m / 2, width_m / 2
    bay_l, bay_w = BAY_LENGTH_M / 2, BAY_WIDTH_M / 2
    return (
        abs(x_m) < bay_l + half_l * abs(c) + half_w * abs(s)
        and abs(y_m) < bay_w + half_l * abs(s) + half_w * abs(c)
        and abs(c * x_m + s * y_m) < half_l + bay_l * abs(c) + bay_w * abs(s)
        and abs(c * y_m - s * x_m) < half_w + bay_l * abs(s) + bay_w * abs(c)
    )
