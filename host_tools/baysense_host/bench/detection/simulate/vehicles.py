"""Vehicles as magnetic dipoles, many times at once; two ways to make one up.

`draw_car` has the four parts of `virtual.world.vehicle`; `draw_ellipsoid` is a body magnetised as a whole, which has
nothing in common with it but size and moment: claims shall not rest on one model.
"""

from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from baysense_host.virtual.world.vehicle import CLASSES, Vehicle, draw_vehicle

Array = NDArray[np.float64]
_DIPOLE_UT = 0.1  # mu0 / 4 pi = 1e-7 T m/A = 0.1 µT m/A


@dataclass(frozen=True, eq=False)
class Body:
    """Dipoles that move together; `x` along the vehicle, `y` across, heights above the sensor."""

    kind: str
    length_m: float
    width_m: float
    floor_mm: int  # what a range sensor below it sees
    along_m: Array  # [k]
    across_m: Array  # [k]
    height_m: Array  # [k]
    induced_am2: Array  # [k, 3]: along, across, down, when Earth's field points that way
    permanent_am2: Array  # [k, 3]: along, across, down

    def scaled(self, by: float) -> "Body":
        """Return the same body with other moments."""
        return replace(self, induced_am2=self.induced_am2 * by, permanent_am2=self.permanent_am2 * by)

    def covers(self, x_m: Array, y_m: Array, heading_rad: Array) -> NDArray[np.bool_]:
        """Say at which poses the body is above the origin."""
        c, s = np.cos(heading_rad), np.sin(heading_rad)
        along_m, across_m = np.abs(c * x_m + s * y_m), np.abs(s * x_m - c * y_m)
        return np.asarray((along_m <= self.length_m / 2) & (across_m <= self.width_m / 2))


def field_ut(body: Body, x_m: Array, y_m: Array, heading_rad: Array, earth: Array) -> Array:
    """Return the field at the origin while the body is at x, y with that heading, one row each [n, 3] [µT].

    `earth` is the direction of Earth's field, a unit vector. Computed in the body's own axes and turned back.
    """
    c, s = np.cos(heading_rad), np.sin(heading_rad)
    rx = -(c * x_m + s * y_m)[:, None] - body.along_m
    ry = (s * x_m - c * y_m)[:, None] - body.across_m
    rz = body.height_m
    seen = np.stack([c * earth[0] + s * earth[1], c * earth[1] - s * earth[0], np.full_like(c, earth[2])])
    mx, my, mz = (seen[i][:, None] * body.induced_am2[:, i] + body.permanent_am2[:, i] for i in range(3))
    r2 = rx * rx + ry * ry + rz * rz
    near = _DIPOLE_UT / (r2 * np.sqrt(r2))
    radial = 3.0 * (mx * rx + my * ry + mz * rz) / r2
    along_ut = (near * (radial * rx - mx)).sum(axis=1)
    across_ut = (near * (radial * ry - my)).sum(axis=1)
    down_ut = (near * (radial * rz - mz)).sum(axis=1)
    return np.stack([c * along_ut - s * across_ut, s * along_ut + c * across_ut, down_ut], axis=1)


def body_of(vehicle: Vehicle) -> Body:
    """Return the same vehicle as arrays."""
    size, parts = vehicle.size, vehicle.dipoles
    return Body(
        kind=vehicle.kind,
        length_m=size.length_m,
        width_m=size.width_m,
        floor_mm=size.floor_mm,
        along_m=np.array([part.along_m for part in parts]),
        across_m=np.array([part.across_m for part in parts]),
        height_m=np.array([part.height_m for part in parts]),
        induced_am2=np.array([[part.induced_am2] * 3 for part in parts]),
        permanent_am2=np.array([part.permanent_am2 for part in parts]),
    )


def draw_car(rng: np.random.Generator, kind: str, scale: float) -> Body:
    """Make one vehicle of a class up: engine, axles, body."""
    return body_of(draw_vehicle(Random(int(rng.integers(1 << 62))), kind, scale))


_GRID = (5, 3)  # dipoles along and across an ellipsoid
_SUSCEPTIBLE = np.array([1.4, 0.9, 0.7])  # a long flat body is magnetised most easily along its length (assumption)
# Chosen so that the medians in one's own bay and beside it come near those of detection.md §4.2 (a sedan: 13 and
# 0.6 µT at 2.5 m; here 12 and 0.7), the only calibration there is; what lies between is this model's own.
_UNIFORM = 0.6  # of the class's moment is in the body as a whole
_REMANENCE = 0.4  # sigma of each component of the permanent magnetisation common to all dipoles
_RESIDUE = 2.0  # sigma of each dipole's own permanent components; sheets and parts magnetised at random


def draw_ellipsoid(rng: np.random.Generator, kind: str, scale: float) -> Body:
    """Make one vehicle of a class up: one magnetised body with a random residue, fullest in its middle."""
    size = CLASSES[kind]
    total_am2 = scale * _UNIFORM * size.moment_am2 * float(rng.lognormal(0.0, 0.45))  # sigma as in `draw_vehicle`
    u, v = (grid.ravel() for grid in np.meshgrid(np.linspace(-0.8, 0.8, _GRID[0]), np.linspace(-0.7, 0.7, _GRID[1])))
    share = np.sqrt(np.maximum(1.0 - u * u - v * v / 2, 0.05))
    share /= share.sum()
    remanent = rng.normal(0.0, _REMANENCE, 3) + rng.normal(0.0, _RESIDUE, (len(u), 3))
    return Body(
        kind=kind,
        length_m=size.length_m,
        width_m=size.width_m,
        floor_mm=size.floor_mm,
        along_m=u * size.length_m / 2,
        across_m=v * size.width_m / 2,
        height_m=size.dipole_height_m + rng.uniform(0.05, 0.35) + rng.uniform(0.0, 0.2, len(u)),
        induced_am2=total_am2 * share[:, None] * _SUSCEPTIBLE * rng.uniform(0.5, 1.3),
        permanent_am2=total_am2 * share[:, None] * remanent,
    )
