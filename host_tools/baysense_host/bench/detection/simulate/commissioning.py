"""S12: a node commissioned over a car, turned by 30°, restarted while a car stands there, starved of its supply."""

from collections.abc import Callable

import numpy as np

from baysense_host.bench.detection.simulate.actors import Actor, Span
from baysense_host.bench.detection.simulate.drives import bay_line, visit
from baysense_host.bench.detection.simulate.ordinary import HOUR_S, longest_s, sessions, site, surroundings
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import Draw, build
from baysense_host.bench.detection.simulate.tracks import Array
from baysense_host.bench.detection.site import Site

_EACH = 13  # a scale: 52 of each accident over four
_QUICK = 1
_DAYS = 2.5  # the accident on the first, then a day in which it must come right, and more
_FIRST_S = (0.5 * HOUR_S, 8 * HOUR_S)  # how long the car stays over which the node was commissioned
_TURN_RAD = np.radians(30.0)
_TURN_S = 1.5  # how long it takes: a wheel runs over the lid
_DENSE_S = (-5.0, 30.0)  # around the turn
_DROPS = (2, 8)  # further restarts in one brown-out: the radio pulls the supply down again and again
_DROP_EVERY_S = (2.0, 40.0)
_DECIDING_S = (0.0, 8.0)  # from standstill until the arrival is on flash


class Turn:
    """A node that turns about an axis at a time and stays so."""

    def __init__(self, axis: Array, at_s: float) -> None:
        self._axis = axis
        self._at_s = at_s

    def __call__(self, t_s: Array, field_ut: Array) -> Array:
        """Return the field in the node's axes (Rodrigues)."""
        angle = -_TURN_RAD * np.clip((t_s - self._at_s) / _TURN_S, 0.0, 1.0)[:, None]
        along = (field_ut @ self._axis)[:, None] * self._axis
        across = np.cross(self._axis, field_ut)
        return np.asarray(along + np.cos(angle) * (field_ut - along) + np.sin(angle) * across)


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale, with each accident in turn."""

    def make(draw: Draw, number: int) -> Site:
        kind = list(_KINDS)[number % len(_KINDS)]
        return _KINDS[kind](draw, f"S12 {kind} {number // len(_KINDS)}", number // len(_KINDS) % 2 == 0)

    return build("S12", seed, scale, len(_KINDS) * (_QUICK if quick else _EACH), make)


def _over_a_car(draw: Draw, name: str, _: bool) -> Site:
    leaves_s = draw.uniform(*_FIRST_S)
    first = visit(draw, draw.car(), bay_line(draw), -600.0, leaves_s)
    actors = [first, *sessions(draw, _DAYS * DAY_S, first_s=leaves_s + 60.0)]
    return site(draw, surroundings(draw, actors, _DAYS * DAY_S), name, occupied_at_start=True, accident_s=0.0)


def _turned(draw: Draw, name: str, occupied: bool) -> Site:
    duration_s = _DAYS * DAY_S
    actors = sessions(draw, duration_s)
    early = [actor for actor in actors if actor.start_s < DAY_S]
    at_s = draw.uniform(*_middle(longest_s(early, early[-1].end_s, occupied=occupied)))
    axis = np.array([0.0, 0.0, 1.0]) if draw.uniform(0.0, 1.0) < 0.5 else draw.rng.normal(size=3)
    around = surroundings(
        draw,
        actors,
        duration_s,
        turn=Turn(axis / np.linalg.norm(axis), at_s),
        dense_s=((at_s + _DENSE_S[0], at_s + _DENSE_S[1]),),
    )
    return site(
        draw,
        around,
        f"{name} {_word(occupied)}",
        expected_faults=("node_moved",),
        fault_within_s=at_s + DAY_S,
        accident_s=at_s,
    )


def _reboot(draw: Draw, name: str, _: bool) -> Site:
    """Restart once in each session, at any time of it, and once while the bay is free."""
    duration_s = _DAYS * DAY_S
    actors = sessions(draw, duration_s)
    restarts_s = [draw.uniform(actor.stands_s + 30.0, actor.tracks[-1].start_s - 30.0) for actor in actors]
    restarts_s.append(draw.uniform(*_middle(longest_s(actors, duration_s, occupied=False))))
    return _restarted(draw, actors, name, restarts_s)


def _brown_out(draw: Draw, name: str, _: bool) -> Site:
    """Restart again and again from an arrival on: the first time perhaps before it is on flash."""
    actors = sessions(draw, _DAYS * DAY_S)
    restarts_s = [t_s for actor in actors for t_s in _drops_s(draw, actor)]
    return _restarted(draw, actors, name, restarts_s)


def _restarted(draw: Draw, actors: list[Actor], name: str, restarts_s: list[float]) -> Site:
    around = surroundings(draw, actors, _DAYS * DAY_S)
    return site(draw, around, name, restarts_s=tuple(sorted(restarts_s)), accident_s=min(restarts_s))


def _drops_s(draw: Draw, actor: Actor) -> list[float]:
    begins_s = actor.stands_s + draw.uniform(*_DECIDING_S)
    further_s = draw.rng.uniform(*_DROP_EVERY_S, draw.rng.integers(*_DROPS))
    return [begins_s, *(begins_s + float(after_s) for after_s in np.cumsum(further_s))]


def _middle(span: Span) -> Span:
    start_s, end_s = span
    return start_s + 0.1 * (end_s - start_s), start_s + 0.8 * (end_s - start_s)


def _word(occupied: bool) -> str:
    return "occupied" if occupied else "free"


_KINDS: dict[str, Callable[[Draw, str, bool], Site]] = {
    "over-a-car": _over_a_car,
    "turned": _turned,
    "reboot": _reboot,
    "brown-out": _brown_out,
}
