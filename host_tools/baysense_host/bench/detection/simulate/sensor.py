"""The IIS2MDC of one simulated node: what it makes of a true field.

Usage: `sensor = draw_sensor(rng)`, then `field_nt = read(sensor, rng, true_ut[n, 3], temp_c[n])`; without `rng` there
is no noise, for rows minutes apart where the contender adds that of each reading it takes (`Site.noise_nt`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]

NOISE_UT = 0.3  # rms an axis with offset cancellation and low-pass filter (detection.md §4.3)
_LSB_UT = 0.15  # 1.5 mG
_LIMIT_LSB = 32_767  # ±4,915 µT
_OFFSET_UT = 5.0  # ± an axis: soldering and the battery can
_GAIN_SPREAD = 0.02  # ± an axis, trimming of the element
_CHIP_DRIFT_UT_PER_C = 0.03  # ± an axis (detection.md §4.3)
_HOUSING_DRIFT_UT_PER_C = (
    0.15  # ± an axis: battery can and enclosure, an assumption after the open bays' 10-30 LSB/°C
)
_REFERENCE_C = 20.0  # where drift is none; only differences matter


@dataclass(frozen=True, slots=True)
class Sensor:
    """The lasting errors of one node, per axis."""

    offset_ut: Field
    gain: Field
    drift_ut_per_c: Field
    noise_ut: float = NOISE_UT


def draw_sensor(rng: np.random.Generator) -> Sensor:
    """Make one node up; how much its housing drifts differs between nodes, from hardly to the full amount."""
    housing_ut_per_c = rng.uniform(0.0, _HOUSING_DRIFT_UT_PER_C) * rng.uniform(-1.0, 1.0, 3)
    return Sensor(
        offset_ut=rng.uniform(-_OFFSET_UT, _OFFSET_UT, 3),
        gain=1.0 + rng.uniform(-_GAIN_SPREAD, _GAIN_SPREAD, 3),
        drift_ut_per_c=rng.uniform(-_CHIP_DRIFT_UT_PER_C, _CHIP_DRIFT_UT_PER_C, 3) + housing_ut_per_c,
    )


def read(sensor: Sensor, rng: np.random.Generator | None, true_ut: Field, temp_c: Field) -> NDArray[np.int32]:
    """Return the readings of a true field [n, 3] at temperatures of the die [n], single ones, not averages [nT]."""
    seen_ut = true_ut * sensor.gain + sensor.offset_ut + np.outer(temp_c - _REFERENCE_C, sensor.drift_ut_per_c)
    if rng is not None:
        seen_ut += rng.normal(0.0, sensor.noise_ut, true_ut.shape)
    lsb = np.clip(np.rint(seen_ut / _LSB_UT), -_LIMIT_LSB - 1, _LIMIT_LSB)
    return (lsb * round(1000 * _LSB_UT)).astype(np.int32)
