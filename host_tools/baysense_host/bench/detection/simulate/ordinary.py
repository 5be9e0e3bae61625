"""A bay with ordinary sessions, for the scenarios in which something else is out of the ordinary."""

from dataclasses import replace
from typing import Any

from baysense_host.bench.detection.simulate.actors import Actor, Span
from baysense_host.bench.detection.simulate.drives import bay_line, visit
from baysense_host.bench.detection.simulate.range_sensor import Cover, RangeSensor
from baysense_host.bench.detection.simulate.sensor import draw_sensor
from baysense_host.bench.detection.simulate.site_maker import Surroundings, changes, floors, make_site
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, calm_days
from baysense_host.bench.detection.site import Site

Lasting = tuple[float, float, float]  # median, shortest, longest [s]

HOUR_S = 3600.0
SHORT: Lasting = (2 * HOUR_S, 600.0, 6 * HOUR_S)
LONG: Lasting = (10 * HOUR_S, 1800.0, 60 * HOUR_S)
_LAST_S = 600.0  # empty at the end


def sessions(draw: Draw, duration_s: float, lasting: Lasting = SHORT, first_s: float = EMPTY_S) -> list[Actor]:
    """Let cars park one after the other; bay empty and bay occupied last alike."""
    actors: list[Actor] = []
    leaves_s = first_s
    while True:
        stands_s = leaves_s + draw.stay_s(*lasting)
        leaves_s = stands_s + draw.stay_s(*lasting)
        if leaves_s > duration_s - _LAST_S:
            return actors
        actors.append(visit(draw, draw.car(), bay_line(draw), stands_s, leaves_s))


def surroundings(draw: Draw, actors: list[Actor], duration_s: float, **rest: Any) -> Surroundings:
    """Return what acts on the node, on calm days unless said otherwise."""
    around = Surroundings(
        seed=int(draw.rng.integers(1 << 31)),
        duration_s=duration_s,
        earth_ut=draw.earth_ut,
        temp_c=calm_days(draw.rng),
        sensor=draw_sensor(draw.rng),
        actors=tuple(actors),
    )
    return replace(around, **rest)


def site(draw: Draw, around: Surroundings, name: str, covers: list[Cover] | None = None, **rest: Any) -> Site:
    """Return the site; its name begins with the scenario. What came before the start is no change."""
    given: dict[str, Any] = {
        "changes": tuple(change for change in changes(around.actors) if change.t_s > 0),
        "ranger": RangeSensor(floors(around), covers or []),
    } | rest
    return make_site(around, f"{name} x{draw.scale:g}", name.split()[0], draw.scale, **given)


def longest_s(actors: list[Actor], duration_s: float, *, occupied: bool) -> Span:
    """Return the longest time that the bay is occupied, or free with nobody moving."""
    if occupied:
        spans = [(actor.stands_s, actor.tracks[-1].start_s) for actor in actors]
    else:
        ends_s = [EMPTY_S, *(actor.end_s for actor in actors)]
        spans = list(zip(ends_s, [*(actor.start_s for actor in actors), duration_s], strict=True))
    return max(spans, key=lambda span: span[1] - span[0])
