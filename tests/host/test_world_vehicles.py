"""Vehicles as dipoles, the Earth field around them and the outlines on the ground."""

from math import hypot, pi
from random import Random
from statistics import median

import pytest

from baysense_host.virtual.world.earth import Earth
from baysense_host.virtual.world.layout import overlaps_bay
from baysense_host.virtual.world.vehicle import Dipole, Vehicle, draw_vehicle

_HOUR_US = 3_600_000_000


def test_earth_field_is_that_of_luebeck_and_moves_tens_of_nanotesla() -> None:
    earth = Earth(0.4)
    fields = [earth.field_ut(t) for t in range(0, 24 * _HOUR_US, _HOUR_US // 4)]
    assert hypot(*fields[0]) == pytest.approx(50.26, abs=0.06)
    assert hypot(*fields[0][:2]) == pytest.approx(18.05, abs=0.06)
    for axis in zip(*fields, strict=True):
        assert 0.015 < max(axis) - min(axis) < 0.080


def test_a_dipole_overhead_has_the_textbook_field() -> None:
    vehicle = Vehicle("small", (Dipole(0.0, 0.0, 0.5, 0.0, (0.0, 0.0, 10.0)),))
    # on the axis 2e-7 m / r³, beside it half as much the other way
    assert vehicle.field_ut(0.0, 0.0, 1.0, (0.0, 0.0, 1.0)) == pytest.approx((0.0, 0.0, 16.0))
    across = Vehicle("small", (Dipole(0.0, 0.0, 0.5, 0.0, (10.0, 0.0, 0.0)),))
    assert across.field_ut(0.0, 0.0, pi / 2, (0.0, 0.0, 1.0)) == pytest.approx((0.0, -8.0, 0.0))


def test_induced_part_keeps_its_direction_when_the_vehicle_turns() -> None:
    vehicle = Vehicle("small", (Dipole(0.0, 0.0, 0.5, 10.0, (0.0, 0.0, 0.0)),))
    earth = Earth(0.0).direction
    assert vehicle.field_ut(0.0, 0.0, 0.0, earth) == pytest.approx(vehicle.field_ut(0.0, 0.0, 2.0, earth))


# Own bay and 2.5 m beside it: median |dB| at a moment scale of 1 [µT], from an independent Monte Carlo
@pytest.mark.parametrize(
    ("kind", "own_ut", "beside_ut"),
    [
        ("small", 11, 0.49),
        ("sedan", 13, 0.63),
        ("suv", 12, 0.83),
        ("van", 16, 1.1),
        ("truck", 14, 1.8),
        ("motorcycle", 2.5, 0.08),
    ],
)
def test_classes_have_the_field_they_were_modelled_on(kind: str, own_ut: float, beside_ut: float) -> None:
    rng, earth = Random(1), Earth(0.7).direction
    own, beside = [], []
    for _ in range(800):
        vehicle = draw_vehicle(rng, kind, 1.0)
        x_m, y_m, heading_rad = rng.gauss(0, 0.35), rng.gauss(0, 0.2), rng.choice((0.0, pi))
        own.append(hypot(*vehicle.field_ut(x_m, y_m, heading_rad, earth)))
        beside.append(hypot(*vehicle.field_ut(x_m, 2.5 + y_m, heading_rad, earth)))
    assert median(own) == pytest.approx(own_ut, rel=0.15)
    assert median(beside) == pytest.approx(beside_ut, rel=0.15)


def test_outline_overlap() -> None:
    assert overlaps_bay((0.0, 0.0, 0.3), 4.0, 1.8)
    assert overlaps_bay((4.4, 0.0, pi), 4.0, 1.8)
    assert not overlaps_bay((4.6, 0.0, pi), 4.0, 1.8)
    # boxes around both overlap at the corner, the vehicles themselves do not
    assert not overlaps_bay((3.9, 2.4, -pi / 4), 4.0, 1.0)
    # the same beyond the vehicle's end
    assert not overlaps_bay((3.8, 2.9, pi / 4), 4.0, 1.0)
    assert overlaps_bay((3.6, 2.7, pi / 4), 4.0, 1.0)


def test_a_vehicle_covers_what_is_under_its_outline() -> None:
    vehicle = Vehicle("sedan", ())  # 4.6 m by 1.8 m
    assert vehicle.covers(2.2, 0.8, 0.0)
    assert not vehicle.covers(2.4, 0.0, 0.0)
    assert not vehicle.covers(0.0, 1.0, pi)
    assert vehicle.covers(1.5, 1.5, pi / 4)
    assert not vehicle.covers(1.5, -1.5, pi / 4)
