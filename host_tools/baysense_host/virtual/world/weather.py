"""Temperature in the housing: the wave of the day and the sun that comes and goes."""

from dataclasses import dataclass
from math import cos, exp, pi
from random import Random

_DAY_S = 86_400.0
_WARMEST_S = 15 * 3600.0  # mid-afternoon
_SUN_C_PER_S = 2.0 / 60  # how fast a sun step begins: 2 °C/min, the steepest we ask a node to stand


@dataclass(frozen=True, slots=True)
class Climate:
    """The days of one scenario [°C]."""

    mean_c: float
    swing_c: float  # above and below the mean
    sun_c: float  # what full sun adds to the housing
    day_spread_c: float  # how much one day's mean differs from another's, sigma


class Weather:
    """Temperature over the days; each day has one spell of sun."""

    def __init__(self, climate: Climate, rng: Random, days: float) -> None:
        """Draw each day's mean and sun, one day more than asked so that the last one has a morrow."""
        self._climate = climate
        self._sun_tau_s = max(climate.sun_c, 1.0) / _SUN_C_PER_S
        count = int(days) + 2
        self._means_c = [climate.mean_c + rng.gauss(0.0, climate.day_spread_c) for _ in range(count)]
        self._sun_s = [(rng.uniform(8.0, 11.0) * 3600.0, rng.uniform(14.0, 18.0) * 3600.0) for _ in range(count)]

    def temperature_c(self, t_us: int) -> float:
        """Return the temperature of the die [°C]; the last day goes on for ever."""
        t_s = t_us / 1e6
        day = min(int(t_s / _DAY_S), len(self._means_c) - 2)
        within_s = t_s - day * _DAY_S
        share = min(within_s / _DAY_S, 1.0)
        mean_c = self._means_c[day] * (1 - share) + self._means_c[day + 1] * share
        wave = cos(2 * pi * (within_s - _WARMEST_S) / _DAY_S)
        return mean_c + self._climate.swing_c * wave + self._climate.sun_c * self._sun(day, within_s)

    def _sun(self, day: int, within_s: float) -> float:
        """Return how far the sun has warmed the housing [0-1]."""
        rise_s, set_s = self._sun_s[day]
        if within_s <= rise_s:
            return 0.0
        warmed = 1.0 - exp(-(min(within_s, set_s) - rise_s) / self._sun_tau_s)
        return warmed if within_s <= set_s else warmed * exp(-(within_s - set_s) / self._sun_tau_s)
