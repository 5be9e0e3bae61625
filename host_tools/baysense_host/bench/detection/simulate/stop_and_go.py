"""S4: vehicles stop beside the bay or over its sensor, and go on.

Over the sensor they stand less than 20 s and never count; what stands there longer may be reported, so no such
stop is drawn. The two kinds are scored apart.
"""

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.drives import kerb_visit, stop_and_go
from baysense_host.bench.detection.simulate.lane import TRAFFIC, middle_m
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.site import Site

_BESIDE_BAYS, _OVER_BAYS, _STOPS = 6, 2, 25  # a scale, a day each; over four 600 stops beside and 200 over the sensor
_QUICK = 2, 1, 8
_BESIDE_S, _OVER_S = (5.0, 60.0), (5.0, 19.5)  # how long they stand
_BESIDE_X_M, _OVER_X_M, _OVER_Y_M = 3.0, 1.2, 0.3  # ± of the middle that stands from the sensor
_OWN_STANDS_S = EMPTY_S + 300.0


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    beside, over, stops = _QUICK if quick else (_BESIDE_BAYS, _OVER_BAYS, _STOPS)

    def make(draw: Draw, number: int) -> Site:
        return _beside(draw, number, stops) if number < beside else _over(draw, number, stops)

    return build("S4", seed, scale, beside + over, make)


def _beside(draw: Draw, number: int, stops: int) -> Site:
    own = [kerb_visit(draw, draw.car(), _OWN_STANDS_S, DAY_S - 300.0)] if number % 2 else []
    times_s = _times_s(draw, stops)
    stopping = [
        stop_and_go(
            draw,
            draw.car(TRAFFIC),
            middle_m(draw, bool(own)),
            draw.uniform(-_BESIDE_X_M, _BESIDE_X_M),
            t_s,
            draw.uniform(*_BESIDE_S),
        )
        for t_s in times_s
    ]
    return _named(draw, "S4 beside", f"S4 beside {number}", own + stopping, times_s)


def _over(draw: Draw, number: int, stops: int) -> Site:
    times_s = _times_s(draw, stops)
    stopping = [
        stop_and_go(
            draw,
            draw.car(),
            draw.uniform(-_OVER_Y_M, _OVER_Y_M),
            draw.uniform(-_OVER_X_M, _OVER_X_M),
            t_s,
            draw.uniform(*_OVER_S),
        )
        for t_s in times_s
    ]
    return _named(draw, "S4 over", f"S4 over the sensor {number}", stopping, times_s)


def _named(draw: Draw, scenario: str, name: str, actors: list[Actor], times_s: list[float]) -> Site:
    return draw.site(f"{name} x{draw.scale:g}", scenario, actors, DAY_S, neighbours_s=tuple(times_s))


def _times_s(draw: Draw, stops: int) -> list[float]:
    """Return when they come to a stop, minutes apart."""
    part_s = (DAY_S - 4 * _OWN_STANDS_S) / stops
    return [2 * _OWN_STANDS_S + (number + draw.uniform(0.1, 0.9)) * part_s for number in range(stops)]
