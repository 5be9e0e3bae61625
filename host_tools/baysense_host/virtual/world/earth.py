"""Earth's field at Lübeck, as the axes of a bay see it."""

from math import cos, pi, sin

from baysense_host.virtual.world.environment import Vector

# WMM2025 at 2026.9 for 53.866 N 10.687 E: north, east, down [µT]
_NORTH_UT, _EAST_UT, _DOWN_UT = 18.00, 1.43, 46.91
# A quiet day moves 30-80 nT from end to end; a daily and a half-daily wave, per axis [µT]
_DAILY_UT = (0.015, 0.010, 0.012)
_HALF_DAILY_UT = (0.008, 0.006, 0.005)
_RAD_PER_US = 2 * pi / 86_400e6


class Earth:
    """The background field of a bay whose long axis points to `azimuth_rad` east of north."""

    def __init__(self, azimuth_rad: float) -> None:
        """Turn north, east, down into along, across, down."""
        c, s = cos(azimuth_rad), sin(azimuth_rad)
        self._x_ut = _NORTH_UT * c + _EAST_UT * s
        self._y_ut = _EAST_UT * c - _NORTH_UT * s
        total_ut = (_NORTH_UT**2 + _EAST_UT**2 + _DOWN_UT**2) ** 0.5
        self.direction: Vector = (self._x_ut / total_ut, self._y_ut / total_ut, _DOWN_UT / total_ut)

    def field_ut(self, t_us: int) -> Vector:
        """Return the field without vehicles, with its slow daily variation [µT]."""
        phase = t_us * _RAD_PER_US
        day, half = cos(phase), sin(2 * phase)
        return (
            self._x_ut + _DAILY_UT[0] * day + _HALF_DAILY_UT[0] * half,
            self._y_ut - _DAILY_UT[1] * day + _HALF_DAILY_UT[1] * half,
            _DOWN_UT + _DAILY_UT[2] * day - _HALF_DAILY_UT[2] * half,
        )
