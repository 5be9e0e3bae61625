"""S14: glitches on the bus, an axis that is stuck, a field out of range, a magnet on the lid."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from baysense_host.bench.detection.simulate.drives import bay_line, visit
from baysense_host.bench.detection.simulate.ordinary import HOUR_S, longest_s, sessions, site, surroundings
from baysense_host.bench.detection.simulate.site_maker import DAY_S
from baysense_host.bench.detection.simulate.street import EMPTY_S, Draw, build
from baysense_host.bench.detection.simulate.tracks import Array
from baysense_host.bench.detection.site import Site

_EACH = 6  # a scale: 24 of each over four
_QUICK = 1
_GLITCH_SHARE = 1e-3  # of reads (detection.md §6.4)
_GLITCH_NT = 4_900_000  # ±: bits fall over anywhere in the word
_GLITCHED_S = 2 * HOUR_S  # all of it sampled densely
_MAGNET_UT = (200.0, 2000.0)
_SATURATING_UT = 10_000.0  # the IIS2MDC ends at 4,915 µT
_STAYS_S = (600.0, 2 * HOUR_S)  # how long a magnet stays
_PUT_ON_S = 1.0
_DENSE_S = (-5.0, 60.0)  # around what happens
_TOLD_S = 600.0  # within ten minutes
_ARRIVES_S = 240.0  # after the axis got stuck: a node asleep sees nothing else of it
_LEAVES_S = 480.0
_STUCK_DENSE_S = HOUR_S  # to the end: rows minutes apart would move again, by the noise a contender adds


class Glitches:
    """Reads of one axis, or of all three, that went wrong on the bus."""

    def __call__(self, rng: np.random.Generator, t_s: Array, field_nt: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the readings with some of them anything."""
        wrong = (rng.random(len(t_s)) < _GLITCH_SHARE)[:, None] & rng.choice((True, True, False), field_nt.shape)
        return np.where(wrong, rng.integers(-_GLITCH_NT, _GLITCH_NT, field_nt.shape), field_nt).astype(np.int32)


class StuckAxis:
    """An axis that reads the same from a time on."""

    def __init__(self, axis: int, at_s: float, value_nt: int) -> None:
        self._axis, self._at_s, self._value_nt = axis, at_s, value_nt

    def __call__(self, rng: np.random.Generator, t_s: Array, field_nt: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the readings with that axis standing still."""
        field_nt[t_s >= self._at_s, self._axis] = self._value_nt
        return field_nt


class Magnet:
    """A magnet that is put on at a time and taken off later."""

    def __init__(self, field_ut: Array, on_s: float, off_s: float) -> None:
        self._field_ut, self._on_s, self._off_s = field_ut, on_s, off_s

    def __call__(self, t_s: Array) -> Array:
        """Return its field, which rises with the third power of its approach [µT]."""
        near = np.clip((t_s - self._on_s) / _PUT_ON_S, 0.0, 1.0) - np.clip((t_s - self._off_s) / _PUT_ON_S, 0.0, 1.0)
        return np.outer(near**3, self._field_ut)


def sites(seed: int, scale: float, quick: bool) -> list[Site]:
    """Return the sites of one moment scale, with each defect in turn."""

    def make(draw: Draw, number: int) -> Site:
        kind = list(_KINDS)[number % len(_KINDS)]
        return _KINDS[kind](draw, f"S14 {kind} {number // len(_KINDS)}", number // len(_KINDS) % 2 == 0)

    return build("S14", seed, scale, len(_KINDS) * (_QUICK if quick else _EACH), make)


def _glitches(draw: Draw, name: str, _: bool) -> Site:
    lasting = (1200.0, 300.0, 2400.0)
    around = surroundings(
        draw,
        sessions(draw, _GLITCHED_S, lasting),
        _GLITCHED_S,
        spoil=Glitches(),
        dense_s=((0.0, _GLITCHED_S),),
    )
    return site(draw, around, name)


def _stuck(draw: Draw, name: str, at_zero: bool) -> Site:
    """Stop an axis at its present value, or at 0; then a car comes."""
    at_s = draw.uniform(EMPTY_S + HOUR_S, 6 * HOUR_S)
    car = visit(draw, draw.car(), bay_line(draw), at_s + _ARRIVES_S, at_s + _LEAVES_S)
    around = surroundings(draw, [car], at_s + _STUCK_DENSE_S)
    axis = int(draw.rng.integers(3))
    present_ut = draw.earth_ut[axis] * around.sensor.gain[axis] + around.sensor.offset_ut[axis]
    around = replace(
        around,
        spoil=StuckAxis(axis, at_s, 0 if at_zero else 150 * round(present_ut / 0.15)),
        dense_s=((at_s + _DENSE_S[0], at_s + _STUCK_DENSE_S),),
    )
    word = "zero" if at_zero else "present"
    return site(draw, around, f"{name} {word}", expected_faults=("sensor_stuck",), fault_within_s=at_s + _TOLD_S)


def _saturated(draw: Draw, name: str, occupied: bool) -> Site:
    return _with_magnet(draw, name, occupied, _SATURATING_UT, "sensor_saturated")


def _magnet(draw: Draw, name: str, occupied: bool) -> Site:
    strength_ut = float(np.exp(draw.rng.uniform(*np.log(_MAGNET_UT))))
    return _with_magnet(draw, f"{name} {strength_ut:.0f} µT", occupied, strength_ut, "magnet")


def _with_magnet(draw: Draw, name: str, occupied: bool, strength_ut: float, fault: str) -> Site:
    actors = sessions(draw, DAY_S)
    start_s, end_s = longest_s(actors, DAY_S, occupied=occupied)
    on_s = start_s + draw.uniform(0.1, 0.4) * (end_s - start_s)
    off_s = on_s + min(draw.uniform(*_STAYS_S), 0.5 * (end_s - start_s))
    direction = draw.rng.normal(size=3)
    field_ut = strength_ut * direction / np.abs(direction).max()
    around = surroundings(
        draw,
        actors,
        DAY_S,
        background_ut=Magnet(field_ut, on_s, off_s),
        dense_s=tuple((t_s + _DENSE_S[0], t_s + _DENSE_S[1]) for t_s in (on_s, off_s)),
    )
    word = "occupied" if occupied else "free"
    return site(draw, around, f"{name} {word}", expected_faults=(fault,), fault_within_s=on_s + _TOLD_S)


_KINDS: dict[str, Callable[[Draw, str, bool], Site]] = {
    "glitches": _glitches,
    "stuck": _stuck,
    "saturated": _saturated,
    "magnet": _magnet,
}
