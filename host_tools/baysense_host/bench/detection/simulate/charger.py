"""S7: a charger or a railway beside the bay: current steps once a minute, 50 Hz that the sampling folds down."""

import numpy as np

from baysense_host.bench.detection.simulate.ordinary import sessions, site, surroundings
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import Draw, build
from baysense_host.bench.detection.simulate.tracks import Array
from baysense_host.bench.detection.site import Site

_BAYS, _DAYS = 5, 5.0  # a scale: 25 bay-days, 100 over four
_QUICK = 1, 1.0
STEP_UT = (0.3, 3.0)  # detection.md §6.4
_STEP_EVERY_S = 60.0
HUM_UT = 1.0  # 50 Hz, amplitude
_ALIAS_HZ = (0.05, 4.9)  # sampled at 10 Hz with a clock 1 % off, 50 Hz shows at any such frequency
_DENSE_S = 0.2  # rows closer than that are single readings


class Charger:
    """The field of a current that is switched on and off, and of the mains."""

    def __init__(self, rng: np.random.Generator, duration_s: float) -> None:
        """Draw direction, steps and hum."""
        count = int(duration_s / _STEP_EVERY_S * 1.2) + 10
        self._switches_s = np.cumsum(rng.exponential(_STEP_EVERY_S, count))
        on_ut = rng.uniform(*STEP_UT, count)
        on_ut[::2] = 0.0  # every second switch is off
        self._level_ut = np.concatenate([[0.0], on_ut])
        self._direction, self._hum_ut = _unit(rng), HUM_UT * _unit(rng)
        self._alias_hz, self._phase_rad = rng.uniform(*_ALIAS_HZ), rng.uniform(0.0, 2 * np.pi)

    def __call__(self, t_s: Array) -> Array:
        """Return its field at these times [µT]; rows far apart stand for means, which have no hum."""
        level_ut = self._level_ut[np.searchsorted(self._switches_s, t_s, "right")]
        field_ut = np.outer(level_ut, self._direction)
        if len(t_s) > 1 and t_s[1] - t_s[0] < _DENSE_S:
            field_ut += np.outer(np.sin(2 * np.pi * self._alias_hz * t_s + self._phase_rad), self._hum_ut)
        return field_ut


def _unit(rng: np.random.Generator) -> Array:
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    bays, days = _QUICK if quick else (_BAYS, _DAYS)
    duration_s = days * DAY_S

    def make(draw: Draw, number: int) -> Site:
        around = surroundings(
            draw,
            sessions(draw, duration_s),
            duration_s,
            background_ut=Charger(draw.rng, duration_s),
            fast_s=((0.0, duration_s),),
        )
        # A single reading of a quiet row has the hum's share besides the sensor's own noise.
        noise_nt = round(1000 * float(np.hypot(around.sensor.noise_ut, HUM_UT / np.sqrt(6))))
        return site(draw, around, f"S7 bay {number}", noise_nt=noise_nt)

    return build("S7", seed, scale, bays, make)
