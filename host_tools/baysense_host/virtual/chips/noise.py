"""Sensor errors fixed by a seed: noise, offset, scale and temperature drift. There is no random state."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

Vector = tuple[float, float, float]

_MASK_64 = (1 << 64) - 1
_TABLE_BITS = 12
_TABLE_MASK = (1 << _TABLE_BITS) - 1
_GAUSSIANS = tuple(NormalDist().inv_cdf((i + 0.5) / (1 << _TABLE_BITS)) for i in range(1 << _TABLE_BITS))
_HALF_POWER = 0.5**0.5
_REFERENCE_C = 25.0  # drift is counted from room temperature, where makers trim their parts


def mixed(seed: int, index: int, stream: int) -> int:
    """Return 64 well mixed bits of the three numbers (finaliser of splitmix64)."""
    z = (seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + stream * 0x8CB92BA72F3D8DD7) & _MASK_64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK_64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK_64
    return z ^ (z >> 31)


def gaussian(seed: int, index: int, stream: int) -> float:
    """Return the normal deviate that belongs to this sample."""
    bits = mixed(seed, index, stream)
    # the sum of two table entries reaches 5.2 sigma, one alone would end at 3.7
    return (_GAUSSIANS[bits & _TABLE_MASK] + _GAUSSIANS[(bits >> 32) & _TABLE_MASK]) * _HALF_POWER


def uniform(seed: int, stream: int) -> float:
    """Return a number in [-1, 1) that belongs to the seed and the stream."""
    return mixed(seed, 0, stream) / (1 << 63) - 1.0


def _drawn(seed: int, stream: int, limit: float) -> Vector:
    return (
        limit * uniform(seed, stream),
        limit * uniform(seed, stream + 1),
        limit * uniform(seed, stream + 2),
    )


@dataclass(frozen=True, slots=True)
class SensorErrors:
    """What one magnetometer adds to the true field, per axis."""

    offset_ut: Vector
    drift_ut_per_c: Vector
    scale: Vector
    noise_gain: float = 1.0

    @classmethod
    def drawn(cls, seed: int, offset_ut: float, drift_ut_per_c: float, scale: float) -> Self:
        """Draw one part out of a batch with these limits per axis."""
        gain = _drawn(seed, 107, scale)
        return cls(
            offset_ut=_drawn(seed, 101, offset_ut),
            drift_ut_per_c=_drawn(seed, 104, drift_ut_per_c),
            scale=(1.0 + gain[0], 1.0 + gain[1], 1.0 + gain[2]),
        )

    def applied(self, axis: int, field_ut: float, temperature_c: float, drift_gain: float) -> float:
        """Return what the axis shows for a true field, before noise [µT]."""
        drift_ut = self.drift_ut_per_c[axis] * drift_gain * (temperature_c - _REFERENCE_C)
        return field_ut * self.scale[axis] + self.offset_ut[axis] + drift_ut


_ZERO: Vector = (0.0, 0.0, 0.0)
# for recorded traces, which carry their own sensor's errors already
IDEAL = SensorErrors(_ZERO, _ZERO, (1.0, 1.0, 1.0), noise_gain=0.0)
