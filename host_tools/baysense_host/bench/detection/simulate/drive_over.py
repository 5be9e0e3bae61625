"""X2: vehicles drive over the sensor without stopping, as at the entrance of a yard or a pitch for motorhomes.

Beyond detection.md §6.4, after recorded windows: peaks as under a parked vehicle, and nothing stays.
"""

from baysense_host.bench.detection.simulate.drives import pass_by
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.site import Site

_BAYS, _DAYS, _PASSES = 6, 1, 60  # a scale; over four 24 bay-days and 1,440 passes
_QUICK = 1, 1, 10
_ACROSS_M = 1.2  # ± of a passing vehicle's middle from the sensor
_SPEED_MPS = (1.0, 8.0)


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    bays, days, passes = _QUICK if quick else (_BAYS, _DAYS, _PASSES)

    def make(draw: Draw, number: int) -> Site:
        duration_s = days * DAY_S
        nearest_s = sorted(draw.rng.uniform(EMPTY_S, duration_s - EMPTY_S, passes).tolist())
        traffic = [
            pass_by(draw, draw.car(), draw.uniform(-_ACROSS_M, _ACROSS_M), t_s, draw.uniform(*_SPEED_MPS))
            for t_s in nearest_s
        ]
        name = f"X2 x{scale:g} bay {number}"
        return draw.site(name, "X2", traffic, duration_s, neighbours_s=tuple(nearest_s))

    return build("X2", seed, scale, bays, make)
