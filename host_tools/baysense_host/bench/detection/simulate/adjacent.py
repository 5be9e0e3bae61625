"""S2: vehicles come and go in the bays beside, while one's own stays free or occupied."""

from dataclasses import dataclass

from baysense_host.bench.detection.simulate.actors import Actor
from baysense_host.bench.detection.simulate.drives import bay_line, visit
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.site import Site

_SIDES = (-1, 1)
_BAYS, _SESSIONS = 6, 21  # a variant and scale, half the bays free: 252 movements, 1,008 over four scales
_QUICK = 2, 6
_STAY_S, _SHORTEST_S, _LONGEST_S = 600.0, 120.0, 3600.0  # median and limits, parked as well as empty
_CAR_STANDS_S = EMPTY_S + 120.0  # in those bays that are occupied
_SEEN_BEFORE_S = 15.0  # a neighbour that arrives is felt that long before it stands


@dataclass(frozen=True, slots=True)
class _Variant:
    name: str
    beside_m: float  # between the middles of the bays, or of the vehicle and the bay
    across_m: float = 0.3  # ± of the vehicle from there
    kind: str | None = None


_VARIANTS = (
    _Variant("2.3 m", 2.3),
    _Variant("2.5 m", 2.5),
    _Variant("van at 2.3 m", 2.3, kind="van"),
    _Variant("0.6 m over the line", 2.5 - 0.6, across_m=0.1),
)


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale: all variants one after the other."""
    bays, sessions = _QUICK if quick else (_BAYS, _SESSIONS)

    def make(draw: Draw, number: int) -> Site:
        return _site(draw, _VARIANTS[number // bays], number % bays, sessions)

    return build("S2", seed, scale, bays * len(_VARIANTS), make)


def _site(draw: Draw, variant: _Variant, bay: int, sessions: int) -> Site:
    neighbours = [
        actor for side in _SIDES for actor in _neighbours(draw, variant, side, (sessions + (side > 0)) // len(_SIDES))
    ]
    end_s = max(actor.end_s for actor in neighbours) + 120.0
    occupied = bay % 2 == 1
    own = [visit(draw, draw.car(), bay_line(draw), _CAR_STANDS_S, end_s)] if occupied else []
    return draw.site(
        f"S2 {variant.name} x{draw.scale:g} {'occupied' if occupied else 'free'} {bay}",
        "S2",
        own + neighbours,
        end_s + 300.0,
        neighbours_s=tuple(sorted(t_s for actor in neighbours for t_s in _movements_s(actor))),
    )


def _neighbours(draw: Draw, variant: _Variant, side: int, sessions: int) -> list[Actor]:
    actors = []
    now_s = _CAR_STANDS_S + 60.0
    for _ in range(sessions):
        stands_s = now_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
        now_s = stands_s + draw.stay_s(_STAY_S, _SHORTEST_S, _LONGEST_S)
        body = draw.body(variant.kind) if variant.kind else draw.car()
        line = bay_line(draw, side * variant.beside_m, variant.across_m)
        actors.append(visit(draw, body, line, stands_s, now_s, parks=False))
    return actors


def _movements_s(actor: Actor) -> tuple[float, float]:
    """Return when a neighbour begins to be felt as it comes and as it goes [s]."""
    come, go = actor.tracks
    return max(come.start_s, come.end_s - _SEEN_BEFORE_S), go.start_s
