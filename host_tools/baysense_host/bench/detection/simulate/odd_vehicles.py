"""S8: what magnetometers miss: motorcycles, trailers, small electric cars, high chassis, the critical point."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.drives import bay_line, visit
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.simulate.vehicles import Body, field_ut
from baysense_host.bench.detection.site import Site
from baysense_host.errors import ToolError
from baysense_host.virtual.world.layout import BayLine

_BAYS, _SESSIONS = 2, 8  # a kind and scale; over four scales 320 vehicles, 640 events
_QUICK = 1, 2
_STAY_S, _SHORTEST_S, _LONGEST_S = 1200.0, 120.0, 2 * 3600.0
_TRIES = 2_000
_CRITICAL_UT = 5.0  # a weaker car is missed for another reason
_CRITICAL_SCALE = (0.5, 2.0)  # of the drawn car's moments, beyond which it is none any more


def _motorcycle(draw: Draw, line: BayLine) -> Body:
    return draw.body("motorcycle")


def _trailer(draw: Draw, line: BayLine) -> Body:
    """No engine: a frame, an axle, a drawbar."""
    frame = draw.body("small").scaled(0.4)
    return replace(frame, kind="trailer", floor_mm=450, length_m=4.0, height_m=frame.height_m + 0.1)


def _small_ev(draw: Draw, line: BayLine) -> Body:
    """Aluminium and copper instead of a cast engine."""
    return replace(draw.body("small").scaled(0.6), kind="small EV", floor_mm=140, length_m=3.6)


def _high_chassis(draw: Draw, line: BayLine) -> Body:
    """A truck or bus whose iron is half a metre higher yet."""
    truck = draw.body("truck")
    return replace(truck, kind="high chassis", floor_mm=900, height_m=truck.height_m + 0.5)


def _critical(draw: Draw, line: BayLine) -> Body:
    """A car under which the field is as strong as without it, in another direction."""
    x_m, y_m, heading_rad = (np.array([value]) for value in line.pose(0.0))
    earth = draw.earth_ut / np.linalg.norm(draw.earth_ut)
    for _ in range(_TRIES):
        car = draw.car({"small": 0.3, "sedan": 0.4, "suv": 0.3})
        car_ut = field_ut(car, x_m, y_m, heading_rad, earth)[0]
        scale = -2.0 * float(draw.earth_ut @ car_ut) / float(car_ut @ car_ut)  # |B + scale d| = |B|
        if _CRITICAL_SCALE[0] <= scale <= _CRITICAL_SCALE[1] and scale * np.linalg.norm(car_ut) >= _CRITICAL_UT:
            return replace(car.scaled(scale), kind="critical point")
    raise ToolError(
        f"no car at moment scale {draw.scale:g} has a critical point", "take a moment scale from 1 to 2.5"
    )


KINDS: dict[str, Callable[[Draw, BayLine], Body]] = {
    "motorcycle": _motorcycle,
    "trailer": _trailer,
    "small EV": _small_ev,
    "high chassis": _high_chassis,
    "critical point": _critical,
}


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale, each with vehicles of one kind."""
    bays, sessions = _QUICK if quick else (_BAYS, _SESSIONS)

    def make(draw: Draw, number: int) -> Site:
        kind = list(KINDS)[number % len(KINDS)]
        actors: list[Actor] = []
        now_s = EMPTY_S
        for _ in range(sessions):
            line = bay_line(draw)
            stands_s = now_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
            now_s = stands_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
            actors.append(visit(draw, KINDS[kind](draw, line), line, stands_s, now_s))
        return draw.site(f"S8 {kind} x{scale:g} bay {number}", "S8", actors, now_s + 600.0)

    return build("S8", seed, scale, bays * len(KINDS), make)
