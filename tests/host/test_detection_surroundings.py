"""What the disturbed sites are made of: weather, storms, chargers, turned nodes, the range sensor."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from baysense_host.bench.detection.simulate import geomagnetic
from baysense_host.bench.detection.simulate.charger import HUM_UT, STEP_UT, Charger
from baysense_host.bench.detection.simulate.commissioning import Turn
from baysense_host.bench.detection.simulate.housing import hot_and_cold
from baysense_host.bench.detection.simulate.range_sensor import (
    LIVING,
    OBSTRUCTIONS,
    Cover,
    Floor,
    RangeSensor,
    draw_floor,
)
from baysense_host.bench.detection.simulate.site_maker import DAY_S


def words(sensor: RangeSensor, t_s: float = 5.0, count: int = 500) -> Counter[tuple[bool | None, bool]]:
    rng = np.random.default_rng(1)
    return Counter(sensor.vehicle_above(t_s, rng) for _ in range(count))


def test_heat_goes_from_frost_to_sun_by_two_degrees_a_minute() -> None:
    t_s = np.arange(0.0, 30 * DAY_S, 60.0)
    housings = [hot_and_cold(np.random.default_rng(seed), t_s[-1]) for seed in range(5)]
    temp_c = np.array([housing(t_s) for housing in housings])
    assert temp_c.min() == -20 and 55 < temp_c.max() <= 60
    assert (np.diff(temp_c).max(axis=1) > 1.5).all() and np.abs(np.diff(temp_c)).max() < 2.1
    fast = np.abs(np.diff(temp_c[0])) > 0.2
    covered = [any(a - 60 <= t < b for a, b in housings[0].fast_s()) for t in t_s[:-1][fast]]
    assert all(covered)


def test_a_storm_is_stretched_to_its_range_and_never_shrunk() -> None:
    walk = np.cumsum(np.random.default_rng(2).normal(0.0, 0.3, (3000, 3)), axis=0)
    stormy = geomagnetic.stretched(walk, "K9")
    ranges = [np.ptp(stormy[k : k + 180, :2], axis=0).max() for k in range(0, 2821, 10)]
    assert max(ranges) == pytest.approx(1000, rel=1e-6)
    assert np.allclose(geomagnetic.stretched(1e4 * walk, "K7"), 1e4 * walk)


@pytest.mark.parametrize(("reported", "first", "second"), [("XYZF", 100.0, 50.0), ("HDZF", 100.0, 60 * 45.0)])
def test_recordings_of_any_observatory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reported: str, first: float, second: float
) -> None:
    folder = tmp_path / "geomagnetic"
    folder.mkdir()
    rows: list[tuple[float, ...]] = [(first + minute, second, 200.0 - minute, 300.0) for minute in range(60)]
    rows[5] = (99999.0, second, 88888.0, 300.0)
    for day in ("01", "02"):
        (folder / f"abc201511{day}.min").write_text(_iaga(day, reported, rows), encoding="ascii")
    monkeypatch.setenv("BAYSENSE_DATA", str(tmp_path))
    values_nt, source = geomagnetic.variation_nt()
    assert source == "recorded" and values_nt.shape == (120, 3)
    share = 1.0 if reported == "XYZF" else np.sqrt(0.5)
    assert np.allclose(values_nt[:60, 0], share * np.arange(60)) and np.allclose(values_nt[:60, 2], -np.arange(60))
    assert np.allclose(values_nt[60], values_nt[59])  # the next file goes on where this one ended


def _iaga(day: str, reported: str, rows: list[tuple[float, ...]]) -> str:
    head = f" Reported               {reported}                                         |\n"
    head += "DATE       TIME         DOY     " + "      ".join("ABC" + letter for letter in reported) + "   |\n"
    lines = [
        f"2015-11-{day} 00:{minute:02}:00.000 305    " + " ".join(f"{value:9.2f}" for value in row)
        for minute, row in enumerate(rows)
    ]
    return head + "\n".join(lines) + "\n"


def test_a_charger_steps_once_a_minute_and_hums_in_single_readings_only() -> None:
    charger = Charger(np.random.default_rng(4), DAY_S)
    minutes_s = np.arange(0.0, DAY_S, 1.0)
    steps_ut = np.linalg.norm(np.diff(charger(minutes_s), axis=0), axis=1)
    steps_ut = steps_ut[steps_ut > 0.01]
    assert 1200 < len(steps_ut) < 1700  # two within a second are one
    assert STEP_UT[0] <= np.quantile(steps_ut, 0.02) and steps_ut.max() <= STEP_UT[1]
    dense_ut = charger(np.arange(0.0, 20.0, 0.1))
    assert np.ptp(dense_ut @ _hum(charger)) == pytest.approx(2 * HUM_UT, abs=0.1)


def _hum(charger: Charger) -> NDArray[np.float64]:
    """Return the direction of its hum."""
    slow, fast = charger(np.array([7.0, 8.0]))[0], charger(np.array([7.0, 7.1]))[0]
    return np.asarray((fast - slow) / np.linalg.norm(fast - slow))


def test_a_turn_keeps_the_strength_and_changes_the_direction_by_30_degrees() -> None:
    field_ut = np.tile([18.0, -3.0, 46.0], (3, 1))
    turned_ut = Turn(np.array([0.0, 1.0, 0.0]), 10.0)(np.array([9.9, 10.75, 20.0]), field_ut)
    assert np.allclose(np.linalg.norm(turned_ut, axis=1), np.linalg.norm(field_ut[0]))
    angles = np.degrees(np.arctan2(turned_ut[:, 0], turned_ut[:, 2]))
    assert np.allclose(np.abs(angles - angles[0]), [0, 15, 30])


def test_the_range_sensor_knows_cars_and_sky() -> None:
    rng = np.random.default_rng(5)
    cars = [draw_floor(rng, 0.0, 100.0, 150) for _ in range(300)]
    seen = Counter(RangeSensor([car]).vehicle_above(5.0, rng) for car in cars)
    assert seen[True, False] > 285 and not seen[False, False]
    assert words(RangeSensor(cars[:1]), 200.0)[False, False] > 490


@pytest.mark.parametrize("kind", OBSTRUCTIONS)
def test_what_lies_on_the_window_is_named_and_hides_the_car(kind: str) -> None:
    for floors in ((), (Floor(0.0, 100.0, 150),)):
        seen = words(RangeSensor(floors, [Cover(0.0, 100.0, kind)]))
        assert seen[None, True] > 450 and not seen[True, False]


@pytest.mark.parametrize("kind", LIVING)
def test_the_living_are_seldom_taken_for_a_car(kind: str) -> None:
    seen = words(RangeSensor([], [Cover(0.0, 100.0, kind)]))
    assert seen[True, False] < 200 and seen[None, False] > 300
