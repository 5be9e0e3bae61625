"""S11: one car leaves and another stands in its place within 10 s. Two changes in the truth, seconds apart."""

from dataclasses import replace

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.drives import arrival, bay_line, departure, swap_arrival
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.site import Site

_BAYS, _CHAINS, _CARS = 6, 3, 4  # a scale: three times three swaps in each bay; 216 over four scales
_QUICK = 2, 1, 3
_STAY_S, _SHORTEST_S, _LONGEST_S = 1200.0, 120.0, 2 * 3600.0
_BETWEEN_S = (4.0, 10.0)  # from the bay being clear until the next car stands


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    bays, chains, cars = _QUICK if quick else (_BAYS, _CHAINS, _CARS)

    def make(draw: Draw, number: int) -> Site:
        actors: list[Actor] = []
        now_s = EMPTY_S
        for _ in range(chains):
            chain = _chain(draw, now_s, cars)
            now_s = chain[-1].end_s
            actors += chain
        return draw.site(f"S11 x{scale:g} bay {number}", "S11", actors, now_s + 600.0)

    return build("S11", seed, scale, bays, make)


def _chain(draw: Draw, now_s: float, cars: int) -> list[Actor]:
    """Return cars that follow each other in the bay, the first into an empty one."""
    actors: list[Actor] = []
    side = draw.sign()
    for _ in range(cars):
        line = replace(bay_line(draw), side=-side)  # the one that waits is not in the way of the one that leaves
        if actors:
            come = swap_arrival(draw, line, actors[-1].clear_s + draw.uniform(*_BETWEEN_S))
        else:
            come = arrival(draw, line, now_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S))
        side = draw.sign()
        leaves_s = come.end_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
        go = departure(draw, replace(line, side=side), leaves_s)
        actors.append(Actor(draw.car(), (come, go), parks=True))
    return actors
