"""Vehicles as a handful of magnetic dipoles.

Each vehicle is an engine, two axles and a body; each part has a moment that Earth's field induces, fixed in
direction whatever way the vehicle turns, and a permanent one that turns with it.
"""

from dataclasses import dataclass
from math import cos, hypot, sin, sqrt
from random import Random

from baysense_host.virtual.world.environment import Vector


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """What the vehicles of one class have in common."""

    length_m: float
    width_m: float
    floor_mm: int  # what a range sensor in the road sees; car floors are 15-60 cm up
    dipole_height_m: float  # least height of a dipole above the road
    moment_am2: float  # median total moment


# Moments are assumptions: no citable measurement was found. With a scale of 1 the exits and roadside passes
# of two public recordings (25-30 µT and 3.5-5 µT) come out about half as large, hence scales of 1.5 to 2.
CLASSES = {
    "small": VehicleClass(3.7, 1.65, 150, 0.35, 90.0),
    "sedan": VehicleClass(4.6, 1.80, 150, 0.35, 130.0),
    "suv": VehicleClass(4.7, 1.90, 200, 0.50, 180.0),
    "van": VehicleClass(5.6, 2.00, 200, 0.50, 260.0),
    "truck": VehicleClass(8.0, 2.50, 400, 0.85, 600.0),
    "motorcycle": VehicleClass(2.1, 0.70, 150, 0.40, 12.0),
}
# engine, front axle, rear axle, body: place along the vehicle [lengths from its middle], share of the moment
_PARTS = ((0.33, 0.45), (0.30, 0.15), (-0.28, 0.20), (0.0, 0.20))
_MOMENT_SPREAD = 0.45  # sigma of ln(moment) between vehicles of one class
_PERMANENT_SPREAD = 0.6  # sigma of each permanent component, in parts of the induced moment
_DIPOLE_UT = 0.1  # mu0 / 4 pi = 1e-7 T m/A = 0.1 µT m/A


@dataclass(frozen=True, slots=True)
class Dipole:
    """One part: place in the vehicle [m], induced and permanent moment [A m²]."""

    along_m: float
    across_m: float
    height_m: float
    induced_am2: float
    permanent_am2: Vector

    @property
    def largest_am2(self) -> float:
        """Return the moment when induced and permanent part point the same way [A m²]."""
        x, y, z = self.permanent_am2
        return self.induced_am2 + sqrt(x * x + y * y + z * z)


class Vehicle:
    """One vehicle with its own moments; it looks the same each time it is asked."""

    def __init__(self, kind: str, dipoles: tuple[Dipole, ...]) -> None:
        """Take the class name and the parts."""
        self.kind = kind
        self.size = CLASSES[kind]
        self.dipoles = dipoles
        self._parts = tuple((d.along_m, d.across_m, d.height_m, d.induced_am2, *d.permanent_am2) for d in dipoles)

    def field_ut(self, x_m: float, y_m: float, heading_rad: float, earth: Vector) -> Vector:
        """Return the field at the origin of this vehicle standing at x, y with that heading [µT].

        `earth` is the direction of Earth's field, a unit vector.
        """
        c, s = cos(heading_rad), sin(heading_rad)
        ex, ey, ez = earth
        bx = by = bz = 0.0
        for along, across, height, induced, px, py, pz in self._parts:
            rx = -(x_m + c * along - s * across)  # from the dipole to the sensor, which lies below it
            ry = -(y_m + s * along + c * across)
            mx = induced * ex + c * px - s * py
            my = induced * ey + s * px + c * py
            mz = induced * ez + pz
            r2 = rx * rx + ry * ry + height * height
            near = _DIPOLE_UT / (r2 * sqrt(r2))
            radial = 3.0 * (mx * rx + my * ry + mz * height) / r2
            bx += near * (radial * rx - mx)
            by += near * (radial * ry - my)
            bz += near * (radial * height - mz)
        return bx, by, bz

    def bound_ut(self, distance_m: float) -> float:
        """Return what the field cannot exceed while no part comes closer than this on the ground [µT]."""
        return sum(2 * _DIPOLE_UT * d.largest_am2 / hypot(distance_m, d.height_m) ** 3 for d in self.dipoles)

    def reach_m(self, limit_ut: float) -> float:
        """Return the distance of the middle beyond which the field stays below the limit [m]."""
        total_am2 = sum(d.largest_am2 for d in self.dipoles)
        farthest_m = max(hypot(d.along_m, d.across_m) for d in self.dipoles)
        return float(farthest_m + (2 * _DIPOLE_UT * total_am2 / limit_ut) ** (1 / 3))

    def covers(self, x_m: float, y_m: float, heading_rad: float) -> bool:
        """Say whether the vehicle, standing there, is above the origin."""
        c, s = cos(heading_rad), sin(heading_rad)
        along, across = -(c * x_m + s * y_m), s * x_m - c * y_m
        return abs(along) <= self.size.length_m / 2 and abs(across) <= self.size.width_m / 2


def draw_vehicle(rng: Random, kind: str, moment_scale: float) -> Vehicle:
    """Make one vehicle of a class up."""
    size = CLASSES[kind]
    total_am2 = moment_scale * size.moment_am2 * rng.lognormvariate(0.0, _MOMENT_SPREAD)
    return Vehicle(kind, tuple(_draw_dipole(rng, size, place, share * total_am2) for place, share in _PARTS))


def _draw_dipole(rng: Random, size: VehicleClass, place: float, moment_am2: float) -> Dipole:
    permanent_am2 = (
        rng.gauss(0.0, _PERMANENT_SPREAD) * moment_am2,
        rng.gauss(0.0, _PERMANENT_SPREAD) * moment_am2,
        rng.gauss(0.0, _PERMANENT_SPREAD) * moment_am2,
    )
    return Dipole(
        along_m=place * size.length_m + rng.gauss(0.0, 0.1),
        across_m=rng.gauss(0.0, 0.2),
        height_m=size.dipole_height_m + rng.uniform(0.05, 0.35),
        induced_am2=moment_am2 * rng.uniform(0.5, 1.3),
        permanent_am2=permanent_am2,
    )
