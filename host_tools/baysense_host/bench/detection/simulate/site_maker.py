"""From things that move, a temperature and a background to a site with dense and quiet stretches.

Usage: `make_site(Surroundings(seed, duration_s, earth_ut, temp_c, sensor, actors=…), "S1 bay 3", "S1", scale)`.
Whatever else a site has (`settings`, `expected_faults`, another `ranger`, …) goes in by keyword or `replace`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.simulate.actors import Actor, Span, merged
from baysense_host.bench.detection.simulate.range_sensor import Floor, RangeSensor, draw_floor
from baysense_host.bench.detection.simulate.sensor import Sensor, read
from baysense_host.bench.detection.simulate.tracks import Array
from baysense_host.bench.detection.site import ARRIVAL, DEPARTURE, Change, Site, Stretch

DAY_S = 86_400.0
_DENSE_S, _QUIET_S, _FAST_S = 0.1, 600.0, 60.0  # between rows
_GAP_S = 10.0  # dense stretches that near become one

Curve = Callable[[Array], Array]  # times [n] to values [n] or [n, 3]
Spoiler = Callable[[np.random.Generator, Array, NDArray[np.int32]], NDArray[np.int32]]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """All that acts on one node."""

    seed: int  # of the noise
    duration_s: float
    earth_ut: Array  # [3], along the bay, across it, down
    temp_c: Curve  # of the die
    sensor: Sensor
    actors: tuple[Actor, ...] = ()
    background_ut: Curve | None = None  # added to the field: storm, charger, magnet
    turn: Callable[[Array, Array], Array] | None = None  # times and field to the field in the node's own axes
    spoil: Spoiler | None = None  # glitches and stuck axes in what was read [nT]
    dense_s: tuple[Span, ...] = ()  # beside those the actors ask for
    fast_s: tuple[Span, ...] = ()  # rows a minute apart: field or temperature move fast

    def field_ut(self, t_s: Array) -> Array:
        """Return the true field in the node's axes at times in order [n, 3]."""
        total_ut = np.tile(self.earth_ut, (len(t_s), 1))
        direction = self.earth_ut / np.linalg.norm(self.earth_ut)
        for actor in self.actors:
            actor.add_to(total_ut, t_s, direction)
        if self.background_ut is not None:
            total_ut += self.background_ut(t_s)
        return total_ut if self.turn is None else self.turn(t_s, total_ut)

    def stretches(self) -> Iterator[Stretch]:
        """Yield the readings of the whole time, the same each time."""
        direction = self.earth_ut / np.linalg.norm(self.earth_ut)
        felt = [span for actor in self.actors for span in actor.felt(direction)]
        dense = merged(_within([*felt, *self.dense_s], self.duration_s), _GAP_S)
        now_s = 0.0
        for number, (start_s, end_s) in enumerate([*dense, (self.duration_s, self.duration_s)]):
            if start_s > now_s:
                yield self._stretch(2 * number, self._quiet_rows(now_s, start_s), dense=False)
            if end_s > start_s:
                yield self._stretch(2 * number + 1, _dense_rows(start_s, end_s), dense=True)
            now_s = end_s

    def _quiet_rows(self, start_s: float, end_s: float) -> Array:
        """Return times without the end, unless that is the end of all."""
        rows_s = [np.arange(start_s, end_s, _QUIET_S)]
        for a, b in self.fast_s:
            rows_s.append(np.arange(max(a, start_s), min(b, end_s), _FAST_S))
        if end_s == self.duration_s:
            rows_s.append(np.array([end_s]))
        return np.unique(np.concatenate(rows_s).round(1))

    def _stretch(self, number: int, t_s: Array, *, dense: bool) -> Stretch:
        rng = np.random.default_rng([self.seed, number])
        temp_c = self.temp_c(t_s)
        field_nt = read(self.sensor, rng if dense else None, self.field_ut(t_s), temp_c)
        if self.spoil is not None:
            field_nt = self.spoil(rng, t_s, field_nt)
        return Stretch(t_s, field_nt, np.rint(100 * temp_c).astype(np.int32), dense)


def make_site(around: Surroundings, name: str, scenario: str, scale: float, **rest: Any) -> Site:
    """Return the site; truth and range sensor follow from the actors unless given."""
    given: dict[str, Any] = {
        "changes": changes(around.actors),
        "ranger": RangeSensor(floors(around)),
        "noise_nt": round(1000 * around.sensor.noise_ut),
        "days": around.duration_s / DAY_S,
    } | rest
    return Site(name=name, scenario=scenario, stretches=around.stretches, scale=scale, **given)


def changes(actors: tuple[Actor, ...]) -> tuple[Change, ...]:
    """Return arrival and departure of all that park."""
    found = []
    for actor in actors:
        if actor.parks:
            found += [
                Change(actor.stands_s, ARRIVAL, actor.body.kind),
                Change(actor.clear_s, DEPARTURE, actor.body.kind),
            ]
    return tuple(sorted(found, key=lambda change: change.t_s))


def floors(around: Surroundings) -> list[Floor]:
    """Return what the range sensor sees above it."""
    rng = np.random.default_rng([around.seed, 1 << 20])
    return [
        draw_floor(rng, start_s, end_s, actor.body.floor_mm)
        for actor in around.actors
        if actor.body.floor_mm
        for start_s, end_s in actor.above()
    ]


def _within(spans: list[Span], duration_s: float) -> list[Span]:
    """Cut spans at start and end, to whole rows."""
    cut = [(max(np.floor(10 * a) / 10, 0.0), min(np.ceil(10 * b) / 10, duration_s)) for a, b in spans]
    return [(float(a), float(b)) for a, b in cut if a < b]


def _dense_rows(start_s: float, end_s: float) -> Array:
    return np.asarray((start_s + _DENSE_S * np.arange(round((end_s - start_s) / _DENSE_S))).round(1))
