"""A bay where a car comes or goes every few seconds."""

from baysense_host.virtual.world.environment import Vector

_EARTH_UT = (18.0, 1.4, 46.9)
_CAR_UT = (9.0, -4.0, -22.0)  # what a parked car adds; detection.md: 10-40 µT above a sensor in the bay
_DRIVE_US = 1_500_000  # from the first movement of the field to the last


class Street:
    """world.environment.Environment: from `begin_s` on one move every `period_s`, without end."""

    def __init__(self, begin_s: float, period_s: float) -> None:
        self._begin_us, self._period_us = int(begin_s * 1e6), int(period_s * 1e6)

    def settled_us(self, t_us: int) -> int:
        """Return when the latest movement that has ended by then ended [µs]."""
        moves = (t_us - _DRIVE_US - self._begin_us) // self._period_us
        return self._begin_us + moves * self._period_us + _DRIVE_US

    def field_ut(self, t_us: int) -> Vector:
        """Return the field along the bay, across it and down [µT]."""
        share = self._share(t_us)
        x_ut, y_ut, z_ut = (earth + share * car for earth, car in zip(_EARTH_UT, _CAR_UT, strict=True))
        return x_ut, y_ut, z_ut

    def temperature_c(self, t_us: int) -> float:
        """Return the temperature of the die in its housing [°C]."""
        return 15.0

    def quiet_until_us(self, t_us: int) -> int:
        """Return until when the field only drifts [µs]; `t_us` itself while something moves."""
        if t_us < self._begin_us:
            return self._begin_us
        into_us = (t_us - self._begin_us) % self._period_us
        return t_us if into_us < _DRIVE_US else t_us - into_us + self._period_us

    def clearance_mm(self, t_us: int) -> int | None:
        """Return the height of the vehicle floor above the sensor window [mm], None = open sky."""
        return 250 if self._share(t_us) > 0.5 else None

    def _share(self, t_us: int) -> float:
        moves, into_us = divmod(t_us - self._begin_us, self._period_us)
        if moves < 0:
            return 0.0
        done = min(1.0, into_us / _DRIVE_US)
        done *= done * (3.0 - 2.0 * done)  # it starts and stops gently
        return 1.0 - done if moves % 2 else done
