"""S1: vehicles of five classes park and leave, one after the other."""

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.drives import bay_line, visit
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.site import Site

_BAYS, _SESSIONS = 12, 32  # a scale: 768 events, 3,072 over four
_STAY_S, _SHORTEST_S, _LONGEST_S = 1800.0, 90.0, 5 * 3600.0  # median and limits, parked as well as empty
_QUICK = 2, 6


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale."""
    bays, sessions = _QUICK if quick else (_BAYS, _SESSIONS)

    def make(draw: Draw, number: int) -> Site:
        actors: list[Actor] = []
        now_s = EMPTY_S
        for _ in range(sessions):
            now_s = add_session(draw, actors, now_s)
        return draw.site(f"S1 x{scale:g} bay {number}", "S1", actors, now_s + 600.0)

    return build("S1", seed, scale, bays, make)


def add_session(draw: Draw, actors: list[Actor], now_s: float) -> float:
    """Let one car stay and return when it leaves [s]."""
    stands_s = now_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
    leaves_s = stands_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
    actors.append(visit(draw, draw.car(), bay_line(draw), stands_s, leaves_s))
    return leaves_s
