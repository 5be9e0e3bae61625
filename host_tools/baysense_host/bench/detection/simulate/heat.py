"""S5: a month from -20 to +60 °C with sun that warms the housing by 2 °C a minute; cars stay for days."""

from dataclasses import replace

import numpy as np

from baysense_host.bench.detection.simulate.housing import hot_and_cold
from baysense_host.bench.detection.simulate.ordinary import LONG, sessions, site, surroundings
from baysense_host.bench.detection.simulate.sensor import Sensor
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import Draw, build
from baysense_host.bench.detection.site import Site

_BAYS, _DAYS = 5, 30.0  # a scale: 150 bay-days, 600 over four
_QUICK = 1, 3.0
_EXTREME_UT_PER_C = 0.3  # drift of one bay of each scale: ten times the chip's, as the worst of the open bays


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale; the first one drifts most."""
    bays, days = _QUICK if quick else (_BAYS, _DAYS)

    def make(draw: Draw, number: int) -> Site:
        housing = hot_and_cold(draw.rng, days * DAY_S)
        around = surroundings(
            draw, sessions(draw, days * DAY_S, LONG), days * DAY_S, temp_c=housing, fast_s=housing.fast_s()
        )
        if number == 0:
            around = replace(around, sensor=_extreme(draw, around.sensor))
        return site(draw, around, f"S5 bay {number}" + " extreme" * (number == 0))

    return build("S5", seed, scale, bays, make)


def _extreme(draw: Draw, sensor: Sensor) -> Sensor:
    direction = draw.rng.normal(size=3)
    return replace(sensor, drift_ut_per_c=_EXTREME_UT_PER_C * direction / np.linalg.norm(direction))
