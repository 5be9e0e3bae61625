"""The temperature of the die in its housing: the season, the day, and the sun that comes and goes behind clouds."""

import numpy as np

from baysense_host.bench.detection.simulate.actors import Span
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.tracks import Array

_COLDEST_C, _HOTTEST_C = -20.0, 60.0  # S5 (detection.md §6.4)
_SWING_C = 8.0  # above and below the day's mean
_WARMEST_S = 15 * 3600.0  # mid-afternoon
_SUN_C = 20.0  # what full sun adds to a dark housing in the road
_SUN_TAU_S = _SUN_C / 2 * 60.0  # the first minute of sun brings 2 °C
_SETTLED_S = 3 * _SUN_TAU_S
_DAYLIGHT_S = (8 * 3600.0, 18 * 3600.0)
_SPELL_S = 5400.0  # mean length of a spell of sun, or of clouds
_DAY_SPREAD_C = 2.0


class Housing:
    """Temperature over the days; the means swing from the coldest to the hottest day and back within `year_days`."""

    def __init__(self, rng: np.random.Generator, duration_s: float, mean_c: tuple[float, float], year_days: float):
        """Draw each day's mean and the spells of sun."""
        days = np.arange(int(duration_s / DAY_S) + 3)
        low_c, high_c = mean_c
        phase = 2 * np.pi * (days / year_days + rng.random())
        self._means_c = (low_c + high_c) / 2 - (high_c - low_c) / 2 * np.cos(phase)
        self._means_c += rng.normal(0.0, _DAY_SPREAD_C, len(days))
        self._switches_s, self._sunny = _spells(rng, len(days))
        self._warmed = _warmed(self._switches_s, self._sunny)

    def __call__(self, t_s: Array) -> Array:
        """Return the temperature at these times [°C]."""
        mean_c = np.interp(t_s, DAY_S * np.arange(len(self._means_c)), self._means_c)
        wave = np.cos(2 * np.pi * (t_s - _WARMEST_S) / DAY_S)
        return np.clip(mean_c + _SWING_C * wave + _SUN_C * self._sun(t_s), _COLDEST_C, _HOTTEST_C)

    def fast_s(self) -> tuple[Span, ...]:
        """Return when the temperature moves fast."""
        return tuple((float(switch_s), float(switch_s) + _SETTLED_S) for switch_s in self._switches_s)

    def _sun(self, t_s: Array) -> Array:
        """Return how far the sun has warmed the housing [0-1]."""
        place = np.searchsorted(self._switches_s, t_s, "right") - 1
        before = np.where(place >= 0, self._warmed[place], 0.0)
        towards = np.where(place >= 0, self._sunny[place], 0.0)
        since_s = np.where(place >= 0, t_s - self._switches_s[place], 0.0)
        return np.asarray(towards + (before - towards) * np.exp(-since_s / _SUN_TAU_S))


def hot_and_cold(rng: np.random.Generator, duration_s: float) -> Housing:
    """Return the weather of a year within a month: -20 °C in its nights, +60 °C in its sun."""
    return Housing(rng, duration_s, (-11.0, 33.0), 30.0)


def mild(rng: np.random.Generator, duration_s: float) -> Housing:
    """Return the weather of a spring."""
    return Housing(rng, duration_s, (8.0, 14.0), 60.0)


def _spells(rng: np.random.Generator, days: int) -> tuple[Array, Array]:
    """Return when sun and clouds take turns, each day from cloud to cloud, and whether it is sun that comes."""
    switches_s: list[float] = []
    sunny: list[float] = []
    for day in range(days):
        t_s = _DAYLIGHT_S[0] + rng.exponential(_SPELL_S)
        sun = True
        while t_s < _DAYLIGHT_S[1] or not sun:
            switches_s.append(day * DAY_S + min(t_s, _DAYLIGHT_S[1]))
            sunny.append(float(sun))
            t_s, sun = t_s + rng.exponential(_SPELL_S), not sun
    return np.array(switches_s), np.array(sunny)


def _warmed(switches_s: Array, sunny: Array) -> Array:
    """Return how far the housing is warmed at each switch [0-1]."""
    warmed = np.zeros(len(switches_s))
    for k in range(1, len(switches_s)):
        fading = np.exp(-(switches_s[k] - switches_s[k - 1]) / _SUN_TAU_S)
        warmed[k] = sunny[k - 1] + (warmed[k - 1] - sunny[k - 1]) * fading
    return warmed
