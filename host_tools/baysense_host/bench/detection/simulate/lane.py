"""S3: vehicles pass in the lane beside a kerbside bay, some of them trucks."""

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.drives import kerb_visit, pass_by
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.site import Site

_BAYS, _DAYS, _PASSES = 14, 3, 108  # a scale; over four 168 bay-days and 6,048 passes
_QUICK = 2, 1, 30
_SESSIONS_PER_DAY = 3  # in every second bay; the others stay empty
_MIDDLE_M = (1.7, 3.5)  # of a passing vehicle from the sensor (detection.md §6.4, S3)
_PAST_A_CAR_M = 2.4  # nobody drives through the vehicle that is parked
_SPEED_MPS = (3.0, 14.0)
TRAFFIC = {"small": 0.25, "sedan": 0.30, "suv": 0.23, "van": 0.12, "truck": 0.10}  # an assumption: many trucks


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    bays, days, passes = _QUICK if quick else (_BAYS, _DAYS, _PASSES)
    return build("S3", seed, scale, bays, lambda draw, number: _site(draw, number, days * DAY_S, passes))


def _site(draw: Draw, number: int, duration_s: float, passes: int) -> Site:
    own = _sessions(draw, duration_s) if number % 2 else []
    nearest_s = sorted(draw.rng.uniform(EMPTY_S, duration_s - EMPTY_S, passes).tolist())
    traffic = [
        pass_by(draw, draw.car(TRAFFIC), middle_m(draw, bool(own)), t_s, draw.uniform(*_SPEED_MPS))
        for t_s in nearest_s
    ]
    name = f"S3 x{draw.scale:g} bay {number}"
    return draw.site(name, "S3", own + traffic, duration_s, neighbours_s=tuple(nearest_s))


def middle_m(draw: Draw, own: bool) -> float:
    """Draw how far from the sensor a vehicle keeps that goes past, to either side of the bay [m]."""
    low_m, high_m = _MIDDLE_M
    return draw.sign() * draw.uniform(_PAST_A_CAR_M if own else low_m, high_m)


def _sessions(draw: Draw, duration_s: float) -> list[Actor]:
    """Return vehicles of one's own, each within its own part of the time."""
    count = round(_SESSIONS_PER_DAY * duration_s / DAY_S)
    part_s = (duration_s - EMPTY_S) / count
    actors = []
    for number in range(count):
        begin_s = EMPTY_S + number * part_s
        stands_s = begin_s + draw.uniform(0.1, 0.4) * part_s
        actors.append(kerb_visit(draw, draw.car(), stands_s, begin_s + draw.uniform(0.6, 0.9) * part_s))
    return actors
