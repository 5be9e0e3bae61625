"""S10: people, trolleys and dogs that stop over the sensor for 1 to 60 s: small magnets, close by."""

import numpy as np

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.ordinary import sessions, site, surroundings
from baysense_host.bench.detection.simulate.range_sensor import Cover
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.simulate.tracks import Track, travel, wait
from baysense_host.bench.detection.simulate.vehicles import Body
from baysense_host.bench.detection.site import Site
from baysense_host.virtual.world.layout import LaneLine

# Moment [A m²] from, to and height [m]: a person carries keys, a telephone or tools, a trolley is 25 kg of steel
# wire, a dog wears a collar. Assumptions: no measurement was found.
_KINDS = {"person": (0.02, 0.5, 0.9), "trolley": (1.0, 6.0, 0.45), "dog": (0.01, 0.05, 0.35)}
_BAYS, _VISITORS = 4, 20  # a scale: 80 visitors, 320 over four
_QUICK = 1, 6
_ROOM_S = 120.0  # for one visitor; more between visitors and vehicles
_FAR_M = 6.0  # where the largest is below 0.01 µT
_SIZE_M = 0.5
_DWELL_S = (1.0, 60.0)
_WALK_MPS = (0.7, 1.6)
_STOP_MPS2 = 1.0
_OFF_M = 0.2  # from the sensor, at most


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale: a day each, with visitors while the bay is free."""
    bays, count = _QUICK if quick else (_BAYS, _VISITORS)

    def make(draw: Draw, number: int) -> Site:
        parked = sessions(draw, 0.6 * DAY_S)  # at least one, and there is room for all visitors afterwards
        visitors = [draw_visitor(draw.rng, start_s) for start_s in _starts_s(draw, parked, count)]
        actors = [*parked, *(actor for actor, _ in visitors)]
        covers = [cover for _, cover in visitors]
        around = surroundings(draw, actors, DAY_S)
        return site(draw, around, f"S10 bay {number}", covers, neighbours_s=tuple(cover.start_s for cover in covers))

    return build("S10", seed, scale, bays, make)


def _starts_s(draw: Draw, parked: list[Actor], count: int) -> list[float]:
    """Draw so many moments at which the bay is free for long enough, none of them during another visit."""
    taken = [(actor.start_s, actor.end_s) for actor in parked]
    starts_s: list[float] = []
    while len(starts_s) < count:
        start_s = draw.uniform(EMPTY_S, DAY_S - 2 * _ROOM_S)
        if all(start_s + 2 * _ROOM_S < a or start_s - _ROOM_S > b for a, b in taken):
            starts_s.append(start_s)
            taken.append((start_s, start_s + _ROOM_S))
    return sorted(starts_s)


def draw_visitor(rng: np.random.Generator, start_s: float) -> tuple[Actor, Cover]:
    """Make up one that comes, stops over the sensor and goes on; return it and what the range sensor has above."""
    kind = str(rng.choice(list(_KINDS)))
    line = LaneLine(x_m=float(rng.uniform(-_OFF_M, _OFF_M)), start_y_m=-_FAR_M, direction=1)
    stop_m = _FAR_M + float(rng.uniform(-_OFF_M, _OFF_M))
    dwell_s = float(np.exp(rng.uniform(*np.log(_DWELL_S))))
    speed_mps = float(rng.uniform(*_WALK_MPS))
    coming = travel(0.0, stop_m, speed_mps, _STOP_MPS2, rolling=True)
    going = travel(stop_m, 2 * _FAR_M, speed_mps, _STOP_MPS2, through=True)
    track = Track(line, (*coming, *wait(stop_m, dwell_s), *going), start_s)
    stands_s = start_s + sum(leg.duration_s for leg in coming)
    beside_s = _SIZE_M / speed_mps  # half above before it stands, and after it went on
    return Actor(_body(rng, kind), (track,)), Cover(stands_s - beside_s, stands_s + dwell_s + beside_s, kind)


def _body(rng: np.random.Generator, kind: str) -> Body:
    low_am2, high_am2, height_m = _KINDS[kind]
    moment_am2 = float(np.exp(rng.uniform(np.log(low_am2), np.log(high_am2))))
    direction = rng.normal(size=3)
    return Body(
        kind=kind,
        length_m=_SIZE_M,
        width_m=_SIZE_M,
        floor_mm=0,
        along_m=np.zeros(1),
        across_m=np.zeros(1),
        height_m=np.array([height_m]),
        induced_am2=np.full((1, 3), moment_am2 / 2),
        permanent_am2=(moment_am2 / 2 * direction / np.linalg.norm(direction))[None],
    )
