"""What all sites of a street share: chance, vehicles, weather, Earth, and how they become a site."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np

from baysense_host.bench.detection.seeds import is_judging, site_rng
from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.sensor import draw_sensor
from baysense_host.bench.detection.simulate.site_maker import DAY_S, Curve, Surroundings, make_site
from baysense_host.bench.detection.simulate.tracks import Array
from baysense_host.bench.detection.simulate.vehicles import Body, draw_car, draw_ellipsoid
from baysense_host.bench.detection.site import Site
from baysense_host.virtual.world.earth import Earth

EMPTY_S = 150.0  # every site begins with an empty bay for so long: the node calibrates on it
_ELLIPSOID_EVERY = 3  # of the judged sites
# Shares of the five classes of §6.4's S1; as in the virtual world's city, without motorcycles
_CARS = {"small": 0.31, "sedan": 0.33, "suv": 0.25, "van": 0.09, "truck": 0.02}
_HOURS_S = np.arange(0.0, DAY_S + 1, 1800.0)  # knots of a day's curves


@dataclass(frozen=True, eq=False)
class Draw:
    """The chance of one site and what it is made with."""

    rng: np.random.Generator
    scale: float  # of the vehicles' moments
    ellipsoid: bool  # the second field model
    earth_ut: Array

    def body(self, kind: str) -> Body:
        """Make a vehicle of a class up."""
        return (draw_ellipsoid if self.ellipsoid else draw_car)(self.rng, kind, self.scale)

    def car(self, shares: dict[str, float] = _CARS) -> Body:
        """Make a vehicle up, its class by its share of the street."""
        return self.body(str(self.rng.choice(list(shares), p=list(shares.values()))))

    def uniform(self, low: float, high: float) -> float:
        """Draw a number between two."""
        return float(self.rng.uniform(low, high))

    def sign(self) -> int:
        """Draw -1 or 1."""
        return int(self.rng.choice((-1, 1)))

    def stay_s(self, median_s: float, low_s: float, high_s: float) -> float:
        """Draw how long something lasts: many short ones, few long ones [s]."""
        return float(np.clip(median_s * self.rng.lognormal(0.0, 0.8), low_s, high_s))

    def site(self, name: str, scenario: str, actors: list[Actor], duration_s: float, **rest: Any) -> Site:
        """Return the site with a calm day's weather around the actors."""
        around = Surroundings(
            seed=int(self.rng.integers(1 << 31)),
            duration_s=duration_s,
            earth_ut=self.earth_ut,
            temp_c=calm_days(self.rng),
            sensor=draw_sensor(self.rng),
            actors=tuple(actors),
        )
        return make_site(around, name, scenario, self.scale, **rest)


def draws(scenario: str, seed: int, scale: float, count: int) -> Iterator[Draw]:
    """Yield the chance of each site of a scenario; every third one judged has the second field model."""
    for number in range(count):
        rng = site_rng(seed, scenario, scale, number)
        azimuth_rad = float(rng.uniform(0.0, 2 * pi))
        ellipsoid = is_judging(seed) and number % _ELLIPSOID_EVERY == _ELLIPSOID_EVERY - 1
        yield Draw(rng, scale, ellipsoid, np.array(Earth(azimuth_rad).field_ut(0)))


def calm_days(rng: np.random.Generator) -> Curve:
    """Return the temperature of the die through days without sun steps: coldest at 5 h, warmest at 15 h."""
    mean_c, swing_c, start_s = rng.uniform(2.0, 22.0), rng.uniform(2.0, 8.0), rng.uniform(0.0, DAY_S)
    knots_c = mean_c - swing_c * np.cos(2 * pi * (_HOURS_S - 4 * 3600) / DAY_S)
    return lambda t_s: np.interp((t_s + start_s) % DAY_S, _HOURS_S, knots_c)


def build(scenario: str, seed: int, scale: float, count: int, make: Callable[[Draw, int], Site]) -> list[Site]:
    """Return `count` sites, each made from its own chance and number."""
    return [make(draw, number) for number, draw in enumerate(draws(scenario, seed, scale, count))]
