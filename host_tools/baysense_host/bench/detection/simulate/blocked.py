"""S9: snow, water or leaves lie on the range sensor for days, and sessions go on."""

from baysense_host.bench.detection.simulate.ordinary import HOUR_S, sessions, site, surroundings
from baysense_host.bench.detection.simulate.range_sensor import OBSTRUCTIONS, Cover
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import Draw, build
from baysense_host.bench.detection.site import Site

_BAYS, _DAYS = 6, 3.0
_QUICK = 1, 1.0
_BEGINS_S = (4 * HOUR_S, 12 * HOUR_S)
_FLAGGED_S = HOUR_S + 60.0  # within an hour (detection.md §6.4), and up to a row's minute more


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale, with each kind of obstruction in turn."""
    bays, days = _QUICK if quick else (_BAYS, _DAYS)
    duration_s = days * DAY_S

    def make(draw: Draw, number: int) -> Site:
        kind = OBSTRUCTIONS[number % len(OBSTRUCTIONS)]
        begins_s = draw.uniform(*_BEGINS_S)
        around = surroundings(draw, sessions(draw, duration_s), duration_s, fast_s=((0.0, duration_s),))
        return site(
            draw,
            around,
            f"S9 {kind} {number}",
            [Cover(begins_s, duration_s, kind)],
            expected_faults=("range_blocked",),
            fault_within_s=begins_s + _FLAGGED_S,
        )

    return build("S9", seed, scale, bays, make)
